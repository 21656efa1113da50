"""A count card that ends before it is used up: money, earnings, points, and that it ends once."""

from __future__ import annotations

from typing import Any

import pytest

from terminal.core.canonical import encoded
from terminal.core.commands import BookRefund, PointsEarned, Returned, Sells
from terminal.core.directives import Grant
from terminal.core.errors import BadAmount, InsufficientFunds, NotBookable
from terminal.core.rights import SaleRight
from terminal.core.uses import Unused, unused
from terminal.core.values import EntryId
from tests.core.ledger.book import W1, Book
from tests.core.ledger.test_rights import Site, principal
from tests.core.ledger.test_value import line, sell

UNIT = "count:K10"
PAID = 45_001


@pytest.fixture
def book() -> Book:
    return Book().with_member()


def ten(book: Book, **more: Any) -> EntryId:
    points = (PointsEarned(family="goods", points=450, base=PAID, step=100),)
    card = line(PAID, sells=Sells(unit=UNIT, amount=10, until="2027-11-24"))
    return sell(book, card, points=points, **more).id


def use(book: Book, times: int) -> None:
    for _ in range(times):
        sell(book, line(6_800), pays={"uses": (6_800, UNIT, 1)})


def ends(book: Book, sale: EntryId, net: int, at: int = 0) -> None:
    back = (Returned(line=at, net=net),)
    book.book(BookRefund, of=sale, returned=back, why="unwanted", cash_step=1)


@pytest.mark.parametrize("net", [31_500, PAID - PAID * 3 // 10, 20_000, 40_000])
def test_what_is_left_ends_and_what_was_used_stays_earned(book: Book, net: int) -> None:
    sale = ten(book)
    use(book, 3)
    drawer = book.site_of("drawer:early")
    earned = PAID * 3 // 10
    assert book.site_of(f"deferred:{UNIT}") == PAID - earned
    ends(book, sale, net)
    assert book.site_of("drawer:early") - drawer == net
    assert book.site_of(f"deferred:{UNIT}") == 0
    assert book.of("w1", UNIT) == 0
    assert book.lots(W1, UNIT) == []
    more = PAID - earned - net
    assert (book.site_of("forfeited"), book.site_of("refund_compensation")) == (max(0, more), min(0, more))


def test_points_are_counted_again_on_what_is_not_paid_back(book: Book) -> None:
    sale = ten(book)
    use(book, 3)
    ends(book, sale, 31_500)
    assert book.of("w1", "points:goods") == (PAID - 31_500) // 100


def test_it_ends_once_and_not_after_the_last_use(book: Book) -> None:
    sale = ten(book)
    use(book, 3)
    ends(book, sale, 31_500)
    for net in (100, PAID - 31_500):
        with pytest.raises(NotBookable):
            ends(book, sale, net)
    other = Book().with_member()
    sale = ten(other)
    use(other, 10)
    with pytest.raises(InsufficientFunds):
        ends(other, sale, 100)


def test_no_more_than_was_paid_comes_back(book: Book) -> None:
    sale = ten(book)
    use(book, 1)
    with pytest.raises(BadAmount):
        ends(book, sale, PAID + 1)


def test_all_of_it_comes_back_only_while_nothing_was_used(book: Book) -> None:
    sale = ten(book)
    use(book, 1)
    with pytest.raises(InsufficientFunds):
        ends(book, sale, PAID)
    fresh = Book().with_member()
    sale = ten(fresh)
    with pytest.raises(NotBookable):
        ends(fresh, sale, PAID - 1)
    ends(fresh, sale, PAID)
    assert (fresh.of("w1", UNIT), fresh.site_of(f"deferred:{UNIT}")) == (0, 0)


def test_litres_that_were_paid_ahead_come_back_whole_as_ever(book: Book) -> None:
    litres = line(10_000, sells=Sells(unit="litres:92", amount=1_000))
    sale = sell(book, litres).id
    with pytest.raises(NotBookable):
        ends(book, sale, 5_000)


def test_of_litres_that_were_begun_no_part_comes_back(book: Book) -> None:
    litres = line(10_000, sells=Sells(unit="litres:92", amount=1_000))
    sale = sell(book, litres).id
    sell(book, line(3_000), pays={"uses": (3_000, "litres:92", 300)})
    with pytest.raises(NotBookable, match="whole"):
        ends(book, sale, 5_000)


def test_where_a_card_is_not_held_nothing_of_it_ends(book: Book) -> None:
    card = line(PAID, sells=Sells(unit=UNIT, amount=10, until="2027-11-24"))
    sale = sell(book, card)
    right = SaleRight(sale=sale.id, entry=encoded(sale), undone=(), lots=())
    here = Site()
    here.number = 1000
    here.told(Grant(rights=(principal(1_00),), sales=(right,), member=None))
    with pytest.raises(InsufficientFunds):
        ends(here, sale.id, 100)


def test_what_a_refund_asks_is_told_of_cards_that_are_begun_and_not_ended(book: Book) -> None:
    fresh = ten(book)
    assert unused(book, sale=fresh) == ()
    use(book, 3)
    (one,) = unused(book, sale=fresh)
    assert one == Unused(line=0, name="苹果", laid=10, left=7, paid=PAID)
    assert (one.used, one.spent, one.by_shop) == (3, PAID * 3 // 10, PAID - PAID * 3 // 10)
    assert [one.by_member(listed) for listed in (0, 20_400, PAID, PAID + 1)] == [PAID, PAID - 20_400, 0, 0]
    use(book, 7)
    assert unused(book, sale=fresh) == ()
    assert unused(book, sale=sell(book, line(100)).id) == ()
    assert unused(book, sale=sell(book, line(100), wallet=None).id) == ()
    assert unused(book, sale=book.next_id()) == ()
