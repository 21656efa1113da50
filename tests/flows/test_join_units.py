"""Under Fuel and join it is asked for what the station sells: by litres, kilograms, cubic metres (C8)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.cart import Family, Grade, GradeUnit
from terminal.core.errors import Cancelled
from terminal.core.money import Fen
from terminal.flows.join import join
from tests.flows.scripted import CANCEL, SKIP, ScriptedDesk, play
from tests.flows.shop import PHONE, POLICY, WANG


def grade(unit: GradeUnit, number: str, name: str) -> Grade:
    return Grade(grade=number, name=name, family=Family.GAS, price=Fen(4_60), unit=unit)


LITRES = grade(GradeUnit.LITRE, "92", "92号汽油")
KILOGRAMS = grade(GradeUnit.KILOGRAM, "lng", "液化天然气")
CUBIC_METRES = grade(GradeUnit.CUBIC_METRE, "cng", "压缩天然气")


@pytest.mark.parametrize(
    ("sold", "asks"),
    [
        ((KILOGRAMS,), "Grade and kilograms?"),
        ((CUBIC_METRES,), "Grade and cubic metres?"),
        ((LITRES, CUBIC_METRES), "Grade and quantity?"),
    ],
)
@pytest.mark.parametrize(
    ("driver", "known", "word"),
    [(SKIP, False, ""), (PHONE, False, "A new member. "), (PHONE, True, "Welcome back, 王**. ")],
)
def test_whoever_comes_is_asked_for_what_the_station_sells(
    sold: tuple[Grade, ...],
    asks: str,
    driver: object,
    known: bool,  # noqa: FBT001  a parameter
    word: str,
) -> None:
    script = (("read_badge", "E07"), ("offer_driver", driver), ("read_fill", CANCEL))
    desk = ScriptedDesk(script, holders={PHONE: WANG} if known else {}, policy=replace(POLICY, grades=sold))
    assert isinstance(play(join(desk)), Cancelled)
    assert desk.asked[-1] == ("read_fill", f"{word}{asks}")
