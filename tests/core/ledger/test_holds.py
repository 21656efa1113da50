"""Litres and a company's credit on hold: set aside, captured once, released; and what is undone of it."""

from __future__ import annotations

from typing import Any

import pytest

from terminal.core.commands import (
    BookFleetFunds,
    BookGrant,
    BookHold,
    BookMerge,
    BookRefund,
    BookRelease,
    BookSale,
    BookVoid,
    Grant,
    PointsEarned,
    Returned,
    Sells,
    Tender,
    TenderKind,
)
from terminal.core.entry import Entry
from terminal.core.errors import BadAmount, InsufficientFunds, NotBookable, UnknownCard
from terminal.core.values import CardId, WalletId
from tests.core.ledger.book import M2, W1, W2, Book
from tests.core.ledger.test_postings import posts
from tests.core.ledger.test_undo import lots
from tests.core.ledger.test_value import line, load, sell

DIESEL = "litres:0"


@pytest.fixture
def book() -> Book:
    """Ten litres for 100.01 yuan, which is no whole fen a hundredth, and seven for 69.30."""
    book = Book().with_member()
    sell(book, line(10001, sells=Sells(unit=DIESEL, amount=1000)))
    sell(book, line(6930, sells=Sells(unit=DIESEL, amount=700)))
    return book


def holds(book: Book, amount: int, **more: Any) -> Entry:
    fields = {"wallet": W1, "card": None, "for_what": "pump:3", "unit": DIESEL, **more}
    return book.book(BookHold, amount=amount, **fields)


def credit(book: Book, amount: int) -> Entry:
    book.book(BookFleetFunds, company="haulage", amount=5000, paid_by=None)
    return holds(book, amount, wallet=None, unit="", company="haulage")


def fills(book: Book, hold: Entry, worth: int, litres: int = 0, **more: Any) -> Entry:
    return sell(book, line(worth), pays={"held": (worth, hold.id, litres)}, **more)


def earned(book: Book) -> tuple[int, int]:
    return book.site_of(f"deferred:{DIESEL}"), book.site_of("prepaid_difference")


def test_litres_are_set_aside_with_what_was_paid_for_them(book: Book) -> None:
    hold = holds(book, 333)
    assert posts(book) == {
        DIESEL: -333,
        f"held:{hold.id}:{DIESEL}": 333,
        f"deferred:{DIESEL}": -3330,
        f"deferred:held:{DIESEL}": 3330,
    }


def test_a_fill_earns_what_was_paid_for_the_litres_it_took(book: Book) -> None:
    hold = holds(book, 1200)
    sale = fills(book, hold, 8000, 1100)
    assert posts(book) == {
        f"held:{hold.id}:{DIESEL}": -1200,
        DIESEL: 100,
        f"issued:{DIESEL}": 1100,
        f"deferred:held:{DIESEL}": -11981,
        f"deferred:{DIESEL}": 990,
        "prepaid_difference": 10991 - 8000,
        "revenue:fruit": 8000,
    }
    assert [(lot.lot, lot.amount) for lot in sale.lots] == [(hold.lots[1].lot, 100)]


def test_what_was_not_filled_goes_back_as_if_it_had_never_been_held(book: Book) -> None:
    before = book.standing(), lots(book)
    hold = holds(book, 1300)
    book.book(BookRelease, hold=hold.id)
    assert (book.standing(), lots(book)) == before
    assert book.done.wallet == W1


def test_litres_used_while_others_are_held_earn_it_all_in_the_end(book: Book) -> None:
    first, second = holds(book, 333), holds(book, 334)
    sell(book, line(1), pays={"uses": (1, DIESEL, 332)})
    fills(book, first, 1, 111)
    book.book(BookRelease, hold=second.id)
    sell(book, line(1), pays={"uses": (1, DIESEL, 557)})
    assert (earned(book)[0], book.site_of(f"deferred:held:{DIESEL}")) == (6930, 0)


@pytest.mark.parametrize("used", [1, 700, 1100, 1200])
def test_a_fill_of_litres_that_is_voided_holds_them_again(book: Book, used: int) -> None:
    hold = holds(book, 1200)
    before = book.standing(), lots(book)
    sale = fills(book, hold, 8000, used)
    book.book(BookVoid, of=sale.id, why="x")
    assert (book.standing(), lots(book)) == before
    fills(book, hold, 500, used)


