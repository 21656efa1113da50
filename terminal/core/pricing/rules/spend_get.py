"""Spend X, get Y; or joining is enough."""

from __future__ import annotations

from collections.abc import Sequence

from terminal.core.pricing.promotion import Gift, NotYet, Part
from terminal.core.pricing.visit import Visit
from terminal.core.screens import says


class SpendGet(Gift, frozen=True, kw_only=True, tag="spend_get", tag_field="rule"):
    joining: bool = False
    """Only for who joins today."""

    def due(self, spent: int, visit: Visit) -> bool:
        return spent >= self.reach and (not self.joining or _joins(visit))

    def why_not(self, parts: Sequence[Part], visit: Visit) -> NotYet:
        del parts, visit
        return self.not_yet(says("For who joins today"))


def _joins(visit: Visit) -> bool:
    return visit.buyer is not None and visit.buyer.newcomer
