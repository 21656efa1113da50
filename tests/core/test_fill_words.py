"""How a fill is asked for, by what the station sells (product.md C8)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.cart import Family, Grade, GradeUnit
from terminal.core.commands import Measured
from terminal.core.fill_words import fill_of_anybody, fill_of_member, fill_of_newcomer, how_many, one_unit
from terminal.core.money import Fen
from terminal.core.receipts.legible import legible
from terminal.core.screens import quantity_shown
from tests.flows.shop import POLICY


def grade(unit: GradeUnit) -> Grade:
    return Grade(grade=unit.name.lower(), name="n", family=Family.GAS, price=Fen(1_00), unit=unit)


LITRE, KILOGRAM, CUBIC = (grade(unit) for unit in GradeUnit)


@pytest.mark.parametrize(
    ("grades", "unit", "asks"),
    [
        ((LITRE, LITRE), Measured.CENTILITRE, "Grade and litres?"),
        ((KILOGRAM,), Measured.DECAGRAM, "Grade and kilograms?"),
        ((CUBIC,), Measured.CENTICUBIC, "Grade and cubic metres?"),
        ((LITRE, CUBIC), None, "Grade and quantity?"),
        ((KILOGRAM, CUBIC), None, "Grade and quantity?"),
        ((), Measured.CENTILITRE, "Grade and litres?"),
    ],
)
def test_a_fill_is_asked_for_in_what_all_grades_are_counted_in(
    grades: tuple[Grade, ...], unit: Measured | None, asks: str
) -> None:
    policy = replace(POLICY, grades=grades)
    assert one_unit(policy) is unit
    assert fill_of_anybody(policy).text == asks
    assert fill_of_newcomer(policy).text == f"A new member. {asks}"
    assert fill_of_member(policy, "王**").text == f"Welcome back, {{name}}. {asks}"
    assert fill_of_member(policy, "王**").values == {"name": "王**"}


def test_once_the_grade_is_known_it_is_asked_how_many_of_it() -> None:
    said = [how_many(one.unit.measured).text for one in (LITRE, KILOGRAM, CUBIC)]
    assert said == ["How many litres?", "How many kilograms?", "How many cubic metres?"]


def test_cubic_metres_have_their_sign_on_screens_and_a_three_on_paper() -> None:
    """No Chinese character set of printers has the small one."""
    assert quantity_shown(27_10, Measured.CENTICUBIC) == "27.10 m³"
    assert legible("27.10 m³") == "27.10 m3"
