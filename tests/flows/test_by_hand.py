"""A refund that the acquirer refuses, as a dialogue; and that it can be left at every question."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.acquirer import CODE_REFUND, Outcome, Said
from terminal.core.approval import Approved
from terminal.core.commands import BookIntent, BookIntentEnd, IntentEnd, PaidBy
from terminal.core.errors import LedgerClosed, RefundUndecided, StaffPinLocked
from terminal.core.policy import Policy
from terminal.core.values import EntryId
from terminal.flows.shift import shift
from tests.flows.scripted import CANCEL, Script, ScriptedDesk, play

ID, OTHER = EntryId("0190-7"), EntryId("0190-8")
REFUSED = Said(outcome=Outcome.REFUSED, evidence="too old")
BEGUN: Script = (("choose", "by_hand"), ("refund_again", REFUSED))
CASH: Script = (*BEGUN, ("choose", "cash"), ("choose", "too_late"), ("confirm", True))
SENT: Script = (*BEGUN, ("choose", "transfer"), ("choose", "account"), ("confirm", True))
TWO = Policy(second_person=(Approved.PAID_BY_HAND,))


def at_the_desk(script: Script, policy: Policy | None = None) -> ScriptedDesk:
    desk = ScriptedDesk(script, policy=policy or Policy())
    at = desk.occasion()
    desk.refunds = [BookIntent(id=ID, at=at, what=f"{CODE_REFUND}a:b", amount=7_00, consumed_by=EntryId("c"))]
    return desk


def booked(desk: ScriptedDesk) -> BookIntentEnd:
    assert desk.finished
    (command,) = desk.booked
    assert isinstance(command, BookIntentEnd)
    return command


def test_it_is_paid_in_cash_and_says_what_the_acquirer_said() -> None:
    desk = at_the_desk(CASH)
    assert play(shift(desk)) is None
    command = booked(desk)
    assert (command.intent, command.end, command.evidence) == (ID, IntentEnd.DONE, "too old")
    assert (command.by_hand, command.amount, command.why) == (PaidBy.CASH, 7_00, "too_late")
    assert [(one.label.text, one.value) for one in desk.lines][1:] == [
        ("In cash", "¥7.00"), ("It was paid too long ago", ""),
    ]  # fmt: skip
    assert desk.handed_over == ["Booked. Give ¥7.00 back, with the slip."]


def test_or_by_transfer() -> None:
    desk = at_the_desk(SENT)
    assert play(shift(desk)) is None
    assert (booked(desk).by_hand, booked(desk).why) == (PaidBy.TRANSFER, "account")
    assert desk.handed_over == ["Booked. Keep the slip with the transfer."]


def test_of_several_one_is_chosen() -> None:
    script = (("choose", "by_hand"), ("choose", OTHER), *CASH[1:])
    desk = at_the_desk(script)
    desk.refunds.append(replace(desk.refunds[0], id=OTHER, amount=9_00))
    assert play(shift(desk)) is None
    assert (booked(desk).intent, booked(desk).amount) == (OTHER, 9_00)


@pytest.mark.parametrize("outcome", [Outcome.PAID, Outcome.UNDONE])
def test_what_has_gone_back_meanwhile_is_paid_by_nobody(outcome: Outcome) -> None:
    desk = at_the_desk((("choose", "by_hand"), ("refund_again", Said(outcome=outcome))))
    assert play(shift(desk)) is None
    assert desk.finished
    assert (desk.booked, desk.said) == ([], ["It has gone back by itself just now. Pay nothing."])


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.WAITING])
def test_what_is_not_refused_is_not_paid_twice(outcome: Outcome) -> None:
    desk = at_the_desk((("choose", "by_hand"), ("refund_again", Said(outcome=outcome))))
    assert isinstance(play(shift(desk)), RefundUndecided)
    assert desk.booked == []


def test_it_is_offered_only_while_there_is_one() -> None:
    for refunds, offered in ((1, True), (0, False)):
        desk = at_the_desk((("choose", CANCEL),))
        del desk.refunds[refunds:]
        play(shift(desk))
        assert ("by_hand" in desk.offered[0]) is offered


def test_where_policy_names_it_a_second_person_approves_it() -> None:
    desk = at_the_desk((*CASH, ("second", "E09")), TWO)
    assert play(shift(desk)) is None
    assert booked(desk).at.second == "E09"


@pytest.mark.parametrize("answer", [CANCEL, StaffPinLocked("x")])
def test_without_the_second_person_nothing_is_booked(answer: Any) -> None:
    desk = at_the_desk((*CASH, ("second", answer)), TWO)
    play(shift(desk))
    assert desk.booked == []


@pytest.mark.parametrize("script", [CASH, SENT])
@pytest.mark.parametrize("at", [0, 2, 3, 4])
def test_cancelled_anywhere_nothing_is_booked(script: Script, at: int) -> None:
    desk = at_the_desk((*script[:at], (script[at][0], CANCEL)))
    play(shift(desk))
    assert desk.finished
    assert desk.booked == []


def test_a_no_at_the_last_question_books_nothing() -> None:
    desk = at_the_desk((*CASH[:-1], ("confirm", False)))
    assert play(shift(desk)) is None
    assert (desk.booked, desk.said) == ([], ["Cancelled. Nothing was booked."])


def test_what_the_ledger_refuses_in_the_end_is_not_handed_over() -> None:
    desk = at_the_desk(CASH)
    desk.fails = LedgerClosed("disk full")
    assert play(shift(desk)) is desk.fails
    assert desk.handed_over == []


# What the bank's terminal may have taken.

DOUBT: Script = (("choose", "by_hand"), ("choose", "not_taken"), ("confirm", True))


def in_doubt(script: Script, policy: Policy | None = None) -> ScriptedDesk:
    desk = ScriptedDesk(script, policy=policy or Policy())
    at = desk.occasion()
    desk.doubts = [BookIntent(id=ID, at=at, what="card_payment:41", amount=7_00, consumed_by=EntryId("c"))]
    return desk


@pytest.mark.parametrize("seen", ["not_taken", "reversed"])
def test_what_the_terminals_journal_says_ends_it_without_money(seen: str) -> None:
    desk = in_doubt((DOUBT[0], ("choose", seen), DOUBT[2]))
    assert play(shift(desk)) is None
    command = booked(desk)
    assert (command.intent, command.end, command.evidence) == (ID, IntentEnd.UNDONE, f"seen: {seen}")
    assert (command.by_hand, command.amount) == (None, 0)
    assert desk.handed_over == []
    assert desk.said == ["Noted. It stands on no report any more."]


def test_both_are_chosen_from_and_each_says_what_it_is() -> None:
    desk = in_doubt((DOUBT[0], ("choose", ID), *DOUBT[1:]))
    desk.refunds = at_the_desk(CASH).refunds
    desk.refunds = [replace(desk.refunds[0], id=OTHER)]
    assert play(shift(desk)) is None
    assert (OTHER, ID) in desk.offered


def test_it_is_confirmed_and_left_at_every_question() -> None:
    desk = in_doubt((*DOUBT[:2], ("confirm", False)))
    assert play(shift(desk)) is None
    assert (desk.booked, desk.said) == ([], ["Cancelled. Nothing was booked."])
    for at in range(1, len(DOUBT)):
        desk = in_doubt((*DOUBT[:at], (DOUBT[at][0], CANCEL)))
        play(shift(desk))
        assert (desk.finished, desk.booked) == (True, [])
