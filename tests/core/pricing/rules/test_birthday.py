from __future__ import annotations

from msgspec.structs import replace

from terminal.core.pricing import Birthday, Buyer
from tests.core.pricing.goods import CREAM, MEMBER, sold, why

BIRTHDAY = {"rule": "birthday", "pay": 50, "around": 3}


def born(month: int, day: int) -> Buyer:
    return Buyer(born=Birthday(month=month, day=day))


def test_it_is_kept_some_days_around() -> None:
    for day, due in ((24, 198_00), (25, 99_00), (28, 99_00), (31, 99_00)):
        assert sold((CREAM, 1), to=replace(MEMBER, buyer=born(10, day)), day=BIRTHDAY).due == due
    assert sold((CREAM, 1), to=replace(MEMBER, buyer=born(11, 1)), day=BIRTHDAY).due == 198_00


def test_whose_day_is_not_near_or_not_known_is_told() -> None:
    for buyer in (Buyer(), born(12, 1)):
        bill = sold((CREAM, 1), to=replace(MEMBER, buyer=buyer), day=BIRTHDAY)
        assert why(bill, "day") == "On the birthday"
    today = replace(MEMBER, buyer=born(10, 28))
    better = {"rule": "percent_off", "pay": 10}
    assert why(sold((CREAM, 1), to=today, day=BIRTHDAY, off=better), "day") == "Another price is better"
    assert sold((CREAM, 1), to=today, day={"rule": "birthday", "pay": 50}).due == 99_00
    tomorrow = replace(MEMBER, buyer=born(10, 29))
    assert sold((CREAM, 1), to=tomorrow, day={"rule": "birthday", "pay": 50}).due == 198_00


def test_nobody_in_particular_has_no_birthday() -> None:
    assert why(sold((CREAM, 1), to=replace(MEMBER, buyer=None), day=BIRTHDAY), "day") == "For members"
    anybody = {**BIRTHDAY, "members": False}
    assert sold((CREAM, 1), to=replace(MEMBER, buyer=None), day=anybody).due == 198_00
