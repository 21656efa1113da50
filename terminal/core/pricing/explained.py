"""Why promotions did not touch a sale: what is nearest first."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from terminal.core.pricing.order import Order
from terminal.core.pricing.promotion import Coupon, Earned, NotYet, OrderDiscount, Part, Promotion
from terminal.core.pricing.sight import Sight
from terminal.core.pricing.tariff import Live
from terminal.core.pricing.visit import Visit
from terminal.core.screens import says


class Told(Struct, frozen=True, kw_only=True):
    """A sale as it was priced, to be explained."""

    parts: Sequence[Part]
    visit: Visit
    seen: Sight
    touched: Collection[str]
    order: Order
    rivals: Mapping[str, Collection[str]]

    def missed(self, live: Live) -> tuple[NotYet, ...]:
        """A word on each promotion that did nothing, and on what more one that did would still give."""
        names = {one.id: one.name for one in live.all() if one.id in self.touched}
        found = [self._beside(one, names) or self._missed(one) for one in live.all()]
        told = [one for one in found if one is not None]
        return tuple(
            sorted([*told, *live.refused, *self._had(live)], key=lambda one: (not one.missing, one.missing))
        )

    def _had(self, live: Live) -> Iterator[NotYet]:
        for one in live.had:
            if why := one.refuses(self.visit):
                yield replace(one.not_yet(why), used_up=one.id in self.seen.covered)

    def _beside(self, one: Promotion, names: Mapping[str, str]) -> NotYet | None:
        """A rival had it."""
        others = self.rivals.get(one.id, ()) if self.seen.there(one) else ()
        rival = min((id_ for id_ in others if id_ in names), default=None)
        return one.not_yet(says("Not together with {name}", name=names[rival])) if rival else None

    def _missed(self, one: Promotion) -> NotYet | None:
        match one:
            case OrderDiscount():
                return self._sum(one, self.order.before)
            case Earned():
                return self._sum(one, self.order.left)
            case _ if one.id in self.touched:
                return None
            case Coupon():
                return replace(self._coupon(one), held=True)
            case _:
                return self._why(one)

    def _sum(self, one: OrderDiscount | Earned, sums: Sequence[int]) -> NotYet | None:
        places = self.seen.reached(one, self.parts)
        spent = sum([sums[at] for at in places])
        step = one.step(spent) if places else 0
        if step and (isinstance(one, OrderDiscount) or one.due(spent + step, self.visit)):
            return one.more(step)
        return None if one.id in self.touched else self._why(one)

    def _coupon(self, one: Coupon) -> NotYet:
        places, left = self.seen.reached(one, self.parts), self.order.left
        counted = sum([self.parts[at].gross if one.on_list else left[at] for at in places])
        if places and counted < one.threshold:
            return one.more(one.threshold - counted)
        if places and one.alone and self.order.discount:
            better = one.not_yet(says("Not together with {name}", name=self.order.discount.name))
            return replace(better, kept_out=True)
        return self._why(one)

    def _why(self, one: Promotion) -> NotYet:
        if one.id not in self.seen.covered:
            return one.not_yet(says("For other articles"))
        if not self.seen.open[one.id]:
            opens, closes = one.hours
            return one.not_yet(says("From {opens} to {closes}", opens=opens, closes=closes))
        return one.why_not([self.parts[at] for at in self.seen.reached(one, self.parts)], self.visit)
