"""Cashback of a sale that comes back after its last day, beside what had been paid with it."""

from __future__ import annotations

from itertools import permutations

import pytest

from terminal.core.commands import (
    BookExpiry,
    BookGrant,
    BookMerge,
    BookReversal,
    BookSale,
    Cashback,
    Grant,
    PointsEarned,
    Tender,
    TenderKind,
)
from terminal.core.entry import Entry
from terminal.core.ledger.redo import AsItWas
from terminal.core.ledger.shares import rewarding
from terminal.core.values import EntryId
from terminal.store.answers import id_bytes
from tests.core.ledger.book import M2, W1, W2, Book
from tests.core.ledger.test_anew import AGAIN, CASHBACK, ENDED, LATER, POINTS, back, given, lies
from tests.core.ledger.test_redo import Branch
from tests.core.ledger.test_value import line, load, sell

OVER = "2027-01-01"


@pytest.fixture
def book() -> Book:
    return Book().with_member()


def bought(book: Book, amount: int = 100, net: int = 100, until: str = ENDED) -> Entry:
    return sell(book, line(net), cashback=Cashback(amount=amount, since=book.at.business_day, until=until))


def spent(book: Book, amount: int) -> Entry:
    return sell(book, line(amount), pays={CASHBACK: amount})


def good(book: Book) -> int:
    """What of it pays today, in fen."""
    return sum(lot.rest for lot in book.lots(W1, CASHBACK) if lot.usable(book.at.business_day))


@pytest.mark.parametrize("bought_first", [True, False])
@pytest.mark.parametrize("alone", [True, False])
def test_in_whatever_order_both_sales_come_back_nothing_of_it_is_good_again(
    book: Book, *, bought_first: bool, alone: bool
) -> None:
    book.with_headquarters = not alone
    before = book.standing()
    sales = bought(book), spent(book, 100)
    book.on_day(OVER)
    for sale in sales if bought_first else reversed(sales):
        back(book, sale, anew=AGAIN)
    assert good(book) == 0
    assert lies(book, CASHBACK) == ([(ENDED, 100)] if bought_first else [])
    if not bought_first:
        assert book.standing() == before
        return
    book.book(BookExpiry, wallet=W1, unit=CASHBACK)
    assert (book.of(W1, CASHBACK), book.site_of("forfeited")) == (0, 100)


def test_what_a_campaign_gave_with_a_sale_is_owed_and_what_it_paid_is_good_again(book: Book) -> None:
    sale = sell(book, line(100))
    given = (Grant(unit=CASHBACK, amount=100, until=ENDED),)
    book.book(BookGrant, wallet=W1, why="x", with_entry=sale.id, grants=given)
    paid = spent(book, 100)
    book.on_day(OVER)
    back(book, sale, 50)
    back(book, paid, anew=AGAIN)
    assert (good(book), book.of(W1, f"debt:{CASHBACK}")) == (100, -50)


@pytest.mark.parametrize("bought_first", [True, False])
def test_on_its_last_day_nothing_is_over(book: Book, *, bought_first: bool) -> None:
    sales = bought(book), spent(book, 100)
    book.on_day(ENDED)
    for sale in sales if bought_first else reversed(sales):
        back(book, sale, anew=AGAIN)
    owed = 100 if bought_first else 0
    assert (good(book), book.of(W1, f"debt:{CASHBACK}")) == (owed, -owed)


@pytest.mark.parametrize(
    ("spends", "came"), [(100, (20, 30)), (100, (50, 50)), (60, (10, 45)), (60, (70, 30))]
)
@pytest.mark.parametrize("order", sorted(set(permutations("aabb"))))
def test_cut_in_pieces_it_comes_to_the_same_in_any_order(
    book: Book, order: tuple[str, ...], spends: int, came: tuple[int, int]
) -> None:
    sale, paid = bought(book), spent(book, spends)
    book.on_day(OVER)
    pieces = {"a": [(sale, part) for part in came], "b": [(paid, 25), (paid, spends - 35)]}
    for which in order:
        one, part = pieces[which].pop()
        back(book, one, part, anew=AGAIN)
    again = spends - 10
    gone = max(0, sum(came) - (100 - spends))
    assert good(book) == max(0, again - gone)


def test_a_part_of_it_takes_no_more_of_it_along(book: Book) -> None:
    sale, paid = bought(book), spent(book, 100)
    book.on_day(OVER)
    back(book, sale, 30, anew=AGAIN)
    back(book, paid, anew=AGAIN)
    assert lies(book, CASHBACK) == [(ENDED, 30), (AGAIN, 70)]
    back(book, sale, 20, anew=AGAIN)
    assert lies(book, CASHBACK) == [(AGAIN, 50)]


