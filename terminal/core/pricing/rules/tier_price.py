"""What each tier pays of the price, by category."""

from __future__ import annotations

from collections.abc import Sequence

from terminal.core.money import half_up
from terminal.core.pricing.promotion import LinePrice, NotYet, Part, Percent
from terminal.core.pricing.visit import Visit
from terminal.core.screens import says


class TierPrice(LinePrice, frozen=True, kw_only=True, tag="tier_price", tag_field="rule"):
    members: bool = True
    pay: dict[str, dict[str, Percent]]
    """By tier, then by category; what is not named is paid whole."""

    def net(self, part: Part, visit: Visit) -> int | None:
        pay = self.pay.get(visit.buyer.tier, {}) if visit.buyer else {}
        percent = pay.get(part.article.category)
        return None if percent is None else half_up(part.gross * percent, 100)

    def why_not(self, parts: Sequence[Part], visit: Visit) -> NotYet:
        if visit.buyer and visit.buyer.tier not in self.pay:
            return self.not_yet(says("For another tier"))
        return super().why_not(parts, visit)
