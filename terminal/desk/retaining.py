"""Once a day: what is kept of members who do not come any more goes, by kind (product.md G8).

A few members at a time, with pauses: a million take their hours, and whoever pays at the counter does not
wait for them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn, Protocol

from msgspec.structs import replace

from terminal.core import codes
from terminal.core.coming import RETENTION
from terminal.core.commands import (
    BookErasure,
    BookProfile,
    BookService,
    Command,
    ErasureReason,
    Occasion,
    Private,
)
from terminal.core.errors import ErasureWaits, Refused
from terminal.core.initials import initials_of_name
from terminal.core.membership import commitment
from terminal.core.ports import Ids
from terminal.core.retention import Idle, Retention, day_before, lapsed, left_of
from terminal.core.trust import Credential
from terminal.core.values import EntryId, StaffId
from terminal.desk.daily import once_a_day

log = logging.getLogger(__name__)

PAUSE_S = 0.5
AT_ONCE = 50


class Lookers(Protocol):
    async def idle(self, after: str, limit: int, upto: str) -> tuple[str, list[Idle]]:
        """After whom to go on, empty: that was all; of those looked at who was here last until a day."""
        ...

    async def book_while_idle(self, idle: Idle, command: Command, private: Private | None) -> bool:
        """False, and nothing is booked, where they were here since. Raises what `Committer.submit` does."""
        ...


class Retaining:
    """Give it to a supervisor: `run` never returns."""

    def __init__(
        self,
        people: Lookers,
        retention: Retention,
        ids: Ids,
        occasion: Callable[[StaffId | None], Occasion],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._people = people
        self._retention = retention
        self._ids = ids
        self._occasion = occasion
        self._sleep = sleep

    async def run(self) -> NoReturn:
        await once_a_day(self.round, self._occasion, self._sleep)

    async def round(self, today: str) -> int:
        """How many members less is kept of. Raises TerminalFault: nothing can be read or booked now."""
        after, less = "", 0
        upto = day_before(today, self._retention.soonest)
        while True:
            after, found = await self._people.idle(after, AT_ONCE, upto)
            for one in found:
                less += await self._one(one, today)
            if not after:
                break
            await self._sleep(PAUSE_S)
        if less:
            log.info("of %d members less is kept from today", less)
        return less

    async def _one(self, idle: Idle, today: str) -> bool:
        try:
            if lapsed(idle.last, today, self._retention.member):
                try:
                    return await self._people.book_while_idle(idle, self._erasure(idle), None)
                except ErasureWaits:  # Value is left, or records are kept: then they are known on, for less.
                    pass
            if idle.served and lapsed(idle.last, today, self._retention.services):
                ends = BookService(
                    id=EntryId(self._ids.new()),
                    at=self._occasion(RETENTION),
                    wallet=idle.wallet,
                    ends=True,
                )
                return await self._people.book_while_idle(idle, ends, None)
            left = left_of(idle.private, idle.last, today, self._retention)
            if left == idle.private:
                return False
            left = replace(left, credentials=_phones(left), initials=initials_of_name(left.name))
            return await self._people.book_while_idle(idle, self._profile(idle, left), left)
        except Refused as refusal:
            log.warning("what is not kept any more of a member cannot go: %s", refusal)
            return False

    def _erasure(self, idle: Idle) -> BookErasure:
        at = self._occasion(RETENTION)
        return BookErasure(
            id=EntryId(self._ids.new()),
            at=at,
            wallet=idle.wallet,
            member=idle.member,
            why=ErasureReason.RETENTION,
        )

    def _profile(self, idle: Idle, left: Private) -> BookProfile:
        return BookProfile(
            id=EntryId(self._ids.new()),
            at=self._occasion(RETENTION),
            wallet=idle.wallet,
            commitment=commitment(bytes.fromhex(left.salt), left),
        )


def _phones(private: Private) -> tuple[Credential, ...]:
    return (codes.phone(private.phone),) if private.phone else ()
