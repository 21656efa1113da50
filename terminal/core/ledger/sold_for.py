"""What uses of a count card may pay for: what it was sold for, whatever is sold by now (product.md B15).

Each lot says which version of the card it is. Of a lot of before, the sale that laid it says so where that is
here. Of one that was given, imported or sold before anybody said it, the counter decides, by the catalogue of
today, and says of which lines no such lot may be (`Tender.as_sold`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from terminal.core.commands import BookSale, Occasion
from terminal.core.ledger.state import Lot, State
from terminal.core.sold import SoldAs, read
from terminal.core.times import clock_of
from terminal.core.values import EntryId


def sold_as(state: State, unit: str, lot: Lot) -> SoldAs | None:
    """As it was sold, where anybody says of what its uses may be."""
    said = read(lot.sold)
    if said is not None and said.uses_of:
        return said
    entry = state.entry(EntryId(lot.lot))
    if entry is None or not isinstance(entry.payload, BookSale):
        return None
    for line in entry.payload.lines:
        if (sells := line.sells) is not None and sells.unit == unit and sells.uses_of:
            return SoldAs(name=line.name, uses_of=sells.uses_of, scope=sells.scope)
    return None


class Moment(NamedTuple):
    """When a use is wanted."""

    weekday: int
    """Of its business day; Monday is 1."""
    clock: str
    """Local time, `HH:MM`."""


def moment(at: Occasion, offered: str) -> Moment:
    """`offered`: the time at which it was offered; empty: that of the booking."""
    return Moment(weekday_of(at.business_day), offered or clock_of(at))


def weekday_of(business_day: str) -> int:
    """Monday is 1."""
    return date.fromisoformat(business_day).isoweekday()


def good_for(state: State, unit: str, sku: str, when: Moment, *, as_sold: bool) -> Callable[[Lot], bool]:
    """Whether a use of a lot may be of that service there and then, as far as the ledger knows.

    `as_sold`: no lot is good for it of which nobody says what it was sold for.
    """

    def fits(lot: Lot) -> bool:
        version = sold_as(state, unit, lot)
        if version is None:
            return not as_sold
        return sku in version.uses_of and version.out(state.site, *when) is None

    return fits
