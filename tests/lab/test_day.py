"""The scripted day that `./run --once` plays, as a person would start it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lab.environment import ROOT
from lab.shop import day
from terminal.drivers.virtual.paper import Condition

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


async def test_a_sale_too_many_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(day, "SCENES", (day.recharge, day.checkout, day.checkout))
    with pytest.raises(day.Differs, match="blue card"):
        await day.played(tmp_path)


async def test_a_receipt_that_is_missing_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def paper_out(today: day.Day) -> None:
        today.world.printer.condition = Condition(paper_out=True)

    monkeypatch.setattr(day, "SCENES", (paper_out, day.join))
    monkeypatch.setattr(day, "PATIENCE_S", 2)
    with pytest.raises(day.Differs, match="1 were approved, 0 receipts printed"):
        await day.played(tmp_path)


def test_a_taken_port_is_said_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        command = [sys.executable, "-m", "lab", "shop", "--data", str(tmp_path), "--port", str(port)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"port {port} is taken" in done.stderr
