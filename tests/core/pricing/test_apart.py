"""What stacks is policy: promotions that are not had in the same sale."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.core.pricing import Buyer, HeldCoupon
from terminal.core.pricing.apart import WAYS_MAX, kept_apart
from terminal.core.pricing.sight import sight
from tests.core.pricing.goods import BOX, CREAM, FACIAL, MEMBER, MILK, cart, sold, tariff, why

TENTH = {"rule": "percent_off", "pay": 90}
LESS = {"rule": "spend_less", "rungs": [{"reach": 100_00, "less": 12_00}]}


def test_the_better_of_two_is_had() -> None:
    day = {**TENTH, "not_with": ["less"]}
    bill = sold((CREAM, 1), day=day, less=LESS)
    assert (bill.due, bill.touched, why(bill, "less")) == (178_20, ("day",), "Not together with day")
    other = sold((replace(CREAM, price=110_00), 1), day=day, less=LESS)
    assert (other.due, other.touched, why(other, "day")) == (98_00, ("less",), "Not together with less")


def test_either_may_name_the_other() -> None:
    assert sold((CREAM, 1), day=TENTH, less={**LESS, "not_with": ["day"]}).touched == ("day",)
    assert sold((CREAM, 1), day=TENTH, less=LESS).touched == ("day", "less")
    assert sold((CREAM, 1), day={**TENTH, "not_with": ["day", "gone"]}, less=LESS).due == 166_20


def test_it_holds_for_the_whole_sale() -> None:
    goods = {**TENTH, "skus": ["P"], "not_with": ["box"]}
    box = {**TENTH, "pay": 50, "skus": ["X"]}
    bill = sold((CREAM, 1), (BOX, 1), goods=goods, box=box)
    assert (bill.due, bill.touched) == (178_20 + 15_80, ("goods",))
    assert why(bill, "box") == "Not together with goods"


def test_what_is_for_other_goods_keeps_nothing_away() -> None:
    day = {**TENTH, "not_with": ["less"]}
    bill = sold((BOX, 1), day=day, less={**LESS, "skus": ["P"]})
    assert (bill.touched, why(bill, "less")) == (("day",), "For other articles")


def test_a_rival_that_did_nothing_is_no_reason() -> None:
    bill = sold((MILK, 1), day={**TENTH, "pay": 100, "not_with": ["less"]}, less=LESS)
    assert (bill.touched, why(bill, "less")) == ((), "¥91.10 more for less")


def test_every_stage_may_be_kept_apart() -> None:
    pack = {"rule": "pack", "price": 1_00, "contents": [["X", 1]], "not_with": ["day"]}
    gift = {"rule": "spend_get", "sku": "G", "article": "G", "price": 20_00, "not_with": ["day"]}
    coupon = {"rule": "coupon_amount", "less": 21_00, "not_with": ["day"]}
    later = {"rule": "spend_coupon", "kind": "k", "face": 1, "not_with": ["day"]}
    holder = replace(MEMBER, buyer=Buyer(coupons=(HeldCoupon(coupon="c", kind="coupon"),)))
    assert sold((CREAM, 1), (BOX, 1), to=holder, day=TENTH, pack=pack).touched == ("day",)
    assert sold((CREAM, 1), to=holder, day=TENTH, gift=gift).touched == ("gift",)
    assert sold((CREAM, 1), to=holder, day=TENTH, coupon=coupon).touched == ("coupon",)
    kept = sold((CREAM, 1), to=holder, day=TENTH, later=later)
    assert (kept.touched, kept.gives, why(kept, "later")) == (("day",), (), "Not together with day")


def test_of_three_that_exclude_one_the_three_together_may_be_better() -> None:
    some = {f"s{at}": {**TENTH, "pay": 95, "skus": [sku]} for at, sku in enumerate("PXY")}
    all_ = {**TENTH, "pay": 94, "skus": ["P"], "not_with": list(some)}
    bill = sold((CREAM, 1), (BOX, 1), (MILK, 1), **some, other=all_)
    assert bill.touched == ("other",)
    dear = sold((CREAM, 1), (BOX, 1), (replace(FACIAL, sku="Y"), 1), **some, other=all_)
    assert dear.touched == ("s0", "s1", "s2")


def test_of_equals_the_first_is_had() -> None:
    same = {**LESS, "rungs": [{"reach": 100_00, "less": 19_80}]}
    assert sold((CREAM, 1), a=same, b={**TENTH, "not_with": ["a"]}).touched == ("b",)
    two = {"a": {**TENTH, "skus": ["P"], "not_with": ["b"]}, "b": {**TENTH, "skus": ["F"]}}
    assert sold((CREAM, 1), (replace(FACIAL, price=198_00), 1), **two).touched == ("a",)


def test_ways_to_keep_rivals_apart_have_an_end() -> None:
    pairs = {f"p{at}": {**TENTH, "not_with": [f"q{at}"]} for at in range(6)}
    shop = tariff(**pairs, **{f"q{at}": TENTH for at in range(6)})
    live = shop.live(MEMBER)
    goods = cart((CREAM, 1))
    seen = sight(goods, live, MEMBER, shop)
    assert len(kept_apart(live, shop.rivals, seen)) == WAYS_MAX == 32
    near = replace(seen, open={id_: seen.open[id_] for id_ in ("p0", "q0", "p1")})
    few = kept_apart(live, shop.rivals, near)
    assert [{one.id for one in way.lines} & {"p0", "q0"} for way in few] == [{"p0"}, {"q0"}]
    assert all(len(way.lines) == len(live.lines) - 1 for way in few)
    assert kept_apart(live, {}, seen) == [live]
