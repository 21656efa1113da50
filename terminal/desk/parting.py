"""Once a day: whoever has no wallet any more is known while the law keeps records, and then forgotten.

They gave their last card away, or were merged where what is known of them could not follow. Nothing could be
asked for by a card of theirs, and nobody would come back to it: the days count from when it is first seen.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn, Protocol

from terminal.core.coming import RETENTION
from terminal.core.commands import (
    BookErasure,
    BookLegalHold,
    Command,
    ErasureReason,
    Occasion,
)
from terminal.core.errors import Refused
from terminal.core.ports import Ids
from terminal.core.retention import Parted, day_after
from terminal.core.values import EntryId, StaffId, WalletId
from terminal.desk.daily import once_a_day
from terminal.desk.retaining import PAUSE_S

log = logging.getLogger(__name__)

LOOKED_AT = 1_000
"""Members in one step: few of them have none."""
WHY = "no wallet any more"
NONE = WalletId("none")


class Parts(Protocol):
    async def parted(self, after: str, limit: int) -> tuple[str, list[Parted]]:
        """After whom to go on, empty: that was all; of so many members who has no wallet any more."""
        ...

    async def book_of_parted(self, parted: Parted, command: Command) -> bool:
        """False, and nothing is booked, where they have one again. Raises what `Committer.submit` does."""
        ...


class Parting:
    """Give it to a supervisor: `run` never returns."""

    def __init__(
        self,
        people: Parts,
        records_days: int,
        ids: Ids,
        occasion: Callable[[StaffId | None], Occasion],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._people = people
        self._records_days = records_days
        self._ids = ids
        self._occasion = occasion
        self._sleep = sleep

    async def run(self) -> NoReturn:
        await once_a_day(self.round, self._occasion, self._sleep)

    async def round(self, today: str) -> int:
        """How many are forgotten. Raises TerminalFault: nothing can be read or booked now."""
        after, gone = "", 0
        while True:
            after, found = await self._people.parted(after, LOOKED_AT)
            for one in found:
                gone += await self._one(one, today)
            if not after:
                break
            await self._sleep(PAUSE_S)
        if gone:
            log.info("%d who have no wallet any more are forgotten", gone)
        return gone

    async def _one(self, parted: Parted, today: str) -> bool:
        try:
            if self._records_days and not parted.until:
                await self._people.book_of_parted(parted, self._hold(parted, today))
                return False
            if today <= parted.until:
                return False
            return await self._people.book_of_parted(parted, self._erasure(parted))
        except Refused as refusal:
            log.warning("whoever has no wallet any more is known on: %s", refusal)
            return False

    def _hold(self, parted: Parted, today: str) -> BookLegalHold:
        return BookLegalHold(
            id=EntryId(self._ids.new()),
            at=self._occasion(RETENTION),
            member=parted.member,
            until=day_after(today, self._records_days),
            why=WHY,
        )

    def _erasure(self, parted: Parted) -> BookErasure:
        return BookErasure(
            id=EntryId(self._ids.new()),
            at=self._occasion(RETENTION),
            wallet=NONE,
            member=parted.member,
            why=ErasureReason.RETENTION,
        )
