"""Tiers where there is a headquarters: up at once, down at the window's end, the same in every shop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial

import pytest
from msgspec.structs import replace

from hq.decisions import set_tier
from hq.publishing import rise
from terminal.core.accounts import TIER_UNIT
from terminal.core.commands import BookRefund, ClockTrust, PointsEarned, Returned
from terminal.core.policy import Policy
from terminal.core.ranks import TierOrder
from terminal.core.tier_names import Shown, TierShown
from terminal.core.tiers import TierBy, Tiers, TierStep
from terminal.core.values import SiteId, WalletId
from terminal.desk.chain_tiers import ChainTiers
from terminal.desk.tiers import TierDesk
from tests.store.facts import AT, an_id, sale
from tests.uplink.test_two_shops import CARD1, Company, Shop, _soon, issued_to_a_member, open_shops

W1 = WalletId("w1")
SURE = replace(AT, clock=ClockTrust.NETWORK)
LAST = "2027-11-23"
YEAR_ON = replace(SURE, business_day="2027-11-24")
TIERS = Tiers(
    by=TierBy.SPENT, steps=(TierStep(tier="silver", reach=50_00), TierStep(tier="gold", reach=90_00))
)


@pytest.fixture
async def company() -> Company:
    return Company()


async def comes(shop: Shop, tiers: Tiers = TIERS) -> str:
    """The member is at the counter; their tier by then."""
    desk = TierDesk(shop.ledger.committer, shop.ids, lambda: shop.today, Policy(tiers=tiers))
    await desk.look(W1)
    return tier(shop)


def tier(shop: Shop) -> str:
    known = shop.ledger.wallet(W1)
    assert known is not None
    return known.tier


async def spends(shop: Shop, entry: int, fen: int, until: str = LAST) -> None:
    counts = PointsEarned(family="tier", points=fen, until=until, base=fen, step=1)
    await shop.ledger.submit(replace(sale(entry, fen, number=1), card=None, points=(counts,)))


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await _soon(0)


def counts(company: Company, shop: Shop) -> int:
    """As headquarters has it of that shop."""
    key = (f"wallet:w1:{TIER_UNIT}", SiteId(shop.ledger.site))
    found = company.store.merchants["m"].balances.get(key)
    return found.balance if found else 0


async def told(company: Company, *shops: Shop) -> None:
    for _ in range(2):
        for shop in shops:
            await shop.level()
            await shop.hears(company)


async def joined(shop: Shop) -> None:
    shop.today = SURE
    await shop.ledger.submit(*issued_to_a_member())


async def test_in_one_shop_it_falls_at_the_windows_end(company: Company) -> None:
    async with open_shops(company, "S1") as (home,):
        await joined(home)
        await spends(home, 2, 50_00)
        assert await comes(home) == "silver"
        home.today = replace(SURE, business_day=LAST)
        assert await comes(home) == "silver"
        home.today = replace(YEAR_ON, clock=ClockTrust.UNKNOWN)
        assert await comes(home) == "silver"
        home.today = YEAR_ON
        assert await comes(home) == "regular"
        await told(company, home)
        assert tier(home) == company.store.merchants["m"].wallets["w1"].tier == "regular"


async def test_a_purchase_that_came_back_counts_no_more_at_once(company: Company) -> None:
    async with open_shops(company, "S1") as (home,):
        await joined(home)
        await spends(home, 2, 90_00)
        assert await comes(home) == "gold"
        await told(company, home)
        back = BookRefund(
            id=an_id(3),
            at=SURE,
            of=an_id(2),
            returned=(Returned(line=0, net=40_00),),
            why="sour",
            cash_step=1,
        )
        await home.ledger.submit(back)
        assert await comes(home) == "silver"
        await told(company, home)
        assert tier(home) == company.store.merchants["m"].wallets["w1"].tier == "silver"


async def two_of_silver(company: Company, home: Shop, away: Shop) -> None:
    await joined(home)
    await spends(home, 2, 50_00)
    assert await comes(home) == "silver"
    away.today = SURE
    await told(company, home)
    assert await away.desk.holder(CARD1) is not None
    await told(company, home, away)
    assert (tier(home), tier(away)) == ("silver", "silver")


async def test_what_falls_at_home_falls_in_the_other_shop(company: Company) -> None:
    async with open_shops(company, "S1", "S2") as (home, away):
        await two_of_silver(company, home, away)
        home.today = away.today = YEAR_ON
        assert await comes(away) == "silver"
        assert await comes(home) == "regular"
        await told(company, home, away)
        assert (tier(home), tier(away)) == ("regular", "regular")


async def test_what_was_bought_in_the_other_shop_holds_it_up_at_home(company: Company) -> None:
    async with open_shops(company, "S1", "S2") as (home, away):
        await two_of_silver(company, home, away)
        await spends(away, 30, 50_00, until="2028-11-22")
        await until(lambda: counts(company, home) == 100_00)
        await told(company, away, home)
        home.today = away.today = YEAR_ON
        assert await comes(home) == "silver"


@asynccontextmanager
async def reaching_headquarters(shop: Shop) -> AsyncGenerator[None]:
    running = asyncio.create_task(shop.uplink.run())
    try:
        yield
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_a_home_that_is_cut_off_lets_it_fall_and_says_so_later(company: Company) -> None:
    home = Shop(company, "S1")
    async with open_shops(company, "S2") as (away,):
        async with reaching_headquarters(home):
            await two_of_silver(company, home, away)
        home.today = away.today = YEAR_ON
        assert await comes(home) == "regular"
        assert tier(away) == "silver"
        async with reaching_headquarters(home):
            await told(company, home, away)
        assert (tier(home), tier(away)) == ("regular", "regular")


async def test_a_home_that_was_cut_off_hears_that_more_counts_than_it_knew(company: Company) -> None:
    home = Shop(company, "S1")
    async with open_shops(company, "S2") as (away,):
        async with reaching_headquarters(home):
            await two_of_silver(company, home, away)
        await spends(away, 30, 50_00, until="2028-11-22")
        await told(company, away)
        await until(lambda: not counts(company, away))
        home.today = away.today = YEAR_ON
        assert await comes(home) == "regular"
        async with reaching_headquarters(home):
            await told(company, home, away)
        assert (tier(home), tier(away)) == ("silver", "silver")
        assert await comes(home) == "silver"


async def test_what_headquarters_gave_stays(company: Company) -> None:
    async with open_shops(company, "S1", "S2") as (home, away):
        await two_of_silver(company, home, away)
        await set_tier(company.exchange, "m", "w1", "gold", by="Chen")
        await told(company, home, away)
        home.today = away.today = YEAR_ON
        assert await comes(home) == "gold"
        assert await comes(away) == "gold"


METAL = Tiers(
    by=TierBy.SPENT,
    base="铜",
    steps=(TierStep(tier="银", reach=50_00), TierStep(tier="金", reach=90_00)),
)


@pytest.mark.parametrize("published", [False, True])
async def test_a_chains_own_tiers_rise_and_fall_in_two_shops_as_at_headquarters(
    company: Company, *, published: bool
) -> None:
    """Without a published order the last word stands; with it who has not heard lowers nobody."""
    books = company.store.merchants["m"]
    async with open_shops(company, "S1", "S2") as (home, away):
        if published:
            await rise(
                company.store, "m", TierOrder(order=METAL.names), by="Chen", now_ms=company.clock.wall_ms()
            )
        away.today = SURE
        await joined(home)
        assert await comes(home, METAL) == "铜"
        await spends(home, 2, 50_00)
        assert await comes(home, METAL) == "银"
        await told(company, home)
        assert await away.desk.holder(CARD1) is not None
        await told(company, home, away)
        assert tier(home) == tier(away) == books.wallets["w1"].tier == "银"
        await spends(away, 3, 90_00)
        assert await comes(away, METAL) == "金"
        await told(company, away, home)
        assert tier(home) == tier(away) == books.wallets["w1"].tier == "金"
        home.today = away.today = YEAR_ON
        assert await comes(home, METAL) == "铜"
        await told(company, home, away)
        assert tier(home) == tier(away) == books.wallets["w1"].tier == "铜"
        await set_tier(company.exchange, "m", "w1", "金" if published else "gold", by="Chen")
        await told(company, home, away)
        assert tier(home) == tier(away) == ("金" if published else "gold")


async def hear(company: Company, followers: Sequence[ChainTiers], heard: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not heard():
            await company.maker.round()
            for one in followers:
                one.look()
            await _soon(0)


async def test_what_a_chain_calls_its_tiers_comes_to_both_shops_and_goes_again(company: Company) -> None:
    shown, order = {"金": TierShown(zh="金钻卡", en="Gold Plus")}, TierOrder(order=METAL.names)
    async with open_shops(company, "S1", "S2") as shops:
        said: list[list[Shown]] = [[], []]
        followers = [
            ChainTiers(one.ledger.sets, partial(active, one), says.append)
            for one, says in zip(shops, said, strict=True)
        ]
        running = [asyncio.create_task(one.run()) for one in followers]
        for at, names in enumerate((shown, {}), start=1):
            now_ms = company.clock.wall_ms()
            await rise(company.store, "m", order, shown=names, by="Chen", now_ms=now_ms)
            await hear(company, followers, lambda at=at: all(len(one) == at for one in said))  # type: ignore[misc]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    assert said == [[shown, {}], [shown, {}]]


def active(shop: Shop) -> Mapping[str, str]:
    return shop.ledger.standing().sets
