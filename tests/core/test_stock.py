"""What leaves the shelves with each transaction, and what comes back."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.cart import Article
from terminal.core.commands import (
    CLAIMED,
    BookCashMove,
    BookNote,
    BookRedeem,
    BookRefund,
    BookReversal,
    BookSale,
    BookVoid,
    Measured,
    PointsEarned,
    Returned,
    SaleLine,
    Sells,
    Tender,
    TenderKind,
)
from terminal.core.stock import Uncounted, low, shown_stock, went
from terminal.core.values import WalletId
from tests.store.facts import AT, an_id

MILK = SaleLine(sku="M", name="牛奶", category="dairy", quantity=3, unit_price=500, gross=1500, net=1500)
RICE = SaleLine(
    sku="R",
    name="米",
    category="food",
    quantity=1250,
    measured=Measured.GRAM,
    unit_price=800,
    gross=1000,
    net=1000,
)
GIFT = SaleLine(sku="G", name="杯", category="-", quantity=2, unit_price=100, gross=200, net=0, sample=True)
CARD = SaleLine(
    sku="C",
    name="次卡",
    category="-",
    quantity=1,
    unit_price=1,
    gross=1,
    net=1,
    sells=Sells(unit="count:cut", amount=10),
)
SALE = BookSale(
    id=an_id(1),
    at=AT,
    wallet=None,
    card=None,
    lines=(MILK, RICE, GIFT, CARD, replace(MILK, quantity=1, gross=500, net=500)),
    due=3001,
    tenders=(Tender(kind=TenderKind.CASH, amount=3001),),
)
VOID = BookVoid(id=an_id(2), at=AT, of=SALE.id, why="x")


def refund(*returned: Returned) -> BookRefund:
    return BookRefund(id=an_id(3), at=AT, of=SALE.id, returned=returned, why="x")


def test_a_sale_takes_goods_and_gifts_and_no_uses() -> None:
    assert went(SALE) == {"M": 4, "R": 1250, "G": 2}


def test_a_void_and_a_reversal_put_all_of_it_back() -> None:
    back = {"M": -4, "R": -1250, "G": -2}
    assert went(VOID, SALE) == back
    assert went(BookReversal(id=an_id(4), at=AT, of=SALE.id, why="x"), SALE) == back


def test_goods_that_came_back_are_there_again_and_spoiled_ones_are_not() -> None:
    some = refund(
        Returned(line=0, net=500, quantity=1),
        Returned(line=1, net=400, quantity=500, spoiled=True),
        Returned(line=2, net=0, quantity=2),
        Returned(line=3, net=1, quantity=1),
        Returned(line=4, net=500, quantity=1),
    )
    assert went(some, SALE) == {"M": -2, "G": -2}
    assert went(replace(VOID, of=some.id), some, SALE) == {"M": 2, "G": 2}


@pytest.mark.parametrize(
    ("line", "net", "back"),
    [(0, 1500, {"M": -3}), (0, 999, {"M": -1}), (1, 500, {"R": -625}), (2, 0, {"G": -2})],
)
def test_where_nobody_counted_as_much_comes_back_as_of_the_money(
    line: int, net: int, back: dict[str, int]
) -> None:
    assert went(refund(Returned(line=line, net=net)), SALE) == back


def test_what_is_not_known_here_and_what_is_no_goods_moves_nothing() -> None:
    move = BookCashMove(id=an_id(5), at=AT, amount=100, reason="change")
    assert went(move) == {}
    assert went(VOID) == {}
    assert went(VOID, move) == {}
    assert went(refund(Returned(line=0, net=1))) == {}
    assert went(refund(Returned(line=0, net=1)), move) == {}


GIVEN = BookRedeem(
    id=an_id(6),
    at=AT,
    wallet=WalletId("w1"),
    card=None,
    points=PointsEarned(family="goods", points=5),
    what="cup",
    sku="G",
)
LATER = replace(GIVEN, claim="123456782")
NOTE = BookNote(id=an_id(7), at=AT, what=CLAIMED, detail="123456782", of=LATER.id)


def test_what_points_were_taken_for_leaves_the_shelf_once_it_is_handed_over() -> None:
    assert went(GIVEN) == {"G": 1}
    assert went(replace(GIVEN, sku="")) == {}
    assert went(LATER) == {}
    assert went(NOTE, LATER) == {"G": 1}
    assert went(NOTE, replace(LATER, sku="")) == {}
    assert (went(NOTE), went(NOTE, SALE)) == ({}, {})


@pytest.mark.parametrize("undo", [replace(VOID, of=GIVEN.id), replace(refund(), of=GIVEN.id)])
def test_it_is_there_again_where_it_comes_back_and_is_neither_spoiled_nor_waited(undo: Any) -> None:
    for taken in (GIVEN, LATER):
        assert went(undo, taken) == {"G": -1}
        assert went(replace(undo, to_shelf=False), taken) == {}
    assert went(undo, replace(GIVEN, sku="")) == {}
    reversal = BookReversal(id=an_id(8), at=AT, of=GIVEN.id, why="x")
    assert (went(reversal, GIVEN), went(reversal, LATER)) == ({"G": -1}, {})


def test_people_are_told_under_twenty_where_the_article_says_nothing_else() -> None:
    article = Article(sku="A", name="茶", category="-", price=1)
    assert low(article) == 20
    assert low(replace(article, measured=Measured.GRAM)) == 20_000
    assert low(replace(article, low=3)) == 3
    assert low(replace(article, low=0)) == 0
    assert [shown_stock(article, left) for left in (7, 0, -3)] == ["7", "0", "0"]
    assert shown_stock(replace(article, measured=Measured.GRAM), 1_250) == "1.250 kg"
    assert shown_stock(replace(article, measured=Measured.CENTILITRE), 205) == "2.05 L"
    assert Uncounted().left("A") is None
