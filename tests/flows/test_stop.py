from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.cart import Family, Grade, GradeUnit
from terminal.core.errors import ForecourtAway
from terminal.core.forecourt import Dispensed, Stage
from terminal.flows.stop import stop
from tests.flows.scripted import CANCEL, Script, ScriptedDesk, play

ONE = Dispensed(id="f-1", nozzle=1, grade="92", price=7_38, stage=Stage.FLOWING, centilitres=12_40, fen=91_51)
FOUR = Dispensed(id="f-4", nozzle=4, grade="0", price=7_05, stage=Stage.RELEASED)


def forecourt(*going: Dispensed, script: Script = ()) -> ScriptedDesk:
    desk = ScriptedDesk(script)
    desk.going = list(going)
    desk.held_for = {one.id for one in going}
    return desk


def test_the_nozzle_that_is_chosen_is_stopped_and_what_flowed_is_charged() -> None:
    desk = forecourt(ONE, FOUR, script=(("choose", "1"),))
    assert play(stop(desk)) is None
    assert desk.finished
    assert desk.stopped == ["f-1"]
    assert desk.offered == [("1", "4")]
    assert desk.said == ["Nozzle 1 is stopped. What flowed is charged."]


def test_what_nothing_is_held_for_is_not_said_to_be_charged() -> None:
    desk = forecourt(ONE)
    desk.held_for.clear()
    assert play(stop(desk)) is None
    assert desk.said == ["Nozzle 1 is stopped. It is paid under Fuel and join."]


def test_of_one_nozzle_nothing_is_asked_and_nothing_flowed_is_said() -> None:
    desk = forecourt(FOUR)
    assert play(stop(desk)) is None
    assert desk.stopped == ["f-4"]
    assert desk.said == ["Nozzle 4 is stopped. Nothing flowed."]


def test_where_nothing_flows_nothing_is_stopped() -> None:
    desk = forecourt()
    assert play(stop(desk)) is None
    assert (desk.stopped, desk.said) == ([], ["Nothing flows, and no nozzle is released."])


def test_no_is_no() -> None:
    desk = forecourt(ONE, replace(FOUR, stage=Stage.FLOWING), script=(("choose", CANCEL),))
    play(stop(desk))
    assert desk.stopped == []


@pytest.mark.parametrize("going", [(), (ONE,)])
def test_a_controller_that_is_away_is_said(going: tuple[Dispensed, ...]) -> None:
    desk = forecourt(*going)
    desk.fails = ForecourtAway("it does not answer")
    assert play(stop(desk)) is desk.fails
    assert desk.said == []


def test_gas_is_told_in_what_it_is_sold_by() -> None:
    desk = forecourt(ONE, FOUR, script=(("choose", "1"),))
    gas = Grade(grade="92", name="气", family=Family.GAS, price=7_38, unit=GradeUnit.KILOGRAM)
    desk.change(replace(desk.policy, grades=(gas,)))
    assert play(stop(desk)) is None
    assert [one.values["litres"] for one in desk.labels] == ["12.40 kg", "0.00 L"]
