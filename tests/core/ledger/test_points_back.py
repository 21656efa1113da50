"""When a part of a sale comes back, its points are counted again on what is left of what earned them."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import (
    BookGrant,
    BookRechargeRefund,
    BookRefund,
    Grant,
    PointsEarned,
    RechargeRefundReason,
    Returned,
)
from terminal.core.entry import Entry
from terminal.core.errors import BadAmount
from terminal.core.rights import Floor
from tests.core.ledger.book import W1, Book
from tests.core.ledger.test_value import line, load, sell


@pytest.fixture
def book() -> Book:
    return Book().with_member()


def by_the_yuan(base: int, each: int = 1, per: int = 1, family: str = "goods") -> PointsEarned:
    points = base // 100 * each // per
    return PointsEarned(family=family, points=points, base=base, step=100, each=each, per=per)


def back(book: Book, sale: Entry, net: int) -> int:
    """Points taken back for so many fen of the first line."""
    book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=net),), why="x")
    return -sum(amount for account, amount in book.done.postings if account.name == "wallet:w1:points:goods")


def test_no_more_goes_back_than_what_is_left_does_not_earn(book: Book) -> None:
    sale = sell(book, line(199), points=(by_the_yuan(199),))
    assert [back(book, sale, net) for net in (50, 49, 1, 99)] == [0, 0, 1, 0]


def test_what_is_multiplied_is_multiplied_again_on_whole_yuan(book: Book) -> None:
    load(book, 60_000)
    goods = (line(35_280), line(15_840))
    sale = sell(book, *goods, pays={"stored": 51_120}, points=(by_the_yuan(51_120, 12, 5),))
    book.book(BookRefund, of=sale.id, returned=(Returned(line=1, net=15_840),), why="x")
    assert book.of(W1, "points:goods") == 844
    assert back(book, sale, 35_280) == 844


ISSUED = "site:S1:issued:points:goods"
PAYS = [
    ({"code": 300}, 1000, (1, 2)),
    ({"card": 300}, 1000, (1, 2)),
    ({"stored": 1000}, 600, (1, 1)),
    ({"voucher": (400, "v1", 0)}, 600, (1, 1)),
    ({"cashback": 400}, 600, (1, 1)),
    ({"points": (400, "goods", 80)}, 600, (1, 2)),
]
"""How a bill of 1000 is paid beside cash, what of it earns, and what of that one and two fen of it were."""


@pytest.mark.parametrize("net", [1, 2])
@pytest.mark.parametrize(("pays", "base", "by_net"), PAYS)
def test_cash_code_and_principal_earn_and_nothing_else_does(
    book: Book, pays: dict[str, Any], base: int, by_net: tuple[int, int], net: int
) -> None:
    taken = by_net[net - 1]
    load(book, 600, 400)
    grants = ("voucher:v1", 400), ("cashback", 400), ("points:goods", 80)
    gifts = tuple(Grant(unit=unit, amount=amount) for unit, amount in grants)
    book.book(BookGrant, wallet=W1, why="x", grants=gifts)
    points = PointsEarned(family="goods", points=base, base=base, step=1)
    sale = sell(book, line(1000), pays=pays, points=(points,))
    assert back(book, sale, net) == taken
    assert {account.name: amount for account, amount in book.done.postings}[ISSUED] == taken


def test_fen_that_were_dropped_earn_nothing(book: Book) -> None:
    sale = sell(book, line(1009), rounding=9, points=(by_the_yuan(1000),))
    assert back(book, sale, 9) == 1
    assert back(book, sale, 1000) == 9


def test_principal_that_headquarters_covers_earns(book: Book) -> None:
    load(book, 400)
    floor = Floor(wallet=1000, site=1000)
    points = PointsEarned(family="goods", points=1000, base=1000, step=1)
    sale = sell(book, line(1000), pays={"stored": 1000}, floor=floor, points=(points,))
    assert back(book, sale, 2) == 2


def test_litres_are_left_as_what_paid_for_them_is(book: Book) -> None:
    sale = sell(book, line(20_000), points=(by_the_yuan(2710),))
    assert back(book, sale, 10_000) == 27 - 13


def test_what_nothing_is_known_of_goes_back_in_proportion(book: Book) -> None:
    sale = sell(book, line(199), points=(PointsEarned(family="goods", points=1),))
    assert back(book, sale, 50) == 1


def test_so_does_what_was_earned_by_nothing_that_earns(book: Book) -> None:
    load(book, 1, 1000)
    sell(book, line(1), pays={"stored": 1})
    sale = sell(book, line(1000), pays={"stored": 1000}, points=(by_the_yuan(1000),))
    assert back(book, sale, 450) == 5


@pytest.mark.parametrize(
    "how",
    [
        {"base": 1000, "step": 100, "each": 1, "per": 1, "points": 9},
        {"base": 1000, "step": 100, "each": 1, "per": 1, "points": 11},
        {"base": 1100, "step": 100, "points": 10},
        {"base": -1000, "step": -100, "points": 10},
        {"base": 1000, "step": 100, "each": -1, "per": -1, "points": 10},
        {"base": 1000, "step": 100, "per": 0, "points": 10},
        {"base": 1000, "step": -100, "points": 10},
        {"base": 100, "step": 100, "each": 10_000_001, "per": 10, "points": 1_000_000},
        {"base": 0, "step": 100, "each": 0, "points": 1},
        {"base": 10_000_001, "step": 100, "points": 100_000},
        {"base": 1000, "step": 1, "each": 10_000_001, "per": 1_000_000_100, "points": 10},
    ],
)
def test_points_that_their_rate_does_not_give_are_refused(book: Book, how: dict[str, int]) -> None:
    with pytest.raises(BadAmount):
        sell(book, line(1000), points=(PointsEarned(family="goods", **how),))


def test_a_rate_at_its_bounds_is_booked(book: Book) -> None:
    how = {"base": 10_000_000, "step": 1, "each": 1, "per": 10_000_000, "points": 1}
    sell(book, line(1000), points=(PointsEarned(family="goods", **how),))
    sell(book, line(1000), points=(PointsEarned(family="goods", points=7, base=-1, each=0, per=0),))
    assert book.of(W1, "points:goods") == 8


def test_what_a_recharge_counts_towards_a_tier_goes_back_with_its_points(book: Book) -> None:
    points = (by_the_yuan(10_000), replace(by_the_yuan(10_000, family="tier"), until="2026-11-30"))
    lot = load(book, 10_000, points=points)
    assert (book.of(W1, "points:goods"), book.of(W1, "points:tier")) == (100, 100)
    sell(book, line(4_000), pays={"stored": 4_000})
    book.book(BookRechargeRefund, wallet=W1, lot=lot.id, reason=RechargeRefundReason.SHOP)
    assert (book.of(W1, "points:goods"), book.of(W1, "points:tier")) == (40, 40)
    assert book.of("S1", "issued:points:tier") == -40


@pytest.mark.parametrize("used", [0, 60, 100])
def test_of_what_a_recharge_earned_and_has_ended_no_more_comes_back_than_lies_there(
    book: Book, used: int
) -> None:
    """Whoever used points while they were good owes none of them."""
    lot = load(book, 10_000, points=(replace(by_the_yuan(10_000), until="2026-11-30"),))
    if used:
        sell(book, line(used), pays={"points": (used, "goods", used)})
    book.on_day("2026-12-01")
    book.book(BookRechargeRefund, wallet=W1, lot=lot.id, reason=RechargeRefundReason.SHOP)
    assert (book.of(W1, "points:goods"), book.of(W1, "debt:points:goods")) == (0, 0)
    assert book.of("S1", "issued:points:goods") == 0
