"""What a wallet left for later, as the counter asks for it."""

from __future__ import annotations

import pytest

from terminal.core.commands import (
    BookDeposit,
    BookMerge,
    BookRecharge,
    BookRefund,
    BookSale,
    BookVoid,
    Ordered,
    PaidBy,
    Returned,
    Tender,
    TenderKind,
)
from terminal.core.deposits import Deposited, deposits, presale
from terminal.core.values import EntryId
from tests.core.ledger.book import C1, C2, M2, W1, W2, Book
from tests.core.ledger.test_value import line, sell


@pytest.fixture
def book() -> Book:
    book = Book()
    book.with_member(card=C1)
    book.with_member(W2, M2, C2)
    return book


def left(book: Book, amount: int, what: str, paid_by: PaidBy = PaidBy.CASH) -> str:
    entry = book.next_id()
    of = presale(entry)
    book.keep_command(
        BookDeposit(
            id=entry,
            at=book.at,
            wallet=W1,
            card=C1,
            of=of,
            amount=amount,
            received=amount,
            paid_by=paid_by,
            what=what,
        )
    )
    return of


def test_who_left_nothing_has_nothing(book: Book) -> None:
    assert deposits(book, W1) == ()


def test_what_was_agreed_stands_until_something_of_the_deposit_is_taken(book: Book) -> None:
    ordered = (Ordered(sku="M01", quantity=2, unit_price=3_50),)
    entry = book.next_id()
    of = presale(entry)
    fields = {"of": of, "amount": 5_00, "received": 5_00, "price": 7_00, "ordered": ordered}
    book.keep_command(BookDeposit(id=entry, at=book.at, wallet=W1, card=C1, **fields))
    assert [one.ordered for one in deposits(book, W1)] == [ordered]
    sale = sell(book, line(3_50), pays={"deposit": (3_50, of, 0)})
    assert [one.ordered for one in deposits(book, W1)] == [()]
    book.book(BookVoid, of=sale.id, why="x")
    assert [one.ordered for one in deposits(book, W1)] == [ordered]


def test_what_was_left_and_not_picked_up_is_named_the_oldest_first(book: Book) -> None:
    cake = left(book, 50_00, "蛋糕")
    book.on_day("2026-11-20")
    wine = left(book, 80_00, "酒", PaidBy.CODE)
    assert [(one.of, one.what, one.left, one.paid_by) for one in deposits(book, W1)] == [
        (wine, "酒", 80_00, PaidBy.CODE), (cake, "蛋糕", 50_00, PaidBy.CASH),
    ]  # fmt: skip
    assert deposits(book, W1)[0].business_day == "2026-11-20"
    assert deposits(book, W2) == ()


def test_what_settled_a_sale_or_was_given_back_is_left_no_more(book: Book) -> None:
    cake = left(book, 50_00, "蛋糕")
    tender = Tender(kind=TenderKind.DEPOSIT, amount=20_00, of=cake)
    book.book(BookSale, wallet=W1, card=C1, lines=(line(20_00),), due=20_00, tenders=(tender,))
    (one,) = deposits(book, W1)
    assert (one.left, one.amount) == (30_00, 50_00)
    assert one.entry is not None
    book.book(BookRefund, of=one.entry, returned=(Returned(line=0, net=30_00),), why="deposit")
    assert deposits(book, W1) == ()


def test_after_a_merge_it_is_found_by_either_wallet(book: Book) -> None:
    cake = left(book, 50_00, "蛋糕")
    book.book(BookMerge, wallet=W1, into=W2)
    for wallet in (W1, W2):
        assert [one.of for one in deposits(book, wallet)] == [cake]


def test_deposits_of_sessions_are_another_thing_and_those_of_other_names_can_only_settle(book: Book) -> None:
    for of in ("session:4", "presale:order-7"):
        book.book(BookDeposit, wallet=W1, card=None, of=of, amount=10_00, received=10_00)
    assert deposits(book, W1) == (Deposited(of="presale:order-7", left=10_00),)


def test_what_a_wallet_holds_beside_deposits_is_none_and_hides_none(book: Book) -> None:
    load(book, 100_00, 10_00)
    cake = left(book, 50_00, "蛋糕")
    book.book(BookDeposit, wallet=W1, card=None, of="presale:order-7", amount=1, received=1)
    wine = left(book, 80_00, "酒")
    assert [(one.of, one.left) for one in deposits(book, W1)] == [
        ("presale:order-7", 1), (cake, 50_00), (wine, 80_00),
    ]  # fmt: skip


def test_one_that_names_another_entry_is_not_given_back_by_that(book: Book) -> None:
    lot = load(book, 100_00, 0)
    cake = left(book, 50_00, "蛋糕")
    book.book(BookDeposit, wallet=W1, card=None, of=presale(lot), amount=7_00, received=7_00)
    found = {one.of: one.entry for one in deposits(book, W1)}
    assert found[presale(lot)] is None
    assert found[cake] is not None


def load(book: Book, principal: int, bonus: int) -> EntryId:
    return book.book(
        BookRecharge, wallet=W1, card=C1, principal=principal, bonus=bonus, received=principal
    ).id
