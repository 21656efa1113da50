"""Tiers at a running counter: the next sale is by the new one, and a year later it is gone."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from terminal.core.accounts import TIER_UNIT
from terminal.core.cashback import CashbackRate
from terminal.core.commands import (
    BookExpiry,
    BookGrant,
    BookJoin,
    BookSale,
    BookTier,
    ClockTrust,
    Grant,
    Opens,
    PointsEarned,
    Private,
    SaleLine,
    Tender,
    TenderKind,
)
from terminal.core.policy import PointsBasis, Policy
from terminal.core.pricing import Tariff, parsed
from terminal.core.screens import State
from terminal.core.tier_names import TierShown
from terminal.core.tiers import TierBy, Tiers, TierStep
from terminal.core.trust import Credential, Medium
from terminal.core.values import EntryId, MemberId, WalletId
from terminal.desk.tiers import ENDED_MAX
from tests.desk.fakes import BADGE, Bench, ManualTime
from tests.flows.shop import POLICY, UNNAMED_CARD, WANG, WANG_CARD

DAY_MS = 86_400_000
LI = Credential(medium=Medium.PHONE, number="19000000377")
LINES = (
    SaleLine(sku="A1", name="A", category="goods", quantity=1, unit_price=30_00, gross=30_00, net=30_00),
)
CODE = (Tender(kind=TenderKind.CODE, amount=30_00),)
TIERS = Tiers(
    by=TierBy.SPENT, steps=(TierStep(tier="silver", reach=50_00), TierStep(tier="gold", reach=90_00))
)
SHOP: Policy = replace(POLICY, tiers=TIERS)


def tariff() -> Tariff:
    pays = {"silver": {"goods": 90}, "gold": {"goods": 80}}
    found, refused = parsed([("tier", {"rule": "tier_price", "name": "会员价", "pay": pays})])
    assert not refused
    return found


async def pays(bench: Bench, yuan: str, says: str | None = None) -> str:
    """In cash; what was due. `says`: the tier that its receipt names, or none."""
    await bench.touch("start", "checkout")
    await bench.key(yuan)
    await bench.touch("done")
    await bench.tap(WANG_CARD)
    due = bench.screen.amount
    await bench.touch("pick", "cash")
    await bench.key("100")
    await bench.touch("confirm")
    assert bench.state is State.APPROVED
    assert says is None or says_tier(bench) == says
    await bench.touch("done")
    return due


def says_tier(bench: Bench) -> str:
    """Which one the receipt on the screen names, and the paper with it."""
    found = re.search("会员等级（下次起）.*?(普通|银卡|金卡)", bench.screen.receipt)
    return found[1] if found else ""


def later(bench: Bench, days: int) -> Bench:
    """The same shop and books, so many days on."""
    return Bench(
        policy=bench.counter.policy, tariff=tariff(), ledger=bench.ledger, time=ManualTime(days * DAY_MS)
    )


def tiers(bench: Bench) -> list[str]:
    return [one.command.tier for one in bench.booked if isinstance(one.command, BookTier)]


async def test_a_tier_that_is_reached_counts_from_the_next_sale() -> None:
    async with Bench(policy=SHOP, tariff=tariff()) as bench:
        assert await pays(bench, "49", "") == "¥49.00"
        assert await pays(bench, "1", "银卡") == "¥1.00"
        assert tiers(bench) == ["silver"]
        assert await pays(bench, "50", "金卡") == "¥45.00"
        assert tiers(bench) == ["silver", "gold"]
        assert await pays(bench, "50", "") == "¥40.00"
        assert tiers(bench) == ["silver", "gold"]


async def test_it_falls_when_the_window_has_less_in_it_and_the_member_comes() -> None:
    async with Bench(policy=SHOP, tariff=tariff()) as bench:
        await pays(bench, "50")
    async with later(bench, 364) as same_window:
        assert await pays(same_window, "10") == "¥9.00"
    async with later(bench, 365) as next_one:
        assert await pays(next_one, "10") == "¥10.00"
        assert tiers(next_one) == ["silver", "regular"]


INSTEAD = replace(
    POLICY,
    tiers=Tiers(by=TierBy.POINTS, steps=(TierStep(tier="gold", reach=90),)),
    cashback=CashbackRate(rate_bp=300, tiers=("gold",)),
)


async def test_whoever_gets_cashback_in_the_place_of_points_keeps_the_tier_by_buying() -> None:
    async with Bench(policy=INSTEAD, tariff=tariff()) as bench:
        assert await pays(bench, "90", "金卡") == "¥90.00"
    async with later(bench, 364) as same_window:
        assert await pays(same_window, "90") == "¥72.00"
        assert await pays(same_window, "30") == "¥24.00"
        sale = same_window.booked[-1].command
        assert isinstance(sale, BookSale)
        assert ([one.family for one in sale.points], sale.cashback is None) == (["tier"], False)
    async with later(bench, 365) as next_one:
        assert await pays(next_one, "10") == "¥8.00"
        assert tiers(next_one) == ["gold"]


async def voids(bench: Bench, says: str) -> None:
    """The last sale; `says`: the tier that its receipt names, or none."""
    sold = [one for one in bench.booked if isinstance(one.command, BookSale)]
    await bench.touch("start", "void")
    await bench.key(sold[-1].receipt_no)
    await bench.touch("pick", bench.screen.choices[0].value)
    await bench.touch("confirm")
    assert bench.state is State.APPROVED
    assert says_tier(bench) == says
    await bench.touch("done")


async def test_and_what_comes_back_counts_no_more() -> None:
    async with Bench(policy=INSTEAD, tariff=tariff()) as bench:
        await pays(bench, "90")
    async with later(bench, 364) as same_window:
        assert await pays(same_window, "120") == "¥96.00"
        await voids(same_window, "")
    async with later(bench, 365) as next_one:
        assert await pays(next_one, "10") == "¥10.00"
        assert tiers(next_one) == ["gold", "regular"]


async def test_one_that_is_given_stays_for_the_window_and_no_longer() -> None:
    async with Bench(policy=SHOP, tariff=tariff()) as bench:
        await bench.touch("start", "own")
        await bench.tap(WANG_CARD)
        await bench.scan(BADGE)
        await bench.touch("pick", "tier")
        await bench.touch("pick", "silver")
        assert bench.state is State.CONFIRM
        await bench.touch("confirm")
        assert bench.state is State.SAYING
        await bench.touch("done")
        assert tiers(bench) == ["silver"]
        assert await pays(bench, "10") == "¥9.00"
    async with later(bench, 364) as same_window:
        assert await pays(same_window, "10") == "¥9.00"
    async with later(bench, 365) as next_one:
        assert await pays(next_one, "10") == "¥10.00"
        assert tiers(next_one) == ["silver", "regular"]


BY_RECHARGE = replace(
    POLICY,
    tiers=Tiers(by=TierBy.POINTS, steps=(TierStep(tier="gold", reach=90),)),
    points_basis=PointsBasis.RECHARGE,
)


async def test_where_recharging_earns_it_is_what_brings_a_tier() -> None:
    async with Bench(policy=BY_RECHARGE, tariff=tariff()) as bench:
        assert await pays(bench, "100", "") == "¥100.00"
        await bench.touch("start", "recharge")
        await bench.tap(WANG_CARD)
        await bench.key("90")
        await bench.touch("pick", "90.00")
        await bench.touch("confirm")
        assert (bench.state, says_tier(bench)) == (State.APPROVED, "金卡")
        await bench.touch("done")
        assert await pays(bench, "100", "") == "¥80.00"
        assert tiers(bench) == ["gold"]


NAMED = replace(
    POLICY,
    tiers=Tiers(
        by=TierBy.SPENT,
        steps=(TierStep(tier="gold", reach=90_00), TierStep(tier="diamond", reach=99_00)),
        shown={"diamond": TierShown(zh="钻石会员", en="Diamond")},
    ),
)
CHAIN = {"diamond": TierShown(zh="蓝钻"), "gold": TierShown(zh="金钻", en="Gold Plus")}


async def seen_as(bench: Bench) -> tuple[str, str]:
    """What the page says of a member's tier, and by what it is booked."""
    await bench.touch("start", "checkout")
    await bench.key("1")
    await bench.touch("done")
    await bench.tap(WANG_CARD)
    holder = bench.screen.holder
    assert holder is not None
    said = holder.tier_said
    await bench.touch("cancel")
    await bench.touch("done")
    return (said.own.get("zh-Hant", said.text) if said else "", holder.tier)


