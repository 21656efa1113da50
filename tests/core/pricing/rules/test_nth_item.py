from __future__ import annotations

from msgspec.structs import replace

from tests.core.pricing.goods import BOX, DURIAN, MILK, sold, why

HALF = {"rule": "nth_item", "nth": 2, "pay": 50, "skus": ["Y", "D"]}


def test_every_second_piece_is_at_half() -> None:
    assert [sold((MILK, count), half=HALF).due for count in (1, 2, 3, 4)] == [8_90, 13_35, 22_25, 26_70]


def test_the_half_of_an_odd_price_is_rounded_up() -> None:
    assert sold((replace(MILK, price=99), 2), half=HALF).due == 99 + 50


def test_the_third_may_be_for_nothing() -> None:
    assert sold((MILK, 7), third={"rule": "nth_item", "nth": 3, "pay": 0}).due == 5 * 8_90


def test_what_is_weighed_has_no_pieces() -> None:
    bill = sold((DURIAN, 2), half=HALF)
    assert (bill.due, why(bill, "half")) == (10, "For other articles")
    assert why(sold((DURIAN, 1), half=HALF), "half") == "For other articles"


def test_it_says_how_many_more() -> None:
    bill = sold((MILK, 1), (BOX, 2), third={"rule": "nth_item", "nth": 3, "pay": 0})
    assert why(bill, "third") == "1 more of 果切盒 for third"
    assert bill.missed[0].missing == 15_80
    both = sold((MILK, 1), (BOX, 1), second={"rule": "nth_item", "nth": 2, "pay": 0})
    assert why(both, "second") == "1 more of 酸奶 for second"
    better = {"rule": "percent_off", "pay": 10}
    assert why(sold((MILK, 2), half=HALF, better=better), "half") == "Another price is better"
    assert why(sold((BOX, 1), half=HALF), "half") == "For other articles"
    late = {**HALF, "opens": "20:00", "closes": "22:00"}
    assert why(sold((MILK, 1), half=late), "half") == "From 20:00 to 22:00"
