"""A dispenser's record is held against what its nozzle was released for."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import BookHold
from terminal.core.forecourt import Dispensed, Stage
from terminal.core.released import as_released, for_pump, is_released
from terminal.core.values import EntryId, WalletId
from tests.core.ledger.book import Book

TOLD = Dispensed(id="f", nozzle=3, grade="92", price=7_26, stage=Stage.ENDED, centilitres=400, fen=29_52)


def hold(**more: Any) -> BookHold:
    said: dict[str, Any] = {"for_what": "pump:3", "grade": "92", "price": 7_38, **more}
    return BookHold(id=EntryId("h"), at=Book().at, wallet=WalletId("w"), card=None, amount=50_00, **said)


def test_value_is_held_for_a_pump_by_its_number() -> None:
    assert for_pump(12) == "pump:12"


def test_the_price_of_the_release_stands() -> None:
    assert as_released(TOLD, hold()) == replace(TOLD, price=7_38)
    assert as_released(TOLD, hold(price=1)) == replace(TOLD, price=1)


def test_where_nobody_wrote_a_price_down_the_records_stands() -> None:
    assert as_released(TOLD, None) == TOLD
    assert as_released(TOLD, hold(price=0)) == TOLD


@pytest.mark.parametrize(
    ("said", "same"),
    [
        ({}, True),
        ({"for_what": "pump:4"}, False),
        ({"grade": "95"}, False),
        ({"grade": ""}, True),
        ({"grade": "", "for_what": "pump:4"}, False),
    ],
)
def test_nozzle_and_grade_are_those_that_were_released(said: dict[str, Any], same: bool) -> None:  # noqa: FBT001  a column
    assert is_released(TOLD, hold(**said)) is same


def test_of_what_nothing_was_held_for_any_nozzle_may_be() -> None:
    assert is_released(TOLD, None)
