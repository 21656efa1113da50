"""What ends with a card that is nobody's, and what its holder must have back first (product.md B10)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.accounts import TIER_UNIT
from terminal.core.cards import CardState
from terminal.core.commands import (
    BookCardState,
    BookDeposit,
    BookGrant,
    BookHold,
    BookImport,
    BookIssue,
    BookVoid,
    CouponGrant,
    Grant,
    Sells,
)
from terminal.core.entry import Entry, LotTaken
from terminal.core.errors import LeftChanged, NotBookable, ValueElsewhere, ValueLeft, WorthLeft
from terminal.core.ledger.effects import CardChanged, KeysDropped
from terminal.core.ledger.left_over import ending_with
from terminal.core.values import StaffId
from tests.core.ledger.book import C1, C2, W1, W2, Book, opening
from tests.core.ledger.test_redo import Branch
from tests.core.ledger.test_value import line, load, sell

GIFT = CouponGrant(coupon="c-1", kind="k", face=500, threshold=0)


def alone() -> Book:
    book = Book().with_card()
    book.with_headquarters = False
    return book


def given(book: Book, unit: str, amount: int, until: str = "") -> Entry:
    return book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit=unit, amount=amount, until=until),))


def cancel(book: Book, *ends: str) -> Entry:
    return book.book(BookCardState, card=C1, state=CardState.CANCELLED, ends=ends)


def test_what_was_given_ends_with_the_card_each_kind_out_of_its_lots_and_was_not_given() -> None:
    book = alone()
    given(book, "points:goods", 30)
    lot = given(book, "points:goods", 20, "2027-12-31")
    given(book, TIER_UNIT, 50, "2027-12-31")
    uses = given(book, "count:S9", 2)
    given(book, "cashback", 120)
    given(book, "voucher:v1", 500)
    book.book(BookGrant, wallet=W1, why="x", coupons=(GIFT,))
    left = ending_with(W1, book)
    assert left == [
        ("cashback", 120),
        ("count:S9", 2),
        ("coupon:c-1", 1),
        ("points:goods", 50),
        (TIER_UNIT, 50),
        ("voucher:v1", 500),
    ]
    cancel(book, *(unit for unit, _ in left))
    assert book.holdings(W1) == []
    assert not {name: held for name, held in book.standing().items() if name.startswith("site:")}
    assert book.done.effects == (
        CardChanged(card=C1, state=CardState.CANCELLED),
        KeysDropped(wallet=W1, card=C1),
    )
    assert LotTaken(unit="points:goods", lot=lot.id, amount=-20, wallet=W1) in book.done.lots
    assert LotTaken(unit="count:S9", lot=uses.id, amount=-2, wallet=W1) in book.done.lots


def test_nothing_moves_where_nothing_is_left() -> None:
    book = alone()
    cancel(book, "points:goods")
    assert (book.done.postings, book.done.lots) == ((), ())


def test_what_nobody_was_told_of_does_not_end() -> None:
    book = alone()
    given(book, "points:goods", 1)
    given(book, "points:petrol", 1)
    with pytest.raises(LeftChanged, match="points"):
        cancel(book)
    with pytest.raises(LeftChanged, match="points"):
        cancel(book, "points:goods")
    cancel(book, "points:goods", "points:petrol")


@pytest.mark.parametrize("unit", ["principal", "bonus"])
def test_stored_value_is_paid_back_or_spent_first(unit: str) -> None:
    book = alone()
    if unit == "principal":
        load(book, 1)
    else:
        given(book, unit, 1)
    with pytest.raises(ValueLeft):
        cancel(book, unit)


def test_what_was_paid_for_is_used_or_paid_back_first() -> None:
    book = alone()
    given(book, "points:goods", 5)
    sold = sell(book, line(100, sells=Sells(unit="count:S9", amount=1)))
    with pytest.raises(WorthLeft):
        cancel(book, "count:S9", "points:goods")
    book.book(BookVoid, of=sold.id, why="keyed_wrong")
    deposit = book.book(BookDeposit, wallet=W1, card=None, of="presale:1", amount=500, received=500)
    with pytest.raises(WorthLeft):
        ending_with(W1, book)
    book.book(BookVoid, of=deposit.id, why="keyed_wrong")
    cancel(book, "points:goods")
    assert book.holdings(W1) == []


def test_neither_does_end_what_is_set_aside() -> None:
    book = alone()
    load(book, 100)
    book.book(BookHold, wallet=W1, card=None, amount=100, for_what="pump:3")
    with pytest.raises(WorthLeft):
        ending_with(W1, book)


@pytest.mark.parametrize("unit", ["cashback", "voucher:v1"])
def test_what_has_a_last_day_of_its_own_is_waited_for(unit: str) -> None:
    book = alone()
    given(book, unit, 5, "2026-12-01")
    with pytest.raises(WorthLeft):
        cancel(book, unit)


def test_what_was_taken_over_from_paper_was_paid_for() -> None:
    book = alone()
    at = replace(book.at, second=StaffId("E02"))
    book.book(BookImport, at=at, wallet=W1, paper="17", grants=(Grant(unit="count:S9", amount=1),))
    with pytest.raises(WorthLeft):
        cancel(book, "count:S9")


def test_what_it_owes_keeps_no_card_and_stays_owed() -> None:
    book = alone()
    gift = given(book, "points:goods", 50)
    book.book(BookCardState, card=C1, state=CardState.FROZEN)
    book.book(BookCardState, card=C1, state=CardState.ACTIVE)
    cancel(book, "points:goods")
    book.book(BookVoid, of=gift.id, why="keyed_wrong")
    assert book.holdings(W1) == [("debt:points:goods", -50)]
    assert ending_with(W1, book) == []


def test_nothing_ends_with_a_card_that_goes_on_or_has_a_name() -> None:
    book = alone()
    given(book, "points:goods", 50)
    with pytest.raises(NotBookable, match="nothing ends"):
        book.book(BookCardState, card=C1, state=CardState.FROZEN, ends=("points:goods",))
    book.with_member(W2, card=C2)
    with pytest.raises(NotBookable, match="nothing ends"):
        book.book(BookCardState, card=C2, state=CardState.CANCELLED, ends=("points:goods",))
    book.book(BookGrant, wallet=W2, why="x", grants=(Grant(unit="points:goods", amount=7),))
    book.book(BookCardState, card=C2, state=CardState.CANCELLED)
    assert book.of(W2, "points:goods") == 7


def test_in_a_chain_headquarters_ends_it_whatever_is_left() -> None:
    book = Book().with_card()
    given(book, "points:goods", 50)
    with pytest.raises(ValueElsewhere):
        cancel(book, "points:goods")


@pytest.mark.parametrize("here", [0, 20, 50, 70])
def test_on_a_branch_that_stays_the_same_points_end(here: int) -> None:
    """Booked before there was a headquarters; what is not here was beyond the rights held."""
    one, other = Branch(1), Branch(2)
    one.with_headquarters = False
    issued = one.book(BookIssue, opens=opening(W2, None, C2))
    one.book(BookGrant, wallet=W2, why="x", grants=(Grant(unit="points:goods", amount=50),))
    gone = one.book(BookCardState, card=C2, state=CardState.CANCELLED, ends=("points:goods",))
    other.again(issued)
    if here:
        other.book(BookGrant, wallet=W2, why="x", grants=(Grant(unit="points:goods", amount=here),))
    other.again(gone)
    assert other.cards[C2].state is CardState.CANCELLED
    assert other.of(W2, "points:goods") == max(0, here - 50)