async def test_a_tier_is_shown_and_printed_as_the_shop_calls_it() -> None:
    async with Bench(policy=NAMED, tariff=tariff()) as bench:
        assert await seen_as(bench) == ("regular", "regular")
        bench.counter.calls(CHAIN)
        await pays(bench, "90")
        assert await seen_as(bench) == ("金鑽", "gold")
        bench.counter.calls({})
        assert await seen_as(bench) == ("gold", "gold")
        await bench.touch("start", "checkout")
        await bench.key("90")
        await bench.touch("done")
        await bench.tap(WANG_CARD)
        await bench.touch("pick", "cash")
        await bench.key("100")
        await bench.touch("confirm")
        assert "钻石会员" in bench.screen.receipt
        await bench.touch("done")
        bench.counter.calls(CHAIN)
        assert await seen_as(bench) == ("鑽石會員", "diamond")
    async with later(bench, 365) as next_one:
        assert await seen_as(next_one) == ("regular", "regular")


async def test_a_tier_without_words_is_shown_by_its_id() -> None:
    tiers = Tiers(by=TierBy.SPENT, base="starter", steps=(TierStep(tier="black", reach=1_00),))
    async with Bench(policy=replace(POLICY, tiers=tiers), tariff=tariff()) as bench:
        await pays(bench, "1")
        assert await seen_as(bench) == ("", "black")


