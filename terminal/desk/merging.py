"""Merges in parts that were cut off, by a power cut say, are gone on with where they stopped."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn, Protocol

from msgspec.structs import replace

from terminal.core.commands import Booked, BookMerge, BookMergePart, Occasion
from terminal.core.errors import Refused, TerminalFault
from terminal.core.going_ahead import go_ahead
from terminal.core.ledger.merging import begun
from terminal.core.ports import Committer, Ids
from terminal.core.values import EntryId, StaffId

log = logging.getLogger(__name__)

LOOK_S = 600.0


class Slips(Protocol):
    """See `Printing`."""

    def expect(self, entry: EntryId) -> None: ...

    def original(self, booked: Booked) -> None: ...


class Merging:
    """Give it to a supervisor: `run` never returns."""

    def __init__(
        self,
        committer: Committer,
        ids: Ids,
        occasion: Callable[[StaffId | None], Occasion],
        slips: Slips,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._committer = committer
        self._ids = ids
        self._occasion = occasion
        self._slips = slips
        self._sleep = sleep
        self._left: set[EntryId] | None = None
        """Begun and not done when it looked last; None: it has not looked yet."""

    async def run(self) -> NoReturn:
        while True:
            try:
                await self.round()
            except TerminalFault as fault:
                log.warning("merges that were cut off wait: %s", fault)
            await self._sleep(LOOK_S)

    async def round(self) -> int:
        """How many it finished. Raises TerminalFault: not now.

        One that it sees for the first time may be under way at the counter, unless it was there at the start.
        """
        found = await self._committer.ask(begun)
        done = [await self._finished(one) for one in found if self._left is None or one.id in self._left]
        self._left = {one.id for one in found}
        return sum(done)

    async def _finished(self, one: BookMergePart) -> bool:
        """By whoever decided it."""
        try:
            await go_ahead(
                one.wallet,
                one.into,
                ask=self._committer.ask,
                book=self._committer.submit,
                new_id=self._new_id,
                at=lambda: self._at(one),
                begins=False,
            )
            rest = BookMerge(
                id=self._new_id(), at=self._at(one), wallet=one.wallet, into=one.into, tier=one.tier
            )
            self._slips.expect(rest.id)
            self._slips.original(await self._committer.submit(rest))
        except Refused as refusal:
            log.warning("a merge that was cut off cannot go on: %s", refusal)
            return False
        log.info("a merge that was cut off is done")
        return True

    def _new_id(self) -> EntryId:
        return EntryId(self._ids.new())

    def _at(self, one: BookMergePart) -> Occasion:
        return replace(self._occasion(one.at.operator), second=one.at.second)
