"""What promotions are for that nobody sells."""

from __future__ import annotations

from terminal.core.pricing import parsed
from terminal.core.pricing.strays import Stray, strays
from tests.flows.shop import MILK

TABLES = {
    "all": {"rule": "percent_off", "name": "会员日", "pay": 90},
    "fuel": {"rule": "coupon_amount", "name": "92号减5", "less": 500, "skus": ["fuel-92", MILK.sku]},
    "grade": {"rule": "coupon_amount", "name": "92号减5", "less": 500, "skus": [MILK.sku, "92"]},
    "gone": {"rule": "percent_off", "name": "清仓", "pay": 50, "skus": ["X1", "fuel-95", "X2"]},
}


def test_what_no_article_is_and_no_fuel_of_a_grade_is_named_with_what_was_meant() -> None:
    tariff, refused = parsed(TABLES.items())
    assert not refused
    found = strays(tariff.promotions, {MILK.sku: MILK}.get, ("92",))
    assert sorted(found, key=lambda one: (one.promotion, one.sku)) == [
        Stray(promotion="gone", sku="X1"),
        Stray(promotion="gone", sku="X2"),
        Stray(promotion="gone", sku="fuel-95"),
        Stray(promotion="grade", sku="92", fuel="fuel-92"),
    ]


def test_an_article_that_is_called_as_a_grade_is_sold() -> None:
    tariff, _ = parsed(TABLES.items())
    found = strays(tariff.promotions, {**dict.fromkeys(("92", "X1", "X2", "fuel-95"), MILK)}.get, ("92",))
    assert [(one.promotion, one.sku) for one in found if one.promotion != "fuel"] == [("grade", MILK.sku)]
