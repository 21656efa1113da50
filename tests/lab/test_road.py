"""Headquarters is killed between COMMIT and answer; the lab that does it is shown to find something."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lab.hq_mutants import MUTANTS
from lab.mutants import SILENT
from lab.road import BEFORE_ACK, campaign

KILLS = int(os.environ.get("KILLS", "15"))
SEARCHED = 30
"""At most, for a fault that is put in."""

pytestmark = pytest.mark.hq


async def test_headquarters_that_dies_before_it_answers_loses_and_doubles_nothing(tmp_path: Path) -> None:
    found = await campaign(tmp_path, KILLS, seed=1, shops=3, a_day=5)
    assert found.violation == ""
    assert found.kills[BEFORE_ACK] == KILLS
    assert found.unanswered >= KILLS // 2
    assert found.held >= found.approved > 0
    assert found.faults.total() > 0


@pytest.mark.parametrize("mutant", sorted(MUTANTS))
async def test_each_fault_that_is_put_into_headquarters_is_found(tmp_path: Path, mutant: str) -> None:
    found = await campaign(tmp_path, SEARCHED, seed=1, mutant=mutant)
    assert found.violation.startswith("seed 1, ")
    assert "were acknowledged" in found.violation


@pytest.mark.parametrize("mutant", sorted(SILENT))
async def test_a_terminal_that_sells_and_stops_sending_is_found(tmp_path: Path, mutant: str) -> None:
    found = await campaign(tmp_path, SEARCHED, seed=1, mutant=mutant)
    assert found.violation.startswith("seed 1, kill ")
    assert ": nothing was acknowledged for " in found.violation
