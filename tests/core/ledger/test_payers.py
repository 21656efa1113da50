"""Who brought a member earns nothing by what they paid: known again by a mark, on any wallet of theirs."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import (
    BookDirective,
    BookHold,
    BookIssue,
    BookMerge,
    BookRecharge,
    BookSale,
    BookTransfer,
    BookVoid,
    PaidBy,
    PointsEarned,
    Private,
    Tender,
    TenderKind,
)
from terminal.core.directives import Directed, Directive, Grant, Merge
from terminal.core.entry import Entry
from terminal.core.errors import NotBookable
from terminal.core.ledger.effects import Refers
from terminal.core.ledger.payers import marks_in, named_by, paid_before
from terminal.core.ledger.rules import paid_for, payers_of
from terminal.core.rights import LotPart, LotTerms, Right
from terminal.core.values import MemberId, WalletId
from tests.core.ledger.book import C2, Book, opening
from tests.core.ledger.test_friends import FREE, free
from tests.core.ledger.test_referral import EACH, ONCE, POINTS, A, B, C, D, brought, counts, join, points
from tests.core.ledger.test_value import line

NOBODYS = "01a0c450-6c00-7000-8000-0000000000aa"
P, Q = "0" * 31 + "1", "f" * 32


@pytest.fixture
def book() -> Book:
    return brought()


def told(book: Book, directive: Directive) -> Entry:
    return book.book(BookDirective, directed=Directed(hq_epoch=1, m=book.number), directive=directive)


def by_code(*marks: str, net: int = 1000) -> tuple[Tender, ...]:
    """Each pays its share."""
    ways = ("wechat", "alipay")
    return tuple(
        Tender(kind=TenderKind.CODE, amount=net // len(marks), of=way, payer=mark)
        for way, mark in zip(ways, marks, strict=False)
    )


def buy(book: Book, wallet: WalletId, *marks: str, **more: Any) -> Entry:
    tenders = more.pop("tenders", by_code(*marks))
    return book.book(
        BookSale, wallet=wallet, card=None, lines=(line(1000),), due=1000, tenders=tenders, **more
    )


def charge(book: Book, wallet: WalletId, mark: str = "", **more: Any) -> Entry:
    return book.book(
        BookRecharge,
        wallet=wallet,
        card=None,
        principal=1000,
        **{"bonus": 0, **more},
        received=1000,
        paid_by=PaidBy.CODE,
        payer=mark,
    )


def stored(book: Book, wallet: WalletId, **more: Any) -> Entry:
    return buy(book, wallet, tenders=(Tender(kind=TenderKind.STORED, amount=1000),), **more)


def test_a_first_sale_that_who_brought_the_buyer_paid_brings_nobody_anything_and_was_the_first(
    book: Book,
) -> None:
    buy(book, B, P)
    first = buy(book, C, P, reward=ONCE)
    assert (points(book), counts(book)) == ({}, {"introduced:c": 1, "issued:rewarded": -1})
    buy(book, C, Q, reward=ONCE)
    assert points(book) == {}
    book.book(BookVoid, of=first.id, why="x")
    assert counts(book) == {}


def test_once_it_came_back_the_next_is_the_first_and_brings_what_another_paid(book: Book) -> None:
    buy(book, B, P)
    book.book(BookVoid, of=buy(book, C, P, reward=ONCE).id, why="x")
    buy(book, C, Q, reward=ONCE)
    assert points(book) == {B: 100, A: 30}


@pytest.mark.parametrize("payer", [A, B])
def test_either_of_the_two_who_would_earn_may_have_paid(book: Book, payer: WalletId) -> None:
    buy(book, payer, P)
    buy(book, C, Q, P, reward=ONCE)
    assert points(book) == {}


def test_whoever_earns_nothing_by_it_may_pay(book: Book) -> None:
    """The buyer themselves, who pays as always, a stranger, and who is too far up to earn."""
    for payer in (A, D):
        buy(book, payer, P)
    buy(book, D, P, reward=ONCE)
    assert points(book) == {C: 100, B: 30}


def test_each_sale_is_judged_by_itself(book: Book) -> None:
    buy(book, A, P)
    buy(book, B, P, reward=EACH)
    buy(book, B, Q, reward=EACH)
    assert points(book) == {A: 100}


def test_a_recharge_that_they_paid_brings_nothing_and_one_of_their_own_makes_them_known(book: Book) -> None:
    charge(book, A, P)
    charge(book, B, P, reward=ONCE)
    assert points(book) == {}
    charge(book, C, Q, reward=ONCE)
    assert points(book) == {B: 100, A: 30}


def test_what_is_bought_with_a_recharge_that_they_paid_is_paid_by_them(book: Book) -> None:
    charge(book, A, P)
    charge(book, B, P)
    stored(book, B, reward=ONCE)
    assert points(book) == {}
    charge(book, C, Q)
    stored(book, C, reward=ONCE)
    assert points(book) == {B: 100, A: 30}


def fill(book: Book, wallet: WalletId, held: int, used: int, **more: Any) -> Entry:
    hold = book.book(BookHold, wallet=wallet, card=None, amount=held, for_what="pump:1")
    paid = Tender(kind=TenderKind.HELD, amount=used, of=hold.id)
    lines = (line(used),)
    return book.book(BookSale, wallet=wallet, card=None, lines=lines, due=used, tenders=(paid,), **more)


@pytest.mark.parametrize("used", [1, 999, 1000])
def test_what_is_filled_by_a_recharge_that_they_paid_is_paid_by_them(book: Book, used: int) -> None:
    """Whether some of what was held comes back, or none."""
    charge(book, B, P)
    charge(book, C, P)
    fill(book, C, 1000, used, reward=ONCE)
    assert points(book) == {}
    charge(book, D, Q)
    fill(book, D, 1000, used, reward=ONCE)
    assert points(book) == {C: 100, B: 30}


@pytest.mark.parametrize(("used", "brings"), [(1000, {B: 100, A: 30}), (1001, {})])
def test_of_what_is_held_only_that_counts_which_the_fill_used(
    book: Book, used: int, brings: dict[WalletId, int]
) -> None:
    charge(book, B, P)
    charge(book, C, Q)
    charge(book, C, P)
    fill(book, C, 2000, used, reward=ONCE)
    assert points(book) == brings


def test_bonus_is_paid_by_nobody_at_the_pump_either(book: Book) -> None:
    charge(book, B, P)
    charge(book, C, P, bonus=500)
    stored(book, C)
    fill(book, C, 500, 500, reward=ONCE)
    assert points(book) == {B: 100, A: 30}


def test_a_fill_that_is_voided_takes_back_what_it_brought(book: Book) -> None:
    charge(book, C, Q)
    sold = fill(book, C, 1000, 700, reward=ONCE)
    assert points(book) == {B: 100, A: 30}
    book.book(BookVoid, of=sold.id, why="x")
    assert (points(book), counts(book)) == ({}, {})


def test_points_of_a_sale_that_they_paid_are_no_value_that_they_paid(book: Book) -> None:
    """Only money that was put on a card is: who paid for what earned points is not asked."""
    buy(book, A, P)
    points_of = PointsEarned(family="goods", points=500, until="2027-12-31")
    buy(book, B, P, points=(points_of,))
    pays = Tender(kind=TenderKind.POINTS, amount=1000, of="goods", units=200)
    buy(book, B, tenders=(pays,), reward=ONCE)
    assert book.of(A, POINTS) == 100


def test_value_that_came_from_elsewhere_is_nobodys(book: Book) -> None:
    """No entry here says who paid for it, nor does a recharge for which nobody is known."""
    buy(book, A, P)
    part = LotPart(terms=LotTerms(unit="principal", lot=NOBODYS, laid=1000, paid=1000), amount=1000)
    right = Right(account="wallet:b:principal", amount=1000, lots=(part,))
    told(book, Grant(rights=(right,)))
    stored(book, B, reward=ONCE)
    assert points(book) == {A: 100}
    charge(book, C)
    stored(book, C, reward=ONCE)
    assert points(book) == {A: 130, B: 100}


def test_it_is_looked_for_on_all_wallets_of_theirs(book: Book) -> None:
    other = WalletId("e")
    book.book(BookIssue, opens=opening(other, None, C2))
    buy(book, other, P)
    assert not paid_before(book, A, {P})
    to = MemberId("m-a")
    book.book(
        BookTransfer, Private(phone="19000000377"), wallet=other, card=C2, to=to, commitment="", terms="1"
    )
    buy(book, B, P, reward=ONCE)
    assert points(book) == {}


@pytest.mark.parametrize("directed", [False, True])
def test_and_on_those_that_were_merged_into_them(book: Book, directed: bool) -> None:  # noqa: FBT001
    first, second = WalletId("e"), WalletId("f")
    join(book, first)
    join(book, second)
    buy(book, first, P)
    for one, into in ((first, second), (second, A)):
        if directed:
            told(book, Merge(wallet=one, into=into))
        else:
            book.book(BookMerge, wallet=one, into=into)
    assert paid_before(book, A, {P})
    assert not paid_before(book, A, {Q})
    assert not paid_before(book, A, ())
    buy(book, B, P, reward=ONCE)
    assert points(book) == {}


def test_a_merge_of_who_never_paid_outside_refers_to_nothing(book: Book) -> None:
    book.book(BookMerge, wallet=D, into=C)
    assert not book.referring(payers_of(C))


def test_only_the_first_of_a_payer_for_a_wallet_refers_to_both(book: Book) -> None:
    def refers(wallet: WalletId, *marks: str) -> list[str]:
        buy(book, wallet, *marks)
        return [one.of for one in book.done.effects if isinstance(one, Refers)]

    assert refers(A, P) == [payers_of(A), paid_for(P, A)]
    assert refers(A, P) == []
    assert refers(A, P, Q) == [paid_for(Q, A)]
    assert refers(B, P) == [payers_of(B), paid_for(P, B)]
    assert refers(B, "") == []
    assert len({payers_of(A), payers_of(B), paid_for(P, A), paid_for(P, B), paid_for(Q, A)}) == 5


def test_names_that_are_referred_to_stay_for_ever() -> None:
    assert payers_of(A) == "f8ee838a-a6de-6263-f52e-5d3e8f89fcdc"
    assert paid_for(P, A) == "bb0c304c-e23b-77d1-6f7f-3c4840a2256d"
    assert list(named_by((), A)) == []


@pytest.mark.parametrize("mark", ["f" * 31, "f" * 33, "F" * 32, "g" * 32, "f" * 31 + "\n"])
def test_what_is_no_mark_is_refused(book: Book, mark: str) -> None:
    with pytest.raises(NotBookable, match="who paid is said by no mark"):
        buy(book, A, mark)
    with pytest.raises(NotBookable, match="who paid is said by no mark"):
        charge(book, A, mark)


def test_a_sale_to_nobody_says_of_nobody_that_they_paid(book: Book) -> None:
    with pytest.raises(NotBookable, match="without a wallet"):
        book.book(BookSale, wallet=None, card=None, lines=(line(1000),), due=1000, tenders=by_code(P))
    book.book(BookSale, wallet=None, card=None, lines=(line(1000),), due=1000, tenders=by_code(""))


def test_marks_are_said_once_by_sales_and_recharges_alone(book: Book) -> None:
    assert marks_in(buy(book, A, P, P).payload) == (P,)
    assert marks_in(buy(book, A, Q, P).payload) == (Q, P)
    assert marks_in(charge(book, A, P).payload) == (P,)
    assert marks_in(charge(book, A).payload) == ()
    assert marks_in(join(book, WalletId("e")).payload) == ()


def test_a_free_service_is_not_given_for_what_they_paid_either(book: Book) -> None:
    buy(book, A, P)
    sale = buy(book, B, P, bringer=(FREE,))
    assert free(book) == {}
    book.book(BookVoid, of=sale.id, why="x")
    buy(book, B, Q, bringer=(FREE,))
    assert free(book) == {A: 1}


def test_whoever_joins_with_a_sale_that_they_paid_brings_nothing(book: Book) -> None:
    buy(book, A, P)
    e = WalletId("e")
    opens = replace(opening(e, MemberId("m-e"), None), introduced_by=A)
    buy(book, e, P, opens=opens, reward=ONCE)
    assert points(book) == {}
