"""What is shown of an undoing is what it posts."""

from __future__ import annotations

from typing import Any

import pytest

from terminal.core.accounts import company_credit, drawer, points
from terminal.core.commands import (
    BookDeposit,
    BookFleetFunds,
    BookGrant,
    BookRechargeRefund,
    BookRefund,
    BookReversal,
    BookVoid,
    CouponGrant,
    Grant,
    Measured,
    PointsEarned,
    RechargeRefundReason,
    Returned,
    undone_by,
)
from terminal.core.given_back import (
    Counted,
    GivenBack,
    Told,
    customers,
    given_back,
    less_owed,
    rows_of,
    usable_of,
)
from terminal.core.screens import back_lines, left_lines
from terminal.core.values import ShiftId, SiteId, WalletId
from tests.core.ledger.book import W1, Book
from tests.core.ledger.test_value import line, load, sell


@pytest.fixture
def book() -> Book:
    return Book().with_member()


def moved(book: Book) -> GivenBack:
    """By what was booked last."""
    return given_back(book.done.postings)


def shown(book: Book) -> list[tuple[str, str, int]]:
    return [(one.text, one.name, one.amount) for one in rows_of(moved(book))]


def refund(book: Book, of: Any, *nets: int, step: int = 10) -> None:
    returned = tuple(Returned(line=at, net=net) for at, net in enumerate(nets))
    book.book(BookRefund, of=of.id, returned=returned, why="sour", cash_step=step)


def test_each_way_of_paying_is_told_by_its_own_name(book: Book) -> None:
    load(book, 1000, 500)
    book.book(BookFleetFunds, company="haulage", amount=9000, paid_by=None)
    pays = {"stored": 1200, "code": (300, "kuaishou", 0), "card": 100, "fleet": (50, "haulage", 0)}
    refund(book, sell(book, line(2000), pays=pays), 2000)
    assert shown(book) == [
        ("Cash back", "", 350),
        ("Back to the bank card", "", 100),
        ("Back through {name}", "kuaishou", 300),
        ("Back to the company account", "", 50),
        ("Back to the card: principal", "", 1000),
        ("Back to the card: bonus", "", 200),
    ]
    assert moved(book).money == 2000


def test_rewards_that_are_taken_back_are_told_and_what_is_spent_of_them_is_owed(book: Book) -> None:
    sale = sell(book, line(10000), points=(PointsEarned(family="goods", points=100),))
    sell(book, line(500), pays={"points": (450, "goods", 90)})
    refund(book, sale, 10000)
    assert shown(book) == [
        ("Cash back", "", 10000),
        ("Goods points", "", -10),
        ("Goods points owed", "", 90),
    ]


def test_an_old_debt_that_it_settles_is_told(book: Book) -> None:
    book.with_headquarters = False
    first = sell(book, line(10000), points=(PointsEarned(family="goods", points=100),))
    second = sell(book, line(900), pays={"points": (900, "goods", 100)})
    refund(book, first, 10000)
    refund(book, second, 900)
    assert shown(book) == [("Goods points owed", "", -100)]


def test_coupons_are_told_together(book: Book) -> None:
    coupons = tuple(CouponGrant(coupon=f"k{at}", kind="c", face=300, threshold=0) for at in range(3))
    book.book(BookGrant, wallet=W1, why="x", coupons=coupons)
    refund(book, sell(book, line(100, off=900), coupons_used=("k0", "k1", "k2")), 100)
    assert shown(book) == [("Cash back", "", 100), ("Coupons", "", 3)]


def test_cash_that_was_dropped_or_is_rounded_is_told(book: Book) -> None:
    refund(book, sell(book, line(1934), rounding=4), 1934)
    assert shown(book) == [("Cash back", "", 1930), ("Cash rounding", "", -4)]
    refund(book, sell(book, line(1930)), 3)
    assert shown(book) == [("Cash back", "", 10), ("Cash rounding", "", 7)]


