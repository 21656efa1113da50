"""Benches can be run and read by programs; what they measure is not judged here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.result import Ratio, Result

ROOT = Path(__file__).parents[1]


def bench(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "BENCH_ROUNDS": "1", **environ},
    )


def test_start_weighs_a_real_daemon_against_its_imports() -> None:
    shown = bench("start", "--json")
    assert shown.returncode == 0, shown.stderr
    answer = json.loads(shown.stdout)
    assert answer["bench"] == "start"
    figures = answer["figures"]
    measured = [
        figures["readers_ms"] / figures["pass_ms"],
        figures["daemon_ms"] / figures["imports_ms"],
        figures["daemon_kib"] / figures["imports_kib"],
    ]
    assert [ratio["value"] for ratio in answer["ratios"].values()] == pytest.approx(measured, abs=0.001)
    assert (
        figures["daemon_kib"] > figures["imports_kib"]
    )  # Memory does not swing with the load: ours is on top.
    for ratio in answer["ratios"].values():
        assert ratio["holds"] == (ratio["value"] <= ratio["goal"])


@pytest.mark.parametrize("arguments", [(), ("nothing",), ("floor_start",), ("start", "start")])
def test_what_is_no_bench_is_refused(arguments: tuple[str, ...]) -> None:
    shown = bench(*arguments)
    assert shown.returncode == 2
    assert "start" in shown.stderr


@pytest.mark.parametrize(
    ("ratio", "holds"),
    [
        (Ratio(1.3, 1.3), True),
        (Ratio(1.31, 1.3), False),
        (Ratio(6.9, 6.0, more_is_better=True), True),
        (Ratio(5.9, 6.0, more_is_better=True), False),
    ],
)
def test_a_goal_is_held_or_missed(ratio: Ratio, holds: bool) -> None:  # noqa: FBT001  a table of cases
    answer = Result(ratios={"it": ratio}).as_json("b")
    assert answer["ratios"] == {"it": {"value": ratio.value, "goal": ratio.goal, "holds": holds}}


@pytest.mark.campaign
def test_growth_and_memory_are_measured_on_ledgers_of_their_sizes(tmp_path: Path) -> None:
    environ = {"BENCH_MEMBERS": "2000", "BENCH_KEPT": str(tmp_path), "BENCH_SYNC_US": "100"}
    for name, ratios in (("growth", {"p50_disk", "p50_slow", "memory"}), ("memory", {"idle_megabytes"})):
        shown = bench(name, "--json", **environ)
        assert shown.returncode == 0, shown.stderr
        answer = json.loads(shown.stdout)
        assert answer["figures"]["members"] == 2000
        assert set(answer["ratios"]) == ratios
        assert all(ratio["value"] > 0 for ratio in answer["ratios"].values())
    assert {one.name for one in tmp_path.iterdir()} == {"members-1000", "members-400", "members-2000"}
