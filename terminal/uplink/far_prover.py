"""From a reader's thread to headquarters and back, while a card lies there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError
from typing import Any, Protocol, TypeVar

from terminal.core.chips import Begun, Judged, SunJudged
from terminal.core.sun import Proof

T = TypeVar("T")

WAIT_S = 0.5
"""For one answer; a card has two, within the time that its reader gives it. Then it is `open`."""


class Asking(Protocol):
    """`uplink.proving`, which is imported after the readers live."""

    async def begin(self, uid: bytes, application: str, said: bytes) -> Begun | None: ...

    async def begin_cpu(self, application: str, number: str) -> Begun | None: ...

    async def finish(self, state: bytes, said: bytes) -> Judged | None: ...

    async def sun(self, uid: bytes, proof: Proof) -> SunJudged | None: ...


class FarProver:
    """`CardProver` that answers None until it is connected."""

    def __init__(self) -> None:
        self._there: tuple[asyncio.AbstractEventLoop, Asking] | None = None

    def connect(self, loop: asyncio.AbstractEventLoop, asking: Asking) -> None:
        self._there = loop, asking

    def begin(self, uid: bytes, application: str, said: bytes) -> Begun | None:
        return self._waited(lambda asking: asking.begin(uid, application, said))

    def begin_cpu(self, application: str, number: str) -> Begun | None:
        return self._waited(lambda asking: asking.begin_cpu(application, number))

    def sun(self, uid: bytes, proof: Proof) -> SunJudged | None:
        return self._waited(lambda asking: asking.sun(uid, proof))

    def finish(self, state: bytes, said: bytes) -> Judged | None:
        return self._waited(lambda asking: asking.finish(state, said))

    def _waited(self, ask: Callable[[Asking], Coroutine[Any, Any, T]]) -> T | None:
        if self._there is None:
            return None
        loop, asking = self._there
        if loop.is_closed():  # The terminal has ended; the thread of a reader may hang on.
            return None
        waiting = asyncio.run_coroutine_threadsafe(ask(asking), loop)
        try:
            return waiting.result(WAIT_S)
        except (TimeoutError, CancelledError):
            waiting.cancel()
            return None
