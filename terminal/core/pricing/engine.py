"""From a cart, who buys and when to priced lines, each with the promotions that touched it, by name.

Line price (one a line, the best) -> packs -> discount on the order (one) -> gifts -> coupon (one). Of all
that may be combined so, what takes most off is chosen: a member price that would lose a higher discount on
the order is left out. So nothing is ever dearer for a promotion, and what is off never falls as more is
bought, but for the fen that sharing by largest remainder may move under a percentage coupon.

Pure: what is shown before the customer confirms is what is booked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from math import gcd, prod

from terminal.core.cart import Article, Cart
from terminal.core.commands import Discount, Grant, Had, Locked, SaleLine, Sells
from terminal.core.errors import OverLimit
from terminal.core.money import AMOUNT_MAX, Fen
from terminal.core.pricing.apart import kept_apart
from terminal.core.pricing.basket import basket, ways
from terminal.core.pricing.explained import Told
from terminal.core.pricing.free_piece import Row, rows
from terminal.core.pricing.had import had
from terminal.core.pricing.order import Orders
from terminal.core.pricing.plans import Lines, Plan, Way, best_of
from terminal.core.pricing.promotion import GivenCoupon, GivenVoucher, Later, NotYet, Part
from terminal.core.pricing.sight import Sight, sight
from terminal.core.pricing.tariff import Live, Tariff
from terminal.core.pricing.visit import Visit
from terminal.core.screens import Message
from terminal.core.values import Value


class Priced(Value, frozen=True, kw_only=True):
    """Lines with their prices, each rounded half up to the fen; `due` is the sum of their nets."""

    lines: tuple[SaleLine, ...]
    due: Fen
    places: tuple[int | None, ...] = ()
    """Which line of the cart each line is of; None: it was put in by a promotion."""
    coupons: tuple[str, ...] = ()
    """Those that were used."""
    by_code: tuple[str, ...] = ()
    """Those of them whose codes were handed over. The engine does not know."""
    coupon: str = ""
    """As the receipt calls it."""
    gives: tuple[GivenCoupon, ...] = ()
    """For another day."""
    vouchers: tuple[GivenVoucher, ...] = ()
    """Also."""
    bringer: tuple[Grant, ...] = ()
    """What who brought the buyer along gets."""
    times: tuple[tuple[int, int], ...] = ()
    """What the points of each line paid now are multiplied by, and divided; empty: of all by nothing."""
    ahead: int = 0
    """So many lines, the first ones, were paid before: by uses of a count card."""
    had: tuple[Had, ...] = ()
    """What of it the member has only so often."""
    touched: tuple[str, ...] = ()
    """Ids of the promotions that did something."""
    locked: tuple[Locked, ...] = ()
    """What of the member's litres at a locked price they were sold at."""
    missed: tuple[NotYet, ...] = ()
    """Why others did not, what is nearest first."""

    @property
    def goods(self) -> Fen:
        """What of it cash vouchers and cashback may pay."""
        return Fen(sum(line.goods for line in self.lines))

    @property
    def hint(self) -> Message | None:
        """What little more would bring the customer; else why a coupon that they hold brings them nothing."""
        nearest = next((one.why for one in self.missed if one.missing), None)
        return nearest or next((one.why for one in self.missed if one.kept_out), None)

    @property
    def had_before(self) -> Message | None:
        """Why something in the cart does not come free or for less this time: they have had it."""
        return next((one.why for one in self.missed if one.used_up), None)

    @property
    def coupon_hint(self) -> Message | None:
        """Where no coupon comes off: what more would bring one that they hold, or what keeps it out."""
        found = (one.why for one in self.missed if one.held and (one.missing or one.kept_out))
        return None if self.coupons else next(found, None)


def priced(cart: Cart, visit: Visit, tariff: Tariff) -> Priced:
    """The price of what is on the counter.

    Raises:
        OverLimit: more than one transaction may be.
    """
    live = tariff.live(visit)
    seen = sight(cart, live, visit, tariff)
    best = best_of(
        [way for one in kept_apart(live, tariff.rivals, seen) for way in _ways(cart, visit, one, seen)]
    )
    laid = _laid(best)
    lines = tuple(_written(best, laid, visit))
    due = sum(line.net for line in lines)
    if max([due, *(line.gross for line in lines)]) > AMOUNT_MAX:
        raise OverLimit(f"{due} is above {AMOUNT_MAX}")
    used = best.order.coupon
    sold = {line.sells.unit for line in lines if line.sells}
    parts, later = best.basket.parts, [one for one in _later(best, seen, visit) if one.unit not in sold]
    touched = [*_touched(best), *(one.id for one in later)]
    told = Told(parts=parts, visit=visit, seen=seen, touched=touched, order=best.order, rivals=tariff.rivals)
    given = [one.given(visit) for one in later]
    return Priced(
        lines=lines,
        due=Fen(due),
        places=(*(row.part.place for row in laid), *(None for _ in best.order.gifts)),
        coupons=(used[0].coupon,) if used else (),
        coupon=used[1].name if used else "",
        gives=tuple(one for one in given if isinstance(one, GivenCoupon)),
        vouchers=tuple(one for one in given if isinstance(one, GivenVoucher)),
        bringer=tuple(one for one in given if isinstance(one, Grant)),
        times=tuple(_times(best, laid, seen)),
        had=tuple(had(best, later, seen, visit)),
        touched=tuple(touched),
        missed=told.missed(live),
    )


