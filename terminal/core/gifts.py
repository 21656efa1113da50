"""What a shop gives for points: goods, a service or coupons, with money beside them or without (B4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from msgspec import Meta

from terminal.core.cart import Family
from terminal.core.commands import CouponGrant, SaleLine, Tender, TenderKind
from terminal.core.money import AMOUNT_MAX, Fen, PriceOrNothing
from terminal.core.points import PointsWorth
from terminal.core.values import Value

_Name = Annotated[str, Meta(pattern=r"^[^\x00-\x1f]{1,40}\Z")]


class GiftCoupon(Value, frozen=True, kw_only=True):
    """So many coupons of a kind."""

    kind: _Name
    face: PriceOrNothing
    """Fen off; 0: what the promotion of that kind says."""
    threshold: PriceOrNothing = 0
    count: Annotated[int, Meta(ge=1, le=20)] = 1

    def given(self, new_id: Callable[[], str]) -> tuple[CouponGrant, ...]:
        return tuple(
            CouponGrant(coupon=new_id(), kind=self.kind, face=self.face, threshold=self.threshold)
            for _ in range(self.count)
        )


class Gift(Value, frozen=True, kw_only=True):
    """What so many points are taken for."""

    name: _Name
    points: Annotated[int, Meta(ge=1, le=AMOUNT_MAX)]
    family: Family = Family.GOODS
    worth: PriceOrNothing = 0
    """Fen at retail price."""
    money: PriceOrNothing = 0
    """Fen of it that are paid in money (换购); 0: none."""
    sku: Annotated[str, Meta(max_length=40)] = ""
    category: Annotated[str, Meta(pattern=r"^[^\x00-\x1f:]{1,40}\Z")] = "redeemed"
    coupon: GiftCoupon | None = None
    """What it is instead of goods or a service."""

    def __post_init__(self) -> None:
        """Raises ValueError: money for more than it is worth, or for coupons."""
        if self.money and (self.money >= self.worth or self.coupon):
            raise ValueError(f"{self.name}: points and money together are for something that costs more")

    def costs(self, worth: PointsWorth) -> Fen:
        """What its points come to, of which a PIN is asked for."""
        return Fen(max(self.worth - self.money, self.points * worth.fen // worth.points))

    @property
    def line(self) -> SaleLine:
        """At retail price."""
        return SaleLine(
            sku=self.sku,
            name=self.name,
            category=self.category,
            quantity=1,
            unit_price=self.worth,
            gross=self.worth,
            net=self.worth,
        )

    @property
    def tender(self) -> Tender:
        """What the points pay of it, where money pays the rest."""
        part = self.worth - self.money
        return Tender(kind=TenderKind.POINTS, amount=part, of=self.family, units=self.points)

    def coupons(self, new_id: Callable[[], str]) -> tuple[CouponGrant, ...]:
        return () if self.coupon is None else self.coupon.given(new_id)
