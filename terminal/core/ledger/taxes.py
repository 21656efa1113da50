"""The part of prices that is tax (product.md G3); where uses pay, of what these earn (decision 46)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from terminal.core import accounts as chart
from terminal.core.commands import BookSale, SaleLine
from terminal.core.entry import Entry
from terminal.core.ledger.state import Lot
from terminal.core.money import apportioned, half_up

_A_USE = 1_000_000
"""Fen for which each use of a bill stands where their tax is shared: of these any rate is some."""


def tax_in(fen: int, tax_bp: int) -> int:
    """Of a price that includes it, in whole fen."""
    return half_up(fen * tax_bp, 10_000 + tax_bp)


def tax_of(line: SaleLine) -> int:
    """The part of a line's net that is tax."""
    return tax_in(line.net, _rate(line))


def paid_ahead(sale: BookSale) -> frozenset[int]:
    """The lines that uses pay."""
    return frozenset(at for tender in sale.tenders for at in tender.places)


def earned_taxes(lines: Sequence[SaleLine], taken: Sequence[tuple[Lot, int]]) -> Iterator[int]:
    """Of each line that uses pay, the tax in what these earn. So all uses of a lot bear the tax of its price.

    `taken`: for each line in turn which lots gave how much, each as it was then.
    """
    parts = iter(taken)
    for line in lines:
        left, tax = line.quantity, 0
        while left:
            lot, units = next(parts)
            left -= units
            begin, end = (lot.paid * used // lot.laid for used in _used(lot, units))
            tax += tax_in(end, _rate(line)) - tax_in(begin, _rate(line))
        yield tax


def taxes_booked(found: Entry, sale: BookSale) -> list[int]:
    """Of each line what its sale posted, whatever the rule was then, so that all of it comes back.

    What uses pay is posted in one sum: as list prices have it in a release of before, else use by use.
    """
    taxes = [tax_of(line) for line in sale.lines]
    uses = paid_ahead(sale)
    ahead = [at for at, line in enumerate(sale.lines) if at in uses and _rate(line)]
    listed = sum(taxes[at] for at in ahead)
    earned = dict(found.postings).get(chart.tax(found.site).name, 0) - (sum(taxes) - listed)
    if earned == listed:
        return taxes
    weights = [tax_in(sale.lines[at].quantity * _A_USE, _rate(sale.lines[at])) for at in ahead]
    for at, share in zip(ahead, apportioned(earned, weights), strict=True):
        taxes[at] = share
    return taxes


def _rate(line: SaleLine) -> int:
    """What is paid now and used later is taxed when it is used."""
    return line.tax_bp if line.sells is None else 0


def _used(lot: Lot, units: int) -> tuple[int, int]:
    used = lot.laid - lot.rest
    return used, used + units
