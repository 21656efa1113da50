"""Forgets who asked for it and had to wait, once nothing is in the way any more (product.md G7)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn

from msgspec.structs import replace

from terminal.core.commands import BookErasure, Occasion
from terminal.core.errors import ErasureWaits, Refused, TerminalFault
from terminal.core.ledger.membership import decided_here
from terminal.core.ports import Committer, Ids
from terminal.core.times import is_certain
from terminal.core.values import EntryId, StaffId
from terminal.core.wishes import Wish, Wishes

log = logging.getLogger(__name__)

AGAIN_S = 3_600.0
_AT_ONCE = 100


class Forgetting:
    """Give it to a supervisor: `run` never returns."""

    def __init__(
        self,
        wishes: Wishes,
        committer: Committer,
        ids: Ids,
        occasion: Callable[[StaffId | None], Occasion],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._wishes = wishes
        self._committer = committer
        self._ids = ids
        self._occasion = occasion
        self._sleep = sleep

    async def run(self) -> NoReturn:
        while True:
            try:
                await self.again()
            except TerminalFault as fault:
                log.warning("who waits to be forgotten waits on: %s", fault)
            await self._sleep(AGAIN_S)

    async def again(self) -> int:
        """Tries each wish once; how many were fulfilled. Raises TerminalFault: nothing can be booked now."""
        done, after = 0, ""
        while wishes := await self._wishes.waiting(after, _AT_ONCE):
            for wish in wishes:
                done += await self._one(wish)
            after = wishes[-1].member
        return done

    async def _one(self, wish: Wish) -> bool:
        """By whoever took the wish, and approved it. Headquarters is told of it once, and decides then."""
        at = self._occasion(wish.operator)
        here = await self._committer.ask(lambda state: decided_here(wish.member, state))
        if wish.told and not here:
            return False
        if here and wish.kept and not is_certain(at):
            return False  # A clock that ran ahead must not end what is kept: nothing brings it back.
        erasure = BookErasure(
            id=EntryId(self._ids.new()),
            at=replace(at, second=wish.second),
            wallet=wish.wallet,
            member=wish.member,
            why=wish.why,
            waits=not here,
        )
        try:
            await self._committer.submit(erasure)
        except ErasureWaits:
            return False
        except Refused as refusal:
            log.warning("a member who asked to be forgotten cannot be: %s", refusal)
            return False
        if here:
            log.info("a member was forgotten who had to wait")
        return here
