"""A refund that the acquirer refuses is paid by people: once, all of it, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest

from terminal.core.acquirer import CODE_REFUND, undoing_of
from terminal.core.commands import (
    BookIntent,
    BookIntentEnd,
    BookRefund,
    BookShiftClose,
    BookVoid,
    IntentEnd,
    PaidBy,
    Returned,
)
from terminal.core.entry import Entry
from terminal.core.errors import NotBookable, ShiftIsClosed
from terminal.core.ledger.worth import worth
from tests.core.ledger.book import Book
from tests.core.ledger.test_value import line, sell


@pytest.fixture
def book() -> Book:
    return Book().with_member()


def owing(book: Book, kind: Any = BookRefund) -> Entry:
    """7.00 by WeChat Pay and 3.00 in cash; all of it is undone, and the acquirer has not paid yet."""
    sale = sell(book, line(1000), pays={"code": (700, "wechat", 0)})
    id_ = book.next_id()
    what = f"{CODE_REFUND}{id_}:{book.next_id()}"
    begun = book.book(BookIntent, what=what, amount=700, consumed_by=book.next_id())
    more = {"returned": (Returned(line=0, net=1000),)} if kind is BookRefund else {}
    book.book(kind, id=id_, of=sale.id, why="x", **more)
    return begun


def pays(book: Book, begun: Entry, **more: Any) -> Entry:
    fields = {"end": IntentEnd.DONE, "evidence": "4711", "amount": 700, "by_hand": PaidBy.CASH, **more}
    return book.book(BookIntentEnd, intent=begun.id, why="too_late", **fields)


@pytest.mark.parametrize("kind", [BookRefund, BookVoid])
def test_it_is_paid_out_of_the_drawer_and_the_acquirer_still_owes_it(book: Book, kind: Any) -> None:
    begun = owing(book, kind)
    assert (book.site_of("drawer:early"), book.site_of("outside:wechat")) == (0, 0)
    pays(book, begun)
    assert (book.site_of("drawer:early"), book.site_of("outside:wechat")) == (700, -700)


def test_or_by_transfer(book: Book) -> None:
    pays(book, owing(book), by_hand=PaidBy.TRANSFER)
    assert (book.site_of("outside:transfer"), book.site_of("outside:wechat")) == (700, -700)
    assert book.site_of("drawer:early") == 0


def test_once(book: Book) -> None:
    begun = owing(book)
    pays(book, begun)
    with pytest.raises(NotBookable):
        pays(book, begun)


@pytest.mark.parametrize(
    "more",
    [
        {"by_hand": PaidBy.CODE},
        {"by_hand": PaidBy.CARD},
        {"end": IntentEnd.UNDONE},
        {"amount": 699},
        {"amount": 701},
        {"amount": 0},
    ],
)
def test_in_no_other_way_and_no_other_sum(book: Book, more: dict[str, Any]) -> None:
    begun = owing(book)
    with pytest.raises(NotBookable):
        pays(book, begun, **more)
    pays(book, begun)


def test_not_what_was_begun_for_something_else_nor_what_was_not_booked(book: Book) -> None:
    for what in ("code_payment", f"{CODE_REFUND}{book.next_id()}:{book.next_id()}"):
        begun = book.book(BookIntent, what=what, amount=700, consumed_by=book.next_id())
        with pytest.raises(NotBookable, match="a refund that was not booked"):
            pays(book, begun)


def test_not_more_than_was_begun(book: Book) -> None:
    begun = owing(book)
    found = begun.payload
    assert isinstance(found, BookIntent)
    less = book.book(BookIntent, what=found.what, amount=600, consumed_by=book.next_id())
    with pytest.raises(NotBookable):
        pays(book, less)
    with pytest.raises(NotBookable):
        pays(book, less, amount=600)


def test_out_of_no_drawer_that_is_counted_out(book: Book) -> None:
    begun = owing(book)
    book.book(BookShiftClose, counted=0)
    with pytest.raises(ShiftIsClosed):
        pays(book, begun)


def test_an_end_that_nobody_paid_moves_nothing(book: Book) -> None:
    book.book(BookIntentEnd, intent=owing(book).id, end=IntentEnd.DONE, evidence="4711")
    assert book.done.postings == ()


def test_it_comes_to_what_is_paid(book: Book) -> None:
    command = pays(book, owing(book)).payload
    assert worth(command, book) == 700


def test_what_gives_money_back_says_for_what(book: Book) -> None:
    begun = owing(book).payload
    assert isinstance(begun, BookIntent)
    back = undoing_of(begun)
    assert back is not None
    found = book.entry(back)
    assert found is not None
    assert isinstance(found.payload, BookRefund)
    payment = BookIntent(
        id=book.next_id(), at=book.at, what="code_payment", amount=1, consumed_by=book.next_id()
    )
    assert undoing_of(payment) is None
