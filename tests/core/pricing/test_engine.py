from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.cart import Cart, CartLine
from terminal.core.errors import BadAmount, OverLimit
from terminal.core.money import AMOUNT_MAX
from terminal.core.pricing import (
    Buyer,
    HeldCoupon,
    Priced,
    Tariff,
    TierAlone,
    Visit,
    given_back,
    priced,
    shared,
)
from terminal.core.pricing.basket import WAYS_MAX, basket, ways
from terminal.core.pricing.promotion import NotYet
from terminal.core.pricing.rules.pack import Pack
from terminal.core.pricing.sight import sight
from terminal.core.screens import says
from tests.core.pricing.goods import (
    BOX,
    CREAM,
    DURIAN,
    FACIAL,
    GUEST,
    MEMBER,
    MILK,
    cart,
    sold,
    taken,
    tariff,
    why,
)
from tests.flows.scripted import play
from tests.flows.shop import WANG

TENTH = {"rule": "percent_off", "pay": 90}
BUNDLE = {"rule": "pack", "price": 21_70, "contents": [["X", 1], ["Y", 1]]}
LESS = {"rule": "spend_less", "rungs": [{"reach": 50_00, "less": 5_00}, {"reach": 100_00, "less": 12_00}]}


def test_a_line_takes_one_price_the_best_for_the_member() -> None:
    bill = sold(
        (CREAM, 1), a=TENTH, b={"rule": "percent_off", "pay": 80}, c={"rule": "percent_off", "pay": 85}
    )
    assert taken(bill) == [("P", 198_00, [("b", 39_60)], 158_40)]
    assert bill.touched == ("b",)
    assert why(bill, "a") == "Another price is better"


def test_of_equal_prices_the_first_in_the_order_of_the_rules_is_named() -> None:
    tier = {"rule": "tier_price", "pay": {"silver": {"goods": 90}}}
    assert sold((CREAM, 1), a=TENTH, z=tier).touched == ("z",)
    assert sold((CREAM, 1), b=TENTH, a=TENTH).touched == ("a",)


def test_what_touched_is_told_in_the_order_of_the_promotions() -> None:
    bits = {f"p{at}": {"rule": "percent_off", "pay": 90, "skus": [f"S{at}"]} for at in range(9)}
    goods = [(replace(CREAM, sku=f"S{at}"), 1) for at in (8, 1)]
    assert sold(*goods, **bits).touched == ("p1", "p8")


def test_of_equal_discounts_on_the_order_the_first_is_taken() -> None:
    percent = {"rule": "coupon_percent", "off": 10, "at_most": 50_00}
    holder = replace(MEMBER, buyer=Buyer(coupons=(HeldCoupon(coupon="c", kind="c"),)))
    assert sold((CREAM, 1), to=holder, b=LESS, a=LESS, c=percent).touched == ("a", "c")


def test_a_line_has_its_articles_rate_of_tax() -> None:
    assert [line.tax_bp for line in sold((replace(CREAM, tax_bp=1300), 1), (MILK, 1)).lines] == [1300, 0]


def test_promotions_touch_in_their_order() -> None:
    bill = sold(
        (DURIAN, 2745),
        price={"rule": "member_price"},
        less=LESS,
        gift={
            "rule": "spend_get",
            "reach": 88_00,
            "sku": "Y",
            "article": "酸奶",
            "category": "dairy",
            "price": 8_90,
        },
    )
    assert taken(bill) == [
        ("D", 141_64, [("price", 16_47), ("less", 12_00)], 113_17),
        ("Y", 8_90, [("gift", 8_90)], 0),
    ]
    assert (bill.due, bill.places) == (113_17, (0, None))
    assert bill.touched == ("price", "less", "gift")


def test_a_pack_splits_a_line_and_its_goods_stand_together() -> None:
    bill = sold((BOX, 2), (MILK, 1), pack=BUNDLE)
    assert taken(bill) == [
        ("X", 15_80, [("pack", 1_92)], 13_88),
        ("Y", 8_90, [("pack", 1_08)], 7_82),
        ("X", 15_80, [], 15_80),
    ]
    assert bill.places == (0, 1, 0)
    assert [line.quantity for line in bill.lines] == [1, 1, 1]