def test_what_ends_with_a_recharge_is_told(book: Book) -> None:
    lot = load(book, 5000, 500)
    book.book(
        BookRechargeRefund, wallet=W1, lot=lot.id, reason=RechargeRefundReason.COOLING_OFF, in_cash=True
    )
    assert shown(book) == [
        ("Cash back", "", 5000),
        ("Principal that ends", "", -5000),
        ("Bonus that ends", "", -500),
    ]
    lot = load(book, 50000)
    book.book(BookRechargeRefund, wallet=W1, lot=lot.id, reason=RechargeRefundReason.COOLING_OFF)
    assert shown(book)[0] == ("By transfer to an account of the same name", "", 50000)


def test_uses_vouchers_and_cashback_are_told(book: Book) -> None:
    grants = (Grant(unit="voucher:v1", amount=1500), Grant(unit="cashback", amount=800))
    book.book(BookGrant, wallet=W1, why="x", grants=(*grants, Grant(unit="count:wash", amount=3)))
    pays = {"voucher": (1500, "v1", 0), "cashback": 300, "uses": (200, "count:wash", 1)}
    sale = sell(book, line(2000), pays=pays)
    book.book(BookVoid, of=sale.id, why="x")
    assert [one for one in rows_of(moved(book)) if one.signed] == [
        Told("Cashback held", "", 300, counted=Counted.MONEY, signed=True),
        Told("{name}", "wash", 1, counted=Counted.PIECES, signed=True),
        Told("Voucher", "", 1500, counted=Counted.MONEY, signed=True),
    ]


def test_nothing_is_told_of_what_did_not_move(book: Book) -> None:
    del book
    assert list(rows_of(GivenBack())) == []
    assert GivenBack().money == 0


def test_it_is_said_of_each_undoing_what_it_undoes() -> None:
    book = Book().with_card()
    voided, reversed_, sold = (sell(book, line(100)) for _ in range(3))
    lot = load(book, 100)
    made = [
        book.book(BookVoid, of=voided.id, why="x"),
        book.book(BookReversal, of=reversed_.id, why="x"),
        book.book(BookRefund, of=sold.id, returned=(Returned(line=0, net=100),), why="x"),
        book.book(BookRechargeRefund, wallet=W1, lot=lot.id, reason=RechargeRefundReason.COOLING_OFF),
    ]
    assert [undone_by(one.payload) for one in made] == [voided.id, reversed_.id, sold.id, lot.id]
    assert undone_by(sold.payload) is None


def test_what_somebody_else_gives_back_with_it_is_not_told() -> None:
    accounts = (
        (points(W1, "goods"), -1),
        (points(WalletId("other"), "goods"), -100),
        (drawer(SiteId("S1"), ShiftId("early")), 10),
        (company_credit("haulage"), 5),
    )
    assert tuple(customers(accounts, W1)) == (accounts[0], *accounts[2:])
    assert tuple(customers(accounts, None)) == accounts[2:]


def test_a_count_card_goes_by_the_name_of_the_article_and_nothing_else_does() -> None:
    moved = GivenBack(outside=(("K03", 5),), value=(("count:K03", -3), ("ticket:K03", 2)))
    told = [(row.name, row.amount) for row in rows_of(moved, {"K03": "护理三次卡"}.__getitem__)]
    assert told == [("K03", 5), ("护理三次卡", -3), ("K03", 2)]
    assert [row.name for row in rows_of(moved)] == ["K03"] * 3


@pytest.mark.parametrize(
    ("unit", "text", "name"),
    [
        ("voucher:v1", "Vouchers owed", ""),
        ("coupon:c1", "Coupons owed", ""),
        ("count:F02", "{name} owed", "Facial"),
    ],
)
def test_what_is_owed_is_told_in_plain_words(unit: str, text: str, name: str) -> None:
    moved = GivenBack(owed=((unit, 10),))
    found = list(rows_of(moved, {"F02": "Facial"}.__getitem__))
    assert [(one.text, one.name) for one in found] == [(text, name)]


