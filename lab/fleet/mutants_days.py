"""Faults in what is had only so often, in what counts towards a tier, and in what has ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from lab.fleet.mutants_words import Mutant
from terminal.core import accounts as chart
from terminal.core.accounts import TIER_FAMILY
from terminal.core.commands import CouponGrant, PointsEarned
from terminal.core.directives import DayUsed, HadThere
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


@contextmanager
def _had_unchecked() -> Iterator[None]:
    """Nobody looks what of it they had."""
    with mock.patch("terminal.core.ledger.allowances.had_so_far", return_value=0):
        yield


@contextmanager
def _claim_unchecked() -> Iterator[None]:
    """A campaign's coupons are claimed again and again."""
    with mock.patch("terminal.core.ledger.campaigns.had_so_far", return_value=0):
        yield


@contextmanager
def _had_untold() -> Iterator[None]:
    """What was had at one site is told to nobody."""

    async def nothing(*_: object) -> None:
        return

    with mock.patch("hq.ingest.hads_said", nothing):
        yield


@contextmanager
def _had_added_up() -> Iterator[None]:
    """What is told comes on top of what was told before."""

    def adding(draft: Draft, said: HadThere) -> None:
        for one in said.hads:
            of = (one.wallet, one.period, one.what)
            for account in (chart.had_told(draft.site, *of, said.site), chart.had_elsewhere(draft.site, *of)):
                draft.move(account, one.count)
                draft.issue(chart.HAD, one.count)

    with mock.patch("terminal.core.ledger.rights.hear_of_had", adding):
        yield


@contextmanager
def _over_taken() -> Iterator[None]:
    """A coupon is good for ever."""
    with mock.patch.object(CouponGrant, "is_over", return_value=False):
        yield


OF_DAYS: dict[str, tuple[str, Mutant]] = {
    "day-unchecked": ("plain", _day_unchecked),
    "day-untold": ("plain", _day_untold),
    "day-added-up": ("plain", _day_added_up),
    "tier-kept": ("plain", _tier_kept),
    "had-unchecked": ("plain", _had_unchecked),
    "had-untold": ("plain", _had_untold),
    "had-added-up": ("plain", _had_added_up),
    "claim-unchecked": ("plain", _claim_unchecked),
    "over-taken": ("plain", _over_taken),
}
