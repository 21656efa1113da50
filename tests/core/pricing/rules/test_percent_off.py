from __future__ import annotations

from msgspec.structs import replace

from tests.core.pricing.goods import BOX, MILK, sold, why


def test_a_part_of_the_price_is_paid_half_up() -> None:
    odd = replace(MILK, price=5)
    assert sold((odd, 1), off={"rule": "percent_off", "pay": 90}).due == 5
    assert sold((odd, 1), off={"rule": "percent_off", "pay": 89}).due == 4
    assert sold((BOX, 2), off={"rule": "percent_off", "pay": 0}).due == 0


def test_it_is_for_what_it_names() -> None:
    bill = sold((BOX, 1), (MILK, 1), off={"rule": "percent_off", "pay": 50, "categories": ["cut"]})
    assert bill.due == 7_90 + 8_90
    assert sold((BOX, 1), off={"rule": "percent_off", "pay": 50, "skus": ["X"]}).due == 7_90
    left_out = sold((BOX, 1), off={"rule": "percent_off", "pay": 50, "but_not": ["X"]})
    assert (left_out.due, why(left_out, "off")) == (15_80, "For other articles")
