"""Spend X, get cash vouchers that pay from tomorrow on, or in a window of their own (product.md B7, B17)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, ClassVar

from msgspec import Meta

from terminal.core.money import Price
from terminal.core.pricing.promotion import GivenVoucher, Later
from terminal.core.pricing.visit import Day, Visit


class SpendVoucher(Later, frozen=True, kw_only=True, tag="spend_voucher", tag_field="rule"):
    GOODS_ALONE: ClassVar[bool] = True  # Else vouchers bring vouchers, and nothing was sold.

    members: bool = True
    worth: Price
    """Fen that each pays, once: it gives no change, and its rest ends."""
    count: Annotated[int, Meta(ge=1, le=5)] = 1
    """An entry gives at most 50, whatever else earns some."""
    use_from: Annotated[int, Meta(ge=0, le=3650)] = 1
    """First business day of use, so many days after the sale: as cashback from the next."""
    use_days: Annotated[int, Meta(ge=0, le=3650)] | None = None
    """The last one, so many days after the sale."""
    use_until: Day | None = None
    """The last one, where it is the same for all."""

    def __post_init__(self) -> None:
        """Raises ValueError: two last days, or one before the first."""
        if self.use_days is not None and self.use_until is not None:
            raise ValueError("use_until and use_days: one of them")
        if self.use_days is not None and self.use_days < self.use_from:
            raise ValueError("use_days: it would end before it begins")

    def given(self, visit: Visit) -> GivenVoucher:
        until = self.use_until or ""
        if self.use_days is not None:
            until = (visit.day + timedelta(days=self.use_days)).isoformat()
        since = (visit.day + timedelta(days=self.use_from)).isoformat() if self.use_from else ""
        return GivenVoucher(worth=self.worth, count=self.count, since=since, until=until)
