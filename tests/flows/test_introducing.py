"""Who brought a newcomer is asked where that is rewarded, and each abuse of it is refused with its words."""

from __future__ import annotations

from itertools import pairwise

import pytest
from msgspec.structs import replace

from terminal.core.commands import BookJoin, BookRecharge, BookSale, Private, Reward
from terminal.core.errors import IntroducedByNobody, IntroducedByStaff
from terminal.core.gifts import GiftCoupon
from terminal.core.money import Fen
from terminal.core.policy import Policy
from terminal.core.referral import Referral, Trigger
from terminal.core.texts import TABLES
from terminal.core.trust import Credential, Holder
from terminal.core.values import MemberId, StaffId, WalletId
from terminal.flows.checkout import checkout
from terminal.flows.join import join
from terminal.flows.join_here import join_here
from terminal.flows.recharge import recharge
from tests.core.ledger.book import Book, opening
from tests.core.pricing.goods import tariff
from tests.flows.scripted import SKIP, Script, ScriptedDesk, play
from tests.flows.shop import HOLDERS, PHONE, POLICY, STRANGER, UNNAMED_CARD, WANG, WANG_CARD
from tests.flows.test_checkout import MEMBER_PAYS_CASH, PAYS_FROM_CARD, STRANGER_PAYS_CASH
from tests.flows.test_join import JOINS
from tests.flows.test_join_here import BY_PHONE
from tests.flows.test_recharge import MEMBER, NEW_CARD

FURTHER = Reward(points=100, further=30, a_day=500, a_month=2_000)
ONCE = Reward(points=100, further=0, a_day=500, a_month=2_000)


def policy(*on: Trigger, of: Policy = POLICY) -> Policy:
    return replace(of, referral=Referral(on=on, least=1_00))


def joins(*answers: object, on: Trigger = Trigger.FIRST_SPEND) -> ScriptedDesk:
    asked: Script = tuple(("offer_card", answer) for answer in answers)
    return ScriptedDesk((*BY_PHONE[:2], *asked, *BY_PHONE[2:]), holders=HOLDERS, policy=policy(on))


def joined(desk: ScriptedDesk) -> BookJoin:
    assert play(join_here(desk)) is None
    assert desk.finished
    (command,) = desk.booked
    assert isinstance(command, BookJoin)
    return command


def test_a_shop_that_rewards_nobody_asks_nothing() -> None:
    desk = ScriptedDesk(BY_PHONE, holders=HOLDERS, policy=POLICY)
    command = joined(desk)
    assert (command.opens.introduced_by, command.reward) == (None, None)


def test_a_shop_that_gives_a_service_for_it_asks_and_rewards_no_points() -> None:
    gets = {"rule": "friend_gets", "unit": "count:F02"}
    script = (*BY_PHONE[:2], ("offer_card", WANG_CARD), *BY_PHONE[2:])
    desk = ScriptedDesk(script, holders=HOLDERS, policy=POLICY, tariff=tariff(gets=gets))
    command = joined(desk)
    assert (command.opens.introduced_by, command.reward) == (WANG.wallet, None)


def test_whoever_brought_them_is_kept_and_seen_before_it_is_booked() -> None:
    desk = joins(WANG_CARD)
    command = joined(desk)
    assert (command.opens.introduced_by, command.reward) == (WANG.wallet, None)
    assert [line.value for line in desk.lines if line.label.text == "Brought by"] == [WANG.name_shown]


def test_where_joining_is_rewarded_it_is_so_in_the_same_entry() -> None:
    assert joined(joins(WANG_CARD, on=Trigger.JOIN)).reward == ONCE


def test_nobody_brought_them() -> None:
    desk = joins(SKIP, on=Trigger.JOIN)
    command = joined(desk)
    assert (command.opens.introduced_by, command.reward) == (None, None)
    assert not [line for line in desk.lines if line.label.text == "Brought by"]
    assert desk.shown[0] == Fen(0)


def test_who_is_not_known_or_has_no_name_is_refused_and_asked_again() -> None:
    desk = joins(STRANGER, PHONE, UNNAMED_CARD, WANG_CARD)
    assert joined(desk).opens.introduced_by == WANG.wallet
    assert desk.declined == ["14", "A170", "A254"]


def test_who_works_here_brings_nobody() -> None:
    desk = joins(WANG_CARD, SKIP)
    desk.own[StaffId("E09")] = WANG.wallet
    assert joined(desk).opens.introduced_by is None
    assert desk.declined == ["A253"]


@pytest.mark.parametrize("refusal", [IntroducedByNobody, IntroducedByStaff])
def test_each_refusal_is_said_in_the_shops_language(refusal: type[IntroducedByNobody]) -> None:
    assert refusal.for_attendant in TABLES["zh-Hans"]


# What they do later.


