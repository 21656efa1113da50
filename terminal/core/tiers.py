"""Tiers that members reach by what they earned or spent in the last days (product.md B8).

What counts lies on the wallet as points of a family of its own, each lot until its day leaves the window. So
it comes in the entry of the sale that brings it, goes back with it, and finds its way home from other shops.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from terminal.core.accounts import TIER_FAMILY, TIER_UNIT
from terminal.core.cart import Family
from terminal.core.commands import Grant, PointsEarned
from terminal.core.money import AMOUNT_MAX
from terminal.core.ranks import BEGINS, BY_CUSTOM, TierName, rank
from terminal.core.tier_names import TierShown, check_names
from terminal.core.values import Value


class TierBy(StrEnum):
    POINTS = "points"  # goods points that were earned
    SPENT = "spent"  # fen paid in cash, code and principal


class TierStep(Value, frozen=True, kw_only=True):
    tier: TierName
    reach: Annotated[int, Meta(ge=1, le=AMOUNT_MAX)]
    """Points or fen in the window."""


class Tiers(Value, frozen=True, kw_only=True):
    by: TierBy = TierBy.POINTS
    days: Annotated[int, Meta(ge=1, le=3_660)] = 365
    """The window: today and the days before it."""
    base: TierName = BEGINS
    """Of who reaches none."""
    steps: Annotated[tuple[TierStep, ...], Meta(max_length=20)] = ()
    """Rising; none: tiers are given by hand."""
    shown: Annotated[dict[TierName, TierShown], Meta(max_length=100)] = {}
    """What they are called; one that is not there by its own name, ours in the words of each language."""

    def __post_init__(self) -> None:
        """Raises ValueError: steps that do not rise, a tier twice, or two that are called alike."""
        reach = [one.reach for one in self.steps]
        names = [self.base, *(one.tier for one in self.steps)]
        check_names(self.shown, names)
        if reach != sorted(set(reach)) or len(set(names)) < len(names):
            raise ValueError("tiers rise, and each is there once")

    @property
    def names(self) -> tuple[str, ...]:
        """Rising; of tiers given by hand those that are by custom."""
        return (self.base, *([one.tier for one in self.steps] or BY_CUSTOM[1:]))

    def reached(self, counted: int) -> str:
        return next((one.tier for one in reversed(self.steps) if one.reach <= counted), self.base)

    def needs(self, tier: str) -> int:
        """What must be in the window for that one; 0: nothing, or it is none of these."""
        return next((one.reach for one in self.steps if one.tier == tier), 0)

    def granted(self, missing: int, business_day: str) -> Grant:
        """So much that counts from that day on, until it leaves the window."""
        return Grant(unit=TIER_UNIT, amount=missing, until=self._last(business_day))

    def _last(self, business_day: str) -> str:
        return (date.fromisoformat(business_day) + timedelta(days=self.days - 1)).isoformat()

    def after(self, tier: str, counted: int, *, falls: bool) -> str:
        """What `tier` is by now. One that is none of these was given by hand, and stays.

        `falls`: also down, where the window has less in it; a site of a chain knows only its own part.
        """
        reached = self.reached(counted)
        by_hand = not self.steps or self._rank(tier) == len(self.names)
        return tier if by_hand or (self.fell(tier, reached) and not falls) else reached

    def fell(self, tier: str, now: str) -> bool:
        """Whether `now` is below `tier`."""
        return self._rank(now) < self._rank(tier)

    def _rank(self, tier: str) -> int:
        return rank(tier, self.names)

    def higher(self, stays: str, goes: str) -> str:
        """Of two memberships of one person.

        One that is none of these was given by hand, and is above them; of two such that of the membership
        that stays.
        """
        return goes if self.fell(goes, stays) else stays

    def counting(
        self, points: Sequence[PointsEarned], paid: int, business_day: str
    ) -> tuple[PointsEarned, ...]:
        """What of a sale counts. `points`: what it earned; `paid`: fen in cash, code and principal.

        It is counted again on what is left where a part comes back, as points are.
        """
        if not self.steps:
            return ()
        last = self._last(business_day)
        if self.by is TierBy.POINTS:
            mine = [one for one in points if one.family == Family.GOODS]
        elif paid > 0:
            mine = [PointsEarned(family=TIER_FAMILY, points=paid, base=paid, step=1)]
        else:
            mine = []
        return tuple(replace(one, family=TIER_FAMILY, until=last) for one in mine)
