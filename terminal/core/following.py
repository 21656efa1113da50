"""What follows the journal's sales: what was sold, what of it came back, which wallets became one.

And which have another holder: nothing of whoever had it before is told of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from terminal.core.commands import (
    BookDirective,
    BookMerge,
    BookRefund,
    BookReversal,
    BookSale,
    BookTransfer,
    BookVoid,
)
from terminal.core.directives import GivenAway, Merge
from terminal.core.entry import Entry
from terminal.core.times import made_ms
from terminal.core.values import EntryId, WalletId


def is_after(entry: Entry, given: int, given_seq: int) -> bool:
    """Whether it is of whoever was given a wallet, and not of who had it before. As in `ledger.state.Wallet`.

    By the order of the journal, whatever the clock said; by the times in ids where it was given at another
    site, and of what was booked again after a fork: that stood elsewhere in the order.
    """
    if given_seq and entry.redo is None:
        return entry.seq > given_seq
    return made_ms(entry.id) > given


class FollowsSales(ABC):
    """Told entry by entry, in the order of the journal."""

    def add(self, entry: Entry) -> None:
        match entry.payload:
            case BookSale() as sale:
                self._sold(sale)
            case BookRefund(of=of, returned=returned):
                for one in returned:
                    self._back(of, one.line, one.quantity)
            case BookVoid(of=of) | BookReversal(of=of):
                self._back(of, None, 0)
            case BookMerge(wallet=wallet, into=into):
                self._merged(wallet, into)
            case BookDirective(directive=Merge(wallet=wallet, into=into), apart=False):
                self._merged(wallet, into)
            case BookTransfer(wallet=wallet) | BookDirective(directive=GivenAway(wallet=wallet)):
                self._given(wallet)

    @abstractmethod
    def _sold(self, sale: BookSale) -> None: ...

    @abstractmethod
    def _back(self, of: EntryId, line: int | None, quantity: int) -> None:
        """`line` None: all of it. Where nobody counted what came back, all of that line."""

    @abstractmethod
    def _merged(self, wallet: WalletId, into: WalletId) -> None: ...

    @abstractmethod
    def _given(self, wallet: WalletId) -> None:
        """Another person has it from now on."""
