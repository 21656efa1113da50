"""The power fails under a real kernel and its file system; the lab is shown to be able to fail."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from lab.vm.cuts import campaign
from lab.vm.guest.writer import NORMAL
from lab.vm.recipe import CannotBuild
from lab.vm.writing import Waiting, waiting

pytestmark = pytest.mark.vm

CUTS = 10
SEARCHED = 12
"""At most, for a fault that is put in."""
UNDER_WAY = 4
"""Counters at once, at most: what they booked right before the last cut may stand and nobody was answered."""
SEED = os.environ.get("CARD_TERMINAL_SEED", "1")


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Waiting]:
    try:
        with waiting(tmp_path_factory.mktemp("machine")) as made:
            yield made
    except CannotBuild as why:
        pytest.skip(str(why))


def test_no_power_cut_under_a_kernel_loses_or_doubles_what_was_answered(machine: Waiting) -> None:
    found = campaign(machine, CUTS, SEED, moments=2)
    assert found.violation == ""
    assert found.disks > found.cuts == CUTS
    assert 0 < found.booked <= found.answered + UNDER_WAY
    assert found.answered > 0
    assert found.with_blocks > 0
    assert found.moments > CUTS


def test_a_log_that_is_not_synced_at_a_commit_is_found(machine: Waiting) -> None:
    assert "I1: " in campaign(machine, SEARCHED, SEED, NORMAL).violation
