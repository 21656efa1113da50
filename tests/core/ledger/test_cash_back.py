"""Cash that is paid back is rounded to the member, in all of a sale at once: pieces bring no more."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core.commands import (
    BookDeposit,
    BookGrant,
    BookInvoice,
    BookRecharge,
    BookRechargeRefund,
    BookRefund,
    BookVoid,
    Grant,
    Ordered,
    PaidBy,
    PointsEarned,
    RechargeRefundReason,
    Returned,
    SaleLine,
)
from terminal.core.entry import Entry
from terminal.core.errors import BadAmount, NotBookable, OverLimit
from terminal.core.money import AMOUNT_MAX, CASH_STEP_MAX, apportioned
from tests.core.ledger.book import C1, W1, Book
from tests.core.ledger.test_value import line, load, sell

STEP = 10


@pytest.fixture
def book() -> Book:
    return Book().with_card()


def paid(book: Book, sale: Entry, *nets: int, step: int = STEP) -> int:
    """Fen of cash that a refund of so much of each line brought."""
    before = book.site_of("drawer:early")
    returned = tuple(Returned(line=at, net=net) for at, net in enumerate(nets) if net)
    book.book(BookRefund, of=sale.id, returned=returned, why="sour", cash_step=step)
    return book.site_of("drawer:early") - before


@pytest.mark.parametrize(("net", "cash"), [(1, 10), (10, 10), (11, 20), (349, 350), (350, 350), (999, 1000)])
def test_cash_goes_back_up_to_the_next_step(book: Book, net: int, cash: int) -> None:
    sale = sell(book, line(1930))
    assert paid(book, sale, net) == cash
    assert book.site_of("cash_rounding") == net - cash


def test_what_was_rounded_up_is_in_the_next_piece_already(book: Book) -> None:
    sale = sell(book, line(1930))
    assert [paid(book, sale, net) for net in (1, 9, 1, 1919)] == [10, 0, 10, 1910]
    assert book.site_of("cash_rounding") == 0


def test_no_more_cash_goes_back_than_came(book: Book) -> None:
    sale = sell(book, line(1934))  # To the fen: the shop dropped nothing then.
    assert [paid(book, sale, net) for net in (1931, 3)] == [1934, 0]


def test_without_a_step_cash_goes_back_to_the_fen(book: Book) -> None:
    sale = sell(book, line(1930))
    assert [paid(book, sale, net, step=1) for net in (3, 4)] == [3, 4]


def test_another_step_takes_nothing_back_that_was_paid(book: Book) -> None:
    sale = sell(book, line(1930))
    assert paid(book, sale, 101, step=100) == 200
    assert paid(book, sale, 50, step=1) == 0
    assert paid(book, sale, 50, step=1) == 1
    assert paid(book, sale, 1, step=10) == 9


@pytest.mark.parametrize("step", [0, -10, 101])
def test_a_step_that_would_give_goods_away_is_refused(book: Book, step: int) -> None:
    sale, lot = sell(book, line(1930)), load(book, 1000)
    with pytest.raises(BadAmount):
        paid(book, sale, 1, step=step)
    with pytest.raises(BadAmount):
        back(book, lot, cash_step=step)


def test_a_step_of_a_yuan_is_one(book: Book) -> None:
    assert paid(book, sell(book, line(1930)), 1, step=100) == 100


def test_only_cash_is_rounded(book: Book) -> None:
    load(book, 5000)
    sale = sell(book, line(1003), pays={"stored": 1003})
    assert paid(book, sale, 501) == 0
    assert (book.of(W1, "principal"), book.site_of("cash_rounding")) == (5000 - 1003 + 501, 0)


def test_of_a_split_payment_the_cash_part_is_rounded(book: Book) -> None:
    load(book, 5000)
    sale = sell(book, line(2000), pays={"stored": 1000})
    assert paid(book, sale, 333) == 170
    assert book.of(W1, "principal") == 4000 + 167
    assert book.site_of("cash_rounding") == 166 - 170


@given(
    st.integers(1, 9000), st.integers(0, 9), st.lists(st.integers(1, 2000), max_size=6), st.integers(1, 100)
)
def test_pieces_pay_no_more_than_the_whole_and_never_less_than_their_share(
    net: int, dropped: int, cuts: list[int], step: int
) -> None:
    book = Book().with_card()
    dropped = min(dropped, net - 1)
    sale = sell(book, line(net), rounding=dropped)
    cash, undone, out = net - dropped, 0, 0
    for cut in (*cuts, net):
        if not (part := min(cut, net - undone)):
            break
        out += paid(book, sale, part, step=step)
        undone += part
        share = apportioned(undone, [cash, dropped] if dropped else [cash])[0]
        assert share <= out < share + step
        assert out % step == 0 or out == cash
    assert (out, book.site_of("cash_rounding"), book.site_of("drawer:early")) == (cash, 0, 0)


def deposit(book: Book, paid_by: PaidBy = PaidBy.CASH) -> Entry:
    return book.book(
        BookDeposit, wallet=W1, card=C1, of="presale:p1", amount=1930, received=1930, paid_by=paid_by
    )


def test_a_deposit_comes_back_in_steps_where_it_was_left_in_cash(book: Book) -> None:
    left = deposit(book)
    assert [paid(book, left, net) for net in (3, 7, 1, 1919)] == [10, 0, 10, 1910]
    assert book.site_of("cash_rounding") == 0


def test_a_deposit_through_others_comes_back_to_the_fen(book: Book) -> None:
    assert paid(book, deposit(book, PaidBy.CODE), 3) == 0
    assert book.site_of("outside:code") == -1930 + 3


def back(book: Book, lot: Entry, **more: Any) -> Entry:
    fields = {"reason": RechargeRefundReason.SHOP, "in_cash": True, **more}
    return book.book(BookRechargeRefund, wallet=W1, lot=lot.id, **fields)


def test_a_recharge_that_is_paid_back_in_cash_is_rounded_to_the_member(book: Book) -> None:
    lot = load(book, 5000, 500)
    sell(book, line(1001), pays={"stored": 1001})
    back(book, lot, cash_step=STEP)  # 5000 - 1001 x 5000 / 5500, rounded up: 4090.
    assert book.site_of("drawer:early") == -5000 + 4090
    assert book.site_of("cash_rounding") == 0


@pytest.mark.parametrize(("spent", "paid_out"), [(1, 5000), (11, 4990), (9, 5000), (10, 4990)])
def test_up_to_the_next_step_and_to_what_was_paid_in(book: Book, spent: int, paid_out: int) -> None:
    lot = load(book, 5000)
    sell(book, line(spent), pays={"stored": spent})
    back(book, lot, cash_step=STEP)
    assert book.site_of("drawer:early") == -5000 + paid_out
    assert book.site_of("cash_rounding") == 5000 - spent - paid_out


def test_no_more_of_a_recharge_comes_back_than_was_paid_in(book: Book) -> None:
    lot = load(book, 4999)
    back(book, lot, cash_step=STEP)
    assert (book.site_of("drawer:early"), book.site_of("cash_rounding")) == (0, 0)


def test_rounding_does_not_carry_cash_above_its_limit(book: Book) -> None:
    lot = load(book, 20000)
    sell(book, line(10003), pays={"stored": 10003})
    with pytest.raises(OverLimit):
        back(book, lot, cash_step=70)  # 9997 would become 10010.
    back(book, lot, cash_step=STEP)
    assert book.site_of("drawer:early") == -20000 + 10000


def test_what_is_paid_back_otherwise_is_exact(book: Book) -> None:
    lot = load(book, 5000)
    sell(book, line(1), pays={"stored": 1})
    back(book, lot, in_cash=False, cash_step=STEP)
    assert (book.site_of("outside:transfer"), book.site_of("cash_rounding")) == (4999, 0)


# Change.


def changed(book: Book, rounding: int, **more: Any) -> Entry:
    """12.34 paid with a note of twenty, or as said."""
    fields = {"principal": 1234, "received": 2000, **more}
    return book.book(BookRecharge, wallet=W1, card=None, bonus=0, rounding=rounding, **fields)


def test_change_of_a_recharge_is_rounded_to_the_member_at_the_shops_cost(book: Book) -> None:
    changed(book, 4)
    assert book.of(W1, "principal") == 1234
    assert (book.site_of("drawer:early"), book.site_of("cash_rounding")) == (-1230, -4)


def test_nothing_is_no_recharge_though_nothing_is_rounded(book: Book) -> None:
    with pytest.raises(BadAmount, match="principal is 0"):
        changed(book, 0, principal=0, received=0)


def test_a_void_takes_it_back(book: Book) -> None:
    lot = changed(book, 4)
    book.book(BookVoid, of=lot.id, why="x")
    assert (book.site_of("drawer:early"), book.site_of("cash_rounding")) == (0, 0)


@pytest.mark.parametrize(
    ("rounding", "more"),
    [
        (-1, {}),
        (4, {"received": 1234}),
        (1, {"received": 1234}),
        (4, {"paid_by": PaidBy.CARD}),
        (CASH_STEP_MAX, {}),
        (5, {"principal": 5}),
    ],
)
def test_nothing_else_is_rounded_nor_by_more_than_a_step(
    book: Book, rounding: int, more: dict[str, Any]
) -> None:
    with pytest.raises(BadAmount, match="change rounded"):
        changed(book, rounding, **more)
    changed(book, 1, received=1235)
    changed(book, CASH_STEP_MAX - 1)
    changed(book, 4, principal=5)


@pytest.mark.parametrize(
    ("reason", "more"),
    [
        (RechargeRefundReason.COOLING_OFF, {}),
        (RechargeRefundReason.MEMBER, {}),
        (RechargeRefundReason.SHOP, {}),
        (RechargeRefundReason.SHOP, {"agreed": 1230}),
    ],
)
@pytest.mark.parametrize("in_cash", [True, False])
def test_what_was_never_paid_in_is_not_paid_back(
    book: Book, reason: RechargeRefundReason, more: dict[str, Any], *, in_cash: bool
) -> None:
    lot = changed(book, 4)
    back(book, lot, reason=reason, in_cash=in_cash, cash_step=STEP, **more)
    assert book.site_of("drawer:early") + book.site_of("outside:transfer") == 0
    assert (book.of(W1, "principal"), book.site_of("forfeited")) == (0, 4)


def test_terms_do_not_pay_it_back_either(book: Book) -> None:
    lot = changed(book, 4)
    with pytest.raises(BadAmount, match="more than was paid in"):
        back(book, lot, agreed=1231)


def test_what_comes_back_to_it_later_is_paid_back_up_to_what_was_paid_in(book: Book) -> None:
    lot = changed(book, 4)
    sale = sell(book, line(1000), pays={"stored": 1000})
    back(book, lot, in_cash=False)
    assert book.site_of("outside:transfer") == 234
    book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=1000),), why="x")
    back(book, lot, in_cash=False)
    assert book.site_of("outside:transfer") == 1230


def test_its_invoice_is_for_what_was_paid_in(book: Book) -> None:
    lot = changed(book, 4)
    with pytest.raises(BadAmount):
        book.book(BookInvoice, wallet=W1, lot=lot.id, number="1", amount=1234)
    book.book(BookInvoice, wallet=W1, lot=lot.id, number="1", amount=1230)


def test_points_are_given_for_all_of_it_and_all_of_them_go_back(book: Book) -> None:
    earned = PointsEarned(family="goods", points=617, base=1234, step=2)
    lot = changed(book, 4, points=(earned,))
    assert book.of(W1, "points:goods") == 617
    back(book, lot, reason=RechargeRefundReason.COOLING_OFF)
    assert book.of(W1, "points:goods") == 2  # Of the four fen that nobody paid back.


@pytest.mark.parametrize(("principal", "rounding", "step", "points"), [(1203, 3, 401, 3), (1234, 4, 100, 12)])
def test_points_of_what_was_dropped_go_back_with_the_last_of_it(
    book: Book, principal: int, rounding: int, step: int, points: int
) -> None:
    earned = PointsEarned(family="goods", points=points, base=principal, step=step)
    lot = changed(book, rounding, principal=principal, points=(earned,))
    back(book, lot, reason=RechargeRefundReason.COOLING_OFF)
    assert (book.of(W1, "points:goods"), book.of(W1, "debt:points:goods")) == (0, 0)


# Pieces.


def three(net: int) -> SaleLine:
    return replace(line(net), quantity=3)


def pieces(book: Book, sale: Entry, *returned: tuple[int, int]) -> Entry:
    """(fen, pieces) of the first line."""
    came = tuple(Returned(line=0, net=net, quantity=count) for net, count in returned)
    return book.book(BookRefund, of=sale.id, returned=came, why="sour")


def test_no_more_pieces_come_back_than_were_sold(book: Book) -> None:
    sale = sell(book, three(300))
    pieces(book, sale, (100, 1))
    for more in (((200, 3),), ((100, 2), (100, 1))):
        with pytest.raises(BadAmount):
            pieces(book, sale, *more)
    pieces(book, sale, (200, 2))
    assert book.site_of("revenue:fruit") == 0


@pytest.mark.parametrize("quantity", [-1, -3])
def test_less_than_no_piece_does_not_come_back(book: Book, quantity: int) -> None:
    with pytest.raises(BadAmount):
        pieces(book, sell(book, three(300)), (100, quantity))


def test_a_piece_that_is_worth_less_than_a_fen_comes_back_for_nothing(book: Book) -> None:
    sale = sell(book, three(1))
    pieces(book, sale, (0, 1))
    assert book.done.postings == ()
    pieces(book, sale, (1, 1))
    assert book.site_of("drawer:early") == 0
    with pytest.raises(BadAmount):
        pieces(book, sale, (1, 1))
    pieces(book, sale, (0, 1))
    with pytest.raises(BadAmount):
        pieces(book, sale, (0, 1))


def test_nothing_of_a_line_is_no_refund_of_it(book: Book) -> None:
    with pytest.raises(BadAmount):
        pieces(book, sell(book, three(300)), (0, 0))


def test_too_many_of_one_line_are_too_many_though_of_another_there_are_not(book: Book) -> None:
    sale = sell(book, three(300), three(600))
    returned = (Returned(line=0, net=100, quantity=1), Returned(line=1, net=600, quantity=4))
    with pytest.raises(BadAmount):
        book.book(BookRefund, of=sale.id, returned=returned, why="sour")


def test_a_deposit_has_no_pieces(book: Book) -> None:
    left = deposit(book)
    for returned in (((10, 1),), ((10, 0), (10, 1))):
        with pytest.raises(BadAmount):
            pieces(book, left, *returned)


def test_a_part_in_which_no_use_has_a_share_leaves_the_use_where_it_is(book: Book) -> None:
    book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit="count:wash", amount=2),))
    sale = sell(book, line(1000), pays={"uses": (1, "count:wash", 1)})
    assert paid(book, sale, 100, step=1) == 100
    assert book.of(W1, "count:wash") == 1


# Deposits.


def left(book: Book, amount: int, received: int, rounding: int, **more: Any) -> Entry:
    fields = {"amount": amount, "received": received, "rounding": rounding, **more}
    return book.book(BookDeposit, wallet=W1, card=None, of="presale:p1", **fields)


def handed_out(book: Book, of: Entry, net: int) -> int:
    """Fen of cash that go out with it."""
    before = book.site_of("drawer:early")
    returned = (Returned(line=0, net=net),)
    book.book(BookRefund, of=of.id, returned=returned, why="x", cash_step=STEP)
    return book.site_of("drawer:early") - before


def test_change_of_a_deposit_is_rounded_to_the_member_at_the_shops_cost(book: Book) -> None:
    left(book, 1234, 2000, 4)
    assert book.of(W1, "deposit:presale:p1") == 1234
    assert (book.site_of("drawer:early"), book.site_of("cash_rounding")) == (-1230, -4)


def test_a_void_of_a_deposit_takes_its_rounding_back(book: Book) -> None:
    deposit = left(book, 1234, 2000, 4)
    book.book(BookVoid, of=deposit.id, why="x")
    assert (book.site_of("drawer:early"), book.site_of("cash_rounding")) == (0, 0)


def test_what_was_never_paid_in_of_a_deposit_is_not_paid_back(book: Book) -> None:
    deposit = left(book, 1234, 2000, 4)
    assert handed_out(book, deposit, 1234) == 1230
    assert (book.site_of("drawer:early"), book.site_of("cash_rounding")) == (0, 0)


@pytest.mark.parametrize("first", [1, 617, 1230, 1233])
def test_nor_in_pieces(book: Book, first: int) -> None:
    deposit = left(book, 1234, 2000, 4)
    assert handed_out(book, deposit, first) + handed_out(book, deposit, 1234 - first) == 1230
    assert (book.site_of("drawer:early"), book.site_of("cash_rounding")) == (0, 0)


@pytest.mark.parametrize(
    ("rounding", "more"),
    [
        (-1, {}),
        (1, {"received": 1234}),
        (4, {"paid_by": PaidBy.CARD}),
        (CASH_STEP_MAX, {}),
        (5, {"amount": 5}),
    ],
)
def test_of_a_deposit_nothing_else_is_rounded_nor_by_more_than_a_step(
    book: Book, rounding: int, more: dict[str, Any]
) -> None:
    fields: dict[str, Any] = {"amount": 1234, "received": 2000, **more}
    with pytest.raises(BadAmount, match="change rounded"):
        left(book, rounding=rounding, **fields)
    left(book, 1234, 1235, 1)
    left(book, 1234, 2000, CASH_STEP_MAX - 1)
    left(book, 5, 10, 4)


def test_what_was_ordered_has_a_price_and_a_quantity(book: Book) -> None:
    for quantity, price in ((0, 1), (1, 0), (-1, 1), (1, -1), (AMOUNT_MAX + 1, 1), (1, AMOUNT_MAX + 1)):
        with pytest.raises(BadAmount):
            left(book, 100, 100, 0, ordered=(Ordered(sku="M01", quantity=quantity, unit_price=price),))
    one = Ordered(sku="M01", quantity=1, unit_price=1)
    left(book, 100, 100, 0, ordered=(one,) * 500)
    with pytest.raises(NotBookable):
        left(book, 100, 100, 0, ordered=(one,) * 501)
