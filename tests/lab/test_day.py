"""The scripted day that `./run --once` plays, as a person would start it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lab.environment import ROOT

pytestmark = [pytest.mark.device, pytest.mark.hq]


def test_a_day_without_a_person_agrees_on_both_sides() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lab", "shop", "--once"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    *receipts, last = done.stdout.splitlines()
    result = json.loads(last)
    assert result["ledger"] == result["hq"] == "ok"
    assert result["transactions"] == result["forwarded"]
    assert result["receipts"] == 5, "with the chip card behind pcscd"
    assert sum("单号" in line for line in receipts) == 5
    assert "left out" not in done.stderr


def test_a_day_that_cannot_be_played_says_why(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"no ledger at all" * 100)
    done = subprocess.run(
        [sys.executable, "-m", "lab", "shop", "--once", "--data", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "not a database" in done.stderr
