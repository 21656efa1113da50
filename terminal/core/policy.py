"""The shop's own numbers. Every number is a setting with a default."""

from __future__ import annotations

from terminal.core.cart import Grade
from terminal.core.commands import SpendOrder
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
    points_per_yuan: int = 1
    recharge_ladder: tuple[Rung, ...] = ()
    recharge_at_most: int = 5_000_00
    unnamed_at_most: int = 1_000_00
    """Value an unnamed card may hold after a recharge (preset cn-prepaid)."""
    spend_order: SpendOrder = SpendOrder.BONUS_LAST
    cash_step: int = 10
    """Cash drops what is below this many fen, as a printed discount."""
    join_pack: tuple[PackCoupon, ...] = ()
    terms: str = "1"
    grades: tuple[Grade, ...] = ()
