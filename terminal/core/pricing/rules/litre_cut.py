"""So many fen off each litre, by tier; the dispenser's own price stands (product.md C4)."""

from __future__ import annotations

from collections.abc import Sequence

from terminal.core.money import Price, half_up
from terminal.core.pricing.promotion import LinePrice, NotYet, Part
from terminal.core.pricing.visit import Buyer, Visit
from terminal.core.screens import says
from terminal.core.units import POURED


class LitreCut(LinePrice, frozen=True, kw_only=True, tag="litre_cut", tag_field="rule"):
    members: bool = True
    cut: dict[str, dict[str, Price]]
    """By tier, then by family: fen a litre."""

    def net(self, part: Part, visit: Visit) -> int | None:
        article, buyer = part.article, visit.buyer
        if article.measured not in POURED or buyer is None or _first_fill(buyer):
            return None
        fen = self.cut.get(buyer.tier, {}).get(article.category)
        return None if fen is None else max(0, part.gross - half_up(part.quantity * fen, 100))

    def why_not(self, parts: Sequence[Part], visit: Visit) -> NotYet:
        if visit.buyer and _first_fill(visit.buyer):
            return self.not_yet(says("From the next fill on"))
        if visit.buyer and visit.buyer.tier not in self.cut:
            return self.not_yet(says("For another tier"))
        return super().why_not(parts, visit)


def _first_fill(buyer: Buyer) -> bool:
    return buyer.newcomer and not buyer.filled
