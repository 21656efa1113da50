"""Wakes those who wait for something new in a site's feed, within this process."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from typing import Self

from terminal.core.values import SiteId

_Where = tuple[str, SiteId]


class Bell:
    def __init__(self) -> None:
        self._waiting: dict[_Where, dict[asyncio.Event, None]] = defaultdict(dict)

    def ring(self, merchant: str, sites: Iterable[SiteId]) -> None:
        for site in sites:
            for event in self._waiting.get((merchant, site), ()):
                event.set()

    def listen(self, merchant: str, site: SiteId) -> Ear:
        """From now on; who looks for news first and listens then may miss some."""
        return Ear(self._waiting, (merchant, site))


class Ear:
    def __init__(self, waiting: dict[_Where, dict[asyncio.Event, None]], where: _Where) -> None:
        self._waiting = waiting
        self._where = where
        self._event = asyncio.Event()

    def __enter__(self) -> Self:
        self._waiting[self._where][self._event] = None
        return self

    def __exit__(self, *_: object) -> None:
        listening = self._waiting[self._where]
        listening.pop(self._event, None)
        if not listening:
            del self._waiting[self._where]

    async def heard(self, timeout_s: float) -> bool:
        """False when nothing rang in time."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._event.wait()
        except TimeoutError:
            return False
        return True
