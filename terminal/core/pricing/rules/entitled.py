"""What a tier or a campaign lets a member have free, counted: a drink a visit, a trial once a person."""

from __future__ import annotations

from typing import ClassVar

from terminal.core.commands import Measured
from terminal.core.pricing.limit import Each, Limit
from terminal.core.pricing.promotion import LinePrice, Part
from terminal.core.pricing.visit import Visit


class Entitled(LinePrice, frozen=True, kw_only=True, tag="entitled", tag_field="rule"):
    ONE_LINE: ClassVar[bool] = True
    TOLD: ClassVar[bool] = True

    to: str
    """The entitlement: whatever names the same shares what there is of it."""
    limit: Limit = Limit(each=Each.VISIT)
    """Pieces."""

    @property
    def counts_as(self) -> str:
        return self.to

    def net(self, part: Part, visit: Visit) -> int | None:
        article = part.article
        if article.measured is not Measured.PIECE:
            return None
        return max(0, part.quantity - self.left(visit)) * article.price

    def taken(self, pieces: int, visit: Visit) -> int:
        return min(pieces, self.left(visit))
