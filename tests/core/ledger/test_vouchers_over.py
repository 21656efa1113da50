"""Vouchers of what comes back after their last day, beside what had been paid with them."""

from __future__ import annotations

from itertools import permutations

import pytest

from terminal.core.commands import (
    BookExpiry,
    BookMerge,
    BookRechargeRefund,
    BookReversal,
    Cashback,
    Grant,
    RechargeRefundReason,
)
from terminal.core.entry import Entry
from tests.core.ledger.book import M2, W1, W2, Book
from tests.core.ledger.test_anew import AGAIN, ENDED, back, lies
from tests.core.ledger.test_value import line, load, sell

OVER, UNIT = "2027-01-01", "voucher:v"
ORDERS = pytest.mark.parametrize("given_first", [True, False])


@pytest.fixture
def book() -> Book:
    return Book().with_member()


def worth(fen: int = 100, name: str = "v") -> Grant:
    return Grant(unit=f"voucher:{name}", amount=fen, until=ENDED)


def bought(book: Book, *vouchers: Grant) -> Entry:
    return sell(book, line(100), vouchers=vouchers or (worth(),))


def spent(book: Book, fen: int = 100, name: str = "v") -> Entry:
    return sell(book, line(fen), pays={"voucher": (fen, name, 0)})


def recharged(book: Book, *vouchers: Grant) -> Entry:
    return load(book, 100, vouchers=vouchers or (worth(),))


def paid_back(book: Book, recharge: Entry) -> Entry:
    return book.book(
        BookRechargeRefund,
        wallet=W1,
        lot=recharge.id,
        reason=RechargeRefundReason.MEMBER,
        listed=0,
    )


def good(book: Book, unit: str = UNIT) -> int:
    """What of it pays today, in fen, less what is owed of it."""
    lots = book.lots(W1, unit)
    return sum(lot.rest for lot in lots if lot.usable(book.at.business_day)) + book.of(W1, f"debt:{unit}")


@ORDERS
@pytest.mark.parametrize("alone", [True, False])
def test_in_whatever_order_both_sales_come_back_it_is_not_good_again(
    book: Book, *, given_first: bool, alone: bool
) -> None:
    book.with_headquarters = not alone
    before = book.standing()
    sales = bought(book), spent(book)
    book.on_day(OVER)
    for sale in sales if given_first else reversed(sales):
        back(book, sale, anew=AGAIN)
    assert (good(book), book.of(W1, f"debt:{UNIT}")) == (0, 0)
    if given_first:
        assert lies(book, UNIT) == [(ENDED, 100)]
    else:
        assert book.standing() == before


@ORDERS
@pytest.mark.parametrize("day", [ENDED, OVER])
def test_a_recharge_that_is_paid_back_takes_it_too(book: Book, day: str, *, given_first: bool) -> None:
    book.with_headquarters = False
    recharge, sale = recharged(book), spent(book)
    book.on_day(day)
    if given_first:
        paid_back(book, recharge)
    back(book, sale, anew=AGAIN)
    if not given_first:
        paid_back(book, recharge)
    assert (good(book), book.of(W1, f"debt:{UNIT}")) == (0, 0)


def test_a_recharge_that_stays_leaves_it(book: Book) -> None:
    recharged(book)
    sale = spent(book)
    book.on_day(OVER)
    back(book, sale, anew=AGAIN)
    assert good(book) == 100


@ORDERS
@pytest.mark.parametrize("gives", [bought, recharged])
def test_of_two_each_is_taken_for_itself_and_what_others_gave_stays(
    book: Book, gives: object, *, given_first: bool
) -> None:
    gave = recharged if gives is recharged else bought
    first = gave(book, worth(), worth(40, "w"))
    sell(book, line(50), vouchers=(worth(30, "other"),))
    sales = [spent(book), spent(book, 40, "w"), spent(book, 30, "other")]
    book.on_day(OVER)
    undo = paid_back if gives is recharged else back
    if given_first:
        undo(book, first)
    for sale, fen in zip(sales, (100, 40, 30), strict=True):
        back(book, sale, fen, anew=AGAIN)
    if not given_first:
        undo(book, first)
    assert [good(book, f"voucher:{one}") for one in ("v", "w", "other")] == [0, 0, 30]


