"""The running terminal is killed everywhere; the lab that does it is shown to be able to find something."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from lab.kill import LABELS, campaign, each_place
from lab.mutants import MUTANTS

KILLS = int(os.environ.get("KILLS", str(each_place())))
"""Each place once, and some at random."""
COMMANDS = {"backup", "install", "restore", "update"}
"""Their places lie in commands of their own, not in the daemon under load."""
ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.campaign


async def test_no_kill_loses_doubles_or_invents_a_transaction(tmp_path: Path) -> None:
    found = await campaign(tmp_path, KILLS, seed=1)
    assert found.violation == ""
    assert found.kills.total() == KILLS
    if each_place() <= KILLS:
        assert set(LABELS) <= set(found.kills)
        assert found.fallen > 0
    assert found.booked >= found.approved > 0
    assert found.forwarded > found.booked


@pytest.mark.parametrize("mutant", sorted(MUTANTS))
async def test_each_fault_that_is_put_in_is_found_by_killing(tmp_path: Path, mutant: str) -> None:
    assert (await campaign(tmp_path, KILLS, seed=1, mutant=mutant)).violation.startswith("seed 1, kill")


def test_every_place_that_the_daemon_names_is_killed_at() -> None:
    named = {
        label
        for path in (ROOT / "terminal").rglob("*.py")
        if path.name != "steps.py"
        for label in re.findall(r'\breached\("([^"]+)"\)', path.read_text(encoding="utf-8"))
    }
    mine = {label for label in named if label.partition(".")[0] not in COMMANDS}
    assert mine == set(LABELS)
