"""Spend X, get Y; or joining is enough."""

from __future__ import annotations

from terminal.core.pricing.limit import ONCE, Limit
from terminal.core.pricing.promotion import Gift
from terminal.core.pricing.visit import Visit
from terminal.core.screens import Message, says


class SpendGet(Gift, frozen=True, kw_only=True, tag="spend_get", tag_field="rule"):
    joining: bool = False
    """Only for who joins today, and once, where `limit` says nothing else."""

    @property
    def bound(self) -> Limit | None:
        if self.joining and not self.limit:
            return ONCE
        return super().bound

    def used_up(self, visit: Visit) -> bool:
        """Whoever has the gift for joining is not told so with each bill of that day."""
        if self.joining:
            return False
        return super().used_up(visit)

    def _turns_away(self, visit: Visit) -> Message | None:
        if self.joining and not _joins(visit):
            return says("For who joins today")
        return super()._turns_away(visit)


def _joins(visit: Visit) -> bool:
    return visit.buyer is not None and visit.buyer.newcomer
