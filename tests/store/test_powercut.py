"""The power fails before any operation of the disk; the lab that says so is shown to be able to fail."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import pytest

from lab.powercut.campaign import Days, Findings, campaign
from lab.powercut.day import recorded
from lab.powercut.mutants import MUTANTS, OF_THE_COPY
from terminal.core.ledger import kinds

CUTS = int(os.environ.get("POWERCUTS", "8000"))
SEARCHED = 20_000
"""At most, for a fault that is put in."""
SEED = os.environ.get("CARD_TERMINAL_SEED", "1")
JOBS = len(os.sched_getaffinity(0))
KNOWN_SEED = "1"
"""Rare faults are found in days that are known to show them."""
SEEN_BY = {
    "answer-before-commit": "I1: entry",
    "copy-after-answer": "I1: entry",
    "erasure-not-made-up-for": "people: the key of somebody who was erased is still there",
    "intent-end-apart": "I11: an intent",
    "intent-end-not-journalled": "I11: an intent",
    "key-destroyed-before-commit": "people: a member's data cannot be read",
    "key-not-synced": "people: the file of members' keys is damaged",
    "keys-not-removed": "people: a card or phone",
    "pin-dropped": "people: a PIN",
    "posting-dropped": "the postings are not those of its body",
    "print-before-commit": "I8: T1-1-",
    "removal-not-synced": "I1: entry",
    "synchronous-normal": "I1: entry",
}
"""What the first cut that shows the fault is said to have broken."""
ON_DAY = {
    "erasure-not-made-up-for": 106,
    "intent-end-apart": 28,
    "intent-end-not-journalled": 28,
    "key-destroyed-before-commit": 38,
    "keys-not-removed": 4,
    "pin-dropped": 35,
    "removal-not-synced": 2,
}
"""That shows it early: somebody is erased, chooses a PIN, ends an intent. Of the others the first does."""

pytestmark = pytest.mark.campaign


@pytest.fixture(scope="module")
def found() -> Findings:
    return campaign(Days(SEED), CUTS, JOBS)


def test_no_power_cut_loses_or_doubles_what_was_answered(found: Findings) -> None:
    assert found.cuts >= CUTS
    assert found.violations == []


def test_the_days_are_of_every_kind_and_few_are_refused(found: Findings) -> None:
    booked, refused = found.booked.total(), found.refused.total()
    assert found.days * len(kinds()) < booked
    assert refused < 0.1 * booked
    if found.days > 4:  # A rare one may be missing; tests/lab/test_everykind.py looks at many days.
        assert refused
        assert len(found.booked) >= len(kinds()) - 3


def test_the_second_copy_brings_back_what_a_lying_disk_lost_and_contradicts_nothing() -> None:
    found = campaign(Days(SEED, second=True), CUTS // 4, JOBS)
    assert found.violations == []
    assert found.styles["rolled back"] > found.cuts // 6


def test_a_seed_records_the_same_operations_each_time(tmp_path: Path) -> None:
    first, again = (recorded(tmp_path / "day", KNOWN_SEED) for _ in range(2))
    assert first.operations == again.operations


def test_any_number_of_processes_comes_to_the_same() -> None:
    days = Days(KNOWN_SEED, "print-before-commit")  # Short ones: each ends where the fault shows.
    assert campaign(days, cuts=1, jobs=2) == campaign(days, cuts=1, jobs=1) == days.one(0)


@pytest.fixture(scope="module")
def shown() -> dict[str, Findings]:
    """By mutant; each is a process's work for some seconds."""
    with multiprocessing.get_context("spawn").Pool(JOBS) as pool:
        days = {mutant: Days(KNOWN_SEED, mutant, second=mutant in OF_THE_COPY) for mutant in sorted(MUTANTS)}
        on_day = {one: pool.apply_async(days[one].one, (ON_DAY.get(one, 0),)) for one in days}
        found = {one: findings.get() for one, findings in on_day.items()}
        # A product that books otherwise has other days: then it is searched for.
        missed = {
            one: pool.apply_async(campaign, (days[one], SEARCHED))
            for one in days
            if not found[one].violations
        }
        return found | {one: findings.get() for one, findings in missed.items()}


@pytest.mark.parametrize("mutant", sorted(MUTANTS))
def test_each_fault_that_is_put_in_is_found(shown: dict[str, Findings], mutant: str) -> None:
    assert SEEN_BY[mutant] in shown[mutant].violations[0]
