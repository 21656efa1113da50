"""Litres at a locked price: taken by the sale that sold at it, earned so, and back with their line."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import (
    BookGrant,
    BookHold,
    BookMerge,
    BookRecharge,
    BookRechargeRefund,
    BookRefund,
    BookVoid,
    Cashback,
    Discount,
    Grant,
    Locked,
    Measured,
    RechargeRefundReason,
    Returned,
    SaleLine,
    Sells,
)
from terminal.core.entry import Entry
from terminal.core.errors import BadAmount, InsufficientFunds, NotBookable
from terminal.core.ledger.locked import locks_of
from terminal.core.locks import Lock, lock_unit
from tests.core.ledger.book import DAY, M2, W1, W2, Book
from tests.core.ledger.test_postings import posts
from tests.core.ledger.test_undo import lots
from tests.core.ledger.test_value import line, load, sell

UNIT = lock_unit("95", 7_70)


def poured(litres: int, off: int = 0) -> SaleLine:
    gross = litres * 7_87 // 100
    return SaleLine(
        sku="fuel-95",
        name="95号汽油",
        category="petrol",
        quantity=litres,
        measured=Measured.CENTILITRE,
        unit_price=7_87,
        gross=gross,
        discounts=(Discount(name="锁价 7.70", amount=off),) if off else (),
        net=gross - off,
    )


@pytest.fixture
def book() -> Book:
    """Two hundred litres: half of them for 3.33 yuan until the day after, half of them given."""
    book = Book().with_member()
    sell(book, line(3_33, sells=Sells(unit=UNIT, amount=100_00, until="2026-11-25")))
    gives(book, 100_00)
    return book


def gives(book: Book, amount: int, **more: Any) -> Entry:
    return book.book(BookGrant, wallet=W1, why="锁价", grants=(Grant(unit=UNIT, amount=amount, **more),))


def fills(book: Book, litres: int, **more: Any) -> Entry:
    taken = (Locked(place=0, unit=UNIT, litres=litres),)
    return sell(book, poured(litres, 1), **{"locked": taken, **more})


def comes_back(book: Book, sale: Entry, *nets: int) -> None:
    parts = tuple(Returned(line=0, net=net) for net in nets)
    book.book(BookRefund, of=sale.id, returned=parts, why="x")


def test_a_sale_takes_them_and_earns_what_was_paid_for_them(book: Book) -> None:
    sale = fills(book, 40_00)
    assert posts(book) == {
        "drawer:early": -314_79,
        "revenue:petrol": 314_80,
        "discount": -1,
        UNIT: -40_00,
        f"issued:{UNIT}": 40_00,
        f"deferred:{UNIT}": -1_33,
        "prepaid_difference": 1_33,
    }
    assert [(one.unit, one.amount) for one in sale.lots] == [(UNIT, -40_00)]


def test_those_that_end_first_go_first_and_in_the_end_all_is_earned(book: Book) -> None:
    fills(book, 99_99)
    fills(book, 1_00)
    assert (book.of(W1, UNIT), book.site_of(f"deferred:{UNIT}")) == (99_01, 0)
    with pytest.raises(InsufficientFunds):
        fills(book, 99_02)
    fills(book, 99_01)
    assert book.of(W1, UNIT) == 0


def test_those_that_have_ended_are_not_taken(book: Book) -> None:
    assert locks_of(book, wallet=W1, day="2026-11-25") == (left(200_00),)
    book.on_day("2026-11-26")
    assert locks_of(book, wallet=W1, day="2026-11-26") == (left(100_00),)
    with pytest.raises(InsufficientFunds):
        fills(book, 100_01)
    fills(book, 100_00)
    assert locks_of(book, wallet=W1, day="2026-11-26") == ()


def held(book: Book) -> str:
    load(book, 100_00)
    return book.book(BookHold, wallet=W1, card=None, amount=50_00, for_what="pump:1").id


def settles(book: Book, litres: int, hold: str) -> Entry:
    return fills(book, litres, pays={"held": (39_34, hold, 0)})


def test_of_a_fill_those_are_taken_that_were_good_when_it_was_released(book: Book) -> None:
    book.on_day("2026-11-25")
    gives(book, 5_00, since="2026-11-26")
    hold = held(book)
    book.on_day("2026-11-28")
    with pytest.raises(InsufficientFunds):
        settles(book, 200_01, hold)  # What is good since the release is not of it.
    settles(book, 100_00, hold)  # What ends first goes first, though it ended since.
    assert book.of(W1, UNIT) == 105_00
    assert locks_of(book, wallet=W1, day="2026-11-25") == (left(100_00),)
    assert locks_of(book, wallet=W1, day="2026-11-28") == (left(105_00),)


def test_of_a_fill_those_are_not_taken_that_had_ended_when_it_was_released(book: Book) -> None:
    book.on_day("2026-11-26")
    hold = held(book)
    with pytest.raises(InsufficientFunds):
        settles(book, 100_01, hold)
    settles(book, 100_00, hold)
    assert book.of(W1, UNIT) == 100_00


def left(litres: int, price: int = 7_70) -> Lock:
    return Lock(unit=lock_unit("95", price), grade="95", price=price, left=litres)


def test_the_lowest_price_is_told_first_and_litres_paid_ahead_are_none(book: Book) -> None:
    grants = (Grant(unit="litres:95", amount=5), Grant(unit=lock_unit("95", 7_69), amount=1))
    book.book(BookGrant, wallet=W1, why="x", grants=grants)
    assert locks_of(book, wallet=W1, day=DAY) == (left(1, 7_69), left(200_00))


def test_they_are_told_by_price_and_then_by_grade(book: Book) -> None:
    units = [lock_unit(grade, price) for grade, price in (("98", 10_00), ("98", 9_00), ("92", 9_00))]
    book.book(BookGrant, wallet=W1, why="x", grants=tuple(Grant(unit=unit, amount=1) for unit in units))
    assert [one.unit for one in locks_of(book, wallet=W1, day=DAY)] == [UNIT, units[2], units[1], units[0]]


def test_beside_other_value_they_come_back_by_themselves(book: Book) -> None:
    load(book, 100_00, 0)
    before = book.standing(), lots(book)
    back = Cashback(amount=5_00, since=DAY)
    sale = fills(book, 12_00, pays={"stored": 90_00}, cashback=back)
    comes_back(book, sale, sale.payload.due)
    assert (book.standing(), lots(book)) == before


def test_a_merge_takes_them_along(book: Book) -> None:
    book.with_member(W2, M2)
    book.book(BookMerge, wallet=W1, into=W2)
    assert locks_of(book, wallet=W1, day=DAY) == locks_of(book, wallet=W2, day=DAY) == (left(200_00),)


def test_a_void_puts_them_back(book: Book) -> None:
    before = book.standing(), lots(book)
    sale = fills(book, 140_00)
    book.book(BookVoid, of=sale.id, why="x")
    assert (book.standing(), lots(book)) == before


def test_a_refund_puts_them_back_whole(book: Book) -> None:
    before = book.standing(), lots(book)
    sale = fills(book, 140_00)
    comes_back(book, sale, sale.payload.due)
    assert (book.standing(), lots(book)) == before


def test_a_refund_in_parts_comes_to_the_same(book: Book) -> None:
    before = book.standing(), lots(book)
    sale = fills(book, 140_00)
    due = sale.payload.due
    comes_back(book, sale, 1)
    assert book.of(W1, UNIT) == 60_00
    comes_back(book, sale, due // 2)
    assert book.of(W1, UNIT) == 60_00 + 140_00 * (due // 2 + 1) // due
    comes_back(book, sale, due - due // 2 - 1)
    assert (book.standing(), lots(book)) == before


def test_what_comes_back_of_another_line_leaves_them(book: Book) -> None:
    taken = (Locked(place=0, unit=UNIT, litres=10_00),)
    sale = sell(book, poured(10_00, 1), line(5_00), locked=taken)
    book.book(BookRefund, of=sale.id, returned=(Returned(line=1, net=5_00),), why="x")
    assert book.of(W1, UNIT) == 190_00


@pytest.mark.parametrize(
    ("place", "unit", "litres"),
    [
        (0, UNIT, 9_99),
        (0, UNIT, 10_01),
        (0, "litres:95", 10_00),
        (0, "count:cut", 10_00),
        (1, UNIT, 1),
        (2, UNIT, 10_00),
        (-1, UNIT, 1),
        (-3, UNIT, 10_00),
    ],
)
def test_what_is_not_the_line_is_refused(book: Book, place: int, unit: str, litres: int) -> None:
    gives(book, 1)
    with pytest.raises((NotBookable, BadAmount)):
        sell(book, poured(10_00, 1), line(5_00), locked=(Locked(place=place, unit=unit, litres=litres),))


def test_one_locked_price_is_used_once_and_not_sold_with_it(book: Book) -> None:
    taken = Locked(place=0, unit=UNIT, litres=1_00)
    with pytest.raises(BadAmount):
        sell(book, poured(1_00), poured(1_00), locked=(taken, replace(taken, place=1)))
    with pytest.raises(BadAmount):
        sell(book, poured(1_00), line(5, sells=Sells(unit=UNIT, amount=5)), locked=(taken,))
    other = lock_unit("95", 7_60)
    sell(book, poured(1_00), line(5, sells=Sells(unit=other, amount=5)), locked=(taken,))
    assert book.of(W1, other) == 5


def test_nobody_has_none(book: Book) -> None:
    with pytest.raises(NotBookable, match="without a wallet"):
        fills(book, 1_00, wallet=None)


def test_they_pay_for_nothing(book: Book) -> None:
    with pytest.raises(NotBookable, match="not paid for"):
        sell(book, poured(1_00), pays={"uses": (7_87, UNIT, 1_00)})
    with pytest.raises(NotBookable, match="not paid for"):
        book.book(BookHold, wallet=W1, card=None, amount=1_00, for_what="pump:1", unit=UNIT)


def recharged(book: Book, *locks: Grant, **more: Any) -> Entry:
    given = {"principal": 1_000_00, "bonus": 0, "received": 1_000_00} | more
    return book.book(BookRecharge, wallet=W1, card=None, locks=locks, **given)


def with_it(litres: int = 200_00, until: str = "2026-11-25", unit: str = lock_unit("92", 7_00)) -> Grant:
    return Grant(unit=unit, amount=litres, until=until)


def fills_92(book: Book, litres: int) -> Entry:
    taken = (Locked(place=0, unit=with_it().unit, litres=litres),)
    return sell(book, replace(poured(litres, 1), sku="fuel-92"), locked=taken)


def paid_back(book: Book, lot: Entry) -> Entry:
    return book.book(BookRechargeRefund, wallet=W1, lot=lot.id, reason=RechargeRefundReason.COOLING_OFF)


def test_one_that_comes_with_a_recharge_lies_in_a_lot_of_its_own() -> None:
    book = Book().with_member()
    entry = recharged(book, with_it())
    unit = with_it().unit
    assert posts(book)[unit] == 200_00
    assert posts(book)[f"issued:{unit}"] == -200_00
    (lot,) = [one for one in entry.lots if one.unit == unit]
    assert (lot.lot, lot.amount, lot.paid, lot.until) == (entry.id, 200_00, 0, "2026-11-25")
    assert locks_of(book, wallet=W1, day=DAY) == (Lock(unit=unit, grade="92", price=7_00, left=200_00),)


def test_what_is_left_of_it_ends_when_the_recharge_is_paid_back() -> None:
    book = Book().with_member()
    gift = Grant(unit=with_it().unit, amount=7_00)
    book.book(BookGrant, wallet=W1, why="x", grants=(gift,))
    entry = recharged(book, with_it())
    fills_92(book, 50_00)
    paid_back(book, entry)
    assert locks_of(book, wallet=W1, day=DAY) == (
        replace(left(7_00), unit=gift.unit, grade="92", price=7_00),
    )
    assert (book.of(W1, with_it().unit), book.of(W1, "principal")) == (7_00, 0)
    assert book.site_of(f"issued:{with_it().unit}") == -7_00


def test_it_ends_once_though_something_comes_back_to_it_later() -> None:
    book = Book().with_member()
    entry = recharged(book, with_it())
    sale = sell(book, line(100_00), pays={"stored": 100_00})
    filled = fills_92(book, 50_00)
    paid_back(book, entry)
    book.book(BookVoid, of=sale.id, why="x")
    book.book(BookVoid, of=filled.id, why="x")
    there = book.of(W1, with_it().unit)
    paid_back(book, entry)
    assert (there, book.of(W1, with_it().unit), book.of(W1, "principal")) == (50_00, 50_00, 0)


def test_of_one_that_was_used_up_nothing_is_taken() -> None:
    book = Book().with_member()
    entry = recharged(book, with_it())
    fills_92(book, 200_00)
    paid_back(book, entry)
    assert book.of(W1, with_it().unit) == 0


def test_a_recharge_that_is_voided_takes_it_along() -> None:
    book = Book().with_member()
    before = book.standing(), lots(book)
    entry = recharged(book, with_it())
    book.book(BookVoid, of=entry.id, why="x")
    assert (book.standing(), lots(book)) == before


def test_a_recharge_is_not_voided_once_fuel_was_sold_at_it() -> None:
    book = Book().with_member()
    entry = recharged(book, with_it())
    fills_92(book, 1)
    with pytest.raises(InsufficientFunds):
        book.book(BookVoid, of=entry.id, why="x")


@pytest.mark.parametrize(
    ("grant", "fault"),
    [
        (with_it(0), BadAmount),
        (with_it(-1), BadAmount),
        (with_it(unit="litres:92"), NotBookable),
        (with_it(unit="bonus"), NotBookable),
        (with_it(unit="litres:92@0"), NotBookable),
    ],
)
def test_nothing_else_comes_so(grant: Grant, fault: type[Exception]) -> None:
    with pytest.raises(fault):
        recharged(Book().with_member(), grant)
    assert recharged(Book().with_member(), with_it(1)).lots
