"""What a transaction comes to, where it is judged who must stand behind it."""

from __future__ import annotations

from typing import Any

import pytest

from terminal.core.commands import (
    BookCardState,
    BookCashMove,
    BookDeposit,
    BookFleetFunds,
    BookGrant,
    BookImport,
    BookInvoice,
    BookRechargeRefund,
    BookRedeem,
    BookRefund,
    BookVoid,
    CardState,
    Command,
    Grant,
    PaidBy,
    PointsEarned,
    RechargeRefundReason,
    Returned,
)
from terminal.core.entry import Entry
from terminal.core.errors import NotBookable
from terminal.core.ledger.worth import worth
from tests.core.ledger.book import C1, W1, Book
from tests.core.ledger.test_value import line, load, sell


@pytest.fixture
def book() -> Book:
    return Book().with_member()


def of(book: Book, kind: Any, **fields: Any) -> int:
    command: Command = kind(**{"id": book.next_id(), "at": book.at, **fields})
    return worth(command, book)


def back(*nets: int) -> tuple[Returned, ...]:
    return tuple(Returned(line=at, net=net) for at, net in enumerate(nets))


def test_a_refund_comes_to_what_comes_back_and_what_came_back_that_day(book: Book) -> None:
    sale = sell(book, line(700), line(300))
    assert of(book, BookRefund, of=sale.id, returned=back(200, 100), why="x") == 300
    first = book.book(BookRefund, of=sale.id, returned=back(200, 100), why="x")
    other = sell(book, line(50))
    book.book(BookRefund, of=other.id, returned=back(50), why="x")
    assert of(book, BookRefund, of=sale.id, returned=back(150), why="x") == 450
    assert worth(first.payload, book) == 300, "itself is not of before"
    book.on_day("2026-11-25")
    assert of(book, BookRefund, of=sale.id, returned=back(150), why="x") == 150
    book.book(BookRefund, of=sale.id, returned=back(40), why="x")
    assert of(book, BookRefund, of=sale.id, returned=back(150), why="x") == 190


def test_a_deposit_that_comes_back_counts_alike(book: Book) -> None:
    left = deposit(book)
    book.book(BookRefund, of=left.id, returned=back(120), why="x")
    assert of(book, BookRefund, of=left.id, returned=back(80), why="x") == 200


def deposit(book: Book) -> Entry:
    return book.book(
        BookDeposit, wallet=W1, card=None, of="presale:1", amount=500, received=500, paid_by=PaidBy.CASH
    )


def test_a_void_comes_to_all_that_is_undone_however_it_was_paid(book: Book) -> None:
    load(book, 900, 90)
    deposit(book)
    sale = sell(book, line(700), pays={"stored": 300, "deposit": (400, "presale:1", 0)})
    granted = book.book(
        BookGrant,
        wallet=W1,
        why="x",
        grants=(Grant(unit="bonus", amount=30), Grant(unit="points:goods", amount=9000)),
    )
    put = book.book(BookFleetFunds, company="haulage", amount=900, paid_by=PaidBy.CASH)
    for entry, fen in ((sale, 700), (load(book, 800, 50), 800), (granted, 30), (put, 900)):
        assert of(book, BookVoid, of=entry.id, why="x") == fen
    assert of(book, BookVoid, of=deposit(book).id, why="x") == 500
    assert of(book, BookVoid, of=book.next_id(), why="x") == 0


def test_a_redemption_that_comes_back_comes_to_what_was_redeemed(book: Book) -> None:
    book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit="points:goods", amount=900),))
    points = PointsEarned(family="goods", points=100)
    redeemed = book.book(BookRedeem, wallet=W1, card=None, points=points, what="a cup", worth=450)
    assert of(book, BookRefund, of=redeemed.id, returned=(), why="x") == 450
    assert of(book, BookRefund, of=book.next_id(), returned=(), why="x") == 0


