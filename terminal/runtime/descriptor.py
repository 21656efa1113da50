"""Waiting for a file descriptor on the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Bell:
    """Wakes whoever waits for a descriptor, from the same loop. One may wait."""

    def __init__(self) -> None:
        self._rung = False
        self._wake: Callable[[], None] = lambda: None

    def ring(self) -> None:
        self._rung = True
        self._wake()

    def answered(self) -> bool:
        """Whether it rang since the last time."""
        rung, self._rung = self._rung, False
        return rung

    def wakes(self, wake: Callable[[], None]) -> None:
        """From now on, and at once where it has rung."""
        self._wake = wake
        if self._rung:
            wake()


async def readable(fd: int, within_ms: int | None = None, bell: Bell | None = None) -> bool:
    """There is something to read, or it has ended. False: nothing in that time, or the bell rang."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[bool] = loop.create_future()

    def settle(found: bool) -> None:  # noqa: FBT001  there is, or there is not
        if not ready.done():
            ready.set_result(found)

    loop.add_reader(fd, settle, True)  # noqa: FBT003
    if bell is not None:
        bell.wakes(lambda: settle(False))  # noqa: FBT003
    try:
        async with asyncio.timeout(None if within_ms is None else within_ms / 1000):
            return await ready
    except TimeoutError:
        return False
    finally:
        loop.remove_reader(fd)
