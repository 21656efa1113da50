"""What people took off lines, after everything that promotions decide."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.core.cart import Cart
from terminal.core.money import Fen
from terminal.core.override import taken_off
from terminal.core.pricing.engine import Priced


def less(bill: Priced, cart: Cart) -> Priced:
    """The bill with the cart's overrides in it. No promotion looks at them: none ends, and none begins."""
    overrides = {place: line.override for place, line in enumerate(cart.lines) if line.override}
    if not overrides:
        return bill
    lines = tuple(
        line if place is None else taken_off(line, overrides.get(place))
        for line, place in zip(bill.lines, bill.places, strict=True)
    )
    return replace(bill, lines=lines, due=Fen(sum(line.net for line in lines)))
