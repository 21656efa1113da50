"""Cards, people, drawers and what is done outside: who may do what, and what then is refused."""

from __future__ import annotations

from typing import Any

import pytest

from terminal.core.commands import (
    BookCard,
    BookCardState,
    BookCashMove,
    BookErasure,
    BookIntent,
    BookIntentEnd,
    BookLegalHold,
    BookProfile,
    BookRecharge,
    BookRefund,
    BookSale,
    BookShiftClose,
    BookShiftOpen,
    BookTransfer,
    CardState,
    IntentEnd,
    Private,
    Returned,
    Tender,
    TenderKind,
)
from terminal.core.errors import (
    AlreadyMember,
    CardNotUsable,
    ErasureWaits,
    InsufficientFunds,
    IntentUndone,
    NotBookable,
    Refused,
    ShiftIsClosed,
    UnknownCard,
)
from terminal.core.ledger.membership import NEXT_STATES
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId
from tests.core.ledger.book import C1, M1, M2, W1, Book
from tests.core.ledger.test_value import line, load, sell

KEY = Credential(medium=Medium.EM4100, number="0A00BC0001")
OTHER = Credential(medium=Medium.EM4100, number="0A00BC0002")


def pay(book: Book, card: CardId = C1) -> None:
    tender = Tender(kind=TenderKind.STORED, amount=100)
    book.book(BookSale, wallet=W1, card=card, lines=(line(100),), due=100, tenders=(tender,))


@pytest.mark.parametrize("state", [state for state in CardState if state is not CardState.ACTIVE])
def test_only_an_active_card_pays(state: CardState) -> None:
    book = Book().with_member(card=C1)
    load(book, 1000)
    pay(book)
    if state in NEXT_STATES[CardState.ACTIVE]:
        book.book(BookCardState, card=C1, state=state)
        with pytest.raises(CardNotUsable):
            pay(book)
    else:
        with pytest.raises(CardNotUsable):
            book.book(BookCardState, card=C1, state=state)
        pay(book)


def test_a_lost_card_that_is_found_pays_again() -> None:
    book = Book().with_member(card=C1)
    load(book, 1000)
    book.book(BookCardState, card=C1, state=CardState.LOST)
    book.book(BookCardState, card=C1, state=CardState.ACTIVE)
    pay(book)


def test_an_unnamed_card_is_never_reported_lost_nor_cancelled_with_value_on_it() -> None:
    book = Book().with_card()
    book.book(BookRecharge, wallet=W1, card=C1, principal=100, bonus=0, received=100)
    with pytest.raises(CardNotUsable):
        book.book(BookCardState, card=C1, state=CardState.LOST)
    with pytest.raises(NotBookable):
        book.book(BookCardState, card=C1, state=CardState.CANCELLED)
    pay(book)
    book.book(BookCardState, card=C1, state=CardState.CANCELLED)


def test_a_card_is_replaced_in_a_minute_and_the_money_stays() -> None:
    book = Book().with_member(card=C1)
    load(book, 1000)
    book.book(BookCard, Private(credentials=(KEY,)), wallet=W1, card="c9", replaces=C1)
    with pytest.raises(CardNotUsable):
        pay(book)
    pay(book, CardId("c9"))
    with pytest.raises(UnknownCard):
        book.book(BookCard, Private(credentials=(OTHER,)), wallet=W1, card="c10", replaces=C1)


def test_a_number_is_a_key_to_one_wallet_only() -> None:
    book = Book().with_member(card=C1)
    book.book(BookCard, Private(credentials=(KEY,)), wallet=W1, card="c9")
    with pytest.raises(AlreadyMember):
        book.book(BookCard, Private(credentials=(KEY,)), wallet=W1, card="c10")


def test_a_transfer_changes_the_person_and_not_the_value() -> None:
    book = Book().with_member()
    load(book, 1000)
    book.book(BookTransfer, Private(name="李四"), wallet=W1, card=None, to=M2, commitment="", terms="1")
    known = book.wallet(W1)
    assert known is not None
    assert (known.member, book.of(W1, "principal")) == (M2, 1000)
    with pytest.raises(NotBookable):
        book.book(BookTransfer, Private(), wallet=W1, card=None, to=M2, commitment="", terms="1")


def test_personal_data_with_a_command_that_keeps_none_is_a_defect() -> None:
    book = Book().with_member()
    with pytest.raises(NotBookable):
        book.book(BookShiftOpen, Private(name="李四"), opening_cash=0)


