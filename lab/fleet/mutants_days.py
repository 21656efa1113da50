"""Faults in what companies' cards may take of a day, and in what counts towards a tier."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from lab.fleet.mutants_words import Mutant
from terminal.core import accounts as chart
from terminal.core.accounts import TIER_FAMILY
from terminal.core.commands import PointsEarned
from terminal.core.directives import DayUsed
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.shares import Shares


@contextmanager
def _day_unchecked() -> Iterator[None]:
    """A company's card takes what it wants."""
    with mock.patch("terminal.core.ledger.day_limits.allows", return_value=True):
        yield


@contextmanager
def _day_untold() -> Iterator[None]:
    """What one site used is told to nobody."""

    async def nothing(*_: object) -> None:
        return

    with mock.patch("hq.ingest.uses_said", nothing):
        yield


@contextmanager
def _day_added_up() -> Iterator[None]:
    """What is told comes on top of what was told before."""

    def adding(draft: Draft, said: DayUsed) -> None:
        for one in said.uses:
            for measure, figure in zip(chart.DAY_MEASURES, (one.fen, one.litres), strict=True):
                draft.move(chart.elsewhere(draft.site, measure, said.day, said.company, one.card), figure)
                draft.issue(f"{chart.USED}:{measure}", figure)

    with mock.patch("terminal.core.ledger.rights.hear_of_day", adding):
        yield


@contextmanager
def _tier_kept() -> Iterator[None]:
    """What counted of a sale that came back still counts."""
    points_of = Shares.points_of

    def kept(self: Shares, earned: PointsEarned) -> int:
        return 0 if earned.family == TIER_FAMILY else points_of(self, earned)

    with mock.patch.object(Shares, "points_of", kept):
        yield


OF_DAYS: dict[str, tuple[str, Mutant]] = {
    "day-unchecked": ("plain", _day_unchecked),
    "day-untold": ("plain", _day_untold),
    "day-added-up": ("plain", _day_added_up),
    "tier-kept": ("plain", _tier_kept),
}