def test_a_pack_is_taken_as_often_as_it_saves_and_no_oftener() -> None:
    double = sold((BOX, 2), (MILK, 2), pack=BUNDLE)
    assert (double.due, [line.quantity for line in double.lines]) == (43_40, [2, 2])
    half = {"rule": "nth_item", "nth": 2, "pay": 0, "skus": ["Y"]}
    assert sold((BOX, 2), (MILK, 2), pack=BUNDLE, half=half).due == 2 * 15_80 + 8_90
    assert sold((BOX, 1), (MILK, 1), pack={**BUNDLE, "price": 30_00}).touched == ()


def test_of_one_article_at_two_prices_a_pack_takes_the_dearer() -> None:
    dearer = replace(MILK, price=9_90)
    bill = sold((MILK, 1), (BOX, 1), (dearer, 1), pack=BUNDLE)
    assert [(line.sku, line.gross) for line in bill.lines if line.discounts] == [("X", 15_80), ("Y", 9_90)]
    assert (bill.due, bill.places) == (21_70 + 8_90, (0, 1, 2))


def test_two_packs_may_share_a_cart() -> None:
    other = {"rule": "pack", "price": 180_00, "contents": [["P", 1], ["Y", 1]]}
    bill = sold((BOX, 1), (MILK, 2), (CREAM, 1), a=BUNDLE, b=other)
    assert bill.due == 21_70 + 180_00
    assert bill.touched == ("a", "b")
    assert bill.places == (0, 1, 1, 2)


def test_packs_are_laid_out_in_a_number_of_ways_that_has_an_end() -> None:
    goods = cart((MILK, 99))
    plain = basket(goods)
    packs = [
        Pack(id=name, name=name, price=1_00, contents=(("Y", count),)) for name, count in (("p", 1), ("q", 2))
    ]
    found = ways(plain, packs, sight(goods, Tariff(packs).live(GUEST), GUEST, Tariff(packs)))
    assert len(found) == WAYS_MAX == 32
    assert found[-1] is plain


def test_a_member_price_that_costs_the_discount_on_the_order_is_left_out() -> None:
    bill = sold((CREAM, 1), tenth={"rule": "percent_off", "pay": 99}, less={
        "rule": "spend_less", "rungs": [{"reach": 198_00, "less": 20_00}]})  # fmt: skip
    assert (bill.due, bill.touched) == (178_00, ("less",))


def test_of_many_line_prices_each_alone_or_all_may_be_left_out() -> None:
    bits = {f"p{at}": {"rule": "percent_off", "pay": 99, "skus": [f"S{at}"]} for at in range(6)}
    goods = [(replace(CREAM, sku=f"S{at}", price=10_00), 1) for at in range(6)]
    one = sold(*goods, **bits, less={"rule": "spend_less", "rungs": [{"reach": 59_50, "less": 5_00}]})
    assert one.due == 60_00 - 5 * 10 - 5_00
    every = sold(*goods, **bits, less={"rule": "spend_less", "rungs": [{"reach": 60_00, "less": 5_00}]})
    assert every.due == 55_00


def test_of_eight_line_prices_any_seven_may_be_left_out() -> None:
    bits = {f"p{at}": {"rule": "percent_off", "pay": 99, "skus": [f"S{at}"]} for at in range(8)}
    goods = [(replace(CREAM, sku=f"S{at}", price=10_00), 1) for at in range(8)]
    seven = sold(*goods, **bits, less={"rule": "spend_less", "rungs": [{"reach": 79_90, "less": 5_00}]})
    assert (seven.due, len(seven.touched)) == (74_90, 2)


