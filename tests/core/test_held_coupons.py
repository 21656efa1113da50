"""Which coupons of a wallet the counter may offer."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.core.commands import (
    BookGrant,
    BookHold,
    BookMerge,
    BookRecharge,
    BookRelease,
    BookSale,
    BookVoid,
    CouponGrant,
    Discount,
    SaleLine,
    Tender,
    TenderKind,
)
from terminal.core.held_coupons import ended_on, given_anew, held_coupons, used_at
from terminal.core.ledger.coupons import over_of
from terminal.core.ledger.looked_up import original
from terminal.core.pricing import HeldCoupon
from terminal.core.times import clock_of
from tests.core.ledger.book import C2, M2, W1, W2, Book

C3 = CouponGrant(coupon="one", kind="c3", face=3_00, threshold=10_00, since="2026-11-25", until="2026-12-31")
LATER = CouponGrant(coupon="later", kind="c3", face=3_00, threshold=10_00, until="2027-01-31")
EVER = CouponGrant(coupon="ever", kind="c5", face=5_00, threshold=0)


def given(*coupons: CouponGrant) -> Book:
    book = Book().with_member()
    book.book(BookGrant, wallet=W1, why="autumn", coupons=coupons)
    return book


def test_they_are_told_as_they_were_given_and_what_ends_first_comes_first() -> None:
    book = given(EVER, LATER, C3)
    assert held_coupons(book, wallet=W1) == (
        HeldCoupon(
            coupon="one", kind="c3", face=3_00, threshold=10_00, since="2026-11-25", until="2026-12-31"
        ),
        HeldCoupon(coupon="later", kind="c3", face=3_00, threshold=10_00, until="2027-01-31"),
        HeldCoupon(coupon="ever", kind="c5", face=5_00, threshold=0),
    )


def test_of_those_that_end_together_the_order_is_always_the_same() -> None:
    twins = [CouponGrant(coupon=name, kind="c5", face=5_00, threshold=0) for name in ("b", "a", "c")]
    assert [one.coupon for one in held_coupons(given(*twins), wallet=W1)] == ["a", "b", "c"]


def test_of_one_that_is_over_its_last_day_is_told_and_of_no_other() -> None:
    book = given(EVER, C3)
    said = [ended_on(book, coupon="one", business_day=day) for day in ("2026-12-31", "2027-01-01")]
    assert said == ["", "2026-12-31"]
    assert ended_on(book, coupon="ever", business_day="2036-01-01") == ""
    assert ended_on(book, coupon="nobodys", business_day="2036-01-01") == ""


def test_what_is_used_or_waits_elsewhere_is_not_offered() -> None:
    book = given(EVER, LATER, C3)
    off = (Discount(name="c5", amount=5_00),)
    line = SaleLine(
        sku="A", name="A", category="A", quantity=1, unit_price=5_00, gross=5_00, discounts=off, net=0
    )
    book.book(BookSale, wallet=W1, card=None, lines=(line,), due=0, tenders=(), coupons_used=("ever",))
    assert [one.coupon for one in held_coupons(book, wallet=W1)] == ["one", "later"]
    assert [one.coupon for one in held_coupons(book, wallet=W1, but_not={"one"})] == ["later"]


def test_what_is_owed_is_not_offered() -> None:
    book = given(EVER, C3)
    later = book.book(BookGrant, wallet=W1, why="summer", coupons=(replace(LATER, since=""),))
    book.book(BookRecharge, wallet=W1, card=None, principal=1_00, bonus=0, received=1_00)
    hold = book.book(BookHold, wallet=W1, card=None, for_what="pump:3", coupon="later", amount=1_00)
    book.book(BookVoid, of=later.id, why="x")
    book.book(BookRelease, hold=hold.id)
    assert book.of(W1, "coupon:later") == 1
    assert [one.coupon for one in held_coupons(book, wallet=W1)] == ["one", "ever"]
    assert [one.coupon for one in held_coupons(book, wallet=W1, but_not={"one"})] == ["ever"]


def test_they_are_found_where_the_wallet_was_merged_into() -> None:
    book = given(EVER)
    book.with_member(W2, M2, C2)
    book.book(BookMerge, wallet=W1, into=W2)
    assert held_coupons(book, wallet=W1) == held_coupons(book, wallet=W2) != ()


def test_points_and_money_are_no_coupons() -> None:
    book = Book().with_member()
    assert held_coupons(book, wallet=W1) == ()


def test_when_one_was_used_is_said_by_the_last_sale_that_stands() -> None:
    book = given(EVER)
    book.at = replace(book.at, wall_ms=1_795_000_000_000, utc_offset_min=480)
    off = (Discount(name="c5", amount=5_00, coupon="ever"),)
    line = SaleLine(
        sku="A", name="A", category="A", quantity=1, unit_price=6_00, gross=6_00, discounts=off, net=1_00
    )
    paid = {"due": 1_00, "tenders": (Tender(kind=TenderKind.CASH, amount=1_00),), "received": 1_00}
    sale = book.book(BookSale, wallet=W1, card=None, lines=(line,), coupons_used=("ever",), **paid)
    told = original(book, sale.id, "T1-1-1")
    assert told is not None
    assert used_at([told], "ever") == clock_of(sale.payload.at) != ""
    assert used_at([told], "other") == used_at([], "ever") == ""
    book.book(BookVoid, of=sale.id, why="x")
    undone = original(book, sale.id, "T1-1-1")
    assert undone is not None
    assert used_at([undone], "ever") == ""
    assert used_at([undone, told], "ever") == clock_of(sale.payload.at)
    recharge = book.book(BookRecharge, wallet=W1, card=None, principal=1_00, bonus=0, received=1_00)
    other = original(book, recharge.id, "T1-1-2")
    assert other is not None
    assert used_at([other], "ever") == ""


def test_of_some_coupons_those_are_told_that_are_over_as_they_were_given() -> None:
    book = given(EVER, LATER, C3)
    names = ("later", "nobodys", "one", "ever")
    assert over_of(book, coupons=names, business_day="2027-01-31") == (C3,)
    assert over_of(book, coupons=names, business_day="2027-02-01") == (LATER, C3)
    assert over_of(book, coupons=("ever",), business_day="2027-02-01") == ()


def test_one_is_given_anew_for_so_many_days_that_day_among_them() -> None:
    ids = iter(("n1", "n2", "n3"))
    days = {"business_day": "2027-02-27", "new_id": lambda: next(ids)}
    assert given_anew((C3, LATER), days=3, **days) == (
        replace(C3, coupon="n1", since="", until="2027-03-01"),
        replace(LATER, coupon="n2", until="2027-03-01"),
    )
    assert given_anew((C3,), days=1, **days)[0].until == "2027-02-27"
