from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.pricing import parsed
from terminal.core.pricing.rules.spend_less import SpendLess
from tests.core.pricing.goods import CREAM, sold, tariff, why

LESS = {"rule": "spend_less", "rungs": [{"reach": 100_00, "less": 12_00}, {"reach": 50_00, "less": 5_00}]}


@pytest.mark.parametrize(
    ("spent", "due"), [(49_99, 49_99), (50_00, 45_00), (99_99, 94_99), (100_00, 88_00), (500_00, 488_00)]
)
def test_the_highest_rung_that_is_reached_is_taken_once(spent: int, due: int) -> None:
    assert sold((replace(CREAM, price=spent), 1), less=LESS).due == due


def test_every_rung_that_is_reached_may_be_taken() -> None:
    (less,) = tariff(less=LESS).promotions
    assert isinstance(less, SpendLess)
    assert [list(less.amounts(spent)) for spent in (49_99, 50_00, 100_00)] == [[], [5_00], [12_00, 5_00]]
    fen = {"rule": "spend_less", "rungs": [{"reach": 10_00, "less": 1}]}
    assert why(sold((replace(CREAM, price=8_00), 1), less=fen), "less") == "¥2.00 more for less"


def test_it_says_how_far_the_next_rung_is() -> None:
    assert why(sold((replace(CREAM, price=38_00), 1), less=LESS), "less") == "¥12.00 more for less"
    assert why(sold((replace(CREAM, price=50_00), 1), less=LESS), "less") == "¥50.00 more for less"
    assert sold((replace(CREAM, price=100_00), 1), less=LESS).missed == ()


def test_more_off_than_is_spent_is_refused() -> None:
    wrong = {"rule": "spend_less", "name": "n", "rungs": [{"reach": 10, "less": 11}]}
    _, (refused,) = parsed([("a", wrong)])
    assert str(refused) == "a: rungs[1]: 11 off 10: more than is spent"
    assert not parsed([("a", {**wrong, "rungs": [{"reach": 10, "less": 10}]})])[1]
