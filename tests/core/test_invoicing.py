"""A request for an invoice: what goes out, what counts as an answer, and what is told of neither."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

import terminal
from terminal.core.approval import Approved, approved_as
from terminal.core.buyer import Buyer
from terminal.core.commands import BookIntent, BookInvoice, BookNote, IntentEnd
from terminal.core.errors import NotBookable
from terminal.core.invoicing import INVOICE, Asker, Outcome, Request, Said, Standing, invoices
from terminal.core.values import EntryId
from terminal.core.wire.invoicing import ANSWER_BYTES_MAX, body_of, said_of
from tests.core.ledger.book import AT, C1, W1, Book
from tests.core.ledger.test_value import load

ID = EntryId("01936000-0000-7000-8000-000000000001")
ASKER = Asker(merchant="M1", site="S1", terminal="T1")
REQUEST = Request(
    id=ID,
    intent=EntryId("01936000-0000-7000-8000-000000000002"),
    of=EntryId("01936000-0000-7000-8000-000000000003"),
    receipt="T1-1-2-9F3A01BC",
    at=AT,
    amount=100_00,
    wallet=W1,
    lots=(EntryId("l1"),),
    buyer=Buyer(title="杭州鲜果有限公司", tax_number="91350100M000100Y43"),
)


def test_a_request_says_all_that_an_invoice_needs() -> None:
    assert json.loads(body_of(REQUEST, ASKER)) == {
        "v": 1,
        "id": ID,
        "merchant": "M1",
        "site": "S1",
        "terminal": "T1",
        "entry": REQUEST.of,
        "receipt": "T1-1-2-9F3A01BC",
        "day": AT.business_day,
        "amount": 100_00,
        "lots": ["l1"],
        "title": "杭州鲜果有限公司",
        "tax_number": "91350100M000100Y43",
    }
    document = Path(terminal.__file__).parents[1] / "docs" / "invoices.md"
    assert f"\n{body_of(REQUEST, ASKER).decode()}\n" in document.read_text(encoding="utf-8")
    assert body_of(replace(REQUEST, standing=Standing.TAKEN), ASKER) == body_of(REQUEST, ASKER)
    assert json.loads(body_of(replace(REQUEST, buyer=None), ASKER))["title"] == ""


def test_a_request_is_written_out_without_whom_it_is_for() -> None:
    assert f"{REQUEST} {REQUEST!r}" == f"Request({ID}, asked) Request({ID}, asked)"


def test_what_waits_for_people_and_what_for_the_writer() -> None:
    waits = {one: replace(REQUEST, standing=one).waits_for_people for one in Standing}
    assert waits == {
        Standing.ASKED: False,
        Standing.TAKEN: False,
        Standing.REFUSED: True,
        Standing.LOST: True,
        Standing.ODD: True,
    }


def said(**fields: object) -> Said:
    return said_of(json.dumps({"id": ID, **fields}).encode(), ID)


def test_what_is_answered() -> None:
    assert said(outcome="written", number="2431-2000 0000") == Said(
        outcome=Outcome.WRITTEN, number="243120000000"
    )
    assert said(outcome="taken") == Said(outcome=Outcome.TAKEN)
    assert said(outcome="refused", why="no such company") == Said(
        outcome=Outcome.REFUSED, why="no such company"
    )
    assert said(outcome="unknown", why="closed") == Said(outcome=Outcome.UNKNOWN, why="closed")


def test_an_answer_about_another_request_is_none() -> None:
    body = json.dumps({"id": "another", "outcome": "written", "number": "24312000"}).encode()
    assert said_of(body, ID) == Said(outcome=Outcome.UNKNOWN, why="it answers another request")


@pytest.mark.parametrize("number", ["", "12", "24312000\x00", "2" * 31, "2" * 65, "二四三一二零零零"])
def test_a_number_that_is_none_is_no_answer(number: str) -> None:
    assert said(outcome="written", number=number).outcome is Outcome.UNKNOWN


def test_why_a_number_is_none_is_told() -> None:
    assert said(outcome="written", number="12").why == "what it says is no invoice number"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"OK",
        b"<html>",
        b"[]",
        b"{}",
        b'{"id": 1, "outcome": "taken"}',
        b'{"id": "x", "outcome": "perhaps"}',
        b'{"id": "\xff\xfe", "outcome": "taken"}',
        b"[" * 100_000,
        b'{"id": "' + b"x" * ANSWER_BYTES_MAX + b'", "outcome": "taken"}',
    ],
)
def test_nonsense_is_no_answer(body: bytes) -> None:
    assert said_of(body, ID) == Said(outcome=Outcome.UNKNOWN, why="it is no answer that can be read")


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("税号 91350100M000100Y43 与名称不符", "税号 ... 与名称不符"),
        ("call 13800138000\nnow\x1b[2J", "call ... now?[2J"),
        ("x" * 200, "x" * 60),
        ("123456 are few", "123456 are few"),
        (" \n ", ""),
    ],
)
def test_what_is_shown_of_a_refusal_names_nobody_and_obeys_nobody(why: str, told: str) -> None:
    assert said(outcome="refused", why=why).why == told


def test_an_intent_about_something_else_asks_for_none() -> None:
    begun = REQUEST.begun
    assert (begun.id, begun.consumed_by, begun.amount, begun.wallet) == (REQUEST.intent, ID, 100_00, W1)
    assert (invoices(begun), begun.at) == (REQUEST.of, AT)
    assert invoices(replace(begun, what="code_payment")) is None
    assert begun.what == f"{INVOICE}{REQUEST.of}"


def test_a_request_is_approved_as_the_invoice_is() -> None:
    assert approved_as(REQUEST.begun) is Approved.INVOICE
    assert approved_as(replace(REQUEST.begun, what="code_payment")) is None


def asked_for(book: Book) -> tuple[Request, EntryId]:
    lot = load(book.with_member(card=C1), 100_00).id
    request = replace(REQUEST, id=book.next_id(), intent=book.next_id(), of=lot, lots=(), at=book.at)
    book.keep_command(request.begun)
    return request, lot


def test_the_number_that_comes_ends_the_request() -> None:
    book = Book()
    request, lot = asked_for(book)
    book.keep_command(BookInvoice(id=request.id, at=book.at, wallet=W1, lot=lot, number="24000001"))
    assert book.intents[request.intent].end is IntentEnd.DONE
    assert book.lot(W1, "principal", lot).invoice == "24000001"  # type: ignore[union-attr]


def test_no_other_invoice_red_letter_or_note_ends_it() -> None:
    book = Book()
    request, lot = asked_for(book)
    other = load(book, 50_00).id
    others = (
        BookInvoice(id=request.id, at=book.at, wallet=W1, lot=other, number="24000001"),
        BookNote(id=request.id, at=book.at, what="drawer", detail="opened"),
    )
    for command in others:
        with pytest.raises(NotBookable, match="an invoice was asked for"):
            book.keep_command(command)
    book.book(BookInvoice, wallet=W1, lot=lot, number="24000001")
    red = BookInvoice(id=request.id, at=book.at, wallet=W1, lot=lot, number="24000002", red="24000001")
    with pytest.raises(NotBookable, match="an invoice was asked for"):
        book.keep_command(red)
    assert not book.intents[request.intent].end


def test_two_bookings_wait_for_no_one_number() -> None:
    book = Book()
    request, _ = asked_for(book)
    again = BookIntent(
        id=book.next_id(), at=book.at, what=request.begun.what, amount=1, consumed_by=request.id
    )
    with pytest.raises(NotBookable):
        book.keep_command(again)
