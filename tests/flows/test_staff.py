"""PINs of those who work here, as a dialogue; and that it can be left at every question."""

from __future__ import annotations

import pytest

from terminal.core.commands import STAFF_PIN, BookNote
from terminal.core.errors import LedgerClosed, MayNotApprove, StaffPinLocked
from terminal.core.staff import Role
from terminal.core.values import StaffId
from terminal.flows.staff import staff
from tests.flows.scripted import CANCEL, Script, ScriptedDesk, play

PIN, OTHER = "200731", "731200"
OWN: Script = (("choose", "own"), ("prove_staff", "E02"), ("ask_pin", PIN), ("ask_pin", PIN))
GIVEN: Script = (
    ("choose", "give"), ("prove_staff", "E09"), ("choose_attendant", "E02"),
    ("ask_pin", PIN), ("ask_pin", PIN),
)  # fmt: skip


def booked(desk: ScriptedDesk) -> BookNote:
    assert play(staff(desk)) is None
    assert desk.finished
    (note,) = desk.booked
    assert isinstance(note, BookNote)
    assert note.what == STAFF_PIN
    assert [private.pin for private in desk.private if private] == [f"of {PIN}"]
    return note


def test_whoever_has_one_chooses_another_also_in_the_place_of_one_that_was_given() -> None:
    desk = ScriptedDesk(OWN)
    note = booked(desk)
    assert (note.at.operator, note.detail) == ("E02", "E02")
    assert desk.proofs == [(None, True)]
    assert desk.said == ["The PIN is chosen."]


def test_the_manager_gives_one_by_a_pin_of_their_own_and_their_name_is_in_the_entry() -> None:
    desk = ScriptedDesk(GIVEN)
    note = booked(desk)
    assert (note.at.operator, note.detail) == ("E09", "E02")
    assert desk.proofs == [(Role.MANAGER, False)]
    assert desk.said == ["The PIN is given. Whoever has it chooses their own now."]


def test_the_one_of_before_is_no_new_one() -> None:
    old: Script = (("ask_pin", OTHER), ("ask_pin", OTHER))
    desk = ScriptedDesk((*OWN[:2], *old, *OWN[2:]))
    desk.staff_pins = {(StaffId("E02"), OTHER)}
    booked(desk)
    assert desk.declined == ["A156"]


@pytest.mark.parametrize("script", [OWN, GIVEN])
def test_a_weak_one_and_two_that_differ_are_keyed_again(script: Script) -> None:
    tries: Script = (("ask_pin", "111111"), ("ask_pin", OTHER), ("ask_pin", PIN))
    desk = ScriptedDesk((*script[:-2], *tries, *script[-2:]))
    booked(desk)
    assert desk.declined == ["A128", "A129"]


@pytest.mark.parametrize(
    "script", [(*whole[:at], (whole[at][0], CANCEL)) for whole in (OWN, GIVEN) for at in range(len(whole))]
)
def test_cancelled_anywhere_the_pin_of_before_stays(script: Script) -> None:
    desk = ScriptedDesk(script)
    assert play(staff(desk)) is not None
    assert desk.finished
    assert desk.booked == []


@pytest.mark.parametrize("fault", [StaffPinLocked(), MayNotApprove()])
@pytest.mark.parametrize("script", [OWN, GIVEN])
def test_whoever_does_not_prove_who_they_are_changes_nothing(script: Script, fault: Exception) -> None:
    desk = ScriptedDesk((script[0], ("prove_staff", fault)))
    assert play(staff(desk)) is fault
    assert desk.booked == []


def test_what_cannot_be_booked_is_not_said_to_be() -> None:
    desk = ScriptedDesk(OWN)
    desk.fails = LedgerClosed()
    assert play(staff(desk)) is desk.fails
    assert desk.said == []
