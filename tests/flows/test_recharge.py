from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.commands import BookRecharge, Grant, PaidBy
from terminal.core.errors import CardGone, CardSwapped, LedgerClosed, NeedsName, OverLimit, OwnMembership
from terminal.core.packs import PackVoucher
from terminal.core.policy import PackCoupon, PointsBasis, Policy, RechargeCampaign, Rung, RungLock
from terminal.core.screens import says
from terminal.core.values import StaffId
from terminal.flows.recharge import recharge
from tests.flows.scripted import CANCEL, Script, ScriptedDesk, play
from tests.flows.shop import HOLDERS, POLICY, STRANGER, UNNAMED_CARD, WANG, WANG_CARD

MEMBER: Script = (
    ("read_card", WANG_CARD),
    ("ask_amount", 500_00),
    ("ask_cash", 600_00),
    ("confirm", True),
)
NEW_CARD: Script = (
    ("read_card", STRANGER),
    ("confirm", True),
    ("ask_amount", 100_00),
    ("ask_cash", 100_00),
    ("confirm", True),
)
ALL_WAYS = replace(POLICY, recharge_by=tuple(PaidBy), recharge_at_most=60_000_00)
STEPS = replace(POLICY, cash_step=10)
BY_CODE: Script = (("read_card", WANG_CARD), ("ask_amount", 500_00), ("choose", "code"), ("confirm", True))
BY_COMPANY: Script = (
    ("read_card", WANG_CARD),
    ("ask_amount", 5_000_00),
    ("choose", "company"),
    ("confirm", True),
)
BY_PERSON: Script = (
    ("read_card", WANG_CARD),
    ("ask_amount", 5_000_00),
    ("choose", "person"),
    ("choose", "cash"),
    ("ask_cash", 5_000_00),
    ("confirm", True),
)


def at_the_desk(script: Script, policy: Policy = POLICY) -> ScriptedDesk:
    return ScriptedDesk(script, holders=HOLDERS, policy=policy)


def loaded(desk: ScriptedDesk) -> BookRecharge:
    assert desk.finished
    assert len(desk.booked) == 1
    assert isinstance(desk.booked[0], BookRecharge)
    return desk.booked[0]


def test_a_member_recharges_and_gets_the_highest_rung_once() -> None:
    desk = at_the_desk(MEMBER)
    assert play(recharge(desk)) is None
    command = loaded(desk)
    assert (command.wallet, command.card) == (WANG.wallet, WANG.card)
    assert (command.principal, command.bonus, command.received) == (500_00, 60_00, 600_00)
    assert command.opens is None
    assert desk.private == [None]
    assert [(line.label.text, line.value) for line in desk.lines] == [
        ("Principal", "¥500.00"),
        ("Bonus", "¥60.00"),
        ("Balance after", "¥670.00"),
        ("Received", "¥600.00"),
        ("Change", "¥100.00"),
    ]
    assert desk.handed_over == ["Recharged. Hand over the card and the receipt."]


@pytest.mark.parametrize(
    ("principal", "bonus"), [(99_99, 0), (100_00, 10_00), (499_99, 10_00), (500_00, 60_00), (1_000_00, 60_00)]
)
def test_the_ladder(principal: int, bonus: int) -> None:
    desk = at_the_desk((MEMBER[0], ("ask_amount", principal), ("ask_cash", principal), MEMBER[3]))
    play(recharge(desk))
    assert loaded(desk).bonus == bonus


@pytest.mark.parametrize(
    ("principal", "received", "change", "rounding"),
    [
        (12_34, 20_00, "¥7.70", 4),
        (12_34, 12_34, "¥0.00", 0),
        (12_34, 12_40, "¥0.10", 4),
        (12_30, 20_00, "¥7.70", 0),
        (4, 10, "¥0.06", 0),
        (5, 10, "¥0.05", 0),
        (6, 10, "¥0.04", 0),
    ],
)
def test_change_is_rounded_to_the_member_as_there_is_cash(
    principal: int, received: int, change: str, rounding: int
) -> None:
    desk = at_the_desk((MEMBER[0], ("ask_amount", principal), ("ask_cash", received), MEMBER[3]), STEPS)
    assert play(recharge(desk)) is None
    assert (loaded(desk).principal, loaded(desk).received, loaded(desk).rounding) == (
        principal, received, rounding,
    )  # fmt: skip
    assert (desk.lines[-1].label.text, desk.lines[-1].value) == ("Change", change)


