"""What the `Desk` port asks about refunds that an acquirer still owes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from terminal.core.acquirer import Outcome, Said
from terminal.core.commands import Booked, BookIntent, BookIntentEnd, Command, Private
from terminal.desk.acquiring import Acquiring


class ByHand(ABC):
    _acquiring: Acquiring | None

    @abstractmethod
    async def _book(self, command: Command, private: Private | None) -> Booked: ...

    async def refunds_owed(self) -> Sequence[BookIntent]:
        return await self._acquiring.refunds_owed() if self._acquiring else ()

    async def cards_in_doubt(self) -> Sequence[BookIntent]:
        return await self._acquiring.cards_in_doubt() if self._acquiring else ()

    async def refund_again(self, owed: BookIntent) -> Said:
        return await self._acquiring.refund_again(owed) if self._acquiring else Said(outcome=Outcome.UNKNOWN)

    async def book_by_hand(self, end: BookIntentEnd) -> Booked:
        return await self._book(end, None)
