"""A year at the counter is what it comes to by hand; and a hand that reckons otherwise is found out."""

from __future__ import annotations

import os
from typing import Any

import pytest

from lab.year import main, oracle
from lab.year.command import lived
from lab.year.mutants import MUTANTS

SEED = os.environ.get("CARD_TERMINAL_SEED", "1")
WHAT = {
    "became one",
    "birthday",
    "brought back",
    "brought by each spend",
    "brought by first spend",
    "brought by join",
    "brought by recharge",
    "brought two",
    "capped by month",
    "card cancelled",
    "card kept",
    "cash",
    "cashback",
    "code",
    "coupon",
    "ended",
    "given away",
    "handed out",
    "joined",
    "points",
    "recharged",
    "returned",
    "returned by another",
    "returned without its coupon",
    "soap",
    "stored",
    "withdrawn",
    "withdrawn, used before",
}


FIRST = {"cashback-ends": 1}
"""The year that shows what is rare."""


@pytest.fixture
def to_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault is found by the first difference: the days after it say no more."""
    monkeypatch.setattr("lab.year.walk._DIFFERENCES_MAX", 0)


def test_a_year_comes_to_what_is_reckoned_by_hand() -> None:
    missing = {*WHAT, "tier silver", "tier gold"}
    for seed in (SEED, f"{SEED}/2", f"{SEED}/3"):  # One year in ten or so lacks what is rare.
        report = lived(seed)
        assert report.differences == []
        assert report.days == 365
        missing -= {what for what, count in report.done.items() if count}
        if not missing:
            break
    assert not missing


@pytest.mark.usefixtures("to_the_first")
@pytest.mark.parametrize(
    ("rule", "told", "days", "first"),
    [
        ("BACK_DAYS", 29, 60, 3),
        ("BACK_PAYS", 40, 220, 8),
        ("COUNTED_DAYS", 80, 120, 3),
        ("COUPON_DAYS", 70, 120, 8),
        ("GOLD", 80_000, 120, 3),
        ("HUNDRED_POINTS", 499, 120, 3),
        ("RUNG", 20_001, 60, 3),
        ("SOAPS", 2, 60, 3),
        ("BIRTHDAY_AROUND", 2, 200, 3),
        ("FRIEND", 41, 60, 3),
        ("FURTHER", 16, 90, 3),
        ("FRIEND_LEAST", 6_000, 90, 3),
        ("FRIEND_DAY", 56, 180, 6),
        ("FRIEND_MONTH", 110, 120, 3),
        ("TRIGGERS", ((), *oracle.TRIGGERS[1:]), 30, 3),
        ("TRIGGERS", (oracle.TRIGGERS[0], ("first_recharge",), *oracle.TRIGGERS[2:]), 60, 3),
        ("TRIGGERS", (*oracle.TRIGGERS[:2], ("first_spend",), oracle.TRIGGERS[3]), 90, 3),
        ("TRIGGERS", (*oracle.TRIGGERS[:3], ()), 120, 2),
    ],
)
def test_another_rule_is_found(
    rule: str, told: Any, days: int, first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`first`: a year that shows it early."""
    monkeypatch.setattr(oracle, rule, told)
    assert any(lived(f"rule/{number}", days).differences for number in (first, 0, 1, 2, 3))


@pytest.mark.usefixtures("to_the_first")
@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_fault_that_is_put_in_is_found(mutant: str) -> None:
    first = FIRST.get(mutant, 0)
    assert any(lived(f"rule/{number}", 180, mutant=mutant).differences for number in (first, 0, 1, 2, 3, 5))


@pytest.mark.usefixtures("to_the_first")
def test_points_that_would_end_a_day_later_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oracle, "points_until", lambda day: f"{int(day[:4]) + 1}-04-01")
    found = lived("rule", 190).differences
    assert found
    assert found[0].startswith("2025-04-01")


@pytest.mark.usefixtures("to_the_first")
def test_a_reward_that_leaves_its_room_taken_when_it_goes_back_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(oracle.Member, "has_room_again", lambda *_of: None)
    assert any(lived(f"rule/{number}", 220).differences for number in (6, 0, 1, 2, 3))  # Rare: 6 has it.


@pytest.mark.usefixtures("to_the_first")
def test_a_first_that_stays_one_when_it_went_back_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    returns = oracle.Member.returns

    def stays(one: oracle.Member, sale: oracle.Sold, day: str) -> None:
        firsts = one.firsts
        returns(one, sale, day)
        one.firsts = firsts

    monkeypatch.setattr(oracle.Member, "returns", stays)
    assert any(
        lived(f"rule/{number}", 220).differences for number in (7, 0, 1, 2, 3)
    )  # Rare: that one has it.


def test_the_command_says_what_was_done_and_fails_where_it_differs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["--seed", "s", "--days", "5", "--times", "2"]
    assert main(asked) == 0
    said = capsys.readouterr().out
    assert "seed s: 5 days" in said
    assert "seed s/1: 5 days" in said
    monkeypatch.setitem(oracle.PRICES, "G1", 3_345)
    assert main([*asked, "--json"]) == 1
    assert '"differences": ["2024-' in capsys.readouterr().out
