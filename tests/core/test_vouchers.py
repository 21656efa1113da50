"""Cash vouchers and cashback of a wallet: what may be used on a day."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as always
from hypothesis import strategies as st

from terminal.core.commands import (
    BookGrant,
    BookMerge,
    BookRefund,
    BookSale,
    BookVoid,
    Cashback,
    Grant,
    Returned,
)
from terminal.core.errors import InsufficientFunds
from terminal.core.vouchers import HeldVoucher, cashback, cashback_owed, vouchers
from tests.core.ledger.book import C2, DAY, M2, W1, W2, Book
from tests.core.ledger.test_value import line, sell

NEXT = "2026-11-25"


def given(book: Book, *grants: Grant) -> Book:
    book.book(BookGrant, wallet=W1, why="x", grants=grants)
    return book


@pytest.fixture
def book() -> Book:
    return Book().with_member()


def voucher(name: str, fen: int = 10_00, *, since: str = "", until: str = "") -> Grant:
    return Grant(unit=f"voucher:{name}", amount=fen, since=since, until=until)


def test_vouchers_are_told_what_ends_first_in_front(book: Book) -> None:
    given(book, voucher("ever", 5_00), voucher("b", until="2026-12-31"), voucher("a", until="2026-12-31"))
    given(book, voucher("soon", until="2026-11-30"))
    assert vouchers(book, wallet=W1, business_day=DAY) == (
        HeldVoucher(voucher="soon", fen=10_00, until="2026-11-30"),
        HeldVoucher(voucher="a", fen=10_00, until="2026-12-31"),
        HeldVoucher(voucher="b", fen=10_00, until="2026-12-31"),
        HeldVoucher(voucher="ever", fen=5_00),
    )


def test_one_that_lies_in_two_lots_ends_with_the_first_and_pays_when_both_do(book: Book) -> None:
    given(book, voucher("v", 3_00, until="2026-12-31"))
    given(book, voucher("v", 2_00, until="2026-11-30"))
    given(book, voucher("v", 1_00))
    held = HeldVoucher(voucher="v", fen=6_00, until="2026-11-30")
    assert vouchers(book, wallet=W1, business_day="2026-11-30") == (held,)
    assert vouchers(book, wallet=W1, business_day="2026-12-01") == ()


def test_one_out_of_its_time_is_not_offered_and_not_taken(book: Book) -> None:
    given(book, voucher("early", since=NEXT), voucher("late", until="2026-11-23"))
    assert vouchers(book, wallet=W1, business_day=DAY) == ()
    for name in ("early", "late"):
        with pytest.raises(InsufficientFunds):
            sell(book, line(10_00), pays={"voucher": (10_00, name, 0)})


def test_a_voucher_gives_no_change_has_no_rest_and_is_used_once(book: Book) -> None:
    given(book, voucher("v"))
    sale = sell(book, line(6_00), pays={"voucher": (6_00, "v", 0)})
    assert (vouchers(book, wallet=W1, business_day=DAY), book.site_of("forfeited")) == ((), 4_00)
    with pytest.raises(InsufficientFunds):
        sell(book, line(1_00), pays={"voucher": (1_00, "v", 0)})
    book.book(BookVoid, of=sale.id, why="x")
    assert vouchers(book, wallet=W1, business_day=DAY) == (HeldVoucher(voucher="v", fen=10_00),)
    assert book.site_of("forfeited") == 0


def test_money_and_coupons_are_no_vouchers(book: Book) -> None:
    given(book, Grant(unit="bonus", amount=5_00), Grant(unit="cashback", amount=3_00))
    assert vouchers(book, wallet=W1, business_day=DAY) == ()
    assert cashback(book, wallet=W1, business_day=DAY) == 3_00


def test_cashback_is_used_from_the_next_day_on_until_it_ends(book: Book) -> None:
    sell(book, line(100_00), cashback=Cashback(amount=3_00, since=NEXT, until="2026-11-30"))
    days = ("2026-11-24", NEXT, "2026-11-30", "2026-12-01")
    assert [cashback(book, wallet=W1, business_day=day) for day in days] == [0, 3_00, 3_00, 0]
    with pytest.raises(InsufficientFunds):
        sell(book, line(3_00), pays={"cashback": 3_00})
    book.on_day(NEXT)
    sell(book, line(3_00), pays={"cashback": 3_00})
    assert cashback(book, wallet=W1, business_day=NEXT) == 0


def test_cashback_that_is_owed_is_left_alone(book: Book) -> None:
    sale = sell(book, line(100_00), cashback=Cashback(amount=3_00, since=DAY))
    sell(book, line(2_00), pays={"cashback": 2_00})
    book.book(BookVoid, of=sale.id, why="x")
    assert (book.of(W1, "debt:cashback"), cashback(book, wallet=W1, business_day=DAY)) == (-2_00, 0)
    given(book, Grant(unit="cashback", amount=1_50))
    assert cashback(book, wallet=W1, business_day=DAY) == 0
    given(book, Grant(unit="cashback", amount=3_00))
    assert cashback(book, wallet=W1, business_day=DAY) == 2_50
    assert cashback_owed(book, wallet=W1) == 2_00
    book.with_member(W2, M2, C2)
    assert cashback_owed(book, wallet=W2) == 0
    book.book(BookMerge, wallet=W1, into=W2)
    assert (cashback_owed(book, wallet=W1), cashback_owed(book, wallet=W2)) == (2_00, 2_00)


def test_they_are_found_where_the_wallet_was_merged_into(book: Book) -> None:
    given(book, voucher("v"), Grant(unit="cashback", amount=3_00))
    book.with_member(W2, M2, C2)
    book.book(BookMerge, wallet=W1, into=W2)
    assert vouchers(book, wallet=W1, business_day=DAY) == (HeldVoucher(voucher="v", fen=10_00),)
    assert cashback(book, wallet=W1, business_day=DAY) == 3_00


def test_a_refund_takes_cashback_back_in_parts_and_gives_back_what_paid(book: Book) -> None:
    given(book, voucher("v"), Grant(unit="cashback", amount=20_00))
    before = book.standing()
    sale = sell(
        book,
        line(100_00),
        pays={"voucher": (10_00, "v", 0), "cashback": 20_00},
        cashback=Cashback(amount=2_10, since=NEXT),
    )
    assert isinstance(sale.payload, BookSale)
    for net in (33_33, 66_67):
        book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=net),), why="x")
    assert book.standing() == before


PIECES = st.lists(st.integers(1, 40_00), min_size=1, max_size=5)


HELD = st.integers(0, 30_00)
EARNED = st.tuples(st.integers(0, 9_00), st.integers(0, 9_00))


@always(st.tuples(PIECES, PIECES), HELD, HELD, EARNED, st.data())
def test_in_whatever_pieces_and_order_two_sales_come_back_nothing_is_left_of_them(
    sold: tuple[list[int], list[int]], by_cashback: int, by_voucher: int, earned: tuple[int, int], data: Any
) -> None:
    """Cashback pays a part and is earned by both; a voucher pays a part of the first."""
    book = Book().with_member()
    paid = min(by_cashback, sum(sold[1])), min(by_voucher, sum(sold[0]))
    given(book, Grant(unit="cashback", amount=30_00), Grant(unit="voucher:v", amount=max(1, paid[1])))
    before = book.standing()
    pays = [{"voucher": (paid[1], "v", 0)} if paid[1] else {}, {"cashback": paid[0]} if paid[0] else {}]
    sales = [
        sell(book, line(sum(some)), pays=how, cashback=Cashback(amount=back, since=NEXT) if back else None)
        for some, how, back in zip(sold, pays, earned, strict=True)
    ]
    pieces = [(sale, net) for sale, some in zip(sales, sold, strict=True) for net in some]
    for sale, net in data.draw(st.permutations(pieces)):
        book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=net),), why="x")
        assert book.of(W1, "cashback") >= 0
        assert book.of(W1, "voucher:v") >= 0
    assert book.standing() == before


@always(st.integers(1, 9_00), PIECES, st.data())
def test_cashback_that_was_spent_is_owed_fen_by_fen_and_never_below_zero(
    earned: int, pieces: list[int], data: Any
) -> None:
    book = Book().with_member()
    sale = sell(book, line(sum(pieces)), cashback=Cashback(amount=earned, since=NEXT))
    book.on_day(NEXT)
    spent = data.draw(st.integers(0, earned))
    if spent:
        sell(book, line(spent), pays={"cashback": spent})
    for net in data.draw(st.permutations(pieces)):
        book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=net),), why="x")
        assert book.of(W1, "cashback") >= 0
    assert (book.of(W1, "cashback"), book.of(W1, "debt:cashback")) == (0, -spent)