def test_nobody_is_forgotten_while_value_is_left_or_records_are_kept() -> None:
    book = Book().with_member()
    load(book, 1000)
    with pytest.raises(ErasureWaits):
        book.book(BookErasure, wallet=W1, member=M1)
    sell(book, line(1000), pays={"stored": 1000})
    book.book(BookLegalHold, member=M1, until="2026-11-24", why="dispute 7")
    with pytest.raises(ErasureWaits):
        book.book(BookErasure, wallet=W1, member=M1)
    with pytest.raises(NotBookable):
        book.book(BookErasure, wallet=W1, member=M2)
    book.on_day("2026-11-25")
    book.book(BookErasure, wallet=W1, member=M1)
    with pytest.raises(NotBookable):
        book.book(BookProfile, Private(name="王"), wallet=W1, commitment="")


def test_a_shift_counts_blind_and_books_what_is_over_or_short() -> None:
    book = Book().with_member()
    book.in_shift("s1")
    book.book(BookShiftOpen, opening_cash=20000)
    sell(book, line(5000))
    book.book(BookCashMove, amount=-2000, reason="flowers")
    book.book(BookCashMove, amount=-10000, reason="safe")
    book.book(BookShiftClose, counted=12900, left=10000)
    assert book.site_of("drawer:s1") == 0
    assert book.site_of("over_short") == -100
    assert book.site_of("cash_moved:flowers") == -2000
    assert book.site_of("in_transit:safe") == -10000 - 2900
    for late in (
        lambda: sell(book, line(1)),
        lambda: book.book(BookShiftClose, counted=0),
        lambda: book.book(BookCashMove, amount=1, reason="safe"),
    ):
        with pytest.raises(ShiftIsClosed):
            late()
    with pytest.raises(NotBookable):
        book.book(BookShiftOpen, opening_cash=0)


def test_no_more_is_taken_out_of_a_drawer_than_is_in_it() -> None:
    book = Book()
    book.book(BookShiftOpen, opening_cash=100)
    with pytest.raises(InsufficientFunds):
        book.book(BookCashMove, amount=-101, reason="safe")
    for amount in (0, 2**60, -(2**60)):
        with pytest.raises(Refused):
            book.book(BookCashMove, amount=amount, reason="safe")


def test_a_refund_in_cash_is_not_made_on_a_closed_shift() -> None:
    book = Book().with_member()
    sale = sell(book, line(1000))
    book.book(BookShiftClose, counted=1000)
    with pytest.raises(ShiftIsClosed):
        book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=1000),), why="sour")


def intends(book: Book) -> tuple[Any, Any]:
    """An intent, and the id of the sale that will consume it."""
    consumer = book.next_id()
    return book.book(BookIntent, what="code_payment", amount=500, consumed_by=consumer), consumer


def consume(book: Book, consumer: Any) -> None:
    tender = Tender(kind=TenderKind.CODE, amount=500)
    command = BookSale(
        id=consumer, at=book.at, wallet=None, card=None, lines=(line(500),), due=500, tenders=(tender,)
    )
    book.keep_command(command)


def test_an_intent_ends_with_the_sale_that_consumes_it() -> None:
    book = Book()
    intent, consumer = intends(book)
    assert not book.intents[intent.id].end
    consume(book, consumer)
    assert book.intents[intent.id].end == IntentEnd.DONE
    with pytest.raises(NotBookable):
        book.book(BookIntentEnd, intent=intent.id, end=IntentEnd.UNDONE, evidence="late")


def test_what_was_undone_outside_is_not_sold_any_more() -> None:
    book = Book()
    intent, consumer = intends(book)
    book.book(BookIntentEnd, intent=intent.id, end=IntentEnd.UNDONE, evidence="closed 17")
    with pytest.raises(IntentUndone):
        consume(book, consumer)


def test_an_intent_is_written_before_what_consumes_it_and_once() -> None:
    book = Book()
    _, consumer = intends(book)
    with pytest.raises(NotBookable):
        book.book(BookIntent, what="code_payment", amount=500, consumed_by=consumer)
    sale = sell(book, line(500), wallet=None)
    with pytest.raises(NotBookable):
        book.book(BookIntent, what="code_payment", amount=500, consumed_by=sale.id)
    with pytest.raises(NotBookable):
        book.book(BookIntentEnd, intent=sale.id, end=IntentEnd.DONE, evidence="")
