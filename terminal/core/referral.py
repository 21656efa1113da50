"""Who brings a member earns points, goods or a service for it: when, and how much at most (product.md B9)."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from terminal.core.commands import Reward
from terminal.core.gifts import GiftCoupon
from terminal.core.money import AMOUNT_MAX, PriceOrNothing
from terminal.core.values import Value

_Points = Annotated[int, Meta(ge=0, le=AMOUNT_MAX)]


class Trigger(StrEnum):
    """For what it is given."""

    JOIN = "join"
    FIRST_SPEND = "first_spend"
    FIRST_RECHARGE = "first_recharge"
    EACH_SPEND = "each_spend"


class Referral(Value, frozen=True, kw_only=True):
    on: Annotated[tuple[Trigger, ...], Meta(max_length=len(Trigger))] = ()
    """None: nobody is asked who brought them. Of those that come first, whichever comes first alone."""
    gift: GiftCoupon | None = None
    """Goods or a service in place of points: one coupon of that kind, whose promotion says what it is for."""
    points: _Points = 100
    further: _Points = 0
    """To who had brought the one who brought them; beyond these two nobody earns."""
    least: PriceOrNothing = 0
    """Fen paid for a sale, or of a recharge, below which it brings nothing, and is not the first either."""
    a_day: _Points = 500
    """To one member, of all that is given for whom they brought, at all sites that hear of each other."""
    a_month: _Points = 2_000

    def __post_init__(self) -> None:
        """Raises ValueError.

        One word twice, or the first of what is rewarded each time; a gift of more coupons, for two people, or
        that counts for nothing.
        """
        if len(set(self.on)) < len(self.on) or {Trigger.FIRST_SPEND, Trigger.EACH_SPEND} <= {*self.on}:
            raise ValueError("a trigger twice, or the first of what each is")
        if self.gift is not None and (self.gift.count != 1 or self.further or not self.points):
            raise ValueError("a gift is one coupon, without `further`, and counts as `points` of the caps")

    @property
    def runs(self) -> bool:
        return bool(self.on)

    def joined(self, new_id: Callable[[], str], business_day: str) -> Reward | None:
        return self._reward(new_id, business_day) if Trigger.JOIN in self.on else None

    def spent(self, fen: int, new_id: Callable[[], str], business_day: str) -> Reward | None:
        """Of a sale for which so much was paid, in money or principal."""
        if fen < max(1, self.least):
            return None
        if Trigger.EACH_SPEND in self.on:
            return self._reward(new_id, business_day, always=True)
        return self._reward(new_id, business_day) if Trigger.FIRST_SPEND in self.on else None

    def recharged(self, fen: int, new_id: Callable[[], str], business_day: str) -> Reward | None:
        """Of so much principal."""
        return (
            self._reward(new_id, business_day)
            if Trigger.FIRST_RECHARGE in self.on and fen >= self.least
            else None
        )

    def _reward(self, new_id: Callable[[], str], business_day: str, *, always: bool = False) -> Reward:
        given = self.gift.given(business_day, new_id) if self.gift is not None else (None,)
        return Reward(
            points=self.points,
            further=self.further,
            a_day=self.a_day,
            a_month=self.a_month,
            always=always,
            gift=given[0],
        )
