"""`python -m lab touching`: random hands at the page of a whole shop book nothing that was not confirmed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from lab.touching import Judge, Said, Violation
from terminal.core.commands import BookCashMove, ClockTrust, Occasion
from terminal.core.entry import Entry
from terminal.core.values import EntryId, ShiftId, SiteId, StaffId, TerminalId

if TYPE_CHECKING:
    from terminal.core.commands import Command

ROOT = Path(__file__).parents[2]
SEED = int(os.environ.get("CARD_TERMINAL_SEED", "1")[:6], 16)
STEPS = 30
"""A tenth of what the command does."""


def entry(payload: Command, kind: str, *postings: tuple[str, int]) -> Entry:
    return Entry(
        v=1,
        site=SiteId("S1"),
        epoch=1,
        seq=7,
        id=EntryId("01a21b84-9696-7002-8137-42352d84b282"),
        kind=kind,
        at=payload.at,
        receipt="",
        postings=postings,
        payload=payload,
    )


AT = Occasion(
    terminal=TerminalId("T1"),
    shift=ShiftId("T1-1"),
    operator=StaffId("E01"),
    business_day="2026-11-27",
    wall_ms=1,
    utc_offset_min=480,
    clock=ClockTrust.NETWORK,
    mono_ms=1,
    boot="b",
)
TAKEN_OUT = entry(
    BookCashMove(id=EntryId("01a21b84-9696-7002-8137-42352d84b282"), at=AT, amount=-2_000, reason="safe"),
    "cash_move",
    ("cash:drawer", 2_000),
    ("cash:safe", -2_000),
)
ASKED = replace(TAKEN_OUT, kind="intent")
SHIFT = replace(TAKEN_OUT, kind="shift_open")


def said(do: str, amount: str, state: str = "confirm") -> Said:
    return Said(step=1, do=do, value="", state=state, amount=amount, title="")


@pytest.mark.parametrize(
    ("agreed", "came"),
    [
        ([said("confirm", "¥20.00")], TAKEN_OUT),
        ([said("confirm", "-¥20.00")], TAKEN_OUT),
        ([said("confirm", "")], TAKEN_OUT),
        ([said("pick", "¥20.00", "choosing")], ASKED),
        ([], SHIFT),
    ],
)
def test_what_was_confirmed_as_it_stood_there_is_well(agreed: list[Said], came: Entry) -> None:
    Judge().look(agreed, [came], "approved")


@pytest.mark.parametrize(
    ("agreed", "came"),
    [
        ([], TAKEN_OUT),
        ([said("confirm", "¥20.01")], TAKEN_OUT),
        ([said("pick", "¥20.00", "choosing")], TAKEN_OUT),
        ([said("confirm", "¥20.00", "unseen")], TAKEN_OUT),
        ([said("cancel", "¥20.00")], TAKEN_OUT),
        ([said("pick", "", "choosing")], ASKED),
        ([], ASKED),
    ],
)
def test_what_nobody_confirmed_is_a_violation(agreed: list[Said], came: Entry) -> None:
    with pytest.raises(Violation):
        Judge().look(agreed, [came], "approved")


def test_a_confirmation_is_good_for_what_is_booked_at_once_and_for_nothing_later() -> None:
    judge = Judge()
    judge.look([said("confirm", "¥20.00")], [], "processing")
    judge.look([], [TAKEN_OUT], "approved")
    with pytest.raises(Violation):
        judge.look([], [TAKEN_OUT], "approved")


@pytest.mark.parametrize("state", ["idle", "cart", "declined"])
def test_a_confirmation_that_led_to_nothing_is_forgotten(state: str) -> None:
    judge = Judge()
    judge.look([said("confirm", "¥20.00")], [], state)
    with pytest.raises(Violation):
        judge.look([], [TAKEN_OUT], "approved")


@pytest.mark.page
def test_random_hands_book_nothing_that_was_not_confirmed() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "lab", "touching", "--steps", str(STEPS), "--seed", str(SEED)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.startswith(f"seed {SEED}\n")
    done = re.search(r"^done: (.+)$", run.stdout, re.MULTILINE)
    assert done
    assert sum(int(one.rpartition(" ")[2]) for one in done[1].split(", ")) >= STEPS
