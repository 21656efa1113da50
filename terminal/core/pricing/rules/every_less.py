"""Every full X, pay Y less."""

from __future__ import annotations

from collections.abc import Sequence

from terminal.core.money import Price
from terminal.core.pricing.promotion import OrderDiscount, Several


class EveryLess(OrderDiscount, frozen=True, kw_only=True, tag="every_less", tag_field="rule"):
    every: Price
    less: Price
    at_most: Several = 99
    """How often."""

    def __post_init__(self) -> None:
        if self.less > self.every:
            raise ValueError(f"{self.less} off {self.every}: more than is spent")

    def amounts(self, eligible: int) -> Sequence[int]:
        return [self.less * times for times in range(self._times(eligible), 0, -1)]

    def step(self, eligible: int) -> int:
        times = self._times(eligible)
        return (times + 1) * self.every - eligible if times < self.at_most else 0

    def _times(self, eligible: int) -> int:
        return min(eligible // self.every, self.at_most)
