"""What members have used up, by the days that a piece lasts: at the tap, whom to call (product.md D5, D6).

A cleanser lasts 80 days a piece; the same article bought again begins anew, and one that comes back whole
gives the former date back. The journal says it; nothing is kept beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Final, Protocol

from msgspec import Struct

from terminal.core.cart import Article
from terminal.core.catalogue import Articles
from terminal.core.commands import BookDirective, BookMerge, BookRefund, BookReversal, BookSale, BookVoid
from terminal.core.directives import Merge
from terminal.core.entry import Entry
from terminal.core.values import EntryId, Value, WalletId

_NEVER: Final = date.max.isoformat()


class UsedUp(Value, frozen=True, kw_only=True):
    name: str
    """Of the article."""
    day: str
    """On which the last that they bought is used up."""


class Lasting(Protocol):
    def of(self, wallet: WalletId, /) -> Sequence[UsedUp]:
        """Of each article that has a cycle and that they bought here, as far as the journal is read."""
        ...


class NothingLasts:
    """A shop that looks at no cycles."""

    def of(self, _wallet: WalletId) -> Sequence[UsedUp]:
        return ()


def lasting(articles: Articles) -> dict[str, Article]:
    """By SKU, those that have a cycle. Raises CatalogueUnread."""
    return {one.sku: one for one in articles.each() if one.cycle_days}


def cycles_of(known: Mapping[str, Article]) -> dict[str, int]:
    """Days a piece, by SKU."""
    return {sku: one.cycle_days for sku, one in known.items() if one.cycle_days}


class LastBought(Value, frozen=True, kw_only=True):
    wallet: WalletId
    sku: str
    day: str
    """Business day."""
    pieces: int

    def due(self, cycle_days: int) -> str:
        """When it is used up; the last day of all where that lies beyond what a date can say."""
        try:
            return (date.fromisoformat(self.day) + timedelta(days=self.pieces * cycle_days)).isoformat()
        except OverflowError:
            return _NEVER


class _Bought(Struct):
    sale: EntryId
    line: int
    day: str
    pieces: int


class Purchases:
    """What members bought of articles that have a cycle; told entry by entry, in the order of the journal."""

    def __init__(self, cycles: Mapping[str, int]) -> None:
        """Days a piece, by SKU."""
        self._cycles = cycles
        self._of: defaultdict[WalletId, defaultdict[str, list[_Bought]]] = defaultdict(
            lambda: defaultdict(list)
        )
        self._whose: dict[EntryId, WalletId] = {}

    def add(self, entry: Entry) -> None:
        match entry.payload:
            case BookSale(wallet=wallet) as sale if wallet is not None:
                self._sold(sale, wallet)
            case BookRefund(of=of, returned=returned):
                for one in returned:
                    self._back(of, one.line, one.quantity)
            case BookVoid(of=of) | BookReversal(of=of):
                self._back(of, None, 0)
            case BookMerge(wallet=wallet, into=into):
                self._merged(wallet, into)
            case BookDirective(directive=Merge(wallet=wallet, into=into), apart=False):
                self._merged(wallet, into)
            case _:
                pass

    def _sold(self, sale: BookSale, wallet: WalletId) -> None:
        for at, line in enumerate(sale.lines):
            if line.sku in self._cycles:
                bought = _Bought(sale.id, at, sale.at.business_day, line.quantity)
                self._of[wallet][line.sku].append(bought)
                self._whose[sale.id] = wallet

    def _back(self, of: EntryId, line: int | None, pieces: int) -> None:
        """`line` None: all of it. Where nobody counted the pieces, all of that line."""
        wallet = self._whose.get(of)
        for there in self._of[wallet].values() if wallet is not None else ():
            for one in there:
                if one.sale == of and line in {None, one.line}:
                    one.pieces = max(0, one.pieces - pieces) if pieces else 0
            there[:] = [one for one in there if one.pieces]

    def _merged(self, wallet: WalletId, into: WalletId) -> None:
        for sku, there in self._of.pop(wallet, {}).items():
            self._of[into][sku] = sorted((*self._of[into][sku], *there), key=lambda one: one.day)
            self._whose |= {one.sale: into for one in there}

    def bought(self) -> Iterator[LastBought]:
        """Last, of each member and article."""
        for wallet in self._of:
            yield from self.of(wallet)

    def of(self, wallet: WalletId) -> Iterator[LastBought]:
        """Last, of each article."""
        for sku, there in self._of[wallet].items() if wallet in self._of else ():
            if there:
                last = there[-1]
                pieces = sum(one.pieces for one in there if one.sale == last.sale)
                yield LastBought(wallet=wallet, sku=sku, day=last.day, pieces=pieces)

    def due(self, day: str) -> list[LastBought]:
        """What is used up on that day, in the order in which it was bought first."""
        return [one for one in self.bought() if one.due(self._cycles[one.sku]) == day]
