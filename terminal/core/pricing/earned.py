"""Who earns what with the services of a bill, after all that was taken off (product.md B13)."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.core.cart import Cart
from terminal.core.commission import Rates
from terminal.core.pricing.engine import Priced
from terminal.core.values import StaffId


def earned(bill: Priced, cart: Cart, rates: Rates, operator: StaffId) -> Priced:
    """The bill with it: whoever the cart names did a service, else the operator."""
    if not rates:
        return bill
    lines = tuple(
        line if place is None else rates.earned(line, cart.lines[place].done_by or operator)
        for line, place in zip(bill.lines, bill.places, strict=True)
    )
    return replace(bill, lines=lines)