def _ways(cart: Cart, visit: Visit, live: Live, seen: Sight) -> Iterator[Way]:
    prices = Lines(live, seen, visit)
    for one in ways(basket(cart), live.packs, seen):
        yield Way(live, one, prices, Orders(one.parts, live, seen, visit))


def _later(best: Plan, seen: Sight, visit: Visit) -> list[Later]:
    """What is earned for another day, by what is left after the discount on the order."""
    left, parts = best.order.left, best.basket.parts
    return [
        one
        for one in best.live.later
        if seen.there(one) and one.due(sum([left[at] for at in seen.reached(one, parts)]), visit)
    ]


def _times(plan: Plan, laid: Sequence[Row], seen: Sight) -> list[tuple[int, int]]:
    """Also of what is in a pack: it is no price."""
    if not plan.live.points:
        return []
    found = []
    for row in laid:
        fit = [one.factor for one in plan.live.points if row.part.place in seen.open.get(one.id, ())]
        times, per = prod(up for up, _ in fit), prod(down for _, down in fit)
        common = gcd(times, per)
        found.append((times // common, per // common))
    return found + [(1, 1)] * len(plan.order.gifts)


def _laid(plan: Plan) -> list[Row]:
    """The parts as they are booked: discounts in the order in which they touched them."""
    parts, order = plan.basket.parts, plan.order
    offs: list[list[Discount]] = [[] for _ in parts]
    for at, pick in enumerate(plan.chosen):
        if pick:
            offs[at].append(Discount(name=plan.live.lines[pick.place].name, amount=pick.saves))
    for taken in plan.basket.taken:
        for at, net in taken.nets.items():
            offs[at].append(Discount(name=taken.pack.name, amount=parts[at].gross - net))
    for name, coupon, shares in order.shares:
        for at, fen in shares.items():
            if fen:
                offs[at].append(Discount(name=name, amount=fen, coupon=coupon))
    return rows(parts, offs, order.free)


def _written(plan: Plan, laid: Sequence[Row], visit: Visit) -> Iterator[SaleLine]:
    for part, off in laid:
        yield _line(part, off, visit)
    for gift in plan.order.gifts:
        gross = gift.price * gift.count
        yield SaleLine(
            sku=gift.sku,
            name=gift.article,
            category=gift.category,
            quantity=gift.count,
            unit_price=gift.price,
            gross=gross,
            discounts=(Discount(name=gift.name, amount=gross),) if gross else (),
            net=0,
            sample=gift.sample,
        )


def _line(part: Part, off: tuple[Discount, ...], visit: Visit) -> SaleLine:
    article = part.article
    return SaleLine(
        sku=article.sku,
        name=article.name,
        category=article.category,
        quantity=part.quantity,
        measured=article.measured,
        unit_price=article.price,
        gross=part.gross,
        discounts=off,
        net=part.gross - sum(one.amount for one in off),
        tax_bp=article.tax_bp,
        sells=_uses(article, part.quantity, visit.day),
    )


def _uses(article: Article, quantity: int, today: date) -> Sells | None:
    """What a count card, or fuel paid ahead or at a locked price, puts on the wallet."""
    if not article.puts:
        return None
    last = today + timedelta(days=article.uses_days) if article.uses_days else None
    return Sells(
        unit=article.unit_put,
        amount=article.puts * quantity,
        until=last.isoformat() if last else "",
        uses_of=article.uses_of,
        scope=article.uses_in,
    )


def _touched(plan: Plan) -> list[str]:
    order = plan.order
    ids = [plan.live.lines[place].id for place in sorted({pick.place for pick in plan.chosen if pick})]
    ids += [taken.pack.id for taken in plan.basket.taken]
    ids += [order.discount.id] if order.discount else []
    ids += [order.coupon[1].id] if order.coupon else []
    return [*ids, *(gift.id for gift in order.gifts)]