def test_a_voided_fill_leaves_each_litre_at_what_was_paid_for_it_though_others_were_used_since(
    book: Book,
) -> None:
    sell(book, line(10, sells=Sells(unit="litres:92", amount=7)))
    hold = holds(book, 3, unit="litres:92")
    sale = fills(book, hold, 1, 2)
    sell(book, line(1), pays={"uses": (1, "litres:92", 3)})
    book.book(BookVoid, of=sale.id, why="x")
    book.book(BookRelease, hold=hold.id)
    assert (book.site_of("deferred:litres:92"), book.site_of("deferred:held:litres:92")) == (6, 0)


def test_a_sale_paid_with_uses_of_two_kinds_is_voided_kind_by_kind(book: Book) -> None:
    for unit in ("count:wash", "count:wax"):
        sell(book, line(10, sells=Sells(unit=unit, amount=3)))
    before = book.standing()
    washed = Tender(kind=TenderKind.USES, amount=1, of="count:wash", units=1)
    waxed = Tender(kind=TenderKind.USES, amount=1, of="count:wax", units=2)
    fields = {"wallet": W1, "card": None, "lines": (line(2),), "due": 2, "tenders": (washed, waxed)}
    sale = book.book(BookSale, **fields)
    book.book(BookVoid, of=sale.id, why="x")
    assert book.standing() == before


def test_a_fill_of_litres_comes_back_whole_or_not_at_all(book: Book) -> None:
    before = book.standing(), lots(book)
    hold = holds(book, 1200)
    sale = fills(book, hold, 8000, 1100)
    with pytest.raises(NotBookable):
        book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=7999),), why="x")
    book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=8000),), why="x")
    assert (book.standing(), lots(book)) == before


def test_litres_that_came_back_are_in_the_lots_that_gave_them_after_a_merge_too(book: Book) -> None:
    hold = holds(book, 1200)
    sale = fills(book, hold, 8000, 1100)
    book.with_member(W2, M2)
    book.book(BookMerge, wallet=W1, into=W2)
    book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=8000),), why="x")
    assert book.of(W2, DIESEL) == 1700
    assert {lot.lot: lot.rest for lot in book.laid[W2, DIESEL].values()} == {
        hold.lots[0].lot: 1000,
        hold.lots[1].lot: 700,
    }


def test_a_fill_may_take_held_litres_and_other_value_besides(book: Book) -> None:
    load(book, 3000)
    hold = holds(book, 500)
    sell(book, line(6000), pays={"held": (4000, hold.id, 500), "stored": 2000})
    assert (book.of(W1, DIESEL), book.of(W1, "principal")) == (1200, 1000)


def test_litres_that_were_given_earn_nothing(book: Book) -> None:
    given = Grant(unit="litres:92", amount=500)
    book.book(BookGrant, wallet=W1, why="x", grants=(given, Grant(unit="count:wash", amount=1)))
    hold = holds(book, 400, unit="litres:92")
    sell(book, line(310), pays={"held": (300, hold.id, 300), "uses": (10, "count:wash", 1)})
    assert posts(book) == {
        f"held:{hold.id}:litres:92": -400,
        "litres:92": 100,
        "issued:litres:92": 300,
        "count:wash": -1,
        "issued:count:wash": 1,
        "prepaid_difference": -310,
        "revenue:fruit": 310,
    }


def test_credit_is_set_aside_from_what_others_of_the_company_may_take(book: Book) -> None:
    hold = credit(book, 3000)
    assert posts(book) == {
        "company:haulage:credit": -3000,
        f"company:haulage:held:{hold.id}:credit": 3000,
    }
    with pytest.raises(InsufficientFunds):
        sell(book, line(2001), pays={"fleet": (2001, "haulage", 0)}, wallet=None)
    holds(book, 2000, wallet=None, unit="", company="haulage")
    with pytest.raises(InsufficientFunds):
        holds(book, 1, wallet=None, unit="", company="haulage")


@pytest.mark.parametrize("wallet", [None, W1, W2])
def test_a_fill_takes_what_it_needs_of_held_credit_whoever_drives(
    book: Book, wallet: WalletId | None
) -> None:
    book.with_member(W2, M2)
    hold = credit(book, 3000)
    fills(book, hold, 1200, wallet=wallet)
    assert posts(book) == {
        f"company:haulage:held:{hold.id}:credit": -3000,
        "company:haulage:credit": 1800,
        "revenue:fruit": 1200,
    }


