from __future__ import annotations

from tests.core.pricing.goods import BOX, MILK, sold, why

PACK = {"rule": "pack", "price": 21_70, "contents": [["X", 1], ["Y", 2]]}


def test_it_says_what_is_lacking() -> None:
    assert why(sold((MILK, 1), pack=PACK), "pack") == "With X x 1, Y x 1: pack"
    assert why(sold((MILK, 5), pack=PACK), "pack") == "With X x 1: pack"
    assert sold((BOX, 1), (MILK, 2), pack=PACK).due == 21_70


def test_one_that_saves_nothing_is_not_taken() -> None:
    bill = sold((BOX, 1), (MILK, 2), pack={**PACK, "price": 40_00})
    assert (bill.due, why(bill, "pack")) == (33_60, "Another price is better")


def test_it_takes_no_other_promotion() -> None:
    less = {"rule": "spend_less", "rungs": [{"reach": 1, "less": 1}]}
    coupon = {"rule": "every_less", "every": 10_00, "less": 50}
    bill = sold((BOX, 1), (MILK, 2), pack=PACK, less=less, coupon=coupon)
    assert bill.touched == ("pack",)