@pytest.mark.parametrize(("fen", "costs"), [(0, 500), (450, 500), (500, 450)])
def test_and_no_less_than_its_points_come_to(book: Book, fen: int, costs: int) -> None:
    book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit="points:goods", amount=900),))
    points = PointsEarned(family="goods", points=100)
    fields = {"wallet": W1, "card": None, "points": points, "what": "a cup"}
    redeemed = book.book(BookRedeem, **fields, worth=fen, costs=costs)
    for kind, more in ((BookVoid, {}), (BookRefund, {"returned": ()})):
        assert of(book, kind, of=redeemed.id, why="x", **more) == 500


def ended(lot: Entry, **more: Any) -> dict[str, Any]:
    reason = RechargeRefundReason.COOLING_OFF
    return {"wallet": W1, "lot": lot.id, "reason": reason, **more}


def test_a_recharge_refund_comes_to_what_is_paid_out_and_was_that_day(book: Book) -> None:
    lot = load(book, 5003, 500)
    sale = sell(book, line(1000), pays={"stored": 1000})
    assert of(book, BookRechargeRefund, **ended(lot)) == 4003
    assert of(book, BookRechargeRefund, **ended(lot, in_cash=True, cash_step=10)) == 4010
    book.book(BookRechargeRefund, **ended(lot))
    with pytest.raises(NotBookable):
        of(book, BookRechargeRefund, **ended(lot))
    book.book(BookRefund, of=sale.id, returned=back(250), why="x")
    assert of(book, BookRechargeRefund, **ended(lot)) == 4253
    book.on_day("2026-11-25")
    assert of(book, BookRechargeRefund, **ended(lot)) == 250


@pytest.mark.parametrize("sign", [1, -1])
def test_what_is_put_in_or_taken_out_is_its_sum(book: Book, sign: int) -> None:
    assert of(book, BookCashMove, amount=sign * 70, reason="other") == 70
    assert of(book, BookFleetFunds, company="haulage", amount=sign * 80, paid_by=None) == 80


def test_what_is_given_is_its_money(book: Book) -> None:
    units = ("principal", "bonus", "cashback", "voucher:v1", "points:goods", "count:wash")
    grants = tuple(Grant(unit=unit, amount=10**at) for at, unit in enumerate(units))
    assert of(book, BookGrant, wallet=W1, why="x", grants=grants) == 1111
    assert of(book, BookImport, wallet=W1, paper="1", grants=grants) == 1111


def test_what_has_no_sum_comes_to_nothing(book: Book) -> None:
    assert of(book, BookCardState, card=C1, state=CardState.LOST) == 0


def test_an_invoice_comes_to_what_it_says_and_a_red_letter_to_what_it_takes_back(book: Book) -> None:
    sale = sell(book, line(700))
    assert of(book, BookInvoice, wallet=W1, lot=sale.id, number="7", amount=700) == 700
    assert of(book, BookInvoice, wallet=None, lot=sale.id, number="7") == 0
    assert of(book, BookInvoice, wallet=W1, lot=sale.id, number="8", red="7") == 0
    book.book(BookInvoice, wallet=W1, lot=sale.id, number="6", amount=700)
    book.book(BookInvoice, wallet=W1, lot=sale.id, number="-6", red="6")
    book.book(BookInvoice, wallet=W1, lot=sale.id, number="7", amount=700)
    assert of(book, BookInvoice, wallet=W1, lot=sale.id, number="8", red="7") == 700
    assert of(book, BookInvoice, wallet=W1, lot=sale.id, number="8", red="-7") == 0
    book.book(BookInvoice, wallet=W1, lot=sale.id, number="-7", red="7")
    book.book(BookRefund, of=sale.id, returned=back(100), why="x")
    book.book(BookInvoice, wallet=W1, lot=sale.id, number="7", amount=600)
    assert of(book, BookInvoice, wallet=W1, lot=sale.id, number="8", red="7") == 600


def test_of_a_recharge_an_invoice_without_a_sum_is_for_what_stayed(book: Book) -> None:
    lot = load(book, 900, 90)
    assert of(book, BookInvoice, wallet=W1, lot=lot.id, number="7") == 900
    book.book(BookInvoice, wallet=W1, lot=lot.id, number="7")
    assert of(book, BookInvoice, wallet=W1, lot=lot.id, number="8", red="7") == 900
    assert of(book, BookInvoice, wallet=W1, lot=book.next_id(), number="8") == 0
