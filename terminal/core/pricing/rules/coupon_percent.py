"""A coupon for a part of the price, capped; for one piece or for all it covers."""

from __future__ import annotations

from terminal.core.money import Price, half_up
from terminal.core.pricing.promotion import Coupon, Percent

_ALL = 100


class CouponPercent(Coupon, frozen=True, kw_only=True, tag="coupon_percent", tag_field="rule"):
    off: Percent
    at_most: Price

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.one_piece and self.off == _ALL:
            raise ValueError("off: a piece for nothing is the rule coupon_gift")

    def amount(self, spent: int, dearest: int) -> int:
        base = dearest if self.one_piece else spent
        return min(half_up(base * self.off, 100), self.at_most)
