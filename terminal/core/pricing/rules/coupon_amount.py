"""A coupon for so many fen off."""

from __future__ import annotations

from terminal.core.money import Price
from terminal.core.pricing.promotion import Coupon


class CouponAmount(Coupon, frozen=True, kw_only=True, tag="coupon_amount", tag_field="rule"):
    less: Price

    def amount(self, spent: int, dearest: int) -> int:
        return min(self.less, dearest if self.one_piece else spent)
