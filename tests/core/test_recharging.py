"""What a recharge brings, and how its money may come in."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from msgspec import ValidationError, convert
from msgspec.structs import replace

from terminal.core.accounts import TIER_FAMILY
from terminal.core.commands import Grant, PaidBy
from terminal.core.errors import NeedsName
from terminal.core.money import Fen
from terminal.core.packs import PackVoucher
from terminal.core.points import PointsEnd
from terminal.core.policy import PackCoupon, PointsBasis, Policy, RechargeCampaign, Rung, RungLock
from terminal.core.recharging import Bonus, bonus_on, check_identity, ways_in
from terminal.core.tiers import TierBy, Tiers, TierStep

USUAL = (Rung(reach=100_00, bonus=10_00), Rung(reach=500_00, bonus=60_00))
WINTER = RechargeCampaign(
    name="冬季", since="2026-11-20", until="2026-11-30", ladder=(Rung(reach=500_00, bonus=80_00),)
)
POOR = RechargeCampaign(
    name="小", since="2026-11-01", until="2026-12-31", ladder=(Rung(reach=500_00, bonus=60_00),)
)
POLICY = Policy(
    recharge_ladder=USUAL,
    recharge_campaigns=(POOR, WINTER),
    recharge_by=(PaidBy.CASH, PaidBy.CODE),
    transfer_from_company=5_000_00,
    transfer_from_person=50_000_00,
)


@pytest.mark.parametrize(
    ("day", "campaign", "bonus"),
    [
        ("2026-11-19", "", 60_00),
        ("2026-11-20", "冬季", 80_00),
        ("2026-11-30", "冬季", 80_00),
        ("2026-12-01", "", 60_00),
    ],
)
def test_a_campaign_begins_and_ends_with_its_days(day: str, campaign: str, bonus: int) -> None:
    assert bonus_on(day, Fen(500_00), POLICY) == Bonus(amount=Fen(bonus), campaign=campaign)


def test_a_campaign_takes_nothing_from_what_the_usual_ladder_gives() -> None:
    assert bonus_on("2026-11-24", Fen(499_99), POLICY) == Bonus(amount=Fen(10_00))
    assert bonus_on("2026-11-24", Fen(99_99), POLICY) == Bonus()


def test_a_campaign_in_the_place_of_the_usual_ladder_gives_what_it_says_though_it_is_less() -> None:
    instead = replace(POOR, instead=True, ladder=(Rung(reach=500_00, bonus=5_00),))
    policy = replace(POLICY, recharge_campaigns=(instead,))
    assert bonus_on("2026-11-24", Fen(500_00), policy) == Bonus(amount=Fen(5_00), campaign="小")
    assert bonus_on("2026-11-24", Fen(499_99), policy) == Bonus()
    assert bonus_on("2026-10-31", Fen(500_00), policy) == Bonus(amount=Fen(60_00))


def test_the_pack_is_that_of_the_campaign_that_counts() -> None:
    pack = (PackCoupon(kind="c5", face=5_00, threshold=0, count=1),)
    policy = replace(POLICY, recharge_campaigns=(POOR, replace(WINTER, pack=pack)))
    assert bonus_on("2026-11-24", Fen(1_500_00), policy).pack == pack
    assert bonus_on("2026-11-24", Fen(499_99), policy).pack == ()
    assert [
        one.coupon for one in bonus_on("2026-11-24", Fen(1_500_00), policy).coupons("2026-11-24", str)
    ] == [""]
    assert bonus_on("2026-11-24", Fen(499_99), policy).coupons("2026-11-24", str) == ()


def test_so_are_its_vouchers() -> None:
    vouchers = (PackVoucher(worth=20_00),)
    policy = replace(POLICY, recharge_campaigns=(POOR, replace(WINTER, vouchers=vouchers)))
    assert bonus_on("2026-11-24", Fen(1_500_00), policy).vouchers == vouchers
    assert bonus_on("2026-11-24", Fen(499_99), policy).vouchers == ()


LOCK = RungLock(grade="95", price=7_70, litres=200_00, days=30)
LADDER = (Rung(reach=100_00, bonus=0), Rung(reach=1_000_00, bonus=0, lock=LOCK))


def test_a_locked_price_comes_with_the_highest_rung_that_is_reached() -> None:
    policy = Policy(recharge_ladder=LADDER)
    assert bonus_on("2026-11-24", Fen(1_000_00), policy) == Bonus(lock=LOCK)
    assert bonus_on("2026-11-24", Fen(999_99), policy) == Bonus()
    higher = replace(policy, recharge_ladder=(*LADDER, Rung(reach=2_000_00, bonus=5_00)))
    assert bonus_on("2026-11-24", Fen(2_000_00), higher) == Bonus(amount=Fen(5_00))


def test_of_equal_sums_the_ladder_with_a_locked_price_is_more() -> None:
    one = replace(POOR, ladder=(Rung(reach=500_00, bonus=60_00, lock=LOCK),))
    other = replace(WINTER, ladder=(Rung(reach=500_00, bonus=60_00, lock=replace(LOCK, price=1)),))
    policy = replace(POLICY, recharge_campaigns=(one, other))
    assert bonus_on("2026-11-24", Fen(500_00), policy) == Bonus(amount=Fen(60_00), campaign="小", lock=LOCK)
    more = replace(policy, recharge_campaigns=(one, WINTER))
    assert bonus_on("2026-11-24", Fen(500_00), more) == Bonus(amount=Fen(80_00), campaign="冬季")
    alone = Policy(recharge_campaigns=(replace(POOR, ladder=LADDER),))
    assert bonus_on("2026-11-24", Fen(1_000_00), alone) == Bonus(campaign="小", lock=LOCK)
    assert bonus_on("2026-11-24", Fen(500_00), alone) == Bonus()


def test_a_locked_price_is_good_on_its_days() -> None:
    assert LOCK.given("2026-11-24") == Grant(unit="litres:95@770", amount=200_00, until="2026-12-23")
    assert replace(LOCK, days=1).given("2026-11-24").until == "2026-11-24"
    assert replace(LOCK, days=None).given("2026-11-24").until == ""


@pytest.mark.parametrize(
    ("said", "fits"),
    [
        ({}, True), ({"litres": 1}, True), ({"litres": 10_000_000}, True), ({"days": 1}, True),
        ({"days": 3650}, True), ({"litres": 0}, False), ({"litres": 10_000_001}, False),
        ({"price": 0}, False),
        ({"days": 0}, False), ({"days": 3651}, False), ({"grade": ""}, False), ({"grade": "9:5"}, False),
    ],
)  # fmt: skip
def test_a_locked_price_is_one_that_the_ledger_takes(said: dict[str, object], *, fits: bool) -> None:
    row = {"grade": "95", "price": 770, "litres": 20_000} | said
    with nullcontext() if fits else pytest.raises(ValidationError):
        assert convert({"reach": 1, "bonus": 0, "lock": row}, Rung).lock is not None
    assert Rung(reach=1, bonus=0).lock is None
    assert convert({"grade": "95", "price": 770, "litres": 1}, RungLock).days is None


def test_points_come_with_the_campaign_that_counts_and_once() -> None:
    policy = replace(POLICY, recharge_campaigns=(replace(POOR, points=7), replace(WINTER, points=100)))
    assert bonus_on("2026-11-24", Fen(1_500_00), policy).points == 100
    assert bonus_on("2026-11-24", Fen(499_99), policy).points == 0
    assert bonus_on("2026-11-19", Fen(500_00), policy).points == 0
    yearly = replace(policy, points_end=PointsEnd(years=1), points_basis=PointsBasis.RECHARGE)
    found = bonus_on("2026-11-24", Fen(1_500_00), yearly)
    assert (found.until, [one.until for one in found.earned]) == ("2027-12-31", ["2027-12-31"])
    assert bonus_on("2026-11-19", Fen(99_00), yearly).until == ""
    assert bonus_on("2026-11-24", Fen(500_00), replace(POLICY, points_end=PointsEnd(years=1))).until == ""


def test_a_recharge_earns_only_where_points_are_for_recharging() -> None:
    policy = replace(POLICY, points_basis=PointsBasis.RECHARGE)
    for fen in (100_50, 500_00):  # By the usual ladder, and by a campaign's.
        assert bonus_on("2026-11-24", Fen(fen), POLICY).earned == ()
        (earned,) = bonus_on("2026-11-24", Fen(fen), policy).earned
        assert (earned.family, earned.points, earned.base) == ("goods", fen // 100, fen)


def test_of_equal_campaigns_the_first_counts_and_never_both() -> None:
    twin = RechargeCampaign(name="乙", since="2026-11-20", until="2026-11-30", ladder=WINTER.ladder)
    policy = Policy(recharge_campaigns=(WINTER, twin))
    assert bonus_on("2026-11-24", Fen(600_00), policy) == Bonus(amount=Fen(80_00), campaign="冬季")


@pytest.mark.parametrize(
    ("since", "until"), [("2026-11-30", "2026-11-29"), ("2026-02-30", "2026-12-31"), ("2026-01-01", "soon")]
)
def test_a_campaign_has_days_of_the_calendar(since: str, until: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        RechargeCampaign(name="x", since=since, until=until, ladder=USUAL)


@pytest.mark.parametrize(
    ("principal", "company", "ways"),
    [
        (4_999_99, True, (PaidBy.CASH, PaidBy.CODE)),
        (5_000_00, True, (PaidBy.TRANSFER,)),
        (5_000_00, False, (PaidBy.CASH, PaidBy.CODE)),
        (49_999_99, False, (PaidBy.CASH, PaidBy.CODE)),
        (50_000_00, False, (PaidBy.TRANSFER,)),
    ],
)
def test_much_comes_by_bank_transfer_alone(principal: int, company: bool, ways: tuple[PaidBy, ...]) -> None:  # noqa: FBT001  a parameter
    assert ways_in(Fen(principal), POLICY, company=company) == ways


def test_from_ten_thousand_the_shop_knows_who_buys() -> None:
    check_identity(Fen(9_999_99), POLICY, named=False)
    check_identity(Fen(10_000_00), POLICY, named=True)
    with pytest.raises(NeedsName):
        check_identity(Fen(10_000_00), POLICY, named=False)


@pytest.mark.parametrize(("by", "counts"), [(TierBy.POINTS, 500), (TierBy.SPENT, 0)])
def test_points_that_recharging_earns_count_towards_a_tier_by_points(by: TierBy, counts: int) -> None:
    tiers = Tiers(by=by, days=30, steps=(TierStep(tier="silver", reach=100),))
    policy = replace(POLICY, points_basis=PointsBasis.RECHARGE, tiers=tiers, points_end=PointsEnd(years=1))
    earned = bonus_on("2026-11-01", Fen(500_00), policy).earned
    assert [(one.points, one.until) for one in earned if one.family == "goods"] == [(500, "2027-12-31")]
    assert [(one.points, one.until) for one in earned if one.family == TIER_FAMILY] == (
        [(counts, "2026-11-30")] if counts else []
    )