def test_a_part_that_brings_no_fen_of_it_leaves_it_alone(book: Book) -> None:
    sale, paid = bought(book, 1), spent(book, 1)
    book.on_day(OVER)
    back(book, sale, 1, anew=AGAIN)
    back(book, paid, 1, anew=AGAIN)
    back(book, sale, 98, anew=AGAIN)
    assert lies(book, CASHBACK) == [(ENDED, 1)]


def test_what_was_written_off_meanwhile_is_taken_of_what_is_good(book: Book) -> None:
    sale, paid = bought(book), spent(book, 100)
    book.on_day(OVER)
    back(book, sale, 30, anew=AGAIN)
    back(book, paid, anew=AGAIN)
    book.book(BookExpiry, wallet=W1, unit=CASHBACK)
    back(book, sale, 20, anew=AGAIN)
    assert lies(book, CASHBACK) == [(AGAIN, 20)]


@pytest.mark.parametrize("again", [1, 40, 100])
def test_what_is_used_again_is_not_due_as_what_had_ended_is_not(book: Book, again: int) -> None:
    sale, paid = bought(book), spent(book, 100)
    book.on_day(OVER)
    back(book, paid, anew=AGAIN)
    spent(book, again)
    back(book, sale, anew=AGAIN)
    assert (good(book), book.of(W1, f"debt:{CASHBACK}")) == (0, 0)


@pytest.mark.parametrize("pieces", [(50, 50), (10, 90), (30, 70), (99, 1)])
@pytest.mark.parametrize("other_first", [True, False])
def test_of_another_lot_that_came_back_with_it_nothing_is_taken(
    book: Book, pieces: tuple[int, int], *, other_first: bool
) -> None:
    if other_first:
        given(book, CASHBACK, 70, ENDED)
    sale = bought(book, 30)
    if not other_first:
        given(book, CASHBACK, 70, ENDED)
    paid = spent(book, 100)
    book.on_day(OVER)
    for part in pieces:
        back(book, paid, part, anew=AGAIN)
    for part in (50, 25, 25):
        back(book, sale, part, anew=AGAIN)
    assert good(book) == 70


@pytest.mark.parametrize("other_first", [True, False])
def test_what_of_it_has_not_come_back_is_taken_of_no_other(book: Book, *, other_first: bool) -> None:
    if other_first:
        given(book, CASHBACK, 70, ENDED)
    sale = bought(book, 30)
    if not other_first:
        given(book, CASHBACK, 70, ENDED)
    paid = spent(book, 100)
    book.on_day(OVER)
    back(book, paid, 70, anew=AGAIN)
    back(book, sale, anew=AGAIN)
    assert good(book) == (70 if other_first else 40)
    back(book, paid, 30, anew=AGAIN)
    assert good(book) == 70


def test_nothing_is_taken_of_what_came_back_beside_it(book: Book) -> None:
    """Each time it is as much as that sale laid there, and not what lies in the lot."""
    given(book, CASHBACK, 70, ENDED)
    sale = bought(book, 30)
    spent(book, 70)
    paid = spent(book, 30)
    other = bought(book, 50, until=LATER)
    book.on_day(OVER)
    back(book, paid, 30, anew=AGAIN)
    back(book, sale, anew=AGAIN)
    assert (good(book), book.of(W1, f"debt:{CASHBACK}")) == (50, 0)
    back(book, other, anew=AGAIN)
    assert book.of(W1, CASHBACK) == 0


@pytest.mark.parametrize("bought_first", [True, False])
def test_what_came_back_in_time_is_owed_and_is_not_held_against_it_again(
    book: Book, *, bought_first: bool
) -> None:
    sale, paid = bought(book), spent(book, 100)
    back(book, sale, 40)
    book.on_day(OVER)
    if bought_first:
        back(book, sale, 10, anew=AGAIN)
        back(book, paid, anew=AGAIN)
    else:
        back(book, paid, anew=AGAIN)
        back(book, sale, 10, anew=AGAIN)
    assert (good(book), book.of(W1, f"debt:{CASHBACK}")) == (90, -40)


def test_what_went_back_in_time_stays_with_the_lot_it_came_to(book: Book) -> None:
    sale, paid = bought(book), spent(book, 100)
    back(book, paid, 40)
    book.on_day(OVER)
    back(book, paid, 60, anew=AGAIN)
    assert lies(book, CASHBACK) == [(ENDED, 40), (AGAIN, 60)]
    back(book, sale, 50, anew=AGAIN)
    assert lies(book, CASHBACK) == [(AGAIN, 50)]


