from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.pricing import parsed
from terminal.core.pricing.rules.every_less import EveryLess
from tests.core.pricing.goods import CREAM, sold, tariff, why

EVERY = {"rule": "every_less", "every": 300_00, "less": 30_00, "at_most": 2}


@pytest.mark.parametrize(
    ("spent", "due"), [(299_99, 299_99), (300_00, 270_00), (600_00, 540_00), (900_00, 840_00)]
)
def test_every_full_step_takes_its_part_off(spent: int, due: int) -> None:
    assert sold((replace(CREAM, price=spent), 1), every=EVERY).due == due


def test_every_step_that_is_reached_may_be_taken() -> None:
    (every,) = tariff(every={**EVERY, "at_most": 3}).promotions
    assert isinstance(every, EveryLess)
    assert [list(every.amounts(spent)) for spent in (299_99, 300_00, 950_00, 1200_00)] == [
        [],
        [30_00],
        [90_00, 60_00, 30_00],
        [90_00, 60_00, 30_00],
    ]


def test_it_is_taken_ninety_nine_times_where_nothing_is_said() -> None:
    fen = {"rule": "every_less", "every": 2, "less": 1}
    assert sold((replace(CREAM, price=10_00), 1), every=fen).due == 10_00 - 99


def test_it_says_how_far_the_next_step_is() -> None:
    assert why(sold((replace(CREAM, price=350_00), 1), every=EVERY), "every") == "¥250.00 more for every"
    assert sold((replace(CREAM, price=600_00), 1), every=EVERY).missed == ()


def test_more_off_than_is_spent_is_refused() -> None:
    wrong = {"rule": "every_less", "name": "n", "every": 10, "less": 11}
    assert parsed([("a", wrong)])[1][0].problems[0].what == "11 off 10: more than is spent"
    assert not parsed([("a", {**wrong, "less": 10})])[1]
