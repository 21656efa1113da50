"""Uses that were taken over from paper: nobody paid for them here, and they come back as any others."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as always
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core.commands import (
    BookImport,
    BookRefund,
    BookReversal,
    BookSale,
    BookVoid,
    Grant,
    RechargeRefundReason,
    Returned,
    Sells,
    Tender,
    TenderKind,
)
from terminal.core.entry import Entry
from terminal.core.errors import BadAmount, InsufficientFunds, NotBookable
from terminal.core.uses import unused
from tests.core.ledger.book import TWO, W1, Book
from tests.core.ledger.test_taxes import UNIT, bill, service
from tests.core.ledger.test_value import line, sell

SOON, LATER, OVER = "2026-12-31", "2027-12-31", "2027-01-01"
WHOLE = pytest.mark.parametrize("kind", [BookVoid, BookReversal])


@pytest.fixture
def book() -> Book:
    return Book().with_member()


def sheet(book: Book, count: int = 5, until: str = "", paper: str = "17") -> Entry:
    grants = (Grant(unit=UNIT, amount=count, until=until),)
    return book.book(
        BookImport, at=replace(TWO, business_day=book.at.business_day), wallet=W1, paper=paper, grants=grants
    )


def card(book: Book, paid: int = 30_000, uses: int = 10, until: str = "") -> Entry:
    return sell(book, line(paid, sells=Sells(unit=UNIT, amount=uses, until=until)))


def back(book: Book, sale: Entry, net: int, at: int = 0) -> Entry:
    return book.book(BookRefund, of=sale.id, returned=(Returned(line=at, net=net),), why="unwanted")


def rests(book: Book) -> list[tuple[str, int]]:
    return [(lot.lot, lot.rest) for lot in book.lots(W1, UNIT)]


def test_a_use_earns_and_is_taxed_nothing_and_comes_back_so(book: Book) -> None:
    sheet(book)
    before = book.standing()
    sale = bill(book, service(8_000))
    assert (book.of(W1, UNIT), book.site_of("tax"), book.site_of(f"deferred:{UNIT}")) == (4, 0, 0)
    assert (book.site_of("revenue:fruit"), book.site_of("prepaid_difference")) == (8_000, -8_000)
    back(book, sale, 8_000)
    assert book.standing() == before


@pytest.mark.parametrize("quantity", [1, 3, 5])
def test_piece_by_piece_as_many_come_back_as_went(book: Book, quantity: int) -> None:
    lot = sheet(book)
    before = book.standing()
    sale = bill(book, service(1_000 * quantity, quantity=quantity))
    with pytest.raises(NotBookable):
        back(book, sale, 500)
    for left in range(quantity - 1, -1, -1):
        back(book, sale, 1_000)
        assert rests(book) == [(lot.id, 5 - left)]
    assert book.standing() == before
    with pytest.raises(BadAmount):
        back(book, sale, 1)


@WHOLE
def test_a_use_that_never_was_is_there_again(book: Book, kind: Any) -> None:
    lot = sheet(book)
    before = book.standing()
    sale = bill(book, service(8_000), cash=(service(1_000),))
    book.book(kind, of=sale.id, why="x")
    assert (book.standing(), rests(book)) == (before, [(lot.id, 5)])


@WHOLE
def test_the_sheet_is_undone_once_all_its_uses_are_back(book: Book, kind: Any) -> None:
    before = book.standing()
    lot = sheet(book)
    sale = bill(book, service(8_000))
    with pytest.raises(InsufficientFunds):
        book.book(kind, of=lot.id, why="x", at=TWO)
    back(book, sale, 8_000)
    book.book(kind, of=lot.id, why="x", at=TWO)
    assert {name: amount for name, amount in book.standing().items() if amount} == before


def test_the_rest_of_a_sheet_is_no_sale_that_comes_back(book: Book) -> None:
    """What was paid stands on the paper alone."""
    lot = sheet(book)
    bill(book, service(8_000))
    assert unused(book, sale=lot.id) == ()
    with pytest.raises(NotBookable):
        back(book, lot, 0)


@pytest.mark.parametrize("wish", [RechargeRefundReason.MEMBER, RechargeRefundReason.SHOP])
def test_beside_it_the_rest_of_a_card_that_was_bought_is_its_own(book: Book, wish: Any) -> None:
    """Those of the sheet go first, as they end first: the card knows only its own."""
    paper, bought = sheet(book, 2, SOON), card(book)
    sale = bill(book, service(16_000, quantity=4))
    assert rests(book) == [(bought.id, 8)]
    (left,) = unused(book, sale=bought.id)
    assert (left.used, left.listed, left.by_member, left.by_shop) == (2, 8_000, 22_000, 24_000)
    net = left.by_member if wish is RechargeRefundReason.MEMBER else left.by_shop
    ended = Returned(line=0, net=net, wish=wish)
    book.book(BookRefund, of=bought.id, returned=(ended,), why="x", cash_step=1)
    assert rests(book) == []
    back(book, sale, 16_000)
    assert rests(book) == [(paper.id, 2), (bought.id, 2)]
    assert book.site_of("tax") == 0


def test_of_a_use_that_both_paid_the_pieces_come_back_to_the_sheet_first(book: Book) -> None:
    paper, bought = sheet(book, 2, SOON), card(book)
    before = book.standing()
    sale = bill(book, service(16_000, quantity=4))
    earned = book.site_of(f"deferred:{UNIT}")
    assert earned == 24_000
    for left in ([1, 8], [2, 8], [2, 9], [2, 10]):
        back(book, sale, 4_000)
        assert [rest for _, rest in rests(book)] == left
    assert book.standing() == before
    assert {paper.id, bought.id} == {lot for lot, _ in rests(book)}


def test_after_its_last_day_they_come_back_and_are_used_no_more(book: Book) -> None:
    lot = sheet(book, 5, SOON)
    sale = bill(book, service(8_000))
    book.on_day(SOON)
    bill(book, service(8_000))
    book.on_day(OVER)
    back(book, sale, 8_000)
    assert rests(book) == [(lot.id, 4)]
    with pytest.raises(InsufficientFunds):
        bill(book, service(8_000))


@always(
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 1)), min_size=1, max_size=5),
    st.integers(0, 9_999),
    st.data(),
)
def test_in_whatever_order_all_comes_back(bills: list[tuple[int, int]], paid: int, data: Any) -> None:
    """Some of a sheet, some of another, some of a card: what each sale took is there again."""
    book = Book().with_member()
    sheet(book, 6, SOON)
    sheet(book, 5, "", "18")
    card(book, paid + 1, 9)
    before, began = book.standing(), rests(book)
    pieces = list[tuple[Entry, int]]()
    for uses, beside in bills:
        cash = (service(333),) if beside else ()
        sale = bill(book, service(700 * uses, quantity=uses), cash=cash)
        pieces += [(sale, 0)] * uses + [(sale, 1)] * beside
    for sale, at in data.draw(st.permutations(pieces)):
        back(book, sale, 333 if at else 700, at)
    assert (book.standing(), rests(book)) == (before, began)


def test_a_tender_that_names_no_lines_gives_and_takes_whole(book: Book) -> None:
    sheet(book)
    before = book.standing()
    tender = Tender(kind=TenderKind.USES, amount=5_000, of=UNIT, units=2)
    sale = book.book(
        BookSale, wallet=W1, card=None, lines=(line(5_000),), due=5_000, tenders=(tender,), received=0
    )
    assert book.of(W1, UNIT) == 3
    with pytest.raises(NotBookable):
        back(book, sale, 2_500)
    back(book, sale, 5_000)
    assert book.standing() == before