@pytest.mark.parametrize("alone", [True, False])
def test_what_settled_a_debt_as_it_came_back_is_not_there(book: Book, *, alone: bool) -> None:
    book.with_headquarters = not alone
    early, first = bought(book, 20, until=LATER), spent(book, 20)
    sale, paid = bought(book), spent(book, 100)
    back(book, early)
    book.on_day(OVER)
    back(book, paid, anew=AGAIN)
    back(book, sale, 90, anew=AGAIN)
    assert (good(book), book.of(W1, f"debt:{CASHBACK}")) == ((0, 0) if alone else (10, -20))
    back(book, first, 20, anew=AGAIN)
    assert good(book) == (20 if alone else 30)


def test_one_that_was_reversed_owes_it_and_what_it_paid_is_good_again(book: Book) -> None:
    sale, paid = bought(book), spent(book, 100)
    book.on_day(OVER)
    book.book(BookReversal, of=sale.id, why="x")
    assert book.of(W1, f"debt:{CASHBACK}") == -100
    back(book, paid, anew=AGAIN)
    assert good(book) == 100


def test_points_of_that_sale_stay_over_beside_it(book: Book) -> None:
    earned = (PointsEarned(family="goods", points=100, until=ENDED),)
    cashback = Cashback(amount=100, since=book.at.business_day, until=ENDED)
    sale = sell(book, line(100), cashback=cashback, points=earned)
    spent(book, 100)
    paid = sell(book, line(100), pays={"points": (100, "goods", 100)})
    book.on_day(OVER)
    back(book, sale, anew=AGAIN)
    back(book, paid, anew=AGAIN)
    assert lies(book, POINTS) == [(ENDED, 100)]
    assert lies(book, CASHBACK) == []


@pytest.mark.parametrize("bought_first", [True, False])
def test_it_is_found_on_the_wallet_that_is_left(book: Book, *, bought_first: bool) -> None:
    book.with_member(W2, M2)
    sales = bought(book), spent(book, 100)
    book.book(BookMerge, wallet=W1, into=W2)
    book.on_day(OVER)
    for sale in sales if bought_first else reversed(sales):
        back(book, sale, anew=AGAIN)
    assert not [lot for lot in book.lots(W2, CASHBACK) if lot.usable(OVER)]


@pytest.mark.parametrize("bought_first", [True, False])
@pytest.mark.parametrize("beside", [0, 60])
def test_what_uses_paid_brought_none(book: Book, beside: int, *, bought_first: bool) -> None:
    """Of two lines a use paid one; where it paid all, it came for all."""
    given(book, "count:K1", 1)
    use = Tender(kind=TenderKind.USES, amount=40, of="count:K1", units=1, places=(0,))
    cash = Tender(kind=TenderKind.CASH, amount=beside)
    sale = book.book(
        BookSale,
        wallet=W1,
        card=None,
        lines=(line(40), line(60)) if beside else (line(40),),
        due=40 + beside,
        tenders=(use, cash) if beside else (use,),
        received=beside,
        cashback=Cashback(amount=100, since=book.at.business_day, until=ENDED),
    )
    paid = spent(book, 100)
    book.on_day(OVER)
    for one in (sale, paid) if bought_first else (paid, sale):
        back(book, one, 40 if one is sale else 100, anew=AGAIN)
    assert good(book) == (100 if beside else 0)


@pytest.mark.parametrize("order", sorted(set(permutations("aabb"))))
def test_it_is_told_from_other_value_that_paid_beside_it(book: Book, order: tuple[str, ...]) -> None:
    load(book, 100)
    sale = bought(book)
    paid = sell(book, line(200), pays={"stored": 100, CASHBACK: 100})
    book.on_day(OVER)
    for which in order:
        back(book, sale if which == "a" else paid, 50 if which == "a" else 100, anew=AGAIN)
    assert (good(book), book.of(W1, "principal")) == (0, 100)


@pytest.mark.parametrize("order", sorted(set(permutations("aabb"))))
def test_what_was_paid_with_it_may_bring_some_itself(book: Book, order: tuple[str, ...]) -> None:
    sale = bought(book)
    given(book, CASHBACK, 60, ENDED)
    cashback = Cashback(amount=40, since=book.at.business_day, until=LATER)
    paid = sell(book, line(160), pays={CASHBACK: 160}, cashback=cashback)
    book.on_day(OVER)
    for which in order:
        back(book, sale if which == "a" else paid, 50 if which == "a" else 80, anew=AGAIN)
    assert good(book) == 60


