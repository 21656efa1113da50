"""A station's nozzles when a shift begins and ends, and fuel that goes back into the tank (product.md C9)."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.approval import Approved
from terminal.core.cart import Fill
from terminal.core.commands import PUMP_TEST, AtNozzle, BookNote, Pumps
from terminal.core.errors import NotBesideOneself
from terminal.core.figures import ShiftNow
from terminal.core.forecourt import Nozzle
from terminal.core.ledger.pumps import UNPAID_MAX
from terminal.core.policy import Policy
from terminal.core.staff import Role
from terminal.core.values import ShiftId, StaffId
from terminal.flows.shift import shift
from tests.flows.scripted import CANCEL, Script, ScriptedDesk, play
from tests.flows.shop import POLICY
from tests.flows.test_shift import CLOSED, COUNTED_IN, COUNTED_OUT, OPEN, X, booked, shown

ONE = Nozzle(number=1, grade="92", price=7_38, total=1_234_567)
TWO = Nozzle(number=2, grade="0", price=7_05)
"""Its totaliser is not told."""
GRADE = next(one for one in POLICY.grades if one.grade == "92")
FILL = Fill(grade=GRADE, centilitres=2_000, fen=147_60, nozzle=1, of="hand-1")
TOLD = AtNozzle(nozzle=1, grade="92", centilitres=1_234_567)


def at_the_station(
    script: Script, *nozzles: Nozzle, now: ShiftNow = OPEN, policy: Policy = POLICY
) -> ScriptedDesk:
    desk = ScriptedDesk(script, policy=policy)
    desk.shift = now
    desk.nozzles_here = list(nozzles)
    return desk


def with_total(script: Script, count: int) -> Script:
    return (*script[:-1], ("ask_total", count), script[-1])


@pytest.mark.parametrize(("now", "script"), [(CLOSED, COUNTED_IN), (OPEN, COUNTED_OUT)])
def test_what_the_controller_does_not_tell_is_keyed_when_a_shift_begins_and_ends(
    now: ShiftNow, script: Script
) -> None:
    desk = at_the_station(with_total(script, 765), ONE, TWO, now=now)
    assert play(shift(desk)) is None
    command: Any = booked(desk)
    assert command.pumps == Pumps(totals=(TOLD, AtNozzle(nozzle=2, grade="0", centilitres=765)))
    assert shown(desk)[-2:] == [("Nozzle {number}: {name}", "12345.67"), ("Nozzle {number}: {name}", "7.65")]
    assert desk.asked[-2] == ("ask_total", "Totaliser of nozzle 2?")


def test_a_totaliser_that_shows_nothing_is_read_too() -> None:
    desk = at_the_station(with_total(COUNTED_OUT, 0), TWO)
    play(shift(desk))
    command: Any = booked(desk)
    assert command.pumps == Pumps(totals=(AtNozzle(nozzle=2, grade="0", centilitres=0),))


def test_an_x_report_asks_nobody_to_read_the_pumps() -> None:
    desk = at_the_station(X, ONE, TWO)
    play(shift(desk))
    command: Any = booked(desk)
    assert command.pumps == Pumps(totals=(TOLD,))
    desk = at_the_station(X, TWO)
    play(shift(desk))
    command = booked(desk)
    assert command.pumps == Pumps()


@pytest.mark.parametrize("script", [X, COUNTED_OUT])
def test_what_nobody_paid_stands_on_the_report(script: Script) -> None:
    desk = at_the_station(script, ONE)
    desk.unpaid = [FILL, replace(FILL, centilitres=100, fen=None)]
    desk.unclear = 2
    play(shift(desk))
    command: Any = booked(desk)
    assert command.pumps.unclear == 2
    assert command.pumps.unpaid == (
        AtNozzle(nozzle=1, grade="92", centilitres=2_000, fen=147_60),
        AtNozzle(nozzle=1, grade="92", centilitres=100),
    )
    if script is COUNTED_OUT:
        assert shown(desk)[-1] == ("{count} fills not paid", "¥147.60")


@pytest.mark.parametrize("script", [X, COUNTED_OUT])
def test_fills_beyond_the_room_of_an_entry_are_counted_with_their_sum(script: Script) -> None:
    desk = at_the_station(script, ONE)
    desk.unpaid = [*[FILL] * UNPAID_MAX, replace(FILL, fen=1_00), replace(FILL, fen=None)]
    play(shift(desk))
    command: Any = booked(desk)
    assert len(command.pumps.unpaid) == UNPAID_MAX
    assert (command.pumps.further, command.pumps.further_fen) == (2, 1_00)
    if script is COUNTED_OUT:
        assert shown(desk)[-1] == ("{count} fills not paid", "¥18893.80")


@pytest.mark.parametrize(("now", "script"), [(CLOSED, COUNTED_IN), (OPEN, COUNTED_OUT), (OPEN, X)])
def test_a_shop_without_nozzles_says_nothing_of_them(now: ShiftNow, script: Script) -> None:
    desk = at_the_station(script, now=now)
    play(shift(desk))
    command: Any = booked(desk)
    assert command.pumps is None


@pytest.mark.parametrize(
    ("now", "nozzles", "offered"),
    [
        (OPEN, (ONE,), True),
        (OPEN, (), False),
        (ShiftNow(shift=ShiftId("T1-1")), (ONE,), True),
        (CLOSED, (ONE,), False),
    ],
)
def test_fuel_goes_back_only_at_a_station_and_in_a_shift(
    now: ShiftNow, nozzles: tuple[Nozzle, ...], *, offered: bool
) -> None:
    desk = at_the_station(
        (("choose" if now is not CLOSED else "choose_attendant", CANCEL),), *nozzles, now=now
    )
    play(shift(desk))
    assert ("tested" in desk.offered[0]) is offered


TESTED: Script = (("choose", "tested"), ("choose", "1"), ("ask_litres", 2_000), ("confirm", True))
SEEN: Script = (("read_badge", "E02"),)


def test_a_test_is_keyed_and_seen_by_somebody_else() -> None:
    desk = at_the_station((*TESTED, *SEEN), ONE, TWO)
    assert play(shift(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookNote)
    tested = AtNozzle(nozzle=1, grade="92", centilitres=2_000)
    assert (command.what, command.at.second, command.pumps) == (PUMP_TEST, "E02", Pumps(tested=(tested,)))
    assert desk.fills_asked == []
    assert desk.said == ["Booked. It stands on the X and Z report."]
    assert shown(desk) == [("Nozzle {number}: {name}", "20.00 L")]


def test_whoever_tests_is_no_witness_of_it() -> None:
    own = at_the_station((), ONE).occasion().operator
    desk = at_the_station((*TESTED, ("read_badge", own), *SEEN), ONE, TWO)
    assert play(shift(desk)) is None
    assert booked(desk).at.second == "E02"
    assert desk.declined == [NotBesideOneself.code]


@pytest.mark.parametrize(
    ("roles", "named"),
    [({"E01": Role.ATTENDANT, "E02": Role.SHIFT_LEAD}, ()), ({}, (Approved.REFUND,))],
)
def test_where_people_prove_who_they_are_the_witness_does(
    roles: dict[str, Role], named: tuple[Approved, ...]
) -> None:
    desk = at_the_station((*TESTED, ("second", "E02")), ONE, TWO, policy=replace(POLICY, second_person=named))
    desk.roles = {StaffId(one): role for one, role in roles.items()}
    assert play(shift(desk)) is None
    assert (booked(desk).at.operator, booked(desk).at.second) == ("E01", "E02")
    assert desk.asked[-1] == ("second", "Who saw it? Scan that badge")
    assert shown(desk) == [("Nozzle {number}: {name}", "20.00 L")]


def test_what_the_dispenser_recorded_of_it_is_nobodys_to_pay() -> None:
    desk = at_the_station((TESTED[0], ("choose", "hand-1"), TESTED[-1], *SEEN), ONE)
    desk.unpaid = [FILL, replace(FILL, of="hand-2", nozzle=3)]
    assert play(shift(desk)) is None
    command: Any = booked(desk)
    assert command.pumps.tested == (AtNozzle(nozzle=1, grade="92", centilitres=2_000),)
    assert desk.fills_asked == [FILL]
    assert desk.fills_sold == 1
    assert desk.offered[-1] == ("hand-1", "keyed")


def test_a_fill_of_another_is_left_to_be_paid() -> None:
    script: Script = (TESTED[0], ("choose", "keyed"), *TESTED[2:], *SEEN)
    desk = at_the_station(script, ONE)
    desk.unpaid = [FILL]
    assert play(shift(desk)) is None
    assert desk.fills_asked == []


def test_a_test_that_was_none_is_not_booked() -> None:
    desk = at_the_station((*TESTED[:-1], ("confirm", False)), ONE, TWO)
    assert play(shift(desk)) is None
    assert (desk.booked, desk.said) == ([], ["Cancelled. Nothing was booked."])
