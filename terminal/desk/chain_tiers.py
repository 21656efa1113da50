"""What headquarters calls the chain's tiers, told to the counter once its settings in force here say so."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import NoReturn

import msgspec

from terminal.core.errors import TerminalFault
from terminal.core.sets import DataSets
from terminal.core.tier_names import NO_NAMES, TIER_NAMES_ROW, Shown, TierNames
from terminal.core.wire.forms import UNREADABLE
from terminal.core.wire.sets import SetName
from terminal.runtime.log import told

log = logging.getLogger(__name__)

AGAIN_S = 5.0
"""Settings that are not here in whole are fetched; so long until they are looked for again."""
_names = msgspec.json.Decoder(TierNames)


class ChainTiers:
    """Call `run` under supervision, `look` after each entry."""

    def __init__(
        self,
        sets: DataSets,
        active: Callable[[], Mapping[str, str]],
        calls: Callable[[Shown], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._sets = sets
        self._active = active
        self._calls = calls
        self._sleep = sleep
        self._news = asyncio.Event()
        self._told: str | None = None
        """The manifest by which the counter speaks of them."""

    def look(self) -> None:
        """Cheap: something was booked, perhaps a directive."""
        if self._wanted() != self._told:
            self._news.set()

    async def run(self) -> NoReturn:
        self.look()
        while True:
            await self._news.wait()
            self._news.clear()
            if not await self._heard():
                await self._sleep(AGAIN_S)
                self._news.set()

    async def _heard(self) -> bool:
        wanted = self._wanted()
        try:
            if wanted and not await self._sets.whole(wanted):
                return False
            row = await self._sets.row(wanted, TIER_NAMES_ROW) if wanted else None
            self._calls(_names.decode(row).shown if row else NO_NAMES)
        except UNREADABLE as fault:
            log.warning("what the chain's tiers are called cannot be read: %s", type(fault).__name__)
            self._calls(NO_NAMES)
        except TerminalFault as fault:
            log.warning("what the chain's tiers are called cannot be read yet: %s", told(fault))
            return False
        self._told = wanted
        return True

    def _wanted(self) -> str | None:
        return self._active().get(SetName.SETTINGS)
