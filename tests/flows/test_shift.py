"""The attendant's time at the drawer, as a dialogue; and that it can be left at every question."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.approval import Approved
from terminal.core.commands import BookCashMove, BookNote, BookShiftClose, BookShiftOpen, Command
from terminal.core.errors import LedgerClosed, NoStaffPin, NotInDrawer, StaffPinLocked
from terminal.core.figures import ShiftNow
from terminal.core.policy import CashReason, Policy
from terminal.core.staff import Role
from terminal.core.values import ShiftId, StaffId
from terminal.flows.shift import shift
from tests.flows.scripted import CANCEL, Script, ScriptedDesk, play

NEW = ShiftNow(shift=ShiftId("T1-1"))
OPEN = ShiftNow(shift=ShiftId("T1-2"), open=True, in_drawer=300_00)
CLOSED = ShiftNow(shift=ShiftId("T1-2"), after=ShiftId("T1-1"), left=100_00)
BY_ITSELF = ShiftNow(shift=ShiftId("T1-1"), in_drawer=50_00)
ACTS = ("x", "paid_in", "paid_out", "drawer", "close")

COUNTED_IN: Script = (("choose_attendant", "E02"), ("count_cash", 95_00), ("confirm", True))
X: Script = (("choose", "x"), ("confirm", True))
PAID_IN: Script = (("choose", "paid_in"), ("choose", "change"), ("ask_amount", 200_00), ("confirm", True))
PAID_OUT: Script = (("choose", "paid_out"), ("choose", "purchase"), ("ask_amount", 12_50), ("confirm", True))
DRAWER: Script = (("choose", "drawer"), ("choose", "count"), ("confirm", True))
COUNTED_OUT: Script = (
    ("choose", "close"), ("count_cash", 298_00), ("ask_rest", 100_00), ("confirm", True),
)  # fmt: skip
DIALOGUES = (
    (CLOSED, COUNTED_IN), (OPEN, X), (OPEN, PAID_IN), (OPEN, PAID_OUT), (OPEN, DRAWER), (OPEN, COUNTED_OUT),
)  # fmt: skip


def at_the_drawer(now: ShiftNow, script: Script, policy: Policy | None = None) -> ScriptedDesk:
    desk = ScriptedDesk(script, policy=policy)
    desk.shift = now
    return desk


def booked(desk: ScriptedDesk) -> Command:
    assert desk.finished
    (command,) = desk.booked
    return command


def shown(desk: ScriptedDesk) -> list[tuple[str, str]]:
    return [(line.label.text, line.value) for line in desk.lines]


def test_a_shift_is_opened_by_whoever_counted_the_drawer() -> None:
    desk = at_the_drawer(CLOSED, COUNTED_IN)
    assert play(shift(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookShiftOpen)
    assert (command.opening_cash, command.at.operator) == (95_00, "E02")
    assert shown(desk) == [("Counted", "¥95.00"), ("Left by the shift before", "¥100.00")]
    assert desk.handed_over == ["The shift is open. Close the drawer."]


def test_the_first_shift_has_none_before_it() -> None:
    desk = at_the_drawer(NEW, (("choose", "open"), *COUNTED_IN))
    assert play(shift(desk)) is None
    assert shown(desk) == [("Counted", "¥95.00")]


def test_what_is_left_is_not_said_before_it_is_counted() -> None:
    desk = at_the_drawer(CLOSED, COUNTED_IN)
    play(shift(desk))
    assert [question for question, _ in desk.asked] == ["choose_attendant", "count_cash", "confirm"]
    assert not any("100" in prompt for _, prompt in desk.asked)


@pytest.mark.parametrize(
    ("now", "offered"), [(NEW, ("open", *ACTS)), (BY_ITSELF, ACTS), (OPEN, ACTS), (CLOSED, ("open",))]
)
def test_only_what_can_be_done_is_offered(now: ShiftNow, offered: tuple[str, ...]) -> None:
    question = "choose" if len(offered) > 1 else "choose_attendant"
    desk = at_the_drawer(now, ((question, CANCEL),))
    play(shift(desk))
    assert desk.offered == [offered]


def test_the_x_report_is_read_and_that_is_on_record() -> None:
    desk = at_the_drawer(OPEN, X)
    play(shift(desk))
    command = booked(desk)
    assert isinstance(command, BookNote)
    assert (command.what, command.detail) == ("x_report", "")
    assert desk.handed_over == ["So far in this shift. The drawer stays as it is."]


@pytest.mark.parametrize(
    ("script", "amount", "reason", "line"),
    [
        (PAID_IN, 200_00, "change", ("Change from the bank", "¥200.00")),
        (PAID_OUT, -12_50, "purchase", ("A small purchase", "¥12.50")),
    ],
)
def test_cash_goes_in_and_out_for_a_reason(
    script: Script, amount: int, reason: str, line: tuple[str, str]
) -> None:
    desk = at_the_drawer(OPEN, script)
    play(shift(desk))
    command = booked(desk)
    assert isinstance(command, BookCashMove)
    assert (command.amount, command.reason) == (amount, reason)
    assert shown(desk) == [line]
    assert desk.shown == [abs(amount)]


def test_each_reason_has_its_own_limit() -> None:
    asked: list[int] = []

    class Noting(ScriptedDesk):
        async def ask_amount(self, prompt: str, *, at_most: int, **more: object) -> int:  # type: ignore[override]
            asked.append(at_most)
            return await super().ask_amount(prompt, at_most=at_most, **more)  # type: ignore[arg-type]

    limits = [("paid_in", one) for one in Policy().paid_in] + [("paid_out", one) for one in Policy().paid_out]
    for way, one in limits:
        desk = Noting((("choose", way), ("choose", one.reason), ("ask_amount", 1), ("confirm", True)))
        play(shift(desk))
    assert asked == [one.at_most for _, one in limits]


def test_the_shops_own_reason_is_called_as_the_shop_calls_it() -> None:
    flowers = replace(Policy(), paid_out=(CashReason(reason="鲜花", at_most=50_00),))
    desk = at_the_drawer(OPEN, (PAID_OUT[0], ("ask_amount", 50_00), ("confirm", True)), flowers)
    play(shift(desk))
    command = booked(desk)
    assert isinstance(command, BookCashMove)
    assert command.reason == "鲜花"
    assert [line.label.values for line in desk.lines] == [{"name": "鲜花"}]


def test_the_drawer_is_opened_without_a_sale_and_the_reason_is_on_record() -> None:
    desk = at_the_drawer(OPEN, DRAWER)
    play(shift(desk))
    command = booked(desk)
    assert isinstance(command, BookNote)
    assert (command.what, command.detail) == ("drawer", "count")


def test_the_count_is_blind_and_what_stays_is_for_the_next() -> None:
    desk = at_the_drawer(OPEN, COUNTED_OUT)
    assert play(shift(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookShiftClose)
    assert (command.counted, command.left) == (298_00, 100_00)
    assert shown(desk) == [
        ("Counted", "¥298.00"), ("Stays in the drawer", "¥100.00"), ("Into the safe", "¥198.00"),
    ]  # fmt: skip
    assert not any("300" in prompt for _, prompt in desk.asked)
    assert desk.handed_over == ["The shift is closed. ¥198.00 goes into the safe."]


@pytest.mark.parametrize(
    ("now", "script"),
    [(now, (*each[:at], (each[at][0], CANCEL))) for now, each in DIALOGUES for at in range(len(each))],
)
def test_left_at_any_question_it_books_nothing(now: ShiftNow, script: Script) -> None:
    desk = at_the_drawer(now, script)
    play(shift(desk))
    assert desk.finished
    assert (desk.booked, desk.handed_over) == ([], [])


@pytest.mark.parametrize(("now", "script"), DIALOGUES)
@pytest.mark.parametrize("fault", [LedgerClosed("disk full"), NotInDrawer("x")])
def test_what_the_ledger_refuses_is_not_handed_over(
    now: ShiftNow, script: Script, fault: LedgerClosed | NotInDrawer
) -> None:
    desk = at_the_drawer(now, script)
    desk.fails = fault
    assert play(shift(desk)) is fault
    assert desk.handed_over == []


TWO_PEOPLE = replace(Policy(), second_person=(Approved.CASH_MOVE, Approved.NOTE))
APPROVED = (
    (PAID_IN, "Who approves that cash is put in?", 200_00, [("Change from the bank", "¥200.00")]),
    (PAID_OUT, "Who approves that cash is taken out?", 12_50, [("A small purchase", "¥12.50")]),
    (DRAWER, "Who approves that the drawer is opened?", 0, [("Count the cash", "")]),
    (X, "Who approves that the report is read?", 0, []),
)


@pytest.mark.parametrize(("script", "prompt", "amount", "lines"), APPROVED)
def test_a_second_person_approves_what_was_confirmed_where_policy_says_so(
    script: Script, prompt: str, amount: int, lines: list[tuple[str, str]]
) -> None:
    desk = at_the_drawer(OPEN, (*script, ("second", "E09")), TWO_PEOPLE)
    assert play(shift(desk)) is None
    assert booked(desk).at.second == "E09"
    assert desk.asked[-1] == ("second", prompt)
    assert desk.shown[-1] == amount
    assert shown(desk) == lines


@pytest.mark.parametrize("script", [PAID_IN, PAID_OUT, DRAWER, X])
@pytest.mark.parametrize("ends", [CANCEL, StaffPinLocked()])
def test_nothing_is_booked_where_nobody_approves(script: Script, ends: object) -> None:
    desk = at_the_drawer(OPEN, (*script, ("second", ends)), TWO_PEOPLE)
    assert play(shift(desk)) is not None
    assert desk.finished
    assert desk.booked == []


@pytest.mark.parametrize(("now", "script"), [(CLOSED, COUNTED_IN), (OPEN, COUNTED_OUT)])
def test_a_drawer_is_counted_by_one(now: ShiftNow, script: Script) -> None:
    desk = at_the_drawer(now, script, TWO_PEOPLE)
    assert play(shift(desk)) is None
    assert booked(desk).at.second is None


def test_whoever_opens_a_shift_proves_who_they_are_where_policy_says_so() -> None:
    by_pin = replace(Policy(), shift_by_pin=True)
    desk = at_the_drawer(CLOSED, (("prove_staff", "E02"), *COUNTED_IN[1:]), by_pin)
    assert play(shift(desk)) is None
    assert booked(desk).at.operator == "E02"
    assert desk.proofs == [(Role.ATTENDANT, False)]
    desk = at_the_drawer(CLOSED, (("prove_staff", CANCEL),), by_pin)
    assert play(shift(desk)) is not None
    assert desk.booked == []


def test_a_name_that_may_more_is_proved_before_the_drawer_is_counted() -> None:
    opens: Script = (COUNTED_IN[0], ("prove_role", "E02"), *COUNTED_IN[1:])
    desk = at_the_drawer(CLOSED, opens)
    desk.roles = {StaffId("E02"): Role.MANAGER}
    assert play(shift(desk)) is None
    assert booked(desk).at.operator == "E02"
    for ends in (CANCEL, NoStaffPin("none")):
        desk = at_the_drawer(CLOSED, (opens[0], ("prove_role", ends)))
        desk.roles = {StaffId("E02"): Role.MANAGER}
        assert play(shift(desk)) is not None
        assert (desk.finished, desk.booked) == (True, [])


@pytest.mark.parametrize(
    ("script", "asks"), [(PAID_OUT, False), (DRAWER, True), (X, False), (PAID_IN, False)]
)
def test_an_attendant_opens_the_drawer_only_beside_a_shift_lead(script: Script, *, asks: bool) -> None:
    seconds: Script = (("second", "E09"),) if asks else ()
    desk = at_the_drawer(OPEN, (*script, *seconds))
    desk.roles = {StaffId("E09"): Role.SHIFT_LEAD}
    assert play(shift(desk)) is None
    assert booked(desk).at.second == ("E09" if asks else None)


@pytest.mark.parametrize(("fen", "asks"), [(500_00, False), (500_01, True)])
def test_an_attendant_takes_no_more_out_alone_than_policy_says(fen: int, *, asks: bool) -> None:
    seconds: Script = (("second", "E09"),) if asks else ()
    taken = (("choose", "paid_out"), ("choose", "bank"), ("ask_amount", fen), ("confirm", True))
    desk = at_the_drawer(OPEN, (*taken, *seconds))
    desk.roles = {StaffId("E09"): Role.SHIFT_LEAD}
    assert play(shift(desk)) is None
    assert booked(desk).at.second == ("E09" if asks else None)