def fallen_from(bench: Bench) -> list[str]:
    return [one.command.fell_from for one in bench.booked if isinstance(one.command, BookTier)]


async def with_headquarters(bench: Bench) -> None:
    await bench.ledger.stands(replace(bench.ledger.standing(), hq_epoch=1))


async def test_a_fall_says_what_it_fell_from_and_a_rise_from_nothing() -> None:
    async with Bench(policy=SHOP, tariff=tariff()) as bench:
        await pays(bench, "90")
    async with later(bench, 365) as next_one:
        await pays(next_one, "60")
        assert tiers(next_one) == ["gold", "regular", "silver"]
        assert fallen_from(next_one) == ["", "gold", ""]


async def test_with_headquarters_it_falls_where_the_wallet_began() -> None:
    async with Bench(policy=SHOP, tariff=tariff()) as bench:
        await with_headquarters(bench)
        await pays(bench, "50")
    async with later(bench, 364) as same_window:
        assert await pays(same_window, "10") == "¥9.00"
    async with later(bench, 365) as next_one:
        assert await pays(next_one, "10") == "¥10.00"
        assert (tiers(next_one), fallen_from(next_one)) == (["silver", "regular"], ["", "silver"])


async def test_and_not_where_they_are_a_visitor() -> None:
    async with Bench(policy=SHOP, tariff=tariff()) as bench:
        await with_headquarters(bench)
        bench.ledger.begun_by[WANG.wallet] = "guest"
        await pays(bench, "50")
    async with later(bench, 365) as next_one:
        assert await pays(next_one, "10") == "¥9.00"
        assert tiers(next_one) == ["silver"]


async def test_with_headquarters_a_tier_given_by_hand_at_the_counter_ends_with_the_window() -> None:
    async with Bench(policy=SHOP, tariff=tariff()) as bench:
        await with_headquarters(bench)
        grant = TIERS.granted(50_00, bench.session.occasion().business_day)
        given = BookGrant(
            id=bench.counter.new_id(),
            at=bench.session.occasion(),
            wallet=WANG.wallet,
            why="by hand",
            grants=(grant,),
        )
        await bench.ledger.submit(given)
        assert await pays(bench, "1") == "¥0.90"
    async with later(bench, 365) as next_one:
        assert await pays(next_one, "10") == "¥10.00"
        assert fallen_from(next_one) == ["", "silver"]


async def test_a_refund_takes_the_tier_back() -> None:
    async with Bench(policy=SHOP, tariff=tariff()) as bench:
        await pays(bench, "50")
        await voids(bench, "普通")
        assert tiers(bench) == ["silver", "regular"]


