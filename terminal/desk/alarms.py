"""Waiting, as an argument: what the desk does when nobody answers is tested without waiting for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol


class Alarms(Protocol):
    def after(self, ms: int, ring: Callable[[], object]) -> Callable[[], None]:
        """Calls `ring` on the event loop after that time, unless the returned function was called before."""
        ...

    async def pause(self, ms: int) -> None: ...


class LoopAlarms:
    """The event loop's own."""

    def after(self, ms: int, ring: Callable[[], object]) -> Callable[[], None]:
        return asyncio.get_running_loop().call_later(ms / 1000, ring).cancel

    async def pause(self, ms: int) -> None:
        await asyncio.sleep(ms / 1000)
