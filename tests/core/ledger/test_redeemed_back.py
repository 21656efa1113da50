"""Points that became goods, coupons or a part of a price come back in whatever order, and leave nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from terminal.core.commands import (
    BookGrant,
    BookRedeem,
    BookRefund,
    BookSale,
    BookVoid,
    CouponGrant,
    Grant,
    PointsEarned,
    Returned,
)
from terminal.core.entry import Entry
from tests.core.ledger.book import W1, Book
from tests.core.ledger.test_value import line, sell

POINTS = "points:goods"
LOTS = ((300, "2026-12-31"), (250, "2027-12-31"), (150, ""))
"""Which one redemption may take all of, or a part of two of."""
KINDS = ("goods", "coupon", "money")

taken = st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from((100, 150, 200))), min_size=2, max_size=3)


def with_lots() -> Book:
    book = Book().with_member()
    for amount, until in LOTS:
        grants = (Grant(unit=POINTS, amount=amount, until=until),)
        book.book(BookGrant, wallet=W1, why="x", grants=grants)
    return book


def redeemed(book: Book, kind: str, points: int, number: int) -> Entry:
    if kind == "money":
        worth = points * 5
        return sell(book, line(worth + 700), pays={"points": (worth, "goods", points), "code": 700})
    coupons = (CouponGrant(coupon=f"k{number}", kind="c5", face=500, threshold=0),)
    fields: dict[str, Any] = {"what": "toner", "worth": points * 5}
    if kind == "coupon":
        fields = {"what": "", "coupons": coupons, "costs": points * 5}
    of = PointsEarned(family="goods", points=points)
    return book.book(BookRedeem, wallet=W1, card=None, points=of, **fields)


def undo(book: Book, entry: Entry, *, void: bool) -> None:
    if void:
        book.book(BookVoid, of=entry.id, why="x")
        return
    sale = entry.payload
    whole = (Returned(line=0, net=sale.due),) if isinstance(sale, BookSale) else ()
    book.book(BookRefund, of=entry.id, returned=whole, why="x")


def stands(book: Book) -> tuple[dict[str, int], list[tuple[str, int]], list[str]]:
    """Balances, what is left in each lot, and coupons."""
    lots = [(lot.lot, lot.rest) for lot in book.lots(W1, POINTS)]
    return book.standing(), lots, sorted(unit for unit, n in book.holdings(W1) if n and "coupon" in unit)


@given(taken, st.data())
def test_in_whatever_order_they_come_back_all_is_as_it_was(
    some: list[tuple[str, int]], data: st.DataObject
) -> None:
    book = with_lots()
    before = stands(book)
    entries = [redeemed(book, kind, points, at) for at, (kind, points) in enumerate(some)]
    assert book.of(W1, POINTS) == 700 - sum(points for _, points in some)
    for entry in data.draw(st.permutations(entries)):
        undo(book, entry, void=data.draw(st.booleans()))
        assert 0 <= book.of(W1, POINTS) <= 700
    assert stands(book) == before


@given(taken, st.booleans(), st.booleans())
def test_the_order_of_two_of_them_does_not_matter_whatever_stays_taken(
    some: list[tuple[str, int]],
    void: bool,  # noqa: FBT001  drawn
    other: bool,  # noqa: FBT001
) -> None:
    books = with_lots(), with_lots()
    for book, order in zip(books, ((0, 1), (1, 0)), strict=True):
        entries = [redeemed(book, kind, points, at) for at, (kind, points) in enumerate(some)]
        for at in order:
            undo(book, entries[at], void=(void, other)[at])
    assert stands(books[0]) == stands(books[1])
