"""Spend X, get coupons that are used on another day, in a window of their own."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from msgspec import Meta

from terminal.core.money import PriceOrNothing
from terminal.core.pricing.promotion import GivenCoupon, Later, Several
from terminal.core.pricing.visit import Day, Visit


class SpendCoupon(Later, frozen=True, kw_only=True, tag="spend_coupon", tag_field="rule"):
    members: bool = True
    kind: Annotated[str, Meta(min_length=1, max_length=40)]
    """The promotion that says what they are worth, or none: then they are worth their face."""
    face: PriceOrNothing
    threshold: PriceOrNothing = 0
    count: Several = 1
    use_since: Day | None = None
    use_until: Day | None = None
    """First and last business day of use."""
    use_days: Annotated[int, Meta(ge=0, le=3650)] | None = None
    """The last one, where that is so many days after the sale."""

    def __post_init__(self) -> None:
        if self.use_days is not None and self.use_until is not None:
            raise ValueError("use_until and use_days: one of them")

    def given(self, visit: Visit) -> GivenCoupon:
        until = self.use_until or ""
        if self.use_days is not None:
            until = (visit.day + timedelta(days=self.use_days)).isoformat()
        return GivenCoupon(
            kind=self.kind,
            face=self.face,
            threshold=self.threshold,
            count=self.count,
            since=self.use_since or "",
            until=until,
        )
