from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.pricing import Buyer, HeldCoupon, Tariff, parsed, priced
from terminal.core.pricing.rules import RULES
from terminal.core.pricing.tariff import PROMOTIONS_MAX
from tests.core.pricing.goods import BOX, GUEST, MEMBER, MILK, cart, sold, tariff

HALF = {"rule": "percent_off", "name": "half", "pay": 50}


def refused(**said: Any) -> list[str]:
    _, bad = parsed([("p", {**HALF, **said})])
    return [line for one in bad for line in str(one).split("\n")]


def test_a_bad_promotion_is_refused_by_name_and_the_others_work() -> None:
    found, bad = parsed([("bad", {**HALF, "pay": 101}), ("good", HALF)])
    assert [one.id for one in found.promotions] == ["good"]
    assert [str(one) for one in bad] == ["bad: pay: expected a whole number from 0 to 100, got 101"]


def test_everything_that_is_wrong_is_said() -> None:
    assert refused(pay="50", name="", weekdays=[8], nth=2) == [
        'p: name: expected a string like ^[^\\x00-\\x1f\\x7f-\\x9f]*\\Z, got ""',
        'p: pay: expected a whole number from 0 to 100, got "50"',
        "p: weekdays[1]: expected a whole number from 1 to 7, got 8",
        "p: nth: unknown",
    ]


def test_a_rule_that_is_not_there_is_named() -> None:
    assert refused(rule="percent_of") == ["p: rule: no such rule (did you mean percent_off?)"]
    names = ", ".join(RULES)
    for rule in (7, ["percent_off"]):
        assert refused(rule=rule) == [f"p: rule: no such rule (one of {names})"]
    assert names.startswith("member_price, ")
    assert parsed([("p", {})])[1][0].id == "p"


@pytest.mark.parametrize(
    "hostile",
    [
        {"name": "a\x1b[2J"}, {"name": "x" * 41}, {"pay": 1.5}, {"pay": True}, {"pay": -1}, {"pay": None},
        {"since": "2026-13-01"}, {"since": "soon"}, {"opens": "24:00"}, {"opens": "8:00"}, {"skus": "X"},
        {"skus": [1]}, {"members": "yes"}, {"days": [0]}, {"days": [32]}, {"weekdays": [0]}, {"id": 7},
    ],
)  # fmt: skip
def test_what_is_hostile_is_refused(hostile: dict[str, Any]) -> None:
    found, bad = parsed([("p", {**HALF, **hostile})])
    assert (len(found.promotions), len(bad)) == ((1, 0) if "id" in hostile else (0, 1))


def test_the_name_under_which_it_was_published_is_its_id() -> None:
    (one,) = parsed([("p", {**HALF, "id": "q"})])[0].promotions
    assert one.id == "p"


def test_one_id_is_one_promotion() -> None:
    found, bad = parsed([("p", HALF), ("p", {**HALF, "pay": 40})])
    assert (len(found.promotions), [str(one) for one in bad]) == (1, ["p: there before"])


def test_a_shop_has_so_many_promotions_and_no_more() -> None:
    found, bad = parsed((f"p{at}", HALF) for at in range(PROMOTIONS_MAX + 1))
    assert len(found.promotions) == PROMOTIONS_MAX == 500
    assert [str(one) for one in bad] == [f"p{PROMOTIONS_MAX}: more than {PROMOTIONS_MAX}"]


def test_the_order_of_the_rules_is_the_order_of_the_promotions() -> None:
    rows = [("b", HALF), ("a", HALF), ("z", {"rule": "member_price", "name": "m"})]
    assert [one.id for one in parsed(rows)[0].promotions] == ["z", "a", "b"]


def test_what_multiplies_points_is_a_tariff_of_its_own() -> None:
    twice = {"rule": "points_times", "name": "twice", "times": 2}
    rows = [("half", HALF), ("twice", twice), ("m", {"rule": "member_price", "name": "m"})]
    assert [one.id for one in parsed(rows)[0].of_points.promotions] == ["twice"]


def test_each_rule_is_called_by_its_tag() -> None:
    assert {name: kind.__struct_config__.tag for name, kind in RULES.items()} == {
        name: name for name in RULES
    }
    assert {kind.__struct_config__.tag_field for kind in RULES.values()} == {"rule"}


def test_a_name_has_up_to_forty_characters() -> None:
    assert not refused(name="x" * 40)
    assert refused(name="x" * 41)
    assert refused(since="soon") == ['p: since: expected a day like 2026-09-25, got "soon"']
    assert refused(opens="24:00") == ['p: opens: expected a time like 20:00, got "24:00"']


def test_a_gift_is_given_once_to_ninety_nine_times() -> None:
    gift = {"rule": "spend_get", "name": "g", "sku": "G", "article": "G", "price": 1}
    counts = {count: not parsed([("g", {**gift, "count": count})])[1] for count in (0, 1, 99, 100)}
    assert counts == {0: False, 1: True, 99: True, 100: False}


def test_one_customer_after_the_other_has_their_own_prices() -> None:
    shop = tariff(members={"rule": "percent_off", "pay": 50, "members": True})
    goods = cart((BOX, 1))
    dues = [priced(goods, visit, shop).due for visit in (MEMBER, GUEST, GUEST, MEMBER)]
    assert dues == [7_90, 15_80, 15_80, 7_90]


def test_a_coupon_of_a_kind_that_is_another_promotions_name_is_worth_its_face() -> None:
    held = HeldCoupon(coupon="c", kind="half", face=3_00)
    bill = sold((MILK, 1), to=replace(MEMBER, buyer=Buyer(coupons=(held,))), half={**HALF, "skus": ["Q"]})
    assert (bill.due, bill.coupons) == (5_90, ("c",))


def test_a_coupon_without_terms_and_face_is_passed_over() -> None:
    nothing = HeldCoupon(coupon="a", kind="a")
    good = HeldCoupon(coupon="b", kind="b", face=3_00)
    bill = sold((MILK, 1), to=replace(MEMBER, buyer=Buyer(coupons=(nothing, good))))
    assert (bill.coupons, bill.missed) == (("b",), ())


def test_the_counter_asks_what_some_promotion_asks() -> None:
    assert tariff(half=HALF).asks == frozenset()
    group = {"rule": "group_visit", "steps": [{"people": 2, "pay": {}}]}
    friend = {"rule": "bring_a_friend", "pay": 70}
    gets = {"rule": "friend_gets", "unit": "count:a"}
    assert tariff(a=group, b=HALF).asks == {"people"}
    assert tariff(a=friend).asks == tariff(a=gets).asks == {"friend"}


def test_a_shop_without_promotions_sells_at_list_prices() -> None:
    assert sold((BOX, 2)).due == 31_60
    assert Tariff().promotions == ()


def test_a_coupon_is_called_as_its_promotion_and_nothing_else_is_one() -> None:
    off = {"rule": "coupon_percent", "name": "85折", "off": 15, "at_most": 20_00}
    shop = tariff(serum15=off, half=HALF)
    assert [shop.coupon_name(kind) for kind in ("serum15", "half", "gone")] == ["85折", "", ""]
