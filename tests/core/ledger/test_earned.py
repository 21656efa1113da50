"""Points that come with a sale or a recharge: what is refused, where they lie, and how they go back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core.accounts import TIER_FAMILY, TIER_UNIT
from terminal.core.commands import (
    BookGrant,
    BookJoin,
    BookMerge,
    BookRecharge,
    BookRechargeRefund,
    BookRefund,
    BookVoid,
    Grant,
    PointsEarned,
    RechargeRefundReason,
    Returned,
)
from terminal.core.entry import Entry
from terminal.core.errors import BadAmount, NotBookable
from terminal.core.ledger.earned import earned_before, earned_of
from tests.core.ledger.book import C2, M2, W1, W2, Book, opening
from tests.core.ledger.test_value import line, sell

POINTS, OWED = "points:goods", "debt:points:goods"


@pytest.fixture
def book() -> Book:
    return Book().with_member()


def of(base: int, *places: int, each: int = 1, until: str = "") -> PointsEarned:
    points = base // 100 * each
    return PointsEarned(
        family="goods", points=points, base=base, step=100, each=each, places=places, until=until
    )


def back(book: Book, sale: Entry, place: int, net: int) -> int:
    before = book.of(W1, POINTS) + book.of(W1, OWED)
    book.book(BookRefund, of=sale.id, returned=(Returned(line=place, net=net),), why="x")
    return before - book.of(W1, POINTS) - book.of(W1, OWED)


# By lines.


def test_lines_that_are_multiplied_apart_lie_in_one_lot(book: Book) -> None:
    sell(book, line(1_000), line(2_000), points=(of(1_000, 0, each=2), of(2_000, 1, until="")))
    assert book.of(W1, POINTS) == 40
    ends = "2027-12-31"
    sale = sell(
        book, line(1_000), line(2_000), points=(of(1_000, 0, each=2, until=ends), of(2_000, 1, until=ends))
    )
    assert [(lot.amount, lot.until) for lot in sale.lots if lot.unit == POINTS] == [(40, ends)]


def test_what_comes_back_takes_what_it_earned_itself(book: Book) -> None:
    sale = sell(book, line(1_000), line(2_000), points=(of(1_000, 0, each=3), of(2_000, 1)))
    assert [back(book, sale, 1, 100), back(book, sale, 0, 1), back(book, sale, 0, 999)] == [1, 3, 27]
    assert back(book, sale, 1, 1_900) == 19
    assert book.of(W1, POINTS) == 0


def test_of_lines_whose_bonus_paid_a_part_the_base_is_left_as_the_goods_are(book: Book) -> None:
    sale = sell(book, line(1_000), line(1_000), points=(of(500, 0, each=2), of(500, 1)))
    assert [back(book, sale, 0, 500), back(book, sale, 0, 500)] == [6, 4]
    assert book.of(W1, POINTS) == 5


def test_a_line_that_cost_nothing_earned_nothing_and_takes_nothing(book: Book) -> None:
    gift = line(0, off=500)
    sale = sell(book, gift, line(1_000), points=(of(1_000, 0, 1),))
    assert back(book, sale, 0, 0) == 0
    assert back(book, sale, 1, 1_000) == 10


def test_points_that_nobody_says_how_they_were_counted_go_back_with_their_share(book: Book) -> None:
    odd = PointsEarned(family="goods", points=10, places=(0,))
    sale = sell(book, line(1_000), line(1_000), points=(odd,))
    assert [back(book, sale, 0, 1_000), back(book, sale, 1, 1_000)] == [5, 5]


@pytest.mark.parametrize(
    "points",
    [
        (of(1_000), of(1_000)),
        (of(1_000, 0), of(1_000, 0, 1)),
        (of(1_000, 0, 0),),
        (of(1_000, 2),),
        (of(1_000, -1),),
        (of(1_000, 0), of(1_000)),
        (of(1_000, 0, until="2027-12-31"), of(1_000, 1)),
        (replace(of(1_000, 0), points=11),),
        (replace(of(1_000), points=0),),
        (PointsEarned(family="goods", points=0),),
        (PointsEarned(family="goods", points=1, base=-100, step=-100),),
        (PointsEarned(family="goods", points=1, base=-100, step=100, each=-1),),
        (PointsEarned(family="goods", points=1, base=100, step=100, each=-1, per=-1),),
        (PointsEarned(family="goods", points=1, base=100, step=-100, each=-1),),
        (PointsEarned(family="goods", points=1, base=100, step=-100, per=-1),),
        (PointsEarned(family="goods", points=1, base=100, step=100, per=0),),
    ],
)
def test_points_that_contradict_each_other_are_refused(book: Book, points: tuple[PointsEarned, ...]) -> None:
    with pytest.raises(BadAmount):
        sell(book, line(1_000), line(1_000), points=points)


@given(
    st.lists(st.tuples(st.integers(1, 5_000), st.integers(1, 3)), min_size=1, max_size=4),
    st.data(),
)
def test_in_whatever_order_it_comes_back_it_takes_what_all_of_it_took(
    lines: list[tuple[int, int]], data: st.DataObject
) -> None:
    goods = [line(net) for net, _ in lines]
    points = tuple(of(net, at, each=each) for at, (net, each) in enumerate(lines) if net >= 100)
    parts = [(at, part) for at, (net, _) in enumerate(lines) for part in _cut(data, net)]
    book = Book().with_member()
    sale = sell(book, *goods, points=points)
    earned = book.of(W1, POINTS)
    assert earned == sum(one.points for one in points)
    for at, part in data.draw(st.permutations(parts)):
        assert back(book, sale, at, part) >= 0
    assert (book.of(W1, POINTS), book.of(W1, OWED)) == (0, 0)


def _cut(data: st.DataObject, net: int) -> list[int]:
    first = data.draw(st.integers(1, net))
    return [part for part in (first, net - first) if part]


def test_each_family_lies_by_itself(book: Book) -> None:
    petrol = replace(of(2_000), family="petrol")
    sell(book, line(1_000), line(2_000), points=(of(1_000), petrol))
    assert (book.of(W1, POINTS), book.of(W1, "points:petrol")) == (10, 20)


def test_a_family_that_no_account_can_be_named_by_is_refused(book: Book) -> None:
    with pytest.raises(NotBookable):
        sell(book, line(1_000), points=(replace(of(1_000), family=""),))


# With a recharge.


def recharged(book: Book, **fields: Any) -> Entry:
    return book.book(
        BookRecharge,
        wallet=W1,
        card=None,
        **{"principal": 10_050, "bonus": 500, "received": 10_050, **fields},
    )


def ended(book: Book, recharge: Entry, reason: RechargeRefundReason, **fields: Any) -> Entry:
    return book.book(BookRechargeRefund, wallet=W1, lot=recharge.id, reason=reason, **fields)


def test_a_recharge_earns_and_brings_a_campaigns_gift(book: Book) -> None:
    recharged(book, points=(of(10_050),), gift_points=20)
    assert book.of(W1, POINTS) == 120
    sums = {account.name: amount for account, amount in book.done.postings}
    assert sums["site:S1:issued:points:goods"] == -120


def test_both_lie_in_one_lot_where_they_end(book: Book) -> None:
    ends = "2027-12-31"
    entry = recharged(book, points=(of(10_050, until=ends),), gift_points=20, gift_until=ends)
    lots = [(lot.amount, lot.until) for lot in entry.lots if lot.unit == POINTS]
    assert lots == [(120, "2027-12-31")]


def test_a_gift_beside_nothing_earned_does_not_end_and_lies_in_no_lot(book: Book) -> None:
    entry = recharged(book, gift_points=20)
    assert book.of(W1, POINTS) == 20
    assert POINTS not in {lot.unit for lot in entry.lots}


@pytest.mark.parametrize(
    "fields",
    [
        {"points": (of(10_000),)},
        {"points": (PointsEarned(family="goods", points=5, base=10_050),)},
        {"gift_points": -1},
        {"points": (of(10_050, until="2027-12-31"),), "gift_points": 1},
        {"points": (replace(of(10_050), points=101),)},
        {"points": (replace(of(10_050), places=(0,)),)},
    ],
)
def test_points_of_another_sum_are_refused(book: Book, fields: dict[str, Any]) -> None:
    with pytest.raises(BadAmount):
        recharged(book, **fields)


def test_paid_back_whole_it_takes_all_of_them(book: Book) -> None:
    entry = recharged(book, points=(of(10_050),), gift_points=20)
    ended(book, entry, RechargeRefundReason.COOLING_OFF)
    assert (book.of(W1, POINTS), book.of(W1, OWED)) == (0, 0)
    sums = {account.name: amount for account, amount in book.done.postings}
    assert sums["site:S1:issued:points:goods"] == 120


def test_paid_back_whole_it_takes_no_more_than_came_though_change_was_rounded(book: Book) -> None:
    money = {"principal": 1_054, "received": 1_100, "rounding": 4, "bonus": 0}
    entry = recharged(book, points=(of(1_054),), **money)
    ended(book, entry, RechargeRefundReason.COOLING_OFF)
    assert (book.of(W1, POINTS), book.of(W1, OWED)) == (0, 0)


def test_paid_back_in_part_it_is_counted_again_on_the_money_that_stays(book: Book) -> None:
    entry = recharged(book, bonus=0, points=(of(10_050),), gift_points=20)
    sell(book, line(3_000), pays={"stored": 3_000})
    ended(book, entry, RechargeRefundReason.MEMBER, listed=3_000)
    assert book.of(W1, POINTS) == 30


def test_what_is_spent_by_then_is_owed(book: Book) -> None:
    ends = "2027-12-31"
    entry = recharged(book, points=(of(10_050, until=ends),), gift_points=20, gift_until=ends)
    sell(book, line(500), pays={"points": (500, "goods", 100)})
    ended(book, entry, RechargeRefundReason.COOLING_OFF)
    assert (book.of(W1, POINTS), book.of(W1, OWED)) == (0, -100)


def test_the_gift_goes_once(book: Book) -> None:
    entry = recharged(book, bonus=0, points=(), gift_points=20)
    sale = sell(book, line(1_050), pays={"stored": 1_050})
    ended(book, entry, RechargeRefundReason.MEMBER, listed=10_050)
    assert book.of(W1, POINTS) == 0
    book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit=POINTS, amount=50),))
    book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=1_050),), why="x")
    ended(book, entry, RechargeRefundReason.MEMBER, listed=0)
    assert book.of(W1, POINTS) == 50


def test_a_recharge_without_points_takes_none(book: Book) -> None:
    entry = recharged(book)
    book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit=POINTS, amount=50),))
    ended(book, entry, RechargeRefundReason.COOLING_OFF)
    assert book.of(W1, POINTS) == 50


def test_void_takes_both(book: Book) -> None:
    entry = recharged(book, points=(of(10_050),), gift_points=20)
    book.book(BookVoid, of=entry.id, why="x")
    assert (book.of(W1, POINTS), book.of(W1, OWED)) == (0, 0)
    with pytest.raises(NotBookable):
        book.book(BookVoid, of=entry.id, why="x")


def test_a_debt_is_settled_from_what_a_recharge_earns_where_there_is_no_headquarters(book: Book) -> None:
    book.with_headquarters = False
    first = recharged(book, points=(of(10_050),))
    sell(book, line(500), pays={"points": (500, "goods", 100)})
    ended(book, first, RechargeRefundReason.COOLING_OFF)
    assert book.of(W1, OWED) == -100
    second = recharged(book, points=(of(10_050),), gift_points=20)
    assert (book.of(W1, POINTS), book.of(W1, OWED)) == (20, 0)
    ended(book, second, RechargeRefundReason.COOLING_OFF)
    assert (book.of(W1, POINTS), book.of(W1, OWED)) == (0, -100)


# What of the principal earned when it was recharged.


def test_principal_whose_recharge_earned_is_known_until_it_is_spent_oldest_first(book: Book) -> None:
    recharged(book, principal=1_000, received=1_000, gift_points=20)
    recharged(book, points=(of(10_050),))
    recharged(book, principal=1_000, received=1_000)
    asked = (0, 1_000, 1_001, 11_050, 11_051, 12_050, 99_999)
    assert [earned_before(book, W1, fen) for fen in asked] == [0, 0, 1, 10_050, 10_050, 10_050, 10_050]
    sell(book, line(2_000), pays={"stored": 2_000})
    assert [earned_before(book, W1, fen) for fen in (1, 9_050, 9_051)] == [1, 9_050, 9_050]
    assert earned_before(book, W2, 1) == 0


def test_what_counts_towards_a_tier_alone_is_no_earning(book: Book) -> None:
    counts = replace(of(10_050), family=TIER_FAMILY)
    recharged(book, points=(counts,))
    assert (book.of(W1, TIER_UNIT), book.of(W1, POINTS), earned_before(book, W1, 10_050)) == (100, 0, 0)
    recharged(book, points=(of(10_050), counts))
    assert (book.of(W1, TIER_UNIT), earned_before(book, W1, 20_100)) == (200, 10_050)


def test_it_earned_wherever_it_is_merged_to_and_when_it_comes_back(book: Book) -> None:
    recharged(book, points=(of(10_050),))
    sale = sell(book, line(2_000), pays={"stored": 2_000})
    book.book(BookJoin, opens=opening(W2, M2, C2))
    book.book(BookMerge, wallet=W1, into=W2)
    assert earned_before(book, W2, 10_050) == 8_050
    book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=500),), why="x")
    assert earned_before(book, W2, 10_050) == 8_550


def test_of_what_was_taken_bonus_and_what_earned_nothing_do_not_count(book: Book) -> None:
    recharged(book, points=(of(10_050),))
    recharged(book, principal=1_000, bonus=0, received=1_000)
    taken = sell(book, line(11_250), pays={"stored": 11_250}).lots
    assert [(one.unit, one.amount) for one in taken] == [
        ("principal", -10_050),
        ("principal", -1_000),
        ("bonus", -200),
    ]
    assert earned_of(book, W1, taken) == 10_050
    assert (earned_of(book, W1, taken[1:]), earned_of(book, W1, ())) == (0, 0)
    assert earned_of(book, W2, taken) == 0
    book.book(BookJoin, opens=opening(W2, M2, C2))
    book.book(BookMerge, wallet=W1, into=W2)
    assert earned_of(book, W2, taken) == 10_050
