"""Who brought a newcomer along gets uses of a service: one basic service free, within so many days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, ClassVar

from msgspec import Meta

from terminal.core.commands import Grant
from terminal.core.pricing.limit import ONCE, Limit
from terminal.core.pricing.promotion import Later, NotYet, Part, Several
from terminal.core.pricing.visit import Visit
from terminal.core.screens import says


class FriendGets(Later, frozen=True, kw_only=True, tag="friend_gets", tag_field="rule"):
    ASKS: ClassVar[str] = "friend"

    limit: Limit = ONCE
    """For one newcomer."""
    unit: Annotated[str, Meta(pattern=r"^count:[^\x00-\x1f\x7f-\x9f]{1,40}\Z")]
    """Uses of what, as wallets hold them: `count:F02` of the service F02, or of a count card."""
    uses: Several = 1
    use_days: Annotated[int, Meta(ge=0, le=3650)] = 30
    """They may be used so long after the sale."""

    def due(self, spent: int, visit: Visit) -> bool:
        return spent >= self.reach and _brought(visit)

    def given(self, visit: Visit) -> Grant:
        until = (visit.day + timedelta(days=self.use_days)).isoformat()
        return Grant(unit=self.unit, amount=self.uses, until=until)

    def used_up(self, visit: Visit) -> bool:
        """Whom somebody brought is not told so with each bill from then on."""
        if not _brought(visit):
            return False
        return super().used_up(visit)

    def why_not(self, parts: Sequence[Part], visit: Visit) -> NotYet:
        del parts, visit
        return self.not_yet(says("With a friend who comes for the first time"))


def _brought(visit: Visit) -> bool:
    return visit.friend and visit.buyer is not None and visit.buyer.newcomer