def test_of_more_line_prices_than_are_tried_all_may_be_left_out() -> None:
    bits = {f"p{at}": {"rule": "percent_off", "pay": 99, "skus": [f"S{at}"]} for at in range(10)}
    goods = [(replace(CREAM, sku=f"S{at}", price=10_00), 1) for at in range(10)]
    every = sold(*goods, **bits, less={"rule": "spend_less", "rungs": [{"reach": 100_00, "less": 5_00}]})
    assert (every.due, every.touched) == (95_00, ("less",))


def test_a_sale_has_one_discount_on_the_order_and_says_how_far_the_next_is() -> None:
    bill = sold((CREAM, 1), a=LESS, b={"rule": "every_less", "every": 60_00, "less": 5_00})
    assert (bill.due, bill.touched) == (183_00, ("b",))
    assert [(one.promotion, one.missing) for one in bill.missed] == [("b", 42_00), ("a", 0)]


def test_the_nearest_comes_first() -> None:
    bill = sold(
        (MILK, 1), b=LESS, a={"rule": "every_less", "every": 9_00, "less": 1_00}, c={"rule": "member_price"}
    )
    assert [one.promotion for one in bill.missed] == ["a", "b", "c"]
    assert why(bill, "a") == "¥0.10 more for a"


def test_what_was_scanned_in_time_keeps_its_price() -> None:
    happy = {"rule": "percent_off", "pay": 50, "opens": "20:00", "closes": "22:00"}
    line = CartLine(article=BOX, quantity=2)
    late = Visit(business_day="2026-10-28", minute=22 * 60)
    lines = (replace(line, minute=22 * 60 - 1), replace(line, minute=22 * 60), line)
    assert [one.net for one in priced(Cart(lines=lines), late, tariff(happy=happy)).lines] == [
        15_80,
        31_60,
        31_60,
    ]


def test_a_stretch_of_the_day_begins_where_a_promotion_opens_or_closes() -> None:
    shop = tariff(a={**TENTH, "opens": "20:00", "closes": "22:00"}, b=TENTH)
    assert [shop.stretch(minute) for minute in (0, 1199, 1200, 1319, 1320, 1439)] == [
        0,
        0,
        1200,
        1200,
        1320,
        1320,
    ]
    assert Tariff().stretch(700) == 0


def test_a_label_is_believed_as_it_is() -> None:
    line = CartLine(article=DURIAN, quantity=2745, labelled=141_60)
    bill = priced(Cart(lines=(line,)), MEMBER, tariff(price={"rule": "member_price"}))
    assert (bill.lines[0].gross, bill.due) == (141_60, 125_17)


def test_the_limit_of_a_sale_holds_for_each_line_and_the_sum() -> None:
    half = {"rule": "percent_off", "pay": 50}
    dear = replace(CREAM, price=AMOUNT_MAX)
    assert sold((dear, 1), (dear, 1), half=half).due == AMOUNT_MAX
    with pytest.raises(OverLimit):
        sold((dear, 2), half=half)
    with pytest.raises(OverLimit):
        sold((dear, 1), (MILK, 1))
    with pytest.raises(OverLimit):
        sold((MILK, 1), (dear, 2), half={"rule": "percent_off", "pay": 0})


def test_nothing_costs_nothing() -> None:
    assert (priced(Cart(), GUEST, tariff(a=LESS)).due, sold(to=GUEST).lines) == (0, ())


def test_a_coupon_held_without_terms_is_worth_its_face_in_its_time() -> None:
    held = HeldCoupon(
        coupon="c", kind="c3", face=3_00, threshold=8_00, since="2026-10-28", until="2026-10-28"
    )

    def due(held: HeldCoupon, count: int = 1, **promotions: dict[str, object]) -> tuple[int, tuple[str, ...]]:
        bill = sold((MILK, count), to=replace(MEMBER, buyer=Buyer(coupons=(held,))), **promotions)
        return bill.due, bill.coupons

    assert due(held) == (5_90, ("c",))
    assert due(replace(held, threshold=8_91)) == (8_90, ())
    assert due(replace(held, since="2026-10-29")) == (8_90, ())
    assert due(replace(held, until="2026-10-27")) == (8_90, ())
    assert due(replace(held, until="", since="")) == (5_90, ("c",))
    assert due(replace(held, face=0)) == (8_90, ())
    terms = {"rule": "coupon_amount", "less": 4_00}
    assert due(held, c3=terms) == (4_90, ("c",))
    assert due(held, c3={**terms, "since": "2026-11-01"}) == (8_90, ())