def test_of_what_does_not_come_in_cash_nothing_is_rounded() -> None:
    desk = at_the_desk((BY_CODE[0], ("ask_amount", 12_34), ("choose", "code"), BY_CODE[3]), ALL_WAYS)
    play(recharge(desk))
    assert (loaded(desk).received, loaded(desk).rounding) == (12_34, 0)


def test_a_card_nobody_knows_is_issued_without_a_name() -> None:
    desk = at_the_desk(NEW_CARD)
    assert play(recharge(desk)) is None
    command, private = loaded(desk), desk.private[0]
    assert command.opens is not None
    assert private is not None
    assert (command.wallet, command.card) == (command.opens.wallet, command.opens.card)
    assert command.opens.member is None
    assert command.opens.coupons == ()
    assert command.opens.until == "2029-11-24"
    assert command.opens.recruiter == "E01"
    assert private.credentials == (STRANGER,)
    assert len({command.id, command.wallet, command.card}) == 3


def test_the_number_of_the_card_is_not_in_the_command() -> None:
    desk = at_the_desk(NEW_CARD)
    play(recharge(desk))
    assert STRANGER.number not in repr(desk.booked)
    assert STRANGER.number not in repr(desk.private)


@pytest.mark.parametrize(("rewards", "bonus"), [(True, 10_00), (False, 0)])
def test_unnamed_cards_get_bonus_where_the_shop_says_so(rewards: bool, bonus: int) -> None:  # noqa: FBT001  a parameter
    desk = at_the_desk(NEW_CARD, replace(POLICY, unnamed_rewards=rewards))
    play(recharge(desk))
    assert loaded(desk).bonus == bonus


def test_a_full_card_is_refused_before_anybody_pays() -> None:
    desk = at_the_desk(MEMBER[:1], replace(POLICY, recharge_at_most=100_00))
    ended = play(recharge(desk))
    assert isinstance(ended, OverLimit)
    assert desk.booked == []


def test_limits_count_what_the_card_holds_already() -> None:
    asked: list[int] = []

    class Noting(ScriptedDesk):
        async def ask_amount(self, prompt: str, *, at_most: int, **more: object) -> int:  # type: ignore[override]
            asked.append(at_most)
            return await super().ask_amount(prompt, at_most=at_most, **more)  # type: ignore[arg-type]

    for card, room in ((WANG_CARD, 5_000_00 - 100_00), (UNNAMED_CARD, 1_000_00 - 50_00)):
        desk = Noting(
            (("read_card", card), ("ask_amount", 1_00), ("ask_cash", 1_00), ("confirm", True)),
            holders=HOLDERS,
            policy=POLICY,
        )
        play(recharge(desk))
        assert asked.pop() == room


@pytest.mark.parametrize("fault", [CardSwapped("x"), CardGone("x")])
@pytest.mark.parametrize("script", [MEMBER, NEW_CARD])
def test_a_card_that_was_swapped_or_taken_away_gets_nothing(
    script: Script, fault: CardSwapped | CardGone
) -> None:
    desk = at_the_desk(script)
    desk.card_gone = fault
    assert play(recharge(desk)) is fault
    assert desk.booked == []


def test_what_the_ledger_refuses_is_not_handed_over() -> None:
    desk = at_the_desk(MEMBER)
    desk.fails = LedgerClosed("disk full")
    assert play(recharge(desk)) is desk.fails
    assert desk.handed_over == []