@pytest.mark.parametrize(
    ("came", "there", "owed", "more"),
    [
        (5, 5, 0, 5),
        (5, 5, 1, 4),
        (5, 5, 5, 0),
        (5, 5, 6, 0),
        (5, 7, 2, 5),
        (5, 7, 3, 4),
        (0, 7, 3, 0),
    ],
)
def test_of_what_comes_only_what_lies_beyond_what_is_owed_may_be_used(
    came: int, there: int, owed: int, more: int
) -> None:
    assert usable_of(came, there, owed) == more


def test_coupons_and_vouchers_that_come_back_are_told_as_what_they_settle() -> None:
    came = (("coupon:a", 1), ("coupon:b", 1), ("points:goods", 7), ("voucher:v", 10_00), ("voucher:w", -1_00))
    owed = {
        "coupon:a": (1, 1),
        "points:goods": (7, 7),
        "voucher:v": (4_00, 10_00),
        "voucher:w": (5_00, 0),
        "voucher:x": (1_00, 1_00),
    }
    back = GivenBack(cash=5, value=came, owed=(("bonus", 3),))
    assert less_owed(back, owed) == GivenBack(
        cash=5,
        value=(("coupon:b", 1), ("points:goods", 7), ("voucher:v", 6_00), ("voucher:w", -1_00)),
        owed=(("bonus", 3), ("coupon:a", -1), ("voucher:v", -4_00)),
    )
    assert less_owed(back, {}) == back


def test_what_an_undoing_adds_to_a_debt_or_settles_itself_is_told_as_it_was_booked() -> None:
    back = GivenBack(value=(("voucher:v", 10_00),), owed=(("voucher:v", -4_00),))
    assert less_owed(back, {"voucher:v": (6_00, 10_00)}) == back


def test_litres_are_told_in_litres_of_their_grade_and_at_their_price() -> None:
    back = GivenBack(value=(("litres:92", -7_05), ("litres:0@741", 26_00)), owed=(("litres:92", 1_00),))
    assert list(rows_of(back)) == [
        Told("Fuel, grade {name}", "92", -7_05, counted=Counted.LITRES, signed=True),
        Told("Fuel, grade {name}", "0, 7.41", 26_00, counted=Counted.LITRES, signed=True),
        Told("Fuel owed, grade {name}", "92", 1_00, counted=Counted.LITRES, signed=True),
    ]
    assert [line.value for line in back_lines(back)] == ["-7.05 L", "+26.00 L", "+1.00 L"]
    assert [line.value for line in left_lines(back.value[1:])] == ["26.00 L"]


def test_gas_is_told_in_what_it_is_counted() -> None:
    back = GivenBack(value=(("litres:LNG", -7_05), ("litres:CNG@435", 26_00)), owed=(("litres:LNG", 1_00),))
    measured = {"LNG": Measured.DECAGRAM, "CNG": Measured.CENTICUBIC}.__getitem__
    told = [line.value for line in back_lines(back, measured=measured)]
    assert told == ["-7.05 kg", "+26.00 m³", "+1.00 kg"]
    assert [line.value for line in left_lines(back.value[1:], measured=measured)] == ["26.00 m³"]


def test_a_deposit_that_goes_back_is_told_as_money_alone_and_one_that_stands_again_as_itself(
    book: Book,
) -> None:
    left = book.book(BookDeposit, wallet=W1, card=None, of="presale:p1", amount=5_00, received=5_00)
    book.book(BookRefund, of=left.id, returned=(Returned(line=0, net=5_00),), why="deposit", cash_step=10)
    assert moved(book).value == (("deposit:presale:p1", -5_00),), "booked it is"
    assert shown(book) == [("Cash back", "", 5_00)]
    book.book(BookDeposit, wallet=W1, card=None, of="presale:p2", amount=5_00, received=5_00)
    sale = sell(book, line(5_00), pays={"deposit": (5_00, "presale:p2", 0)})
    book.book(BookVoid, of=sale.id, why="left")
    assert shown(book) == [("Deposit held", "", 5_00)]
