"""Which promotion reaches which line of the cart: found once for all ways in which it may be priced."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from terminal.core.cart import Cart
from terminal.core.pricing.promotion import Part, Promotion
from terminal.core.pricing.tariff import Live, Tariff
from terminal.core.pricing.visit import Visit


class Sight(Struct, frozen=True, kw_only=True):
    covered: dict[str, list[int]]
    """By promotion: places in the cart of what it is for."""
    open: dict[str, frozenset[int]]
    """Those of them that were scanned in time."""

    def there(self, one: Promotion) -> bool:
        """Whether the cart has something for it, in time."""
        return bool(self.open.get(one.id))

    def reached(self, one: Promotion, parts: Sequence[Part]) -> list[int]:
        """Places in `parts`. What a pack took is out of reach of all else."""
        places = self.open.get(one.id, ())
        return [at for at, part in enumerate(parts) if part.place in places and not part.pack]


def sight(cart: Cart, live: Live, visit: Visit, tariff: Tariff) -> Sight:
    covered: dict[str, list[int]] = {}
    late: dict[str, set[int]] = {}
    for place, line in enumerate(cart.lines):
        minute = visit.minute if line.minute is None else line.minute
        for one in (*tariff.covering(line.article), *live.faces):
            covered.setdefault(one.id, []).append(place)
            if (one.opens or one.closes) and not one.open_at(minute):
                late.setdefault(one.id, set()).add(place)
    return Sight(
        covered=covered,
        open={id_: frozenset(places).difference(late.get(id_, ())) for id_, places in covered.items()},
    )
