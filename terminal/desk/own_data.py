"""What members ask of their own data: what is kept, each entry of it, and the slip (product.md G7)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from terminal.core.buyer import AskedFor
from terminal.core.commands import Booked, BookNote, Command, Kept, Listed, OwnSlip, Private
from terminal.core.errors import KeptElsewhere, Nameless
from terminal.core.own import OwnStep
from terminal.core.ports import Books
from terminal.core.trust import Holder
from terminal.desk.booking import Booking


class OwnData:
    """Of what is asked at once each part is an entry of its own: what is done twice has one effect."""

    _books: Books
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

    async def book_own(
        self, steps: Sequence[OwnStep], slip: BookNote, kept: Kept, changed: Sequence[str] = ()
    ) -> Booked:
        for step in steps:
            await self._booking.book(step.command, step.private)
        now = await self._books.kept_of(kept.member)
        return await self._book(slip, None, own=OwnSlip(kept=now, changed=tuple(changed)))
