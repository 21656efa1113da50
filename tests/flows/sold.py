"""What a scripted desk sold before: a ledger of plain dictionaries, and the receipts of what is in it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from terminal.core.codes import ReceiptNumber
from terminal.core.commands import Occasion, wallet_of
from terminal.core.entry import Entry
from terminal.core.errors import HeadquartersAway, HeldElsewhere
from terminal.core.ledger import kind_of
from terminal.core.ledger.looked_up import original
from terminal.core.original import Original
from terminal.core.values import EntryId, TerminalId, WalletId
from tests.core.ledger.book import Book

_UNDOABLE = frozenset({"sale", "recharge", "deposit", "redeem"})


class Sold:
    def __init__(self, at: Occasion) -> None:
        self.book = Book()
        self.book.at = at
        self.away: dict[EntryId, type[HeldElsewhere] | None] = {}
        """What lies at headquarters, and what asking for it comes to; None: it comes."""

    def number_of(self, entry: Entry) -> ReceiptNumber:
        place = list(self.book.entries).index(entry.id) + 1
        return ReceiptNumber(terminal=TerminalId("T1"), epoch=1, number=place, mark="9F3A01BC")

    def lies_elsewhere(self, entry: Entry, comes_to: type[HeldElsewhere] | None = HeadquartersAway) -> None:
        self.book.left.add(entry.id)
        self.away[entry.id] = comes_to

    def originals(self, of: ReceiptNumber | WalletId | None, kinds: Collection[str]) -> Sequence[Original]:
        if isinstance(of, ReceiptNumber):
            kinds = _UNDOABLE  # Of one that is named the desk tells whatever it is.
        found = [one for one in reversed(self.book.entries.values()) if kind_of(one.payload) in kinds]
        if isinstance(of, ReceiptNumber):
            found = [one for one in found if self.number_of(one) == of]
        elif of is not None:
            found = [one for one in found if wallet_of(one.payload) == of]
        return [self._told(one) for one in found]

    def brought(self, of: Original) -> Original:
        fault = self.away[of.command.id]
        if fault is not None:
            raise fault(of.receipt_no)
        self.book.left.discard(of.command.id)
        return self._told(self.book.entries[of.command.id])

    def _told(self, entry: Entry) -> Original:
        number = self.number_of(entry)
        told = original(self.book, entry.id, f"T1-1-{number.number}-{number.mark}")
        assert told is not None
        return told
