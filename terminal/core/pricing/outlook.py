"""How much could come off the whole if lines cost more: which line prices are worth leaving out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from terminal.core.pricing.promotion import Coupon, Gift, OrderDiscount
from terminal.core.pricing.visit import Visit


class Row(Struct, frozen=True, kw_only=True):
    """Parts that promotions count together."""

    at: Sequence[int]
    places: frozenset[int]
    """The same."""
    listed: int
    """What they cost by the list."""

    def spent(self, nets: Sequence[int]) -> int:
        return sum([nets[at] for at in self.at])


class Counted(Struct, frozen=True):
    """What they cost by now."""

    row: Row
    spent: int


class CouponSeen(Struct, frozen=True):
    terms: Coupon
    counted: Counted
    dearest: int
    """What its dearest piece costs."""


class Off(Struct, frozen=True):
    """A discount on the order that is reached."""

    amount: int
    discount: OrderDiscount
    counted: Counted


class Outlook(Struct, frozen=True, kw_only=True):
    """Bounds of what comes off the whole, by how many fen more lines cost, wherever they do."""

    nets: Sequence[int]
    discounts: Sequence[tuple[OrderDiscount, Counted]]
    coupons: Sequence[CouponSeen]
    gifts: Sequence[tuple[Gift, Counted]]
    visit: Visit

    def most(self, more: int) -> int:
        """No less than comes off."""
        best = self._after(more, None, alone=True)
        beside = self.beside(more)
        for off in self.offs(more):
            if off.amount + beside <= best:
                break
            best = max(best, off.amount + self._after(more, off))
        return best

    def beside(self, more: int) -> int:
        """No less than comes off beside a discount on the order."""
        return self._after(more, None)

    def offs(self, more: int) -> list[Off]:
        """Discounts on the order that are reached, the highest first."""
        found = [
            Off(amount, one, counted)
            for one, counted in self.discounts
            for amount in one.amounts(counted.spent + more)
        ]
        return sorted(found, key=lambda one: -one.amount)

    def near(self, least: int, within: int, over: int) -> int | None:
        """How many fen lines must cost more, at least, before more than those and `over` fen come off.

        None: it does not from `least` up to `within`.
        """
        slack = self.most(within) - over
        if slack <= least:
            return None
        within = min(within, slack - 1)
        enough = over + least - self.beside(within)
        offs = [None, *(off for off in self.offs(within) if off.amount > enough)]
        turns = sorted({least, *self._steps(within), *self._thresholds(offs)})
        return next(
            (turn for turn in turns if least <= turn <= within and self.most(turn) - turn > over), None
        )

    def _after(self, more: int, off: Off | None, *, alone: bool = False) -> int:
        """Coupon and gifts, once the order has that off. `alone`: a coupon too that stands beside none."""
        best = 0
        for one in self.coupons:
            terms, counted = one.terms, one.counted
            if terms.alone and not alone:
                continue
            left = counted.spent + more - (self._share(off, counted) if off else 0)
            if (counted.row.listed if terms.on_list else left) >= terms.threshold:
                best = max(best, terms.amount(left, one.dearest + more))
        for gift, counted in self.gifts:
            left = counted.spent + more - (self._share(off, counted) if off else 0)
            if gift.due(left, self.visit):
                best += gift.price * gift.count
        return best

    def _share(self, off: Off, counted: Counted) -> int:
        """No more than those parts have of it, wherever lines cost more."""
        off_places, places = off.counted.row.places, counted.row.places
        if off_places <= places:
            return off.amount
        common = off_places & places
        share = off.amount * sum([self.nets[at] for at in common]) // max(1, off.counted.spent)
        return max(0, share - len(common))  # Each may be rounded down.

    def _steps(self, within: int) -> Iterator[int]:
        """Fen more at which a discount on the order comes to more."""
        for one, counted in self.discounts:
            more = 0
            while more <= within and (step := one.step(counted.spent + more)):
                more += step
                yield more

    def _thresholds(self, offs: Sequence[Off | None]) -> Iterator[int]:
        """Fen more at which a gift or a coupon is earned beside them."""
        sums = [(gift.reach, counted) for gift, counted in self.gifts]
        sums += [(one.terms.threshold, one.counted) for one in self.coupons if not one.terms.on_list]
        for reach, counted in sums:
            for off in offs:
                yield reach - counted.spent + (self._share(off, counted) if off else 0)