def test_held_credit_that_nobody_used_is_the_companys_again(book: Book) -> None:
    hold = credit(book, 3000)
    book.book(BookRelease, hold=hold.id)
    assert posts(book) == {
        f"company:haulage:held:{hold.id}:credit": -3000,
        "company:haulage:credit": 3000,
    }
    assert book.done.wallet is None
    assert [one.kind for one in book.referring(hold.id)] == ["release"]


def test_held_credit_of_a_fleet_card_moves_nothing_of_its_wallet(book: Book) -> None:
    load(book, 100)
    book.book(BookFleetFunds, company="haulage", amount=5000, paid_by=None)
    hold = holds(book, 3000, unit="", company="haulage")
    assert not hold.lots
    fills(book, hold, 3000)
    assert (book.of("haulage", "credit"), book.of(W1, "principal")) == (2000, 100)


def test_what_a_company_pays_of_a_fill_earns_nothing_nor_takes_points_back(book: Book) -> None:
    """Of two fen one is of the company's part, and one of the sixty that earned."""
    hold = credit(book, 3000)
    points = PointsEarned(family="goods", points=60, base=60, step=1)
    held = Tender(kind=TenderKind.HELD, amount=40, of=hold.id)
    sale = book.book(
        BookSale,
        wallet=W1,
        card=None,
        lines=(line(100),),
        due=100,
        tenders=(held, Tender(kind=TenderKind.CASH, amount=60)),
        received=60,
        points=(points,),
    )
    book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=2),), why="x")
    assert (book.of(W1, "points:goods"), posts(book)["drawer:early"]) == (59, 1)


def test_a_fill_on_credit_is_voided_into_its_hold_and_refunded_to_the_company(book: Book) -> None:
    hold = credit(book, 3000)
    before = book.standing()
    sale = fills(book, hold, 1200, wallet=None)
    book.book(BookVoid, of=sale.id, why="x")
    assert book.standing() == before
    again = fills(book, hold, 1200, wallet=None)
    book.book(BookRefund, of=again.id, returned=(Returned(line=0, net=500),), why="x")
    assert posts(book) == {"company:haulage:credit": 500, "revenue:fruit": -500}


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"amount": 0}, BadAmount),
        ({"amount": 1701}, InsufficientFunds),
        ({"unit": "count:wash"}, NotBookable),
        ({"unit": "litres"}, NotBookable),
        ({"wallet": None}, NotBookable),
        ({"wallet": None, "unit": ""}, NotBookable),
        ({"wallet": W2}, UnknownCard),
        ({"wallet": W2, "unit": "", "company": "haulage"}, UnknownCard),
        ({"card": CardId("c9"), "unit": "", "company": "haulage"}, UnknownCard),
        ({"company": "haulage"}, NotBookable),
        ({"unit": "", "company": "a:b"}, NotBookable),
        ({"unit": "", "company": "other"}, InsufficientFunds),
    ],
)
def test_what_cannot_be_held(book: Book, fields: dict[str, Any], error: type[Exception]) -> None:
    book.book(BookFleetFunds, company="haulage", amount=5000, paid_by=None)
    with pytest.raises(error):
        holds(book, **{"amount": 100, **fields})


def test_a_hold_is_captured_once_by_whose_it_is_and_not_beyond_it(book: Book) -> None:
    book.with_member(W2, M2)
    hold = holds(book, 100)
    for worth, litres, more, error in (
        (800, 101, {}, InsufficientFunds),
        (800, 0, {}, BadAmount),
        (800, 100, {"wallet": W2}, NotBookable),
        (800, 100, {"wallet": None}, NotBookable),
    ):
        with pytest.raises(error):
            fills(book, hold, worth, litres, **more)
    with pytest.raises(BadAmount):
        sell(book, line(2), pays={"held": (1, hold.id, 1), "uses": (1, DIESEL, 1)})
    fills(book, hold, 800, 100)
    with pytest.raises(InsufficientFunds):
        fills(book, hold, 800, 100)
    with pytest.raises(InsufficientFunds):
        book.book(BookRelease, hold=hold.id)
    with pytest.raises(NotBookable):
        fills(book, book.entry(hold.lots[0].lot), 800, 100)  # type: ignore[arg-type]
