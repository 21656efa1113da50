"""Points and cashback that a refund brings back, and whose last day passed meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from terminal.core.commands import (
    BookExpiry,
    BookGrant,
    BookRedeem,
    BookRefund,
    BookReversal,
    BookSale,
    Grant,
    PointsEarned,
    Returned,
    Tender,
    TenderKind,
)
from terminal.core.entry import Entry, LotTaken
from terminal.core.errors import NotBookable
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.looked_up import over_back
from terminal.core.vouchers import vouchers
from tests.core.ledger.book import W1, Book
from tests.core.ledger.test_redo import Branch
from tests.core.ledger.test_value import line, load, sell

POINTS, CASHBACK, VOUCHER = "points:goods", "cashback", "voucher:v1"
ENDED, LATER, AGAIN = "2026-12-31", "2027-12-31", "2027-01-31"
UNITS = pytest.mark.parametrize("unit", [POINTS, CASHBACK])


@pytest.fixture
def book() -> Book:
    return Book().with_member()


def given(book: Book, unit: str, amount: int, until: str = "") -> Entry:
    return book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit=unit, amount=amount, until=until),))


def spent(book: Book, unit: str, amount: int, due: int = 100) -> Entry:
    kind, _, of = unit.partition(":")
    pays = {kind: (due, of, amount) if of else due}
    return sell(book, line(due), pays=pays)


def back(book: Book, sale: Entry, net: int = 100, **more: Any) -> Entry:
    return book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=net),), why="x", **more)


def lies(book: Book, unit: str) -> list[tuple[str, int]]:
    """Last days and rests."""
    return sorted((lot.until, lot.rest) for lot in book.lots(W1, unit) if lot.rest)


@UNITS
def test_what_had_ended_is_good_again_and_the_rest_lies_where_it_lay(book: Book, unit: str) -> None:
    given(book, unit, 30, ENDED)
    given(book, unit, 80, LATER)
    sale = spent(book, unit, 100)
    book.on_day("2027-01-01")
    back(book, sale, anew=AGAIN)
    assert lies(book, unit) == [(AGAIN, 30), (LATER, 80)]
    assert book.of(W1, unit) == 110
    book.on_day(AGAIN)
    spent(book, unit, 110, 110)
    assert book.of(W1, unit) == 0


@UNITS
@pytest.mark.parametrize(("day", "anew"), [(ENDED, AGAIN), ("2027-01-01", "")])
def test_on_its_last_day_it_has_not_ended_and_nobody_is_kinder_than_policy(
    book: Book, unit: str, day: str, anew: str
) -> None:
    given(book, unit, 100, ENDED)
    sale = spent(book, unit, 100)
    book.on_day(day)
    back(book, sale, anew=anew)
    assert lies(book, unit) == [(ENDED, 100)]


@UNITS
def test_what_is_reversed_is_as_if_it_had_never_been(book: Book, unit: str) -> None:
    """Policy is kind to whoever brings goods back."""
    given(book, unit, 100, ENDED)
    sale = spent(book, unit, 100)
    book.on_day("2027-01-01")
    book.book(BookReversal, of=sale.id, why="x")
    assert lies(book, unit) == [(ENDED, 100)]


@UNITS
def test_where_nobody_looks_for_other_refunds_all_is_good_again(book: Book, unit: str) -> None:
    given(book, unit, 100, ENDED)
    sale = spent(book, unit, 100)
    book.on_day("2027-01-01")
    draft = Draft(book.at, "again", book)
    draft.anew = AGAIN
    draft.give_back(W1, unit, sale.lots, after=0, upto=100)
    assert draft.posted(W1).lots == (LotTaken(unit=unit, lot="again", amount=100, until=AGAIN),)


@UNITS
def test_what_never_ends_comes_back_as_it_was(book: Book, unit: str) -> None:
    given(book, unit, 100)
    sale = spent(book, unit, 100)
    book.on_day("2027-01-01")
    back(book, sale, anew=AGAIN)
    assert lies(book, unit) == ([("", 100)] if unit == CASHBACK else [])
    assert book.of(W1, unit) == 100


@UNITS
def test_cut_in_pieces_it_comes_to_the_same(book: Book, unit: str) -> None:
    given(book, unit, 100, ENDED)
    sale = spent(book, unit, 100)
    book.on_day("2027-01-01")
    for net in (33, 33, 34):
        back(book, sale, net, anew=AGAIN)
    assert {until for until, _ in lies(book, unit)} == {AGAIN}
    assert sum(rest for _, rest in lies(book, unit)) == book.of(W1, unit) == 100


def test_points_that_a_gift_was_taken_for_are_good_again_too(book: Book) -> None:
    given(book, POINTS, 30, ENDED)
    given(book, POINTS, 50)
    points = PointsEarned(family="goods", points=70)
    taken = book.book(BookRedeem, wallet=W1, card=None, points=points, what="a mug")
    book.on_day("2027-01-01")
    command = BookRefund(id=book.next_id(), at=book.at, of=taken.id, returned=(), why="x")
    assert over_back(book, command) == (ENDED, "", "")
    book.book(BookRefund, of=taken.id, returned=(), why="x", anew=AGAIN)
    assert (lies(book, POINTS), book.of(W1, POINTS)) == ([(AGAIN, 30)], 80)


def test_what_was_good_again_ends_on_its_new_day_as_all_else(book: Book) -> None:
    given(book, POINTS, 100, ENDED)
    sale = spent(book, POINTS, 100)
    book.on_day("2027-01-01")
    back(book, sale, anew=AGAIN)
    book.on_day(AGAIN)
    with pytest.raises(NotBookable):
        book.book(BookExpiry, wallet=W1, unit=POINTS)
    book.on_day("2027-02-01")
    book.book(BookExpiry, wallet=W1, unit=POINTS)
    assert book.of(W1, POINTS) == 0


def test_no_last_day_that_is_over_is_given(book: Book) -> None:
    given(book, POINTS, 100, ENDED)
    sale = spent(book, POINTS, 100)
    book.on_day("2027-01-02")
    with pytest.raises(NotBookable):
        back(book, sale, anew="2027-01-01")
    back(book, sale, anew="2027-01-02")
    assert lies(book, POINTS) == [("2027-01-02", 100)]


def test_bonus_ends_as_it_did(book: Book) -> None:
    load(book, 100)
    given(book, "bonus", 100, ENDED)
    sale = sell(book, line(200), pays={"stored": 200})
    book.on_day("2027-01-01")
    back(book, sale, 200, anew=AGAIN)
    assert lies(book, "bonus") == [(ENDED, 100)]


@pytest.mark.parametrize(("here", "until"), [(0, ""), (40, AGAIN)])
def test_what_was_spent_beyond_has_a_last_day_only_beside_what_had_ended(here: int, until: str) -> None:
    one, other = Branch(), Branch(1)
    given(one, CASHBACK, 100, ENDED)
    if here:
        given(other, CASHBACK, here, ENDED)
    sale = other.again(spent(one, CASHBACK, 100))
    other.on_day("2027-01-01")
    back(other, sale, anew=AGAIN)
    assert lies(other, CASHBACK) == [(until, 100)]


@UNITS
def test_a_counter_is_told_the_last_day_of_what_comes_back_over(book: Book, unit: str) -> None:
    def told(sale: Entry, net: int = 100) -> str:
        returned = (Returned(line=0, net=net),)
        command = BookRefund(id=book.next_id(), at=book.at, of=sale.id, returned=returned, why="x")
        ended, uses, again = over_back(book, command)
        assert not uses + again
        return ended

    given(book, unit, 30, "2026-12-30")
    given(book, unit, 30, ENDED)
    given(book, unit, 40, LATER)
    sale, paid = spent(book, unit, 100), sell(book, line(100))
    assert told(sale) == ""
    book.on_day(ENDED)
    assert told(sale) == "2026-12-30"
    book.on_day("2027-01-01")
    assert (told(sale), told(sale, 30), told(sale, 1), told(paid)) == (
        ENDED, "2026-12-30", "2026-12-30", "",
    )  # fmt: skip
    book.on_day("2028-01-01")
    assert told(sale) == LATER


def test_of_bonus_and_of_what_is_taken_it_says_nothing(book: Book) -> None:
    load(book, 100)
    given(book, "bonus", 100, ENDED)
    earned = (PointsEarned(family="goods", points=1, until=ENDED),)
    sale = sell(book, line(200), pays={"stored": 200}, points=earned)
    book.on_day("2027-01-01")
    returned = (Returned(line=0, net=200),)
    command = BookRefund(id=book.next_id(), at=book.at, of=sale.id, returned=returned, why="x")
    assert over_back(book, command) == ("", "", "")


@pytest.mark.parametrize("anew", ["", AGAIN])
def test_a_voucher_is_good_again_too(book: Book, anew: str) -> None:
    given(book, VOUCHER, 100, ENDED)
    sale = sell(book, line(80), pays={"voucher": (80, "v1", 0)})
    before = book.standing()
    book.on_day("2027-01-01")
    returned = (Returned(line=0, net=80),)
    command = BookRefund(id=book.next_id(), at=book.at, of=sale.id, returned=returned, why="x")
    assert over_back(book, command) == (ENDED, "", "")
    back(book, sale, 80, anew=anew)
    assert lies(book, VOUCHER) == [(anew or ENDED, 80)]
    assert bool(vouchers(book, wallet=W1, business_day="2027-01-01")) == bool(anew)
    assert book.standing() != before


@pytest.mark.parametrize(("day", "told"), [(ENDED, ""), ("2027-01-01", ENDED)])
def test_of_uses_and_litres_it_is_told_that_they_are_over_and_they_stay_so(
    book: Book, day: str, told: str
) -> None:
    for unit in ("count:K1", "litres:92"):
        given(book, unit, 1, "2026-12-30")
        given(book, unit, 3, ENDED)
        tender = Tender(kind=TenderKind.USES, amount=100, of=unit, units=4)
        sale = book.book(BookSale, wallet=W1, card=None, lines=(line(100),), due=100, tenders=(tender,))
        book.on_day(day)
        returned = (Returned(line=0, net=100),)
        command = BookRefund(
            id=book.next_id(), at=book.at, of=sale.id, returned=returned, why="x", anew=AGAIN
        )
        assert over_back(book, command) == ("", told or "2026-12-30", "")
        book.keep_command(command)
        assert lies(book, unit) == [("2026-12-30", 1), (ENDED, 3)]
        book.on_day("2026-11-24")


def test_what_has_ended_is_told_behind_what_has_not(book: Book) -> None:
    given(book, CASHBACK, 50, LATER)
    given(book, VOUCHER, 50, ENDED)
    sale = sell(book, line(100), pays={"cashback": 50, "voucher": (50, "v1", 0)})
    book.on_day("2027-01-01")
    returned = (Returned(line=0, net=100),)
    command = BookRefund(id=book.next_id(), at=book.at, of=sale.id, returned=returned, why="x")
    assert over_back(book, command) == (ENDED, "", "")


@pytest.mark.parametrize(
    ("came", "told"), [(0, ("", "", AGAIN)), (40, (ENDED, "", AGAIN)), (50, (ENDED, "", ""))]
)
def test_with_days_a_counter_is_told_what_is_good_again_and_what_stays_over(
    book: Book, came: int, told: tuple[str, str, str]
) -> None:
    earned = (PointsEarned(family="goods", points=50, until=ENDED),)
    sale, paid = sell(book, line(50), points=earned), sell(book, line(50), pays={"points": (50, "goods", 50)})
    book.on_day("2027-01-01")
    if came:
        back(book, sale, came, anew=AGAIN)
    returned = (Returned(line=0, net=50),)
    command = BookRefund(id=book.next_id(), at=book.at, of=paid.id, returned=returned, why="x", anew=AGAIN)
    assert over_back(book, command) == told
