"""What uses of a count card pay for: at list price, beside all that promotions decide (product.md B6)."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.core.cart import Cart
from terminal.core.money import Fen
from terminal.core.pricing.engine import Priced, priced
from terminal.core.pricing.tariff import Tariff
from terminal.core.pricing.visit import Visit

_LIST_PRICES = Tariff()


def priced_with_uses(cart: Cart, visit: Visit, tariff: Tariff) -> Priced:
    """`priced`, where some lines were paid ahead: no promotion is reached by them, and none touches them."""
    used = [place for place, line in enumerate(cart.lines) if line.used]
    if not used:
        return priced(cart, visit, tariff)
    others = [place for place, line in enumerate(cart.lines) if not line.used]
    nobody = replace(visit, buyer=None)  # Not even a coupon's own face: it comes off what is paid now.
    ahead = priced(Cart(lines=tuple(cart.lines[place] for place in used)), nobody, _LIST_PRICES)
    bill = priced(Cart(lines=tuple(cart.lines[place] for place in others)), visit, tariff)
    return replace(
        bill,
        lines=(*ahead.lines, *bill.lines),
        due=Fen(ahead.due + bill.due),
        ahead=len(ahead.lines),
        had=tuple(replace(one, places=tuple(len(ahead.lines) + at for at in one.places)) for one in bill.had),
        places=(
            *(None if place is None else used[place] for place in ahead.places),
            *(None if place is None else others[place] for place in bill.places),
        ),
    )