@pytest.mark.parametrize("came", [(20, 30), (50, 50), (10, 1), (99, 1)])
@pytest.mark.parametrize("order", sorted(set(permutations("aabb"))))
def test_cut_in_pieces_it_comes_to_the_same_in_any_order(
    book: Book, order: tuple[str, ...], came: tuple[int, int]
) -> None:
    sale, paid = bought(book), spent(book)
    book.on_day(OVER)
    pieces = {"a": [(sale, part) for part in came], "b": [(paid, 25), (paid, 65)]}
    for which in order:
        one, part = pieces[which].pop()
        back(book, one, part, anew=AGAIN)
    assert good(book) == max(0, 90 - sum(came))


def test_of_two_in_parts_each_is_counted_by_itself(book: Book) -> None:
    sale, paid = bought(book, worth(), worth(100, "w")), spent(book)
    book.on_day(OVER)
    back(book, sale, 50, anew=AGAIN)
    back(book, paid, anew=AGAIN)
    assert lies(book, UNIT) == [(ENDED, 50), (AGAIN, 50)]


def test_a_voucher_and_cashback_of_one_sale_are_each_taken_whole(book: Book) -> None:
    cashback = Cashback(amount=70, since=book.at.business_day, until=ENDED)
    sale = sell(book, line(100), vouchers=(worth(),), cashback=cashback)
    paid, more = spent(book), sell(book, line(70), pays={"cashback": 70})
    book.on_day(OVER)
    back(book, sale, anew=AGAIN)
    back(book, paid, anew=AGAIN)
    back(book, more, 70, anew=AGAIN)
    assert lies(book, UNIT) == [(ENDED, 100)]
    assert lies(book, "cashback") == [(ENDED, 70)]


def test_what_came_back_in_time_is_owed_and_is_not_held_against_it_again(book: Book) -> None:
    sale, paid = bought(book), spent(book)
    back(book, sale, 40)
    book.on_day(OVER)
    back(book, paid, anew=AGAIN)
    assert (good(book), book.of(W1, f"debt:{UNIT}")) == (60, -40)


@ORDERS
def test_what_is_used_again_is_not_due(book: Book, *, given_first: bool) -> None:
    sale, paid = bought(book), spent(book)
    book.on_day(OVER)
    if given_first:
        back(book, sale, 40, anew=AGAIN)
    back(book, paid, anew=AGAIN)
    if given_first:
        book.book(BookExpiry, wallet=W1, unit=UNIT)
    spent(book, 60 if given_first else 100)
    back(book, sale, 60, anew=AGAIN)
    assert (good(book), book.of(W1, f"debt:{UNIT}")) == (0, 0)


@pytest.mark.parametrize("gives", [bought, recharged])
def test_what_was_reversed_owes_it_and_what_it_paid_is_good_again(book: Book, gives: object) -> None:
    first = recharged(book) if gives is recharged else bought(book)
    paid = spent(book)
    book.on_day(OVER)
    book.book(BookReversal, of=first.id, why="x")
    assert book.of(W1, f"debt:{UNIT}") == -100
    back(book, paid, anew=AGAIN)
    assert (lies(book, UNIT), good(book)) == ([(AGAIN, 100)], 0)


def test_of_two_that_a_reversed_sale_gave_each_is_counted_by_itself(book: Book) -> None:
    first = bought(book, worth(), worth(40, "w"))
    paid = spent(book)
    book.on_day(OVER)
    book.book(BookReversal, of=first.id, why="x")
    assert (book.of(W1, f"debt:{UNIT}"), book.of(W1, "voucher:w")) == (-100, 0)
    back(book, paid, anew=AGAIN)
    assert lies(book, UNIT) == [(AGAIN, 100)]


@ORDERS
def test_it_is_found_on_the_wallet_that_is_left(book: Book, *, given_first: bool) -> None:
    book.with_member(W2, M2)
    sales = bought(book), spent(book)
    book.book(BookMerge, wallet=W1, into=W2)
    book.on_day(OVER)
    for sale in sales if given_first else reversed(sales):
        back(book, sale, anew=AGAIN)
    assert not [lot for lot in book.lots(W2, UNIT) if lot.usable(OVER)]
