"""The scripted day that `./run --once` plays, as a person would start it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from lab.environment import ROOT
from lab.shop import day
from lab.shop.counter import Hand, watching
from lab.shop.hands import Hands
from lab.shop.world import opened
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
    assert result["receipts"] == 42, "with the chip cards behind pcscd"
    assert sum("单号" in line for line in receipts) == 38
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


async def test_all_goods_on_the_bench_can_be_scanned_and_the_acquirer_told_what_to_do(tmp_path: Path) -> None:
    async with opened(tmp_path, chips=False, sets=False, whole=True) as world, watching(world.link) as hand:
        bench = Hands(world)
        lies = json.loads(json.dumps(bench.shown()))
        for code in (one["text"] for one in lies["codes"] if one["group"] == "Goods"):
            before = hand.screen["lines"]
            await bench.act("scan", code)
            await hand.until(code, partial(_in_the_cart, before))
            assert hand.screen["code"] == "", code
        badges = {one["text"]: one["note"] for one in lies["codes"] if one["group"] == "Badges"}
        assert badges == {who: f"{who}, PIN {pin}" for who, pin in world.pins.items()}
        for whim in lies["whims"]:
            await bench.act("whim", whim["id"])
            assert bench.shown()["expected"] == whim["id"]
        with pytest.raises(KeyError):
            await bench.act("whim", "something else")


def _in_the_cart(before: object, hand: Hand) -> bool:
    """Something more than was there."""
    return hand.screen["state"] == "cart" and hand.screen["lines"] != before


def test_a_taken_port_is_said_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        command = [sys.executable, "-m", "lab", "shop", "--data", str(tmp_path), "--port", str(port)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"port {port} is taken" in done.stderr
