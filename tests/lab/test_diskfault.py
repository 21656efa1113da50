"""The disk fails at some of its operations; the lab that does it is shown to be able to find something."""

from __future__ import annotations

import os

import pytest

from lab.diskfault import MUTANTS, Findings, campaign

EVERY = int(os.environ.get("DISKFAULT_EVERY", "13"))

pytestmark = pytest.mark.campaign


@pytest.fixture(scope="module")
def found() -> Findings:
    return campaign(EVERY, seed=1)


def test_every_answer_on_a_failing_disk_is_true(found: Findings) -> None:
    assert len(found.trials) == 6
    assert found.answers["not booked"]
    assert found.answers["unknown"]
    assert found.violations == []


@pytest.mark.parametrize("mutant", sorted(MUTANTS))
def test_each_fault_that_is_put_in_is_found_by_a_failing_disk(mutant: str) -> None:
    assert campaign(7, seed=1, mutant=mutant).violations
