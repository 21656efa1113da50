"""What points were taken for waits for its code, is collected once, and not once the points are back."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import (
    BATCH,
    CASE_OPENED,
    CLAIMED,
    MAINTENANCE,
    STAFF_PIN,
    BookGrant,
    BookMerge,
    BookNote,
    BookRedeem,
    BookRefund,
    BookVoid,
    Grant,
    PointsEarned,
)
from terminal.core.entry import Entry
from terminal.core.errors import ClaimUsed, InsufficientFunds, NoSuchClaim, NotBookable
from terminal.core.ledger import posted_again, replayed
from terminal.core.ledger.claimed import claimed_by, code_in, still_waits, waiting
from terminal.core.ledger.effects import Refers
from terminal.core.ledger.looked_up import original
from tests.core.ledger.book import M2, W1, W2, Book

CODE, OTHER = "123456782", "523061836"


@pytest.fixture
def book() -> Book:
    made = Book().with_member()
    made.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit="points:goods", amount=1_000),))
    return made


def take(book: Book, claim: str = CODE, points: int = 500) -> Entry:
    earned = PointsEarned(family="goods", points=points)
    return book.book(BookRedeem, wallet=W1, card=None, points=earned, what="柔肤水", worth=2_500, claim=claim)


def collect(book: Book, claim: str = CODE) -> Entry:
    return book.book(BookNote, what=CLAIMED, detail=claim)


def test_it_waits_until_it_is_collected_and_is_collected_once(book: Book) -> None:
    taken = take(book)
    assert waiting(book, CODE) == taken.payload
    assert book.of(W1, "points:goods") == 500
    before = book.standing()
    collect(book)
    assert book.standing() == before, "nothing moves"
    for question in (lambda: waiting(book, CODE), lambda: collect(book)):
        with pytest.raises(ClaimUsed):
            question()


def test_a_counter_is_told_whether_it_still_waits(book: Book) -> None:
    assert not still_waits(book, CODE)
    taken = take(book)
    at_once = take(book, "", 100)
    for waits in (True, False):
        told = [original(book, one.id, "T1-1-1") for one in (taken, at_once)]
        assert [one.waits for one in told if one] == [waits, False]
        assert (still_waits(book, CODE), still_waits(book, "")) == (waits, False)
        if waits:
            collect(book)


def test_who_collects_says_of_what_or_nothing(book: Book) -> None:
    taken, other = take(book), take(book, OTHER, 100)
    with pytest.raises(NotBookable):
        book.book(BookNote, what=CLAIMED, detail=CODE, of=other.id)
    book.book(BookNote, what=CLAIMED, detail=CODE, of=taken.id)
    with pytest.raises(ClaimUsed):
        waiting(book, CODE)


def test_each_code_is_of_its_own(book: Book) -> None:
    take(book)
    take(book, OTHER, 100)
    collect(book, OTHER)
    assert waiting(book, CODE).points.points == 500


def test_what_never_was_or_is_handed_over_at_once_waits_for_nothing(book: Book) -> None:
    take(book, "")
    for code in (CODE, ""):
        with pytest.raises(NoSuchClaim):
            waiting(book, code)
        with pytest.raises(NoSuchClaim):
            collect(book, code)


@pytest.mark.parametrize("kind", [BookVoid, BookRefund])
def test_once_its_points_are_back_nothing_waits_any_more(book: Book, kind: Any) -> None:
    taken = take(book)
    fields: dict[str, Any] = {"returned": ()} if kind is BookRefund else {}
    book.book(kind, of=taken.id, why="x", **fields)
    assert book.of(W1, "points:goods") == 1_000
    with pytest.raises(NoSuchClaim):
        collect(book)


@pytest.mark.parametrize("claim", ["123456781", "x", "12345678"])
def test_what_is_no_code_is_refused(book: Book, claim: str) -> None:
    with pytest.raises(NotBookable):
        take(book, claim)


def test_no_code_is_given_out_twice_even_once_it_was_used(book: Book) -> None:
    take(book)
    with pytest.raises(NotBookable):
        take(book, CODE, 100)
    collect(book)
    with pytest.raises(NotBookable):
        take(book, CODE, 100)
    assert book.of(W1, "points:goods") == 500


def test_it_costs_what_is_there(book: Book) -> None:
    with pytest.raises(InsufficientFunds):
        take(book, points=1_001)
    with pytest.raises(NoSuchClaim):
        waiting(book, CODE)


def test_it_is_collected_whoever_its_owner_became(book: Book) -> None:
    book.with_member(W2, M2)
    take(book)
    book.book(BookMerge, wallet=W1, into=W2)
    collect(book)
    with pytest.raises(ClaimUsed):
        waiting(book, CODE)


def test_of_what_both_refer_to_there_is_no_entry(book: Book) -> None:
    for books in (take, collect):
        books(book)
        assert Refers(of=claimed_by(CODE)) in book.done.effects
    assert book.entry(claimed_by(CODE)) is None
    assert claimed_by(CODE) == "545a3f90-6395-2701-dc9b-38fdb1850f5d"
    assert claimed_by(CODE) != claimed_by(OTHER)


def test_of_which_code_an_entry_is(book: Book) -> None:
    taken, collected = take(book), collect(book)
    assert [code_in(one.payload) for one in (taken, collected)] == [CODE, CODE]
    assert code_in(book.book(BookNote, what=BATCH, detail=CODE).payload) == ""
    assert code_in(take(book, "", points=10).payload) == ""
    assert (
        code_in(book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit="bonus", amount=1),)).payload)
        == ""
    )


def test_written_into_another_file_it_waits_there_too_and_is_collected_once(book: Book) -> None:
    taken = take(book)
    other = Book().with_member()
    other.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit="points:goods", amount=1_000),))
    assert Refers(of=claimed_by(CODE)) in replayed(taken, other).effects


def test_it_is_booked_again_after_a_fork(book: Book) -> None:
    taken = take(book)
    other = Book().with_member()
    other.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit="points:goods", amount=1_000),))
    assert Refers(of=claimed_by(CODE)) in posted_again(replace(taken), other).effects


def test_notes_that_mean_something_are_called_so_in_every_journal() -> None:
    assert (STAFF_PIN, BATCH, CASE_OPENED, CLAIMED) == ("staff_pin", "batch", "case_opened", "claimed")
    assert MAINTENANCE == "maintenance"
