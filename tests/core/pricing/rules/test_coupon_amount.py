from __future__ import annotations

from msgspec.structs import replace

from terminal.core.pricing import Buyer, HeldCoupon, Visit
from tests.core.pricing.goods import BOX, CREAM, MEMBER, MILK, sold, taken, why

NEW = {"rule": "coupon_amount", "less": 5_00, "threshold": 30_00, "alone": True}


def holding(*kinds: str) -> Visit:
    held = tuple(HeldCoupon(coupon=f"id-{kind}", kind=kind) for kind in kinds)
    return replace(MEMBER, buyer=Buyer(coupons=held))


def test_it_is_off_once_and_shared_over_the_lines() -> None:
    bill = sold((replace(CREAM, price=129_00), 1), (replace(BOX, price=89_00), 1), to=holding("new"),
                new={**NEW, "less": 50_00})  # fmt: skip
    assert taken(bill) == [("P", 129_00, [("new", 29_59)], 99_41), ("X", 89_00, [("new", 20_41)], 68_59)]
    assert bill.coupons == ("id-new",)


def test_its_threshold_looks_at_what_is_left_or_at_the_list() -> None:
    tenth = {"rule": "percent_off", "pay": 90}
    goods = (replace(MILK, price=30_00), 1)
    below = sold(goods, to=holding("new"), new=NEW, tenth=tenth)
    assert (below.due, below.coupons) == (25_00, ("id-new",))
    assert below.touched == ("new",)
    both = sold(goods, to=holding("new"), new={**NEW, "on_list": True}, tenth=tenth)
    assert both.due == 22_00
    short = sold((replace(MILK, price=29_00), 1), to=holding("new"), new=NEW)
    assert why(short, "new") == "¥1.00 more for new"
    listed = sold(
        (replace(MILK, price=29_00), 1), to=holding("new"), new={**NEW, "on_list": True}, tenth=tenth
    )
    assert why(listed, "new") == "¥1.00 more for new"


def test_not_together_with_a_discount_on_the_order_the_better_is_taken() -> None:
    less = {"rule": "spend_less", "rungs": [{"reach": 100_00, "less": 4_00}]}
    assert sold((CREAM, 1), to=holding("new"), new=NEW, less=less).due == 193_00
    more = {"rule": "spend_less", "rungs": [{"reach": 100_00, "less": 6_00}]}
    bill = sold((CREAM, 1), to=holding("new"), new=NEW, less=more)
    assert (bill.due, bill.coupons, why(bill, "new")) == (192_00, (), "Not together with less")
    both = sold((CREAM, 1), to=holding("new"), new={**NEW, "alone": False}, less=more)
    assert both.due == 187_00


def test_of_several_the_best_is_used_and_one_only() -> None:
    other = {"rule": "coupon_amount", "less": 6_00}
    bill = sold((CREAM, 1), to=holding("new", "other"), new=NEW, other=other)
    assert (bill.due, bill.coupons) == (192_00, ("id-other",))
    assert why(bill, "new") == "Another price is better"


def test_it_takes_no_more_than_there_is_and_only_of_what_it_is_for() -> None:
    big = {"rule": "coupon_amount", "less": 500_00, "skus": ["Y"]}
    bill = sold((CREAM, 1), (MILK, 1), to=holding("big"), big=big)
    assert (bill.due, [len(line.discounts) for line in bill.lines]) == (198_00, [0, 1])
    nothing = sold((CREAM, 1), to=holding("big"), big=big)
    assert (nothing.coupons, why(nothing, "big")) == ((), "For other articles")


def test_it_may_be_for_the_dearest_piece_alone() -> None:
    goods = (replace(MILK, price=3_00), 4), (replace(BOX, price=2_00), 1)
    piece = {"rule": "coupon_amount", "less": 5_00, "one_piece": True}
    assert sold(*goods, to=holding("new"), new=piece).due == 14_00 - 3_00
    assert sold(*goods, to=holding("new"), new={**piece, "one_piece": False}).due == 14_00 - 5_00
