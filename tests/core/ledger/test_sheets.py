"""A sheet of paper is taken over once at a site, until that is undone."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import BookImport, BookInvoice, BookReversal, BookVoid, Grant
from terminal.core.errors import SheetTaken
from terminal.core.ledger import posted_again, replayed
from terminal.core.ledger.effects import Refers
from terminal.core.ledger.sheets import sheet, taken_over
from tests.core.ledger.book import M2, TWO, W1, W2, Book

GRANTS = (Grant(unit="principal", amount=8000),)


@pytest.fixture
def book() -> Book:
    made = Book()
    made.with_member()
    made.with_member(W2, M2)
    return made


def take(book: Book, paper: str = "17", wallet: Any = W1) -> Any:
    return book.book(BookImport, at=TWO, wallet=wallet, paper=paper, grants=GRANTS)


def test_what_it_refers_to_is_an_id_that_stays() -> None:
    assert sheet("17") == "f5babc9a-c0a8-662d-bc05-8376ff29ee8a"
    assert sheet(" Ｎo 17") == sheet("NO17") != sheet("NO 18")


@pytest.mark.parametrize("wallet", [W1, W2])
@pytest.mark.parametrize("paper", ["17", " 17", "１７", "1 7"])
def test_a_sheet_is_taken_over_once_for_whomever_and_however_its_number_is_spelt(
    book: Book, wallet: Any, paper: str
) -> None:
    first = take(book)
    before = book.standing()
    with pytest.raises(SheetTaken, match=f"on {first.at.business_day}, by {first.id}"):
        take(book, paper, wallet)
    assert book.standing() == before
    assert taken_over(book, paper) == book.entry(first.id)
    take(book, "18", wallet)


@pytest.mark.parametrize("kind", [BookVoid, BookReversal])
def test_what_was_undone_may_be_taken_over_again_once(book: Book, kind: Any) -> None:
    first = take(book)
    book.book(kind, of=first.id, at=TWO, why="not theirs")
    assert taken_over(book, "17") is None
    second = take(book, wallet=W2)
    assert (book.of(W1, "principal"), book.of(W2, "principal")) == (0, 8000)
    assert taken_over(book, "17") == book.entry(second.id)
    with pytest.raises(SheetTaken):
        take(book)


def test_an_invoice_for_it_frees_no_sheet(book: Book) -> None:
    first = take(book)
    book.book(BookInvoice, wallet=W1, lot=first.id, number="20260000001", amount=8000)
    with pytest.raises(SheetTaken):
        take(book)


def test_one_that_was_taken_over_on_both_branches_stays_in_the_books(book: Book) -> None:
    first = take(book)
    twin = replace(book.entry(first.id), id=book.next_id())
    twin = replace(twin, payload=replace(twin.payload, id=twin.id))
    again = posted_again(twin, book)
    assert Refers(of=sheet("17")) in again.effects
    assert sum(lot.amount for lot in again.lots) == 8000
    assert Refers(of=sheet("17")) in replayed(twin, book).effects
