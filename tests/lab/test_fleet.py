"""Days of a fleet: no invariant is broken, each fault that is put in is found, and a seed repeats its day."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lab.fleet.mutants import MUTANTS

ROOT = Path(__file__).parents[2]
SEED = int(os.environ.get("CARD_TERMINAL_SEED", "1")[:6], 16)
"""Of the commit: every one walks other days."""
DAYS = int(os.environ.get("FLEET_DAYS", "20"))
MUTANT_DAYS = 40
"""At most; each ends with its first violation."""

pytestmark = pytest.mark.fleet


def fleet(*arguments: str) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "lab", "fleet", "--json", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=False,
        timeout=900,
    )
    return done.returncode, json.loads(done.stdout)


def test_no_invariant_is_broken_whatever_goes_wrong() -> None:
    code, said = fleet("--seeds", str(DAYS), "--first", str(SEED))
    assert not said["violation"], said["shown"]
    assert code == 0
    assert said["days"] == DAYS
    counts = said["counts"]
    for kind in ("BookSale", "BookRecharge", "BookRefund", "BookJoin", "BookRedeem", "crashes", "/v1/pull"):
        assert counts.get(kind), f"no {kind} in {DAYS} days"


@pytest.mark.parametrize("mutant", sorted(MUTANTS))
def test_a_fault_that_is_put_in_is_found(mutant: str) -> None:
    code, said = fleet("--seeds", str(MUTANT_DAYS), "--mutant", mutant)
    assert code == 1, f"{mutant} lived through {said['days']} days"
    assert said["violation"]


def test_a_seed_repeats_its_day_step_by_step() -> None:
    first, again = (fleet("--seeds", "3", "--plan", "all", "--jobs", "1")[1] for _ in range(2))
    assert first["traces"] == again["traces"]
    assert len(set(first["traces"])) == 3
