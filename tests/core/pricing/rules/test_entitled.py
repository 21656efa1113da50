from __future__ import annotations

from msgspec.structs import replace

from terminal.core.pricing import Buyer
from tests.core.pricing.goods import BOX, DURIAN, GUEST, MEMBER, MILK, sold, why

DRINK = {"rule": "entitled", "to": "drink"}


def entitled(count: int, what: str = "drink") -> object:
    return replace(MEMBER, buyer=Buyer(entitled={what: count}))


def test_so_many_pieces_are_free() -> None:
    assert [sold((MILK, 3), to=entitled(count), drink=DRINK).due for count in (1, 2, 5)] == [17_80, 8_90, 0]


def test_one_line_of_a_sale_has_it_where_it_saves_most() -> None:
    bill = sold((MILK, 1), (BOX, 1), (MILK, 2), to=entitled(1), drink=DRINK)
    assert [line.net for line in bill.lines] == [8_90, 0, 17_80]
    same = sold((MILK, 1), (MILK, 1), to=entitled(1), drink=DRINK)
    assert [line.net for line in same.lines] == [0, 8_90]


def test_who_has_none_left_is_told() -> None:
    assert why(sold((MILK, 1), to=entitled(0), drink=DRINK), "drink") == "None left of drink"
    assert why(sold((MILK, 1), to=entitled(1, "trial"), drink=DRINK), "drink") == "None left of drink"
    assert sold((DURIAN, 1), to=entitled(1), drink=DRINK).due == 5
    assert why(sold((DURIAN, 1), to=entitled(1), drink=DRINK), "drink") == "For other articles"
    better = {"rule": "percent_off", "pay": 40}
    assert why(sold((MILK, 2), to=entitled(1), a=better, drink=DRINK), "drink") == "Another price is better"
    anybody = {**DRINK, "members": False}
    assert sold((MILK, 1), to=GUEST, drink=anybody).due == 8_90
    assert why(sold((MILK, 1), to=GUEST, drink=DRINK), "drink") == "For members"
