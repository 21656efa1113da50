"""What tiers are called, and which stands above which: at a shop, and at its headquarters (product.md B8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from terminal.core.values import Value

BEGINS = "regular"
"""The tier of every wallet until another is said of it, whatever the lowest of a shop's own is called."""
BY_CUSTOM = (BEGINS, "silver", "gold", "VIP")
"""Rising, where nobody says otherwise."""
TIER_PATTERN = r"^[\w.-]{1,40}\Z"
"""Letters of any script and digits; no space, no colon. As long as a directive carries."""
TIERS_ROW = "tiers"
"""Key of the row of the data set `settings` that says, as `TierOrder`, how a chain's tiers rise."""

TierName = Annotated[str, Meta(pattern=TIER_PATTERN)]


class TierOrder(Value, frozen=True, kw_only=True):
    order: Annotated[tuple[TierName, ...], Meta(min_length=1, max_length=21)]
    """The lowest first."""

    def __post_init__(self) -> None:
        """Raises ValueError: one is there twice."""
        if len(set(self.order)) < len(self.order):
            raise ValueError("each tier is there once")


def rank(tier: str, order: Sequence[str]) -> int:
    """From 0 up. One that is not among them was given by hand, and is above them all."""
    if tier in order:
        return order.index(tier)
    return 0 if tier == BEGINS else len(order)


def misplaced(names: Sequence[str], order: Sequence[str]) -> tuple[str, ...]:
    """Of a shop's own, rising, those that do not rise so in `order`."""
    placed: list[int] = []
    found = []
    for name in names:
        here = rank(name, order)
        if here == len(order) or any(here <= one for one in placed):
            found.append(name)
        else:
            placed.append(here)
    return tuple(found)
