"""Points of a sale that comes back after their last day, beside what had been paid with them."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.core.commands import (
    BookExpiry,
    BookGrant,
    BookMerge,
    BookRedeem,
    BookRefund,
    BookReversal,
    BookSale,
    Grant,
    PointsEarned,
    Returned,
)
from terminal.core.entry import Entry
from terminal.core.errors import NotBookable
from terminal.core.ledger import effects
from terminal.core.ledger.again import came_again, refund_of
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.points_over import points_back, points_stay
from terminal.core.ledger.rules import standing_for
from terminal.core.values import EntryId
from tests.core.ledger.book import M2, W1, W2, Book
from tests.core.ledger.test_anew import AGAIN, ENDED, LATER, POINTS, back, lies
from tests.core.ledger.test_came_over import OVER
from tests.core.ledger.test_redo import Branch
from tests.core.ledger.test_value import line, load, sell

PETROL = "points:petrol"


@pytest.fixture
def book() -> Book:
    return Book().with_member()


def bought(book: Book, points: int = 100, until: str = ENDED, family: str = "goods") -> Entry:
    """A point a fen."""
    return sell(book, line(points), points=(PointsEarned(family=family, points=points, until=until),))


def spent(book: Book, points: int = 100, family: str = "goods") -> Entry:
    return sell(book, line(points), pays={"points": (points, family, points)})


def due(sale: Entry) -> int:
    return sale.payload.due if isinstance(sale.payload, BookSale) else 0


def good(book: Book, unit: str = POINTS) -> int:
    return sum(lot.rest for lot in book.lots(W1, unit) if lot.usable(book.at.business_day))


def expire(book: Book) -> None:
    try:
        book.book(BookExpiry, wallet=W1, unit=POINTS)
    except NotBookable:  # Nothing lies there over.
        return


@pytest.mark.parametrize("bought_first", [True, False])
@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("anew", [AGAIN, ""])
def test_in_whatever_order_both_sales_come_back_nothing_of_it_is_good_again(
    book: Book, anew: str, *, bought_first: bool, alone: bool
) -> None:
    """Where policy gives no days, what came back over ends with what lies there."""
    book.with_headquarters = not alone
    before = book.standing()
    sales = bought(book), spent(book)
    book.on_day(OVER)
    for sale in sales if bought_first else reversed(sales):
        back(book, sale, anew=anew)
    assert good(book) == 0
    expire(book)
    assert book.standing() == before


@pytest.mark.parametrize("bought_first", [True, False])
def test_on_its_last_day_nothing_is_over(book: Book, *, bought_first: bool) -> None:
    sales = bought(book), spent(book)
    book.on_day(ENDED)
    for sale in sales if bought_first else reversed(sales):
        back(book, sale, anew=AGAIN)
    owed = 100 if bought_first else 0
    assert (good(book), book.of(W1, f"debt:{POINTS}")) == (owed, -owed)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_as_many_less_are_good_again_as_came_with_goods_that_came_back(data: st.DataObject) -> None:
    """In pieces, in any order, written off at any time between."""
    book = Book().with_member()
    gave = [bought(book, n) for n in data.draw(st.lists(st.integers(1, 40), min_size=1, max_size=4))]
    left, paid = good(book), list[Entry]()
    while left and len(paid) < data.draw(st.integers(1, 4)):
        part = data.draw(st.integers(1, left))
        paid.append(spent(book, part))
        left -= part
    book.on_day(OVER)
    pieces = list[tuple[Entry, int]]()
    for sale in (*gave, *paid):
        net = due(sale)
        first = data.draw(st.integers(0, net))
        pieces += [(sale, part) for part in (first, net - first) if part]
    came = 0
    for sale, part in data.draw(st.permutations(pieces))[: data.draw(st.integers(1, len(pieces)))]:
        if data.draw(st.booleans()):
            expire(book)
        back(book, sale, part, anew=AGAIN)
        came += part if sale in paid else -part
        assert good(book) == max(0, came)
    expire(book)
    assert book.of(W1, POINTS) == good(book)
    assert not book.of(W1, f"debt:{POINTS}")


def test_what_lies_there_over_is_left_where_others_are_good_again(book: Book) -> None:
    """Whether it was written off by then is the same."""
    bought(book, 50)
    sale, paid = bought(book), spent(book, 100)
    book.on_day(OVER)
    back(book, paid, anew=AGAIN)
    back(book, sale, 60, anew=AGAIN)
    assert lies(book, POINTS) == [(ENDED, 50), (AGAIN, 40)]


def test_what_is_not_good_again_is_taken_of_what_lies_there(book: Book) -> None:
    bought(book, 50)
    sale, paid = bought(book), spent(book, 20)
    book.on_day(OVER)
    back(book, paid, 20, anew=AGAIN)
    back(book, sale, 60, anew=AGAIN)
    assert lies(book, POINTS) == [(ENDED, 90)]
    assert (book.of(W1, POINTS), book.of(W1, f"debt:{POINTS}")) == (90, 0)


@pytest.mark.parametrize("again", [1, 40, 100])
def test_what_is_used_again_is_not_due_as_what_had_ended_is_not(book: Book, again: int) -> None:
    sale, paid = bought(book), spent(book)
    book.on_day(OVER)
    back(book, paid, anew=AGAIN)
    spent(book, again)
    back(book, sale, anew=AGAIN)
    assert (good(book), book.of(W1, f"debt:{POINTS}")) == (0, 0)


@pytest.mark.parametrize("bought_first", [True, False])
def test_points_that_a_gift_was_taken_for_are_among_them(book: Book, *, bought_first: bool) -> None:
    sale = bought(book)
    points = PointsEarned(family="goods", points=100)
    taken = book.book(BookRedeem, wallet=W1, card=None, points=points, what="a mug")
    book.on_day(OVER)
    if bought_first:
        back(book, sale, 70, anew=AGAIN)
    book.book(BookRefund, of=taken.id, returned=(), why="x", anew=AGAIN)
    if not bought_first:
        back(book, sale, 70, anew=AGAIN)
    assert good(book) == 30


def test_a_gift_is_no_good_that_came_back(book: Book) -> None:
    book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit=POINTS, amount=100, until=ENDED),))
    paid, other = spent(book), sell(book, line(100))
    book.on_day(OVER)
    back(book, other, anew=AGAIN)
    back(book, paid, anew=AGAIN)
    assert good(book) == 100


@pytest.mark.parametrize("order", sorted(set(permutations("abcd"))))
def test_points_of_another_kind_or_that_ended_on_another_day_are_not_theirs(
    book: Book, order: tuple[str, ...]
) -> None:
    sales = {
        "a": bought(book, 10),
        "b": bought(book, 20, "2026-12-30"),
        "c": bought(book, 40, family="petrol"),
        "d": bought(book, 80, "2026-12-30", family="petrol"),
    }
    paid = spent(book, 30), spent(book, 120, "petrol")
    book.on_day(OVER)
    back(book, sales[order[0]], due(sales[order[0]]), anew=AGAIN)
    back(book, paid[0], 30, anew=AGAIN)
    back(book, sales[order[1]], due(sales[order[1]]), anew=AGAIN)
    back(book, paid[1], 120, anew=AGAIN)
    gone = {*order[:2]}
    assert good(book) == 30 - 10 * ("a" in gone) - 20 * ("b" in gone)
    assert good(book, PETROL) == 120 - 40 * ("c" in gone) - 80 * ("d" in gone)
    for name in order[2:]:
        back(book, sales[name], due(sales[name]), anew=AGAIN)
    assert (good(book), good(book, PETROL)) == (0, 0)


@pytest.mark.parametrize("bought_first", [True, False])
def test_points_that_were_good_again_on_one_day_lie_apart_by_what_brought_them(
    book: Book, *, bought_first: bool
) -> None:
    """Else nobody could say which were those of the goods."""
    early, sale = bought(book, 60, "2026-12-30"), bought(book, 40)
    paid = spent(book, 60), spent(book, 40)
    book.on_day(OVER)
    if bought_first:
        back(book, sale, 40, anew=AGAIN)
    for one, net in zip(paid, (60, 40), strict=True):
        back(book, one, net, anew=AGAIN)
    if not bought_first:
        assert sorted(lies(book, POINTS)) == [(AGAIN, 40), (AGAIN, 60)]
        back(book, sale, 40, anew=AGAIN)
    assert good(book) == 60
    back(book, early, 60, anew=AGAIN)
    assert good(book) == 0


@pytest.mark.parametrize("order", sorted(set(permutations("aabb"))))
def test_it_is_told_from_other_value_that_paid_beside_it(book: Book, order: tuple[str, ...]) -> None:
    """Points of the rest of what earned are counted again, as of a refund in time."""
    load(book, 100)
    earned = PointsEarned(family="goods", points=50, base=100, step=2, until=ENDED)
    book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit=POINTS, amount=100),))
    sale = sell(book, line(200), pays={"points": (100, "goods", 100)}, points=(earned,))
    paid = sell(book, line(150), pays={"stored": 100, "points": (50, "goods", 50)})
    book.on_day(OVER)
    before = book.of(W1, POINTS)
    for which in order:
        back(book, sale if which == "a" else paid, 100 if which == "a" else 75, anew=AGAIN)
    expire(book)
    assert (good(book), book.of(W1, POINTS) - before) == (0, 100)
    assert book.of(W1, "principal") == 100


@pytest.mark.parametrize("order", sorted(set(permutations("aab"))))
def test_each_part_brings_what_its_own_lines_earned(book: Book, order: tuple[str, ...]) -> None:
    earned = tuple(
        PointsEarned(
            family="goods", points=points, base=30, step=1, each=points // 30, places=(at,), until=ENDED
        )
        for at, points in enumerate((30, 60))
    )
    sale = sell(book, line(30), line(30), points=earned)
    paid = spent(book, 90)
    book.on_day(OVER)
    lines = [0, 1]
    for which in order:
        if which == "a":
            returned = (Returned(line=lines.pop(), net=30),)
            book.book(BookRefund, of=sale.id, returned=returned, why="x", anew=AGAIN)
        else:
            back(book, paid, 90, anew=AGAIN)
    assert good(book) == 0


def test_one_that_was_reversed_owes_it_and_what_it_paid_is_good_again(book: Book) -> None:
    sale, paid = bought(book), spent(book)
    book.on_day(OVER)
    book.book(BookReversal, of=sale.id, why="x")
    assert book.of(W1, f"debt:{POINTS}") == -100
    back(book, paid, anew=AGAIN)
    assert good(book) == 100


@pytest.mark.parametrize("bought_first", [True, False])
def test_it_is_found_on_the_wallet_that_is_left(book: Book, *, bought_first: bool) -> None:
    book.with_member(W2, M2)
    sales = bought(book), spent(book)
    book.book(BookMerge, wallet=W1, into=W2)
    book.on_day(OVER)
    for sale in sales if bought_first else reversed(sales):
        back(book, sale, anew=AGAIN)
    assert not [lot for lot in book.lots(W2, POINTS) if lot.usable(OVER)]


def test_what_came_back_in_time_is_owed_and_is_not_held_against_it_again(book: Book) -> None:
    sale, paid = bought(book), spent(book)
    back(book, sale, 40)
    book.on_day(OVER)
    back(book, sale, 10, anew=AGAIN)
    back(book, paid, anew=AGAIN)
    assert (good(book), book.of(W1, f"debt:{POINTS}")) == (90, -40)


def test_what_came_back_where_policy_gives_no_days_is_held_against_no_other(book: Book) -> None:
    """It lies there over; what is good again later is less by as much as the goods that came back brought."""
    sale, paid, other = bought(book), spent(book, 30), spent(book, 70)
    book.on_day(OVER)
    back(book, paid, 30)
    back(book, sale, 70, anew=AGAIN)
    back(book, other, 70, anew=AGAIN)
    assert good(book) == 0


@pytest.mark.parametrize("alone", [True, False])
def test_what_settled_a_debt_as_it_came_back_is_not_there(book: Book, *, alone: bool) -> None:
    book.with_headquarters = not alone
    early, first = bought(book, 20, LATER), spent(book, 20)
    sale, paid = bought(book), spent(book)
    back(book, early, 20)
    book.on_day(OVER)
    back(book, paid, anew=AGAIN)
    back(book, sale, 90, anew=AGAIN)
    assert (good(book), book.of(W1, f"debt:{POINTS}")) == ((0, 0) if alone else (10, -20))
    back(book, first, 20, anew=AGAIN)
    assert good(book) == (20 if alone else 30)


def test_both_refer_to_the_lot_once_and_nothing_else_does(book: Book) -> None:
    """A refund that had to leave something over, and one that was to take it."""
    sale, paid, other = bought(book), spent(book), bought(book, 30, LATER)
    book.on_day(OVER)
    back(book, other, 30, anew=AGAIN)
    assert len(_refers(book)) == 1
    back(book, sale, 40, anew=AGAIN)
    over = _refers(book)[0]
    assert len(_refers(book)) == 2
    back(book, paid, 50, anew=AGAIN)
    assert _refers(book) == [over, effects.Refers(of=paid.id)]
    back(book, paid, 50, anew=AGAIN)
    assert _refers(book) == [effects.Refers(of=paid.id)]


def test_it_is_called_after_the_lot_in_every_file(book: Book) -> None:
    """Files keep the name: refunds of another release find it. One sale may leave over and take."""
    sale = bought(book)
    book.on_day(OVER)
    back(book, sale, 40, anew=AGAIN)
    over = effects.Refers(of=standing_for(f"over: {POINTS} {sale.id}"))
    assert over in book.done.effects
    draft = Draft(book.at, book.next_id(), book)
    assert points_stay(draft, POINTS, sale.id) == 40
    assert points_back(draft, W1, POINTS, 1, list(sale.lots)) == (1, list(sale.lots))
    assert draft.effects == [over]


def _refers(book: Book) -> list[effects.Refers]:
    return [one for one in book.done.effects if isinstance(one, effects.Refers)]


def test_a_refund_of_what_is_not_known_here_is_held_against_nothing(book: Book) -> None:
    sale, paid = bought(book), spent(book)
    book.on_day(OVER)
    back(book, sale, anew=AGAIN)
    assert points_stay(Draft(book.at, book.next_id(), book), POINTS, sale.id) == 100
    del book.entries[sale.id]
    assert points_stay(Draft(book.at, book.next_id(), book), POINTS, sale.id) == 0
    back(book, paid, anew=AGAIN)
    assert good(book) == 100


def test_on_a_branch_that_stays_it_is_as_on_the_one_that_was_given_up() -> None:
    one, other = Branch(1), Branch(2)
    sale, paid = bought(one), spent(one)
    for each in (sale, paid):
        other.again(each)
    for branch in (one, other):
        branch.on_day(OVER)
    other.again(back(one, sale, anew=AGAIN))
    back(other, paid, anew=AGAIN)
    assert good(other) == 0


def test_of_a_lot_that_is_good_again_beside_another_no_more_is_taken_than_was_of_it(book: Book) -> None:
    one, more, other = bought(book, 60, "2026-12-30"), bought(book, 20, "2026-12-30"), bought(book, 40)
    spent(book, 20)
    paid = spent(book, 100)
    book.on_day(OVER)
    back(book, paid, anew=AGAIN)
    back(book, one, 60, anew=AGAIN)
    back(book, more, 20, anew=AGAIN)
    assert good(book) == 40
    back(book, other, 40, anew=AGAIN)
    assert good(book) == 0


def test_points_that_a_sale_brought_which_they_paid_are_of_their_own_lot(book: Book) -> None:
    sale, _ = bought(book), bought(book, 30)
    earned = (PointsEarned(family="goods", points=60, until=LATER),)
    paid = sell(book, line(100), pays={"points": (100, "goods", 100)}, points=earned)
    more = spent(book, 30)
    book.on_day(OVER)
    back(book, sale, anew=AGAIN)
    back(book, paid, anew=AGAIN)
    assert good(book) == 0
    back(book, more, 30, anew=AGAIN)
    assert good(book) == 30


def test_each_part_is_due_after_those_before_it(book: Book) -> None:
    """Three points for a hundred: two go with the first half, one with the other."""
    earned = (PointsEarned(family="goods", points=3, base=100, step=30, until=ENDED),)
    sale = sell(book, line(100), points=earned)
    bought(book, 10)
    paid = spent(book, 13)
    book.on_day(OVER)
    for _ in range(2):
        back(book, sale, 50, anew=AGAIN)
    back(book, paid, 13, anew=AGAIN)
    assert good(book) == 10


def test_what_stayed_over_is_not_good_again_in_its_lot(book: Book) -> None:
    """A refund leaves a part over; what it laid as good again is less by that."""
    sale, other = bought(book, 60), bought(book, 40)
    paid, more = spent(book, 70), spent(book, 30)
    book.on_day(OVER)
    back(book, sale, 30, anew=AGAIN)
    back(book, paid, 70, anew=AGAIN)
    back(book, more, 30, anew=AGAIN)
    assert good(book) == 70
    back(book, sale, 30, anew=AGAIN)
    back(book, other, 40, anew=AGAIN)
    assert good(book) == 0


def test_of_another_lot_beside_what_stayed_over_nothing_is_taken(book: Book) -> None:
    early = [bought(book, net, "2026-12-30") for net in (30, 30, 40)]
    bought(book, 40)
    spent(book, 40)
    paid = spent(book, 100)
    book.on_day(OVER)
    back(book, early[0], 30, anew=AGAIN)
    back(book, paid, anew=AGAIN)
    for sale, net in zip(early[1:], (30, 40), strict=True):
        back(book, sale, net, anew=AGAIN)
    assert good(book) == 40


def test_of_a_sale_that_is_not_known_here_nothing_is_good_again(book: Book) -> None:
    sale, paid = bought(book), spent(book)
    book.on_day(OVER)
    back(book, paid, anew=AGAIN)
    (lot,) = (lot.lot for lot in book.lots(W1, POINTS))
    del book.entries[paid.id]
    assert came_again(book, POINTS, sale.id, book.entries[EntryId(lot)], paid.id) == 0
    del book.entries[EntryId(lot)]
    assert refund_of(book, lot) is None
    assert refund_of(book, sale.id) is None


@pytest.mark.parametrize("order", sorted(set(permutations("abbc"))))
def test_nothing_is_good_again_of_sales_that_paid_and_earned(book: Book, order: tuple[str, ...]) -> None:
    """Each earned what paid the next; two lots end on one day."""
    earned = (PointsEarned(family="goods", points=20, until=ENDED),)
    sales = {"a": bought(book), "b": sell(book, line(50), pays={"points": (50, "goods", 50)}, points=earned)}
    assert [rest for _, rest in lies(book, POINTS)] == [20, 50]
    sales["c"] = spent(book, 70)
    book.on_day(OVER)
    for which in order:
        back(book, sales[which], {"a": 100, "b": 25, "c": 70}[which], anew=AGAIN)
    expire(book)
    assert (book.of(W1, POINTS), book.of(W1, f"debt:{POINTS}")) == (0, 0)
