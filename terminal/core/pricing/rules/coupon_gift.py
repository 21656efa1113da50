"""A coupon for one piece of what it is for: the dearest on the counter, free (product.md B5)."""

from __future__ import annotations

from typing import ClassVar

from terminal.core.pricing.promotion import Coupon


class CouponGift(Coupon, frozen=True, kw_only=True, tag="coupon_gift", tag_field="rule"):
    GIVES_PIECE: ClassVar[bool] = True

    one_piece: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.one_piece:
            raise ValueError("one_piece: a gift is one piece; leave it out")

    def amount(self, spent: int, dearest: int) -> int:
        del spent
        return dearest
