"""A part of the price: member day, clearance hours, happy hour, a category's week."""

from __future__ import annotations

from terminal.core.money import half_up
from terminal.core.pricing.promotion import LinePrice, Part, Percent
from terminal.core.pricing.visit import Visit


class PercentOff(LinePrice, frozen=True, kw_only=True, tag="percent_off", tag_field="rule"):
    pay: Percent
    """90: a tenth off."""

    def net(self, part: Part, visit: Visit) -> int | None:
        del visit
        return half_up(part.gross * self.pay, 100)
