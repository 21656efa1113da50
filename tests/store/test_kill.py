"""A writer that dies at the worst moments: what was answered is there, the rest once or not at all."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from terminal.store.verify import verified

ROOT = Path(__file__).parents[2]
FIRST, LAST = 3, 12


def sold(path: Path, die_at: str = "") -> tuple[int, list[str]]:
    """Exit code and what the counter was told."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.store.sell", str(path), str(FIRST), str(LAST)],
        cwd=ROOT,
        env={**os.environ, "TERMINAL_DIE_AT": die_at},
        timeout=60,
        check=False,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout.splitlines()


def journal(path: Path) -> tuple[int, int]:
    """How many entries there are, and what is left on the card."""
    connection = sqlite3.connect(path)
    try:
        entries = verified(connection).entries
        row = connection.execute("SELECT balance FROM accounts WHERE unit = 'principal'").fetchone()
    finally:
        connection.close()
    return entries, row[0] if row else 0


@pytest.mark.parametrize("label", ["ledger.before_commit", "ledger.committed"])
@pytest.mark.parametrize("nth", [1, 2, 3, 7])
def test_a_writer_that_is_killed_has_booked_what_it_answered(tmp_path: Path, label: str, nth: int) -> None:
    path = tmp_path / "ledger.db"
    code, told = sold(path, f"{label}:{nth}")
    assert code == -signal.SIGKILL
    there = nth if label == "ledger.committed" else nth - 1
    entries, left = journal(path)
    assert entries == there
    assert len(told) in {max(0, nth - 3), max(0, nth - 2)}
    assert left == (1_000_000 - 1000 * max(0, entries - 2) if entries > 1 else 0)


@pytest.mark.parametrize("label", ["ledger.before_commit", "ledger.committed"])
def test_the_same_ids_again_get_the_same_answers_and_one_effect(tmp_path: Path, label: str) -> None:
    path = tmp_path / "ledger.db"
    _, told = sold(path, f"{label}:7")
    _, second = sold(path, f"{label}:2")  # Dies again, at the second new commit.
    code, third = sold(path)
    assert code == 0
    assert len(third) == LAST - FIRST + 1
    assert third[: len(told)] == told
    assert third[: len(second)] == second
    assert len({line.rpartition("-")[0] for line in third}) == len(third)
    assert journal(path) == (LAST, 1_000_000 - 1000 * len(third))
