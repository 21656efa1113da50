"""Coupons that lie in a cart: once each, as the cart changes, and kept for it while it is parked."""

from __future__ import annotations

import pytest

from terminal.core.cart import COUPONS_MAX, Cart, Presented
from terminal.core.commands import BookGrant, BookMerge, BookSale, CouponGrant, Discount, SaleLine
from terminal.core.errors import CartFull
from terminal.core.held_coupons import where
from terminal.core.parked import FRESH_MS, ParkedCart, reserved
from tests.core.ledger.book import C2, M2, W1, W2, Book
from tests.flows.shop import BREAD, MILK, POLICY

ONE, TWO = Presented(coupon="one"), Presented(coupon="two", account="wallet:w1:coupon:two")
CART = Cart().scanned(MILK).presented(ONE).presented(TWO)


def test_each_lies_there_once_and_is_taken_out_again() -> None:
    assert CART.presented(ONE) is CART
    assert CART.coupons == (ONE, TWO)
    assert CART.kept("one").coupons == (TWO,)
    assert CART.kept("three") == CART


def test_there_is_an_end_to_them() -> None:
    cart = Cart()
    for n in range(COUPONS_MAX):
        cart = cart.presented(Presented(coupon=f"c{n}"))
    assert cart.presented(Presented(coupon="c0")) == cart
    with pytest.raises(CartFull):
        cart.presented(Presented(coupon="more"))


def test_they_stay_whatever_becomes_of_the_goods() -> None:
    changed = (
        CART.scanned(BREAD),
        CART.keyed(1_00, POLICY.keyed_article),
        CART.counted(0, 3),
        CART.without(0),
        CART.overridden(0, None),
        CART.renewed(lambda _sku: MILK, 600),
    )
    assert all(cart.coupons == (ONE, TWO) for cart in changed)


def test_a_parked_cart_keeps_them_for_a_quarter_of_an_hour() -> None:
    parked = ParkedCart(id="p", cart=CART, wall_ms=1_000_000, business_day="2026-11-24", due=3_50)
    other = ParkedCart(id="q", cart=Cart(), wall_ms=1_000_000, business_day="2026-11-24", due=0)
    for later, kept in ((0, True), (FRESH_MS, True), (FRESH_MS + 1, False), (-1, False)):
        assert parked.fresh(1_000_000 + later) is kept
        assert reserved([other, parked], 1_000_000 + later) == (CART.coupons if kept else ())


def test_where_one_lies_is_said_while_it_is_held() -> None:
    book = Book().with_member()
    given = CouponGrant(coupon="one", kind="c3", face=3_00, threshold=0)
    book.book(BookGrant, wallet=W1, why="x", coupons=(given,))
    assert where(book, coupon="one") == Presented(coupon="one", account="wallet:w1:coupon:one")
    assert where(book, coupon="two") == Presented(coupon="two")
    book.with_member(W2, M2, C2)
    book.book(BookMerge, wallet=W1, into=W2)
    assert where(book, coupon="one") == Presented(coupon="one", account="wallet:w2:coupon:one")
    off = (Discount(name="c3", amount=3_00, coupon="one"),)
    line = SaleLine(
        sku="A", name="A", category="A", quantity=1, unit_price=3_00, gross=3_00, discounts=off, net=0
    )
    book.book(BookSale, wallet=W2, card=None, lines=(line,), due=0, tenders=(), coupons_used=("one",))
    assert where(book, coupon="one") == Presented(coupon="one")
