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

from lab.touching.judging import Judge, Said, Violation
from lab.touching.wants import LEADS, Wants
from terminal.core.cards import CardState
from terminal.core.commands import (
    BATCH,
    STAFF_PIN,
    BookCard,
    BookCardState,
    BookCashMove,
    BookHold,
    BookIssue,
    BookMerge,
    BookNote,
    BookSale,
    BookTransfer,
    ClockTrust,
    Occasion,
    Opens,
    Tender,
    TenderKind,
)
from terminal.core.entry import Entry
from terminal.core.values import CardId, EntryId, MemberId, ShiftId, SiteId, StaffId, TerminalId, WalletId

if TYPE_CHECKING:
    from terminal.core.commands import Command

LISTED_CHANGES = tuple(change for changes in LEADS.values() for change in changes)
HOLD = EntryId("01a21b84-9696-7002-8137-42352d84b283")
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
NOTED = entry(BookNote(id=HOLD, at=AT, what="x_report"), "note")
STAFFS = entry(BookNote(id=HOLD, at=AT, what=STAFF_PIN, detail="ST-0301"), "note")
ASKED = replace(TAKEN_OUT, kind="intent")
SHIFT = replace(TAKEN_OUT, kind="shift_open")


def said(do: str, amount: str, state: str = "confirm") -> Said:
    return Said(step=1, do=do, value="", state=state, amount=amount, title="")


def keyed(text: str, keying: str = "amount") -> Said:
    return Said(step=1, do="key", value=text, state="keying", amount="", title="", keying=keying)


