"""What a forecourt controller says, and within which bounds it is believed."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from terminal.core.forecourt import (
    PUMP_PRESET,
    SALES_MAX,
    Dispensed,
    NotReleased,
    Nozzle,
    Preset,
    Stage,
    centilitres_of,
    end_of,
    exact_of,
    hold_of,
    last_of,
    most_for,
    most_of,
    release_of,
    sale_of,
)

FILL = {"id": "f-1", "nozzle": 1, "grade": "92", "price": 738, "stage": "ended"}
NOZZLE = {"number": 1, "grade": "92", "price": 738}
IDS = [
    "e8b4982c-6036-5487-895f-bef7a88853a3",
    "9ef50ee5-8803-534b-b2e7-e2b72113bcda",
    "74d25e94-b87d-59e6-a583-508ea68aed1b",
    "b8cdcdd2-494d-5ac1-bcdf-b763f22d9a1a",
    "2846af7e-25e1-59c8-91f9-ef9e23547c48",
]


def fill(**changes: object) -> Dispensed:
    return msgspec.convert(FILL | changes, Dispensed)


@pytest.mark.parametrize(
    ("price", "centilitres", "fen", "agrees"),
    [
        # 27.10 litres at 7.38 are 199.998 yuan; half a hundredth of a litre is 3.69 fen, rounded up 4.
        (738, 2710, 19_995, False),
        (738, 2710, 19_996, True),
        (738, 2710, 20_003, True),
        (738, 2710, 20_004, False),
        (800, 100, 796, True),  # 4 fen exactly.
        # 6.785 L are 50.0733 yuan: it shows 6.79 and 50.07, which are 4.02 fen apart.
        (738, 679, 50_07, True),
        (738, 679, 50_06, False),
        (800, 100, 795, False),
        (800, 100, 804, True),
        (800, 100, 805, False),
        (801, 100, 806, True),  # 4.005, rounded up 5.
        (801, 100, 807, False),
        (20_000, 100, 20_100, True),
        (20_000, 100, 20_101, False),
        (738, 0, 0, True),
        (0, 2710, 0, True),
        (0, 2710, 1, False),
    ],
)
def test_litres_and_amount_agree_within_half_a_hundredth_of_a_litre(
    price: int,
    centilitres: int,
    fen: int,
    agrees: bool,  # noqa: FBT001  a column
) -> None:
    assert fill(price=price, centilitres=centilitres, fen=fen).agrees is agrees


@given(st.integers(1, 99_99), st.integers(0, 100_000_000))
@example(738, 678_500)
def test_what_a_dispenser_rounds_from_one_volume_agrees(price: int, volume: int) -> None:
    """`volume`: in thousandths of a hundredth of a litre."""
    centilitres, fen = (volume + 500) // 1_000, (volume * price + 50_000) // 100_000
    assert fill(price=price, centilitres=min(centilitres, 100_000), fen=min(fen, 9_999_999)).agrees


@pytest.mark.parametrize(
    ("stage", "centilitres", "fen", "agrees"),
    [
        ("cancelled", 0, 0, True),
        ("cancelled", 300, 22_14, False),
        ("cancelled", 0, 1, False),  # Both within half a hundredth of a litre.
        ("cancelled", 1, 7, False),
        ("ended", 0, 1, True),
        ("released", 0, 0, True),
    ],
)
def test_nothing_flowed_under_what_was_cancelled(
    stage: str,
    centilitres: int,
    fen: int,
    agrees: bool,  # noqa: FBT001  a column
) -> None:
    assert fill(stage=stage, centilitres=centilitres, fen=fen).agrees is agrees
    cheap = fill(stage=stage, centilitres=1, price=50)  # Half a fen, within half a hundredth of a litre.
    assert cheap.agrees is (stage != "cancelled")


@pytest.mark.parametrize(
    ("field", "least", "most"),
    [("nozzle", 1, 99), ("price", 0, 9_999_999), ("centilitres", 0, 100_000), ("fen", 0, 9_999_999)],
)
def test_a_fill_is_believed_within_bounds(field: str, least: int, most: int) -> None:
    for right in (least, most):
        assert getattr(fill(**{field: right}), field) == right
    for wrong in (least - 1, most + 1):
        with pytest.raises(msgspec.ValidationError):
            fill(**{field: wrong})


@pytest.mark.parametrize(
    ("field", "least", "most"), [("number", 1, 99), ("price", 0, 9_999_999), ("total", 0, 10**12)]
)
def test_a_nozzle_is_believed_within_bounds(field: str, least: int, most: int) -> None:
    for right in (least, most):
        assert getattr(msgspec.convert(NOZZLE | {field: right}, Nozzle), field) == right
    for wrong in (least - 1, most + 1):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(NOZZLE | {field: wrong}, Nozzle)


@pytest.mark.parametrize(
    ("field", "right", "wrong"),
    [
        ("id", ["a", "Z-9", "x" * 40], ["", "x" * 41, "a\n", "../f", "a b"]),
        ("grade", ["0", "-10", "98-E10xx"], ["", "98-E10xxx", "92\n", "汽"]),
    ],
)
def test_ids_and_grades_have_a_closed_form(field: str, right: list[str], wrong: list[str]) -> None:
    for text in right:
        assert getattr(fill(**{field: text}), field) == text
    for text in wrong:
        with pytest.raises(msgspec.ValidationError):
            fill(**{field: text})


def test_what_is_not_said_is_nothing() -> None:
    assert (fill().centilitres, fill().fen) == (0, 0)
    nozzle = msgspec.convert(NOZZLE, Nozzle)
    assert (nozzle.lifted, nozzle.total) == (False, 0)
    assert (Preset().fen, Preset().centilitres) == (0, 0)


@pytest.mark.parametrize("kind", [Dispensed, Nozzle, Preset])
def test_nothing_more_may_be_said_and_nothing_changed(kind: Any) -> None:
    assert kind.__struct_config__.frozen
    assert kind.__struct_config__.forbid_unknown_fields
    with pytest.raises(TypeError):
        kind(1, "92", 738, "ended")


def test_only_what_is_something_goes_over_the_line() -> None:
    assert msgspec.to_builtins(fill(fen=5)) == FILL | {"fen": 5}
    assert msgspec.to_builtins(msgspec.convert(NOZZLE, Nozzle)) == NOZZLE | {"lifted": False, "total": 0}


def test_the_words_of_the_line_stay_what_adapters_were_told() -> None:
    assert list(Stage) == ["released", "flowing", "ended", "cancelled"]
    assert list(NotReleased) == ["busy", "price", "unknown", "cancelled", "away"]


@pytest.mark.parametrize(
    ("preset", "price", "exact", "most"),
    [
        (Preset(), 787, 787_00, 787_00),
        (Preset(), 1, 100, 100),
        (Preset(fen=200_00), 787, 200_00, 200_00),
        (Preset(fen=200_00, centilitres=1), 787, 200_00, 200_00),
        (Preset(centilitres=1000), 738, 73_80, 73_84),
        (Preset(centilitres=1001), 738, 73_88, 73_91),  # 7387.38 fen, and half a hundredth is 3.69.
        (Preset(centilitres=1000), 800, 80_00, 80_04),
        (Preset(centilitres=1000), 801, 80_10, 80_15),
        (Preset(centilitres=1), 1, 1, 1),
    ],
)
def test_what_a_fill_may_come_to(preset: Preset, price: int, exact: int, most: int) -> None:
    assert (exact_of(preset, price), most_of(preset, price)) == (exact, most)


@pytest.mark.parametrize("price", [1, 199, 200, 201, 738, 800, 801])
def test_the_most_that_is_shown_for_litres_is_the_most_that_agrees(price: int) -> None:
    for centilitres in (1, 27, 100, 1001):
        most = most_for(centilitres, price)
        agree = [fill(price=price, centilitres=centilitres, fen=fen).agrees for fen in (most, most + 1)]
        assert agree == [True, False]


def test_what_is_booked_of_a_fill_has_ids_that_follow_from_its_own() -> None:
    """They are in journals: they never change."""
    assert [hold_of("f-1"), release_of("f-1"), end_of("f-1"), sale_of("f-1"), sale_of("f-1", 1)] == IDS
    assert sale_of("f-1", 0) == sale_of("f-1")
    assert sale_of("f-2") != sale_of("f-1")
    assert last_of("f-1") == sale_of("f-1", 10)
    assert (PUMP_PRESET, SALES_MAX) == ("pump_preset", 10)


@pytest.mark.parametrize(
    ("preset", "most"),
    [
        (Preset(), 100_00),
        (Preset(fen=200_00), 27_10),
        (Preset(fen=7), 0),
        (Preset(centilitres=1), 1),
        (Preset(fen=200_00, centilitres=27_09), 27_09),
        (Preset(fen=200_00, centilitres=27_11), 27_10),
    ],
)
def test_so_much_may_flow_under_a_preset(preset: Preset, most: int) -> None:
    assert centilitres_of(preset, 7_38) == most
