"""An event loop whose time is virtual and whose order is drawn from a seed: the same seed, the same run.

Waiting costs nothing: when nothing is ready, the clock jumps to the next timer. What is ready at the same
moment runs in a drawn order, so that a program that leans on the usual one is found out. What would run in a
thread runs inline, a drawn moment later. Every step goes into a hash: two runs of a seed are the same run
when their hashes agree.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from terminal.core.commands import ClockTrust
from terminal.runtime.clock import TrustState

T = TypeVar("T")

_EPOCH_S = 1_795_000_000.0
"""Where virtual time begins; within the life of a UUIDv7."""
_THREAD_S = 0.0004
"""What a step in another thread takes, on average."""
_END_S = 1.0
_TOO_LONG_MS = 1 << 31
"""So long what was cancelled has to tidy up, before it is cancelled again."""


class Stuck(Exception):
    """Nothing is ready and nothing waits for a time: the program waits for ever."""


class _Clockwork:
    """No file is ever ready; asked to wait, it lets the time pass at once."""

    def __init__(self) -> None:
        self.now = _EPOCH_S

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise Stuck
        self.now += max(0.0, timeout)
        return []


class _Future(asyncio.Future[Any]):
    """Lies in sets in the order of its making, not of its address."""

    def __init__(self, *, loop: SeededLoop) -> None:
        super().__init__(loop=loop)
        self._number = loop.next_number()

    def __hash__(self) -> int:
        return self._number


class _Task(asyncio.Task[Any]):
    def __init__(self, coro: Any, *, loop: SeededLoop, name: str | None = None) -> None:  # noqa: ANN401
        self._number = loop.next_number()
        self.what = f"task {getattr(coro, '__qualname__', '')}"
        super().__init__(coro, loop=loop, name=name)

    def __hash__(self) -> int:
        return self._number


class SeededLoop(asyncio.BaseEventLoop):
    def __init__(self, seed: int) -> None:
        super().__init__()
        self._made = 0
        self.set_task_factory(lambda _, coro: _Task(coro, loop=self))
        self._clockwork = self._selector = _Clockwork()
        self._clock_resolution = 1e-6  # Seconds since 1970 have no room for more.
        self.dice = random.Random(seed)
        self.steps = 0
        self._trace = hashlib.sha256(str(seed).encode())

    def _process_events(self, event_list: list[Any]) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """Nobody sleeps who must be woken."""

    def next_number(self) -> int:
        self._made += 1
        return self._made

    def create_future(self) -> asyncio.Future[Any]:
        return _Future(loop=self)

    def time(self) -> float:
        return self._clockwork.now

    @property
    def trace(self) -> str:
        return self._trace.hexdigest()

    def _run_once(self) -> None:
        ready: deque[asyncio.Handle] = self._ready  # type: ignore[attr-defined]
        if len(ready) > 1:
            drawn = list(ready)
            self.dice.shuffle(drawn)
            ready.clear()
            ready.extend(drawn)
        now = self.time()
        self.steps += len(ready)
        self._trace.update(f"{now:.6f} {' '.join(map(_named, ready))}\n".encode())
        super()._run_once()  # type: ignore[misc]

    def run_in_executor(  # type: ignore[override]
        self,
        executor: object,
        func: Callable[..., Any],
        *args: Any,  # noqa: ANN401
    ) -> asyncio.Future[Any]:
        """Inline, a moment later: other tasks run in between, as they would beside a thread."""
        del executor
        answer = self.create_future()

        def work() -> None:
            if answer.cancelled():
                return
            try:
                answer.set_result(func(*args))
            except Exception as fault:  # noqa: BLE001  it belongs to whoever waits for the answer
                answer.set_exception(fault)

        self.call_later(self.thread_s(), work)
        return answer

    def thread_s(self) -> float:
        """A drawn time for one step in another thread."""
        return self.dice.expovariate(1 / _THREAD_S)


def _named(handle: asyncio.Handle) -> str:
    """What runs, without anything that differs from process to process."""
    callback = handle._callback  # type: ignore[attr-defined]  # noqa: SLF001
    owner = getattr(callback, "__self__", None)
    if isinstance(owner, _Task):
        return owner.what
    return str(getattr(callback, "__qualname__", type(callback).__name__))


def ran(seed: int, main: Callable[[SeededLoop], Coroutine[Any, Any, T]]) -> tuple[T, SeededLoop]:
    """`main(loop)` from the first step to the last; what it returned, and the loop that ran it."""
    loop = SeededLoop(seed)
    try:
        asyncio.set_event_loop(loop)
        return loop.run_until_complete(main(loop)), loop
    finally:
        try:
            _end_all(loop)
            loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            asyncio.set_event_loop(None)
            loop.close()


def _end_all(loop: SeededLoop) -> None:
    """Again and again: what tidies up on a machine that is dead waits for an answer that never comes.

    And what was to begin later begins meanwhile.
    """
    while leftover := sorted(asyncio.all_tasks(loop), key=hash):
        for task in leftover:
            task.cancel()
        loop.run_until_complete(asyncio.wait(leftover, timeout=_END_S))


class VirtualClock:
    """The `Clock` port of one machine: it may be off, jump, and not know the time at all."""

    def __init__(self, loop: SeededLoop) -> None:
        self._loop = loop
        self._boot_s = loop.time()
        self.off_ms = 0
        self._trust = TrustState(lambda: None)

    def wall_ms(self) -> int:
        return int(self._loop.time() * 1000) + self.off_ms

    def mono_ms(self) -> int:
        return int((self._loop.time() - self._boot_s) * 1000)

    @property
    def trust(self) -> ClockTrust:
        return self._trust.trust(self.wall_ms(), self.mono_ms())

    def compared(self, drift_ms: int, _took_ms: int) -> None:
        """Our clock less headquarters', which sets ours right nowhere here: its days are of wrong clocks."""
        self._trust.compared(drift_ms, _TOO_LONG_MS, self.wall_ms(), self.mono_ms())

    def rebooted(self) -> None:
        """Nobody has told it the time since."""
        self._boot_s = self._loop.time()
        self._trust = TrustState(lambda: None)
