"""What whoever did a service earns: by which rate, on which line, booked and taken back to the fen."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import ValidationError, convert
from msgspec.structs import replace

from terminal.core.cart import Cart
from terminal.core.commands import BookRefund, BookVoid, Commission, Returned, SaleLine, Sells
from terminal.core.commission import Rate, Rates
from terminal.core.entry import Entry
from terminal.core.errors import BadAmount, NotBookable
from terminal.core.override import Override
from terminal.core.pricing import Priced, Tariff, Visit, earned, less, parsed, priced
from terminal.core.values import StaffId
from tests.core.ledger.book import Book
from tests.core.ledger.test_value import line, sell
from tests.flows.shop import BREAD, MILK

ME, WANG = StaffId("E01"), StaffId("E02")
CUT = replace(MILK, sku="C1", category="hair", price=33_33)
DYE = replace(MILK, sku="C2", category="hair", price=100_00)
RATES = Rates((Rate(category="hair", bp=10_00), Rate(sku="C2", bp=25_00), Rate(sku="C2", bp=1)))
VISIT = Visit(business_day="2026-11-24", minute=600)


def bill(cart: Cart, tariff: Tariff | None = None) -> Priced:
    return earned(less(priced(cart, VISIT, tariff or Tariff()), cart), cart, RATES, ME)


def commissions(of: Priced) -> list[Commission | None]:
    return [one.commission for one in of.lines]


def test_an_articles_own_rate_counts_before_its_categorys() -> None:
    assert (RATES.of(CUT), RATES.of(DYE), RATES.of(BREAD)) == (10_00, 25_00, 0)
    assert bool(RATES) is True
    assert bool(Rates()) is False


@pytest.mark.parametrize("said", [{"bp": 1}, {"bp": 1, "sku": "a", "category": "b"}])
def test_a_rate_is_of_an_article_or_of_a_category(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="of an article or of a category"):
        convert(said, Rate)


@pytest.mark.parametrize("bp", [0, 10_001])
def test_a_rate_is_more_than_nothing_and_no_more_than_all(bp: int) -> None:
    with pytest.raises(ValidationError):
        convert({"sku": "a", "bp": bp}, Rate)
    assert convert({"sku": "a", "bp": 10_000}, Rate).bp == 10_000
    assert convert({"category": "a", "bp": 1}, Rate).bp == 1


def test_it_is_the_attendants_unless_the_cart_names_another() -> None:
    cart = Cart().scanned(CUT).scanned(BREAD).scanned(DYE).done_by(2, WANG)
    found = bill(cart)
    assert commissions(found) == [Commission(by=ME, amount=3_33), None, Commission(by=WANG, amount=25_00)]
    assert found.due == 33_33 + 12_34 + 100_00
    assert commissions(earned(found, cart, Rates(), ME)) == commissions(found)


def test_it_is_of_what_is_left_of_the_line_half_a_fen_up() -> None:
    cart = Cart().scanned(CUT).overridden(0, Override(reason="x", by=ME, price=10_05))
    assert commissions(bill(cart)) == [Commission(by=ME, amount=1_01)]
    assert commissions(bill(cart.overridden(0, Override(reason="x", by=ME, price=0)))) == [None]


def test_a_gift_that_a_promotion_puts_in_earns_nobody_anything() -> None:
    said = {"rule": "spend_get", "name": "n", "reach": 1_00, "sku": "C2", "article": "x", "price": 100_00}
    tariff, refused = parsed([("a", said)])
    assert not refused
    found = bill(Cart().scanned(CUT), tariff)
    assert found.places[-1] is None
    assert commissions(found) == [Commission(by=ME, amount=3_33), None]


def test_one_more_of_it_is_a_line_of_its_own_that_nobody_is_named_on() -> None:
    cart = Cart().scanned(CUT).done_by(0, WANG).scanned(CUT).scanned(CUT)
    assert [(one.quantity, one.done_by) for one in cart.lines] == [(1, WANG), (2, None)]
    assert [one.grows for one in cart.lines] == [False, True]
    assert not cart.overridden(1, Override(reason="x", by=ME, percent=1)).lines[1].grows


# Booked


@pytest.fixture
def book() -> Book:
    return Book().with_member()


def done(net: int, amount: int, by: StaffId = WANG, **more: Any) -> SaleLine:
    return line(net, commission=Commission(by=by, amount=amount), **more)


def owed(book: Book, by: StaffId = WANG) -> tuple[int, int]:
    """To them, and what it cost the shop."""
    return book.site_of(f"commission:{by}"), book.site_of("commission_expense")


def back(book: Book, of: Entry, *nets: int) -> None:
    returned = tuple(Returned(line=at, net=net) for at, net in enumerate(nets) if net)
    book.book(BookRefund, of=of.id, returned=returned, why="x")


def test_it_is_owed_to_whoever_did_it(book: Book) -> None:
    sell(book, done(100, 10), done(200, 30, ME), line(50), done(300, 40))
    assert owed(book) == (50, -80)
    assert owed(book, ME) == (30, -80)
    assert book.site_of("drawer:early") == -650


def test_of_what_is_used_later_it_is_earned_when_it_is_sold(book: Book) -> None:
    sale = sell(book, done(1000, 100, sells=Sells(unit="count:wash", amount=7)))
    assert owed(book) == (100, -100)
    back(book, sale, 1000)
    assert owed(book) == (0, 0)


def test_all_of_it_may_be_earned_and_no_more(book: Book) -> None:
    sell(book, done(100, 100))
    sell(book, done(100, 1))
    for amount in (101, 0, -1):
        with pytest.raises(BadAmount):
            sell(book, done(100, amount))
    with pytest.raises(BadAmount, match="more commission than the line brings"):
        sell(book, done(0, 1, off=100), line(1))


@pytest.mark.parametrize("by", ["", "a:b", "x" * 65])
def test_whoever_did_it_has_an_id(book: Book, by: str) -> None:
    with pytest.raises(NotBookable, match="who did it"):
        sell(book, done(100, 1, StaffId(by)))


def test_a_void_takes_it_back(book: Book) -> None:
    sale = sell(book, done(100, 33))
    book.book(BookVoid, of=sale.id, why="x")
    assert owed(book) == (0, 0)


def test_a_refund_takes_back_its_share_of_the_lines_that_come_back(book: Book) -> None:
    sale = sell(book, done(300, 100), done(500, 55, ME), line(20))
    back(book, sale, 0, 0, 20)
    assert owed(book) == (100, -155)
    back(book, sale, 100)
    assert owed(book) == (67, -122)
    assert owed(book, ME) == (55, -122)
    back(book, sale, 100, 500)
    assert (owed(book), owed(book, ME)) == ((34, -34), (0, -34))
    back(book, sale, 100)
    assert owed(book) == (0, 0)


@given(st.integers(1, 2000), st.integers(0, 2000), st.lists(st.integers(1, 700), max_size=5))
def test_cut_in_pieces_it_comes_to_the_same(net: int, amount: int, pieces: list[int]) -> None:
    book, amount = Book().with_member(), 1 + amount % net
    sale, came = sell(book, done(net, amount)), 0
    for piece in pieces:
        part = min(piece, net - came)
        if part:
            back(book, sale, part)
            came += part
            assert owed(book) == (amount - amount * came // net, amount * came // net - amount)
