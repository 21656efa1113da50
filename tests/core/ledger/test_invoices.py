"""Each fen that was paid is invoiced once: at recharge, at use, or when goods were paid for."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import (
    BookDeposit,
    BookFleetFunds,
    BookHold,
    BookImport,
    BookInvoice,
    BookMerge,
    BookRechargeRefund,
    BookRefund,
    BookReversal,
    BookVoid,
    Grant,
    PaidBy,
    RechargeRefundReason,
    Returned,
    Sells,
)
from terminal.core.entry import Entry
from terminal.core.errors import BadAmount, NotBookable, UnknownCard
from terminal.core.ledger.effects import Refers
from terminal.core.values import WalletId
from tests.core.ledger.book import M2, TWO, W1, W2, Book
from tests.core.ledger.test_value import line, load, sell


@pytest.fixture
def book() -> Book:
    return Book().with_member()


def invoice(book: Book, of: Entry, amount: int = 0, number: str = "17", **more: Any) -> Entry:
    fields = {"wallet": W1, "lot": of.id, "amount": amount, "number": number, **more}
    entry = book.book(BookInvoice, **fields)
    assert not entry.postings
    return entry


def red(book: Book, of: Entry, back: str = "17", number: str = "18", **more: Any) -> Entry:
    return invoice(book, of, number=number, red=back, **more)


def noted(book: Book, lot: Entry, wallet: WalletId = W1) -> str:
    return book.laid[wallet, "principal"][lot.id].invoice


def never(book: Book, of: Entry, amount: int = 0, **more: Any) -> None:
    with pytest.raises((BadAmount, NotBookable)):
        invoice(book, of, amount, **more)


def test_a_recharge_is_invoiced_once_until_a_red_letter_takes_it_back(book: Book) -> None:
    lot = load(book, 900, 100)
    never(book, lot, 901)
    never(book, lot, 1000)
    never(book, lot, 900, lots=(lot.id,))
    invoice(book, lot, 900)
    never(book, lot, 900, number="19")
    red(book, lot)
    assert noted(book, lot) == ""
    invoice(book, lot, number="19")
    assert (noted(book, lot), book.done.wallet) == ("19", W1)


def test_a_red_letter_names_the_invoice_that_stands(book: Book) -> None:
    lot = load(book, 900)
    never(book, lot, red="17")
    invoice(book, lot)
    for wrong in ({"red": "16"}, {"red": "17", "amount": 900}, {"red": "17", "lots": (lot.id,)}):
        never(book, lot, number="18", **wrong)
    red(book, lot)
    never(book, lot, number="18", red="17")


@pytest.mark.parametrize("number", ["", "at use"])
def test_an_invoice_has_a_number_of_its_own(book: Book, number: str) -> None:
    lot = load(book, 900)
    never(book, lot, number=number)
    never(book, sell(book, line(5)), 5, number=number)


def test_a_paper_balance_is_invoiced_as_a_lot(book: Book) -> None:
    grants = (Grant(unit="principal", amount=500),)
    lot = book.book(BookImport, wallet=W1, at=TWO, paper="1", grants=grants)
    invoice(book, lot, 500)
    assert noted(book, lot) == "17"


def test_a_sale_is_invoiced_once_for_what_was_paid_in_money(book: Book) -> None:
    load(book, 500)
    sale = sell(book, line(1000, tax_bp=900), pays={"stored": 300, "code": (200, "wechat", 0)})
    for amount in (0, 699, 701, 1000):
        never(book, sale, amount)
    invoice(book, sale, 700)
    never(book, sale, 700, number="18")
    red(book, sale)
    invoice(book, sale, 700, number="19")
    never(book, sale, number="20", red="19", lots=(sale.id,))
    red(book, sale, "19", "20")


def test_a_count_card_is_invoiced_when_it_is_sold_and_not_when_it_is_used(book: Book) -> None:
    card = sell(book, line(1000, sells=Sells(unit="count:wash", amount=10)))
    invoice(book, card, 1000)
    use = sell(book, line(120), pays={"uses": (100, "count:wash", 1)})
    never(book, use, 120)
    invoice(book, use, 20)


@pytest.mark.parametrize("kind", ["points", "cashback", "fleet"])
def test_what_was_not_paid_in_money_is_not_invoiced(book: Book, kind: str) -> None:
    book.book(BookFleetFunds, company="haulage", amount=900, paid_by=None)
    grants = (Grant(unit="points:goods", amount=5), Grant(unit="cashback", amount=50))
    book.book(BookImport, wallet=W1, at=TWO, paper="1", grants=grants)
    of, units = {"points": ("goods", 5), "cashback": ("", 0), "fleet": ("haulage", 0)}[kind]
    sale = sell(book, line(50), pays={kind: (50, of, units)})
    for amount in (0, 50):
        never(book, sale, amount)


def test_a_deposit_is_invoiced_with_what_it_pays(book: Book) -> None:
    fields = {"wallet": W1, "card": None, "of": "presale:p1", "amount": 400, "received": 400}
    left = book.book(BookDeposit, **fields)
    never(book, left, 400)
    sale = sell(book, line(1000), pays={"deposit": (400, "presale:p1", 0)})
    invoice(book, sale, 1000)


def test_a_stranger_gets_an_invoice_too(book: Book) -> None:
    sale = sell(book, line(1000), wallet=None)
    invoice(book, sale, 1000, wallet=None)
    assert book.done.wallet is None


def test_a_sale_is_invoiced_to_whose_it_is_now(book: Book) -> None:
    book.with_member(W2, M2)
    sale = sell(book, line(1000))
    for wallet in (None, W2):
        never(book, sale, 1000, wallet=wallet)
    book.book(BookMerge, wallet=W1, into=W2)
    with pytest.raises(UnknownCard):
        invoice(book, sale, 1000)
    invoice(book, sale, 1000, wallet=W2)


def test_what_came_back_is_not_invoiced_and_what_was_voided_is_not_at_all(book: Book) -> None:
    load(book, 500)
    sale = sell(book, line(1000), pays={"stored": 500})
    book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=400),), why="x")
    never(book, sale, 500)
    invoice(book, sale, 300)
    other = sell(book, line(10))
    book.book(BookVoid, of=other.id, why="x")
    never(book, other, 10)


def test_an_invoice_hinders_no_undoing_and_is_taken_back_after_it(book: Book) -> None:
    sale, lot = sell(book, line(1000)), load(book, 500)
    invoice(book, sale, 1000)
    invoice(book, lot)
    book.book(BookVoid, of=sale.id, why="x")
    reason = RechargeRefundReason.COOLING_OFF
    book.book(BookRechargeRefund, wallet=W1, lot=lot.id, reason=reason, in_cash=True)
    red(book, sale)
    red(book, lot)
    never(book, lot, number="19")


@pytest.mark.parametrize("undo", [BookVoid, BookReversal])
def test_a_lot_that_was_undone_is_not_invoiced(book: Book, undo: type[BookVoid | BookReversal]) -> None:
    grants = (Grant(unit="principal", amount=500),)
    paper = book.book(BookImport, wallet=W1, at=TWO, paper="1", grants=grants)
    for lot in (load(book, 900), paper):
        book.book(undo, of=lot.id, why="typed twice")
        for amount in (0, lot.lots[0].amount):
            never(book, lot, amount)


def paid_back(book: Book, lot: Entry, **more: Any) -> None:
    reason = RechargeRefundReason.MEMBER
    book.book(BookRechargeRefund, wallet=W1, lot=lot.id, reason=reason, **more)


@pytest.mark.parametrize(("listed", "in_cash"), [(1, True), (400, True), (899, False)])
def test_a_lot_is_invoiced_for_what_was_not_paid_back(book: Book, listed: int, *, in_cash: bool) -> None:
    """Also where less was spent of it than was kept: goods that were had count at list price."""
    lot = load(book, 900)
    invoice(book, lot, 900)
    paid_back(book, lot, listed=listed, in_cash=in_cash)
    red(book, lot)
    for amount in (900, 900 - listed, listed - 1, listed + 1):
        if amount not in {0, listed}:
            never(book, lot, amount, number="19")
    invoice(book, lot, listed, number="19")
    red(book, lot, "19", "20")
    invoice(book, lot, number="21")
    assert noted(book, lot) == "21"


def test_a_lot_that_was_all_paid_back_is_not_invoiced(book: Book) -> None:
    lot = load(book, 900)
    paid_back(book, lot)
    for amount in (0, 900):
        never(book, lot, amount)
    assert noted(book, lot) == ""


# At use.


def test_what_a_lot_pays_may_be_invoiced_at_use_and_the_lot_never_for_itself_then(book: Book) -> None:
    first, second = load(book, 500, 50), load(book, 500)
    fill = sell(book, line(900), pays={"stored": 800})
    for lots in ((second.id,), (first.id,), (first.id, first.id)):
        never(book, fill, 900, lots=lots)
    invoice(book, fill, 900, lots=(first.id, second.id))
    assert (noted(book, first), noted(book, second)) == ("at use", "at use")
    never(book, second, 500)
    never(book, second, number="18", red="at use")
    again = sell(book, line(200), pays={"stored": 200})
    invoice(book, again, 200, lots=(second.id,))


def test_at_use_no_more_is_invoiced_than_stayed_of_a_lot_that_was_paid_back(book: Book) -> None:
    """The shop paid more than what lay there, as a compensation: 70 of each 100 that were spent stayed."""
    lot = load(book, 700, 300)
    first, second, third = (sell(book, line(100), pays={"stored": 100}) for _ in range(3))
    reason = RechargeRefundReason.SHOP
    book.book(BookRechargeRefund, wallet=W1, lot=lot.id, reason=reason)
    stayed = 210
    never(book, first, 101, lots=(lot.id,))
    invoice(book, first, 100, lots=(lot.id,))
    invoice(book, second, 100, number="19", lots=(lot.id,))
    for amount in (100, 11, 0):
        never(book, third, amount, lots=(lot.id,))
    invoice(book, third, stayed - 200, number="20", lots=(lot.id,))
    red(book, first, number="21")
    never(book, third, 100, number="22", lots=(lot.id,))
    red(book, third, back="20", number="23")
    invoice(book, third, 100, number="24", lots=(lot.id,))
    invoice(book, first, 10, number="25", lots=(lot.id,))
    never(book, second, 100, number="26", lots=(lot.id,))


def test_what_was_invoiced_at_use_before_a_merge_counts_after_it(book: Book) -> None:
    lot = load(book, 700, 300)
    first, second, third = (sell(book, line(100), pays={"stored": 100}) for _ in range(3))
    book.book(BookRechargeRefund, wallet=W1, lot=lot.id, reason=RechargeRefundReason.SHOP)
    invoice(book, first, 100, lots=(lot.id,))
    book.with_member(W2, M2)
    book.book(BookMerge, wallet=W1, into=W2)
    invoice(book, second, 100, wallet=W2, number="19", lots=(lot.id,))
    never(book, third, 11, wallet=W2, number="20", lots=(lot.id,))
    invoice(book, third, 10, wallet=W2, number="20", lots=(lot.id,))


def test_a_lot_that_was_paid_for_on_paper_is_invoiced_at_use_for_what_it_paid(book: Book) -> None:
    lot = load(book, 500)
    laid = book.laid[W1, "principal"]
    laid[lot.id] = replace(laid[lot.id], paid=0)
    fill = sell(book, line(100), pays={"stored": 100})
    invoice(book, fill, 100, lots=(lot.id,))


def test_a_sale_of_nobody_may_be_invoiced_to_a_member(book: Book) -> None:
    invoice(book, sell(book, line(100), wallet=None), 100)


def test_an_invoice_at_use_is_none_of_the_lot_and_names_it_once(book: Book) -> None:
    lot = load(book, 500)
    fill = sell(book, line(100), pays={"stored": 100})
    invoice(book, fill, 100, lots=(lot.id, lot.id))
    assert book.done.effects.count(Refers(of=lot.id)) == 1
    never(book, lot, wallet=None, number="18", red="17")


def test_a_lot_that_was_paid_back_as_far_as_it_lay_there_is_invoiced_at_use_for_all_it_paid(
    book: Book,
) -> None:
    lot = load(book, 500)
    fill = sell(book, line(100), pays={"stored": 100})
    reason = RechargeRefundReason.COOLING_OFF
    book.book(BookRechargeRefund, wallet=W1, lot=lot.id, reason=reason)
    book.with_member(W2, M2)
    book.book(BookMerge, wallet=W1, into=W2)
    invoice(book, fill, 100, wallet=W2, lots=(lot.id,))
    never(book, fill, 100, wallet=W2, number="19", lots=(lot.id,))


def test_a_lot_that_has_its_invoice_is_not_invoiced_at_use(book: Book) -> None:
    lot, other = load(book, 500), load(book, 500)
    invoice(book, lot)
    fill = sell(book, line(400), pays={"stored": 300})
    never(book, fill, 400, lots=(lot.id,))
    never(book, fill, 100, lots=(other.id,))
    never(book, fill, 100, lots=("nothing",))
    invoice(book, fill, 100)
    assert noted(book, lot) == "17"


def test_a_red_letter_of_a_fill_leaves_its_lots_to_be_invoiced_at_use(book: Book) -> None:
    lot = load(book, 500)
    fill = sell(book, line(1), pays={"stored": 1})
    invoice(book, fill, 1, lots=(lot.id,))
    red(book, fill)
    assert noted(book, lot) == "at use"
    invoice(book, fill, 1, number="19", lots=(lot.id,))


def test_a_fill_from_a_hold_is_invoiced_for_what_it_used_and_did_not_give_back(book: Book) -> None:
    first, second = load(book, 500), load(book, 500)
    hold = book.book(BookHold, wallet=W1, card=None, amount=900, for_what="pump:3")
    fill = sell(book, line(600), pays={"held": (600, hold.id, 0)})
    book.book(BookRefund, of=fill.id, returned=(Returned(line=0, net=50),), why="x")
    never(book, fill, 550)
    invoice(book, fill, 550, lots=(first.id, second.id))
    unused = sell(book, line(5))
    never(book, unused, 5, lots=(first.id,))


def test_litres_that_were_held_are_invoiced_when_they_are_sold(book: Book) -> None:
    sell(book, line(700, sells=Sells(unit="litres:92", amount=100)))
    hold = book.book(BookHold, wallet=W1, card=None, amount=90, for_what="pump:3", unit="litres:92")
    fill = sell(book, line(600), pays={"held": (500, hold.id, 80)})
    never(book, fill, 600)
    invoice(book, fill, 100)


# Companies.


def test_a_companys_payment_is_invoiced_and_its_credit_is_not(book: Book) -> None:
    fields = {"company": "haulage", "amount": 900}
    credit = book.book(BookFleetFunds, paid_by=None, **fields)
    never(book, credit, 900, wallet=None)
    paid = book.book(BookFleetFunds, paid_by=PaidBy.TRANSFER, settles=True, **fields)
    never(book, paid, 900, lots=(paid.id,), wallet=None)
    invoice(book, paid, 900, wallet=None)
    never(book, paid, 900, wallet=None, number="18")


def test_what_is_not_here_or_was_never_paid_for_is_not_invoiced(book: Book) -> None:
    lot = load(book, 500)
    book.with_member(W2, M2)
    never(book, lot, 500, wallet=W2)
    never(book, lot, 500, wallet=None)
    with pytest.raises(NotBookable):
        book.book(BookInvoice, wallet=None, lot=book.next_id(), number="17", amount=1)
