"""What promotions are for that nobody sells."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.cart import Article
from terminal.core.commands import Measured
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


CARE = Article(sku="F02", name="小气泡", category="service", price=100)
CARD = Article(sku="K10", name="十次", category="card", price=100, uses=10, uses_of=("F02",))


@pytest.mark.parametrize(
    ("unit", "sold", "told"),
    [
        ("count:F02", (CARE,), False),
        ("count:K10", (CARE, CARD), False),
        ("count:K10", (CARD,), False),
        ("count:F02", (CARD,), True),
        ("count:K11", (CARE, CARD), True),
        ("count:F02", (replace(CARE, measured=Measured.GRAM),), True),
        ("count:F02", (replace(CARE, voucher=100),), True),
    ],
)
def test_uses_of_nothing_are_told(*, unit: str, sold: tuple[Article, ...], told: bool) -> None:
    tariff, refused = parsed({"gets": {"rule": "friend_gets", "name": "老带新", "unit": unit}}.items())
    assert not refused
    found = list(strays(tariff.promotions, {one.sku: one for one in sold}.get, ()))
    assert found == ([Stray(promotion="gets", sku=unit.removeprefix("count:"))] if told else [])


def test_an_article_that_is_called_as_a_grade_is_sold() -> None:
    tariff, _ = parsed(TABLES.items())
    found = strays(tariff.promotions, {**dict.fromkeys(("92", "X1", "X2", "fuel-95"), MILK)}.get, ("92",))
    assert [(one.promotion, one.sku) for one in found if one.promotion != "fuel"] == [("grade", MILK.sku)]
