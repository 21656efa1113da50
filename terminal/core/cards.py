"""What a card may be."""

from __future__ import annotations

from enum import StrEnum


class CardState(StrEnum):
    """Only an active one pays."""

    NEW = "new"
    ACTIVE = "active"
    LOST = "lost"
    FROZEN = "frozen"
    REPLACED = "replaced"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def final(self) -> bool:
        """Its number is dead: nobody brings it back, whatever they know or do not know."""
        return self in {CardState.REPLACED, CardState.CANCELLED}
