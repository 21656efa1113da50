"""What a count card was sold as: spelt and read, and where and when its uses are good."""

from __future__ import annotations

import msgspec
import pytest

from terminal.core.sold import CHARS_MAX, Out, Scope, SoldAs, read, spelt

LUNCH = Scope(sites=("S1", "S3"), weekdays=(1, 2, 3, 4, 5), closes="17:00")
CARD = SoldAs(name="午餐卡", uses_of=("F01", "F02"), scope=LUNCH, part_of="lot-1")


def test_it_is_read_as_it_was_spelt() -> None:
    assert read(spelt(CARD)) == CARD
    assert read(spelt(SoldAs(name="x"))) == SoldAs(name="x", uses_of=(), scope=None, part_of="")
    said = '{"name":"午餐卡","uses_of":["F01"],"scope":{"weekdays":[7]}}'
    assert spelt(SoldAs(name="午餐卡", uses_of=("F01",), scope=Scope(weekdays=(7,)))) == said


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "{}",
        "\ud800",
        '{"name":"x","a":' + "[" * 100_000,
        '{"name":1}',
        "[" * 100_000,
        '{"name":"x","scope":{"a":1}}',
    ],
)
def test_what_nobody_said_or_understands_is_nothing(text: str) -> None:
    """Of a scope that this version does not know all of, it must not make more than there is."""
    assert read(text) is None


def test_what_a_later_version_says_more_is_left_out() -> None:
    assert read('{"name":"x","uses_of":["F01"],"colour":"red"}') == SoldAs(name="x", uses_of=("F01",))


def test_what_is_too_long_to_go_with_a_lot_is_not_said() -> None:
    rest = CHARS_MAX - len(spelt(SoldAs(name="")))
    assert len(spelt(SoldAs(name="x" * rest))) == CHARS_MAX
    assert not spelt(SoldAs(name="x" * (rest + 1)))


@pytest.mark.parametrize(
    ("site", "weekday", "clock", "out"),
    [
        ("S1", 1, "16:59", None),
        ("S3", 5, "00:00", None),
        ("S1", 1, "17:00", Out.HOUR),
        ("S1", 6, "12:00", Out.WEEKDAY),
        ("S2", 1, "12:00", Out.SITE),
        ("S2", 7, "18:00", Out.SITE),
        ("S1", 7, "18:00", Out.WEEKDAY),
    ],
)
def test_it_is_good_where_and_when_it_was_sold_for(
    site: str, weekday: int, clock: str, out: Out | None
) -> None:
    assert CARD.out(site, weekday, clock) is out


@pytest.mark.parametrize(
    ("opens", "closes", "good", "bad"),
    [
        ("", "", ("00:00", "12:00", "23:59"), ()),
        ("", "17:00", ("00:00", "16:59"), ("17:00", "23:59")),
        ("17:00", "", ("17:00", "23:59"), ("16:59", "00:00")),
        ("09:00", "11:00", ("09:00", "10:59"), ("08:59", "11:00")),
        ("12:00", "12:00", ("00:00", "11:59", "12:00", "23:59"), ()),
        ("22:00", "02:00", ("22:00", "23:59", "00:00", "01:59"), ("21:59", "02:00", "12:00")),
    ],
)
def test_hours_go_to_before_their_end_and_over_midnight(
    opens: str, closes: str, good: tuple[str, ...], bad: tuple[str, ...]
) -> None:
    scope = Scope(opens=opens, closes=closes)
    assert [scope.out("S1", 1, clock) for clock in good] == [None] * len(good)
    assert [scope.out("S1", 1, clock) for clock in bad] == [Out.HOUR] * len(bad)


def test_a_card_of_which_nothing_is_said_is_good_everywhere() -> None:
    assert SoldAs(name="x").out("S9", 7, "03:00") is None
    assert Scope().out("S9", 7, "03:00") is None


def test_hours_matter_where_any_are_said() -> None:
    said = (Scope(), Scope(sites=("S1",), weekdays=(1,)), Scope(opens="09:00"), Scope(closes="17:00"))
    assert [one.at_hours for one in said] == [False, False, True, True]


def test_nothing_that_is_usual_is_spelt() -> None:
    assert Scope() == Scope(sites=(), weekdays=(), opens="", closes="")
    assert [*Out] == ["site", "weekday", "hour"]
    assert CHARS_MAX == 8_000, "headquarters takes no more"
    assert msgspec.json.encode(Scope()) == b"{}"
    assert spelt(SoldAs(name="x")) == '{"name":"x"}'
