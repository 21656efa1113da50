"""Who brings somebody for the first time pays less, and so does the newcomer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from terminal.core.money import half_up
from terminal.core.pricing.promotion import LinePrice, NotYet, Part, Percent
from terminal.core.pricing.visit import Visit
from terminal.core.screens import says


class BringAFriend(LinePrice, frozen=True, kw_only=True, tag="bring_a_friend", tag_field="rule"):
    ASKS: ClassVar[str] = "friend"

    members: bool = True
    pay: Percent

    def net(self, part: Part, visit: Visit) -> int | None:
        return half_up(part.gross * self.pay, 100) if visit.friend else None

    def why_not(self, parts: Sequence[Part], visit: Visit) -> NotYet:
        if not visit.friend:
            return self.not_yet(says("With a friend who comes for the first time"))
        return super().why_not(parts, visit)
