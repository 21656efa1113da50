"""What members ask of their own data: what is kept, each entry of it, and the slip (product.md G7)."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from terminal.core.buyer import AskedFor
from terminal.core.commands import Booked, BookNote, Command, Kept, Listed, OwnSlip, Private
from terminal.core.errors import KeptElsewhere, Nameless, NotCopied
from terminal.core.ledger.membership import decided_here
from terminal.core.own import OwnStep, file_of
from terminal.core.ports import Books, Committer
from terminal.core.trust import Holder
from terminal.core.values import MemberId
from terminal.desk.booking import Booking
from terminal.runtime.log import told

log = logging.getLogger(__name__)

Copies = Callable[[Kept, str], Awaitable[None]]
"""Writes all that is kept of a member into a new file of that name; raises where it cannot."""


class OwnData:
    """Of what is asked at once each part is an entry of its own: what is done twice has one effect."""

    _books: Books
    _committer: Committer
    _copies: Copies | None
    _booking: Booking

    @abstractmethod
    async def _book(
        self,
        command: Command,
        private: Private | None,
        listed: Listed | None = None,
        asked: AskedFor | None = None,
        own: OwnSlip | None = None,
    ) -> Booked: ...

    async def kept(self, holder: Holder) -> Kept:
        if holder.member is None:
            raise Nameless("an unnamed wallet")
        kept = await self._books.kept_of(holder.member)
        if kept is None:
            raise KeptElsewhere("nothing is kept of them here")
        return kept

    async def forgets_here(self, member: MemberId) -> bool:
        return await self._committer.ask(partial(decided_here, member))

    @property
    def copies(self) -> bool:
        return self._copies is not None

    async def copy_own(self, kept: Kept, slip: BookNote) -> None:
        if self._copies is None:
            raise NotCopied("no folder")
        try:
            await self._copies(kept, file_of(slip))
        except Exception as fault:  # the slip is out, whatever a stick comes to
            log.warning("a member's copy was not written: why=%s", told(fault))
            raise NotCopied("no file") from fault

    async def book_own(
        self, steps: Sequence[OwnStep], slip: BookNote, kept: Kept, changed: Sequence[str] = ()
    ) -> Booked:
        for step in steps:
            await self._booking.book(step.command, step.private)
        now = await self._books.kept_of(kept.member)
        return await self._book(slip, None, own=OwnSlip(kept=now, changed=tuple(changed)))