@pytest.mark.parametrize(
    ("script", "policy"),
    [
        ((*each[:at], (each[at][0], CANCEL)), policy)
        for each, policy in (
            (MEMBER, POLICY),
            (NEW_CARD, POLICY),
            (BY_CODE, ALL_WAYS),
            (BY_COMPANY, ALL_WAYS),
            (BY_PERSON, ALL_WAYS),
        )
        for at in range(len(each))
    ],
)
def test_cancelled_at_any_step_it_books_nothing(script: Script, policy: Policy) -> None:
    desk = at_the_desk(script, policy)
    play(recharge(desk))
    assert desk.finished
    assert desk.booked == []
    assert desk.handed_over == []


@pytest.mark.parametrize(
    ("way", "prompt"),
    [
        (PaidBy.CODE, "Has the outside payment arrived?"),
        (PaidBy.CARD, "Did the bank's terminal take it?"),
        (PaidBy.TRANSFER, "Is the transfer on the shop's account?"),
    ],
)
def test_what_is_not_paid_in_cash_is_exact_and_the_attendant_says_that_it_came(
    way: PaidBy, prompt: str
) -> None:
    desk = at_the_desk((*BY_CODE[:2], ("choose", way), BY_CODE[3]), ALL_WAYS)
    assert play(recharge(desk)) is None
    command = loaded(desk)
    assert (command.paid_by, command.principal, command.received) == (way, 500_00, 500_00)
    assert desk.asked[-1] == ("confirm", prompt)
    assert desk.offered == [("cash", "code", "card", "transfer")]


def test_a_company_pays_much_by_transfer_alone_and_that_is_on_record() -> None:
    desk = at_the_desk(BY_COMPANY, ALL_WAYS)
    assert play(recharge(desk)) is None
    command = loaded(desk)
    assert (command.paid_by, command.by_company) == (PaidBy.TRANSFER, True)
    assert desk.offered == [("person", "company"), ("transfer",)]
    assert (desk.lines[-1].label, desk.lines[-1].word) == (says("Payer"), says("A company"))


def test_a_person_may_pay_as_much_in_cash() -> None:
    desk = at_the_desk(BY_PERSON, ALL_WAYS)
    assert play(recharge(desk)) is None
    assert (loaded(desk).paid_by, loaded(desk).by_company) == (PaidBy.CASH, False)


def test_who_pays_is_not_asked_below_the_limit_of_companies() -> None:
    desk = at_the_desk((BY_CODE[0], ("ask_amount", 4_999_99), *BY_CODE[2:]), ALL_WAYS)
    assert play(recharge(desk)) is None
    assert not loaded(desk).by_company


def test_a_campaign_of_the_day_is_named_and_gives_its_bonus() -> None:
    campaign = RechargeCampaign(
        name="冬季", since="2026-11-24", until="2026-11-24", ladder=(Rung(reach=500_00, bonus=99_00),)
    )
    desk = at_the_desk(MEMBER, replace(POLICY, recharge_campaigns=(campaign,)))
    play(recharge(desk))
    command = loaded(desk)
    assert (command.bonus, command.campaign, command.terms) == (99_00, "冬季", "2026-1")
    assert [line.label.values for line in desk.lines][2] == {"name": "冬季"}


def test_points_of_the_campaign_and_for_the_money_come_in_the_same_entry_and_are_shown() -> None:
    campaign = RechargeCampaign(
        name="冬季",
        since="2026-11-24",
        until="2026-11-24",
        ladder=(Rung(reach=500_00, bonus=99_00),),
        points=100,
    )
    policy = replace(POLICY, recharge_campaigns=(campaign,), points_basis=PointsBasis.RECHARGE)
    desk = at_the_desk(MEMBER, policy)
    play(recharge(desk))
    command = loaded(desk)
    assert ([one.points for one in command.points], command.gift_points) == ([500], 100)
    assert [(line.label.text, line.value) for line in desk.lines][3] == ("Goods points", "+600")


