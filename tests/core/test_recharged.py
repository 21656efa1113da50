"""The arithmetic of a recharge refund that is shown is the one that is booked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.commands import (
    BookDirective,
    BookGrant,
    BookImport,
    BookMerge,
    BookRecharge,
    BookRechargeRefund,
    BookRefund,
    BookVoid,
    Grant,
    PaidBy,
    RechargeRefundReason,
    Returned,
)
from terminal.core.directives import Directed
from terminal.core.directives import Grant as Rights
from terminal.core.ledger import Lot
from terminal.core.ledger.looked_up import recharges
from terminal.core.recharged import Recharged, steps
from terminal.core.rights import Floor, LotPart, LotTerms, Right
from tests.core.ledger.book import DAY, M2, TWO, W1, W2, Book
from tests.core.ledger.test_value import line, load, sell

COOLING_OFF, MEMBER, SHOP = RechargeRefundReason


def only(book: Book) -> Recharged:
    (found,) = recharges(book, W1)
    return found


def told(of: Recharged, reason: RechargeRefundReason, listed: int = 0) -> list[tuple[str, int]]:
    return [(one.text, one.fen) for one in steps(of, reason, listed)]


@pytest.fixture
def book() -> Book:
    return Book().with_card()


def test_a_recharge_is_told_as_it_lies_there(book: Book) -> None:
    lot = load(book, 100000, 10000)
    sell(book, line(60000), pays={"stored": 60000})
    assert only(book) == Recharged(
        lot=lot.id,
        business_day=DAY,
        principal=100000,
        bonus=10000,
        principal_left=40000,
        bonus_left=10000,
        paid_by=PaidBy.CASH,
    )
    assert (only(book).spent, only(book).at_most) == (60000, 100000)


@pytest.mark.parametrize("reason", [COOLING_OFF, MEMBER, SHOP])
def test_what_was_never_paid_in_is_told_to_nobody_as_theirs(book: Book, reason: RechargeRefundReason) -> None:
    book.book(BookRecharge, wallet=W1, card=None, principal=1234, bonus=0, received=2000, rounding=4)
    assert (only(book).rounding, only(book).at_most) == (4, 1230)
    assert told(only(book), reason)[-1] == ("By the rule", 1230)


def test_each_reason_has_its_own_steps(book: Book) -> None:
    load(book, 100000, 10000)
    sell(book, line(60000), pays={"stored": 60000})
    assert told(only(book), COOLING_OFF) == [
        ("Paid in", 100000),
        ("Of it spent", -60000),
        ("By the rule", 40000),
    ]
    assert told(only(book), MEMBER, 75000) == [
        ("Paid in", 100000),
        ("Taken, at list price", -75000),
        ("By the rule", 25000),
    ]
    assert told(only(book), MEMBER, 999_999)[-1] == ("By the rule", 0)
    assert told(only(book), SHOP) == [
        ("Paid in", 100000),
        ("Bonus given with it", 10000),
        ("Spent of both", 60000),
        ("Of it principal, in proportion", -54545),
        ("By the rule", 45455),
    ]


def test_what_comes_back_to_it_later_is_paid_back_too(book: Book) -> None:
    lot = load(book, 10000)
    sale = sell(book, line(4000), pays={"stored": 4000})
    book.book(BookRechargeRefund, wallet=W1, lot=lot.id, reason=COOLING_OFF)
    assert recharges(book, W1) == ()
    book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=1500),), why="sour")
    assert told(only(book), SHOP) == [
        ("Paid in", 10000),
        ("Paid back before", -6000),
        ("Came back to it since", 1500),
        ("By the rule", 1500),
    ]


def test_what_was_given_and_not_paid_for_is_no_recharge(book: Book) -> None:
    book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit="bonus", amount=500),))
    voided = load(book, 700)
    book.book(BookVoid, of=voided.id, why="x")
    assert recharges(book, W1) == ()


def test_a_paper_balance_is_told_as_it_was_taken_over(book: Book) -> None:
    paper = (Grant(unit="principal", amount=700),)
    book.book(BookImport, at=TWO, wallet=W1, paper="7", grants=paper)
    assert (only(book).principal, only(book).paid_by) == (700, None)


def test_principal_that_nobody_paid_for_is_not_paid_back(book: Book) -> None:
    book.laid[W1, "principal"]["given"] = Lot(lot="given", rest=5, laid=5)
    book.laid_by[W1, "principal", "given"] = 1
    assert recharges(book, W1) == ()


def test_one_that_was_paid_back_and_got_only_bonus_back_has_nothing_to_pay(book: Book) -> None:
    lot = load(book, 1000, 500)
    sell(book, line(1000), pays={"stored": 1000})
    by_bonus = sell(book, line(200), pays={"stored": 200})
    book.book(BookRechargeRefund, wallet=W1, lot=lot.id, reason=COOLING_OFF)
    book.book(BookRefund, of=by_bonus.id, returned=(Returned(line=0, net=200),), why="sour")
    assert book.of(W1, "bonus") == 200
    assert recharges(book, W1) == ()


def test_after_a_merge_it_is_told_of_the_wallet_where_it_lies(book: Book) -> None:
    lot = load(book, 1000)
    book.with_member(W2, M2)
    book.book(BookMerge, wallet=W1, into=W2)
    for wallet in (W1, W2):
        assert [one.lot for one in recharges(book, wallet)] == [lot.id]


def test_of_another_sites_nobody_knows_here_when_or_how_it_was_paid(book: Book) -> None:
    terms = LotTerms(unit="principal", lot="01a0c450-6c00-7000-8000-0000000009aa", laid=1000, paid=1000)
    right = Right(account="wallet:w1:principal", amount=900, lots=(LotPart(terms=terms, amount=900),))
    where = Directed(hq_epoch=1, m=1)
    book.book(BookDirective, directed=where, directive=Rights(rights=(right,)))
    told = only(book)
    assert (told.business_day, told.paid_by, told.elsewhere, told.spent) == ("", None, 100, 0)


def test_what_came_back_of_an_overdraft_was_paid_in_no_way_that_is_known(book: Book) -> None:
    sale = sell(book, line(300), pays={"stored": 300}, floor=Floor(wallet=500, site=500))
    back = book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=300),), why="sour")
    assert [(one.lot, one.paid_by) for one in recharges(book, W1)] == [(back.id, None)]


def test_of_several_recharges_the_oldest_is_told_first(book: Book) -> None:
    lots = [load(book, fen).id for fen in (300, 100, 200)]
    assert [one.lot for one in recharges(book, W1)] == lots


def test_one_of_which_only_bonus_is_left_is_told(book: Book) -> None:
    load(book, 300, 100)
    sell(book, line(300), pays={"stored": 300})
    assert (only(book).principal_left, only(book).bonus_left) == (0, 100)


@given(
    st.integers(1, 99999),
    st.integers(0, 9999),
    st.integers(0, 99999),
    st.sampled_from(list(RechargeRefundReason)),
    st.integers(0, 99999),
)
def test_the_last_step_is_what_the_ledger_pays(
    principal: int, bonus: int, spent: int, reason: RechargeRefundReason, above: int
) -> None:
    book = Book().with_card()
    lot = load(book, principal, bonus)
    spent = min(spent, principal + bonus)
    if spent:
        sell(book, line(spent), pays={"stored": spent})
    if spent == principal + bonus:
        assert recharges(book, W1) == ()
        return
    listed = spent + above if reason is MEMBER else 0
    rule = steps(only(book), reason, listed)[-1].fen
    book.book(BookRechargeRefund, wallet=W1, lot=lot.id, reason=reason, listed=listed)
    assert book.site_of("outside:transfer") == rule
