"""Cash vouchers that come with a sale, a join, a recharge or for points, and go back with it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as always
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core.commands import (
    BookExpiry,
    BookGrant,
    BookJoin,
    BookMerge,
    BookRecharge,
    BookRechargeRefund,
    BookRedeem,
    BookRefund,
    BookReversal,
    BookSale,
    BookVoid,
    Grant,
    PointsEarned,
    Private,
    RechargeRefundReason,
    Returned,
    Sells,
)
from terminal.core.entry import Entry
from terminal.core.errors import BadAmount, InsufficientFunds, NotBookable, VoucherGone
from terminal.core.ledger import posted_again
from terminal.core.ledger.rests import given_with
from terminal.core.vouchers import vouchers
from tests.core.ledger.book import DAY, M2, W1, W2, Book, opening
from tests.core.ledger.test_value import line, sell

NEXT, LAST, OVER = "2026-11-25", "2026-11-30", "2026-12-01"


def worth(name: str = "v", fen: int = 20_00, *, since: str = NEXT, until: str = LAST) -> Grant:
    return Grant(unit=f"voucher:{name}", amount=fen, since=since, until=until)


def alone() -> Book:
    book = Book().with_member()
    book.with_headquarters = False
    return book


@pytest.fixture
def book() -> Book:
    return alone()


def earns(book: Book, *given: Grant, net: int = 200_00) -> Entry:
    return sell(book, line(net), vouchers=given or (worth(),))


def pays(book: Book, fen: int = 20_00, name: str = "v", *, bill: int = 0) -> Entry:
    return sell(book, line(bill or fen), pays={"voucher": (fen, name, 0)})


def back(book: Book, sale: Entry, net: int) -> Entry:
    return book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=net),), why="sour")


def held(book: Book, day: str = NEXT) -> dict[str, int]:
    return {one.voucher: one.fen for one in vouchers(book, wallet=W1, business_day=day)}


def test_one_that_a_sale_gives_pays_from_the_next_day_to_its_last(book: Book) -> None:
    earns(book)
    assert (book.of(W1, "voucher:v"), book.site_of("voucher_expense")) == (20_00, -20_00)
    assert [held(book, day) for day in (DAY, NEXT, LAST, OVER)] == [{}, {"v": 20_00}, {"v": 20_00}, {}]
    with pytest.raises(InsufficientFunds):
        pays(book)
    book.on_day(LAST)
    pays(book)
    assert held(book) == {}


def test_it_goes_back_in_parts_as_what_it_came_with_does(book: Book) -> None:
    before = book.standing()
    sale = earns(book)
    back(book, sale, 50_00)
    assert held(book) == {"v": 15_00}
    back(book, sale, 149_99)
    assert held(book) == {}
    back(book, sale, 1)
    assert book.standing() == before


def test_what_was_used_of_it_is_owed_and_settled_by_itself_alone(book: Book) -> None:
    sale = earns(book)
    book.on_day(NEXT)
    used = pays(book)
    back(book, sale, 50_00)
    assert (book.of(W1, "voucher:v"), book.of(W1, "debt:voucher:v")) == (0, -5_00)
    earns(book, worth("other"))
    assert (held(book), book.of(W1, "debt:voucher:v")) == ({"other": 20_00}, -5_00)
    back(book, used, 20_00)
    assert (held(book), book.of(W1, "debt:voucher:v")) == ({"other": 20_00, "v": 15_00}, 0)
    back(book, sale, 150_00)
    assert held(book) == {"other": 20_00}
    assert book.of(W1, "debt:voucher:v") == 0


@pytest.mark.parametrize("kind", [BookVoid, BookReversal])
def test_what_is_owed_of_one_pays_nothing_where_headquarters_settles(kind: Any) -> None:
    book = Book().with_member()
    sale = earns(book)
    book.on_day(NEXT)
    used = pays(book)
    back(book, sale, 199_90)
    book.book(kind, of=used.id, why="x")
    assert (book.of(W1, "voucher:v"), book.of(W1, "debt:voucher:v")) == (20_00, -19_99)
    assert held(book) == {"v": 1}
    with pytest.raises(InsufficientFunds):
        pays(book, 2)
    pays(book, 1)
    assert held(book) == {}


def test_one_that_is_owed_whole_is_not_offered() -> None:
    book = Book().with_member()
    sale = earns(book)
    book.on_day(NEXT)
    used = pays(book)
    back(book, sale, 200_00)
    back(book, used, 20_00)
    assert (book.of(W1, "voucher:v"), book.of(W1, "debt:voucher:v"), held(book)) == (20_00, -20_00, {})


@pytest.mark.parametrize("kind", [BookVoid, BookReversal])
def test_a_sale_is_undone_though_what_it_gave_was_used(book: Book, kind: Any) -> None:
    sale = earns(book, worth(since=""), worth("w"))
    pays(book, 15_00)
    book.book(kind, of=sale.id, why="x")
    assert (book.of(W1, "debt:voucher:v"), book.of(W1, "voucher:w")) == (-15_00, 0)
    assert (book.site_of("forfeited"), book.site_of("voucher_expense")) == (5_00, -5_00)


def test_one_that_has_ended_is_not_owed(book: Book) -> None:
    sale, kept = earns(book), earns(book, worth("kept"))
    book.on_day(LAST)
    pays(book)
    book.on_day(OVER)
    back(book, sale, 200_00)
    assert book.of(W1, "debt:voucher:v") == 0
    back(book, kept, 100_00)
    assert book.of(W1, "voucher:kept") == 10_00
    book.book(BookExpiry, wallet=W1, unit="voucher:kept")
    back(book, kept, 100_00)
    assert (book.of(W1, "voucher:kept"), book.of(W1, "debt:voucher:kept")) == (0, 0)


def test_it_is_taken_from_where_it_is_by_now(book: Book) -> None:
    book.with_member(W2, M2)
    sale = earns(book)
    book.book(BookMerge, wallet=W1, into=W2)
    back(book, sale, 100_00)
    assert book.of(W2, "voucher:v") == 10_00


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ((replace(worth(), amount=0),), BadAmount),
        ((replace(worth(), unit="bonus"),), NotBookable),
        ((replace(worth(), unit="voucher"),), NotBookable),
        ((worth(), worth()), NotBookable),
        (tuple(worth(f"v{at}") for at in range(51)), NotBookable),
    ],
)
def test_what_cannot_be_given_is_refused(book: Book, wrong: tuple[Grant, ...], why: type) -> None:
    with pytest.raises(why):
        earns(book, *wrong)


def test_fifty_may_be_given_at_once_down_to_a_fen(book: Book) -> None:
    earns(book, *(worth(f"v{at}", 1) for at in range(50)))
    assert len(held(book)) == 50


def test_a_sale_to_nobody_gives_none() -> None:
    with pytest.raises(NotBookable):
        sell(Book(), line(1), wallet=None, vouchers=(worth(),))


def test_a_newcomer_gets_some_with_the_join_or_the_sale(book: Book) -> None:
    private = Private(phone="19000000302")
    opens = replace(opening(W2, M2, None), vouchers=(worth("j"),))
    joined = book.book(BookJoin, private, opens=opens)
    assert book.of(W2, "voucher:j") == 20_00
    assert given_with(joined.payload) == (worth("j"),)
    other = alone()
    sale = sell(other, line(1_00), wallet=W2, opens=opens, vouchers=(worth("s"),))
    assert (other.of(W2, "voucher:j"), other.of(W2, "voucher:s")) == (20_00, 20_00)
    assert given_with(sale.payload) == (worth("s"), worth("j"))
    back(other, sale, 1_00)
    assert (other.of(W2, "voucher:j"), other.of(W2, "voucher:s")) == (20_00, 0)


def test_a_join_that_never_was_takes_them_back_though_they_were_used(book: Book) -> None:
    opens = replace(opening(W2, M2, None), vouchers=(worth("j", since=""),))
    sale = sell(book, line(1_00), wallet=W2, opens=opens)
    sell(book, line(20_00), wallet=W2, pays={"voucher": (20_00, "j", 0)})
    book.book(BookVoid, of=sale.id, why="x")
    assert book.of(W2, "debt:voucher:j") == -20_00


def recharged(book: Book, *given: Grant, **more: Any) -> Entry:
    return book.book(
        BookRecharge, wallet=W1, card=None, principal=500_00, bonus=0, received=500_00, vouchers=given, **more
    )


def paid_back(book: Book, lot: Entry) -> Entry:
    return book.book(BookRechargeRefund, wallet=W1, lot=lot.id, reason=RechargeRefundReason.COOLING_OFF)


def test_those_of_a_recharge_end_when_it_is_paid_back_and_what_was_used_is_owed(book: Book) -> None:
    before = book.standing()
    lot = recharged(book, worth(), worth("w", since=""))
    pays(book, 20_00, "w")
    assert given_with(lot.payload) == (worth(), worth("w", since=""))
    paid_back(book, lot)
    assert (book.of(W1, "voucher:v"), book.of(W1, "debt:voucher:w")) == (0, -20_00)
    assert book.site_of("voucher_expense") == 0
    assert before == {}


def test_they_end_once_though_something_comes_back_to_the_recharge_later(book: Book) -> None:
    lot = recharged(book, worth())
    bought = sell(book, line(10_00), pays={"stored": 10_00})
    paid_back(book, lot)
    back(book, bought, 10_00)
    paid_back(book, lot)
    assert (book.of(W1, "voucher:v"), book.of(W1, "debt:voucher:v")) == (0, 0)


def test_a_recharge_that_opens_a_wallet_gives_the_pack_and_its_own(book: Book) -> None:
    opens = replace(opening(W2, M2, None), vouchers=(worth("j"),))
    lot = book.book(
        BookRecharge,
        wallet=W2,
        card=None,
        principal=1_00,
        bonus=0,
        received=1_00,
        opens=opens,
        vouchers=(worth(),),
    )
    assert given_with(lot.payload) == (worth(), worth("j"))
    book.book(BookVoid, of=lot.id, why="x")
    assert (book.of(W2, "voucher:v"), book.of(W2, "voucher:j")) == (0, 0)


def redeemed(book: Book, *given: Grant) -> Entry:
    sell(book, line(1_00), points=(PointsEarned(family="goods", points=100),))
    points = PointsEarned(family="goods", points=100)
    return book.book(BookRedeem, wallet=W1, card=None, points=points, what="20元代金券", vouchers=given)


UNDOES = pytest.mark.parametrize("kind", [BookVoid, BookReversal, BookRefund])


def undo(book: Book, of: Entry, kind: Any) -> Entry:
    more = {"returned": ()} if kind is BookRefund else {}
    return book.book(kind, of=of.id, why="x", **more)


@UNDOES
def test_points_come_back_for_vouchers_that_are_whole(book: Book, kind: Any) -> None:
    gift = redeemed(book, worth(), worth("w", until=""))
    assert (book.of(W1, "points:goods"), book.of(W1, "voucher:v"), book.of(W1, "voucher:w")) == (
        0,
        20_00,
        20_00,
    )
    assert given_with(gift.payload) == ()
    undo(book, gift, kind)
    assert (book.of(W1, "points:goods"), book.of(W1, "voucher:v"), book.of(W1, "voucher:w")) == (100, 0, 0)
    assert book.site_of("voucher_expense") == 0


@UNDOES
def test_and_stay_taken_where_one_was_used(book: Book, kind: Any) -> None:
    gift = redeemed(book, worth(), worth("w", since=""))
    used = pays(book, 20_00, "w")
    with pytest.raises(VoucherGone):
        undo(book, gift, kind)
    back(book, used, 7_00)
    with pytest.raises(VoucherGone):
        undo(book, gift, kind)
    back(book, used, 13_00)
    undo(book, gift, kind)
    assert (book.of(W1, "points:goods"), book.of(W1, "voucher:w")) == (100, 0)


@UNDOES
def test_or_has_ended(book: Book, kind: Any) -> None:
    gift, other = redeemed(book, worth()), redeemed(book, worth("w"))
    book.on_day(LAST)
    undo(book, gift, kind)
    book.on_day(OVER)
    with pytest.raises(VoucherGone):
        undo(book, other, kind)
    assert book.of(W1, "points:goods") == 100


def test_after_a_fork_one_that_was_used_meanwhile_is_spent_beyond_what_is_held(book: Book) -> None:
    other = alone()
    for each in (book, other):
        gift = redeemed(each, worth(since=""))
    undone = undo(other, gift, BookVoid)
    pays(book)
    again = posted_again(undone, book)
    assert [(account.unit, amount) for account, amount in again.uncovered] == [("voucher:v", 20_00)]


def bought(book: Book) -> Entry:
    lines = tuple(line(95_00, sells=Sells(unit=f"voucher:{one}", amount=100_00)) for one in "ab")
    return sell(book, *lines, line(5_00))


def test_one_that_was_bought_comes_back_for_its_price_while_nobody_used_it(book: Book) -> None:
    before = book.standing()
    sale = bought(book)
    assert held(book) == {"a": 100_00, "b": 100_00}
    assert given_with(sale.payload) == ()
    with pytest.raises(NotBookable):
        back(book, sale, 50_00)
    used = pays(book, 100_00, "a")
    with pytest.raises(InsufficientFunds):
        back(book, sale, 95_00)
    with pytest.raises(InsufficientFunds):
        book.book(BookVoid, of=sale.id, why="x")
    book.book(BookRefund, of=sale.id, returned=(Returned(line=1, net=95_00),), why="x")
    assert held(book) == {}
    back(book, used, 100_00)
    assert held(book) == {"a": 100_00}
    back(book, sale, 95_00)
    book.book(BookRefund, of=sale.id, returned=(Returned(line=2, net=5_00),), why="x")
    assert book.standing() == before


@pytest.mark.parametrize("kind", ["voucher", "cashback", "uses"])
def test_none_is_bought_with_what_the_shop_gave_only_what_goes_beside_it(book: Book, kind: str) -> None:
    book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit="voucher:v", amount=5_01),))
    book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit="cashback", amount=5_01),))
    sell(book, line(100_00, sells=Sells(unit="count:wash", amount=9)))
    lines = line(95_00, sells=Sells(unit="voucher:a", amount=100_00)), line(5_00)

    def pays(fen: int) -> dict[str, Any]:
        return {kind: {"voucher": (fen, "v", 0), "cashback": fen, "uses": (fen, "count:wash", 1)}[kind]}

    with pytest.raises(NotBookable, match="pay for a voucher"):
        sell(book, *lines, pays=pays(5_01))
    sell(book, *lines, pays=pays(5_00))
    assert held(book)["a"] == 100_00


def test_what_else_is_paid_ahead_is_bought_with_vouchers(book: Book) -> None:
    book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit="voucher:v", amount=5_00),))
    sell(book, line(5_00, sells=Sells(unit="count:wash", amount=2)), pays={"voucher": (5_00, "v", 0)})
    assert (book.of(W1, "count:wash"), held(book)) == (2, {})


PIECES = st.lists(st.integers(1, 90_00), min_size=1, max_size=5)


@always(PIECES, PIECES, st.integers(1, 30_00), st.data())
def test_in_whatever_order_what_gave_and_what_it_paid_come_back_nothing_is_left(
    giving: list[int], paying: list[int], fen: int, data: Any
) -> None:
    book = alone()
    before = book.standing()
    fen = min(fen, sum(paying))
    sale = earns(book, worth(fen=fen, since="", until=""), net=sum(giving))
    used = pays(book, fen, bill=sum(paying))
    pieces = [(sale, net) for net in giving] + [(used, net) for net in paying]
    for of, net in data.draw(st.permutations(pieces)):
        back(book, of, net)
        assert book.of(W1, "voucher:v") >= 0
        assert sum(held(book).values()) <= fen
    assert book.standing() == before


@always(PIECES, st.integers(1, 30_00), st.data())
def test_cut_in_pieces_a_refund_takes_as_much_of_it_as_at_once(
    pieces: list[int], fen: int, data: Any
) -> None:
    cut, whole = alone(), alone()
    sales = [earns(one, worth(fen=fen), net=sum(pieces) + 1) for one in (cut, whole)]
    for net in data.draw(st.permutations(pieces)):
        back(cut, sales[0], net)
    back(whole, sales[1], sum(pieces))
    assert held(cut) == held(whole)
    assert isinstance(sales[0].payload, BookSale)
