"""Undoing is derived: the whole restores everything, and pieces come to the same as the whole."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core.commands import (
    BookFleetFunds,
    BookGrant,
    BookRecharge,
    BookRefund,
    BookReversal,
    BookVoid,
    Cashback,
    CouponGrant,
    Grant,
    PointsEarned,
    Returned,
    Sells,
)
from terminal.core.entry import Entry
from terminal.core.errors import BadAmount, InsufficientFunds, NotBookable
from tests.core.ledger.book import W1, Book
from tests.core.ledger.test_value import line, load, sell

FEN = st.integers(0, 3000)


def rich() -> Book:
    """A member with some of everything."""
    book = Book().with_member()
    load(book, 5000, 700)
    load(book, 4000, 300)
    grants = [
        Grant(unit="points:goods", amount=500),
        Grant(unit="points:petrol", amount=90, until="2027-01-31"),
        Grant(unit="cashback", amount=800),
        Grant(unit="voucher:v1", amount=1500),
    ]
    coupons = (CouponGrant(coupon="k1", kind="c3", face=300, threshold=0),)
    book.book(BookGrant, wallet=W1, why="everything", grants=tuple(grants), coupons=coupons)
    book.book(BookFleetFunds, company="haulage", amount=9000, paid_by=None)
    sell(book, line(1000, sells=Sells(unit="count:wash", amount=7)))
    return book


def _uncounted(points: int) -> PointsEarned:
    return PointsEarned(family="goods", points=points)


@st.composite
def counted(draw: st.DrawFn) -> PointsEarned:
    """Points that say how they were counted."""
    step, each, per = draw(st.integers(1, 100)), draw(st.integers(1, 9)), draw(st.integers(1, 5))
    base = draw(st.integers(step * per, 9000))
    points = base // step * each // per
    return PointsEarned(family="goods", points=points, base=base, step=step, each=each, per=per)


@st.composite
def bills(draw: st.DrawFn) -> dict[str, Any]:
    """Lines and a split tender for a part of them; the rest is cash."""
    nets: list[int] = draw(st.lists(st.integers(1, 4000), min_size=1, max_size=4))
    lines = [
        line(
            net,
            off=draw(st.integers(0, 500)),
            category=draw(st.sampled_from(["a", "b"])),
            tax_bp=draw(st.sampled_from([0, 900, 1300])),
        )
        for net in nets
    ]
    left, pays = sum(nets), {}
    for kind, most, of, units in (
        ("stored", 9900, "", 0),
        ("points", 1000, "goods", 77),
        ("cashback", 800, "", 0),
        ("voucher", 1500, "v1", 0),
        ("fleet", 9000, "haulage", 0),
        ("code", 9000, "", 0),
    ):
        part = min(left, draw(st.integers(0, most)))
        if part and draw(st.booleans()):
            pays[kind] = (part, of, units)
            left -= part
    rounding = draw(st.integers(0, min(9, left - 1))) if left > 1 else 0
    more: dict[str, Any] = {"lines": lines, "pays": pays, "rounding": rounding}
    if draw(st.booleans()):
        until = draw(st.sampled_from(["", "2027-06-30"]))
        more["points"] = (draw(counted() | st.integers(1, 99).map(_uncounted)),)
        more["points"] = (replace(more["points"][0], until=until),)
    if draw(st.booleans()):
        more["cashback"] = Cashback(amount=draw(st.integers(1, 99)), since="2026-11-25")
    if draw(st.booleans()):
        more["coupons_used"] = ("k1",)
    if draw(st.booleans()):
        more["coupons"] = (CouponGrant(coupon="k9", kind="c3", face=300, threshold=0),)
    return more


def booked(book: Book, bill: dict[str, Any]) -> Entry:
    rest = {name: value for name, value in bill.items() if name != "lines"}
    return sell(book, *bill["lines"], **rest)


def lots(book: Book) -> dict[Any, Any]:
    found = {
        key: [(lot.lot, lot.rest) for lot in kept.values() if lot.rest] for key, kept in book.laid.items()
    }
    return {key: rests for key, rests in found.items() if rests}


@given(bills())
def test_a_void_leaves_nothing_of_a_sale(bill: dict[str, Any]) -> None:
    book = rich()
    before = book.standing(), lots(book)
    sale = booked(book, bill)
    book.book(BookVoid, of=sale.id, why="wrong article")
    assert (book.standing(), lots(book)) == before
    with pytest.raises(NotBookable):
        book.book(BookVoid, of=sale.id, why="again")
    with pytest.raises(NotBookable):
        book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=1),), why="again")


@given(bills())
def test_a_refund_of_all_lines_leaves_nothing_but_what_a_voucher_forfeited(bill: dict[str, Any]) -> None:
    book = rich()
    before = book.standing()
    sale = booked(book, bill)
    forfeited = book.site_of("forfeited")
    whole = tuple(Returned(line=n, net=one.net) for n, one in enumerate(bill["lines"]))
    book.book(BookRefund, of=sale.id, returned=whole, why="all of it")
    if forfeited:
        before["site:S1:forfeited"] = forfeited
        before["wallet:w1:voucher:v1"] = bill["pays"]["voucher"][0]
        before["site:S1:issued:had"] = -forfeited
        (counted,) = (name for name in book.standing() if name.endswith(":ever:rest.v1"))
        before[counted] = forfeited
    assert book.standing() == before


@given(bills(), st.data())
def test_a_refund_cut_in_pieces_comes_to_the_same(bill: dict[str, Any], data: st.DataObject) -> None:
    once, pieces = rich(), rich()
    sales = booked(once, bill), booked(pieces, bill)
    parts = [data.draw(st.integers(0, one.net)) for one in bill["lines"]]
    wanted = tuple(Returned(line=n, net=net) for n, net in enumerate(parts) if net)
    if not wanted:
        return
    once.book(BookRefund, of=sales[0].id, returned=wanted, why="at once")
    for one in data.draw(st.permutations(wanted)):
        cut = data.draw(st.integers(0, one.net))
        for net in (cut, one.net - cut):
            if net:
                returned = (Returned(line=one.line, net=net),)
                pieces.book(BookRefund, of=sales[1].id, returned=returned, why="a piece")
    assert pieces.standing() == once.standing()
    assert lots(pieces) == lots(once)


@given(bills())
def test_never_more_comes_back_than_was_sold(bill: dict[str, Any]) -> None:
    book = rich()
    sale = booked(book, bill)
    net = bill["lines"][0].net
    book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=net),), why="all of it")
    for returned in (Returned(line=0, net=1), Returned(line=0, net=-1), Returned(line=99, net=1)):
        with pytest.raises(BadAmount):
            book.book(BookRefund, of=sale.id, returned=(returned,), why="more")


def test_goods_paid_with_value_go_back_to_the_card_and_never_as_cash() -> None:
    book = rich()
    sale = sell(book, line(6000), pays={"stored": 6000})
    before = book.site_of("drawer:early")
    book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=6000),), why="sour")
    assert (book.of(W1, "principal"), book.of(W1, "bonus")) == (9000, 1000)
    assert book.site_of("drawer:early") == before


def test_cash_of_a_refund_comes_out_of_the_drawer_of_today() -> None:
    book = rich()
    sale = sell(book, line(1000))
    book.in_shift("late")
    book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=400),), why="sour")
    assert book.site_of("drawer:late") == 400


def test_points_that_are_spent_when_they_must_come_back_are_owed() -> None:
    book = Book().with_member()
    sale = sell(book, line(10000), points=(PointsEarned(family="goods", points=100),))
    sell(book, line(500), pays={"points": (450, "goods", 90)})
    book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=10000),), why="sour")
    assert (book.of(W1, "points:goods"), book.of(W1, "debt:points:goods")) == (0, -90)
    # Sites post a debt and never net it.
    sell(book, line(10000), points=(PointsEarned(family="goods", points=100),))
    assert (book.of(W1, "points:goods"), book.of(W1, "debt:points:goods")) == (100, -90)


def test_a_coupon_that_was_used_by_now_is_owed() -> None:
    book = Book().with_member()
    coupon = CouponGrant(coupon="k1", kind="c3", face=300, threshold=0)
    sale = sell(book, line(10000), coupons=(coupon,))
    sell(book, line(700, off=300), coupons_used=("k1",))
    book.book(BookVoid, of=sale.id, why="wrong article")
    assert book.of(W1, "debt:coupon:k1") == -1


def test_a_recharge_is_voided_whole_or_not_at_all() -> None:
    book = Book().with_member()
    recharge = load(book, 1000, 100)
    sell(book, line(1), pays={"stored": 1})
    with pytest.raises(InsufficientFunds):
        book.book(BookVoid, of=recharge.id, why="wrong card")
    other = load(book, 2000, 100)
    book.book(BookVoid, of=other.id, why="wrong card")
    assert (book.of(W1, "principal"), book.of(W1, "bonus")) == (999, 100)


def test_what_another_shift_booked_is_not_voided_but_may_be_reversed() -> None:
    book = rich()
    sale = sell(book, line(1000), pays={"code": 1000})
    book.in_shift("late")
    with pytest.raises(NotBookable):
        book.book(BookVoid, of=sale.id, why="too late")
    book.book(BookReversal, of=sale.id, why="the acquirer cancelled it")
    assert book.site_of("outside:code") == 0
    with pytest.raises(NotBookable):
        book.book(BookReversal, of=sale.id, why="twice")


def test_an_undo_is_not_undone() -> None:
    book = rich()
    sale = sell(book, line(1000))
    void = book.book(BookVoid, of=sale.id, why="wrong")
    with pytest.raises(NotBookable):
        book.book(BookVoid, of=void.id, why="wrong")
    with pytest.raises(NotBookable):
        book.book(BookVoid, of=book.next_id(), why="wrong")


def test_a_count_card_comes_back_only_while_nothing_of_it_is_used() -> None:
    book = Book().with_member()
    sale = sell(book, line(1000, sells=Sells(unit="count:wash", amount=7)), line(500))
    with pytest.raises(NotBookable):
        book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=999),), why="a part")
    use = sell(book, line(100), pays={"uses": (100, "count:wash", 1)})
    with pytest.raises(InsufficientFunds):
        book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=1000),), why="began")
    book.book(BookRefund, of=use.id, returned=(Returned(line=0, net=100),), why="not done")
    book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=1000),), why="not begun")
    assert (book.of(W1, "count:wash"), book.site_of("deferred:count:wash")) == (0, 0)


def test_a_recharge_of_a_wallet_that_began_with_it_keeps_the_wallet_when_voided() -> None:
    book = Book().with_card()
    recharge = book.book(BookRecharge, wallet=W1, card="c1", principal=100, bonus=0, received=100)
    book.book(BookVoid, of=recharge.id, why="wrong")
    assert book.wallet(W1) is not None
