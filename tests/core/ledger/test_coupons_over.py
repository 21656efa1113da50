"""Coupons of what comes back after their last day, beside what they had come off."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from terminal.core.commands import (
    BookExpiry,
    BookMerge,
    BookRechargeRefund,
    BookReversal,
    CouponGrant,
    RechargeRefundReason,
)
from terminal.core.entry import Entry
from terminal.core.errors import CouponNotUsable, NotBookable
from terminal.core.ledger.coupons import missed, over_of, renewed
from terminal.core.ledger.effects import Refers
from terminal.core.ledger.rules import standing_for
from tests.core.ledger.book import M2, W1, W2, Book
from tests.core.ledger.test_anew import back
from tests.core.ledger.test_value import line, load, sell

ENDED, OVER, AGAIN, AFTER, AT_LAST = "2026-12-31", "2027-01-01", "2027-01-31", "2027-02-01", "2027-02-28"
ORDERS = pytest.mark.parametrize("given_first", [True, False])


@pytest.fixture
def book() -> Book:
    book = Book().with_member()
    book.with_headquarters = False
    return book


def coupon(name: str = "k", until: str = ENDED) -> CouponGrant:
    return CouponGrant(coupon=name, kind="c2", face=2, threshold=0, until=until)


def bought(book: Book, *coupons: CouponGrant) -> Entry:
    return sell(book, line(100), coupons=coupons or (coupon(),))


def recharged(book: Book, *coupons: CouponGrant) -> Entry:
    return load(book, 100, coupons=coupons or (coupon(),))


def undo(book: Book, gave: Entry) -> None:
    if gave.kind == "sale":
        back(book, gave)
        return
    fields: dict[str, Any] = {"reason": RechargeRefundReason.MEMBER, "listed": 0}
    book.book(BookRechargeRefund, wallet=W1, lot=gave.id, **fields)


def used(book: Book, *names: str) -> Entry:
    return sell(book, line(50), coupons_used=names or ("k",))


def refunded(book: Book, sale: Entry, *anew: CouponGrant) -> None:
    """As the counter does: one in the place of each that is over and may be given anew."""
    names = sale.payload.coupons_used  # type: ignore[union-attr]
    over = over_of(book, coupons=names, business_day=book.at.business_day)
    back(book, sale, 50, coupons=anew[: len(over)])


def stands(book: Book, wallet: str = "w1") -> dict[str, int]:
    """All coupons of the wallet, held and owed, that may be used on some day from today on."""
    ended = {f"coupon:{name}" for name, (_, one) in book.coupons.items() if one.is_over(book.at.business_day)}
    units = {unit: n for unit, n in book.holdings(W1 if wallet == "w1" else W2) if "coupon:" in unit}
    return {unit: n for unit, n in units.items() if unit not in ended}


@ORDERS
@pytest.mark.parametrize("gives", [bought, recharged])
@pytest.mark.parametrize("alone", [True, False])
def test_in_whatever_order_both_come_back_none_is_good_again(
    book: Book, gives: Any, *, given_first: bool, alone: bool
) -> None:
    book.with_headquarters = not alone
    gave, sale = gives(book), used(book)
    book.on_day(OVER)
    if given_first:
        undo(book, gave)
        assert book.done.effects.count(Refers(of=missed("k"))) == 1
    refunded(book, sale, coupon("k2", AGAIN))
    if not given_first:
        assert stands(book) == {"coupon:k2": 1}
        assert Refers(of=renewed("k")) in book.done.effects
        undo(book, gave)
    assert stands(book) == {}
    assert book.of(W1, "coupon:k") == (1 if given_first else 0), "it lies there, over"
    if given_first:
        book.book(BookExpiry, wallet=W1, unit="coupon")
    assert book.site_of("issued:coupon") == 0


def test_what_stays_leaves_it(book: Book) -> None:
    bought(book)
    sale = used(book)
    book.on_day(OVER)
    refunded(book, sale, coupon("k2", AGAIN))
    assert stands(book) == {"coupon:k2": 1}
    assert book.done.effects.count(Refers(of=renewed("k"))) == 1


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_of_several_each_is_followed_for_itself(book: Book, order: tuple[int, ...]) -> None:
    """Two that gave, and one sale that used both, beside one that is not over and one that stays."""
    gave = [bought(book, coupon("a")), bought(book, coupon("b"))]
    bought(book, coupon("stays"), coupon("later", AT_LAST))
    sale = used(book, "later", "a", "stays", "b")
    book.on_day(OVER)
    for at in order:
        if at == 2:
            names = sale.payload.coupons_used  # type: ignore[union-attr]
            over = over_of(book, coupons=names, business_day=OVER)
            back(book, sale, 50, coupons=tuple(coupon(f"{one.coupon}2", AGAIN) for one in over))
        else:
            undo(book, gave[at])
    assert stands(book) == {"coupon:stays2": 1, "coupon:later": 1}


def test_one_of_two_that_came_back_is_taken_and_the_other_stays(book: Book) -> None:
    gave = [bought(book, coupon("a")), bought(book, coupon("b"))]
    sale = used(book, "a", "b")
    book.on_day(OVER)
    refunded(book, sale, coupon("a2", AGAIN), coupon("b2", AGAIN))
    undo(book, gave[1])
    assert stands(book) == {"coupon:a2": 1}
    undo(book, gave[0])
    assert stands(book) == {}


def test_one_that_was_used_again_is_owed_and_goes_when_it_comes(book: Book) -> None:
    gave, sale = bought(book), used(book)
    book.on_day(OVER)
    refunded(book, sale, coupon("k2", AGAIN))
    again = used(book, "k2")
    undo(book, gave)
    assert stands(book) == {"debt:coupon:k2": -1}
    refunded(book, again)
    assert stands(book) == {}


@ORDERS
def test_it_is_followed_as_often_as_it_came_back(book: Book, *, given_first: bool) -> None:
    gave, sale = bought(book), used(book)
    book.on_day(OVER)
    refunded(book, sale, coupon("k2", AGAIN))
    again = used(book, "k2")
    book.on_day(AFTER)
    if given_first:
        undo(book, gave)
    refunded(book, again, coupon("k3", AT_LAST))
    if not given_first:
        assert stands(book) == {"coupon:k3": 1}
        undo(book, gave)
    assert stands(book) == {}


@pytest.mark.parametrize("by", ["refund", "reversal"])
def test_one_that_is_owed_comes_back_as_itself_and_settles_that(book: Book, by: str) -> None:
    gave, sale = bought(book), used(book)
    if by == "refund":
        undo(book, gave)
    book.on_day(OVER)
    if by == "reversal":
        book.book(BookReversal, of=gave.id, why="x")
    assert book.of(W1, "debt:coupon:k") == -1
    refunded(book, sale, coupon("k2", AGAIN))
    assert (stands(book), book.of(W1, "debt:coupon:k")) == ({}, 0)


@pytest.mark.parametrize("owed", [True, False])
def test_what_is_owed_is_found_on_the_wallet_that_is_left(book: Book, *, owed: bool) -> None:
    book.with_member(W2, M2)
    gave, sale = bought(book), used(book)
    if owed:
        undo(book, gave)
    book.book(BookMerge, wallet=W1, into=W2)
    book.on_day(OVER)
    refunded(book, sale, coupon("k2", AGAIN))
    if not owed:
        undo(book, gave)
    assert stands(book, "w2") == {}


def test_one_that_may_not_be_given_anew_is_refused(book: Book) -> None:
    gave, sale = bought(book), used(book)
    book.on_day(OVER)
    undo(book, gave)
    with pytest.raises(NotBookable):
        back(book, sale, 50, coupons=(coupon("k2", AGAIN),))
    back(book, sale, 50)
    with pytest.raises(CouponNotUsable):
        used(book)


def test_of_what_is_not_known_here_nothing_is_taken(book: Book) -> None:
    gave, sale = bought(book), used(book)
    book.on_day(OVER)
    refunded(book, sale, coupon("k2", AGAIN))
    del book.entries[sale.id]
    undo(book, gave)
    assert stands(book) == {"coupon:k2": 1}


@pytest.mark.parametrize("gives", [bought, recharged])
def test_one_that_lies_there_over_goes_with_what_gave_it(book: Book, gives: Any) -> None:
    gave = gives(book)
    book.on_day(OVER)
    undo(book, gave)
    assert (book.of(W1, "coupon:k"), book.site_of("issued:coupon")) == (0, 0)
    assert Refers(of=missed("k")) not in book.done.effects


def test_names_are_what_they_are() -> None:
    assert missed("k") == standing_for("missed: coupon k")
    assert renewed("k") == standing_for("renewed: coupon k")
