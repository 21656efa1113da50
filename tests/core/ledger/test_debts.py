"""What is owed back is settled from what is given next; an entry that settled is undone as it was given."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core.commands import (
    BookErasure,
    BookExpiry,
    BookGrant,
    BookHold,
    BookImport,
    BookMerge,
    BookRedeem,
    BookRefund,
    BookReversal,
    BookVoid,
    Cashback,
    CouponGrant,
    Grant,
    PointsEarned,
    Returned,
    Sells,
)
from terminal.core.entry import Entry
from terminal.core.errors import InsufficientFunds
from terminal.core.ledger import posted_again
from terminal.core.ledger.debts import as_given, settled_by
from terminal.core.ledger.effects import Erased
from tests.core.ledger.book import M1, M2, TWO, W1, W2, Book
from tests.core.ledger.test_value import line, sell

LAST = "2027-11-24"
UNITS = [("points:goods", ""), ("points:goods", LAST), ("cashback", LAST)]


def earn(book: Book, unit: str, amount: int, until: str = "", **more: Any) -> Entry:
    """With a sale of 100 yuan that is paid in cash, where nothing else is said."""
    if unit == "cashback":
        return sell(book, line(10000), cashback=Cashback(amount=amount, since="", until=until), **more)
    earned = PointsEarned(family="goods", points=amount, until=until)
    return sell(book, line(10000), points=(earned,), **more)


def spend(book: Book, unit: str, amount: int) -> Entry:
    pays = {"cashback": amount} if unit == "cashback" else {"points": (amount, "goods", amount)}
    return sell(book, line(amount), pays=pays)


def back(book: Book, sale: Entry, net: int = 10000) -> Entry:
    return book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=net),), why="sour")


def owing(unit: str, amount: int = 90, until: str = "") -> Book:
    """Earned 100, spent that much of it, and brought back what had earned them."""
    book = Book().with_member()
    book.with_headquarters = False
    sale = earn(book, unit, 100, until)
    spend(book, unit, amount)
    back(book, sale)
    return book


def holds(book: Book, unit: str, wallet: str = W1) -> tuple[int, int]:
    """In the wallet, and owed."""
    return book.of(wallet, unit), book.of(wallet, f"debt:{unit}")


def in_lots(book: Book, unit: str) -> list[int]:
    return [lot.rest for lot in book.lots(W1, unit)]


@pytest.mark.parametrize(("unit", "until"), UNITS)
@pytest.mark.parametrize(
    ("earned", "left", "owed"), [(1, 0, -89), (89, 0, -1), (90, 0, 0), (91, 1, 0), (150, 60, 0)]
)
def test_a_debt_is_settled_from_the_next_that_is_earned(
    unit: str, until: str, earned: int, left: int, owed: int
) -> None:
    book = owing(unit, 90, until)
    assert holds(book, unit) == (0, -90)
    earn(book, unit, earned, until)
    assert holds(book, unit) == (left, owed)
    assert in_lots(book, unit) == ([left] if left and until else [])


@pytest.mark.parametrize("earned", [1, 100])
def test_an_entry_says_whether_a_debt_was_settled_with_it(earned: int) -> None:
    book = owing("points:goods")
    (*_, owed) = book.entries.values()
    assert not settled_by(owed), "it only owes"
    assert settled_by(earn(book, "points:goods", earned))
    assert not settled_by(sell(book, line(100)))


@pytest.mark.parametrize(("unit", "until"), UNITS)
def test_where_there_is_a_headquarters_it_alone_settles(unit: str, until: str) -> None:
    book = owing(unit, 90, until)
    book.with_headquarters = True
    earn(book, unit, 100, until)
    assert holds(book, unit) == (100, -90)


@pytest.mark.parametrize(("unit", "until"), UNITS)
def test_what_is_given_and_what_comes_from_paper_settles_too(unit: str, until: str) -> None:
    book = owing(unit, 90, until)
    book.book(BookGrant, wallet=W1, why="sorry", grants=(Grant(unit=unit, amount=30, until=until),))
    assert holds(book, unit) == (0, -60)
    book.at = TWO
    book.book(BookImport, wallet=W1, paper="7", grants=(Grant(unit=unit, amount=70, until=until),))
    assert holds(book, unit) == (10, 0)


@pytest.mark.parametrize(("unit", "until"), UNITS)
@pytest.mark.parametrize("earned", [1, 60, 90, 150])
def test_a_sale_that_settled_is_voided_as_if_it_had_not(unit: str, until: str, earned: int) -> None:
    book = owing(unit, 90, until)
    before = book.standing()
    sale = earn(book, unit, earned, until)
    book.book(BookVoid, of=sale.id, why="wrong article")
    assert book.standing() == before
    assert in_lots(book, unit) == []


@pytest.mark.parametrize(("unit", "until"), UNITS)
def test_a_gift_that_settled_is_voided_as_if_it_had_not(unit: str, until: str) -> None:
    book = owing(unit, 90, until)
    before = book.standing()
    gift = book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit=unit, amount=100, until=until),))
    spend(book, unit, 4)
    book.book(BookVoid, of=gift.id, why="not theirs")
    assert holds(book, unit) == (0, -94)
    assert book.of(W1, "principal") == before.get("wallet:w1:principal", 0)


@pytest.mark.parametrize(("unit", "until"), UNITS)
@pytest.mark.parametrize("pieces", [(10000,), (5000, 5000), (1, 9999), (3333, 3333, 3334)])
def test_a_sale_that_settled_comes_back_in_pieces_as_if_it_had_not(
    unit: str, until: str, pieces: tuple[int, ...]
) -> None:
    book = owing(unit, 90, until)
    before = book.standing()
    sale = earn(book, unit, 100, until)
    for net in pieces:
        back(book, sale, net)
    assert holds(book, unit) == (0, -90)
    assert book.standing() == before


@pytest.mark.parametrize(("unit", "until"), UNITS)
def test_a_gift_with_a_sale_that_settled_goes_back_with_it(unit: str, until: str) -> None:
    book = owing(unit, 90, until)
    before = book.standing()
    sale = sell(book, line(10000))
    gift = (Grant(unit=unit, amount=100, until=until),)
    book.book(BookGrant, wallet=W1, why="x", with_entry=sale.id, grants=gift)
    assert holds(book, unit) == (10, 0)
    back(book, sale)
    assert book.standing() == before
    assert in_lots(book, unit) == []


def test_what_pays_and_earns_at_once_settles_with_what_it_comes_to() -> None:
    """Both can lie on one wallet where two became one."""
    book = owing("points:goods")
    book.with_member(W2, M2)
    earn(book, "points:goods", 200, LAST, wallet=W2)
    book.book(BookMerge, wallet=W2, into=W1)
    assert holds(book, "points:goods") == (200, -90)
    points = (PointsEarned(family="goods", points=70, until=LAST),)
    sale = sell(book, line(10000), pays={"points": (100, "goods", 20)}, points=points)
    assert holds(book, "points:goods") == (200, -40)
    assert in_lots(book, "points:goods") == [180, 20]
    back(book, sale)
    assert holds(book, "points:goods") == (200, -90)
    assert in_lots(book, "points:goods") == [200]


def test_more_that_is_spent_than_earned_settles_nothing() -> None:
    book = owing("points:goods")
    book.with_member(W2, M2)
    earn(book, "points:goods", 200, wallet=W2)
    book.book(BookMerge, wallet=W2, into=W1)
    points = (PointsEarned(family="goods", points=20),)
    sell(book, line(10000), pays={"points": (100, "goods", 20)}, points=points)
    assert holds(book, "points:goods") == (200, -90)


def test_what_lies_in_no_lot_settles_beside_other_lots() -> None:
    book = owing("points:goods")
    uses = Sells(unit="count:wash", amount=10)
    points = (PointsEarned(family="goods", points=100),)
    sale = sell(book, line(10000, sells=uses), points=points)
    assert holds(book, "points:goods") == (10, 0)
    assert [(lot.unit, lot.lot, lot.amount) for lot in sale.lots] == [("count:wash", sale.id, 10)]


def test_a_debt_of_one_kind_of_points_is_not_settled_from_another() -> None:
    book = owing("points:goods")
    sell(book, line(10000), points=(PointsEarned(family="petrol", points=100),))
    earn(book, "cashback", 100, LAST)
    assert (holds(book, "points:goods"), holds(book, "points:petrol")) == ((0, -90), (100, 0))
    assert holds(book, "cashback") == (100, 0)


def owing_gifts(*, alone: bool) -> Book:
    """All of every kind of gift, given with a sale that came back, is spent; a coupon and points too."""
    book = Book().with_member().with_member(W2, M2)
    book.with_headquarters = not alone
    sale = sell(book, line(100))
    kinds = ("bonus", "cashback", "voucher:v", "count:wash", "litres:92", "points:goods")
    grants = tuple(Grant(unit=unit, amount=30) for unit in kinds)
    coupon = CouponGrant(coupon="k1", kind="c3", face=300, threshold=0)
    book.book(BookGrant, wallet=W1, why="x", with_entry=sale.id, grants=grants, coupons=(coupon,))
    sell(book, line(700, off=300), coupons_used=("k1",))
    sell(book, line(30), pays={"stored": 30})
    sell(book, line(30), pays={"cashback": 30})
    sell(book, line(30), pays={"voucher": (30, "v", 0)})
    sell(book, line(30), pays={"points": (30, "goods", 30)})
    for unit in ("count:wash", "litres:92"):
        sell(book, line(30), pays={"uses": (30, unit, 30)})
    book.book(BookVoid, of=sale.id, why="x")
    return book


OWED = {
    "debt:bonus": "bonus_expense",
    "debt:cashback": "cashback_expense",
    "debt:voucher:v": "voucher_expense",
    "debt:count:wash": "issued:count:wash",
    "debt:litres:92": "issued:litres:92",
    "debt:points:goods": "issued:points:goods",
    "debt:coupon:k1": "issued:coupon",
}


def test_what_somebody_owes_is_written_off_to_what_it_had_cost_when_they_are_forgotten() -> None:
    book = owing_gifts(alone=True)
    assert {unit for unit, _ in book.holdings(W1)} == set(OWED)
    owed = {unit: book.of(W1, unit) for unit in OWED}
    assert all(owing < 0 for owing in owed.values())
    done = book.book(BookErasure, wallet=W1, member=M1)
    wallet = {f"wallet:w1:{unit}": -amount for unit, amount in owed.items()}
    shop = {f"site:S1:{cost}": owed[unit] for unit, cost in OWED.items()}
    assert dict(done.postings) == wallet | shop
    assert (book.holdings(W1), done.lots) == ([], ())
    assert book.done.wallet == W1
    assert list(book.done.effects) == [Erased(member=M1, wallets=(W1,))]


def test_gifts_that_are_left_are_no_debt_and_are_not_written_off() -> None:
    book, _ = owing_bonus()
    book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit="points:goods", amount=5),))
    done = book.book(BookErasure, wallet=W1, member=M1)
    assert dict(done.postings) == {"wallet:w1:debt:bonus": 30, "site:S1:bonus_expense": -30}


def test_what_another_owes_is_not_written_off() -> None:
    book = owing_gifts(alone=True)
    done = book.book(BookErasure, wallet=W2, member=M2)
    assert not done.postings
    assert book.of(W1, "debt:bonus") == -30


def test_headquarters_keeps_what_is_owed_to_it_and_nobody_waits_for_that() -> None:
    book = owing_gifts(alone=False)
    done = book.book(BookErasure, wallet=W1, member=M1)
    assert not done.postings
    assert {unit for unit, _ in book.holdings(W1)} == set(OWED)


def test_an_erasure_booked_again_writes_off_no_debt_that_is_not_on_that_branch() -> None:
    erased = owing_gifts(alone=True).book(BookErasure, wallet=W1, member=M1)
    for other in (Book().with_member(), Book()):
        other.with_headquarters = False
        assert posted_again(erased, other).postings == ()


@pytest.mark.parametrize("undo", [BookRefund, BookVoid, BookReversal])
@pytest.mark.parametrize(("unit", "until"), UNITS)
def test_what_comes_back_settles_too(unit: str, until: str, undo: Any) -> None:
    """What was bought with it comes back after what had earned it did."""
    book = Book().with_member()
    book.with_headquarters = False
    earned = earn(book, unit, 100, until)
    bought = spend(book, unit, 90)
    back(book, earned)
    assert holds(book, unit) == (0, -90)
    more = {"returned": (Returned(line=0, net=90),)} if undo is BookRefund else {}
    book.book(undo, of=bought.id, why="x", **more)
    assert (holds(book, unit), in_lots(book, unit)) == ((0, 0), [])


def test_a_mug_that_comes_back_brings_no_points_that_are_owed() -> None:
    book = Book().with_member()
    book.with_headquarters = False
    earned = earn(book, "points:goods", 100)
    points = PointsEarned(family="goods", points=100)
    mug = book.book(BookRedeem, wallet=W1, card=None, points=points, what="mug", worth=900)
    back(book, earned, 4000)
    book.book(BookRefund, of=mug.id, returned=(), why="x")
    assert holds(book, "points:goods") == (60, 0)


def test_a_coupon_that_comes_back_settles_itself_and_no_other() -> None:
    book = Book().with_member()
    book.with_headquarters = False
    ids = ("k1", "k2")
    coupons = tuple(CouponGrant(coupon=one, kind="c3", face=300, threshold=0) for one in ids)
    gave = sell(book, line(10000), coupons=coupons)
    uses = [sell(book, line(700, off=300), coupons_used=(one,)) for one in ids]
    back(book, gave)
    assert [holds(book, f"coupon:{one}") for one in ids] == [(0, -1), (0, -1)]
    back(book, uses[0], 700)
    assert [holds(book, f"coupon:{one}") for one in ids] == [(0, 0), (0, -1)]


def gift(book: Book, amount: int, **more: Any) -> Entry:
    return book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit="bonus", amount=amount),), **more)


def owing_bonus() -> tuple[Book, Entry]:
    """30 of it, and the sale that was paid with them."""
    book = Book().with_member()
    book.with_headquarters = False
    sale = sell(book, line(100))
    gift(book, 30, with_entry=sale.id)
    bought = sell(book, line(30), pays={"stored": 30})
    back(book, sale, 100)
    assert holds(book, "bonus") == (0, -30)
    return book, bought


@pytest.mark.parametrize(("given", "left", "owed"), [(29, 0, -1), (30, 0, 0), (31, 1, 0)])
def test_bonus_that_is_given_settles_bonus_that_is_owed(given: int, left: int, owed: int) -> None:
    book, _ = owing_bonus()
    gift(book, given)
    assert holds(book, "bonus") == (left, owed)
    assert in_lots(book, "bonus") == ([left] if left else [])


@pytest.mark.parametrize(("given", "owed"), [(29, -30), (30, -30), (31, -30), (100, -30)])
def test_bonus_that_settled_is_voided_as_if_it_had_not(given: int, owed: int) -> None:
    book, _ = owing_bonus()
    before = book.standing()
    book.book(BookVoid, of=gift(book, given).id, why="not theirs")
    assert (holds(book, "bonus"), in_lots(book, "bonus")) == ((0, owed), [])
    assert book.standing() == before


def test_of_bonus_that_settled_what_was_spent_beside_is_not_taken_back() -> None:
    book, _ = owing_bonus()
    given = gift(book, 100)
    sell(book, line(1), pays={"stored": 1})
    with pytest.raises(InsufficientFunds):
        book.book(BookVoid, of=given.id, why="not theirs")
    assert holds(book, "bonus") == (69, 0)


def test_paper_whose_bonus_settled_is_voided_as_if_it_had_not() -> None:
    book, _ = owing_bonus()
    before = book.standing()
    grants = (Grant(unit="principal", amount=50), Grant(unit="bonus", amount=20))
    paper = book.book(BookImport, wallet=W1, at=TWO, paper="7", grants=grants)
    book.book(BookVoid, of=paper.id, at=TWO, why="not theirs")
    assert book.standing() == before


def test_bonus_from_paper_settles_too_and_principal_does_not() -> None:
    book, _ = owing_bonus()
    grants = (Grant(unit="principal", amount=50), Grant(unit="bonus", amount=20))
    book.book(BookImport, wallet=W1, at=TWO, paper="7", grants=grants)
    assert (holds(book, "bonus"), holds(book, "principal")) == ((0, -10), (50, 0))


@pytest.mark.parametrize(("net", "owed"), [(1, -29), (29, -1), (30, 0)])
def test_bonus_that_comes_back_in_part_settles_in_part(net: int, owed: int) -> None:
    book, bought = owing_bonus()
    back(book, bought, net)
    assert (holds(book, "bonus"), in_lots(book, "bonus")) == ((0, owed), [])


def test_bonus_that_comes_back_from_two_lots_settles_out_of_both() -> None:
    book = Book().with_member()
    book.with_headquarters = False
    sale = sell(book, line(100))
    gift(book, 30, with_entry=sale.id)
    gift(book, 20)
    bought = sell(book, line(50), pays={"stored": 50})
    back(book, sale, 100)
    back(book, bought, 50)
    assert (holds(book, "bonus"), in_lots(book, "bonus")) == ((20, 0), [20])


def test_a_fill_that_gives_bonus_back_settles_nothing() -> None:
    """The sale that ends it could not be undone as it was booked."""
    book, _ = owing_bonus()
    book.with_headquarters = True
    gift(book, 40)
    held = book.book(BookHold, wallet=W1, card=None, amount=40, for_what="pump:3")
    book.with_headquarters = False
    sell(book, line(10), pays={"held": (10, held.id, 0)})
    assert holds(book, "bonus") == (30, -30)


def test_what_adds_to_a_debt_settles_none_of_that_unit() -> None:
    """Its postings must say by themselves whether a debt was settled with it."""
    book = owing("points:goods")
    book.with_headquarters = True
    earn(book, "points:goods", 140, LAST)
    book.with_headquarters = False
    pays = {"points": (50, "goods", 50)}
    both = sell(
        book, line(50), pays=pays, points=(PointsEarned(family="goods", points=20, until="2027-01-24"),)
    )
    assert holds(book, "points:goods") == (110, -90)
    book.with_headquarters = True
    spend(book, "points:goods", 20)
    book.with_headquarters = False
    undone = book.book(BookVoid, of=both.id, why="x")
    assert not settled_by(undone)
    assert holds(book, "points:goods") == (140, -110)


@pytest.mark.parametrize(("unit", "until"), UNITS)
def test_what_is_owed_is_left_alone_until_it_is_settled(unit: str, until: str) -> None:
    book = owing(unit, until=until)
    book.with_headquarters = True
    earn(book, unit, 100, until)
    assert holds(book, unit) == (100, -90)
    for amount in (100, 11):
        with pytest.raises(InsufficientFunds, match=r"90 of (points|cashback) are owed"):
            spend(book, unit, amount)
    spend(book, unit, 10)
    assert holds(book, unit) == (90, -90)
    if unit.startswith("points:"):
        with pytest.raises(InsufficientFunds):
            book.book(
                BookRedeem,
                wallet=W1,
                card=None,
                what="pen",
                worth=1,
                points=PointsEarned(family="goods", points=1),
            )


def test_points_that_lie_in_lots_are_not_taken_for_what_was_given_beside_them() -> None:
    """The shop let points end from some day on; those of before lie in no lot, and were used."""
    book = Book().with_member()
    book.with_headquarters = False
    old = earn(book, "points:goods", 10)
    spend(book, "points:goods", 10)
    earn(book, "points:goods", 50, LAST)
    back(book, old)
    assert holds(book, "points:goods") == (50, -10)
    assert in_lots(book, "points:goods") == [50]
    spend(book, "points:goods", 40)
    book.on_day("2027-11-25")
    book.book(BookExpiry, wallet=W1, unit="points:goods")
    assert holds(book, "points:goods") == (0, 0), "what ended beside a debt settled it"


@pytest.mark.parametrize(("day", "owed"), [(LAST, -100), ("2027-11-25", 0)])
@pytest.mark.parametrize("unit", ["points:goods", "cashback"])
def test_what_has_ended_is_owed_by_nobody(unit: str, day: str, owed: int) -> None:
    book = Book().with_member()
    book.with_headquarters = False
    first = earn(book, unit, 100, LAST)
    spend(book, unit, 100)
    book.on_day(day)
    back(book, first)
    assert holds(book, unit) == (0, owed)


def test_what_never_ends_is_owed_whenever_it_comes_back() -> None:
    book = Book().with_member()
    book.with_headquarters = False
    first = earn(book, "cashback", 100)
    spend(book, "cashback", 100)
    book.on_day("2036-11-25")
    back(book, first)
    assert holds(book, "cashback") == (0, -100)


def test_where_nothing_is_owed_it_is_said_what_is_not_there() -> None:
    book = Book().with_member()
    earn(book, "points:goods", 10)
    with pytest.raises(InsufficientFunds, match="1 of 11 points are not there"):
        spend(book, "points:goods", 11)


def test_what_ended_and_still_lies_there_goes_back_and_no_more() -> None:
    book = Book().with_member()
    book.with_headquarters = False
    first = earn(book, "points:goods", 100, LAST)
    spend(book, "points:goods", 70)
    book.on_day("2027-11-25")
    back(book, first)
    assert holds(book, "points:goods") == (0, 0)
    assert in_lots(book, "points:goods") == []


def test_points_that_ended_unused_are_owed_by_nobody() -> None:
    book = Book().with_member()
    book.with_headquarters = False
    first = earn(book, "points:goods", 100, LAST)
    book.on_day("2027-11-25")
    book.book(BookExpiry, wallet=W1, unit="points:goods")
    back(book, first)
    assert holds(book, "points:goods") == (0, 0)


@pytest.mark.parametrize(("unit", "until"), UNITS)
def test_a_refund_that_settled_is_booked_again_where_nothing_is_owed(unit: str, until: str) -> None:
    book = Book().with_member()
    book.with_headquarters = False
    earned = earn(book, unit, 100, until)
    bought = spend(book, unit, 90)
    back(book, earned)
    refunded = back(book, bought, 90)
    assert settled_by(refunded)
    given = as_given(refunded)
    assert not settled_by(given)
    assert dict(given.postings)[f"wallet:w1:{unit}"] == 90
    assert all(lot.amount > 0 for lot in given.lots)


def test_the_fen_that_settled_is_given_and_taken_as_one() -> None:
    book, bought = owing_bonus()
    refunded = back(book, bought, 1)
    assert [lot.amount for lot in refunded.lots] == [1, -1]
    assert [lot.amount for lot in as_given(refunded).lots] == [1]


def test_a_debt_that_moves_to_another_wallet_was_not_settled() -> None:
    book, bought = owing_bonus()
    moved = replace(back(book, bought, 30), kind="merge")
    assert as_given(moved) == moved


def beside_a_debt(unit: str, ends: int, owed: int, *, alone: bool = True) -> Book:
    """So much that ends on the last day lies there, and so much is owed; on the day after."""
    book = Book().with_member()
    book.with_headquarters = False
    if owed:
        first = earn(book, unit, owed, LAST)
        spend(book, unit, owed)
        back(book, first)
    book.with_headquarters = True
    book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit=unit, amount=ends, until=LAST),))
    book.with_headquarters = not alone
    assert holds(book, unit) == (ends, -owed)
    book.on_day("2027-11-25")
    return book


ENDS = [("points:goods", "issued:points:goods"), ("cashback", "forfeited")]


@pytest.mark.parametrize(("unit", "other"), ENDS)
@pytest.mark.parametrize(("ends", "owed"), [(40, 0), (40, 1), (40, 39), (40, 40), (40, 41), (1, 1)])
def test_what_ends_settles_what_is_owed_of_it_first(unit: str, other: str, ends: int, owed: int) -> None:
    book = beside_a_debt(unit, ends, owed)
    ended = book.book(BookExpiry, wallet=W1, unit=unit)
    assert holds(book, unit) == (0, min(0, ends - owed))
    assert in_lots(book, unit) == []
    gone = {f"site:S1:{other}": ends - owed} if owed < ends else {}
    settled = {f"wallet:w1:debt:{unit}": min(owed, ends)} if owed else {}
    assert dict(ended.postings) == {f"wallet:w1:{unit}": -ends, **gone, **settled}
    assert bool(settled_by(ended)) == (owed > 0)


@pytest.mark.parametrize(("unit", "other"), ENDS)
def test_where_there_is_a_headquarters_what_ends_settles_nothing(unit: str, other: str) -> None:
    book = beside_a_debt(unit, 40, 30, alone=False)
    ended = book.book(BookExpiry, wallet=W1, unit=unit)
    assert holds(book, unit) == (0, -30)
    assert dict(ended.postings) == {f"wallet:w1:{unit}": -40, f"site:S1:{other}": 40}
    assert as_given(ended) == ended


@pytest.mark.parametrize(("unit", "other"), ENDS)
@pytest.mark.parametrize(("ends", "owed"), [(40, 30), (40, 40), (40, 50), (40, 0)])
def test_what_ended_is_booked_again_as_if_nothing_had_been_owed(
    unit: str, other: str, ends: int, owed: int
) -> None:
    book = beside_a_debt(unit, ends, owed)
    given = as_given(book.book(BookExpiry, wallet=W1, unit=unit))
    assert dict(given.postings) == {f"wallet:w1:{unit}": -ends, f"site:S1:{other}": ends}
    assert [(lot.unit, lot.amount) for lot in given.lots] == [(unit, -ends)]
    assert not settled_by(given)


@pytest.mark.parametrize("unit", ["points:goods", "cashback"])
def test_what_ended_here_and_settled_is_booked_again_where_it_is_not_owed(unit: str) -> None:
    """On the branch that stays it does not lie there, and nothing is owed: the debt is not paid twice."""
    ended = beside_a_debt(unit, 40, 30).book(BookExpiry, wallet=W1, unit=unit)
    book = Book().with_member()
    book.with_headquarters = False
    book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit=unit, amount=40),))
    again = dict(posted_again(ended, book).postings)
    assert not any(account.is_debt for account in again)


SALES = st.lists(
    st.tuples(st.integers(0, 120), st.integers(0, 120)),  # What it earned, and what of before it took.
    min_size=2,
    max_size=4,
)


@given(SALES, st.sampled_from(["points:goods", "cashback"]), st.permutations(range(4)))
def test_in_whatever_order_sales_come_back_the_same_is_owed_in_the_end(
    drawn: list[tuple[int, int]], unit: str, order: list[int]
) -> None:
    """All of it ends on one day: before it does, a balance and a debt may stand beside each other."""
    ends = []
    for places in (range(4), order):
        book = Book().with_member()
        book.with_headquarters = False
        book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit=unit, amount=100, until=LAST),))
        sales = []
        for earned, used in drawn:
            paid = min(used, book.of(W1, unit))
            ways = {"cashback": paid} if unit == "cashback" else {"points": (paid, "goods", paid)}
            pays = {"pays": ways} if paid else {}
            sales.append(
                earn(book, unit, earned, LAST, **pays) if earned else sell(book, line(10000), **pays)
            )
        for place in places:
            if place < len(sales):
                back(book, sales[place])
        net = sum(holds(book, unit))
        book.on_day("2027-11-25")
        if book.of(W1, unit):
            book.book(BookExpiry, wallet=W1, unit=unit)
        assert holds(book, unit) == (0, min(0, net))
        ends.append(holds(book, unit))
    assert ends[0] == ends[1]
