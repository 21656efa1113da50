"""Goods come back that were sold beside a cash voucher: what pays for none comes back with them alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.core.commands import (
    BookGrant,
    BookRefund,
    BookSale,
    Grant,
    PointsEarned,
    Returned,
    Sells,
    Tender,
)
from terminal.core.commands import TenderKind as Kind
from terminal.core.entry import Entry
from terminal.core.errors import BadAmount, NotBookable
from tests.core.ledger.book import W1, Book
from tests.core.ledger.test_value import line, load, sell

VOUCHER, CASHBACK, POINTS, USES = "voucher:v", "cashback", "points:goods", "count:K1"
SOLD = Sells(unit="voucher:a", amount=100)


@pytest.fixture
def book() -> Book:
    return holding(60)


def holding(voucher: int) -> Book:
    """A voucher is used whole."""
    book = Book().with_member()
    load(book, 1000)
    grants = tuple(Grant(unit=unit, amount=1000) for unit in (CASHBACK, POINTS, USES))
    book.book(BookGrant, wallet=W1, why="x", grants=grants)
    if voucher:
        book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit=VOUCHER, amount=voucher),))
    return book


def back(book: Book, sale: Entry, at: int, net: int) -> None:
    book.book(BookRefund, of=sale.id, returned=(Returned(line=at, net=net),), why="x")


def of(book: Book, sale: Entry) -> dict[str, int]:
    """What of each way of paying the sale still stands, in fen."""
    assert isinstance(sale.payload, BookSale)
    sums = dict[str, int]()
    for entry in (sale, *book.refer[sale.id]):
        for name, amount in entry.postings:
            unit = name.split(":", 2)[2]
            if unit.startswith(("principal", "cashback", "voucher:v", "drawer", "outside")):
                sums[unit] = sums.get(unit, 0) - amount
    return sums


@pytest.mark.parametrize("kind", ["voucher", "cashback"])
def test_the_voucher_that_is_kept_was_paid_with_money(book: Book, kind: str) -> None:
    pays: dict[str, Any] = {kind: (60, "v", 0) if kind == "voucher" else 60}
    sale = sell(book, line(60), line(95, sells=SOLD), pays=pays)
    back(book, sale, 0, 60)
    unit = VOUCHER if kind == "voucher" else CASHBACK
    assert (of(book, sale)[unit], of(book, sale)["drawer:early"]) == (0, 95)
    assert book.of(W1, "voucher:a") == 100


@pytest.mark.parametrize("kind", ["voucher", "cashback"])
def test_and_comes_back_as_money_alone(book: Book, kind: str) -> None:
    pays: dict[str, Any] = {kind: (60, "v", 0) if kind == "voucher" else 60, "stored": 20}
    sale = sell(book, line(70), line(95, sells=SOLD), pays=pays)
    before = of(book, sale)
    back(book, sale, 1, 95)
    unit = VOUCHER if kind == "voucher" else CASHBACK
    assert of(book, sale)[unit] == before[unit] == 60
    assert of(book, sale)["principal"] + of(book, sale)["drawer:early"] == 10
    back(book, sale, 0, 70)
    assert not any(of(book, sale).values())


def test_cash_that_was_dropped_is_of_the_money(book: Book) -> None:
    pays: dict[str, Any] = {"voucher": (60, "v", 0)}
    sale = sell(book, line(60), line(95, sells=SOLD), pays=pays, rounding=5)
    back(book, sale, 0, 60)
    assert (of(book, sale)[VOUCHER], of(book, sale)["drawer:early"]) == (0, 90)
    back(book, sale, 1, 95)
    assert not any(of(book, sale).values())


def test_where_none_was_sold_all_ways_of_paying_share_alike() -> None:
    """Of three that paid a fen each the first gives back the first."""
    book = holding(1)
    sale = sell(book, line(3), pays={"voucher": (1, "v", 0), "stored": 1})
    back(book, sale, 0, 1)
    assert of(book, sale) == {VOUCHER: 0, "principal": 1, "drawer:early": 1}


def test_uses_that_paid_beside_it_are_none_of_it(book: Book) -> None:
    """Those that name their lines come back with them."""
    use = Tender(kind=Kind.USES, amount=40, of=USES, units=1, places=(1,))
    cash, voucher = Tender(kind=Kind.CASH, amount=95), Tender(kind=Kind.VOUCHER, amount=60, of="v")
    lines = line(60), line(40), line(95, sells=SOLD)
    sale = book.book(
        BookSale, wallet=W1, card=None, lines=lines, due=195, tenders=(use, cash, voucher), received=95
    )
    back(book, sale, 1, 40)
    assert (book.of(W1, USES), of(book, sale)[VOUCHER]) == (1000, 60)
    back(book, sale, 0, 30)
    assert (of(book, sale)[VOUCHER], of(book, sale)["drawer:early"]) == (30, 95)
    back(book, sale, 2, 95)
    back(book, sale, 0, 30)
    assert not any(of(book, sale).values())


def test_no_use_pays_for_a_voucher_that_is_sold(book: Book) -> None:
    """Though goods beside it cost as much."""
    use = Tender(kind=Kind.USES, amount=95, of=USES, units=1, places=(1,))
    cash = Tender(kind=Kind.CASH, amount=95)
    lines = line(95), line(95, sells=SOLD)
    with pytest.raises(BadAmount, match="of a voucher"):
        book.book(BookSale, wallet=W1, card=None, lines=lines, due=190, tenders=(use, cash), received=95)


@pytest.mark.parametrize("used", [True, False])
def test_a_part_of_a_voucher_that_was_sold_does_not_come_back_used_or_not(book: Book, *, used: bool) -> None:
    sale = sell(book, line(95, sells=SOLD))
    if used:
        sell(book, line(100), pays={"voucher": (100, "a", 0)})
    with pytest.raises(NotBookable, match="what is used later comes back whole"):
        back(book, sale, 0, 50)


def test_points_are_counted_on_what_is_left_of_what_was_paid_so(book: Book) -> None:
    """Of a hundred of goods sixty were paid with a voucher; all of the other voucher's price earns."""
    earned = PointsEarned(family="goods", points=135, base=135, step=1)
    sale = sell(book, line(100), line(95, sells=SOLD), pays={"voucher": (60, "v", 0)}, points=(earned,))
    held = book.of(W1, POINTS)
    back(book, sale, 0, 100)
    assert held - book.of(W1, POINTS) == 40
    back(book, sale, 1, 95)
    assert held - book.of(W1, POINTS) == 135


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_points_that_pay_come_back_by_what_they_share_with_money(book: Book, order: tuple[int, int]) -> None:
    """60 of goods by voucher; of the rest, 135, forty points paid 40."""
    pays: dict[str, Any] = {"voucher": (60, "v", 0), "points": (40, "goods", 40)}
    sale = sell(book, line(100), line(95, sells=SOLD), pays=pays)
    held = book.of(W1, POINTS)
    back(book, sale, order[0], (100, 95)[order[0]])
    assert book.of(W1, POINTS) - held == (40, 95)[order[0]] * 40 // 135
    back(book, sale, order[1], (100, 95)[order[1]])
    assert book.of(W1, POINTS) - held == 40
    assert not any(of(book, sale).values())


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_in_pieces_and_any_order_it_is_never_paid_with_what_pays_goods_alone(data: st.DataObject) -> None:
    goods = data.draw(st.lists(st.integers(1, 60), min_size=1, max_size=3))
    price = data.draw(st.integers(1, 95))
    due = sum(goods) + price
    own = [data.draw(st.integers(0, sum(goods) // 2)) for _ in "vc"]
    rest = data.draw(st.integers(0, due - sum(own)))
    points = data.draw(st.integers(0, due - sum(own) - rest))
    pays: dict[str, Any] = {
        "voucher": (own[0], "v", 0),
        "cashback": own[1],
        "stored": rest,
        "points": (points, "goods", points),
    }
    pays = {kind: paid for kind, paid in pays.items() if (paid if isinstance(paid, int) else paid[0])}
    book = holding(own[0])
    sale = sell(book, *(line(net) for net in goods), line(price, sells=SOLD), pays=pays)
    pieces = [(len(goods), price)]
    for at, net in enumerate(goods):
        first = data.draw(st.integers(0, net))
        pieces += [(at, part) for part in (first, net - first) if part]
    left, before, before_mine = sum(goods), of(book, sale), sum(own)
    for at, net in data.draw(st.permutations(pieces)):
        back(book, sale, at, net)
        stands = of(book, sale)
        assert all(0 <= stands[unit] <= fen for unit, fen in before.items())
        left -= net if at < len(goods) else 0
        mine = stands.get(VOUCHER, 0) + stands.get(CASHBACK, 0)
        assert mine <= left
        if at == len(goods):
            assert mine == before_mine
        before, before_mine = stands, mine
    assert not any(of(book, sale).values())
