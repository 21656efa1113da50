"""The last view, encoded once, for every page that watches. Nothing queues: a slow page skips."""

from __future__ import annotations

import asyncio


class Latest:
    """One frame and its number; whoever waits is woken by the next one."""

    def __init__(self) -> None:
        self._frame = b""
        self._number = 0
        self._closed = False
        self._changed = asyncio.Event()

    def show(self, frame: bytes) -> None:
        """Replaces the frame; one that nobody took is gone."""
        self._frame = frame
        self._number += 1
        self._wake()

    def close(self) -> None:
        """Everybody who waits, and everybody who comes, gets None."""
        self._closed = True
        self._wake()

    async def after(self, number: int) -> tuple[int, bytes] | None:
        """The newest frame and its number as soon as that is beyond `number`; None once closed."""
        while not self._closed:
            if self._number > number:
                return self._number, self._frame
            await self._changed.wait()
        return None

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
