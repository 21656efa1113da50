"""What of a sale can still come back, and that its parts add up to the whole."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core.cards import CardState
from terminal.core.commands import (
    BookCardState,
    BookGrant,
    BookRedeem,
    BookRefund,
    BookSale,
    BookVoid,
    Grant,
    Measured,
    PointsEarned,
    Returned,
    SaleLine,
    Sells,
)
from terminal.core.entry import Entry
from terminal.core.errors import BadQuantity
from terminal.core.ledger.looked_up import original
from terminal.core.original import Original, Rest, all_of, parts, some_of, whole_of
from tests.core.ledger.book import C1, DAY, W1, Book
from tests.core.ledger.test_value import line, load, sell


def pieces(net: int, quantity: int, **more: object) -> SaleLine:
    return replace(line(net), quantity=quantity, **more)


def of(book: Book, sale: Entry) -> Original:
    found = original(book, sale.id, "T1-1-1-9F3A01BC")
    assert found is not None
    return found


def back(book: Book, sale: Entry, *returned: Returned) -> None:
    book.book(BookRefund, of=sale.id, returned=returned, why="sour", cash_step=10)


@pytest.fixture
def book() -> Book:
    return Book().with_card()


def test_of_a_sale_that_nobody_undid_all_can_come_back(book: Book) -> None:
    told = of(book, sell(book, pieces(1000, 3), line(234)))
    assert [(one.net, one.quantity, one.came_back, one.day, one.gone) for one in told.rests] == [
        (1000, 3, 0, "", False),
        (234, 1, 0, "", False),
    ]
    assert (told.gone, told.voided, told.elsewhere) == (False, False, False)
    assert all_of(told) == (Returned(line=0, net=1000, quantity=3), Returned(line=1, net=234, quantity=1))


@pytest.mark.parametrize("kind", [BookVoid, BookRefund])
def test_points_that_were_taken_come_back_whole_and_once(book: Book, kind: Any) -> None:
    book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit="points:goods", amount=9),))
    points = PointsEarned(family="goods", points=9)
    redeemed = book.book(BookRedeem, wallet=W1, card=C1, points=points, what="a mug")
    told = of(book, redeemed)
    assert (told.gone, told.voided, told.lines, told.card) == (False, False, (), CardState.ACTIVE)
    book.book(kind, of=redeemed.id, why="x", **({"returned": ()} if kind is BookRefund else {}))
    assert of(book, redeemed).gone


def test_what_came_back_is_counted_with_its_day(book: Book) -> None:
    sale = sell(book, pieces(1000, 3), line(234))
    back(book, sale, some_of(of(book, sale), 0, 1))
    book.on_day("2026-11-25")
    told = of(book, sale)
    assert [(one.net, one.quantity, one.came_back, one.day) for one in told.rests] == [
        (667, 2, 1, DAY),
        (234, 1, 0, ""),
    ]
    back(book, sale, *all_of(told, spoiled=True))
    assert of(book, sale).gone
    assert [one.day for one in of(book, sale).rests] == ["2026-11-25", "2026-11-25"]
    assert all_of(of(book, sale)) == ()


def test_goods_that_spoiled_are_marked_so(book: Book) -> None:
    told = of(book, sell(book, pieces(1000, 3)))
    assert [one.spoiled for one in all_of(told, spoiled=True)] == [True]
    assert some_of(told, 0, 2, spoiled=True).spoiled
    assert not some_of(told, 0, 2).spoiled


def test_a_part_that_nobody_counted_leaves_the_whole_rest(book: Book) -> None:
    sale = sell(book, pieces(1000, 3))
    back(book, sale, Returned(line=0, net=400))
    (rest,) = of(book, sale).rests
    assert (rest.net, rest.quantity, rest.gone) == (600, None, False)
    assert not parts(of(book, sale).lines[0], rest)
    with pytest.raises(BadQuantity):
        some_of(of(book, sale), 0, 1)
    back(book, sale, whole_of(0, rest))
    assert of(book, sale).gone


@pytest.mark.parametrize("quantity", [0, -1, 4, -(10**12), 10**12])
def test_less_than_nothing_or_more_than_there_is_does_not_come_back(book: Book, quantity: int) -> None:
    with pytest.raises(BadQuantity):
        some_of(of(book, sell(book, pieces(1000, 3))), 0, quantity)


def test_what_cost_nothing_or_is_used_later_comes_back_whole(book: Book) -> None:
    use = Sells(unit="count:wash", amount=3)
    sale = sell(
        book, pieces(0, 2, gross=500, discounts=line(0, off=500).discounts), pieces(900, 3, sells=use)
    )
    told = of(book, sale)
    assert [parts(one, rest) for one, rest in zip(told.lines, told.rests, strict=True)] == [False, False]
    back(book, sale, *all_of(told))
    assert of(book, sale).gone


def test_of_a_count_card_that_ended_what_is_left_can_come_back_where_it_holds_uses_again(book: Book) -> None:
    card = sell(book, line(1000, sells=Sells(unit="count:K10", amount=10)))
    use = sell(book, line(500), pays={"uses": (500, "count:K10", 1)})
    book.on_day("2026-11-25")
    back(book, card, Returned(line=0, net=500, quantity=0))
    day = "2026-11-25"
    assert of(book, card).rests == (Rest(net=0, quantity=0, came_back=0, day=day, gone=True),)
    back(book, use, Returned(line=0, net=500))
    assert of(book, card).rests == (Rest(net=500, quantity=None, came_back=0, day=day),)


def test_one_piece_has_no_parts_but_a_gram_has(book: Book) -> None:
    told = of(book, sell(book, pieces(300, 1), pieces(300, 2, measured=Measured.GRAM)))
    assert [parts(one, rest) for one, rest in zip(told.lines, told.rests, strict=True)] == [False, True]


def test_pieces_worth_less_than_a_fen_come_back_one_by_one(book: Book) -> None:
    sale = sell(book, pieces(1, 3))
    for left in (3, 2, 1):
        told = of(book, sale)
        assert told.rests[0].quantity == left
        assert not told.gone
        back(book, sale, some_of(told, 0, 1))
    assert of(book, sale).gone


@given(st.lists(st.tuples(st.integers(1, 5000), st.integers(1, 9)), min_size=1, max_size=4), st.data())
def test_however_it_is_cut_the_parts_add_up_to_the_whole(
    goods: list[tuple[int, int]], data: st.DataObject
) -> None:
    book = Book().with_card()
    sale = sell(book, *(pieces(net, quantity) for net, quantity in goods))
    came = 0
    while not (told := of(book, sale)).gone:
        open_now = [at for at, rest in enumerate(told.rests) if not rest.gone]
        at = data.draw(st.sampled_from(open_now))
        count = data.draw(st.integers(1, told.rests[at].quantity or 1))
        part = some_of(told, at, count)
        came += part.net
        back(book, sale, part)
    assert came == sum(net for net, _ in goods)
    assert book.standing() == {}


def test_a_sale_that_was_voided_is_gone(book: Book) -> None:
    sale = sell(book, line(100))
    book.book(BookVoid, of=sale.id, why="x")
    assert (of(book, sale).voided, of(book, sale).gone) == (True, True)


def test_a_recharge_has_no_lines_and_is_gone_when_it_was_voided(book: Book) -> None:
    lot = load(book, 1000)
    assert (of(book, lot).rests, of(book, lot).gone) == ((), False)
    book.book(BookVoid, of=lot.id, why="x")
    assert of(book, lot).gone


def test_it_says_what_became_of_the_card(book: Book) -> None:
    load(book, 1000)
    sale = sell(book, line(100), pays={"stored": 100})
    assert of(book, sale).card is None
    sale = book.keep_command(replace(sale.payload, id=book.next_id(), card=C1))  # type: ignore[type-var]
    assert of(book, sale).card is CardState.ACTIVE
    book.book(BookCardState, card=C1, state=CardState.FROZEN)
    assert of(book, sale).card is CardState.FROZEN


def test_what_lies_elsewhere_says_so(book: Book) -> None:
    sale = sell(book, line(100))
    book.left.add(sale.id)
    assert of(book, sale).elsewhere


def test_what_is_no_sale_or_not_here_is_none(book: Book) -> None:
    sale = sell(book, line(100))
    undo = book.book(BookVoid, of=sale.id, why="x")
    assert original(book, undo.id, "") is None
    assert original(book, book.next_id(), "") is None
    assert isinstance(of(book, sale).command, BookSale)
