"""Wakes those who wait for something new in a site's feed.

What this process writes rings at once. What another one wrote over the same database is found by looking at
the heads of the feeds that are waited for, one statement a merchant, now and then: nobody is notified by the
database, so that any PostgreSQL, also one behind a pooler or in several parts, will do.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Self

from terminal.core.values import SiteId

_Where = tuple[str, SiteId]


class Bell:
    def __init__(self) -> None:
        self._waiting: dict[_Where, dict[asyncio.Event, int]] = defaultdict(dict)

    def ring(self, merchant: str, sites: Iterable[SiteId]) -> None:
        for site in sites:
            for event in self._waiting.get((merchant, site), ()):
                event.set()

    def found(self, merchant: str, heads: Mapping[SiteId, int]) -> None:
        """The number of the last directive in each of those feeds."""
        for site, head in heads.items():
            for event, after in self._waiting.get((merchant, site), {}).items():
                if head > after:
                    event.set()

    def awaited(self) -> Mapping[str, Collection[SiteId]]:
        """By merchant, the sites whose feeds somebody waits for."""
        sites: dict[str, list[SiteId]] = defaultdict(list)
        for merchant, site in self._waiting:
            sites[merchant].append(site)
        return sites

    def listen(self, merchant: str, site: SiteId, after: int) -> Ear:
        """From now on, for what comes after that number; who looks first and listens then may miss some."""
        return Ear(self._waiting, (merchant, site), after)


class Ear:
    def __init__(self, waiting: dict[_Where, dict[asyncio.Event, int]], where: _Where, after: int) -> None:
        self._waiting = waiting
        self._where = where
        self._after = after
        self._event = asyncio.Event()

    def __enter__(self) -> Self:
        self._waiting[self._where][self._event] = self._after
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
