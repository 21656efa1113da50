"""Who brought a member earns with what that member does: never oneself, never above a cap, undone with it."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core import accounts as chart
from terminal.core.accounts import named
from terminal.core.commands import (
    BookDirective,
    BookIssue,
    BookJoin,
    BookMerge,
    BookRecharge,
    BookRechargeRefund,
    BookRefund,
    BookReversal,
    BookTransfer,
    BookVoid,
    CouponGrant,
    PointsEarned,
    Private,
    RechargeRefundReason,
    Returned,
    Reward,
)
from terminal.core.directives import Directed, GivenAway, HadCount, HadThere, Merge
from terminal.core.entry import Entry
from terminal.core.errors import BadAmount, NotBookable
from terminal.core.ledger import posted_again
from terminal.core.ledger.allowances import theirs
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.referral import (
    introducer,
    introductions,
    rewarded,
    rewards_back,
    without_rewards,
)
from terminal.core.ledger.rules import introduction, merged_into
from terminal.core.money import AMOUNT_MAX
from terminal.core.times import made_ms
from terminal.core.values import MemberId, SiteId, WalletId
from tests.core.ledger.book import C1, DAY, W1, Book, opening
from tests.core.ledger.test_value import line, load, sell

A, B, C, D = (WalletId(one) for one in "abcd")
"""A brought B, B brought C, C brought D."""
ONCE = Reward(points=100, further=30, a_day=1000, a_month=1000)
EACH = replace(ONCE, always=True)
POINTS = "points:goods"


def join(book: Book, wallet: WalletId, by: WalletId | None = None, **more: Any) -> Entry:
    opens = replace(opening(wallet, MemberId(f"m-{wallet}"), None), introduced_by=by)
    return book.book(BookJoin, Private(phone=f"1900000030{ord(wallet) % 10}"), opens=opens, **more)


def brought() -> Book:
    book = Book()
    for wallet, by in ((A, None), (B, A), (C, B), (D, C)):
        join(book, wallet, by)
    return book


@pytest.fixture
def book() -> Book:
    return brought()


def points(book: Book) -> dict[str, int]:
    return {wallet: count for wallet in (A, B, C, D) if (count := book.of(wallet, POINTS))}


def buy(book: Book, wallet: WalletId, net: int = 1000, **more: Any) -> Entry:
    return sell(book, line(net), wallet=wallet, **{"reward": ONCE, **more})


def back(book: Book, of: Entry, net: int = 1000) -> Entry:
    return book.book(BookRefund, of=of.id, returned=(Returned(line=0, net=net),), why="x")


def spend(book: Book, wallet: WalletId, count: int) -> Entry:
    return sell(book, line(500), wallet=wallet, pays={"points": (500, "goods", count)})


def test_a_sale_rewards_who_brought_the_buyer_and_who_had_brought_these_and_nobody_beyond(book: Book) -> None:
    sale = buy(book, D)
    assert points(book) == {C: 100, B: 30}
    assert dict(sale.postings) | {"site:S1:issued:points:goods": -130} == dict(sale.postings)
    assert [tuple(one) for one in rewarded(sale)] == [(D, C, 100, ""), (D, B, 30, "")]
    assert introductions(sale) == {D}


def test_only_the_first_brings_anything_unless_each_does(book: Book) -> None:
    buy(book, B)
    second = buy(book, B)
    assert points(book) == {A: 100}
    assert introductions(second) == set()
    assert list(rewarded(second)) == []
    buy(book, B, reward=EACH)
    assert points(book) == {A: 200}
    assert book.site_of("introduced:b") == 2


def test_nothing_is_given_where_nothing_is_asked_or_nobody_brought_them(book: Book) -> None:
    buy(book, B, reward=None)
    buy(book, A)
    assert points(book) == {}
    assert book.site_of("introduced:a") == book.site_of("introduced:b") == 0


def test_joining_and_recharging_are_rewarded_by_their_own_words(book: Book) -> None:
    e = WalletId("e")
    entry = join(book, e, A, reward=ONCE)
    assert points(book) == {A: 100}
    assert introductions(entry) == {e}
    assert [one.id for one in book.referring(introduction(e))] == [entry.id]
    load(book.with_member(), 1000, reward=ONCE)
    assert points(book) == {A: 100}


def test_a_recharge_rewards_and_pays_it_back_with_the_first_refund_of_it(book: Book) -> None:
    one = book.book(BookRecharge, wallet=C, card=None, principal=1000, bonus=0, received=1000, reward=ONCE)
    assert points(book) == {B: 100, A: 30}
    refund = BookRechargeRefund(
        id=book.next_id(), at=book.at, wallet=C, lot=one.id, reason=RechargeRefundReason.COOLING_OFF
    )
    book.keep_command(refund)
    assert points(book) == {}
    assert counts(book) == {}


def counts(book: Book) -> dict[str, int]:
    heads = ("rewarded:", "brought:", "introduced:", "issued:rewarded")
    return {a.unit: n for a, n in book.balances.items() if n and a.unit.startswith(heads)}


def test_what_was_given_is_counted_by_day_month_and_newcomer(book: Book) -> None:
    buy(book, C)
    assert counts(book) == {
        f"rewarded:{DAY}:b": 100,
        f"rewarded:{DAY[:7]}:b": 100,
        "brought:c:b": 100,
        f"rewarded:{DAY}:a": 30,
        f"rewarded:{DAY[:7]}:a": 30,
        "brought:c:a": 30,
        "introduced:c": 1,
        "issued:rewarded": -391,
    }


@pytest.mark.parametrize(
    ("a_day", "a_month", "gets"), [(99, 500, 99), (500, 99, 99), (0, 500, 0), (100, 100, 100)]
)
def test_no_more_is_given_than_a_day_and_a_month_allow(
    book: Book, a_day: int, a_month: int, gets: int
) -> None:
    buy(book, B, reward=replace(ONCE, a_day=a_day, a_month=a_month))
    assert book.of(A, POINTS) == gets
    assert book.site_of("introduced:b") == 1  # It was the first all the same.


def test_a_day_is_another_on_the_next_and_a_month_in_the_next(book: Book) -> None:
    capped = replace(EACH, a_day=150, a_month=200)
    for day, stands in (("11-24", 100), ("11-24", 150), ("11-25", 200), ("11-26", 200), ("12-01", 300)):
        book.on_day(f"2026-{day}")
        buy(book, B, reward=capped)
        assert book.of(A, POINTS) == stands


def test_a_cap_that_was_lowered_below_what_was_given_takes_nothing(book: Book) -> None:
    buy(book, B)
    buy(book, B, reward=replace(EACH, a_day=50))
    assert book.of(A, POINTS) == 100


def test_what_comes_back_makes_room_again_on_its_own_day(book: Book) -> None:
    first = buy(book, B, reward=replace(EACH, a_day=100))
    book.on_day("2026-11-25")
    back(book, first)
    assert counts(book) == {}
    book.on_day(DAY)
    buy(book, B, reward=replace(EACH, a_day=100))
    assert book.of(A, POINTS) == 100


@pytest.mark.parametrize("how", [BookVoid, BookReversal])
def test_a_void_takes_all_of_it_back_and_the_next_sale_is_the_first(book: Book, how: Any) -> None:
    before = book.standing()
    sale = buy(book, C, points=(PointsEarned(family="goods", points=10, until="2027-12-31"),))
    book.book(how, of=sale.id, why="x")
    assert book.standing() == before
    buy(book, C)
    assert points(book) == {B: 100, A: 30}


def test_what_is_spent_by_then_is_owed(book: Book) -> None:
    sale = buy(book, B)
    spend(book, A, 70)
    book.book(BookVoid, of=sale.id, why="x")
    assert (book.of(A, POINTS), book.of(A, f"debt:{POINTS}")) == (0, -70)


def test_a_reward_settles_what_its_receiver_owes_where_there_is_no_headquarters(book: Book) -> None:
    book.with_headquarters = False
    sale = buy(book, B)
    spend(book, A, 70)
    book.book(BookVoid, of=sale.id, why="x")
    own = PointsEarned(family="goods", points=10, until="2027-12-31")
    again = buy(book, B, points=(own,))
    assert (book.of(A, POINTS), book.of(A, f"debt:{POINTS}")) == (30, 0)
    assert book.of(B, POINTS) == 10
    assert [(one.lot, one.amount) for one in again.lots] == [(again.id, 10)]
    book.book(BookVoid, of=again.id, why="x")
    assert (book.of(A, POINTS), book.of(A, f"debt:{POINTS}")) == (0, -70)
    assert book.of(B, POINTS) == 0


def test_joining_settles_too(book: Book) -> None:
    book.with_headquarters = False
    sale = buy(book, B)
    spend(book, A, 70)
    book.book(BookVoid, of=sale.id, why="x")
    join(book, WalletId("e"), A, reward=ONCE)
    assert (book.of(A, POINTS), book.of(A, f"debt:{POINTS}")) == (30, 0)


@pytest.mark.parametrize("cuts", [(1000,), (1, 999), (999, 1), (333, 333, 334)])
def test_refunds_take_it_back_pro_rata_and_however_they_are_cut_all_of_it(
    book: Book, cuts: tuple[int, ...]
) -> None:
    before = book.standing()
    sale = buy(book, C)
    came = 0
    for net in cuts:
        assert book.site_of("introduced:c") == 1
        back(book, sale, net)
        came += net
        assert book.of(B, POINTS) in {100 * (1000 - came) // 1000, -(-100 * (1000 - came) // 1000)}
    after = {name: n for name, n in book.standing().items() if "revenue" not in name}
    assert after == before
    buy(book, C)
    assert points(book) == {B: 100, A: 30}


def test_what_refers_to_an_introduction_has_a_name_of_its_own_for_ever() -> None:
    assert introduction(A) == "75358c83-a5c1-4cf7-52c1-b72158a3801e"


# Nobody rewards themselves.


@pytest.mark.parametrize("by", [WalletId("x"), WalletId("nobody"), WalletId("unnamed")])
def test_who_is_named_must_be_another_member_who_is_known_here(book: Book, by: WalletId) -> None:
    book.book(BookIssue, opens=opening(WalletId("unnamed"), None, C1))
    with pytest.raises(NotBookable):
        join(book, WalletId("x"), by)


def test_an_unnamed_card_is_brought_by_nobody(book: Book) -> None:
    card = replace(opening(WalletId("x"), None, C1), introduced_by=A)
    with pytest.raises(NotBookable):
        book.book(BookIssue, opens=card)


def test_a_wallet_that_was_transferred_to_who_was_brought_brings_them_nothing(book: Book) -> None:
    book.book(BookTransfer, Private(), wallet=A, card=None, to=MemberId("m-b"), commitment="", terms="1")
    buy(book, B)
    assert points(book) == {}


def give(book: Book, wallet: WalletId, to: str = "m-new", **more: Any) -> None:
    fields = {"wallet": wallet, "card": None, "to": MemberId(to), "commitment": "", "terms": "1"}
    book.book(BookTransfer, Private(phone=f"1900000040{ord(to[-1]) % 10}"), **{**fields, **more})


@pytest.mark.parametrize("asked", [ONCE, EACH])
def test_whoever_is_given_a_wallet_was_brought_by_nobody(book: Book, asked: Reward) -> None:
    join(book, WalletId("e"), C)
    buy(book, C, reward=EACH)
    before = points(book)
    give(book, C)
    assert introducer(C, book) is None
    buy(book, C, reward=asked)
    book.book(BookRecharge, wallet=C, card=None, principal=1000, bonus=0, received=1000, reward=asked)
    assert points(book) == before == {B: 100, A: 30}
    assert book.site_of("introduced:c") == 1


def test_whoever_is_given_a_wallet_earns_nothing_by_whom_its_holder_before_had_brought(book: Book) -> None:
    """Nor does who had brought the one before, by way of them."""
    give(book, C)
    sale = buy(book, D, reward=EACH)
    assert points(book) == {}
    assert (introducer(D, book), introductions(sale), book.site_of("introduced:d")) == (None, set(), 0)
    join(book, WalletId("e"), C)
    buy(book, WalletId("e"))
    assert introducer(WalletId("e"), book) == C
    assert points(book) == {C: 100}, "whom they bring themselves"


def test_of_two_levels_the_further_earns_nothing_where_the_nearer_was_brought_by_who_gave_theirs_away(
    book: Book,
) -> None:
    give(book, B)
    buy(book, D)
    assert points(book) == {C: 100}
    buy(book, C)
    assert points(book) == {C: 100}


def test_what_had_been_brought_comes_back_although_the_wallet_was_given_since(book: Book) -> None:
    sale = buy(book, B)
    give(book, B)
    back(book, sale)
    assert points(book) == {}
    assert (book.site_of("brought:b:a"), book.site_of("introduced:b")) == (0, 0)


def test_whoever_gets_it_onto_their_own_membership_is_still_brought_by_who_brought_them(book: Book) -> None:
    give(book, B, onto=D)
    book.book(BookMerge, wallet=B, into=D)
    assert introducer(D, book) == C
    buy(book, D)
    assert points(book) == {C: 100}
    assert introducer(C, book) is None, "who had brought C gave their wallet away"


def test_a_wallet_that_another_site_gave_away_counts_from_the_time_it_was_given(book: Book) -> None:
    """By the time in the ids: of that wallet no entry here says it."""
    joined = book.referring(introduction(B))[0]
    for number, (since, by) in enumerate(((made_ms(joined.id) - 1, A), (made_ms(joined.id), None)), start=1):
        told = GivenAway(wallet=A, member=MemberId(f"m-{number}"), since=since, cards=())
        book.book(BookDirective, directed=Directed(hq_epoch=1, m=number), directive=told)
        assert introducer(B, book) == by


def test_whose_wallet_was_merged_into_one_that_was_given_away_since_earns_nothing(book: Book) -> None:
    """By way of how many wallets ever; given away before they became one, it was theirs by then."""
    first, second = join_two(book)
    book.book(BookMerge, wallet=A, into=first)
    book.book(BookMerge, wallet=first, into=second)
    buy(book, B)
    assert (introducer(B, book), book.of(second, POINTS)) == (second, 100)
    give(book, second)
    assert introducer(B, book) is None
    buy(book, B, reward=EACH)
    assert book.of(second, POINTS) == 100


def test_whose_wallet_was_merged_into_one_that_they_were_given_before_earns_on(book: Book) -> None:
    first, _ = join_two(book)
    give(book, first)
    book.book(BookMerge, wallet=A, into=first)
    assert introducer(B, book) == first


def test_whose_wallet_went_into_one_that_was_given_away_earns_nothing_by_what_went_there_since(
    book: Book,
) -> None:
    first, second = join_two(book)
    book.book(BookMerge, wallet=A, into=first)
    give(book, first)
    book.book(BookMerge, wallet=second, into=first)
    assert introducer(B, book) is None


def join_two(book: Book) -> tuple[WalletId, WalletId]:
    first, second = WalletId("e"), WalletId("f")
    join(book, first)
    join(book, second)
    return first, second


def test_whoever_is_given_a_wallet_has_caps_of_their_own(book: Book) -> None:
    """What comes back makes room for whoever got it then."""
    capped = replace(EACH, a_day=100, a_month=150)
    sale = buy(book, B, reward=capped)
    give(book, A)
    e, day = WalletId("e"), DAY
    join(book, e, A)
    second = buy(book, e, reward=capped)
    assert (book.of(A, POINTS), introducer(e, book)) == (200, A)
    buy(book, e, reward=capped)
    assert book.of(A, POINTS) == 200
    named = f"a.g{book.wallet(A).given}"  # type: ignore[union-attr]
    assert [book.site_of(f"rewarded:{day}:{one}") for one in (A, named)] == [100, 100]
    back(book, sale)
    assert [book.site_of(f"rewarded:{day}:{one}") for one in (A, named)] == [0, 100]
    buy(book, e, reward=capped)
    assert book.of(A, POINTS) == 100
    back(book, second)
    assert book.site_of(f"rewarded:{day[:7]}:{named}") == 0


@pytest.mark.parametrize(("before", "gets"), [(True, 100), (False, 0)])
def test_what_another_site_gave_counts_for_whoever_had_the_wallet_then(
    book: Book, gets: int, *, before: bool
) -> None:
    give(book, A)
    e = WalletId("e")
    join(book, e, A)
    counted = A if before else WalletId(f"a.g{book.wallet(A).given}")  # type: ignore[union-attr]
    heard(book, counted, DAY, 100)
    buy(book, e, reward=replace(ONCE, a_day=100))
    assert book.of(A, POINTS) == gets


def test_what_was_first_on_a_wallet_that_they_were_given_was_not_theirs(book: Book) -> None:
    buy(book, B)
    give(book, B, onto=D)
    book.book(BookMerge, wallet=B, into=D)
    buy(book, D)
    assert points(book) == {A: 100, C: 100}
    buy(book, D)
    assert points(book) == {A: 100, C: 100}


def test_what_was_merged_into_a_wallet_before_it_was_given_is_not_of_whoever_has_it_now(book: Book) -> None:
    first, second = join_two(book)
    book.book(BookMerge, wallet=A, into=first)
    assert set(theirs(first, book, merged_into)) == {A, first}
    give(book, first)
    assert theirs(first, book, merged_into) == (first,)
    book.book(BookMerge, wallet=second, into=first)
    assert set(theirs(first, book, merged_into)) == {first, second}


@pytest.mark.parametrize(("wallet", "into"), [(B, A), (A, B)])
def test_a_merge_takes_back_what_one_of_two_wallets_brought_the_other(
    book: Book, wallet: WalletId, into: WalletId
) -> None:
    sale = buy(book, B)
    book.book(BookMerge, wallet=wallet, into=into)
    assert (book.of(A, POINTS), book.of(B, POINTS)) == (0, 0)
    assert book.site_of("brought:b:a") == 0
    buy(book, into, reward=EACH)
    assert points(book) == {}
    back(book, sale, 400)
    back(book, sale, 600)
    assert (book.of(into, POINTS), book.of(into, f"debt:{POINTS}")) == (0, 0)


def test_a_void_after_a_merge_takes_nothing_twice(book: Book) -> None:
    sale = buy(book, B, points=(PointsEarned(family="goods", points=10, until="2027-12-31"),))
    book.book(BookMerge, wallet=B, into=A)
    assert book.of(A, POINTS) == 10
    book.book(BookVoid, of=sale.id, why="x")
    assert (book.of(A, POINTS), book.of(A, f"debt:{POINTS}")) == (0, 0)


def test_a_merge_takes_back_into_debt_what_was_spent_by_then(book: Book) -> None:
    buy(book, B)
    spend(book, A, 70)
    book.book(BookMerge, wallet=B, into=A)
    assert (book.of(A, POINTS), book.of(A, f"debt:{POINTS}")) == (0, -70)


def test_a_merge_of_two_others_takes_nothing_and_the_reward_goes_where_the_value_is(book: Book) -> None:
    sale = buy(book, C)
    other = join(book, WalletId("e"))
    assert other.kind == "join"
    book.book(BookMerge, wallet=B, into=WalletId("e"))
    assert (book.of("e", POINTS), book.of(A, POINTS)) == (100, 30)
    assert introducer(C, book) == WalletId("e")
    buy(book, C, reward=EACH)
    assert book.of("e", POINTS) == 200
    book.book(BookVoid, of=sale.id, why="x")
    assert book.of("e", POINTS) == 100


def test_a_merge_after_the_one_who_was_rewarded_was_merged_takes_it_back_as_well(book: Book) -> None:
    buy(book, B)
    join(book, WalletId("e"))
    book.book(BookMerge, wallet=A, into=WalletId("e"))
    book.book(BookMerge, wallet=B, into=WalletId("e"))
    assert book.of("e", POINTS) == 0


def test_a_merge_by_way_of_another_wallet_takes_it_back_as_well(book: Book) -> None:
    buy(book, B)
    join(book, WalletId("e"))
    book.book(BookMerge, wallet=B, into=WalletId("e"))
    assert [one.kind for one in book.referring(introduction(WalletId("e")))] == ["merge"]
    assert book.of(A, POINTS) == 100
    book.book(BookMerge, wallet=WalletId("e"), into=A)
    assert book.of(A, POINTS) == 0


def test_a_merge_of_who_was_brought_by_nobody_refers_to_nothing(book: Book) -> None:
    join(book, WalletId("e"))
    book.book(BookMerge, wallet=A, into=WalletId("e"))
    assert book.referring(introduction(WalletId("e"))) == []


def test_who_was_merged_into_a_card_without_a_name_earns_nothing_any_more(book: Book) -> None:
    """Headquarters directs it: what it knows of the wallet that stays is not here yet."""
    book.with_card()
    directed = {"directed": Directed(hq_epoch=1, m=1), "directive": Merge(wallet=A, into=W1)}
    book.book(BookDirective, **directed)
    buy(book, B)
    assert counts(book) == {}


def test_of_two_levels_that_turn_out_to_be_one_person_one_is_rewarded(book: Book) -> None:
    book.book(BookMerge, wallet=A, into=B)
    buy(book, C)
    assert points(book) == {B: 100}


def test_a_circle_of_merged_wallets_ends(book: Book) -> None:
    book.book(BookMerge, wallet=A, into=C)
    buy(book, C)
    assert points(book) == {B: 100}


def test_a_merge_that_headquarters_directs_is_a_merge(book: Book) -> None:
    buy(book, B)
    e = WalletId("e")
    join(book, e)
    directed = {"directed": Directed(hq_epoch=1, m=1), "directive": Merge(wallet=B, into=e)}
    book.book(BookDirective, **directed)
    assert book.of(A, POINTS) == 100
    book.book(BookMerge, wallet=e, into=A)
    assert book.of(A, POINTS) == 0


def test_of_a_sale_of_another_site_the_points_come_back_and_nothing_is_counted_here(book: Book) -> None:
    elsewhere = replace(buy(brought(), C), site=SiteId("S2"))
    draft = Draft(book.at, "x", book)
    rewards_back(draft, elsewhere, lambda points: points // 2, whole=True)
    assert {account.name: amount for account, amount in draft.posted(None).postings} == {
        "wallet:b:debt:points:goods": -50,
        "wallet:a:debt:points:goods": -15,
        "site:S1:issued:points:goods": 65,
    }


def test_what_an_entry_did_besides_is_told_also_where_it_came_and_went_in_equal_parts(book: Book) -> None:
    sale = buy(book, B)
    left = without_rewards({}, sale, book)
    assert {account.name: amount for account, amount in left.items()} == {
        "wallet:a:points:goods": -100,
        "site:S1:issued:points:goods": 100,
    }


def test_only_what_names_or_rewards_somebody_refers_to_it(book: Book) -> None:
    sale = buy(book, B)
    undoing = book.book(BookVoid, of=sale.id, why="x")
    assert introductions(undoing) == set()
    assert introductions(join(book, WalletId("e"))) == set()
    assert introductions(join(book, WalletId("f"), A)) == {"f"}
    assert introductions(buy(book, A)) == set()


# Two who brought members turn out to be one.

E, F = WalletId("e"), WalletId("f")
"""E brought F."""


def merge(book: Book, wallet: WalletId, into: WalletId, *, told: bool = False) -> Entry:
    if not told:
        return book.book(BookMerge, wallet=wallet, into=into)
    directed = {"directed": Directed(hq_epoch=1, m=1), "directive": Merge(wallet=wallet, into=into)}
    return book.book(BookDirective, **directed)


@pytest.fixture
def two(book: Book) -> Book:
    join(book, E)
    join(book, F, E)
    return book


@pytest.mark.parametrize("told", [False, True])
@pytest.mark.parametrize(("wallet", "into"), [(A, E), (E, A)])
@pytest.mark.parametrize(("a_day", "a_month", "gets"), [(100, 900, 0), (101, 900, 1), (900, 130, 30)])
def test_two_who_are_one_have_one_cap(  # noqa: PLR0917  each is a case of its own
    two: Book, wallet: WalletId, into: WalletId, a_day: int, a_month: int, gets: int, *, told: bool
) -> None:
    capped = replace(ONCE, a_day=a_day, a_month=a_month)
    sale = buy(two, B, reward=capped)
    merge(two, wallet, into, told=told)
    second = buy(two, F, reward=capped)
    assert two.of(into, POINTS) == 100 + gets
    for one in (sale, second):
        two.book(BookVoid, of=one.id, why="x")
    buy(two, F, reward=capped)
    assert two.of(into, POINTS) == 100, "what came back makes room again"


def test_and_so_have_three_and_what_was_given_before_and_after_counts(two: Book) -> None:
    g = WalletId("g")
    join(two, g)
    capped = replace(EACH, a_day=250)
    buy(two, B, reward=capped)
    merge(two, A, E)
    buy(two, F, reward=capped)
    merge(two, E, g)
    assert set(theirs(g, two, merged_into)) == {A, E, g}
    buy(two, B, reward=capped)
    assert two.of(g, POINTS) == 250
    two.on_day("2026-11-25")
    buy(two, F, reward=capped)
    assert two.of(g, POINTS) == 350


@pytest.mark.parametrize("told", [False, True])
@pytest.mark.parametrize(("wallet", "into"), [(B, A), (A, B)])
def test_what_a_merge_takes_back_makes_room_again_on_the_days_on_which_it_was_given(
    book: Book, wallet: WalletId, into: WalletId, *, told: bool
) -> None:
    join(book, F, A)
    each = replace(EACH, a_day=200, a_month=300)
    first = buy(book, B, reward=each)
    buy(book, F, reward=replace(each, points=7))
    back(book, first, 400)
    book.on_day("2026-11-25")
    buy(book, B, reward=each)
    assert (book.site_of(f"rewarded:{DAY}:a"), book.site_of("rewarded:2026-11-25:a")) == (67, 100)
    merge(book, wallet, into, told=told)
    assert book.of(into, POINTS) == 7
    assert counts(book) == {
        f"rewarded:{DAY}:a": 7,
        f"rewarded:{DAY[:7]}:a": 7,
        "brought:f:a": 7,
        "introduced:b": 2,
        "introduced:f": 1,
        "issued:rewarded": -24,
    }
    buy(book, F, reward=replace(each, points=1000))
    assert book.of(into, POINTS) == 207
    back(book, first, 600)
    assert (book.of(into, POINTS), book.of(into, f"debt:{POINTS}")) == (207, 0)
    assert book.site_of(f"rewarded:{DAY}:a") == 7, "what was taken back by the merge makes room once"


def test_a_merge_makes_room_by_gifts_that_it_takes_back(book: Book) -> None:
    join(book, F, A)
    buy(book, B, reward=gift("k1", a_day=1))
    book.book(BookMerge, wallet=B, into=A)
    assert (book.of(A, "coupon:k1"), book.site_of(f"rewarded:{DAY}:a")) == (0, 0)
    buy(book, F, reward=gift("k2", a_day=1))
    assert book.of(A, "coupon:k2") == 1


@pytest.mark.parametrize("told", [False, True])
@pytest.mark.parametrize(("first", "wallet", "into"), [(B, B, F), (F, B, F), (B, F, B), (F, F, B)])
def test_a_newcomer_who_came_twice_comes_first_once(
    book: Book, first: WalletId, wallet: WalletId, into: WalletId, *, told: bool
) -> None:
    join(book, F, A)
    sale = buy(book, first)
    merge(book, wallet, into, told=told)
    buy(book, into)
    assert points(book) == {A: 100}
    buy(book, into, reward=EACH)
    assert points(book) == {A: 200}, "each is rewarded as ever"
    book.book(BookVoid, of=sale.id, why="x")
    buy(book, into)
    assert points(book) == {A: 100}, "the one of each was one before it"


def test_once_the_first_came_back_the_next_of_either_is_the_first(book: Book) -> None:
    join(book, F, A)
    sale = buy(book, B)
    merge(book, B, F)
    book.book(BookVoid, of=sale.id, why="x")
    buy(book, F)
    buy(book, F)
    assert points(book) == {A: 100}


def test_what_refers_to_a_merge_has_a_name_of_its_own_for_ever(two: Book) -> None:
    joined = merge(two, A, E)
    assert [one.id for one in two.referring(merged_into(E))] == [joined.id]
    assert two.referring(merged_into(A)) == []
    assert merged_into(A) == "e8dd08b1-b538-1f33-6c4d-795818a72e12"


# Goods or a service in place of points.


def gift(coupon: str = "k1", **more: Any) -> Reward:
    wash = CouponGrant(coupon=coupon, kind="wash", face=0, threshold=0)
    return Reward(**{"points": 1, "a_day": 2, "a_month": 3, "gift": wash, **more})


def test_a_gift_is_a_coupon_of_whoever_brought_the_buyer_and_of_nobody_beyond(book: Book) -> None:
    sale = buy(book, D, reward=gift())
    assert dict(sale.postings) | {
        "wallet:c:coupon:k1": 1,
        "site:S1:issued:coupon": -1,
        f"site:S1:rewarded:{DAY}:c": 1,
        "site:S1:brought:d:c:k1": 1,
        "site:S1:introduced:d": 1,
    } == dict(sale.postings)
    assert [tuple(one) for one in rewarded(sale)] == [(D, C, 1, "k1")]
    assert points(book) == {}
    assert book.coupon("k1") == (C, gift().gift)
    assert [book.of(wallet, "coupon:k1") for wallet in (A, B)] == [0, 0]


def test_a_gift_is_given_where_there_is_room_for_all_of_it(book: Book) -> None:
    days = [(DAY, 1), (DAY, 1), (DAY, 0), ("2026-11-25", 1), ("2026-11-26", 0)]
    for n, (day, given_then) in enumerate(days):
        book.on_day(day)
        buy(book, B, reward=gift(f"k{n}", always=True))
        assert book.of(A, f"coupon:k{n}") == given_then
    book.on_day("2026-12-01")
    buy(book, B, reward=gift("k8", always=True, points=2))
    assert (book.of(A, "coupon:k8"), book.site_of("rewarded:2026-12:a")) == (1, 2)
    buy(book, B, reward=gift("k9", always=True, points=2))
    assert book.of(A, "coupon:k9") == 0, "of a gift no part is given"


@pytest.mark.parametrize("cuts", [(1000,), (1, 999), (333, 333, 334)])
def test_refunds_take_a_gift_back_with_the_last_of_them(book: Book, cuts: tuple[int, ...]) -> None:
    before = book.standing()
    sale = buy(book, C, reward=gift())
    for net in cuts:
        assert book.of(B, "coupon:k1") == 1
        back(book, sale, net)
    assert {name: n for name, n in book.standing().items() if "revenue" not in name} == before
    buy(book, C, reward=gift("k2"))
    assert book.of(B, "coupon:k2") == 1


@pytest.mark.parametrize("how", [BookVoid, BookReversal])
def test_a_void_takes_a_gift_back_and_what_was_used_is_owed(book: Book, how: Any) -> None:
    before = book.standing()
    sale = buy(book, B, reward=gift())
    book.book(how, of=sale.id, why="x")
    assert {name: n for name, n in book.standing().items() if "revenue" not in name} == before
    sale = buy(book, B, reward=gift("k2"))
    sell(book, line(500), wallet=A, coupons_used=("k2",))
    book.book(how, of=sale.id, why="x")
    assert (book.of(A, "coupon:k2"), book.of(A, "debt:coupon:k2")) == (0, -1)


def test_a_merge_takes_back_the_gifts_that_one_brought_the_other_and_no_void_again(book: Book) -> None:
    first = buy(book, B, reward=gift("k1", always=True))
    buy(book, B, reward=gift("k2", always=True))
    book.book(BookVoid, of=first.id, why="x")
    buy(book, C, reward=gift("k3"))
    second = buy(book, B, reward=gift("k4", always=True))
    book.book(BookMerge, wallet=B, into=A)
    assert [book.of(A, f"coupon:k{n}") for n in (1, 2, 3, 4)] == [0, 0, 1, 0], "k3 came for another"
    assert [book.of(A, f"debt:coupon:k{n}") for n in (1, 2, 4)] == [0, 0, 0]
    book.book(BookVoid, of=second.id, why="x")
    assert book.of(A, "debt:coupon:k4") == 0


def test_of_a_sale_of_another_site_a_gift_comes_back_whole_or_not(book: Book) -> None:
    elsewhere = replace(buy(brought(), C, reward=gift()), site=SiteId("S2"))
    for whole, owed in ((False, {}), (True, {"wallet:b:debt:coupon:k1": -1, "site:S1:issued:coupon": 1})):
        draft = Draft(book.at, "x", book)
        rewards_back(draft, elsewhere, lambda points: points, whole=whole)
        assert {account.name: n for account, n in draft.posted(None).postings} == owed


def test_what_an_entry_with_a_gift_did_besides(book: Book) -> None:
    sale = buy(book, B, reward=gift(points=2))
    assert {account.name: n for account, n in without_rewards({}, sale, book).items()} == {
        "wallet:a:coupon:k1": -1,
        "site:S1:issued:coupon": 1,
    }


@pytest.mark.parametrize("more", [{"further": 1}, {"points": 0}])
def test_a_gift_for_two_or_that_counts_for_nothing_is_refused(book: Book, more: dict[str, int]) -> None:
    with pytest.raises(NotBookable):
        buy(book, B, reward=gift(**more))
    with pytest.raises(NotBookable):
        buy(book, A, reward=gift(**more))


# What cannot be.


@pytest.mark.parametrize("field", ["points", "further", "a_day", "a_month"])
@pytest.mark.parametrize("number", [-1, AMOUNT_MAX + 1])
def test_a_reward_that_cannot_be_is_refused(book: Book, field: str, number: int) -> None:
    with pytest.raises(BadAmount):
        buy(book, B, reward=replace(ONCE, **{field: number}))


def test_the_most_that_can_be_is_given(book: Book) -> None:
    buy(book, B, reward=Reward(points=AMOUNT_MAX, a_day=AMOUNT_MAX, a_month=AMOUNT_MAX))
    assert book.of(A, POINTS) == AMOUNT_MAX


def test_a_sale_without_a_wallet_rewards_nobody(book: Book) -> None:
    with pytest.raises(NotBookable):
        sell(book, line(10), wallet=None, reward=ONCE)


def test_somebody_who_joins_with_a_sale_is_rewarded_in_it(book: Book) -> None:
    opens = replace(opening(WalletId("e"), MemberId("m-e"), None), introduced_by=C)
    sale = buy(book, WalletId("e"), opens=opens)
    assert points(book) == {C: 100, B: 30}
    assert introductions(sale) == {"e"}
    assert [one.id for one in book.referring(introduction(WalletId("e")))] == [sale.id]
    again = buy(book, WalletId("e"), reward=EACH)
    assert [one.id for one in book.referring(introduction(WalletId("e")))] == [sale.id, again.id]


def test_a_sale_of_another_branch_rewards_again_on_the_branch_that_stays(book: Book) -> None:
    sale = buy(book, C)
    other = brought()
    assert posted_again(sale, other).postings == tuple(
        (named(name), amount) for name, amount in sale.postings
    )


# Whatever happens.

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["buy", "each", "back", "spend", "merge", "day"]),
        st.integers(0, 3),
        st.integers(0, 3),
        st.integers(1, 1000),
    ),
    max_size=25,
)


@given(steps=STEPS, a_day=st.integers(0, 250), a_month=st.integers(0, 400), alone=st.booleans())
def test_caps_hold_and_nobody_is_left_with_what_they_brought_themselves(
    steps: list[tuple[str, int, int, int]], a_day: int, a_month: int, *, alone: bool
) -> None:
    book, sales = brought(), list[Entry]()
    book.with_headquarters = not alone
    caps = Reward(points=0, a_day=a_day, a_month=a_month)
    for step, one, other, some in steps:
        took(book, sales, caps, (step, one, other, some))
        within(book, caps)


def took(book: Book, sales: list[Entry], caps: Reward, step: tuple[str, int, int, int]) -> None:
    what, one, other, some = step
    wallets = [wallet for wallet in (A, B, C, D) if at(book, wallet) == wallet]
    wallet, second = wallets[one % len(wallets)], wallets[other % len(wallets)]
    if what in {"buy", "each"}:
        asked = replace(caps, points=some, further=some // 3, always=what == "each")
        sales.append(buy(book, wallet, reward=asked))
    elif what == "back" and sales:
        came_back(book, sales[one % len(sales)], some)
    elif what == "spend" and (there := book.of(wallet, POINTS) + book.of(wallet, f"debt:{POINTS}")) > 0:
        spend(book, wallet, min(there, some))
    elif what == "merge" and wallet != second:
        book.book(BookMerge, wallet=wallet, into=second)
    elif what == "day":
        book.on_day(f"2026-11-{min(28, int(book.at.business_day[-2:]) + 1):02}")


def came_back(book: Book, sale: Entry, some: int) -> None:
    """The whole by a void, where nothing came back yet and the number is even."""
    before = [one.payload for one in book.referring(sale.id)]
    left = 1000 - sum(r.net for one in before if isinstance(one, BookRefund) for r in one.returned)
    if not before and some % 2 == 0:
        book.book(BookVoid, of=sale.id, why="x")
    elif left and not any(isinstance(one, BookVoid) for one in before):
        back(book, sale, min(left, some))


def within(book: Book, caps: Reward) -> None:
    sums = Counter[str]()
    for account, balance in book.balances.items():
        head, _, rest = account.unit.partition(":")
        of, _, by = rest.partition(":")
        if head == "rewarded":
            sums["of days" if len(of) == len(DAY) else "of months"] += balance
            assert 0 <= balance <= (caps.a_day if len(of) == len(DAY) else caps.a_month)
        if head == "brought":
            sums["of those who were brought"] += balance
            assert balance >= 0
            assert not balance or at(book, of) != at(book, by)
    assert sums["of days"] == sums["of months"] == sums["of those who were brought"]


def at(book: Book, wallet: str) -> str:
    while (known := book.wallet(WalletId(wallet))) and known.into:
        wallet = known.into
    return wallet


@given(
    points_=st.integers(0, 500),
    further=st.integers(0, 500),
    spent=st.integers(0, 500),
    cuts=st.lists(st.integers(1, 999), max_size=4, unique=True),
)
def test_a_sale_that_comes_back_leaves_all_as_it_was(
    points_: int, further: int, spent: int, cuts: list[int]
) -> None:
    book = brought()
    sale = buy(book, C, reward=replace(ONCE, points=points_, further=further))
    spent = min(spent, points_)
    if spent:
        spend(book, B, spent)
    edges = [0, *sorted(cuts), 1000]
    for begin, end in pairwise(edges):
        back(book, sale, end - begin)
    assert book.of(B, POINTS) + book.of(B, f"debt:{POINTS}") == -spent
    assert book.of(A, POINTS) == 0
    assert counts(book) == {}


# What was given at other sites.


def heard(book: Book, wallet: WalletId, period: str, points: int, *, site: str = "S2") -> None:
    said = HadCount(wallet=wallet, period=period, what=chart.REWARDED_AS, count=points)
    directive = HadThere(site=SiteId(site), hads=(said,))
    book.book(BookDirective, directed=Directed(hq_epoch=1, m=book.number), directive=directive)


@pytest.mark.parametrize(
    ("period", "told", "gets"),
    [
        (DAY, 920, 80),
        (DAY, 900, 100),
        (DAY, 901, 99),
        (DAY, 1000, 0),
        (DAY, 1200, 0),
        (DAY, -50, 100),
        (DAY[:7], 1950, 50),
        (DAY[:7], 1900, 100),
        ("2026-11-23", 1000, 100),
        ("2026-10", 2000, 100),
    ],
)
def test_what_was_given_elsewhere_is_within_the_same_caps(
    book: Book, period: str, told: int, gets: int
) -> None:
    heard(book, A, period, told)
    buy(book, B, reward=replace(ONCE, a_day=1000, a_month=2000))
    assert book.of(A, POINTS) == gets


def test_the_name_by_which_sites_hear_of_it_stays() -> None:
    account = chart.rewarded_elsewhere(SiteId("S1"), DAY, A)
    assert account.name == f"site:S1:had_elsewhere:a:{DAY}:referral.points"


def test_what_came_back_elsewhere_makes_no_room_for_what_was_given_here(book: Book) -> None:
    heard(book, A, DAY, -500)
    buy(book, B, reward=replace(EACH, a_day=150))
    buy(book, B, reward=replace(EACH, a_day=150))
    assert book.of(A, POINTS) == 150


def test_the_last_word_of_each_site_counts_and_all_sites_count(book: Book) -> None:
    heard(book, A, DAY, 500)
    heard(book, A, DAY, 60)
    heard(book, A, DAY, 30, site="S3")
    buy(book, B, reward=replace(ONCE, a_day=150))
    assert book.of(A, POINTS) == 60


def test_what_was_given_elsewhere_on_another_wallet_of_theirs_counts(book: Book) -> None:
    e = WalletId("e")
    join(book, e)
    heard(book, e, DAY, 70)
    book.book(BookMerge, wallet=e, into=A)
    buy(book, B, reward=replace(ONCE, a_day=150))
    assert book.of(A, POINTS) == 80
