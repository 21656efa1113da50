from __future__ import annotations

from msgspec.structs import replace

from tests.core.pricing.goods import BOX, FACIAL, GUEST, MEMBER, sold, why

FRIEND = {"rule": "bring_a_friend", "pay": 70, "categories": ["service"]}


def test_with_a_friend_services_cost_less() -> None:
    bill = sold((FACIAL, 1), (BOX, 1), to=replace(MEMBER, friend=True), friend=FRIEND)
    assert bill.due == 117_60 + 15_80


def test_alone_one_is_told_of_it() -> None:
    bill = sold((FACIAL, 1), friend=FRIEND)
    assert (bill.due, why(bill, "friend")) == (168_00, "With a friend who comes for the first time")
    goods = sold((BOX, 1), to=replace(MEMBER, friend=True), friend=FRIEND)
    assert why(goods, "friend") == "For other articles"
    assert why(sold((FACIAL, 1), to=GUEST, friend=FRIEND), "friend") == "For members"


def test_another_price_may_be_better() -> None:
    better = {"rule": "percent_off", "pay": 10}
    bill = sold((FACIAL, 1), to=replace(MEMBER, friend=True), friend=FRIEND, off=better)
    assert why(bill, "friend") == "Another price is better"
