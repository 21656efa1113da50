"""Gas is sold by the kilogram or the cubic metre, as fuel is by the litre (product.md C8)."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import ValidationError, convert
from msgspec.structs import replace

from terminal.core.cart import Family, Fill, Grade, GradeUnit
from terminal.core.commands import Locked, Measured, PointsEarned, PumpRecord, Tender, TenderKind
from terminal.core.locks import Lock, lock_unit
from terminal.core.points import STANDARD, earned
from terminal.core.policy import Policy
from terminal.core.pricing import Buyer, Tariff, Visit, priced, priced_with_locks
from terminal.core.receipts.sale import quantity
from terminal.core.receipts.words import Words
from terminal.core.screens import a_unit, quantity_shown
from terminal.core.units import POURED, UNITS
from tests.core.pricing.goods import tariff

CNG = Grade(grade="CNG", name="压缩天然气", family=Family.GAS, price=4_35, unit=GradeUnit.CUBIC_METRE)
LNG = Grade(grade="LNG", name="液化天然气", family=Family.GAS, price=6_20, unit=GradeUnit.KILOGRAM)
PETROL = Grade(grade="92", name="92", family=Family.PETROL, price=7_38)
VISIT = Visit(business_day="2026-11-24", buyer=Buyer(tier="silver"))


@pytest.mark.parametrize(
    ("grade", "measured", "shown", "printed", "label"),
    [
        (CNG, Measured.CENTICUBIC, "12.34 m³", "12.34 m3 x 4.35/m3", "A cubic metre"),
        (LNG, Measured.DECAGRAM, "12.34 kg", "12.34 kg x 6.20/kg", "A kilogram"),
        (PETROL, Measured.CENTILITRE, "12.34 L", "12.34 L x 7.38/L", "A litre"),
    ],
)
def test_a_fill_is_told_in_what_it_is_sold_by(
    grade: Grade, measured: Measured, shown: str, printed: str, label: str
) -> None:
    (line,) = priced(Fill(grade=grade, centilitres=12_34).cart, VISIT, Tariff()).lines
    assert (line.measured, line.quantity, line.sku) == (measured, 12_34, f"fuel-{grade.grade}")
    assert line.gross == (12_34 * grade.price + 50) // 100
    assert quantity_shown(12_34, line.measured) == shown
    assert quantity(line, Words("en")) == printed
    assert a_unit(line.measured).text == label
    station = Policy(grades=(CNG, LNG, PETROL))
    assert (station.grade(grade.grade), station.measured(grade.grade)) == (grade, measured)


def test_a_grade_that_policy_does_not_name_is_counted_in_litres() -> None:
    assert Policy(grades=(CNG,)).measured("LNG") is Measured.CENTILITRE
    assert Policy().measured("CNG") is Measured.CENTILITRE
    assert Policy(grades=(CNG,)).grade("LNG") is None


def test_a_sale_says_what_a_dispenser_recorded_of_its_fill() -> None:
    fill = Fill(grade=LNG, centilitres=12_34, fen=76_51, nozzle=3, of="77")
    assert fill.record == PumpRecord(nozzle=3, grade="LNG", price=6_20, centilitres=12_34, fen=76_51)


@pytest.mark.parametrize("other", [{"of": ""}, {"fen": None}, {"of": "", "fen": None}])
def test_what_no_dispenser_recorded_a_sale_does_not_say(other: dict[str, Any]) -> None:
    fill = Fill(grade=LNG, centilitres=12_34, fen=76_51, nozzle=3, of="77")
    assert replace(fill, **other).record is None


def test_what_is_poured_is_counted_in_hundredths() -> None:
    assert {UNITS[one] for one in POURED} == {100}
    assert set(Measured) - POURED == {Measured.PIECE, Measured.GRAM}


def test_a_grade_is_sold_by_the_litre_where_nothing_is_said() -> None:
    assert PETROL.unit is GradeUnit.LITRE
    said: dict[str, Any] = {"grade": "CNG", "name": "x", "family": "gas", "price": 1}
    assert convert({**said, "unit": "m3"}, Grade).unit is GradeUnit.CUBIC_METRE
    assert convert({**said, "unit": "litre"}, Grade).unit is GradeUnit.LITRE
    assert convert({**said, "unit": "kg"}, Grade).unit is GradeUnit.KILOGRAM
    with pytest.raises(ValidationError):
        convert({**said, "unit": "gallon"}, Grade)


def test_it_has_cuts_and_a_locked_price_as_fuel_has() -> None:
    cut = tariff(cut={"rule": "litre_cut", "cut": {"silver": {"gas": 20}}})
    fill = Fill(grade=LNG, centilitres=10_00).cart
    assert priced(fill, VISIT, cut).due == 62_00 - 2_00
    lock = Lock(unit=lock_unit("LNG", 5_00), grade="LNG", price=5_00, left=4_00)
    bill = priced_with_locks(fill, replace(VISIT, buyer=Buyer(tier="silver", locks=(lock,))), cut)
    assert bill.due == 20_00 + 36_00
    assert bill.locked == (Locked(place=0, unit=lock.unit, litres=4_00),)


def test_it_has_points_of_its_own_one_a_whole_unit() -> None:
    lines = priced(Fill(grade=LNG, centilitres=12_34).cart, VISIT, Tariff()).lines
    due = lines[0].net
    found = earned(lines, (Tender(kind=TenderKind.CASH, amount=due),), rates=STANDARD)
    assert found == (PointsEarned(family="gas", points=12, base=12_34, step=100),)