@pytest.mark.parametrize("share", [50, 100])
def test_a_sale_that_cashback_paid_gets_its_own_back(book: Book, share: int) -> None:
    given(book, CASHBACK, 50, ENDED)
    cashback = Cashback(amount=100, since=book.at.business_day, until=ENDED)
    sale = sell(book, line(100), pays={CASHBACK: 50}, cashback=cashback)
    paid = spent(book, 100)
    book.on_day(OVER)
    back(book, sale, share, anew=AGAIN)
    back(book, paid, anew=AGAIN)
    assert good(book) == share // 2 + 100 - share


@pytest.mark.parametrize("owed", [1, 20])
def test_a_debt_that_it_settles_is_not_its_own(book: Book, owed: int) -> None:
    book.with_headquarters = False
    given(book, CASHBACK, 50)
    early = bought(book, owed, until="2026-11-30")
    cashback = Cashback(amount=100, since=book.at.business_day, until="2026-12-30")
    spent(book, owed)
    sale = sell(book, line(100), pays={CASHBACK: 50}, cashback=cashback)
    paid = spent(book, 100)
    back(book, early)
    book.on_day(OVER)
    back(book, sale, 60, anew=AGAIN)
    assert (good(book), book.of(W1, f"debt:{CASHBACK}")) == (30 - owed, 0)
    back(book, paid, anew=AGAIN)
    assert good(book) == 70 - owed


@pytest.mark.parametrize("bought_first", [True, False])
def test_a_gift_that_came_beside_it_is_no_part_of_it(book: Book, *, bought_first: bool) -> None:
    sale = bought(book)
    gift = (Grant(unit=CASHBACK, amount=40),)
    book.book(BookGrant, wallet=W1, why="x", grants=gift, with_entry=sale.id)
    paid = spent(book, 100)
    book.on_day(OVER)
    for one in (sale, paid) if bought_first else (paid, sale):
        back(book, one, anew=AGAIN)
    assert good(book) == 0


def test_of_a_lot_that_paid_more_only_what_came_back_is_taken_once(book: Book) -> None:
    sale = bought(book)
    given(book, CASHBACK, 70, ENDED)
    spent(book, 70)
    paid = spent(book, 100)
    book.on_day(OVER)
    back(book, paid, anew=AGAIN)
    for part in (50, 1, 49):
        back(book, sale, part, anew=AGAIN)
        assert lies(book, CASHBACK) == [(AGAIN, 70)]


def test_what_stayed_over_and_was_written_off_is_taken_of_no_other(book: Book) -> None:
    sale = bought(book)
    given(book, CASHBACK, 50, ENDED)
    paid = spent(book, 150)
    book.on_day(OVER)
    back(book, sale, 30, anew=AGAIN)
    back(book, paid, 150, anew=AGAIN)
    assert lies(book, CASHBACK) == [(ENDED, 30), (AGAIN, 120)]
    book.book(BookExpiry, wallet=W1, unit=CASHBACK)
    back(book, sale, 70, anew=AGAIN)
    assert lies(book, CASHBACK) == [(AGAIN, 50)]


def test_of_what_is_not_known_here_nothing_is_held_against_it(book: Book) -> None:
    """Lots that another site laid, and what another site's sale gave back."""
    gift = given(book, CASHBACK, 50, ENDED)
    other = given(book, CASHBACK, 10)
    paid = spent(book, 50)
    sale, spends = bought(book), spent(book, 100)
    del book.entries[gift.id], book.entries[other.id]
    book.on_day(OVER)
    back(book, paid, 50, anew=AGAIN)
    assert good(book) == 60
    back(book, spends, 60, anew=AGAIN)
    del book.entries[spends.id]
    back(book, sale, anew=AGAIN)
    assert good(book) == 120


def test_where_nothing_was_to_be_paid_each_line_is_one_part(book: Book) -> None:
    free = sell(book, line(0, off=5), line(0, off=5)).payload
    assert isinstance(free, BookSale)
    assert [rewarding(free, undone) for undone in ([0, 0], [1, 0], [1, 1])] == [(0, 2), (1, 2), (2, 2)]


class Strict(Branch):
    """Asked for what is no id it refuses, as the ledger's file does."""

    def entry(self, entry: EntryId) -> Entry | None:
        id_bytes(entry)
        return super().entry(entry)


def test_a_refund_whose_cashback_is_not_here_is_read_again_from_the_journal() -> None:
    one, other = Strict(1), Strict(2)
    sale = bought(one)
    other.again(sale)
    spent(other, 100)
    one.on_day(OVER)
    other.on_day(OVER)
    back(other, sale, anew=AGAIN)
    again = other.again(back(one, sale, anew=AGAIN))
    then = AsItWas(other, again)
    assert [then.entry(EntryId(lot.lot)) for lot in then.lots(W1, CASHBACK)] == [None]
    assert other.site_of(f"overdraft:w1:{CASHBACK}") == -100
