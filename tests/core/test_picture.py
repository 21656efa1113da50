"""What the attendant is told of whoever stands there: in a word, and only what is near."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.calls import UsedUp
from terminal.core.commands import Private
from terminal.core.habits import Habits, Together, Usual
from terminal.core.picture import NOTHING, UNSEEN, Picture, Seen, born, notes, pictured, stylist, tags
from terminal.core.pricing.visit import Birthday
from terminal.core.services import Service, Written
from terminal.core.values import EntryId, StaffId
from terminal.core.vouchers import HeldVoucher

TODAY = "2026-11-26"


def told(picture: Picture) -> list[str]:
    return [note.text.format_map(note.values) for note in notes(picture, TODAY)]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("1990-08-30", Birthday(month=8, day=30)),
        ("moon:1990-08-30", Birthday(month=8, day=30, lunar=True)),
        ("leap:1990-06-01", Birthday(month=6, day=1, lunar=True, leap=True)),
        ("", None),
        ("long ago", None),
    ],
)
def test_a_birthday_is_kept_by_the_calendar_that_they_said(said: str, kept: Birthday | None) -> None:
    assert born(Private(told=(("hair", "细软"), ("birthday", said)))) == kept


def test_of_whom_nothing_is_known_nothing_is_told() -> None:
    assert born(None) is None
    assert born(Private()) is None
    assert told(NOTHING) == []
    assert (NOTHING.joined, NOTHING.last) == ("", "")
    assert str(Picture(born=Birthday(month=1, day=2))) == "Picture(...)"


@pytest.mark.parametrize(
    ("month", "day", "said"),
    [
        (11, 26, ["Birthday today"]), (11, 27, ["Birthday in 1 day(s)"]), (12, 3, ["Birthday in 7 day(s)"]),
        (12, 4, []), (11, 25, []),
    ],
)  # fmt: skip
def test_a_birthday_is_told_of_in_its_week_and_not_after_it(month: int, day: int, said: list[str]) -> None:
    assert told(Picture(born=Birthday(month=month, day=day))) == said


def test_a_birthday_beyond_the_end_of_the_year_is_near_too() -> None:
    picture = Picture(born=Birthday(month=1, day=3))
    assert [note.values for note in notes(picture, "2026-12-27")] == [{"days": "7"}]
    assert notes(picture, "2026-12-26") == ()


def test_a_lunar_birthday_is_told_of_when_the_moon_has_it() -> None:
    # 18 October of the lunar year that began on 2026-02-17.
    assert told(Picture(born=Birthday(month=10, day=18, lunar=True))) == ["Birthday today"]


def test_coupons_that_end_this_week_are_counted() -> None:
    ends = ("2026-11-25", "2026-11-26", "2026-12-01", "2026-12-03", "2026-12-04")
    assert told(Picture(ends=ends)) == ["Coupons that end by 2026-12-03: 3"]
    assert told(Picture(ends=("2026-12-04",))) == []


@pytest.mark.parametrize(
    ("joined", "last", "said"),
    [
        ("2026-11-26", "2026-11-26", ["New today"]),
        ("2026-11-01", "2026-11-20", ["Last here on 2026-11-20"]),
        ("2026-11-01", "2026-11-26", []), ("2026-11-01", "", []),
    ],
)  # fmt: skip
def test_it_is_told_when_they_were_here_last(joined: str, last: str, said: list[str]) -> None:
    assert told(Picture(joined=joined, last=last)) == said


@pytest.mark.parametrize(
    ("day", "is_told"),
    [("2020-01-01", True), ("2026-11-26", True), ("2026-12-03", True), ("2026-12-04", False)],
)
def test_what_is_used_up_is_told_of_from_a_week_before(day: str, *, is_told: bool) -> None:
    used = notes(NOTHING, TODAY, Seen(used_up=[UsedUp(name="洁面乳", day=day)]))
    said = [note.text.format_map(note.values) for note in used]
    assert said == ([f"洁面乳: used up on {day}"] if is_told else [])


def test_of_much_that_is_used_up_the_latest_three_are_told_of_last() -> None:
    days = ("2026-11-01", "2026-12-03", "2026-10-01", "2026-12-04", "2026-11-26")
    used = notes(Picture(joined=TODAY), TODAY, Seen(used_up=[UsedUp(name=day[5:], day=day) for day in days]))
    assert [note.values.get("name", note.text) for note in used] == ["New today", "12-03", "11-26", "11-01"]


USUAL = Habits(usual=Usual(staff=StaffId("E01"), times=3, visits=4))


def names(staff: StaffId) -> str:
    assert staff is not None
    return {"E01": "莉莉", "E02": "阿强"}.get(staff, "")


def served(picture: Picture, habits: Habits) -> list[str]:
    found = notes(picture, TODAY, Seen(habits=habits), names)
    return [note.text.format_map(note.values) for note in found]


@pytest.mark.parametrize(
    ("by_hand", "habits", "said"),
    [
        (None, Habits(), []),
        (None, USUAL, ["Mostly served by 莉莉: 3 of 4 visits"]),
        ("E02", USUAL, ["Asks for 阿强"]),
        ("E02", Habits(), ["Asks for 阿强"]),
        ("E09", USUAL, ["Mostly served by 莉莉: 3 of 4 visits"]),
        ("E09", Habits(), []),
        (None, Habits(usual=Usual(staff=StaffId("E09"), times=2, visits=2)), []),
    ],
)
def test_who_serves_them_is_told_with_how_that_is_known(
    by_hand: str | None, habits: Habits, said: list[str]
) -> None:
    assert served(Picture(stylist=StaffId(by_hand) if by_hand else None), habits) == said


def test_who_does_not_know_the_staff_names_nobody() -> None:
    assert notes(Picture(stylist=StaffId("E01")), TODAY, Seen(habits=USUAL)) == ()


def test_tags_and_what_may_be_recommended_are_told_in_their_order() -> None:
    habits = Habits(together=Together(name="柔肤水", bought="洁面乳", times=4))
    seen = Seen(used_up=[UsedUp(name="面霜", day=TODAY)], habits=habits)
    found = notes(Picture(joined=TODAY, tags=("常客", "怕吵")), TODAY, seen, names)
    assert [note.text.format_map(note.values) for note in found] == [
        "New today",
        "Tags: 常客、怕吵",
        "面霜: used up on 2026-11-26",
        "Recommend 柔肤水: bought 4 times with 洁面乳",
    ]


def test_tags_and_stylist_are_what_the_profile_says() -> None:
    private = Private(told=(("tags", "常客、怕吵"), ("stylist", "E02")))
    assert (tags(private), stylist(private)) == (("常客", "怕吵"), "E02")
    assert (tags(Private()), stylist(Private())) == ((), None)
    assert (tags(None), stylist(None)) == ((), None)
    assert stylist(Private(told=(("stylist", ""),))) is None
    assert UNSEEN.served is None
    assert (NOTHING.tags, NOTHING.stylist, UNSEEN) == ((), None, Seen(used_up=(), habits=Habits()))


def test_what_was_done_last_comes_before_what_is_used_up() -> None:
    done = Service(
        entry=EntryId("e1"), written=Written(day="2026-11-01", done=("剪发",), by=StaffId("E01")), remark="x"
    )
    seen = Seen(used_up=[UsedUp(name="面霜", day=TODAY)], served=done)
    found = [note.text.format_map(note.values) for note in notes(Picture(), TODAY, seen, names)]
    assert found == ["Done on 2026-11-01: 剪发, by 莉莉", "面霜: used up on 2026-11-26"]
    gone = replace(done, written=replace(done.written, by=StaffId("E09")))
    (note,) = notes(Picture(), TODAY, Seen(served=gone), names)
    assert note.values["name"] == "E09"


def test_of_a_year_whose_moons_nobody_knows_no_birthday_is_told() -> None:
    assert notes(Picture(born=Birthday(month=1, day=1, lunar=True)), "1800-01-01") == ()


def test_a_picture_is_made_of_the_profile_and_of_what_the_ledger_says() -> None:
    private = Private(told=(("birthday", "1990-08-30"), ("tags", "常客"), ("stylist", "E02")))
    ends = ("2026-12-02", "", "2026-12-01")
    assert pictured(private, joined="2026-11-01", last="2026-11-20", ends=ends) == Picture(
        born=Birthday(month=8, day=30),
        tags=("常客",),
        stylist=StaffId("E02"),
        joined="2026-11-01",
        last="2026-11-20",
        ends=("2026-12-01", "2026-12-02"),
    )
    assert pictured(None, joined="2026-11-01", last="", ends=()) == Picture(joined="2026-11-01")


def test_cash_vouchers_are_told_together_with_when_the_first_of_them_ends() -> None:
    ends = HeldVoucher(voucher="a", fen=20_00, until="2026-11-30")
    ever = HeldVoucher(voucher="b", fen=5_01)
    (told,) = notes(NOTHING, TODAY, Seen(vouchers=(ends, ever)))
    assert told.text.format(**told.values) == "Cash vouchers: 2, ¥25.01, the first until 2026-11-30"
    (told,) = notes(NOTHING, TODAY, Seen(vouchers=(ever,)))
    assert told.text.format(**told.values) == "Cash vouchers: 1, ¥5.01"
    assert notes(NOTHING, TODAY, Seen(vouchers=())) == ()
    assert UNSEEN.vouchers == ()


def test_they_are_told_after_coupons_and_before_who_serves_them() -> None:
    picture = Picture(ends=(TODAY,), tags=("会员",))
    told = notes(picture, TODAY, Seen(vouchers=(HeldVoucher(voucher="b", fen=1),)))
    assert [one.text.split(":")[0].split(" that")[0] for one in told] == ["Coupons", "Cash vouchers", "Tags"]
