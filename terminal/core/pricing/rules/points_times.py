"""More points, or fewer: for a tier, on a member day, on the birthday, for a category or an article."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from terminal.core.pricing.lunar import days_from_birthday
from terminal.core.pricing.promotion import PointsFactor
from terminal.core.pricing.visit import Visit
from terminal.core.screens import Message, says

_Factor = Annotated[int, Meta(ge=0, le=20)]


class PointsTimes(PointsFactor, frozen=True, kw_only=True, tag="points_times", tag_field="rule"):
    members: bool = True
    times: _Factor
    """0: no points are given for it."""
    per: Annotated[int, Meta(ge=1, le=20)] = 1
    """`times = 6, per = 5`: a fifth more."""
    birthday: bool = False
    """Only on the member's."""
    around: Annotated[int, Meta(ge=0, le=31)] = 0
    """Days before and after it."""

    @property
    def factor(self) -> tuple[int, int]:
        return self.times, self.per

    def refuses(self, visit: Visit) -> Message | None:
        if not self._near(visit):
            return says("On the birthday")
        return super().refuses(visit)

    def _near(self, visit: Visit) -> bool:
        if not self.birthday:
            return True
        born = visit.buyer.born if visit.buyer else None
        return born is not None and days_from_birthday(born, visit.day) <= self.around
