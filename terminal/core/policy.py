"""The shop's own numbers. Every number is a setting with a default."""

from __future__ import annotations

from terminal.core.cart import Article, Grade
from terminal.core.commands import SpendOrder
from terminal.core.points import STANDARD, PointsRate
from terminal.core.values import Value


class Rung(Value, frozen=True, kw_only=True):
    """Recharge at least `reach` fen and get `bonus` fen; the highest rung reached, once."""

    reach: int
    bonus: int


class PackCoupon(Value, frozen=True, kw_only=True):
    """One line of the pack that a newcomer gets."""

    kind: str
    face: int
    threshold: int
    count: int


class Policy(Value, frozen=True, kw_only=True):
    points: tuple[PointsRate, ...] = STANDARD
    recharge_ladder: tuple[Rung, ...] = ()
    recharge_at_most: int = 5_000_00
    """Principal a member may hold after a recharge (preset cn-prepaid)."""
    unnamed_at_most: int = 1_000_00
    """Principal an unnamed card may hold after a recharge (preset cn-prepaid)."""
    unnamed_rewards: bool = True
    """Whether unnamed cards earn points and recharge bonus."""
    card_stays: bool = False
    """Whether a card that pays must lie on the reader until its sale is booked."""
    spend_order: SpendOrder = SpendOrder.BONUS_LAST
    cash_step: int = 10
    """Cash drops what is below this many fen, as a printed discount."""
    join_pack: tuple[PackCoupon, ...] = ()
    terms: str = "1"
    grades: tuple[Grade, ...] = ()
    keyed_article: Article = Article(sku="KEYED", name="商品", name_en="Goods", category="goods", price=0)
    """What an amount keyed without a barcode is booked as."""
