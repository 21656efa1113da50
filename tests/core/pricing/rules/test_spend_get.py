from __future__ import annotations

from msgspec.structs import replace

from terminal.core.pricing import Buyer, Counted
from tests.core.pricing.goods import CREAM, GUEST, MEMBER, sold, taken, why

GIFT = {"rule": "spend_get", "reach": 198_00, "sku": "Y", "article": "酸奶", "price": 8_90, "count": 2}
JOINING = {"rule": "spend_get", "joining": True, "sku": "S", "article": "试用装", "price": 1}


def test_who_spends_enough_gets_it_for_nothing() -> None:
    bill = sold((CREAM, 1), gift=GIFT)
    assert taken(bill)[1] == ("Y", 17_80, [("gift", 17_80)], 0)
    assert (bill.lines[1].quantity, bill.lines[1].unit_price, bill.lines[1].category) == (2, 8_90, "gift")
    assert bill.missed == ()


def test_who_does_not_is_told_how_much_more() -> None:
    assert why(sold((replace(CREAM, price=197_00), 1), gift=GIFT), "gift") == "¥1.00 more for gift"


def test_what_the_order_has_off_is_not_spent() -> None:
    less = {"rule": "spend_less", "rungs": [{"reach": 198_00, "less": 50_00}]}
    bill = sold((CREAM, 1), gift=GIFT, less=less)
    assert bill.touched == ("less",)
    assert why(bill, "gift") == "¥50.00 more for gift"
    small = {"rule": "spend_less", "rungs": [{"reach": 198_00, "less": 10_00}]}
    assert sold((CREAM, 1), gift=GIFT, less=small).touched == ("gift",)


def test_something_that_it_is_for_must_be_bought() -> None:
    bill = sold((CREAM, 1), gift={**GIFT, "reach": 0, "skus": ["Q"]})
    assert (len(bill.lines), why(bill, "gift")) == (1, "For other articles")
    packed = {"rule": "pack", "price": 1_00, "contents": [["P", 1]]}
    assert len(sold((CREAM, 1), gift={**GIFT, "reach": 0}, pack=packed).lines) == 2


def test_joining_may_be_enough() -> None:
    joins = replace(MEMBER, buyer=Buyer(newcomer=True, had={}))
    assert sold((CREAM, 1), to=joins, gift=JOINING).touched == ("gift",)
    for other in (MEMBER, GUEST):
        bill = sold((CREAM, 1), to=other, gift=JOINING)
        assert (bill.touched, why(bill, "gift")) == ((), "For who joins today")
        dear = sold((CREAM, 1), to=other, gift={**JOINING, "reach": 500_00})
        assert why(dear, "gift") == "For who joins today"
    assert why(sold((CREAM, 1), to=joins, gift={**JOINING, "reach": 200_00}), "gift") == "¥2.00 more for gift"


def test_a_gift_for_joining_comes_once_unless_the_shop_says_how_often() -> None:
    once = Counted("gift", "ever")
    for had, again in ((0, False), (1, True)):
        joins = replace(MEMBER, buyer=Buyer(newcomer=True, had={once: had}))
        bill = sold((CREAM, 1), to=joins, gift=JOINING)
        assert [one.what for one in bill.had] == ([] if again else ["gift"])
        assert bill.touched == (() if again else ("gift",))
        bill = sold((CREAM, 1), to=joins, gift={**JOINING, "limit": {"each": "ever", "times": 2}})
        assert [(one.most, one.left) for one in bill.had] == [(2, 1 - had)]
    bill = sold((CREAM, 1), to=joins, gift=JOINING)
    assert (why(bill, "gift"), bill.had_before) == ("gift: once a person only", None)
    bill = sold((CREAM, 1), to=joins, gift={**GIFT, "once": True})
    assert bill.had_before is not None
    assert sold((CREAM, 1), to=joins, gift=GIFT).had == ()
    nobody = replace(MEMBER, buyer=Buyer(newcomer=True))
    assert sold((CREAM, 1), to=nobody, gift=JOINING).touched == ()


def test_a_sample_is_booked_as_one() -> None:
    assert [line.sample for line in sold((CREAM, 1), gift={**GIFT, "sample": True}).lines] == [False, True]
    assert not sold((CREAM, 1), gift=GIFT).lines[1].sample
    unsold = sold((CREAM, 1), gift={**GIFT, "price": 0})
    assert (taken(unsold)[1], unsold.touched) == (("Y", 0, [], 0), ("gift",))
