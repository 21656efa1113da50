"""What is known of whoever stands there beside the money: for the attendant, and for prices that ask."""

from __future__ import annotations

import logging
from collections.abc import Callable

from terminal.core.calls import Lasting, NothingLasts
from terminal.core.errors import TerminalFault
from terminal.core.picture import NOTHING, Picture, notes
from terminal.core.ports import Books
from terminal.core.pricing import Buyer
from terminal.core.screens import Message
from terminal.core.trust import Holder
from terminal.core.values import WalletId

log = logging.getLogger(__name__)


class Pictures:
    """Of the last who was looked at. What cannot be read is not known, and in the way of nobody who buys."""

    def __init__(self, books: Books, today: Callable[[], str], lasting: Lasting | None = None) -> None:
        self._lasting = lasting or NothingLasts()
        self._books = books
        self._today = today
        self._last: tuple[WalletId, Picture] | None = None

    async def look(self, holder: Holder) -> Picture:
        try:
            picture = await self._books.picture(holder)
        except TerminalFault as fault:
            log.warning("what is known of a member beside the money cannot be read: %s", fault)
            picture = NOTHING
        self._last = holder.wallet, picture
        return picture

    async def of(self, holder: Holder) -> Buyer:
        """See `core.pricing.Benefits`."""
        known = self._last
        picture = known[1] if known and known[0] == holder.wallet else await self.look(holder)
        return Buyer(tier=holder.tier, born=picture.born, newcomer=picture.joined == self._today())

    def notes(self, holder: Holder) -> tuple[Message, ...]:
        """For the screen."""
        if self._last is None or self._last[0] != holder.wallet:
            return ()
        return notes(self._last[1], self._today(), self._lasting.of(holder.wallet))
