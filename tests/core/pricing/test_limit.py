"""How often a person has something: so many times a visit, a day, a month, a year, a birthday, ever."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core.commands import HAD_PERIOD, Had
from terminal.core.pricing import Birthday, Buyer, Counted, HeldCoupon, Visit, parsed
from terminal.core.pricing.limit import ONCE, Each, Limit
from terminal.core.pricing.lunar import days_from_birthday, nearest_birthday
from tests.core.pricing.goods import BOX, CREAM, FACIAL, GUEST, MEMBER, MILK, sold, tariff, why

BORN = Birthday(month=10, day=28)
FRESH = replace(MEMBER, buyer=Buyer(tier="silver", born=BORN, had={}))
PERIODS = {
    "visit": "v2026-10-28",
    "day": "2026-10-28",
    "month": "2026-10",
    "year": "2026",
    "birthday": "b2026",
    "ever": "ever",
}
NO_MORE = {
    "visit": "off: no more with this visit",
    "day": "off: no more today",
    "month": "off: no more this month",
    "year": "off: no more this year",
    "birthday": "off: no more for this birthday",
    "ever": "off: once a person only",
}


def having(count: int, what: str, period: str, visit: Visit = FRESH) -> Visit:
    assert visit.buyer is not None
    return replace(visit, buyer=replace(visit.buyer, had={Counted(what, period): count}))


def off(each: str, **more: Any) -> dict[str, Any]:
    return {"rule": "percent_off", "pay": 50, "limit": {"each": each, **more}}


@pytest.mark.parametrize("each", PERIODS)
def test_what_is_had_in_its_period_is_had_once_more_in_no_other(each: str) -> None:
    period = PERIODS[each]
    bill = sold((MILK, 2), to=FRESH, off=off(each))
    assert bill.had == (Had(what="off", period=period, name="off", count=1, most=1, places=(0,)),)
    assert HAD_PERIOD.fullmatch(period)
    again = sold((MILK, 2), to=having(1, "off", period), off=off(each))
    assert (again.due, again.had, why(again, "off")) == (17_80, (), NO_MORE[each])
    other = having(1, "off", "2025")
    assert sold((MILK, 2), to=other, off=off(each)).due == 8_90


def test_so_many_times() -> None:
    def bill(count: int) -> Any:
        return sold((MILK, 2), to=having(count, "off", "ever"), off=off("ever", times=3))

    assert [bill(count).due for count in (0, 1, 2, 3, 4)] == [8_90, 8_90, 8_90, 17_80, 17_80]
    assert bill(2).had[0].most == 3
    assert why(bill(3), "off") == "None left of off"


def test_a_birthday_that_nobody_knows_is_none() -> None:
    stranger = replace(MEMBER, buyer=Buyer(had={}))
    bill = sold((MILK, 1), to=stranger, off=off("birthday"))
    assert (bill.due, why(bill, "off"), bill.had_before) == (8_90, "On the birthday", None)
    assert Limit(each=Each.BIRTHDAY).period(GUEST) is None
    moon = Birthday(month=1, day=1, lunar=True)
    far = replace(FRESH, business_day="2300-01-01", buyer=Buyer(born=moon, had={}))
    assert Limit(each=Each.BIRTHDAY).period(far) is None


def test_who_is_nobody_in_particular_or_of_whom_nothing_is_known_has_none() -> None:
    bill = sold((MILK, 1), to=GUEST, off=off("day"))
    assert (bill.due, bill.had, why(bill, "off")) == (8_90, (), "For members")
    bill = sold((MILK, 1), to=MEMBER, off=off("day"))
    assert (bill.due, bill.had, why(bill, "off")) == (8_90, (), "Nobody here knows who had it before")


def test_days_before_and_after_one_birthday_are_of_that_one() -> None:
    born = Birthday(month=1, day=2)
    limit = Limit(each=Each.BIRTHDAY)
    visits = [
        replace(FRESH, business_day=day, buyer=Buyer(born=born))
        for day in ("2026-12-20", "2027-01-02", "2027-03-01", "2026-06-01", "2027-12-01")
    ]
    assert [limit.period(one) for one in visits] == ["b2027", "b2027", "b2027", "b2026", "b2028"]


def test_of_the_moon_two_birthdays_in_one_year_of_the_sun_are_two() -> None:
    born = Birthday(month=12, day=1, lunar=True)
    kept = {nearest_birthday(born, date(2024, 1, 1) + timedelta(days=far)) for far in range(0, 1500, 10)}
    assert None not in kept
    assert len({year for year, _ in kept}) == len(kept)  # type: ignore[misc]  none of them is None
    assert len({day.year for _, day in kept}) < len(kept)  # type: ignore[misc]


@given(
    month=st.integers(1, 12),
    day=st.integers(1, 28),
    lunar=st.booleans(),
    at=st.dates(date(2022, 1, 1), date(2099, 1, 1)),
)
def test_the_nearest_birthday_is_as_far_as_it_is_said_to_be(
    month: int, day: int, *, lunar: bool, at: date
) -> None:
    born = Birthday(month=month, day=day, lunar=lunar)
    found = nearest_birthday(born, at)
    assert found is not None
    year, kept = found
    assert abs((kept - at).days) == days_from_birthday(born, at)
    assert abs(year - kept.year) <= 1
    assert nearest_birthday(born, kept) == found


def test_of_two_as_near_it_is_the_first() -> None:
    born = Birthday(month=1, day=1)
    assert nearest_birthday(born, date(2028, 7, 3)) == (2029, date(2029, 1, 1))
    assert nearest_birthday(born, date(2028, 7, 1)) == (2028, date(2028, 1, 1))
    tied = next(
        (born, day)
        for far in range(366)
        for born in [Birthday(month=6, day=15)]
        for day in [date(2027, 6, 15) + timedelta(days=far)]
        if (date(2028, 6, 15) - day) == (day - date(2027, 6, 15))
    )
    assert nearest_birthday(*tied) == (2027, date(2027, 6, 15))


def test_once_is_a_limit_and_another_takes_its_place() -> None:
    assert Limit(each=Each.EVER, times=1) == ONCE
    once = sold((MILK, 1), to=FRESH, off={"rule": "percent_off", "pay": 50, "once": True})
    assert once.had[0].period == "ever"
    both = sold((MILK, 1), to=FRESH, off={**off("day"), "once": True})
    assert both.had[0].period == "2026-10-28"
    assert sold((MILK, 1), to=FRESH, off={"rule": "percent_off", "pay": 50}).had == ()


@pytest.mark.parametrize(
    ("id_", "to", "good"),
    [("x" * 64, "a", True), ("x" * 65, "a", True), ("x", "a" * 64, True), ("x", "a" * 65, False),
     ("x", "a:b", False), ("x", "", False), ("x", "赠 饮", True)],
)  # fmt: skip
def test_an_entitlement_is_called_so_that_it_can_be_counted(id_: str, to: str, *, good: bool) -> None:
    _, refused = parsed([(id_, {"rule": "entitled", "name": "x", "to": to})])
    assert (not refused) is good


def test_a_promotion_with_a_limit_is_counted_by_its_id() -> None:
    said = {**off("day"), "name": "x"}
    assert parsed([("a:b", said)])[1]
    assert not parsed([("a.b", said)])[1]
    assert not parsed([("a:b", {"rule": "percent_off", "pay": 50, "name": "x"})])[1]


@pytest.mark.parametrize(
    ("promotion", "places"),
    [
        ({"rule": "percent_off", "pay": 50, "skus": ["Y"]}, (1,)),
        ({"rule": "pack", "price": 10_00, "contents": [["Y", 1], ["X", 1]]}, (0, 1)),
        ({"rule": "spend_less", "rungs": [{"reach": 10_00, "less": 5_00}], "skus": ["P", "Y"]}, (1, 2)),
        ({"rule": "spend_get", "sku": "G", "article": "gift", "price": 100}, (3,)),
        ({"rule": "spend_coupon", "kind": "c", "reach": 10_00, "face": 500, "skus": ["P"]}, (2,)),
        ({"rule": "spend_voucher", "worth": 500, "reach": 10_00, "skus": ["P"]}, (2,)),
        ({"rule": "points_times", "times": 2, "skus": ["X", "Y"]}, (0, 1)),
    ],
)
def test_it_is_had_with_the_lines_that_it_touches(promotion: dict[str, Any], places: tuple[int, ...]) -> None:
    bill = sold((BOX, 1), (MILK, 1), (CREAM, 1), to=FRESH, one={**promotion, "limit": {"each": "day"}})
    (had,) = bill.had
    assert (had.what, had.count, had.places) == ("one", 1, places)
    again = sold(
        (BOX, 1), (MILK, 1), (CREAM, 1), to=having(1, "one", "2026-10-28"),
        one={**promotion, "limit": {"each": "day"}},
    )  # fmt: skip
    assert again.had == ()
    assert again.had_before is not None
    assert again.due == 15_80 + 8_90 + 198_00


def test_what_touches_nothing_is_not_had() -> None:
    bill = sold((BOX, 1), to=FRESH, one={**off("day"), "skus": ["Y"]})
    assert bill.had == ()
    factor = {"rule": "points_times", "times": 2, "skus": ["Y"], "limit": {"each": "day"}}
    assert sold((BOX, 1), to=FRESH, one=factor).had == ()


def test_a_coupon_that_is_had_once_a_day_counts_beside_a_discount() -> None:
    less = {"rule": "spend_less", "rungs": [{"reach": 10_00, "less": 1_00}], "limit": {"each": "month"}}
    bill = sold((BOX, 1), (MILK, 1), to=FRESH, less=less, half={**off("day"), "skus": ["Y"]})
    assert {one.what: (one.period, one.places) for one in bill.had} == {
        "half": ("2026-10-28", (1,)),
        "less": ("2026-10", (0, 1)),
    }


def test_what_is_asked_of_a_member_is_what_they_may_have_today() -> None:
    made = tariff(
        day=off("day"),
        plain={"rule": "percent_off", "pay": 50},
        gold={**off("month"), "tiers": ["gold"]},
        over={**off("year"), "until": "2026-10-27"},
        drink={"rule": "entitled", "to": "drink"},
        sip={"rule": "entitled", "to": "drink"},
        birth=off("birthday"),
    )
    assert made.counted(GUEST) == []
    asked = {Counted("day", "2026-10-28"), Counted("drink", "v2026-10-28")}
    assert set(made.counted(MEMBER)) == asked
    found = made.counted(FRESH)
    assert set(found) == asked | {Counted("birth", "b2026")}
    assert len(found) == 3
    assert set(made.counted(having(1, "day", "2026-10-28"))) == set(found)


def test_the_attendant_is_told_of_what_is_free_and_of_what_was_had() -> None:
    made = tariff(
        drink={"rule": "entitled", "to": "drink", "limit": {"each": "month", "times": 2}},
        trial={"rule": "free_trial", "skus": ["F"]},
        day=off("day"),
        gold={"rule": "entitled", "to": "wine", "tiers": ["gold"]},
    )

    def told(visit: Visit) -> list[str]:
        return [one.text.format(**one.values) for one in made.told(visit)]

    assert told(FRESH) == ["drink: 2 left", "trial: 1 left"]
    assert told(having(1, "drink", "2026-10")) == ["drink: 1 left", "trial: 1 left"]
    assert told(having(2, "drink", "2026-10")) == ["drink: no more this month", "trial: 1 left"]
    assert told(having(1, "trial", "ever")) == ["drink: 2 left", "trial: once a person only"]
    assert told(having(1, "day", "2026-10-28")) == ["drink: 2 left", "trial: 1 left"]
    assert told(MEMBER) == told(GUEST) == []
    always = tariff(trial={"rule": "free_trial", "once": False})
    assert (always.told(FRESH), always.counted(FRESH)) == ([], [])


def test_only_those_that_share_what_there_is_are_rivals() -> None:
    one, two = ({"rule": "entitled", "to": to} for to in ("drink", "wine"))
    assert tariff(a=one, b=two, c=off("day"), d={"rule": "percent_off", "pay": 50}).rivals == {}
    assert tariff(a=one, b=two, c=one).rivals == {"a": frozenset({"c"}), "c": frozenset({"a"})}


def test_a_sale_paid_by_uses_counts_by_the_lines_that_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    from terminal.core.cart import Cart, CartLine
    from terminal.core.pricing import priced_with_uses

    del monkeypatch
    lines = (CartLine(article=BOX, quantity=1), CartLine(article=FACIAL, quantity=1, used="count:F"))
    bill = priced_with_uses(Cart(lines=lines), FRESH, tariff(off={**off("day"), "skus": ["X"]}))
    assert (bill.ahead, bill.had[0].places, bill.lines[1].sku) == (1, (1,), "X")


def test_behind_a_piece_that_a_coupon_makes_free_lines_are_one_further() -> None:
    held = HeldCoupon(coupon="c1", kind="free")
    visit = replace(FRESH, buyer=Buyer(coupons=(held,), had={}))
    promotions: dict[str, Any] = {
        "free": {"rule": "coupon_gift", "skus": ["Y"], "limit": {"each": "day"}},
        "half": {**off("month"), "skus": ["P"]},
        "gift": {"rule": "spend_get", "sku": "G", "article": "g", "price": 1, "limit": {"each": "year"}},
    }
    bill = sold((BOX, 1), (MILK, 2), (CREAM, 1), to=visit, **promotions)
    assert [line.sku for line in bill.lines] == ["X", "Y", "Y", "P", "G"]
    assert {one.what: one.places for one in bill.had} == {"free": (1, 2), "half": (3,), "gift": (4,)}
    alone = sold((BOX, 1), (MILK, 1), (CREAM, 1), to=visit, **promotions)
    assert {one.what: one.places for one in alone.had} == {"free": (1,), "half": (2,), "gift": (3,)}


@pytest.mark.parametrize(
    "coupon",
    [{"rule": "coupon_gift"}, {"rule": "coupon_percent", "off": 50, "at_most": 100}],
)
def test_a_coupon_too_is_counted_by_its_id(coupon: dict[str, Any]) -> None:
    assert parsed([("a:b", {**coupon, "name": "x", "limit": {"each": "day"}})])[1]


def test_pieces_of_other_lines_are_not_had() -> None:
    drink = {"rule": "entitled", "to": "drink", "skus": ["Y"], "limit": {"each": "day", "times": 9}}
    bill = sold((BOX, 3), (MILK, 2), to=FRESH, drink=drink)
    assert [(one.count, one.left, one.places) for one in bill.had] == [(2, 7, (1,))]


def test_each_is_had_with_its_own_lines() -> None:
    one, two = ({**off("day"), "skus": [sku]} for sku in "YX")
    gift = {"rule": "spend_get", "sku": "G", "article": "g", "price": 1, "limit": {"each": "year"}}
    less = {"rule": "spend_less", "rungs": [{"reach": 1_00, "less": 1_00}], "limit": {"each": "month"}}
    free = {"rule": "free_trial", "skus": ["F"]}
    bill = sold(
        (BOX, 1), (MILK, 1), (FACIAL, 1), to=FRESH, one=one, two=two, g=gift, h=gift, less=less, free=free
    )
    assert {each.what: each.places for each in bill.had} == {
        "one": (1,), "two": (0,), "free": (2,), "less": (0, 1), "g": (3,), "h": (4,),
    }  # fmt: skip


def test_what_is_asked_of_a_promotion_itself() -> None:
    (day,) = tariff(off=off("day")).promotions
    (plain,) = tariff(off={"rule": "percent_off", "pay": 50}).promotions
    had = having(1, "off", "2026-10-28")
    assert [day.left(visit) for visit in (GUEST, MEMBER, FRESH, had)] == [0, 0, 1, 0]
    assert [day.used_up(visit) for visit in (GUEST, MEMBER, FRESH, had)] == [False, False, False, True]
    assert day.counted(GUEST) == Counted("off", "2026-10-28")
    assert (plain.left(FRESH), plain.counted(FRESH), plain.bound) == (0, None, None)
    (gold,) = tariff(off={**off("day"), "tiers": ["gold"]}).promotions
    assert not gold.used_up(had)
