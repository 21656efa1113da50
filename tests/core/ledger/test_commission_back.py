"""What whoever did a service earned with it goes back with its line, and with no other."""

from __future__ import annotations

import pytest

from terminal.core.commands import BookRefund, Commission, Returned
from terminal.core.entry import Entry
from terminal.core.values import StaffId
from tests.core.ledger.book import Book
from tests.core.ledger.test_value import line, sell

LI, WANG = (Commission(by=StaffId(name), amount=amount) for name, amount in (("E01", 10), ("E02", 7)))


@pytest.fixture
def book() -> Book:
    return Book().with_member()


def stands(book: Book) -> tuple[int, int, int]:
    return (
        book.site_of("commission:E01"),
        book.site_of("commission:E02"),
        book.site_of("commission_expense"),
    )


def back(book: Book, sale: Entry, at: int, net: int) -> None:
    book.book(BookRefund, of=sale.id, returned=(Returned(line=at, net=net),), why="x")


def test_it_goes_back_with_its_line(book: Book) -> None:
    sale = sell(book, line(100, commission=LI), line(50, commission=WANG), line(30))
    assert stands(book) == (10, 7, -17)
    back(book, sale, 2, 30)
    assert stands(book) == (10, 7, -17)
    back(book, sale, 1, 50)
    assert stands(book) == (10, 0, -10)
    back(book, sale, 0, 100)
    assert stands(book) == (0, 0, 0)


@pytest.mark.parametrize("pieces", [(33, 33, 34), (1, 99), (99, 1), (19, 81)])
def test_cut_in_pieces_as_much_of_it_goes_back_each_time_rounded_down(
    book: Book, pieces: tuple[int, ...]
) -> None:
    sale, came = sell(book, line(100, commission=LI)), 0
    for part in pieces:
        back(book, sale, 0, part)
        came += part
        assert stands(book) == (10 - came // 10, 0, came // 10 - 10)