def test_a_coupon_out_of_its_time_says_so_once() -> None:
    early = HeldCoupon(coupon="a", kind="c3", face=3_00, since="2026-10-29")
    late = HeldCoupon(coupon="b", kind="c3", face=3_00, until="2026-10-27")

    def bill(*held: HeldCoupon, **promotions: dict[str, object]) -> Priced:
        return sold((MILK, 1), to=replace(MEMBER, buyer=Buyer(coupons=held)), **promotions)

    assert why(bill(early), "c3") == "From 2026-10-29"
    assert why(bill(late, late), "c3") == "It ended on 2026-10-27"
    terms = {"rule": "coupon_amount", "less": 4_00}
    assert why(bill(late, c3=terms), "c3") == "It ended on 2026-10-27"
    good = replace(late, coupon="c", until="2026-10-28")
    assert (bill(late, good).coupons, bill(late, good).missed) == (("c",), ())


def test_what_is_known_of_a_member_without_more_is_the_tier() -> None:
    async def asked() -> None:
        assert await TierAlone().of(WANG) == Buyer(tier="regular")
        assert await TierAlone().filled(WANG) is False

    assert play(asked()) is None


def test_shares_are_floors_and_then_a_fen_to_the_largest_remainders() -> None:
    assert shared(30_00, [258_00, 168_00, 79_00]) == [15_33, 9_98, 4_69]
    assert shared(50_00, [129_00, 89_00]) == [29_59, 20_41]
    assert shared(1, [1, 1, 1]) == [1, 0, 0]
    assert shared(2, [1, 1, 1]) == [1, 1, 0]
    assert shared(5, [0, 0]) == [0, 0]
    assert shared(0, []) == []


def test_what_is_kept_of_a_line_is_rounded_and_the_rest_goes_back() -> None:
    assert given_back(113_17, 2745, 0, 745) == 30_71
    assert [given_back(1_00, 3, before, 1) for before in range(3)] == [33, 34, 33]
    for before, now in ((0, 0), (0, 4), (3, 1), (-1, 1), (2, 2)):
        with pytest.raises(BadAmount):
            given_back(1_00, 3, before, now)


def test_services_and_goods_have_their_own_percents_for_a_group() -> None:
    group = {"rule": "group_visit", "steps": [{"people": 3, "pay": {"goods": 80, "service": 70}}]}
    bill = sold((FACIAL, 3), (CREAM, 1), to=replace(MEMBER, people=3), group=group)
    assert bill.due == 352_80 + 158_40


def test_the_customer_hears_what_more_would_bring_something_before_what_keeps_a_coupon_out() -> None:
    closed = NotYet(promotion="a", why=says("Not today"), missing=0)
    kept_out = NotYet(promotion="b", why=says("For members"), missing=0, kept_out=True)
    near = NotYet(promotion="c", why=says("On the birthday"), missing=100)
    bill = Priced(lines=(), due=0)
    assert replace(bill, missed=(closed, kept_out, near)).hint == near.why
    assert replace(bill, missed=(closed, kept_out)).hint == kept_out.why
    assert replace(bill, missed=(closed,)).hint is None


def test_a_discount_of_which_nothing_falls_on_a_line_is_not_on_it() -> None:
    penny = {"rule": "spend_less", "rungs": [{"reach": 1, "less": 1}]}
    assert [len(line.discounts) for line in sold((CREAM, 1), (MILK, 1), penny=penny).lines] == [1, 0]


def test_a_bill_that_no_promotion_made_has_no_coupon_on_it() -> None:
    bill = Priced(lines=(), due=0)
    assert (bill.coupon, bill.coupons, bill.gives, bill.ahead) == ("", (), (), 0)
