"""What a tier or a campaign lets a member have free, counted: a drink a visit, a trial once a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from terminal.core.commands import Measured
from terminal.core.pricing.promotion import LinePrice, NotYet, Part
from terminal.core.pricing.visit import Visit
from terminal.core.screens import says


class Entitled(LinePrice, frozen=True, kw_only=True, tag="entitled", tag_field="rule"):
    ONE_LINE: ClassVar[bool] = True

    members: bool = True
    to: str
    """The entitlement, as `Buyer.entitled` counts it."""

    def net(self, part: Part, visit: Visit) -> int | None:
        article = part.article
        if article.measured is not Measured.PIECE:
            return None
        return max(0, part.quantity - self._free(visit)) * article.price

    def why_not(self, parts: Sequence[Part], visit: Visit) -> NotYet:
        if not self._free(visit):
            return self.not_yet(says("None left of {name}", name=self.name))
        return super().why_not(parts, visit)

    def _free(self, visit: Visit) -> int:
        return visit.buyer.entitled.get(self.to, 0) if visit.buyer else 0
