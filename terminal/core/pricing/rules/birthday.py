"""A part of the price on the member's birthday, or some days around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from terminal.core.money import half_up
from terminal.core.pricing.lunar import days_from_birthday
from terminal.core.pricing.promotion import LinePrice, NotYet, Part, Percent
from terminal.core.pricing.visit import Visit
from terminal.core.screens import says


class BirthdayPrice(LinePrice, frozen=True, kw_only=True, tag="birthday", tag_field="rule"):
    members: bool = True
    pay: Percent
    around: Annotated[int, Meta(ge=0, le=31)] = 0
    """Days before and after."""

    def net(self, part: Part, visit: Visit) -> int | None:
        return half_up(part.gross * self.pay, 100) if self._near(visit) else None

    def why_not(self, parts: Sequence[Part], visit: Visit) -> NotYet:
        if not self._near(visit):
            return self.not_yet(says("On the birthday"))
        return super().why_not(parts, visit)

    def _near(self, visit: Visit) -> bool:
        born = visit.buyer.born if visit.buyer else None
        return born is not None and days_from_birthday(born, visit.day) <= self.around
