"""What a shop gives for points: goods, a service or coupons, with money beside them or without (B4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from msgspec import Meta

from terminal.core.cart import Article, Family
from terminal.core.commands import CouponGrant, Grant, Measured, Tender, TenderKind
from terminal.core.coupons import window
from terminal.core.errors import GiftTooCheap
from terminal.core.money import AMOUNT_MAX, Fen, PriceOrNothing
from terminal.core.packs import PackVoucher, packed
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
    from_day: Annotated[int, Meta(ge=0, le=3650)] = 0
    """First day of use, so many business days after they were given."""
    days: Annotated[int, Meta(ge=1, le=3650)] | None = None
    """On so many days from then on they may be used. None: they do not end."""

    def given(self, business_day: str, new_id: Callable[[], str]) -> tuple[CouponGrant, ...]:
        """On that day."""
        since, until = window(business_day, self.from_day, self.days)
        return tuple(
            CouponGrant(
                coupon=new_id(),
                kind=self.kind,
                face=self.face,
                threshold=self.threshold,
                since=since,
                until=until,
            )
            for _ in range(self.count)
        )


class Gift(Value, frozen=True, kw_only=True):
    """What so many points are taken for."""

    name: _Name
    points: Annotated[int, Meta(ge=1, le=AMOUNT_MAX)]
    family: Family = Family.GOODS
    worth: PriceOrNothing = 0
    """Fen at retail price; where the shop sells an article of that `sku`, its price counts instead."""
    money: PriceOrNothing = 0
    """Fen of it that are paid in money (换购); 0: none."""
    sku: Annotated[str, Meta(max_length=40)] = ""
    """Of the article that is handed over, one piece."""
    category: Annotated[str, Meta(pattern=r"^[^\x00-\x1f:]{1,40}\Z")] = "redeemed"
    coupon: GiftCoupon | None = None
    """What it is instead of goods or a service."""
    voucher: PackVoucher | None = None
    """The same: cash vouchers, each for what it says that it pays."""

    def __post_init__(self) -> None:
        """Raises ValueError: money for more than it is worth, or for coupons; vouchers and something else."""
        if self.voucher and (self.coupon or self.worth or self.sku):
            raise ValueError(f"{self.name}: a voucher is worth what it pays, and is nothing else")
        by_article = self.sku and not self.worth
        if self.money and (self.coupon or (self.money >= self.worth and not by_article)):
            raise ValueError(f"{self.name}: points and money together are for something that costs more")

    def sold_as(self, article: Article | None) -> SoldGift:
        """As the shop sells it today; None: it does not, and the price is what is said here.

        Raises:
            GiftTooCheap: the money that is paid beside the points comes to all of its price.
        """
        by_piece = article is not None and article.measured is Measured.PIECE
        worth = article.price if article is not None and by_piece else self.worth
        if self.money and self.money >= worth:
            raise GiftTooCheap(f"{self.money} of {worth}")
        return SoldGift(gift=self, worth=Fen(worth), tax_bp=article.tax_bp if article else 0)

    @property
    def is_paper(self) -> bool:
        """Whether it lies on the wallet at once: nothing is handed over, or collected later."""
        return bool(self.coupon or self.voucher)

    def vouchers(self, business_day: str, new_id: Callable[[], str]) -> tuple[Grant, ...]:
        return packed((self.voucher,) if self.voucher else (), business_day, new_id)

    def coupons(self, business_day: str, new_id: Callable[[], str]) -> tuple[CouponGrant, ...]:
        return () if self.coupon is None else self.coupon.given(business_day, new_id)


class SoldGift(Value, frozen=True, kw_only=True):
    """A gift at today's price."""

    gift: Gift
    worth: Fen
    """At retail price."""
    tax_bp: int

    def costs(self, worth: PointsWorth) -> Fen:
        """What its points come to, of which a PIN is asked for."""
        gift = self.gift
        pays = gift.voucher.worth * gift.voucher.count if gift.voucher else self.worth - gift.money
        return Fen(max(pays, gift.points * worth.fen // worth.points))

    @property
    def article(self) -> Article:
        """As it is sold where money pays a part: one piece at retail price."""
        return Article(
            sku=self.gift.sku,
            name=self.gift.name,
            category=self.gift.category,
            price=self.worth,
            tax_bp=self.tax_bp,
        )

    @property
    def tender(self) -> Tender:
        """What the points pay of it, where money pays the rest."""
        part = self.worth - self.gift.money
        return Tender(kind=TenderKind.POINTS, amount=part, of=self.gift.family, units=self.gift.points)
