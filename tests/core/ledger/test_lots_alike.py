"""Points that end on one day lie in one lot, however many sales they came with (decision 44)."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest

from terminal.core.accounts import TIER_UNIT
from terminal.core.commands import (
    BookDirective,
    BookExpiry,
    BookGrant,
    BookIssue,
    BookMerge,
    BookRefund,
    BookRightsBack,
    BookVoid,
    Grant,
    PointsEarned,
    Returned,
)
from terminal.core.directives import Directed, Release
from terminal.core.entry import Entry
from terminal.core.errors import NotBookable
from terminal.core.ledger import draft
from terminal.core.rights import Want
from tests.core.ledger.book import C2, M2, W1, W2, Book, opening
from tests.core.ledger.test_value import line, sell

UNIT = "points:goods"
UNTIL = "2027-12-31"


@pytest.fixture
def book() -> Book:
    return Book().with_member()


def given(book: Book, amount: int, *, unit: str = UNIT, since: str = "", until: str = UNTIL) -> Entry:
    grants = (Grant(unit=unit, amount=amount, since=since, until=until),)
    return book.book(BookGrant, wallet=W1, why="x", grants=grants)


def bought(book: Book, points: int, *, pays: Any = None, until: str = UNTIL) -> Entry:
    earned = PointsEarned(family="goods", points=points, until=until, base=points * 100, step=100)
    return sell(book, line(points * 100), pays=pays, points=(earned,))


def rests(book: Book, unit: str = UNIT, wallet: str = W1) -> list[int]:
    return [lot.rest for lot in book.lots(wallet, unit) if lot.rest]


def back(book: Book, sale: Entry, net: int) -> None:
    book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=net),), why="x")


def test_a_sale_lays_its_points_into_the_lot_that_ends_on_the_same_day(book: Book) -> None:
    first = bought(book, 100)
    second = bought(book, 50)
    assert [(lot.lot, lot.rest, lot.laid) for lot in book.lots(W1, UNIT)] == [(first.id, 150, 150)]
    assert [(lot.lot, lot.amount, lot.until) for lot in second.lots] == [(first.id, 50, UNTIL)]


@pytest.mark.parametrize(
    "other", [{"until": "2028-12-31"}, {"since": "2026-11-25"}, {"unit": "points:petrol"}]
)
def test_what_has_other_days_or_is_of_another_family_lies_apart(book: Book, other: dict[str, str]) -> None:
    given(book, 100)
    apart = given(book, 7, **other)
    assert [lot.lot for lot in apart.lots] == [apart.id]


def test_points_without_an_end_lie_in_no_lot_beside_one_that_has_an_end(book: Book) -> None:
    given(book, 100)
    assert given(book, 7, until="").lots == ()
    assert (rests(book), book.of(W1, UNIT)) == ([100], 107)


@pytest.mark.parametrize("unit", ["cashback", "voucher:v", "count:cut", "bonus"])
def test_of_all_else_each_entry_lays_a_lot_of_its_own(book: Book, unit: str) -> None:
    given(book, 100, unit=unit)
    second = given(book, 7, unit=unit)
    assert rests(book, unit) == [100, 7]
    assert [lot.lot for lot in second.lots] == [second.id]


def test_what_counts_for_a_tier_lies_so_too(book: Book) -> None:
    given(book, 100, unit=TIER_UNIT)
    given(book, 7, unit=TIER_UNIT)
    assert rests(book, TIER_UNIT) == [107]


def test_one_lot_is_of_the_wallet_alone(book: Book) -> None:
    given(book, 100)
    book.book(BookIssue, opens=opening(W2, None, C2))
    grants = (Grant(unit=UNIT, amount=7, until=UNTIL),)
    other = book.book(BookGrant, wallet=W2, why="x", grants=grants)
    assert [lot.lot for lot in other.lots] == [other.id]


def test_a_lot_that_is_spent_takes_nothing_more(book: Book) -> None:
    given(book, 100)
    sell(book, line(500), pays={"points": (500, "goods", 100)})
    assert rests(book) == []
    second = given(book, 7)
    assert [lot.lot for lot in second.lots] == [second.id]


def test_what_a_sale_is_paid_with_takes_nothing_of_what_it_earns(book: Book) -> None:
    """Its rows would say that an old debt was settled out of what it laid."""
    first = given(book, 300)
    sale = bought(book, 10, pays={"points": (500, "goods", 100)})
    assert [(lot.lot, lot.amount) for lot in sale.lots if lot.unit == UNIT] == [
        (first.id, -100),
        (sale.id, 10),
    ]
    third = given(book, 1)
    assert [lot.lot for lot in third.lots] == [first.id]
    book.book(BookVoid, of=sale.id, why="x")
    assert (rests(book), book.of(W1, UNIT)) == ([301], 301)


def test_what_is_taken_of_another_family_keeps_nothing_from_its_own_lot(book: Book) -> None:
    """Lots of one entry have one name, whatever they are of."""
    grants = tuple(Grant(unit=unit, amount=200, until=UNTIL) for unit in (UNIT, "points:petrol"))
    both = book.book(BookGrant, wallet=W1, why="x", grants=grants)
    earned = PointsEarned(family="petrol", points=7, until=UNTIL)
    sell(book, line(1200), pays={"points": (500, "goods", 100)}, points=(earned,))
    assert [(lot.lot, lot.rest) for lot in book.lots(W1, "points:petrol")] == [(both.id, 207)]


def test_two_lots_of_one_family_are_no_entry_still(book: Book) -> None:
    given(book, 100)
    both = tuple(Grant(unit=UNIT, amount=n, until=UNTIL) for n in (1, 2))
    with pytest.raises(NotBookable, match="two lots of points"):
        book.book(BookGrant, wallet=W1, why="x", grants=both)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_whatever_the_order_of_refunds_each_takes_what_its_sale_brought(
    book: Book, order: tuple[int, ...]
) -> None:
    sales = [bought(book, points) for points in (100, 50, 7)]
    left = 157
    for at in order:
        points = (100, 50, 7)[at]
        back(book, sales[at], points * 40)
        back(book, sales[at], points * 60)
        left -= points
        assert book.of(W1, UNIT) == left
        assert rests(book) == ([left] if left else [])
    assert book.of(W1, f"debt:{UNIT}") == 0


def test_a_refund_takes_no_more_than_its_sale_brought_and_owes_what_is_gone(book: Book) -> None:
    first, second = bought(book, 300), bought(book, 50)
    sell(book, line(1500), pays={"points": (1500, "goods", 300)})
    back(book, second, 50_00)
    assert (rests(book), book.of(W1, f"debt:{UNIT}")) == ([], 0)
    back(book, first, 300_00)
    assert (rests(book), book.of(W1, f"debt:{UNIT}")) == ([], -300)


def test_what_settles_a_debt_on_the_way_into_a_lot_is_owed_again_with_its_refund(book: Book) -> None:
    book.with_headquarters = False
    sale = bought(book, 100)
    sell(book, line(500), pays={"points": (500, "goods", 100)})
    back(book, sale, 100_00)
    assert book.of(W1, f"debt:{UNIT}") == -100
    first, second = bought(book, 130), bought(book, 20)
    assert (rests(book), book.of(W1, f"debt:{UNIT}")) == ([50], 0)
    back(book, first, 130_00)
    assert book.of(W1, UNIT) + book.of(W1, f"debt:{UNIT}") == -80
    back(book, second, 20_00)
    assert book.of(W1, UNIT) + book.of(W1, f"debt:{UNIT}") == -100


def test_a_regular_of_years_is_merged_and_what_ended_is_written_off_at_once(book: Book) -> None:
    for _ in range(1_001):
        given(book, 2)
    book.with_member(W2, M2)
    book.book(BookMerge, wallet=W1, into=W2)
    assert (rests(book), rests(book, wallet=W2)) == ([], [2_002])
    book.on_day("2028-01-01")
    book.book(BookExpiry, wallet=W2, unit=UNIT)
    assert book.of(W2, UNIT) == 0


# Those that do not end on one day


def lots_of(book: Book, count: int, unit: str = UNIT) -> list[str]:
    """Each of two, until another day."""
    first = date(2027, 1, 1)
    return [
        given(book, 2, unit=unit, until=(first + timedelta(days=number)).isoformat()).id
        for number in range(count)
    ]


@pytest.mark.parametrize("unit", [UNIT, "cashback"])
def test_of_what_ended_as_many_lots_are_written_off_at_once_as_an_entry_can_name(
    book: Book, unit: str
) -> None:
    lots_of(book, 1_001, unit)
    book.on_day("2030-01-01")
    ended = book.book(BookExpiry, wallet=W1, unit=unit)
    assert (len(ended.lots), book.of(W1, unit)) == (1_000, 2)
    book.book(BookExpiry, wallet=W1, unit=unit)
    assert book.of(W1, unit) == 0
    with pytest.raises(NotBookable, match="nothing of it has ended"):
        book.book(BookExpiry, wallet=W1, unit=unit)


ALL = 1_000_000


def wants(*units: str) -> tuple[Want, ...]:
    return tuple(Want(account=f"wallet:{W1}:{unit}", amount=ALL) for unit in units)


@pytest.mark.parametrize(("lots", "goes", "stays"), [(2, 9, 0), (3, 11, 0), (4, 6, 7), (5, 6, 9)])
def test_a_release_answers_with_what_one_entry_can_name(
    book: Book, lots: int, goes: int, stays: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five points lie beside the lots."""
    given(book, 5, until="")
    lots_of(book, lots)
    monkeypatch.setattr(draft, "POSTINGS_MAX", 3)
    released = Release(wants=wants(UNIT))
    book.book(BookDirective, directed=Directed(hq_epoch=1, m=1), directive=released)
    assert (book.of(W1, UNIT), book.site_of(f"rights:{UNIT}")) == (stays, goes)
    book.book(BookDirective, directed=Directed(hq_epoch=1, m=2), directive=released)
    assert (book.of(W1, UNIT), rests(book)) == (0, [])


