"""The shop's own numbers. Every number is a setting with a default.

Each is bounded so that the ledger books whatever follows from it: a number that it would refuse is found
when the file is read, and not when the money lies on the counter.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from terminal.core.cart import Goods, Grade
from terminal.core.commands import SpendOrder
from terminal.core.money import Price, PriceOrNothing
from terminal.core.points import STANDARD, PointsRate
from terminal.core.values import Value


class Rung(Value, frozen=True, kw_only=True):
    """Recharge at least `reach` fen and get `bonus` fen; the highest rung reached, once."""

    reach: Price
    bonus: PriceOrNothing


class PackCoupon(Value, frozen=True, kw_only=True):
    """One line of the pack that a newcomer gets."""

    kind: str
    face: Price
    threshold: PriceOrNothing
    count: Annotated[int, Meta(ge=1)]


class Offline(Value, frozen=True, kw_only=True):
    """Fen that may be spent beyond what is held here while headquarters cannot be reached.

    The worst that it can cost: the least of F times the wallets and S, at each site that is cut off.
    """

    secure: PriceOrNothing = 100_00
    """F of a wallet at this site, where the card or code proved itself."""
    signed: PriceOrNothing = 30_00
    open: PriceOrNothing = 0
    """A number that anybody could have copied."""
    site: PriceOrNothing = 1_000_00
    """S: of all wallets together."""


class Policy(Value, frozen=True, kw_only=True):
    points: tuple[PointsRate, ...] = STANDARD
    recharge_ladder: tuple[Rung, ...] = ()
    recharge_at_most: Price = 5_000_00
    """Principal a member may hold after a recharge (preset cn-prepaid)."""
    unnamed_at_most: PriceOrNothing = 1_000_00
    """Principal an unnamed card may hold after a recharge (preset cn-prepaid)."""
    unnamed_rewards: bool = True
    """Whether unnamed cards earn points and recharge bonus."""
    card_stays: bool = False
    """Whether a card that pays or is recharged must lie on the reader until that is booked."""
    spend_order: SpendOrder = SpendOrder.BONUS_LAST
    cash_step: Price = 10
    """Cash drops what is below this many fen, as a printed discount."""
    join_pack: tuple[PackCoupon, ...] = ()
    terms: str = "1"
    grades: tuple[Grade, ...] = ()
    offline: Offline = Offline()
    keyed_article: Goods = Goods(sku="KEYED", name="商品", category="goods")
    """What an amount keyed without a barcode is booked as."""
