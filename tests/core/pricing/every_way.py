"""What comes off at most, found by trying everything: slow, and written apart from the engine's search."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, product

from msgspec.structs import replace

from terminal.core.cart import Cart
from terminal.core.money import half_up
from terminal.core.pricing import Tariff, Visit, shared
from terminal.core.pricing.basket import Basket, basket, ways
from terminal.core.pricing.promotion import Coupon, LinePrice, Part
from terminal.core.pricing.sight import Sight, sight
from terminal.core.pricing.tariff import Live


def most_off(cart: Cart, visit: Visit, tariff: Tariff) -> int:
    live = tariff.live(visit)
    seen = sight(cart, live, visit, tariff)
    return max(_most_of(cart, visit, one, seen) for one in _without_rivals(live, tariff))


def _without_rivals(live: Live, tariff: Tariff) -> Iterator[Live]:
    """Every choice of promotions of which no two are rivals."""
    named = [(one.id, other) for one in tariff.promotions for other in one.not_with if other != one.id]
    bound = [one for one in tariff.promotions if one.bound]
    named += [(one.id, other.id) for one, other in combinations(bound, 2) if one.counts_as == other.counts_as]
    for gone in product(*named):
        yield replace(
            live,
            lines=[one for one in live.lines if one.id not in gone],
            packs=[one for one in live.packs if one.id not in gone],
            orders=[one for one in live.orders if one.id not in gone],
            coupons=[(held, one) for held, one in live.coupons if one.id not in gone],
            gifts=[one for one in live.gifts if one.id not in gone],
        )


def _most_of(cart: Cart, visit: Visit, live: Live, seen: Sight) -> int:
    return max(
        sum(part.gross for part in one.parts) - sum(nets) + _on_top(one.parts, nets, live, seen, visit)
        for one in ways(basket(cart), live.packs, seen)
        for prices in _subsets(live.lines)
        for nets in (_nets(one, prices, seen, visit),)
    )


def _subsets(prices: Sequence[LinePrice]) -> Iterator[Sequence[LinePrice]]:
    for size in range(len(prices) + 1):
        yield from combinations(prices, size)


def _nets(one: Basket, prices: Sequence[LinePrice], seen: Sight, visit: Visit) -> list[int]:
    nets = [part.gross for part in one.parts]
    for price in prices:
        offered = {at: _net(price, one.parts[at], visit) for at in seen.reached(price, one.parts)}
        if price.ONE_LINE:
            by_saving = sorted(offered, key=lambda at: (offered[at] - one.parts[at].gross, at))
            offered = {at: offered[at] for at in by_saving[:1]}
        for at, net in offered.items():
            nets[at] = min(nets[at], net)
    for taken in one.taken:
        for at, net in taken.nets.items():
            nets[at] = net
    return nets


def _net(price: LinePrice, part: Part, visit: Visit) -> int:
    net = price.net(part, visit)
    return part.gross if net is None else net


def _on_top(parts: Sequence[Part], nets: Sequence[int], live: Live, seen: Sight, visit: Visit) -> int:
    best = 0
    amounts: list[tuple[int, Sequence[int]]] = [(0, ())]
    for discount in live.orders:
        places = seen.reached(discount, parts)
        amounts += [(fen, places) for fen in discount.amounts(sum(nets[at] for at in places))]
    for fen, places in amounts:
        left = list(nets)
        for at, share in zip(places, shared(fen, [nets[at] for at in places]), strict=bool(places)):
            left[at] -= share
        gifts = sum(
            gift.price * gift.count
            for gift in live.gifts
            if seen.open.get(gift.id) and gift.due(sum(left[at] for at in seen.reached(gift, parts)), visit)
        )
        coupons = [
            _coupon(terms, parts, left, seen.reached(terms, parts))
            for _, terms in live.coupons
            if not (terms.alone and fen)
        ]
        best = max(best, fen + gifts + max(coupons, default=0))
    return best


def _coupon(terms: Coupon, parts: Sequence[Part], left: Sequence[int], places: Sequence[int]) -> int:
    counted = sum(parts[at].gross if terms.on_list else left[at] for at in places)
    if not places or counted < terms.threshold:
        return 0
    dearest = max(half_up(left[at], parts[at].pieces) for at in places)
    return terms.amount(sum(left[at] for at in places), dearest)
