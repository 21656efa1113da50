"""Coupons that are claimed: once a person, no more than the shop says, and back with what gave them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core.commands import (
    BookGrant,
    BookIssue,
    BookMerge,
    BookTransfer,
    BookVoid,
    Claim,
    CouponGrant,
    Private,
)
from terminal.core.entry import Entry
from terminal.core.errors import BadAmount, ClaimedBefore, ClaimsGone, NotBookable
from terminal.core.ledger.allowances import counted_for
from terminal.core.money import AMOUNT_MAX
from terminal.core.values import MemberId, WalletId
from tests.core.ledger.book import C2, M1, M2, W1, W2, Book, opening

AUTUMN = Claim(code="AUTUMN26")
W3 = WalletId("w3")


@pytest.fixture
def book() -> Book:
    return Book().with_member().with_member(W2, M2)


def claimed(book: Book, wallet: WalletId = W1, claim: Claim = AUTUMN, count: int = 1) -> Entry:
    some = tuple(
        CouponGrant(coupon=f"k{len(book.coupons) + at}", kind="c", face=100, threshold=0)
        for at in range(count)
    )
    return book.book(BookGrant, wallet=wallet, why="秋季领券", coupons=some, claim=claim)


def test_a_claim_is_counted_with_the_coupons_that_it_gives(book: Book) -> None:
    entry = claimed(book)
    assert sorted(entry.postings) == [
        ("site:S1:claims:AUTUMN26", 1),
        ("site:S1:had:w1:ever:claim.AUTUMN26", 1),
        ("site:S1:issued:coupon", -1),
        ("site:S1:issued:had", -2),
        ("wallet:w1:coupon:k0", 1),
    ]


def test_once_a_person_of_each_campaign(book: Book) -> None:
    claimed(book)
    with pytest.raises(ClaimedBefore):
        claimed(book)
    claimed(book, W2)
    claimed(book, claim=Claim(code="WINTER26"))
    book.on_day("2030-01-01")
    with pytest.raises(ClaimedBefore):
        claimed(book, W2)


def test_another_wallet_of_theirs_is_theirs(book: Book) -> None:
    claimed(book)
    book.book(BookIssue, opens=opening(W3, None, C2))
    private = Private(phone="19000000377")
    book.book(BookTransfer, private, wallet=W3, card=C2, to=M1, commitment="", terms="1")
    with pytest.raises(ClaimedBefore):
        claimed(book, W3)


@pytest.mark.parametrize("later", [W1, W2])
def test_who_is_merged_with_somebody_that_claimed_has_claimed(book: Book, later: WalletId) -> None:
    claimed(book, W1 if later == W2 else W2)
    book.book(BookMerge, wallet=W1, into=W2)
    with pytest.raises(ClaimedBefore):
        claimed(book, W2)


def test_no_more_are_claimed_than_the_shop_says(book: Book) -> None:
    book.with_member(W3, MemberId("m3"))
    two = replace(AUTUMN, most=2)
    claimed(book, W1, two)
    claimed(book, W2, two)
    with pytest.raises(ClaimsGone):
        claimed(book, W3, two)
    claimed(book, W3, Claim(code="WINTER26", most=1))
    claimed(book, W3, replace(AUTUMN, most=3))


def test_a_void_gives_the_claim_back_too(book: Book) -> None:
    before = book.standing()
    entry = claimed(book, claim=replace(AUTUMN, most=1), count=2)
    book.book(BookVoid, of=entry.id, why="x")
    assert book.standing() == before
    claimed(book, claim=replace(AUTUMN, most=1))


@pytest.mark.parametrize(
    "claim",
    [Claim(code=code) for code in ("", "AUT", "A" * 21, "autumn", "AB:CD", "AB CD", "ＡＢＣＤ", "ABCD\n")],
)
def test_codes_are_of_capitals_and_digits(book: Book, claim: Claim) -> None:
    with pytest.raises(NotBookable, match="claimed with no such code"):
        claimed(book, claim=claim)
    claimed(book, claim=Claim(code="ABC4"))
    claimed(book, W2, claim=Claim(code="A" * 20))


def test_a_bound_is_no_less_than_none_and_no_more_than_an_amount(book: Book) -> None:
    for most in (-1, AMOUNT_MAX + 1):
        with pytest.raises(BadAmount, match="claims"):
            claimed(book, claim=Claim(code="ABCD", most=most))
    claimed(book, claim=Claim(code="ABCD", most=AMOUNT_MAX))


def test_a_card_without_a_name_claims_nothing() -> None:
    book = Book().with_card()
    with pytest.raises(NotBookable, match="claimed with no such code, or by nobody with a name"):
        claimed(book)


def test_a_claim_alone_gives_nothing(book: Book) -> None:
    with pytest.raises(NotBookable, match="nothing is given"):
        book.book(BookGrant, wallet=W1, why="x", claim=AUTUMN)


def test_whose_claim_it_is_is_known_and_of_another_gift_nobody_is_counted(book: Book) -> None:
    assert counted_for(claimed(book)) == (W1,)
    gift = (CouponGrant(coupon="g", kind="c", face=1, threshold=0),)
    assert counted_for(book.book(BookGrant, wallet=W1, why="x", coupons=gift)) == ()


VISITS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 1), st.booleans()), max_size=12)


@given(VISITS, st.integers(0, 4))
def test_whoever_comes_in_whatever_order_nobody_has_it_twice_and_no_more_are_given(
    visits: list[tuple[int, int, bool]], most: int
) -> None:
    book = Book()
    for who in range(5):
        book.with_member(WalletId(f"p{who}"), MemberId(f"n{who}"))
    before, standing = book.standing(), dict[tuple[int, int], Any]()
    for who, which, voided in visits:
        claim, has = Claim(code=("FIRST", "OTHER")[which], most=most), (who, which) in standing
        full = most and sum(which == other for _, other in standing) >= most
        if has or full:
            with pytest.raises(ClaimedBefore if has else ClaimsGone):
                claimed(book, WalletId(f"p{who}"), claim)
            continue
        entry = claimed(book, WalletId(f"p{who}"), claim)
        standing[who, which] = entry
        if voided:
            book.book(BookVoid, of=standing.pop((who, which)).id, why="x")
    for entry in standing.values():
        book.book(BookVoid, of=entry.id, why="x")
    assert book.standing() == before


@pytest.mark.parametrize("alone", [False, True])
def test_whoever_is_given_a_card_may_claim_what_another_claimed(book: Book, *, alone: bool) -> None:
    book.with_headquarters = not alone
    claimed(book, W1)
    private = Private(phone="19000000377")
    to = MemberId("m9")
    book.book(BookTransfer, private, wallet=W1, card=None, to=to, commitment="", terms="1")
    claimed(book, W1)
    with pytest.raises(ClaimedBefore):
        claimed(book, W1)
