"""How litres at a locked price are called."""

from __future__ import annotations

import pytest

from terminal.core.locks import lock_unit, locked
from terminal.core.money import AMOUNT_MAX


@pytest.mark.parametrize(("grade", "price"), [("95", 7_70), ("-10", 1), ("E10-plus", AMOUNT_MAX)])
def test_it_is_called_by_grade_and_price(grade: str, price: int) -> None:
    assert locked(lock_unit(grade, price)) == (grade, price)
    assert lock_unit(grade, price) == f"litres:{grade}@{price}"


@pytest.mark.parametrize(
    "unit",
    [
        "litres:95",
        "litres:95@",
        "litres:95@0",
        "litres:95@07",
        "litres:95@7.70",
        "litres:@770",
        "litres:too-long-1@770",
        f"litres:95@{AMOUNT_MAX + 1}",
        "litres:95@100000000",
        "count:95@770",
        "litres:95@770\n",
        "litres:95@7７0",
    ],
)
def test_all_else_is_no_locked_price(unit: str) -> None:
    assert locked(unit) is None
