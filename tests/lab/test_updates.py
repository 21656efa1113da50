"""Updates are killed at every step, and one working version is there each time."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.telling import fast_folder
from lab.updates import MUTANTS, campaign

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("UPDATE_KILLS", "20"))
FINDING = 200
"""So many find each fault that is put in."""

pytestmark = pytest.mark.campaign


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=fast_folder()) as found:
        yield Path(found)


def test_a_kill_at_any_step_leaves_one_version_that_works(folder: Path) -> None:
    found = campaign(folder, KILLS, seed=1)
    assert found.violation == ""
    assert found.kills.total() == KILLS
    assert 0 < found.cuts < KILLS


@pytest.mark.parametrize("mutant", sorted(MUTANTS))
def test_each_fault_that_is_put_in_is_found(folder: Path, mutant: str) -> None:
    assert campaign(folder, FINDING, seed=1, mutant=mutant).violation.startswith("seed 1, kill")


def test_every_place_that_an_update_names_is_killed_at(folder: Path) -> None:
    named = {
        label
        for folder_of in ("maintenance/update", "install")
        for path in (ROOT / "terminal" / folder_of).glob("*.py")
        for label in re.findall(r'\breached\("(update\.[^"]+)"\)', path.read_text(encoding="utf-8"))
    }
    found = campaign(folder, 100, seed=2)
    assert (found.violation, set(found.kills)) == ("", named)