def test_a_release_of_several_answers_with_what_fits_of_them_together(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    units = (UNIT, "points:petrol", "cashback")
    for unit in units:
        lots_of(book, 2, unit)
    monkeypatch.setattr(draft, "POSTINGS_MAX", 3)
    book.book(BookRightsBack, wants=wants(*units))
    assert [rests(book, unit) for unit in units] == [[], [2], [2, 2]]
    book.book(BookRightsBack, wants=wants(*units))
    assert [rests(book, unit) for unit in units] == [[], [], []]
    with pytest.raises(NotBookable, match="nothing to give back"):
        book.book(BookRightsBack, wants=wants(*units))


def test_a_release_asks_for_less_than_there_is_room_for(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    lots_of(book, 5)
    monkeypatch.setattr(draft, "POSTINGS_MAX", 3)
    book.book(BookRightsBack, wants=(Want(account=f"wallet:{W1}:{UNIT}", amount=3),))
    assert rests(book) == [1, 2, 2, 2]


def test_a_thousand_lots_go_by_one_release_and_the_next_by_another(book: Book) -> None:
    lots_of(book, 1_001)
    assert len(book.book(BookRightsBack, wants=wants(UNIT)).lots) == 1_000
    assert len(book.book(BookRightsBack, wants=wants(UNIT)).lots) == 1
