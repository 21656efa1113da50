"""Tiers: what counts, from when and until when, up and down, and back with a refund."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import ValidationError, convert, json
from msgspec.structs import replace

from terminal.core.accounts import TIER_UNIT, debt, points, tier_given
from terminal.core.commands import (
    BookDirective,
    BookExpiry,
    BookGrant,
    BookRefund,
    BookRightsBack,
    BookTier,
    Grant,
    PointsEarned,
    Returned,
    Tender,
    TenderKind,
)
from terminal.core.directives import Directed, TierSet
from terminal.core.errors import BadWords, NotBookable
from terminal.core.given_back import given_back, rows_of
from terminal.core.payment import Payment, Payments, counts_for
from terminal.core.policy import Policy
from terminal.core.receipts.words import Words
from terminal.core.rights import Want
from terminal.core.spending import Spent
from terminal.core.texts import translated
from terminal.core.tier_held import TierStands, tier_stands
from terminal.core.tier_names import SAID, keyed
from terminal.core.tiers import TierBy, Tiers, TierStep
from terminal.core.values import WalletId
from tests.core.ledger.book import W1, W2, Book
from tests.core.ledger.test_value import line, sell

DAY, LAST, AFTER = "2026-11-24", "2027-11-23", "2027-11-24"
STEPS = (TierStep(tier="silver", reach=1_000), TierStep(tier="gold", reach=3_000))
BY_POINTS = Tiers(steps=STEPS)
BY_SPENT = Tiers(by=TierBy.SPENT, steps=STEPS)
EARNED = (PointsEarned(family="goods", points=19, base=1_999, step=100),)


@pytest.mark.parametrize(
    ("counted", "tier"),
    [(0, "regular"), (999, "regular"), (1_000, "silver"), (2_999, "silver"), (3_000, "gold")],
)
def test_the_highest_step_that_is_reached_counts(counted: int, tier: str) -> None:
    assert BY_POINTS.reached(counted) == tier
    assert BY_POINTS.after("regular", counted, falls=False) == tier


def test_each_says_what_it_needs() -> None:
    assert [BY_POINTS.needs(tier) for tier in ("regular", "silver", "gold", "friend")] == [0, 1_000, 3_000, 0]


OWN_NAMES = Tiers(base="card")
BY_METAL = Tiers(base="铜", steps=(TierStep(tier="银", reach=1_000), TierStep(tier="金", reach=3_000)))


@pytest.mark.parametrize(
    ("tiers", "stays", "goes", "higher"),
    [
        (BY_POINTS, "regular", "silver", "silver"),
        (BY_POINTS, "silver", "regular", "silver"),
        (BY_POINTS, "silver", "gold", "gold"),
        (BY_POINTS, "gold", "gold", "gold"),
        (BY_POINTS, "gold", "friend", "friend"),
        (BY_POINTS, "friend", "gold", "friend"),
        (BY_POINTS, "friend", "family", "friend"),
        (BY_POINTS, "gold", "VIP", "VIP"),
        (BY_POINTS, "VIP", "friend", "VIP"),
        (Tiers(), "regular", "silver", "silver"),
        (Tiers(), "silver", "gold", "gold"),
        (Tiers(), "gold", "VIP", "VIP"),
        (Tiers(), "VIP", "gold", "VIP"),
        (Tiers(), "VIP", "friend", "friend"),
        (OWN_NAMES, "card", "silver", "silver"),
        (OWN_NAMES, "silver", "card", "silver"),
        (OWN_NAMES, "VIP", "regular", "VIP"),
        (OWN_NAMES, "regular", "card", "regular"),
        (OWN_NAMES, "card", "regular", "card"),
        (OWN_NAMES, "regular", "silver", "silver"),
        (BY_METAL, "铜", "金", "金"),
        (BY_METAL, "银", "铜", "银"),
    ],
)
def test_of_two_memberships_of_one_person_the_higher_tier_stays(
    tiers: Tiers, stays: str, goes: str, higher: str
) -> None:
    assert tiers.higher(stays, goes) == higher


def test_what_is_missing_to_one_is_given_until_it_leaves_the_window(book: Book) -> None:
    given = BY_POINTS.granted(400, DAY)
    assert given == Grant(unit=TIER_UNIT, amount=400, until=LAST)
    assert replace(BY_POINTS, days=1).granted(1, DAY).until == DAY
    book.book(BookGrant, wallet=W1, why="by hand", grants=(given,))
    assert [stands(book, day).counted for day in (DAY, LAST, AFTER)] == [400, 400, 0]


@pytest.mark.parametrize("text", ["gold", " VIP-1 ", "a.b_c", "金卡", "x" * 40])
def test_a_tier_is_keyed_as_the_configuration_says_it(text: str) -> None:
    assert keyed(text, {}) == text.strip()


@pytest.mark.parametrize("text", ["", " ", "金 卡", "a b", "a:b", "x" * 41, "gold\n1"])
def test_what_no_tier_can_be_called_is_refused(text: str) -> None:
    with pytest.raises(BadWords):
        keyed(text, {})


def test_every_membership_begins_in_the_lowest_tier_whatever_it_is_called() -> None:
    assert [BY_METAL.after("regular", counted, falls=False) for counted in (0, 1_000, 3_000)] == [
        "铜",
        "银",
        "金",
    ]
    assert [BY_METAL.after(tier, 0, falls=False) for tier in ("铜", "银", "金", "gold")] == [
        "铜",
        "银",
        "金",
        "gold",
    ]
    assert BY_METAL.after("金", 1_000, falls=True) == "银"
    assert BY_METAL.after("金", 0, falls=True) == "铜"
    assert Tiers(base="铜").after("regular", 0, falls=True) == "regular"


@pytest.mark.parametrize(
    ("was", "is_", "fell"),
    [("金", "银", True), ("银", "金", False), ("regular", "铜", False), ("银", "regular", True)],
)
def test_it_is_known_which_way_it_went(was: str, is_: str, *, fell: bool) -> None:
    assert BY_METAL.fell(was, is_) is fell


def test_it_falls_only_where_nobody_else_knows_more_and_never_when_given_by_hand() -> None:
    assert BY_POINTS.after("gold", 1_000, falls=False) == "gold"
    assert BY_POINTS.after("gold", 1_000, falls=True) == "silver"
    assert BY_POINTS.after("silver", 3_000, falls=True) == "gold"
    assert BY_POINTS.after("friend", 3_000, falls=True) == "friend"
    assert Tiers().after("gold", 0, falls=True) == "gold"


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_more_never_means_a_lower_tier(one: int, more: int) -> None:
    ranks = ["regular", "silver", "gold"]
    assert ranks.index(BY_POINTS.reached(one + more)) >= ranks.index(BY_POINTS.reached(one))


@pytest.mark.parametrize(
    "steps",
    [
        [{"tier": "silver", "reach": 2}, {"tier": "gold", "reach": 1}],
        [{"tier": "silver", "reach": 1}, {"tier": "gold", "reach": 1}],
        [{"tier": "silver", "reach": 1}, {"tier": "silver", "reach": 2}],
        [{"tier": "regular", "reach": 1}],
        [{"tier": "gold", "reach": 0}],
        [{"tier": "g:d", "reach": 1}],
        [{"tier": "", "reach": 1}],
    ],
)
def test_steps_that_contradict_each_other_are_refused(steps: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationError):
        convert({"steps": steps}, Tiers)


def test_a_ladder_is_read_as_it_is_written() -> None:
    """Eight is sorted behind one."""
    steps = [{"tier": "VIP-1.a_b", "reach": 1}, {"tier": "x" * 40, "reach": 8}]
    read = convert({"by": "spent", "steps": steps}, Tiers)
    assert (read.by, read.names) == (TierBy.SPENT, ("regular", "VIP-1.a_b", "x" * 40))
    assert convert({"by": "points"}, Tiers) == Tiers()


def test_goods_points_count_until_their_day_leaves_the_window() -> None:
    both = (*EARNED, PointsEarned(family="petrol", points=7))
    assert BY_POINTS.counting(both, 2_000, DAY) == (replace(EARNED[0], family="tier", until=LAST),)
    assert replace(BY_POINTS, days=1).counting(EARNED, 0, DAY)[0].until == DAY
    assert Tiers().counting(EARNED, 2_000, DAY) == ()


def test_or_the_fen_that_were_paid() -> None:
    assert BY_SPENT.counting(EARNED, 1_999, DAY) == (
        PointsEarned(family="tier", points=1_999, until=LAST, base=1_999, step=1),
    )
    assert [one.points for one in BY_SPENT.counting(EARNED, 1, DAY)] == [1]
    for nothing in (0, -1):
        assert BY_SPENT.counting(EARNED, nothing, DAY) == ()


def test_what_was_given_counts_as_little_as_it_earns() -> None:
    parts = (
        Payment(tender=Tender(kind=TenderKind.CASH, amount=500)),
        Payment(tender=Tender(kind=TenderKind.CODE, amount=300)),
        Payment(tender=Tender(kind=TenderKind.STORED, amount=200), spent=Spent(principal=150, bonus=50)),
        Payment(tender=Tender(kind=TenderKind.POINTS, amount=100, units=20)),
        Payment(tender=Tender(kind=TenderKind.USES, amount=70, units=1)),
        Payment(tender=Tender(kind=TenderKind.CASHBACK, amount=10)),
    )
    (one,) = counts_for(Payments(parts=parts), (), Policy(tiers=BY_SPENT), DAY)
    assert one.points == 950


def spent(book: Book, fen: int, until: str = LAST) -> Any:
    counts = PointsEarned(family="tier", points=fen, until=until, base=fen, step=1)
    return sell(book, line(fen), points=(counts,))


def stands(book: Book, day: str = DAY) -> TierStands:
    found = tier_stands(book, wallet=W1, business_day=day)
    assert found is not None
    return found


@pytest.fixture
def book() -> Book:
    return Book().with_member()


def test_what_counts_is_what_is_in_the_window(book: Book) -> None:
    spent(book, 700, "2026-11-23")
    spent(book, 1_000)
    spent(book, 50, AFTER)
    assert stands(book) == TierStands(tier="regular", counted=1_050, ended=1, falls=True)
    assert stands(book, AFTER) == TierStands(tier="regular", counted=50, ended=2, falls=True)


def test_it_falls_where_the_wallet_began_or_nobody_else_could_know_more(book: Book) -> None:
    assert stands(book).falls
    book.begun_by[W1] = "guest"
    assert not stands(book).falls
    book.with_headquarters = False
    assert stands(book).falls


def told(book: Book, tier: str, wallet: WalletId = W1, *, given: bool | None = False) -> None:
    book.number += 1
    directed = Directed(hq_epoch=1, m=book.number)
    what = TierSet(wallet=wallet, tier=tier, why="x", given=given)
    book.book(BookDirective, directed=directed, directive=what)


def test_what_headquarters_gave_stays_until_it_says_another_word(book: Book) -> None:
    told(book, "silver", given=None)
    assert stands(book).falls
    for by_hand in (True, True, False, False, True):
        told(book, "silver", given=by_hand)
        told(book, "silver", given=None)
        assert book.site_of(tier_given(book.site, W1).unit) == by_hand
        assert (stands(book).tier, stands(book).falls) == ("silver", not by_hand)
    book.with_headquarters = False
    assert stands(book).falls
    told(book, "silver", W2, given=True)
    assert book.site_of(tier_given(book.site, W2).unit) == 0


def test_what_was_given_moves_no_value_and_other_words_post_nothing(book: Book) -> None:
    told(book, "gold")
    assert not book.done.postings
    told(book, "gold", given=True)
    assert {(one.name, amount) for one, amount in book.done.postings} == {
        ("site:S1:tier_given:w1", 1),
        ("site:S1:issued:had", -1),
    }


def test_a_directive_of_before_was_given_by_nobody() -> None:
    assert json.encode(TierSet(wallet=W1, tier="gold", why="x")) == (
        b'{"type":"tier","wallet":"w1","tier":"gold","why":"x"}'
    )
    assert not json.decode(b'{"type":"tier","wallet":"w1","tier":"gold","why":"x"}', type=TierSet).given


def test_what_is_owed_of_it_counts_less(book: Book) -> None:
    sale = spent(book, 20)
    want = Want(account=points(W1, "tier").name, amount=20)
    book.book(BookRightsBack, wants=(want,))
    book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=20),), why="sour")
    spent(book, 50)
    assert book.of(W1, debt(points(W1, "tier")).unit) == -20
    assert stands(book) == TierStands(tier="regular", counted=30, falls=True)
    assert stands(book).ended == 0


def test_nobody_has_the_tier_of_an_unnamed_card(book: Book) -> None:
    assert tier_stands(Book().with_card(), wallet=W1, business_day=DAY) is None
    assert tier_stands(book, wallet=WalletId("w9"), business_day=DAY) is None
    assert tier_stands(book, wallet=W2, business_day=DAY) is None


def test_a_refund_takes_its_part_back(book: Book) -> None:
    sale = spent(book, 1_000)
    book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=301),), why="sour", cash_step=1)
    assert stands(book).counted == 699
    book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=699),), why="sour", cash_step=1)
    assert stands(book) == TierStands(tier="regular", counted=0, ended=0, falls=True)


def test_a_refund_is_told_without_it(book: Book) -> None:
    sale = spent(book, 1_000)
    back = book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=1_000),), why="sour", cash_step=1)
    assert back.kind == "refund"
    told = given_back(book.done.postings)
    assert told.of(TIER_UNIT) == -1_000
    assert [row.text for row in rows_of(told)] == ["Cash back"]


def test_what_left_the_window_is_owed_by_nobody(book: Book) -> None:
    sale = spent(book, 1_000, "2026-11-23")
    book.book(BookExpiry, wallet=W1, unit=TIER_UNIT)
    book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=1_000),), why="sour", cash_step=1)
    assert book.balance(debt(points(W1, "tier"))) == 0
    assert stands(book).counted == 0


@pytest.mark.parametrize(("last", "owed"), [(DAY, 1_000), (LAST, 1_000), ("2026-11-23", 0)])
def test_what_went_home_from_another_shop_is_owed_there_while_it_is_in_the_window(
    book: Book, last: str, owed: int
) -> None:
    counts = PointsEarned(family="tier", points=1_000, until=last, base=1_000, step=1)
    sale = sell(book, line(1_000), points=(*EARNED, counts))
    book.book(BookRightsBack, wants=(Want(account=f"wallet:{W1}:{TIER_UNIT}", amount=1_000),))
    book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=1_000),), why="sour", cash_step=1)
    assert book.balance(debt(points(W1, "tier"))) == -owed
    assert [row.text for row in rows_of(given_back(book.done.postings))] == ["Cash back", "Goods points"]


def test_what_was_earned_later_is_not_taken_for_what_left_the_window(book: Book) -> None:
    sale = spent(book, 1_000, "2026-11-23")
    spent(book, 400)
    book.book(BookExpiry, wallet=W1, unit=TIER_UNIT)
    book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=1_000),), why="sour", cash_step=1)
    assert stands(book).counted == 400


def test_the_names_that_are_said_have_words_on_screens_and_on_paper() -> None:
    words = Words("zh-Hans")
    assert {"regular", "silver", "gold", "VIP"} == SAID
    for name in SAID:
        assert translated(name, "zh-Hans") == words(name) != name


@pytest.mark.parametrize("tier", ["金", "a.b-c_1", "x" * 64])
def test_a_tier_of_any_script_is_booked(book: Book, tier: str) -> None:
    book.book(BookTier, wallet=W1, tier=tier, why="x")
    assert stands(book).tier == tier


@pytest.mark.parametrize("tier", ["", "金 卡", "a:b", "x" * 65, "金\n"])
def test_what_is_no_name_of_one_is_not(book: Book, tier: str) -> None:
    with pytest.raises(NotBookable, match="tier is no name of one"):
        book.book(BookTier, wallet=W1, tier=tier, why="x")
