"""Spend X, pay Y less: the highest rung, once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from terminal.core.money import Price
from terminal.core.pricing.promotion import OrderDiscount
from terminal.core.values import Value


class Less(Value, frozen=True, kw_only=True):
    reach: Price
    less: Price

    def __post_init__(self) -> None:
        if self.less > self.reach:
            raise ValueError(f"{self.less} off {self.reach}: more than is spent")


class SpendLess(OrderDiscount, frozen=True, kw_only=True, tag="spend_less", tag_field="rule"):
    rungs: Annotated[tuple[Less, ...], Meta(min_length=1, max_length=20)]

    def amounts(self, eligible: int) -> Sequence[int]:
        return sorted((rung.less for rung in self.rungs if rung.reach <= eligible), reverse=True)

    def step(self, eligible: int) -> int:
        now = max(self.amounts(eligible), default=0)
        return min((rung.reach - eligible for rung in self.rungs if rung.less > now), default=0)