def test_coupons_of_the_campaign_come_in_the_same_entry_with_their_days_and_are_shown() -> None:
    campaign = RechargeCampaign(
        name="冬季",
        since="2026-11-24",
        until="2026-11-24",
        ladder=(Rung(reach=500_00, bonus=99_00),),
        pack=(
            PackCoupon(kind="c5", face=5_00, threshold=150_00, count=2, from_day=1, days=30),
            PackCoupon(kind="c3", face=3_00, threshold=0, count=1),
        ),
    )
    desk = at_the_desk(MEMBER, replace(POLICY, recharge_campaigns=(campaign,)))
    play(recharge(desk))
    coupons = loaded(desk).coupons
    assert [(one.kind, one.since, one.until) for one in coupons] == [
        ("c5", "2026-11-25", "2026-12-24"),
        ("c5", "2026-11-25", "2026-12-24"),
        ("c3", "", ""),
    ]
    assert len({one.coupon for one in coupons}) == 3
    shown = [(line.label.text.format(**line.label.values), line.value) for line in desk.lines]
    at = shown.index(("Coupons until 2026-12-24", "+2"))
    assert shown[at : at + 3] == [
        ("Coupons until 2026-12-24", "+2"),
        ("From 2026-11-25", ""),
        ("Coupons", "+1"),
    ]


def test_a_locked_price_comes_with_the_rung() -> None:
    lock = RungLock(grade="92", price=7_20, litres=200_00, days=30)
    ladder = (Rung(reach=500_00, bonus=0, lock=lock),)
    desk = at_the_desk(MEMBER, replace(POLICY, recharge_ladder=ladder))
    play(recharge(desk))
    assert loaded(desk).locks == (Grant(unit="litres:92@720", amount=200_00, until="2026-12-23"),)
    shown = [(line.label.text.format(**line.label.values), line.value) for line in desk.lines]
    assert ("Grade 92 at ¥7.20 at most", "200.00 L") in shown
    plain = at_the_desk(MEMBER)
    play(recharge(plain))
    assert loaded(plain).locks == ()


def test_so_do_its_cash_vouchers() -> None:
    campaign = RechargeCampaign(
        name="冬季",
        since="2026-11-24",
        until="2026-11-24",
        ladder=(Rung(reach=500_00, bonus=99_00),),
        vouchers=(PackVoucher(worth=20_00, count=2, days=30),),
    )
    desk = at_the_desk(MEMBER, replace(POLICY, recharge_campaigns=(campaign,)))
    play(recharge(desk))
    vouchers = loaded(desk).vouchers
    assert [(one.amount, one.since, one.until) for one in vouchers] == [(20_00, "", "2026-12-23")] * 2
    assert len({one.unit for one in vouchers}) == 2
    shown = [(line.label.text.format(**line.label.values), line.value) for line in desk.lines]
    assert ("Voucher: ¥20.00, until 2026-12-23", "+2") in shown


def test_an_unnamed_card_that_is_not_rewarded_gets_neither() -> None:
    policy = replace(POLICY, unnamed_rewards=False, points_basis=PointsBasis.RECHARGE)
    desk = at_the_desk(NEW_CARD, policy)
    play(recharge(desk))
    assert (loaded(desk).points, loaded(desk).bonus) == ((), 0)


def test_so_much_at_once_needs_a_name() -> None:
    rich = replace(POLICY, unnamed_at_most=20_000_00)
    desk = at_the_desk((*NEW_CARD[:2], ("ask_amount", 10_000_00)), rich)
    assert isinstance(play(recharge(desk)), NeedsName)
    assert desk.booked == []


def test_nobody_recharges_their_own_membership() -> None:
    desk = at_the_desk(MEMBER[:1])
    desk.own = {StaffId("E01"): WANG.wallet}
    assert isinstance(play(recharge(desk)), OwnMembership)
    assert desk.finished
    assert desk.booked == []


def test_another_does_it_for_them() -> None:
    desk = at_the_desk(MEMBER)
    desk.own = {StaffId("E07"): WANG.wallet}
    assert play(recharge(desk)) is None
    assert loaded(desk).wallet == WANG.wallet
