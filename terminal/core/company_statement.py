"""What each card of one company took, and what came back: told from the journal (product.md C5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from msgspec.structs import replace

from terminal.core import accounts as chart
from terminal.core.cart import FUEL
from terminal.core.commands import (
    BookFleetFunds,
    BookHold,
    BookRefund,
    BookReversal,
    BookSale,
    BookVoid,
    Measured,
    SaleLine,
    Tender,
    TenderKind,
)
from terminal.core.entry import Entry
from terminal.core.units import POURED
from terminal.core.values import EntryId, Value


class Took(Value, frozen=True, kw_only=True):
    """One row of it."""

    what: str
    """`fill`, `back` (undone, or paid back), `funds` (paid in), or `credit` (given: nothing was paid)."""
    card: str = ""
    grade: str = ""
    quantity: int = 0
    """Hundredths of what that grade is counted in; below zero: they came back."""
    measured: Measured | None = None
    """As the sale says it; None: it does not, or nothing flowed."""
    fen: int = 0
    """That the company pays; below zero: it came back, was paid in, or given as credit."""


class CardSum(Value, frozen=True, kw_only=True):
    """What one card took in all."""

    quantities: Mapping[Measured | None, int]
    """Hundredths, of each measure by itself: a litre and a kilogram are no sum. None: nobody says of what."""
    fen: int

    def with_row(self, took: Took) -> CardSum:
        quantities = dict(self.quantities)
        if took.quantity:
            quantities[took.measured] = quantities.get(took.measured, 0) + took.quantity
        return CardSum(quantities=quantities, fen=self.fen + took.fen)


NOTHING_TAKEN = CardSum(quantities=MappingProxyType({}), fen=0)


class CompanyStatement:
    def __init__(self, company: str) -> None:
        self._company = company
        self._held: dict[EntryId, str] = {}
        """Which card a hold is of."""
        self._sold: dict[EntryId, tuple[Took, tuple[SaleLine, ...]]] = {}

    def rows(self, entry: Entry) -> Iterator[Took]:
        """Of each entry, in order."""
        match entry.payload:
            case BookHold(company=company, fleet=fleet) if company == self._company and fleet is not None:
                self._held[entry.id] = fleet.card
            case BookSale() as sale:
                yield from self._took(sale)
            case BookVoid(of=of) | BookReversal(of=of) if of in self._sold:
                took, _ = self._sold.pop(of)
                yield replace(took, what="back", quantity=-took.quantity, fen=-took.fen)
            case BookRefund(of=of) as refund if of in self._sold:
                yield self._back(refund, entry)
            case BookFleetFunds(company=company, settles=False) as funds if company == self._company:
                yield Took(what="funds" if funds.paid_by else "credit", fen=-funds.amount)

    def _took(self, sale: BookSale) -> Iterator[Took]:
        for tender in sale.tenders:
            if (card := self._card(tender)) is not None:
                fuel = next((line for line in sale.lines if line.sku.startswith(FUEL)), None)
                took = Took(
                    what="fill",
                    card=card,
                    grade=fuel.sku.removeprefix(FUEL) if fuel else "",
                    quantity=tender.fleet.litres if tender.fleet else tender.units,
                    measured=fuel.measured if fuel and fuel.measured in POURED else None,
                    fen=tender.amount,
                )
                self._sold[sale.id] = took, sale.lines
                yield took

    def _card(self, tender: Tender) -> str | None:
        if tender.kind is TenderKind.FLEET and tender.of == self._company:
            return tender.fleet.card if tender.fleet else ""
        return self._held.pop(EntryId(tender.of), None) if tender.kind is TenderKind.HELD else None

    def _back(self, refund: BookRefund, entry: Entry) -> Took:
        took, lines = self._sold[refund.of]
        credit = chart.company_credit(self._company).name
        quantity = sum(one.quantity for one in refund.returned if lines[one.line].sku.startswith(FUEL))
        fen = sum(amount for name, amount in entry.postings if name == credit)
        return replace(took, what="back", quantity=-min(quantity, took.quantity), fen=-fen)
