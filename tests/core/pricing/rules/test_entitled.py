from __future__ import annotations

from msgspec.structs import replace

from terminal.core.commands import Had
from terminal.core.pricing import Buyer, Counted, Visit
from tests.core.pricing.goods import BOX, DURIAN, GUEST, MEMBER, MILK, sold, why

DRINK = {"rule": "entitled", "to": "drink", "limit": {"each": "visit", "times": 9}}
DAY = "v2026-10-28"


def entitled(count: int, what: str = "drink") -> Visit:
    """Who has so many left of nine."""
    return replace(MEMBER, buyer=Buyer(had={Counted(what, DAY): 9 - count}))


def test_so_many_pieces_are_free_and_counted() -> None:
    bills = [sold((MILK, 3), to=entitled(count), drink=DRINK) for count in (1, 2, 5)]
    assert [bill.due for bill in bills] == [17_80, 8_90, 0]
    had = Had(what="drink", period=DAY, name="drink", count=1, most=9, places=(0,))
    counts = [(one.count, one.left) for bill in bills for one in bill.had]
    assert (bills[0].had, counts) == ((had,), [(1, 0), (2, 0), (3, 2)])


def test_it_is_one_a_visit_unless_it_says_otherwise() -> None:
    plain = {"rule": "entitled", "to": "drink"}
    first = replace(MEMBER, buyer=Buyer(had={}))
    assert sold((MILK, 3), to=first, drink=plain).due == 17_80
    again = replace(MEMBER, buyer=Buyer(had={Counted("drink", DAY): 1}))
    bill = sold((MILK, 3), to=again, drink=plain)
    assert (bill.due, bill.had, why(bill, "drink")) == (26_70, (), "drink: no more with this visit")


def test_two_that_share_what_there_is_are_not_had_in_one_sale() -> None:
    first = replace(MEMBER, buyer=Buyer(had={}))
    one, two = ({"rule": "entitled", "to": "drink", "skus": [sku]} for sku in "XY")
    bill = sold((MILK, 1), (BOX, 1), to=first, a=one, b=two)
    assert ([line.net for line in bill.lines], len(bill.had)) == ([8_90, 0], 1)
    assert why(bill, "b") == "Not together with a"
    apart = sold((MILK, 1), (BOX, 1), to=first, a=one, b={**two, "to": "other"})
    assert (apart.due, len(apart.had)) == (0, 2)


def test_one_line_of_a_sale_has_it_where_it_saves_most() -> None:
    bill = sold((MILK, 1), (BOX, 1), (MILK, 2), to=entitled(1), drink=DRINK)
    assert [line.net for line in bill.lines] == [8_90, 0, 17_80]
    same = sold((MILK, 1), (MILK, 1), to=entitled(1), drink=DRINK)
    assert [line.net for line in same.lines] == [0, 8_90]


def test_who_has_none_left_is_told() -> None:
    bill = sold((MILK, 1), to=entitled(0), drink=DRINK)
    assert (bill.due, why(bill, "drink")) == (8_90, "drink: no more with this visit")
    assert bill.had_before is not None
    assert bill.had_before.values == {"name": "drink"}
    other = sold((BOX, 1), to=entitled(0), drink={**DRINK, "skus": ["Y"]})
    assert (why(other, "drink"), other.had_before) == ("drink: no more with this visit", None)
    assert sold((MILK, 1), to=entitled(0, "trial"), drink=DRINK).due == 0
    unknown = sold((MILK, 1), to=MEMBER, drink=DRINK)
    assert why(unknown, "drink") == "Nobody here knows who had it before"
    assert unknown.had_before is None
    assert sold((DURIAN, 1), to=entitled(1), drink=DRINK).due == 5
    assert why(sold((DURIAN, 1), to=entitled(1), drink=DRINK), "drink") == "For other articles"
    better = {"rule": "percent_off", "pay": 40}
    assert why(sold((MILK, 2), to=entitled(1), a=better, drink=DRINK), "drink") == "Another price is better"
    anybody = {**DRINK, "members": False}
    bill = sold((MILK, 1), to=GUEST, drink=anybody)
    assert (bill.due, why(bill, "drink")) == (8_90, "For members")
    assert why(sold((MILK, 1), to=GUEST, drink=DRINK), "drink") == "For members"
