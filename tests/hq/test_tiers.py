"""What counts towards a tier, wherever it was earned: it is together where the member's card began."""

from __future__ import annotations

import pytest

from hq.decisions import merge_members
from terminal.core.accounts import TIER_UNIT
from terminal.core.commands import (
    BookExpiry,
    BookGuest,
    BookRefund,
    BookSale,
    PointsEarned,
    Returned,
    SaleLine,
    Tender,
    TenderKind,
)
from terminal.core.tier_held import TierStands, tier_stands
from terminal.core.values import EntryId, MemberId, WalletId
from tests.hq.shop import Chain, Shop

DAY, LAST, AFTER = "2026-11-24", "2027-11-23", "2027-11-24"


def counts(wallet: str) -> str:
    return f"wallet:{wallet}:{TIER_UNIT}"


async def spends(shop: Shop, fen: int, wallet: str = "w1", until: str = LAST) -> EntryId:
    """In cash, at a shop where each fen counts; what is not of this shop goes back with the next PUSH."""
    if await shop.ledger.ask(lambda state: state.wallet(WalletId(wallet))) is None:
        member = MemberId(f"m-{wallet}")
        await shop.book(BookGuest, wallet=WalletId(wallet), member=member, card=None, tier="regular")
    line = SaleLine(sku="A", name="Apple", category="fruit", quantity=1, unit_price=fen, gross=fen, net=fen)
    earned = PointsEarned(family="tier", points=fen, until=until, base=fen, step=1)
    return await shop.book(
        BookSale,
        wallet=WalletId(wallet),
        card=None,
        lines=(line,),
        due=fen,
        tenders=(Tender(kind=TenderKind.CASH, amount=fen),),
        received=fen,
        points=(earned,),
    )


async def leaves(shop: Shop, fen: int, wallet: str = "w1") -> None:
    await shop.give_back((counts(wallet), fen))
    await shop.sync()


async def stands(shop: Shop, wallet: str = "w1", day: str = DAY) -> int:
    found: TierStands | None = await shop.ledger.ask(
        lambda state: tier_stands(state, wallet=WalletId(wallet), business_day=day)
    )
    return found.counted if found else 0


async def test_what_was_spent_in_another_shop_counts_at_home_until_its_day_is_over(chain: Chain) -> None:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1")
    await spends(home, 300)
    await home.sync()
    await spends(away, 500)
    await leaves(away, 500)
    assert (away.holds(counts("w1")), await chain.pool(counts("w1"))) == (0, 0)
    await home.sync()
    assert await stands(home) == 800
    assert await stands(home, day=AFTER) == 0
    assert home.holds("wallet:w1:points:goods") == 0


async def test_what_home_gives_back_is_not_sent_to_it_again(chain: Chain) -> None:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1")
    await spends(home, 300)
    await leaves(home, 300)
    assert (home.holds(counts("w1")), await chain.pool(counts("w1"))) == (0, 300)
    await spends(away, 500)
    await leaves(away, 500)
    await home.sync()
    assert await stands(home) == 800


async def test_what_comes_back_of_a_sale_in_another_shop_counts_nowhere(chain: Chain) -> None:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1")
    await home.sync()
    sale = await spends(away, 500)
    await leaves(away, 500)
    await home.sync()
    assert await stands(home) == 500
    await away.book(BookRefund, of=sale, returned=(Returned(line=0, net=200),), why="sour", cash_step=1)
    assert away.holds(f"wallet:w1:debt:{TIER_UNIT}") == -200
    await away.sync()
    for shop in (home, away, home):
        await shop.sync()
    assert (await stands(home), await chain.pool(counts("w1"))) == (300, 0)


async def test_both_wallets_of_who_joined_twice_count_for_the_one_that_stays(chain: Chain) -> None:
    home, other = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1")
    await home.sync()
    await other.join("w2")
    await spends(other, 500, "w2")
    await leaves(other, 500, "w2")
    assert await chain.pool(counts("w2")) == 500
    await merge_members(chain.exchange, chain.merchant, "w2", "w1", by="Chen")
    await chain.conserved()
    await home.sync()
    assert (await stands(home), await chain.pool(counts("w1"))) == (500, 0)


async def test_where_nobody_has_heard_of_who_it_is_it_waits(chain: Chain) -> None:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1")
    await spends(away, 500)
    await leaves(away, 500)
    assert await chain.pool(counts("w1")) == 500
    await home.sync()
    await spends(away, 1)
    await leaves(away, 1)
    await home.sync()
    assert await stands(home) == 501


@pytest.mark.parametrize("until", [LAST, "2026-11-23"])
async def test_what_left_the_window_is_written_off_at_home_and_owed_by_nobody(
    chain: Chain, until: str
) -> None:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1")
    await home.sync()
    sale = await spends(away, 500, until=until)
    await leaves(away, 500)
    await home.sync()
    if until < DAY:
        await home.book(BookExpiry, wallet=WalletId("w1"), unit=TIER_UNIT)
    await away.book(BookRefund, of=sale, returned=(Returned(line=0, net=500),), why="sour", cash_step=1)
    for shop in (away, home, away, home):
        await shop.sync()
    assert (home.holds(counts("w1")), await stands(home)) == (0, 0)
    await spends(home, 70)
    assert await stands(home) == 70


async def test_it_is_healed_with_a_fork(chain: Chain) -> None:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1")
    await home.sync()
    await spends(away, 500)
    await leaves(away, 500)
    await home.sync()
    await spends(home, 70)
    await home.heal(2)
    await home.sync()
    assert await stands(home) == 570
