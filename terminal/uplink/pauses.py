"""Waiting before the next try, until somebody says that it shall be now."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class Pauses:
    def __init__(self) -> None:
        self._now = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        """That long at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._now.wait()

    def end(self) -> None:
        """Of those that last just now; the next ones are as long as ever."""
        self._now.set()
        self._now.clear()  # Whoever waits has been woken by then.
