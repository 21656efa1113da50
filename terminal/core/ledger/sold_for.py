"""What uses of a count card may pay for: what it was sold for, whatever is sold by now (product.md B15).

A lot is called by the entry that laid it, so that entry says which version of the card was sold. Of a lot
that another site sold, or that was given, imported or sold before bodies said it, the counter decides, by
the catalogue of today, and says of which lines no such lot may be (`Tender.as_sold`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from terminal.core.commands import BookSale
from terminal.core.ledger.state import Lot, State
from terminal.core.values import EntryId


class Version(NamedTuple):
    """Of a count card."""

    name: str
    uses_of: tuple[str, ...]
    """SKUs of services."""


def sold_as(state: State, unit: str, lot: str) -> Version | None:
    """As it was sold, where that is here and says of what its uses may be."""
    entry = state.entry(EntryId(lot))
    if entry is None or not isinstance(entry.payload, BookSale):
        return None
    for line in entry.payload.lines:
        if (sells := line.sells) is not None and sells.unit == unit and sells.uses_of:
            return Version(line.name, sells.uses_of)
    return None


def good_for(state: State, unit: str, sku: str, *, as_sold: bool) -> Callable[[Lot], bool]:
    """Whether a use of a lot may be of that service, as far as the ledger knows.

    `as_sold`: no lot is good for it of which nobody says what it was sold for.
    """

    def fits(lot: Lot) -> bool:
        version = sold_as(state, unit, lot.lot)
        return not as_sold if version is None else sku in version.uses_of

    return fits