@pytest.mark.parametrize(
    ("agreed", "came"),
    [
        ([said("confirm", "¥20.00")], TAKEN_OUT),
        ([said("confirm", "-¥20.00")], TAKEN_OUT),
        ([said("confirm", "")], TAKEN_OUT),
        ([said("pick", "¥20.00", "choosing")], ASKED),
        ([keyed("20"), said("pick", "", "choosing")], ASKED),
        ([said("confirm", "¥20.01")], ASKED),
        ([said("pick", "¥20.00", "choosing"), replace(keyed("1"), title="How much of it?")], ASKED),
        ([said("confirm", "¥20.00"), replace(keyed("1", "pin"), amount="¥20.00")], TAKEN_OUT),
        ([], SHIFT),
        ([], replace(NOTED, kind="pin")),
        ([], replace(NOTED, kind="profile")),
        ([], STAFFS),
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
        ([keyed("19.99")], ASKED),
        ([keyed("20", "pin")], ASKED),
        ([keyed("20")], TAKEN_OUT),
        ([], ASKED),
        ([], NOTED),
        ([], replace(STAFFS, postings=(("cash:drawer", 1),))),
        ([], replace(TAKEN_OUT, kind="pin")),
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


def test_what_was_confirmed_stands_until_the_customer_has_paid_a_part_of_it() -> None:
    judge = Judge()
    judge.look([said("confirm", "¥20.00")], [], "ready")
    judge.look([], [ASKED], "reading")
    judge.look([], [replace(TAKEN_OUT, kind="sale")], "approved")
    with pytest.raises(Violation):
        judge.look([], [replace(TAKEN_OUT, kind="sale")], "approved")


def held(amount: int) -> Entry:
    payload = BookHold(id=HOLD, at=AT, wallet=None, card=None, amount=amount, for_what="pump:1")
    return entry(payload, "hold", ("wallet:w:held", amount))


def settled(*tenders: Tender) -> Entry:
    payload = BookSale(
        id=EntryId("01a21b84-9696-7002-8137-42352d84b284"),
        at=AT,
        wallet=None,
        card=None,
        lines=(),
        due=sum(one.amount for one in tenders),
        tenders=tenders,
    )
    return entry(payload, "sale")


def taken(amount: int, units: int = 0) -> Tender:
    return Tender(kind=TenderKind.HELD, amount=amount, of=HOLD, units=units)


@pytest.mark.parametrize("tender", [taken(2_000), taken(1_999), taken(9_000, units=2_000)])
def test_a_fill_takes_what_was_held_for_it_by_itself(tender: Tender) -> None:
    judge = Judge()
    judge.look([said("confirm", "¥20.00")], [held(2_000)], "saying")
    judge.look([], [settled(tender)], "idle")


@pytest.mark.parametrize(
    "came",
    [
        settled(taken(2_001)),
        settled(taken(1_000, units=2_001)),
        settled(taken(2_000), Tender(kind=TenderKind.CASH, amount=1)),
        settled(replace(taken(2_000), of="another")),
        settled(),
    ],
)
def test_what_takes_more_than_was_held_is_a_violation(came: Entry) -> None:
    judge = Judge()
    judge.look([said("confirm", "¥20.00")], [held(2_000)], "saying")
    with pytest.raises(Violation):
        judge.look([], [came], "idle")


def test_what_was_held_is_taken_once() -> None:
    judge = Judge()
    judge.look([said("confirm", "¥20.00")], [held(2_000)], "saying")
    judge.look([], [settled(taken(2_000))], "idle")
    with pytest.raises(Violation):
        judge.look([], [settled(taken(2_000))], "idle")


ISSUED = entry(
    BookIssue(
        id=EntryId("01a21b84-9696-7002-8137-42352d84b285"),
        at=AT,
        opens=Opens(
            wallet=WalletId("w1"),
            member=None,
            card=CardId("c1"),
            commitment="",
            terms="1",
            channel="counter",
            recruiter=StaffId("E01"),
        ),
        batch=HOLD,
    ),
    "issue",
)
LISTED = entry(BookNote(id=HOLD, at=AT, what=BATCH, detail="2/2"), "note")


def test_work_on_many_cards_is_confirmed_once_with_the_note_at_its_end() -> None:
    judge = Judge()
    judge.look([said("confirm", "")], [ISSUED], "processing")
    judge.look([], [ISSUED, LISTED], "approved")
    with pytest.raises(Violation):
        judge.look([], [entry(replace(LISTED.payload, id=EntryId("another")), "note")], "idle")
    with pytest.raises(Violation):
        Judge().look([], [ISSUED, LISTED], "approved")


def becomes(state: CardState, was: CardState | None = None, batch: str = "") -> Entry:
    payload = BookCardState(id=HOLD, at=AT, card=CardId("c1"), state=state, was=was, batch=batch)
    return entry(payload, "card_state")


NEW_CARD = entry(BookCard(id=HOLD, at=AT, wallet=WalletId("w1"), card=CardId("c2")), "card")


@pytest.mark.parametrize("came", [NEW_CARD, becomes(CardState.LOST), becomes(CardState.CANCELLED)])
def test_a_change_of_a_card_is_confirmed_as_what_moves_value_is(came: Entry) -> None:
    Judge().look([said("confirm", "")], [came], "approved")
    for agreed in ([], [said("cancel", "")], [said("pick", "¥0.00", "choosing")]):
        with pytest.raises(Violation):
            Judge().look(agreed, [came], "approved")


@pytest.mark.parametrize(
    ("came", "change"),
    [
        (NEW_CARD, "another"),
        (entry(replace(NEW_CARD.payload, replaces=CardId("c1")), "card"), "replace"),
        (becomes(CardState.ACTIVE, CardState.NEW), "activate"),
        (becomes(CardState.ACTIVE, CardState.LOST), "thaw"),
        (becomes(CardState.LOST), "lost"),
        (becomes(CardState.FROZEN), "freeze"),
        (becomes(CardState.CANCELLED), "cancel"),
        (becomes(CardState.EXPIRED), ""),
        (becomes(CardState.CANCELLED, batch="b"), ""),
        (ISSUED, "issue"),
        (TAKEN_OUT, ""),
    ],
)
def test_what_was_booked_draws_the_hands_no_more(came: Entry, change: str) -> None:
    wants = Wants()
    before = {one: wants.weight(one) for one in LISTED_CHANGES}
    assert wants.books(came) == change
    assert {one for one in LISTED_CHANGES if wants.weight(one) < before[one]} == {change} - {""}


def test_what_was_begun_draws_less_but_more_than_what_was_booked() -> None:
    wants = Wants()
    wants.begins("lost")
    wants.books(becomes(CardState.FROZEN))
    assert wants.weight("freeze") < wants.weight("lost") < wants.weight("cancel")
    assert wants.leads("card") > wants.leads("cards") > wants.leads("checkout") == 0


def given(onto: WalletId | None) -> Entry:
    payload = BookTransfer(
        id=HOLD,
        at=AT,
        wallet=WalletId("w1"),
        card=None,
        to=MemberId("m1"),
        commitment="",
        terms="1",
        onto=onto,
    )
    return entry(payload, "transfer")


MERGED = entry(BookMerge(id=HOLD, at=AT, wallet=WalletId("w1"), into=WalletId("w2")), "merge")


def test_a_card_that_goes_onto_a_membership_is_one_with_it_by_the_same_confirmation() -> None:
    judge = Judge()
    judge.look([said("confirm", "")], [given(WalletId("w2"))], "processing")
    judge.look([], [MERGED], "approved")


@pytest.mark.parametrize("onto", [None, WalletId("w3")])
def test_a_merge_that_nobody_confirmed_is_a_violation(onto: WalletId | None) -> None:
    judge = Judge()
    judge.look([said("confirm", "")], [given(onto)], "approved")
    with pytest.raises(Violation):
        judge.look([], [MERGED], "approved")


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
