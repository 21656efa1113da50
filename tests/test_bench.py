"""Benches can be run and read by programs; what they measure is not judged here."""

from __future__ import annotations

import importlib
import json
import os
import re
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
        # The value that is told is rounded: at the goal itself it may be either.
        assert ratio["value"] == ratio["goal"] or ratio["holds"] == (ratio["value"] < ratio["goal"])


def test_checkout_weighs_pricing_against_a_commit() -> None:
    shown = bench("checkout", "--json")
    assert shown.returncode == 0, shown.stderr
    answer = json.loads(shown.stdout)
    figures = answer["figures"]
    assert set(answer["ratios"]) == {"priced", "one_more_line"}
    assert (figures["promotions"], figures["coupons"]) == (30, 10)
    assert figures["commit_ms"] > 5
    assert answer["ratios"]["priced"]["value"] == pytest.approx(
        figures["priced_ms"] / figures["commit_ms"], abs=0.001
    )


def test_search_weighs_what_is_typed_against_reads_by_key() -> None:
    """Its form, not its figures."""
    shown = bench("search", "--json", BENCH_ROUNDS="1", BENCH_ARTICLES="2000")
    assert shown.returncode == 0, shown.stderr
    answer = json.loads(shown.stdout)
    figures = answer["figures"]
    assert (figures["articles"], figures["searches"]) == (2_000, 4_000)
    assert figures["slowest_us"] >= figures["search_p99_us"] >= figures["search_us"] > 0
    value = answer["ratios"]["search, p99, to a read by primary key, p50"]["value"]
    assert value == pytest.approx(figures["search_p99_us"] / figures["key_us"], rel=0.01)
    assert figures["start_all_kib"] > 10_000


def test_members_are_weighed_beside_reads_by_key_rows_put_in_and_commits_each() -> None:
    """Its form and its own checks, not its figures."""
    few = {"BENCH_MEMBERS": "1000", "BENCH_BROUGHT": "500", "BENCH_CANCELLED": "100"}
    shown = bench("members", "--json", **few)
    assert shown.returncode == 0, shown.stderr
    answer = json.loads(shown.stdout)
    figures = answer["figures"]
    assert [figures[of] for of in ("members", "brought", "cancelled", "searches")] == [1_000, 500, 100, 1_000]
    assert figures["slowest_us"] >= figures["search_p99_us"] >= figures["search_us"] > 0
    (tap, search, brought, *_) = [ratio["value"] for ratio in answer["ratios"].values()]
    measured = [
        figures["tap_p99_us"] / figures["key_us"],
        figures["search_p99_us"] / figures["key_us"],
        figures["brought_a_second"] / figures["floor_a_second"],
    ]
    assert [tap, search, brought] == pytest.approx(measured, rel=0.01)


def test_a_flood_of_scans_and_noise_is_heard_while_the_loop_is_watched() -> None:
    """Its form and its own checks, not its figures."""
    shown = bench("scan", "--json", BENCH_SECONDS="3")
    assert shown.returncode == 0, shown.stderr
    answer = json.loads(shown.stdout)
    assert len(answer["ratios"]) == 4
    figures = answer["figures"]
    assert figures["scans_heard"] >= 1_500
    assert figures["seconds"] >= 3
    assert figures["memory_end_mb"] > 10
    assert figures["late_flooded_worst_ms"] >= figures["late_flooded_p50_ms"] > 0


def test_whatever_is_named_as_a_bench_can_be_measured() -> None:
    said = re.search(r"\{(.*)\}", bench().stderr)
    assert said is not None
    names = said[1].split(" | ")
    assert "members" in names
    assert [one for one in names if not hasattr(importlib.import_module(f"bench.{one}"), "measured")] == []


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
