"""Why a promotion did not touch a sale, in the words that a page shows."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from terminal.core.pricing import Buyer, HeldCoupon, Priced
from tests.core.pricing.goods import CREAM, MEMBER, MILK, sold, why

LESS = {"rule": "spend_less", "rungs": [{"reach": 100_00, "less": 12_00}]}
COUPON = {"rule": "coupon_amount", "less": 5_00}


def with_coupons(*goods: Any, **promotions: dict[str, Any]) -> Priced:
    """Its holder has one of each."""
    held = tuple(HeldCoupon(coupon=f"id-{kind}", kind=kind) for kind in promotions)
    return sold(*goods, to=replace(MEMBER, buyer=Buyer(coupons=held)), **promotions)


def test_a_coupons_threshold_looks_at_what_is_left() -> None:
    bill = with_coupons((CREAM, 1), less=LESS, c={**COUPON, "threshold": 190_00})
    assert why(bill, "c") == "¥4.00 more for c"
    listed = with_coupons((CREAM, 1), less=LESS, c={**COUPON, "threshold": 200_00, "on_list": True})
    assert why(listed, "c") == "¥2.00 more for c"


def test_a_coupon_for_other_goods_lacks_no_money() -> None:
    for more in ({"threshold": 1_00}, {"threshold": 1_00, "alone": True}):
        bill = with_coupons((CREAM, 1), less=LESS, c={**COUPON, **more, "skus": ["Y"]})
        assert why(bill, "c") == "For other articles"


def test_one_that_is_reached_to_the_fen_lost_to_a_better() -> None:
    bill = with_coupons((CREAM, 1), a={**COUPON, "threshold": 198_00}, b={**COUPON, "less": 6_00})
    assert why(bill, "a") == "Another price is better"


def test_only_one_that_stands_alone_is_kept_away_by_a_discount_on_the_order() -> None:
    bill = with_coupons((CREAM, 1), less=LESS, a=COUPON, b={**COUPON, "less": 6_00})
    assert why(bill, "a") == "Another price is better"
    alone = with_coupons((CREAM, 1), less=LESS, a={**COUPON, "alone": True}, b={**COUPON, "less": 6_00})
    assert why(alone, "a") == "Not together with less"
    assert [one.kept_out for one in (*bill.missed, *alone.missed)] == [False, True]


def test_what_little_more_brings_something_is_said_before_what_a_coupon_does_not_bring() -> None:
    kept_out = {**COUPON, "alone": True}
    nothing = with_coupons((CREAM, 1), less=LESS, a=kept_out)
    assert nothing.hint is not None
    assert nothing.hint.text == "Not together with {name}"
    more = with_coupons((CREAM, 1), less=LESS, a=kept_out, b={**COUPON, "threshold": 200_00})
    assert more.hint is not None
    assert more.hint.values == {"sum": "¥14.00", "name": "b"}
    assert with_coupons((CREAM, 1), a=COUPON).hint is None


def test_where_no_coupon_comes_off_it_is_said_what_would_bring_one() -> None:
    def hint(**promotions: dict[str, Any]) -> str | None:
        found = with_coupons((CREAM, 1), **promotions).coupon_hint
        return found and found.text.format(**found.values)

    far = {**COUPON, "threshold": 200_00}
    assert hint(c=far) == "¥2.00 more for c"
    assert hint(less=LESS, c={**COUPON, "alone": True}) == "Not together with less"
    assert hint(c=far, d={**COUPON, "skus": ["Y"]}, e={**far, "threshold": 300_00}) == "¥2.00 more for c"
    assert hint(c=far, d=COUPON) is None, "one comes off"
    assert hint(d={**COUPON, "skus": ["Y"]}) is None, "money brings none"
    more = {"rule": "spend_less", "rungs": [{"reach": 199_00, "less": 1_00}]}
    assert hint(more=more, c=far) == "¥2.00 more for c", "of other promotions it speaks elsewhere"
    assert with_coupons((CREAM, 1), more=more).coupon_hint is None


def test_the_coupon_that_came_off_is_called_by_its_name() -> None:
    used = with_coupons((CREAM, 1), a=COUPON)
    assert (used.coupons, used.coupon) == (("id-a",), "a")
    assert [off.coupon for off in used.lines[0].discounts] == ["id-a"]
    both = with_coupons((CREAM, 1), less=LESS, a=COUPON)
    assert [(off.name, off.coupon) for off in both.lines[0].discounts] == [("less", ""), ("a", "id-a")]
    assert with_coupons((CREAM, 1)).coupon == ""


def test_of_several_rivals_the_first_is_named() -> None:
    tenth = {"rule": "percent_off", "pay": 90, "skus": ["P"]}
    milk = {"rule": "percent_off", "pay": 90, "skus": ["Y"]}
    rival = {"rule": "percent_off", "pay": 95, "not_with": ["a", "b"]}
    bill = sold((CREAM, 1), (MILK, 1), a=tenth, b=milk, z=rival)
    assert (bill.touched, why(bill, "z")) == (("a", "b"), "Not together with a")


def test_hours_without_an_end_are_the_rest_of_the_day() -> None:
    late = {"rule": "percent_off", "pay": 90, "opens": "20:00"}
    assert why(sold((CREAM, 1), late=late), "late") == "From 20:00 to 24:00"
    early = {"rule": "percent_off", "pay": 90, "closes": "08:00"}
    assert why(sold((CREAM, 1), early=early), "early") == "From 00:00 to 08:00"


def test_what_is_wanting_most_comes_last_and_what_is_not_for_money_after_it() -> None:
    bill = sold(
        (MILK, 1),
        a={"rule": "percent_off", "pay": 90, "skus": ["P"]},
        b=LESS,
        c={"rule": "every_less", "every": 10_00, "less": 1_00},
        d={"rule": "percent_off", "pay": 90, "tiers": ["gold"]},
    )
    assert [(one.promotion, one.missing) for one in bill.missed] == [
        ("c", 1_10),
        ("b", 91_10),
        ("a", 0),
        ("d", 0),
    ]
