from __future__ import annotations

from msgspec.structs import replace

from terminal.core.pricing import Buyer
from tests.core.pricing.goods import BOX, DURIAN, GUEST, MEMBER, sold, why

PRICE = {"rule": "member_price"}


def test_members_pay_the_price_that_the_list_has_for_them() -> None:
    assert sold((DURIAN, 2745), price=PRICE).due == 125_17
    assert sold((BOX, 1), price=PRICE).due == 15_80


def test_a_tier_may_have_one_of_its_own() -> None:
    silver = replace(DURIAN, tier_prices={"silver": 40_00})
    assert sold((silver, 1000), price=PRICE).due == 40_00
    gold = replace(MEMBER, buyer=Buyer(tier="gold"))
    assert sold((silver, 1000), to=gold, price=PRICE).due == 45_60


def test_others_pay_the_list_and_are_told_of_it() -> None:
    bill = sold((DURIAN, 2745), to=GUEST, price=PRICE)
    assert (bill.due, why(bill, "price")) == (141_64, "For members")
    open_to_all = sold((DURIAN, 1000), to=GUEST, price={**PRICE, "members": False})
    assert open_to_all.due == 45_60


def test_what_has_no_price_for_members_is_none_of_its_goods() -> None:
    assert why(sold((BOX, 1), price=PRICE), "price") == "For other articles"
    dear = replace(BOX, member_price=15_80)
    assert why(sold((dear, 1), (BOX, 1), price=PRICE), "price") == "Another price is better"
