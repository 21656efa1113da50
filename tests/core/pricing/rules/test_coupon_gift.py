"""A gift coupon: one piece free, on a line of its own, so that it comes back for nothing and alone."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.cart import Cart, CartLine
from terminal.core.override import Override
from terminal.core.pricing import Buyer, HeldCoupon, Visit, less, parsed, priced
from terminal.core.values import StaffId
from tests.core.pricing.goods import BOX, CREAM, DURIAN, FACIAL, GUEST, MEMBER, MILK, sold, taken, tariff, why

GIFT = {"rule": "coupon_gift"}


def holding(*kinds: str) -> Visit:
    held = tuple(HeldCoupon(coupon=f"id-{kind}", kind=kind) for kind in kinds)
    return replace(MEMBER, buyer=Buyer(tier="silver", coupons=held))


HOLDER = holding("gift")


def test_one_piece_is_free_and_nothing_may_be_due() -> None:
    bill = sold((MILK, 1), to=HOLDER, gift=GIFT)
    assert taken(bill) == [("Y", 8_90, [("gift", 8_90)], 0)]
    assert (bill.due, bill.coupons, bill.coupon, bill.touched) == (0, ("id-gift",), "gift", ("gift",))
    assert [off.coupon for line in bill.lines for off in line.discounts] == ["id-gift"]


def test_who_holds_none_pays() -> None:
    assert sold((MILK, 1), to=GUEST, gift=GIFT).due == 8_90
    assert sold((MILK, 1), gift=GIFT).due == 8_90


def test_of_several_pieces_the_free_one_stands_on_a_line_of_its_own() -> None:
    bill = sold((CREAM, 1), (MILK, 3), (BOX, 1), to=HOLDER, gift={**GIFT, "skus": ["Y"]})
    assert taken(bill) == [
        ("P", 198_00, [], 198_00),
        ("Y", 17_80, [], 17_80),
        ("Y", 8_90, [("gift", 8_90)], 0),
        ("X", 15_80, [], 15_80),
    ]
    assert [line.quantity for line in bill.lines] == [1, 2, 1, 1]
    assert [line.unit_price for line in bill.lines] == [198_00, 8_90, 8_90, 15_80]
    assert bill.places == (0, 1, 1, 2)


def test_the_dearest_piece_is_taken_by_what_it_costs_after_all_else_and_of_equals_the_first() -> None:
    half = {"rule": "percent_off", "pay": 50, "skus": ["P"]}
    goods = (replace(CREAM, price=20_00), 1), (replace(MILK, price=12_00), 1), (replace(BOX, price=12_00), 1)
    bill = sold(*goods, to=HOLDER, gift=GIFT, half=half)
    assert [line.net for line in bill.lines] == [10_00, 0, 12_00]


def test_it_is_for_what_it_names_and_needs_its_threshold() -> None:
    one = {**GIFT, "categories": ["service"], "threshold": 200_00, "on_list": True}
    assert sold((FACIAL, 1), (CREAM, 1), to=HOLDER, gift=one).due == 366_00
    assert why(sold((FACIAL, 1), to=HOLDER, gift=one), "gift") == "¥32.00 more for gift"
    assert sold((FACIAL, 2), to=HOLDER, gift=one).due == 168_00
    assert why(sold((CREAM, 1), to=HOLDER, gift=one), "gift") == "For other articles"


def test_what_is_weighed_is_no_piece() -> None:
    bill = sold((DURIAN, 2000), (MILK, 1), to=HOLDER, gift=GIFT)
    assert (bill.due, [line.net for line in bill.lines]) == (103_20, [103_20, 0])
    assert why(sold((DURIAN, 2000), to=HOLDER, gift=GIFT), "gift") == "For other articles"


def test_of_what_came_off_all_pieces_the_free_one_has_its_share() -> None:
    """3 x 8.90 less 1.01 are 25.69: a piece of it is 8.56, so 0.34 of the 1.01 were its own."""
    order = {"rule": "spend_less", "rungs": [{"reach": 1_01, "less": 1_01}]}
    bill = sold((MILK, 3), to=HOLDER, gift=GIFT, order=order)
    assert taken(bill) == [
        ("Y", 17_80, [("order", 67)], 17_13),
        ("Y", 8_90, [("order", 34), ("gift", 8_56)], 0),
    ]
    assert bill.due == 25_69 - 8_56


def test_a_discount_of_which_nothing_falls_on_a_line_is_not_written_there() -> None:
    penny = {"rule": "spend_less", "rungs": [{"reach": 1, "less": 1}]}
    bill = sold((MILK, 2), to=HOLDER, gift=GIFT, penny=penny)
    assert taken(bill) == [("Y", 8_90, [("penny", 1)], 8_89), ("Y", 8_90, [("gift", 8_90)], 0)]
    two = {"rule": "spend_less", "rungs": [{"reach": 2, "less": 2}]}
    first = {"rule": "percent_off", "pay": 50, "skus": ["Y"]}
    bill = sold((replace(MILK, price=4), 2), to=HOLDER, gift=GIFT, two=two, first=first)
    assert taken(bill) == [
        ("Y", 4, [("first", 2), ("two", 1)], 1),
        ("Y", 4, [("first", 2), ("two", 1), ("gift", 1)], 0),
    ]


def test_points_know_of_each_line_what_they_are_multiplied_by() -> None:
    double = {"rule": "points_times", "times": 2, "skus": ["Y"]}
    bill = sold((MILK, 2), (BOX, 1), to=HOLDER, gift={**GIFT, "skus": ["Y"]}, double=double)
    assert bill.times == ((2, 1), (2, 1), (1, 1))


def test_what_a_person_takes_off_falls_on_what_costs_something() -> None:
    override = Override(reason="x", by=StaffId("boss"), percent=10)
    some = Cart(lines=(CartLine(article=MILK, quantity=3, override=override),))
    bill = less(priced(some, HOLDER, tariff(gift=GIFT)), some)
    assert [line.net for line in bill.lines] == [16_02, 0]
    assert [len(line.discounts) for line in bill.lines] == [1, 1]


def test_out_of_a_pack_nothing_is_given() -> None:
    pack = {"rule": "pack", "price": 10_00, "contents": [["Y", 2]]}
    assert sold((MILK, 2), to=HOLDER, gift=GIFT, pack=pack).due == 8_90
    three = sold((MILK, 3), to=HOLDER, gift=GIFT, pack=pack)
    assert (three.due, [line.quantity for line in three.lines]) == (10_00, [2, 1])


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ({"rule": "coupon_gift", "one_piece": False}, "a gift is one piece"),
        ({"rule": "coupon_percent", "off": 100, "at_most": 1, "one_piece": True}, "coupon_gift"),
    ],
)
def test_there_is_one_way_of_giving_a_piece(said: dict[str, Any], what: str) -> None:
    _, (refusal,) = parsed([("x", {"name": "x", **said})])
    assert what in str(refusal)


def test_all_of_everything_and_nearly_all_of_a_piece_stay_percentages() -> None:
    everything = {"rule": "coupon_percent", "off": 100, "at_most": 10_00}
    assert sold((MILK, 1), to=HOLDER, gift=everything).due == 0
    nearly = {"rule": "coupon_percent", "off": 99, "at_most": 10_00, "one_piece": True}
    assert sold((replace(MILK, price=1_00), 2), to=HOLDER, gift=nearly).due == 1_01
