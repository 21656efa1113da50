from __future__ import annotations

from msgspec.structs import replace

from terminal.core.pricing import GivenCoupon, parsed
from tests.core.pricing.goods import CREAM, GUEST, MEMBER, MILK, sold, why

COUPON = {"rule": "spend_coupon", "reach": 198_00, "kind": "c20", "face": 20_00, "threshold": 100_00}


def test_who_spends_enough_gets_coupons_for_another_day() -> None:
    bill = sold((CREAM, 1), coupon=COUPON)
    assert bill.gives == (GivenCoupon(kind="c20", face=20_00, threshold=100_00, count=1),)
    assert (bill.due, bill.bringer, bill.touched, bill.missed) == (198_00, (), ("coupon",), ())


def test_they_need_no_threshold() -> None:
    (given,) = sold((CREAM, 1), coupon={"rule": "spend_coupon", "kind": "c5", "face": 5_00}).gives
    assert given == GivenCoupon(kind="c5", face=5_00, threshold=0, count=1)


def test_they_have_a_window_of_their_own() -> None:
    window = {"use_since": "2026-11-01", "use_until": "2026-11-30", "count": 2}
    (given,) = sold((CREAM, 1), coupon={**COUPON, **window}).gives
    assert (given.since, given.until, given.count) == ("2026-11-01", "2026-11-30", 2)
    (days,) = sold((CREAM, 1), coupon={**COUPON, "use_days": 7}).gives
    assert (days.since, days.until) == ("", "2026-11-04")
    (today,) = sold((CREAM, 1), coupon={**COUPON, "use_days": 0}).gives
    assert today.until == "2026-10-28"


def test_the_window_of_buying_is_another() -> None:
    late = {**COUPON, "since": "2026-10-29", "announced": "2026-10-20"}
    bill = sold((CREAM, 1), coupon=late)
    assert (bill.gives, why(bill, "coupon")) == ((), "From 2026-10-29")


def test_what_the_order_has_off_is_not_spent() -> None:
    less = {"rule": "spend_less", "rungs": [{"reach": 100_00, "less": 1_00}]}
    bill = sold((CREAM, 1), coupon=COUPON, less=less)
    assert (bill.gives, why(bill, "coupon")) == ((), "¥1.00 more for coupon")


def test_what_it_is_for_must_be_bought() -> None:
    bill = sold((MILK, 1), coupon={**COUPON, "reach": 0, "skus": ["P"]})
    assert (bill.gives, why(bill, "coupon")) == ((), "For other articles")


def test_nobody_in_particular_gets_none() -> None:
    bill = sold((CREAM, 1), to=GUEST, coupon=COUPON)
    assert (bill.gives, why(bill, "coupon")) == ((), "For members")
    assert sold((CREAM, 1), to=replace(MEMBER, buyer=None), coupon={**COUPON, "members": False}).gives


def test_two_ends_are_refused() -> None:
    both = {**COUPON, "name": "n", "use_days": 7, "use_until": "2026-11-30"}
    _, (refused,) = parsed([("a", both)])
    assert str(refused) == "a: use_until and use_days: one of them"
