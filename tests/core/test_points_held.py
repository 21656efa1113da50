"""When points end, what is said of it beforehand, and what is left to be used."""

from __future__ import annotations

import pytest
from msgspec import ValidationError, convert

from terminal.core.commands import BookExpiry, BookGrant, BookMerge, BookRefund, Grant, PointsEarned, Returned
from terminal.core.points import PointsEnd
from terminal.core.points_held import PointsHeld, others_held, points_held
from terminal.core.points_notice import PointsNotice
from tests.core.ledger.book import M2, W1, W2, Book
from tests.core.ledger.test_value import line, sell

POINTS = "points:goods"


@pytest.fixture
def book() -> Book:
    return Book().with_member()


def give(book: Book, amount: int, until: str = "", unit: str = POINTS) -> None:
    book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit=unit, amount=amount, until=until),))


def held(book: Book, day: str = "2026-11-24", notice: int = 60) -> PointsHeld:
    return points_held(book, wallet=W1, family="goods", business_day=day, notice_days=notice)


def test_points_of_one_year_end_together_on_one_day_of_a_later_one() -> None:
    ends = PointsEnd(years=1)
    assert [ends.until(day) for day in ("2026-01-01", "2026-12-31", "2027-01-01")] == [
        "2027-12-31",
        "2027-12-31",
        "2028-12-31",
    ]
    assert PointsEnd(years=2, on="03-31").until("2026-11-24") == "2028-03-31"
    assert PointsEnd().until("2026-11-24") == ""


@pytest.mark.parametrize("on", ["02-29", "13-01", "04-31", "4-30", ""])
def test_a_day_that_not_every_year_has_is_refused(on: str) -> None:
    with pytest.raises(ValidationError):
        convert({"years": 1, "on": on}, PointsEnd)


def test_what_ends_next_is_said_within_the_days_of_notice_and_no_more_of_it(book: Book) -> None:
    give(book, 7)
    give(book, 30, "2026-12-31")
    give(book, 20, "2026-12-31")
    give(book, 11, "2027-01-02")
    give(book, 5, "2027-12-31")
    give(book, 3, "2026-12-01", unit="points:petrol")
    assert held(book) == PointsHeld(usable=73, ending=50, ends="2026-12-31")
    assert held(book, notice=36) == PointsHeld(usable=73)
    assert held(book, notice=37) == PointsHeld(usable=73, ending=50, ends="2026-12-31")
    assert held(book, "2026-12-31", 0) == PointsHeld(usable=73, ending=50, ends="2026-12-31")
    assert held(book, "2027-01-01") == PointsHeld(usable=23, ended=50, ending=11, ends="2027-01-02")


def test_what_was_spent_or_written_off_is_spoken_of_no_more(book: Book) -> None:
    give(book, 100, "2026-12-31")
    give(book, 100)
    sell(book, line(500), pays={"points": (500, "goods", 100)})
    assert held(book) == PointsHeld(usable=100)
    give(book, 40, "2026-12-31")
    book.on_day("2027-01-01")
    book.book(BookExpiry, wallet=W1, unit=POINTS)
    assert held(book, "2027-01-01") == PointsHeld(usable=100)


def test_what_begins_one_day_and_never_ends_is_not_spoken_of(book: Book) -> None:
    begins = Grant(unit=POINTS, amount=8, since="2026-01-01")
    book.book(BookGrant, wallet=W1, why="x", grants=(begins,))
    assert held(book) == PointsHeld(usable=8)


def test_what_is_owed_is_said(book: Book) -> None:
    sale = sell(book, line(10_000), points=(PointsEarned(family="goods", points=100, base=10_000, step=100),))
    sell(book, line(500), pays={"points": (500, "goods", 100)})
    book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=10_000),), why="x")
    assert held(book) == PointsHeld(usable=-100, owed=100)


def test_of_who_became_another_it_is_told_where_they_are_now(book: Book) -> None:
    book.with_member(W2, M2)
    give(book, 9)
    book.book(BookMerge, wallet=W1, into=W2)
    assert held(book) == PointsHeld(usable=9)


def test_what_is_earned_says_when_it_ends() -> None:
    earned = (PointsEarned(family="goods", points=3), PointsEarned(family="petrol", points=4))
    ends = PointsEnd(years=1).ended(earned, "2026-11-24")
    assert [(one.family, one.points, one.until) for one in ends] == [
        ("goods", 3, "2027-12-31"),
        ("petrol", 4, "2027-12-31"),
    ]
    assert PointsEnd().ended(earned, "2026-11-24") == earned


# Petrol and diesel points, each apart


def others(book: Book, notice: int = 60) -> tuple[PointsNotice, ...]:
    return others_held(book, wallet=W1, business_day="2026-11-24", notice_days=notice)


def test_of_petrol_and_diesel_it_is_said_apart_what_ends_soon(book: Book) -> None:
    assert others(book) == ()
    give(book, 7, "2026-12-31")
    assert others(book) == (), "goods points are told by themselves"
    give(book, 20, "2027-01-10", "points:diesel")
    give(book, 3, "2026-12-31", "points:petrol")
    give(book, 5, "2027-01-10", "points:petrol")
    assert others(book) == (
        PointsNotice(family="petrol", ending=3, end="2026-12-31"),
        PointsNotice(family="diesel", ending=20, end="2027-01-10"),
    )
    assert others(book, notice=36) == ()
    assert others(book, notice=37) == others(book)[:1]


def test_what_is_owed_of_diesel_is_said_though_none_ends(book: Book) -> None:
    earned = PointsEarned(family="diesel", points=100)
    sale = sell(book, line(100_00), points=(earned,))
    sell(book, line(5_00), pays={"points": (5_00, "diesel", 100)})
    book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=100_00),), why="x")
    assert others(book) == (PointsNotice(family="diesel", owed=100),)
