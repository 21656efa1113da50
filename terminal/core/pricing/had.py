"""What of a bill the member has only so often, as its sale is to count it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from terminal.core.commands import Had
from terminal.core.pricing.plans import Plan
from terminal.core.pricing.promotion import Later, Promotion
from terminal.core.pricing.sight import Sight
from terminal.core.pricing.visit import Visit


def had(plan: Plan, later: Sequence[Later], seen: Sight, visit: Visit) -> Iterator[Had]:
    """`later`: what of it was earned for another day."""
    lines, parts = _lines(plan), plan.basket.parts
    for one, places in (*_touching(plan, seen), *((one, seen.reached(one, parts)) for one in later)):
        bound = one.bound
        if bound is not None:
            pieces = sum(part.quantity for at, part in enumerate(parts) if at in places)
            count = one.taken(pieces, visit)
            yield Had(
                what=one.counts_as,
                period=str(bound.period(visit)),
                name=one.name,
                count=count,
                most=bound.times,
                left=one.left(visit) - count,
                places=tuple(line for at in places for line in lines[at]),
            )


def _lines(plan: Plan) -> list[tuple[int, ...]]:
    """Of each part, and each gift behind them: a piece that a coupon makes free follows its others."""
    found: list[tuple[int, ...]] = []
    first = 0
    for at, part in enumerate(plan.basket.parts):
        count = 2 if at == plan.order.free and part.quantity > 1 else 1
        found.append(tuple(range(first, first + count)))
        first += count
    return [*found, *((first + at,) for at in range(len(plan.order.gifts)))]


def _touching(plan: Plan, seen: Sight) -> Iterator[tuple[Promotion, Sequence[int]]]:
    """And which lines. A factor of points counts wherever it is in force."""
    order, parts = plan.order, plan.basket.parts
    for place, price in enumerate(plan.live.lines):
        if found := [at for at, pick in enumerate(plan.chosen) if pick and pick.place == place]:
            yield price, found
    for taken in plan.basket.taken:
        yield taken.pack, list(taken.nets)
    off = [one for one in (order.discount, order.coupon[1] if order.coupon else None) if one]
    for one, share in zip(off, order.shares, strict=True):
        yield one, [at for at, fen in share.fen.items() if fen]
    for at, gift in enumerate(order.gifts, len(parts)):
        yield gift, [at]
    for factor in plan.live.points:
        places = seen.open.get(factor.id, ())
        if found := [at for at, part in enumerate(parts) if part.place in places]:
            yield factor, found
