"""A member is given a tier, as a dialogue; and that it can be left at every question."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.accounts import TIER_UNIT
from terminal.core.cards_held import CardsHeld
from terminal.core.commands import BookGrant, BookTier, Grant, Kept, Private
from terminal.core.errors import BadWords, LedgerClosed, NoTierForThem, TierStays
from terminal.core.policy import Policy
from terminal.core.screens import says
from terminal.core.staff import Role
from terminal.core.tier_names import TierShown
from terminal.core.tiers import Tiers, TierStep
from terminal.core.trust import Holder
from terminal.core.values import MemberId, StaffId
from terminal.flows.own_data import own_data
from tests.core.ledger.book import W1, W2
from tests.flows.scripted import CANCEL, Script, ScriptedDesk, play
from tests.flows.shop import HOLDERS, POLICY, WANG, WANG_CARD

MEMBER = replace(WANG, wallet=W1)
PIN = "200731"
KEPT = Kept(member=MemberId("m-wang"), private=Private(phone="19000000301"))
LADDER = replace(
    POLICY, tiers=Tiers(steps=(TierStep(tier="silver", reach=1_000), TierStep(tier="gold", reach=3_000)))
)
BEGUN: Script = (("read_member", WANG_CARD), ("ask_pin", PIN), ("choose", "tier"))
GIVEN: Script = (*BEGUN, ("choose", "gold"), ("confirm", True))
BY_HAND: Script = (*BEGUN, ("ask_text", "vip"), ("confirm", True))


def at_the_desk(
    script: Script, policy: Policy = LADDER, *, counted: int = 0, holder: Holder = MEMBER, tier: str = ""
) -> ScriptedDesk:
    desk = ScriptedDesk(script, holders=HOLDERS, policy=policy)
    book = desk.sold.book
    book.with_member()
    if counted:
        book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit=TIER_UNIT, amount=counted),))
    if tier:
        book.book(BookTier, wallet=W1, tier=tier, why="x")
    desk.cards = {
        WANG_CARD: CardsHeld(holder=holder, cards=()),
    }
    desk.is_kept, desk.pin = KEPT, PIN
    return desk


@pytest.mark.parametrize(("counted", "missing"), [(0, 3_000), (1_000, 2_000), (2_999, 1)])
def test_what_is_missing_to_a_rung_is_given_and_stays_for_the_window(counted: int, missing: int) -> None:
    script = GIVEN if counted < 1_000 else (*BEGUN, GIVEN[-1])
    desk = at_the_desk(script, counted=counted)
    assert play(own_data(desk)) is None
    (command,) = desk.booked
    assert isinstance(command, BookGrant)
    assert command.grants == (Grant(unit=TIER_UNIT, amount=missing, until="2027-11-23"),)
    assert (command.wallet, command.why) == (W1, "tier gold by hand")
    assert desk.said == ["The tier is given, from the next sale on."]
    assert [line.value for line in desk.lines] == ["王**", "regular", "gold"]
    assert [line.word for line in desk.lines] == [None, says("regular"), says("gold")]


def test_only_rungs_above_what_they_reached_are_offered() -> None:
    desk = at_the_desk((*BEGUN, ("choose", CANCEL)))
    play(own_data(desk))
    assert desk.offered[-1] == ("silver", "gold")
    assert desk.buttons[-1] == {"silver": says("silver"), "gold": says("gold")}
    desk = at_the_desk(BEGUN, counted=3_000)
    assert isinstance(play(own_data(desk)), TierStays)
    assert desk.booked == []


def test_where_there_is_no_ladder_it_is_any_name_and_for_good() -> None:
    desk = at_the_desk(BY_HAND, POLICY)
    assert play(own_data(desk)) is None
    (command,) = desk.booked
    assert isinstance(command, BookTier)
    assert (command.wallet, command.tier, command.why) == (W1, "vip", "by hand")
    assert [line.word for line in desk.lines][1:] == [says("regular"), None]

    desk = at_the_desk((*BEGUN, ("ask_text", "金 卡"), *BY_HAND[3:]), POLICY)
    assert play(own_data(desk)) is None
    assert desk.refused == [BadWords.code]

    desk = at_the_desk(BY_HAND[:4], POLICY, tier="vip")
    assert isinstance(play(own_data(desk)), TierStays)


NAMED = {"gold": TierShown(zh="金钻卡", en="Gold Plus"), "vip": TierShown(zh="贵客", en="Guest")}


def test_a_tier_is_offered_and_shown_as_the_shop_calls_it() -> None:
    desk = at_the_desk(GIVEN, replace(LADDER, tiers=replace(LADDER.tiers, shown=NAMED)))
    assert play(own_data(desk)) is None
    assert [one.own.get("en", "") for one in desk.buttons[-1].values()] == ["", "Gold Plus"]
    assert [line.word.own.get("zh-Hant", "") for line in desk.lines if line.word] == ["", "金鑽卡"]
    before = at_the_desk(GIVEN, replace(LADDER, tiers=replace(LADDER.tiers, shown=NAMED)), tier="vip")
    assert play(own_data(before)) is None
    assert [line.word.own["zh-Hans"] for line in before.lines if line.word] == ["贵客", "金钻卡"]


def test_and_keyed_by_what_it_is_called() -> None:
    policy = replace(POLICY, tiers=replace(POLICY.tiers, shown=NAMED))
    desk = at_the_desk((*BEGUN, ("ask_text", "贵客"), ("confirm", True)), policy)
    assert play(own_data(desk)) is None
    (command,) = desk.booked
    assert isinstance(command, BookTier)
    assert command.tier == "vip"


def test_who_was_never_here_is_given_none() -> None:
    guest = replace(MEMBER, wallet=W2, member=MemberId("m-far"))
    assert isinstance(play(own_data(at_the_desk(BEGUN, holder=guest))), NoTierForThem)


@pytest.mark.parametrize(("script", "policy"), [(GIVEN, LADDER), (BY_HAND, POLICY)])
def test_a_manager_stands_beside_it_where_people_are_told_apart(script: Script, policy: Policy) -> None:
    desk = at_the_desk((*script, ("second", "E05")), policy)
    desk.roles = {StaffId("E05"): Role.MANAGER}
    assert play(own_data(desk)) is None
    (command,) = desk.booked
    assert (command.at.operator, command.at.second) == ("E01", "E05")


@pytest.mark.parametrize(("script", "policy"), [(GIVEN, LADDER), (BY_HAND, POLICY)])
def test_it_can_be_left_at_every_question_and_refused(script: Script, policy: Policy) -> None:
    for at in range(len(script)):
        desk = at_the_desk((*script[:at], (script[at][0], CANCEL)), policy)
        play(own_data(desk))
        assert desk.booked == []
    desk = at_the_desk((*script[:-1], ("confirm", False)), policy)
    assert play(own_data(desk)) is None
    assert (desk.booked, desk.said) == ([], ["Cancelled. Nothing was booked."])
    desk = at_the_desk(script, policy)
    desk.fails = LedgerClosed("full")
    assert play(own_data(desk)) is desk.fails
    assert desk.said == []
