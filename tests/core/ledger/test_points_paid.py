"""What points paid of a sale comes back as points: whole ones, and never a fen more or less in all."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.commands import (
    BookExpiry,
    BookGrant,
    BookRefund,
    BookSale,
    BookVoid,
    Grant,
    PointsEarned,
    Returned,
    Tender,
    TenderKind,
)
from terminal.core.entry import Entry
from terminal.core.errors import NotBookable
from terminal.core.ledger.shares import beside_points
from tests.core.ledger.book import DAY, W1, Book
from tests.core.ledger.test_value import line, sell

POINTS, OWED = "points:goods", "debt:points:goods"


def with_points(points: int, until: str = "") -> Book:
    book = Book().with_member()
    book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit=POINTS, amount=points, until=until),))
    return book


def back(book: Book, sale: Entry, net: int, place: int = 0) -> tuple[int, int, int]:
    """Points, fen of their worth, and fen of the code payment that come back."""
    book.book(BookRefund, of=sale.id, returned=(Returned(line=place, net=net),), why="x")
    sums = {account.name: amount for account, amount in book.done.postings}
    worth, code = sums.get("site:S1:points_expense", 0), sums.get("site:S1:outside:code", 0)
    return sums.get("wallet:w1:points:goods", 0), worth, code


def test_a_thousand_points_of_a_bill_come_back_as_far_as_it_does() -> None:
    book = with_points(1_000)
    lines = line(20_627), line(15_802), line(7_431)
    sale = sell(book, *lines, pays={"points": (5_000, "goods", 1_000), "code": 38_860})
    assert back(book, sale, 20_627) == (470, 2_350, 18_277)
    assert back(book, sale, 15_802, 1) == (360, 1_800, 14_002)
    assert back(book, sale, 7_431, 2) == (170, 850, 6_581)
    assert book.of(W1, POINTS) == 1_000


def test_points_that_are_worth_less_than_a_fen_come_back_all_however_small_the_parts_are() -> None:
    book = with_points(7)
    sale = sell(book, line(10), pays={"points": (3, "goods", 7), "code": 7})
    parts = [back(book, sale, 1) for _ in range(10)]
    assert [sum(each) for each in zip(*parts, strict=True)] == [7, 3, 7]
    assert book.of(W1, POINTS) == 7


def test_a_sale_that_is_undone_by_half_gives_half_of_each_back() -> None:
    book = with_points(100)
    sale = sell(book, line(2_000), pays={"points": (500, "goods", 100), "code": 1_500})
    assert back(book, sale, 1_000) == (50, 250, 750)


def test_what_lies_between_two_points_is_of_the_other_way_as_far_as_the_next_leaves_it() -> None:
    book = with_points(100)
    sale = sell(book, line(1_000), pays={"points": (500, "goods", 100), "code": 500})
    found = [back(book, sale, net) for net in (9, 1, 1, 9)]
    assert found == [(0, 4, 5), (1, 1, 0), (0, 0, 1), (1, 5, 4)]


def test_by_points_alone_the_rest_of_a_point_waits_for_the_next() -> None:
    book = with_points(100)
    sale = sell(book, line(500), pays={"points": (500, "goods", 100)})
    assert [back(book, sale, net)[:2] for net in (4, 1, 495)] == [(0, 4), (1, 1), (99, 495)]


def test_where_a_point_is_no_whole_fen_the_shares_are_as_of_all_else() -> None:
    book = with_points(300)
    sale = sell(book, line(1_000), pays={"points": (500, "goods", 300), "code": 500})
    assert [back(book, sale, net) for net in (500, 500)] == [(150, 250, 250), (150, 250, 250)]


def test_points_of_two_families_come_back_as_all_else_does() -> None:
    book = with_points(100)
    book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit="points:petrol", amount=60),))
    tenders = (
        Tender(kind=TenderKind.POINTS, amount=500, of="goods", units=100),
        Tender(kind=TenderKind.POINTS, amount=300, of="petrol", units=60),
    )
    sale = book.book(BookSale, wallet=W1, card=None, lines=(line(800),), due=800, tenders=tenders)
    assert back(book, sale, 400) == (50, 400, 0)
    assert book.of(W1, "points:petrol") == 30


def test_a_void_brings_all_of_them_back_and_takes_what_was_earned() -> None:
    book = with_points(100)
    points = (PointsEarned(family="goods", points=5, base=500, step=100),)
    sale = sell(book, line(1_000), pays={"points": (500, "goods", 100), "code": 500}, points=points)
    assert book.of(W1, POINTS) == 5
    book.book(BookVoid, of=sale.id, why="x")
    assert book.of(W1, POINTS) == 100


CUTS = st.lists(st.integers(1, 400), min_size=1, max_size=8)


@given(st.integers(1, 8), st.integers(0, 2_000), CUTS)
def test_however_it_is_cut_whole_points_come_back_and_no_way_ever_gives_less(
    hundreds: int, others: int, cuts: list[int]
) -> None:
    worth = hundreds * 500
    due = worth + others
    pays: dict[str, Any] = {"points": (worth, "goods", hundreds * 100)} | ({"code": others} if others else {})
    book = with_points(800)
    sale = sell(book, line(due), pays=pays)
    undone, came, fen = 0, 0, [0, 0]
    for cut in (*cuts, due):
        net = min(due - undone, cut)
        if not net:
            break
        points, value, code = back(book, sale, net)
        assert min(points, value, code) >= 0
        undone, came, fen = undone + net, came + points, [fen[0] + value, fen[1] + code]
        assert came == hundreds * 100 * undone // due
        assert sum(fen) == undone
        assert 0 <= fen[0] - came * 5 < 5
    assert (came, fen) == (hundreds * 100, [worth, others])
    assert book.of(W1, POINTS) == 800


@given(st.integers(1, 8), st.lists(st.integers(1, 3_000), min_size=2, max_size=4), st.data())
def test_in_whatever_order_the_lines_come_back_all_is_as_before(
    hundreds: int, nets: list[int], data: st.DataObject
) -> None:
    worth, due = hundreds * 500, sum(nets)
    if worth > due:
        return
    pays: dict[str, Any] = {"points": (worth, "goods", hundreds * 100)}
    if due > worth:
        pays["code"] = due - worth
    book = with_points(800)
    points = ()
    if base := (due - worth) // 100:
        points = (PointsEarned(family="goods", points=base, base=due - worth, step=100),)
    sale = sell(book, *map(line, nets), pays=pays, points=points)
    for at in data.draw(st.permutations(range(len(nets)))):
        back(book, sale, nets[at], at)
    assert book.of(W1, POINTS) + book.of(W1, OWED) == 800
    assert book.of(W1, OWED) == 0


@given(st.integers(1, 500), st.integers(1, 9), st.integers(0, 2_000))
def test_what_is_beside_the_points_grows_with_what_comes_back(points: int, each: int, others: int) -> None:
    due = points * each + others
    found = [beside_points(fen, points, each, due) for fen in range(due + 1)]
    assert (found[0], found[-1]) == (0, others)
    assert all(0 <= after - before <= 1 for before, after in pairwise(found))


# What ends.


@pytest.mark.parametrize("spent", [0, 300, 1_000])
def test_what_ends_never_goes_below_nothing(spent: int) -> None:
    book = with_points(1_000, until=DAY)
    if spent:
        sell(book, line(spent * 5), pays={"points": (spent * 5, "goods", spent)})
    book.on_day("2026-11-25")
    if spent == 1_000:
        with pytest.raises(NotBookable):
            book.book(BookExpiry, wallet=W1, unit=POINTS)
    else:
        book.book(BookExpiry, wallet=W1, unit=POINTS)
    assert book.of(W1, POINTS) == 0


@given(st.lists(st.tuples(st.sampled_from(["earn", "spend", "end", "back"]), st.integers(1, 9)), max_size=12))
def test_whatever_is_earned_spent_given_back_and_ended_nothing_is_below_nothing(
    steps: list[tuple[str, int]],
) -> None:
    book, sales, day = with_points(500, until=DAY), [], 24
    for step, count in steps:
        if step == "earn":
            points = PointsEarned(
                family="goods",
                points=count,
                base=count * 100,
                step=100,
                until=f"2026-11-{day + count % 3:02d}",
            )
            sales.append(sell(book, line(count * 100), points=(points,)))
        elif step == "spend" and _usable(book) >= count * 10:
            points_paid = (count * 50, "goods", count * 10)
            sales.append(sell(book, line(count * 50), pays={"points": points_paid}))
        elif step == "back" and sales:
            sale = sales.pop(count % len(sales))
            back(book, sale, sale.payload.due)  # type: ignore[union-attr]
        elif step == "end" and day < 29:
            day += 1
            book.on_day(f"2026-11-{day}")
            if any(lot.until and lot.until < f"2026-11-{day}" for lot in book.lots(W1, POINTS)):
                book.book(BookExpiry, wallet=W1, unit=POINTS)
        assert book.of(W1, POINTS) >= 0
        assert book.of(W1, OWED) <= 0
        assert all(lot.rest >= 0 for lot in book.lots(W1, POINTS))


def _usable(book: Book) -> int:
    lots = book.lots(W1, POINTS)
    ended = sum(lot.rest for lot in lots if lot.until and lot.until < book.at.business_day)
    return book.of(W1, POINTS) - ended
