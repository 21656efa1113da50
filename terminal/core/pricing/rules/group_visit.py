"""The more come together, the less each pays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

from msgspec import Meta

from terminal.core.money import half_up
from terminal.core.pricing.promotion import LinePrice, NotYet, Part, Percent
from terminal.core.pricing.visit import Visit
from terminal.core.screens import says
from terminal.core.values import Value


class GroupStep(Value, frozen=True, kw_only=True):
    people: Annotated[int, Meta(ge=2, le=99)]
    """So many or more."""
    pay: dict[str, Percent]
    """By category."""


class GroupVisit(LinePrice, frozen=True, kw_only=True, tag="group_visit", tag_field="rule"):
    ASKS: ClassVar[str] = "people"

    steps: Annotated[tuple[GroupStep, ...], Meta(min_length=1, max_length=20)]

    def net(self, part: Part, visit: Visit) -> int | None:
        reached = [step for step in self.steps if step.people <= visit.people]
        if not reached:
            return None
        percent = max(reached, key=lambda step: step.people).pay.get(part.article.category)
        return None if percent is None else half_up(part.gross * percent, 100)

    def why_not(self, parts: Sequence[Part], visit: Visit) -> NotYet:
        least = min(step.people for step in self.steps)
        if visit.people < least:
            return self.not_yet(says("From {count} people on", count=str(least)))
        return super().why_not(parts, visit)
