"""Invoices, as dialogues over what the ledger holds; and that each can be left at every question."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.approval import Approved
from terminal.core.buyer import Buyer
from terminal.core.codes import ReceiptNumber
from terminal.core.commands import BookIntent, BookIntentEnd, BookInvoice, BookRecharge, BookVoid, IntentEnd
from terminal.core.errors import InvoiceIsAsked, LedgerClosed, NothingToInvoice
from terminal.core.invoicing import Request, Standing
from terminal.core.policy import InvoiceAt, Policy
from terminal.core.values import EntryId, TerminalId
from terminal.flows.invoice import invoice
from terminal.flows.void import void
from tests.core.ledger.book import C1, W1
from tests.flows.scripted import CANCEL, Script, ScriptedDesk, play
from tests.flows.shop import POLICY

NUMBER = "24312000000012345678"
RED = "24312000000087654321"
TWO = replace(POLICY, second_person=(Approved.INVOICE,))


OF_RECHARGE = ReceiptNumber(terminal=TerminalId("T1"), epoch=1, number=2, mark="9F3A01BC")
WRITTEN: Script = (
    ("choose", "write"),
    ("ask_original", OF_RECHARGE),
    ("ask_text", NUMBER),
    ("confirm", True),
)
BY_TWO: Script = (*WRITTEN, ("second", "E02"))
TAKEN_BACK: Script = (("choose", "red"), *WRITTEN[1:2], ("ask_text", RED), ("confirm", True))


def at_the_desk(script: Script, policy: Policy = POLICY, *, number: str = "") -> tuple[ScriptedDesk, EntryId]:
    """Somebody recharged a hundred, and perhaps has an invoice for it."""
    desk = ScriptedDesk(script, policy=policy)
    book = desk.sold.book
    book.with_member(card=C1)
    lot = book.book(BookRecharge, wallet=W1, card=C1, principal=100_00, bonus=0, received=100_00)
    if number:
        book.book(BookInvoice, wallet=W1, lot=lot.id, number=number)
    return desk, lot.id


def written(desk: ScriptedDesk) -> BookInvoice:
    assert desk.finished
    (command,) = desk.booked
    assert isinstance(command, BookInvoice)
    return command


def test_its_number_goes_onto_the_recharge_and_the_ledger_takes_it() -> None:
    desk, lot = at_the_desk(BY_TWO, TWO)
    assert play(invoice(desk)) is None
    command = written(desk)
    assert (command.wallet, command.lot, command.number, command.amount) == (W1, lot, NUMBER, 100_00)
    assert command.at.second == "E02"
    assert [(line.label.text, line.value) for line in desk.lines][1:] == [
        ("Invoice", NUMBER), ("Paid for it", "¥100.00"),
    ]  # fmt: skip
    book = desk.sold.book
    book.keep_command(replace(command, id=book.next_id()))


def test_the_second_time_it_is_refused_with_the_date_of_the_first() -> None:
    desk, _ = at_the_desk(WRITTEN[:2], number=NUMBER)
    assert play(invoice(desk)) is None
    day = desk.sold.book.at.business_day
    assert desk.said == [f"It has its invoice: {NUMBER}, of {day}. Write no second one."]
    assert (desk.booked, desk.finished) == ([], True)


def test_a_red_letter_takes_back_the_one_that_stands() -> None:
    desk, lot = at_the_desk(TAKEN_BACK, number=NUMBER)
    assert play(invoice(desk)) is None
    command = written(desk)
    assert (command.lot, command.number, command.red, command.amount) == (lot, RED, NUMBER, 0)
    book = desk.sold.book
    book.keep_command(replace(command, id=book.next_id()))


def test_there_is_none_to_take_back() -> None:
    desk, _ = at_the_desk(TAKEN_BACK[:2])
    assert isinstance(play(invoice(desk)), NothingToInvoice)
    assert desk.booked == []


def test_a_recharge_is_not_invoiced_where_use_is() -> None:
    desk, _ = at_the_desk(WRITTEN[:2], replace(POLICY, invoice_at=InvoiceAt.USE))
    assert isinstance(play(invoice(desk)), NothingToInvoice)
    assert desk.booked == []


def test_nor_is_what_was_undone() -> None:
    desk, lot = at_the_desk((*WRITTEN[:2], ("ask_original", CANCEL)))
    desk.sold.book.book(BookVoid, of=lot, why="mistake")
    play(invoice(desk))
    assert desk.declined == ["A169"]
    assert desk.booked == []


def test_a_number_that_is_none_is_asked_for_again() -> None:
    desk, _ = at_the_desk(
        (*WRITTEN[:2], ("ask_text", "12"), ("ask_text", f"{NUMBER[:8]} {NUMBER[8:]}"), WRITTEN[3])
    )
    assert play(invoice(desk)) is None
    assert desk.refused == ["A168"]
    assert written(desk).number == NUMBER


@pytest.mark.parametrize(("script", "policy", "number"), [(BY_TWO, TWO, ""), (TAKEN_BACK, POLICY, NUMBER)])
def test_what_the_ledger_refuses_is_not_handed_over(script: Script, policy: Policy, number: str) -> None:
    desk, _ = at_the_desk(script, policy, number=number)
    desk.fails = LedgerClosed("disk full")
    assert play(invoice(desk)) is desk.fails
    assert desk.handed_over == []


@pytest.mark.parametrize(
    ("script", "number"),
    [
        ((*each[:at], (each[at][0], CANCEL)), number)
        for each, number in ((BY_TWO, ""), ((*TAKEN_BACK, ("second", "E02")), NUMBER))
        for at in range(len(each))
    ],
)
def test_left_at_any_question_it_books_nothing(script: Script, number: str) -> None:
    desk, _ = at_the_desk(script, TWO, number=number)
    play(invoice(desk))
    assert desk.finished
    assert (desk.booked, desk.handed_over) == ([], [])


CODE = "91350100M000100Y43"
TITLE = "杭州鲜果有限公司"
ASK: Script = (
    ("choose", "ask"),
    ("ask_original", OF_RECHARGE),
    ("choose", "company"),
    ("ask_text", TITLE),
    ("ask_text", CODE),
    ("confirm", True),
)
ASK_BY_TWO: Script = (*ASK, ("second", "E02"))


def asking(
    script: Script, policy: Policy = POLICY, *, standing: Standing | None = None
) -> tuple[ScriptedDesk, EntryId]:
    """Somebody outside writes invoices here; `standing`: and is asked already."""
    desk, lot = at_the_desk(script, policy)
    desk.asks = True
    if standing is not None:
        book = desk.sold.book
        request = Request(
            id=book.next_id(),
            intent=book.next_id(),
            of=lot,
            receipt="T1-1-2-9F3A01BC",
            at=desk.occasion(),
            amount=100_00,
            wallet=W1,
            buyer=Buyer(title=TITLE),
            standing=standing,
            why="no such company",
            number=NUMBER,
        )
        book.keep_command(request.begun)
        desk.requests = [request]
    return desk, lot


def test_a_company_asks_with_title_and_tax_number() -> None:
    desk, lot = asking(ASK_BY_TWO, TWO)
    assert play(invoice(desk)) is None
    assert desk.finished
    (request,) = desk.requests
    assert request.buyer == Buyer(title=TITLE, tax_number=CODE)
    assert (request.of, request.wallet, request.amount, request.receipt) == (
        lot,
        W1,
        100_00,
        "T1-1-2-9F3A01BC",
    )
    assert request.at.second == "E02"
    (intent,) = desk.booked
    assert isinstance(intent, BookIntent)
    assert (intent.what, intent.consumed_by, intent.amount) == (f"invoice:{lot}", request.id, 100_00)
    assert [(line.label.text.format(**line.label.values), line.value) for line in desk.lines] == [
        ("Receipt", "T1-1-2-9F3A01BC"), (TITLE, ""), ("Tax number", CODE),
    ]  # fmt: skip
    assert desk.handed_over == ["The invoice is asked for. Hand over the slip."]


def test_nothing_of_whom_it_is_for_stands_in_what_is_booked() -> None:
    desk, _ = asking(ASK)
    play(invoice(desk))
    assert not any(word in repr(desk.booked) for word in (TITLE, CODE))
    assert not any(word in repr(desk.requests) for word in (TITLE, CODE))


def test_a_person_needs_no_tax_number() -> None:
    desk, _ = asking((*ASK[:2], ("choose", "person"), ("ask_text", "王小明"), ("confirm", True)))
    assert play(invoice(desk)) is None
    assert desk.requests[0].buyer == Buyer(title="王小明")


@pytest.mark.parametrize("title", ["", "王\x07", "\u202e王", "王" * 200, "12345"])
def test_a_title_that_is_none_is_asked_for_again(title: str) -> None:
    desk, _ = asking((*ASK[:3], ("ask_text", title), *ASK[3:]))
    assert play(invoice(desk)) is None
    assert desk.refused == ["A230"]


@pytest.mark.parametrize("number", [CODE[:-1] + "4", "123", "91350100M000100Y4O"])
def test_a_tax_number_that_is_none_is_asked_for_again(number: str) -> None:
    desk, _ = asking((*ASK[:4], ("ask_text", number), *ASK[4:]))
    assert play(invoice(desk)) is None
    assert desk.refused == ["A231"]


def test_where_nobody_is_asked_there_is_no_such_button() -> None:
    desk, _ = at_the_desk(WRITTEN)
    play(invoice(desk))
    assert desk.offered[0] == ("write", "red")
    desk, _ = asking(ASK)
    play(invoice(desk))
    assert desk.offered[0] == ("ask", "write", "red")


@pytest.mark.parametrize("policy", [POLICY, replace(POLICY, invoice_at=InvoiceAt.USE)])
def test_for_what_has_none_to_come_none_is_asked(policy: Policy) -> None:
    desk, lot = asking(ASK[:2], policy)
    if policy is POLICY:
        desk.sold.book.book(BookInvoice, wallet=W1, lot=lot, number=NUMBER)
    ended = play(invoice(desk))
    assert ended is None or isinstance(ended, NothingToInvoice)
    assert (desk.booked, desk.finished) == ([], True)


@pytest.mark.parametrize("standing", Standing)
@pytest.mark.parametrize("act", ["ask", "write"])
def test_what_is_asked_for_is_not_asked_for_again(standing: Standing, act: str) -> None:
    desk, _ = asking((("choose", act), ASK[1], ("choose", CANCEL)), standing=standing)
    play(invoice(desk))
    assert desk.asked[-1][1].startswith("Asked for on 2026-11-24")
    assert desk.offered[-1] == ("note", "anew", "withdraw")
    assert (desk.booked, desk.finished) == ([], True)


NOTE: Script = (("choose", "waiting"), ("choose", "note"), ("ask_text", NUMBER), ("confirm", True))
ANEW: Script = (
    ("choose", "waiting"),
    ("choose", "anew"),
    ("choose", "company"),
    ("ask_text", TITLE),
    ("ask_text", CODE),
    ("confirm", True),
)
WITHDRAW: Script = (("choose", "waiting"), ("choose", "withdraw"), ("confirm", True))


def test_a_number_that_comes_by_hand_ends_the_request() -> None:
    desk, lot = asking((*NOTE, ("second", "E02")), TWO, standing=Standing.TAKEN)
    assert play(invoice(desk)) is None
    command = written(desk)
    assert (command.id, command.lot, command.number) == (desk.requests[0].id, lot, NUMBER)
    book = desk.sold.book
    book.keep_command(command)
    assert book.intents[desk.requests[0].intent].end


def test_what_was_refused_is_asked_for_anew_under_the_same_id() -> None:
    desk, _ = asking(ANEW, standing=Standing.REFUSED)
    assert play(invoice(desk)) is None
    assert desk.asked_anew == [(desk.requests[0].id, Buyer(title=TITLE, tax_number=CODE))]
    assert (desk.booked, desk.finished) == ([], True)
    assert desk.said == ["The invoice is asked for anew."]


def test_a_request_is_withdrawn_by_whoever_approves_invoices() -> None:
    desk, _ = asking((*WITHDRAW, ("second", "E02")), TWO, standing=Standing.TAKEN)
    assert play(invoice(desk)) is None
    assert desk.finished
    (end,) = desk.booked
    assert isinstance(end, BookIntentEnd)
    assert (end.intent, end.end, end.at.second) == (desk.requests[0].intent, IntentEnd.UNDONE, "E02")
    desk.sold.book.keep_command(replace(end, id=desk.sold.book.next_id()))


@pytest.mark.parametrize(
    ("script", "standing"),
    [
        ((*each[:at], (each[at][0], CANCEL)), standing)
        for each, standing in (
            (ASK_BY_TWO, None),
            ((*NOTE, ("second", "E02")), Standing.TAKEN),
            (ANEW, Standing.REFUSED),
            ((*WITHDRAW, ("second", "E02")), Standing.LOST),
        )
        for at in range(len(each))
    ],
)
def test_a_request_left_at_any_question_changes_nothing(script: Script, standing: Standing | None) -> None:
    desk, _ = asking(script, TWO, standing=standing)
    before = list(desk.requests)
    play(invoice(desk))
    assert desk.finished
    assert (desk.booked, desk.handed_over, desk.asked_anew) == ([], [], [])
    assert desk.requests == before


def test_a_request_that_is_not_booked_is_not_handed_over() -> None:
    desk, _ = asking(ASK)
    desk.fails = LedgerClosed("disk full")
    assert play(invoice(desk)) is desk.fails
    assert (desk.requests, desk.handed_over) == ([], [])


def test_what_an_invoice_is_asked_for_is_not_paid_back() -> None:
    desk, _ = asking((("ask_original", OF_RECHARGE),), standing=Standing.ASKED)
    assert isinstance(play(void(desk)), InvoiceIsAsked)
    assert desk.booked == []