@pytest.mark.parametrize(
    ("whose", "on", "reward"),
    [
        ("", Trigger.FIRST_SPEND, ONCE),
        ("", Trigger.EACH_SPEND, replace(ONCE, always=True)),
        ("", Trigger.FIRST_RECHARGE, None),
        ("E01", Trigger.FIRST_SPEND, None),
    ],
)
def test_a_members_sale_says_what_it_brings(whose: str, on: Trigger, reward: Reward | None) -> None:
    desk = ScriptedDesk(PAYS_FROM_CARD, holders=HOLDERS, policy=policy(on))
    if whose:
        desk.own[StaffId(whose)] = WANG.wallet
    assert play(checkout(desk)) is None
    (sale,) = desk.booked
    assert isinstance(sale, BookSale)
    assert sale.reward == reward


@pytest.mark.parametrize("card", [UNNAMED_CARD, SKIP])
def test_a_sale_to_nobody_known_by_name_brings_nothing(card: object) -> None:
    script: Script = (*STRANGER_PAYS_CASH[:1], ("offer_card", card), *MEMBER_PAYS_CASH[2:])
    if card is SKIP:
        script = STRANGER_PAYS_CASH
    desk = ScriptedDesk(script, holders=HOLDERS, policy=policy(Trigger.FIRST_SPEND))
    assert play(checkout(desk)) is None
    (sale,) = desk.booked
    assert isinstance(sale, BookSale)
    assert sale.reward is None


@pytest.mark.parametrize(
    ("script", "on", "reward"),
    [
        (MEMBER, Trigger.FIRST_RECHARGE, ONCE),
        (MEMBER, Trigger.FIRST_SPEND, None),
        (NEW_CARD, Trigger.FIRST_RECHARGE, None),
        ((("read_card", UNNAMED_CARD), *MEMBER[1:]), Trigger.FIRST_RECHARGE, None),
    ],
)
def test_a_members_recharge_says_what_it_brings(script: Script, on: Trigger, reward: Reward | None) -> None:
    desk = ScriptedDesk(script, holders=HOLDERS, policy=policy(on))
    assert play(recharge(desk)) is None
    (command,) = desk.booked
    assert isinstance(command, BookRecharge)
    assert command.reward == reward


@pytest.mark.parametrize(
    ("holders", "whose", "reward"),
    [({PHONE: WANG}, "", ONCE), ({PHONE: WANG}, "E07", None), ({}, "", None)],
)
def test_a_members_fill_says_what_it_brings(
    holders: dict[Credential, Holder], whose: str, reward: Reward | None
) -> None:
    desk = ScriptedDesk(JOINS, holders=holders, policy=policy(Trigger.FIRST_SPEND))
    if whose:
        desk.own[StaffId(whose)] = WANG.wallet
    assert play(join(desk)) is None
    (sale,) = desk.booked
    assert isinstance(sale, BookSale)
    assert sale.reward == reward


def brought(*chain: WalletId) -> Book:
    """Each by the one before; the last is who buys."""
    book = Book()
    for by, wallet in pairwise((None, *chain)):
        opens = replace(opening(wallet, MemberId(f"m-{wallet}"), None), introduced_by=by)
        book.book(BookJoin, Private(), opens=opens)
    return book


@pytest.mark.parametrize(
    ("staff", "reward"),
    [
        (None, FURTHER),
        ("near", None),
        ("far", replace(FURTHER, further=0)),
        ("other", FURTHER),
    ],
)
def test_who_began_to_work_here_earns_nothing_any_more(staff: str | None, reward: Reward | None) -> None:
    rewards = replace(POLICY, referral=Referral(on=(Trigger.FIRST_SPEND,), further=30))
    desk = ScriptedDesk(PAYS_FROM_CARD, holders=HOLDERS, policy=rewards)
    desk.sold.book = brought(WalletId("far"), WalletId("near"), WANG.wallet)
    if staff:
        desk.own[StaffId("E09")] = WalletId(staff)
    assert play(checkout(desk)) is None
    (sale,) = desk.booked
    assert isinstance(sale, BookSale)
    assert sale.reward == reward


def test_a_gift_is_drawn_for_each_sale_that_brings_one() -> None:
    wash = GiftCoupon(kind="wash", face=Fen(0))
    rewards = replace(POLICY, referral=Referral(on=(Trigger.FIRST_SPEND,), points=1, gift=wash))
    desk = ScriptedDesk(PAYS_FROM_CARD, holders=HOLDERS, policy=rewards)
    desk.sold.book = brought(WalletId("near"), WANG.wallet)
    assert play(checkout(desk)) is None
    (sale,) = desk.booked
    assert isinstance(sale, BookSale)
    assert sale.reward is not None
    assert sale.reward.gift is not None
    assert (sale.reward.gift.kind, sale.reward.gift.coupon != "") == ("wash", True)
