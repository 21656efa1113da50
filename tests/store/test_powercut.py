"""The power fails before any operation of the disk; the lab that says so is shown to be able to fail."""

from __future__ import annotations

import os

import pytest

from lab.powercut import MUTANTS, campaign

CUTS = int(os.environ.get("POWERCUTS", "2000"))

pytestmark = pytest.mark.campaign


def test_no_power_cut_loses_or_doubles_what_was_answered() -> None:
    found = campaign(CUTS, seed=1)
    assert found.cuts == CUTS
    assert found.violations == []


def test_the_second_copy_brings_back_what_a_lying_disk_lost_and_contradicts_nothing() -> None:
    found = campaign(CUTS, seed=1, second=True)
    assert found.violations == []
    assert found.styles["rolled back"] > CUTS // 6


@pytest.mark.parametrize("mutant", sorted(MUTANTS))
def test_each_fault_that_is_put_in_is_found(mutant: str) -> None:
    second = mutant == "copy-after-answer"
    assert campaign(CUTS, seed=1, mutant=mutant, second=second).violations
