"""What a counter may still write an invoice for."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.commands import (
    BookDeposit,
    BookHold,
    BookInvoice,
    BookMerge,
    BookRecharge,
    BookRechargeRefund,
    BookRefund,
    BookSale,
    BookVoid,
    RechargeRefundReason,
    Returned,
    Tender,
    TenderKind,
)
from terminal.core.invoiceable import Invoiceable, invoiceable, number_of
from terminal.core.ledger.invoices import AT_USE
from terminal.core.values import EntryId, WalletId
from tests.core.ledger.book import C1, C2, M2, W1, W2, Book
from tests.core.ledger.test_value import line

CASH = TenderKind.CASH


@pytest.fixture
def book() -> Book:
    return Book().with_member(card=C1)


def load(book: Book, amount: int = 100_00, bonus: int = 10_00) -> EntryId:
    return book.book(BookRecharge, wallet=W1, card=C1, principal=amount, bonus=bonus, received=amount).id


def sell(book: Book, *tenders: Tender, wallet: WalletId | None = W1) -> EntryId:
    due = sum(one.amount for one in tenders)
    received = sum(one.amount for one in tenders if one.kind is CASH)
    return book.book(
        BookSale, wallet=wallet, card=None, lines=(line(due),), due=due, tenders=tenders, received=received
    ).id


def asked(book: Book, of: EntryId, *, at_use: bool = False) -> Invoiceable:
    found = invoiceable(book, of, at_use=at_use)
    assert found is not None
    return found


def written(book: Book, one: Invoiceable, number: str) -> None:
    """As the counter writes it: the ledger takes what was answered."""
    book.book(BookInvoice, wallet=one.wallet, lot=one.of, number=number, amount=one.amount, lots=one.lots)


def test_what_is_no_sale_or_recharge_has_none(book: Book) -> None:
    left = book.book(BookDeposit, wallet=W1, card=None, of="presale:1", amount=1_00, received=1_00)
    assert invoiceable(book, left.id, at_use=False) is None
    assert invoiceable(book, EntryId("nothing"), at_use=False) is None


def test_a_recharge_is_invoiced_for_what_was_paid_and_the_second_time_the_first_is_named(book: Book) -> None:
    lot = load(book)
    one = asked(book, lot)
    assert one == Invoiceable(of=lot, wallet=W1, amount=100_00)
    written(book, one, "24000001")
    book.on_day("2026-12-01")
    assert asked(book, lot) == Invoiceable(of=lot, wallet=W1, number="24000001", day="2026-11-24")
    book.book(BookInvoice, wallet=W1, lot=lot, number="24000002", red="24000001")
    assert asked(book, lot) == one
    written(book, one, "24000003")
    assert asked(book, lot).day == "2026-12-01"


def test_what_was_paid_back_of_a_recharge_is_not_invoiced(book: Book) -> None:
    lot = load(book)
    book.book(BookRechargeRefund, wallet=W1, lot=lot, reason=RechargeRefundReason.COOLING_OFF)
    assert asked(book, lot).amount == 0


def test_of_a_sale_only_money_is_invoiced_where_value_was_invoiced_when_it_was_put_there(book: Book) -> None:
    load(book)
    sale = sell(book, Tender(kind=TenderKind.STORED, amount=30_00), Tender(kind=CASH, amount=20_00))
    one = asked(book, sale)
    assert one == Invoiceable(of=sale, wallet=W1, amount=20_00)
    written(book, one, "24000001")
    assert asked(book, sale) == Invoiceable(of=sale, wallet=W1, number="24000001", day="2026-11-24")


def test_of_what_was_returned_nothing_is_invoiced(book: Book) -> None:
    sale = sell(book, Tender(kind=CASH, amount=20_00))
    book.book(BookRefund, of=sale, returned=(Returned(line=0, net=5_00),), why="broken")
    assert asked(book, sale).amount == 15_00
    whole = sell(book, Tender(kind=CASH, amount=20_00))
    book.book(BookVoid, of=whole, why="mistake")
    assert asked(book, whole).amount == 0


def test_at_use_the_lots_that_paid_are_invoiced_by_the_sale_and_never_for_themselves(book: Book) -> None:
    first, second = load(book, 10_00, 0), load(book, 50_00, 0)
    third = load(book, 40_00, 5_00)
    assert asked(book, first, at_use=True) == Invoiceable(of=first, wallet=W1, at_use=True)
    written(book, asked(book, third), "24000001")
    sale = sell(book, Tender(kind=TenderKind.STORED, amount=90_00), Tender(kind=CASH, amount=1_00))
    one = asked(book, sale, at_use=True)
    assert one == Invoiceable(of=sale, wallet=W1, amount=61_00, lots=(first, second))
    written(book, one, "24000002")
    for lot in (first, second):
        assert book.lot(W1, "principal", lot).invoice == AT_USE  # type: ignore[union-attr]
        assert asked(book, lot) == Invoiceable(of=lot, wallet=W1, at_use=True)
    assert asked(book, third, at_use=True).number == "24000001"


def test_a_lot_that_was_invoiced_at_use_once_is_so_again(book: Book) -> None:
    lot = load(book, 50_00, 0)
    written(
        book, asked(book, sell(book, Tender(kind=TenderKind.STORED, amount=10_00)), at_use=True), "24000001"
    )
    sale = sell(book, Tender(kind=TenderKind.STORED, amount=20_00))
    one = asked(book, sale, at_use=True)
    assert (one.amount, one.lots) == (20_00, (lot,))
    written(book, one, "24000002")


def test_what_a_fill_took_of_a_hold_is_invoiced_at_use_with_it(book: Book) -> None:
    first, second = load(book, 10_00, 0), load(book, 50_00, 0)
    hold = book.book(BookHold, wallet=W1, card=None, amount=40_00, for_what="pump:3")
    fill = sell(book, Tender(kind=TenderKind.HELD, amount=25_00, of=hold.id), Tender(kind=CASH, amount=5_00))
    one = asked(book, fill, at_use=True)
    assert (one.amount, {*one.lots}) == (30_00, {first, second})
    written(book, one, "24000001")


def test_a_lot_of_which_nothing_is_left_to_invoice_does_not_keep_the_money_beside_it_from_it(
    book: Book,
) -> None:
    lot = load(book, 100_00, 0)
    first = sell(book, Tender(kind=TenderKind.STORED, amount=60_00))
    written(book, asked(book, first, at_use=True), "24000001")
    sale = sell(book, Tender(kind=TenderKind.STORED, amount=30_00), Tender(kind=CASH, amount=5_00))
    book.book(
        BookRechargeRefund,
        wallet=W1,
        lot=lot,
        reason=RechargeRefundReason.MEMBER,
        listed=90_00,
        agreed=40_00,
    )
    one = asked(book, sale, at_use=True)
    assert one == Invoiceable(of=sale, wallet=W1, amount=5_00)
    written(book, one, "24000002")


def test_at_use_nothing_is_invoiced_of_what_came_back_whole(book: Book) -> None:
    load(book, 50_00, 0)
    sale = sell(book, Tender(kind=TenderKind.STORED, amount=20_00), Tender(kind=CASH, amount=5_00))
    book.book(BookRefund, of=sale, returned=(Returned(line=0, net=25_00),), why="broken")
    assert asked(book, sale, at_use=True) == Invoiceable(of=sale, wallet=W1)


def test_what_bonus_paid_is_invoiced_nowhere(book: Book) -> None:
    lot = load(book, 10_00, 10_00)
    sale = sell(book, Tender(kind=TenderKind.STORED, amount=20_00))
    one = asked(book, sale, at_use=True)
    assert (one.amount, one.lots) == (10_00, (lot,))


def test_a_stranger_has_an_invoice_for_cash_too(book: Book) -> None:
    sale = sell(book, Tender(kind=CASH, amount=20_00), wallet=None)
    one = asked(book, sale, at_use=True)
    assert one == Invoiceable(of=sale, wallet=None, amount=20_00)
    written(book, one, "24000001")


def test_after_a_merge_it_is_the_wallet_that_is_left(book: Book) -> None:
    book.with_member(W2, M2, C2)
    lot, sale = load(book), sell(book, Tender(kind=CASH, amount=20_00))
    book.book(BookMerge, wallet=W1, into=W2)
    for one in (asked(book, lot), asked(book, sale)):
        assert one.wallet == W2
        written(book, one, f"2400000{one.amount}")


def test_where_it_was_written_at_another_site_its_day_is_not_known(book: Book) -> None:
    lot = load(book)
    lots = book.laid[W1, "principal"]
    lots[lot] = replace(lots[lot], invoice="24000009")
    assert asked(book, lot) == Invoiceable(of=lot, wallet=W1, number="24000009")


def test_the_day_is_that_of_the_invoice_which_stands_whatever_else_refers_to_it(book: Book) -> None:
    lot = load(book)
    written(book, asked(book, lot), "24000001")
    book.on_day("2026-12-01")
    book.book(BookInvoice, wallet=W1, lot=lot, number="24000002", red="24000001")
    book.on_day("2026-12-02")
    written(book, asked(book, lot), "24000003")
    book.on_day("2026-12-03")
    book.book(BookRechargeRefund, wallet=W1, lot=lot, reason=RechargeRefundReason.COOLING_OFF)
    one = asked(book, lot)
    assert (one.number, one.day) == ("24000003", "2026-12-02")


def test_the_number_that_stands_is_that_of_the_lot_or_of_the_sale(book: Book) -> None:
    lot = load(book)
    sale = sell(book, Tender(kind=CASH, amount=20_00), wallet=None)
    assert (number_of(book, lot), number_of(book, sale)) == ("", "")
    written(book, asked(book, lot), "24000001")
    written(book, asked(book, sale), "24000002")
    assert (number_of(book, lot), number_of(book, sale)) == ("24000001", "24000002")
    book.book(BookInvoice, wallet=W1, lot=lot, number="24000003", red="24000001")
    book.book(BookInvoice, wallet=None, lot=sale, number="24000004", red="24000002")
    assert (number_of(book, lot), number_of(book, sale)) == ("", "")


def test_a_lot_that_is_invoiced_at_use_has_no_number_of_its_own(book: Book) -> None:
    lot = load(book, 50_00, 0)
    sale = sell(book, Tender(kind=TenderKind.STORED, amount=10_00))
    written(book, asked(book, sale, at_use=True), "24000001")
    assert (number_of(book, lot), number_of(book, sale)) == ("", "24000001")


def test_the_number_of_a_recharge_of_another_shop_lies_on_its_lot(book: Book) -> None:
    lot = load(book)
    written(book, asked(book, lot), "24000001")
    del book.entries[lot], book.refer[lot]
    assert number_of(book, lot) == ""
    assert number_of(book, lot, W1) == "24000001"
    assert number_of(book, EntryId("nothing"), W1) == ""


def test_a_number_that_another_shop_noted_on_a_recharge_of_here_lies_on_its_lot(book: Book) -> None:
    lot = load(book)
    written(book, asked(book, lot), "24000001")
    del book.refer[lot]
    assert number_of(book, lot) == "24000001"


def test_after_a_merge_the_number_is_found_on_the_wallet_that_is_left(book: Book) -> None:
    book.with_member(wallet=W2, member=M2, card=C2)
    lot = load(book)
    written(book, asked(book, lot), "24000001")
    book.book(BookMerge, wallet=W1, into=W2)
    assert number_of(book, lot) == "24000001"
