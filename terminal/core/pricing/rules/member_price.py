"""The price that an article has for members, or for those of a tier, in the price list itself."""

from __future__ import annotations

from terminal.core.money import half_up
from terminal.core.pricing.promotion import LinePrice, Part
from terminal.core.pricing.visit import Visit
from terminal.core.units import UNITS


class MemberPrice(LinePrice, frozen=True, kw_only=True, tag="member_price", tag_field="rule"):
    members: bool = True

    def net(self, part: Part, visit: Visit) -> int | None:
        article = part.article
        price = article.member_price
        if visit.buyer:
            price = article.tier_prices.get(visit.buyer.tier, price)
        return None if price is None else half_up(part.quantity * price, UNITS[article.measured])