async def with_lots(bench: Bench, count: int) -> None:
    """As so many days of buying lay them: each counts until another day."""
    for number in range(count):
        until = (date(2027, 1, 1) + timedelta(days=number)).isoformat()
        made = BookGrant(
            id=bench.counter.new_id(),
            at=bench.session.occasion(),
            wallet=WANG.wallet,
            why="x",
            grants=(Grant(unit=TIER_UNIT, amount=1, until=until),),
        )
        await bench.ledger.submit(made)


@pytest.mark.parametrize(("lots", "written_off"), [(ENDED_MAX, 0), (ENDED_MAX + 1, 1)])
async def test_what_left_the_window_is_written_off_when_there_is_much_of_it(
    lots: int, written_off: int
) -> None:
    async with Bench(policy=SHOP, tariff=tariff()) as bench:
        await with_lots(bench, lots)
        assert not [one for one in bench.booked if isinstance(one.command, BookExpiry)]
    async with later(bench, 800) as next_one:
        await pays(next_one, "1")
        ended = [one for one in next_one.booked if isinstance(one.command, BookExpiry)]
        assert len(ended) == written_off


async def test_nobody_ranks_an_unnamed_card_and_a_shop_without_tiers_ranks_nobody() -> None:
    async with Bench(policy=SHOP, tariff=tariff()) as bench:
        await bench.touch("start", "checkout")
        await bench.key("60")
        await bench.touch("done")
        await bench.tap(UNNAMED_CARD)
        await bench.touch("pick", "cash")
        await bench.key("60")
        await bench.touch("confirm")
        await bench.touch("done")
        assert tiers(bench) == []
    async with Bench(tariff=tariff()) as bench:
        await pays(bench, "99")
        assert tiers(bench) == []
    assert WANG.tier == "regular"


async def test_no_tier_falls_by_a_clock_that_nobody_vouches_for() -> None:
    async with Bench(policy=SHOP, tariff=tariff()) as bench:
        await pays(bench, "50")
    for days, trust, due in ((800, ClockTrust.UNKNOWN, "¥9.00"), (900, ClockTrust.NETWORK, "¥10.00")):
        again = later(bench, days)
        again.time.trust = trust
        async with again:
            assert await pays(again, "10") == due
            assert tiers(again)[1:] == ([] if trust is ClockTrust.UNKNOWN else ["regular"])


async def test_nor_is_what_counted_written_off_by_it() -> None:
    async with Bench(policy=SHOP, tariff=tariff()) as bench:
        await with_lots(bench, ENDED_MAX + 1)
    for days, trust, written_off in ((800, ClockTrust.UNKNOWN, 0), (900, ClockTrust.NETWORK, 1)):
        again = later(bench, days)
        again.time.trust = trust
        async with again:
            await pays(again, "10")
            assert sum(isinstance(one.command, BookExpiry) for one in again.booked) == written_off


async def test_two_who_become_one_have_the_tier_of_what_both_spent_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with Bench(policy=SHOP, tariff=tariff()) as bench:
        ids, at = bench.ids, bench.session.occasion()
        opens = Opens(
            wallet=WalletId("w-li"),
            member=MemberId("m-li"),
            card=None,
            commitment="",
            terms="1",
            channel="counter",
            recruiter=at.operator,
        )
        await bench.ledger.submit(
            BookJoin(id=EntryId(ids.new()), at=at, opens=opens), Private(credentials=(LI,))
        )
        for wallet in (opens.wallet, WANG.wallet):
            spent = PointsEarned(family="tier", points=30_00, until="2099-01-01", base=30_00, step=1)
            sale = BookSale(
                id=EntryId(ids.new()),
                at=at,
                wallet=wallet,
                card=None,
                lines=LINES,
                due=30_00,
                tenders=CODE,
                points=(spent,),
            )
            await bench.ledger.submit(sale)
        await bench.touch("start", "card")
        await bench.touch("phone")
        await bench.key(LI.number)
        await bench.touch("pick", "merge")
        await bench.scan(BADGE)
        await bench.tap(WANG_CARD)
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        await bench.touch("done")
        one = bench.ledger.wallet(WANG.wallet)
        assert one is not None
        assert one.tier == "silver"
        assert "the tier is not known" not in caplog.text
