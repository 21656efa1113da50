"""What counts towards a tier, wherever it was earned: it is together where the member's card began."""

from __future__ import annotations

import pytest

from hq.decisions import merge_members, set_tier, write_off
from hq.memory import MemoryStore
from terminal.core.accounts import TIER_UNIT
from terminal.core.commands import (
    BookExpiry,
    BookGuest,
    BookRefund,
    BookSale,
    BookTier,
    PointsEarned,
    Returned,
    SaleLine,
    Tender,
    TenderKind,
)
from terminal.core.directives import TierSet
from terminal.core.tier_held import TierStands, tier_stands
from terminal.core.values import EntryId, MemberId, WalletId
from tests.hq.shop import Chain, Shop
from tests.hq.test_healing import Backup
from tests.hq.test_word import tier

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


# Up at once, down where the wallet began.


async def rises(shop: Shop, word: str = "gold") -> None:
    await shop.book(BookTier, wallet=WalletId("w1"), tier=word, why="spent")


async def falls(shop: Shop, of: str = "gold", to: str = "regular") -> None:
    """As its counter books it when the window has too little in it."""
    await shop.book(BookTier, wallet=WalletId("w1"), tier=to, why="spent", fell_from=of)


async def two_of_gold(chain: Chain) -> tuple[Shop, Shop]:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1")
    await spends(home, 300)
    await rises(home)
    await home.sync()
    await spends(away, 1)
    await leaves(away, 1)
    await home.sync()
    assert (tier(home), tier(away)) == ("gold", "gold")
    return home, away


async def both_say(home: Shop, away: Shop, word: str) -> None:
    for _ in range(2):
        await home.sync()
        await away.sync()
    assert (tier(home), tier(away)) == (word, word)


async def test_one_shop_with_headquarters_lets_it_fall(chain: Chain) -> None:
    home = await chain.shop("S1")
    await home.join("w1")
    await spends(home, 300)
    await rises(home)
    await home.sync()
    await falls(home)
    await home.sync()
    assert tier(home) == "regular"
    told = [item.directive for item in home.told if isinstance(item.directive, TierSet)]
    assert [one.tier for one in told] == ["gold", "regular"]


async def test_where_the_wallet_began_lets_it_fall_for_all(chain: Chain) -> None:
    home, away = await two_of_gold(chain)
    await falls(home)
    await both_say(home, away, "regular")


async def test_no_other_shop_does(chain: Chain) -> None:
    home, away = await two_of_gold(chain)
    await falls(away)
    assert tier(away) == "regular"
    await both_say(home, away, "gold")


async def test_nor_what_is_not_said_to_be_a_fall(chain: Chain) -> None:
    home, away = await two_of_gold(chain)
    await rises(home, "silver")
    await both_say(home, away, "gold")


async def test_it_stays_while_something_that_counts_lies_elsewhere(chain: Chain) -> None:
    home, away = await two_of_gold(chain)
    await spends(away, 1)
    await away.sync()
    assert away.holds(counts("w1")) == 1
    await falls(home)
    await both_say(home, away, "gold")
    await leaves(away, 1)  # Now on its way home, and not there.
    await falls(home)
    await home.push()
    await home.apply()
    assert (tier(home), await stands(home)) == ("gold", 302)
    await falls(home)
    await both_say(home, away, "regular")


async def test_or_in_the_pool(chain: Chain) -> None:
    home, away = await two_of_gold(chain)
    await leaves(home, 1)
    assert await chain.pool(counts("w1")) == 1
    await falls(home)
    await both_say(home, away, "gold")


async def test_what_a_shop_that_is_written_off_held_comes_home_and_holds_nothing_up(chain: Chain) -> None:
    home, away = await two_of_gold(chain)
    await spends(away, 1)
    await away.sync()
    await write_off(chain.exchange, chain.merchant, away.name, by="Chen", second="Li")
    await falls(home)
    await home.sync()
    assert (tier(home), await stands(home)) == ("gold", 302)
    await falls(home)
    await home.sync()
    assert tier(home) == "regular"


async def test_where_home_is_written_off_nobody_lets_it_fall(chain: Chain) -> None:
    home, away = await two_of_gold(chain)
    await write_off(chain.exchange, chain.merchant, home.name, by="Chen", second="Li")
    await falls(away)
    await away.sync()
    assert tier(away) == "gold"


@pytest.mark.parametrize("rise_first", [True, False])
async def test_a_rise_wins_over_a_fall_that_crosses_it(chain: Chain, *, rise_first: bool) -> None:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1")
    await rises(home, "silver")
    await home.sync()
    await spends(away, 500)
    await rises(away)
    await falls(home, "silver")
    for shop in (away, home) if rise_first else (home, away):
        await shop.push()
    await both_say(home, away, "gold")


async def test_a_fall_and_what_brings_it_back_in_one_batch_end_as_home_said_last(chain: Chain) -> None:
    home, away = await two_of_gold(chain)
    await falls(home)
    await rises(home, "silver")
    await both_say(home, away, "silver")


async def test_what_joined_twice_falls_where_the_wallet_began_that_stays(chain: Chain) -> None:
    home, away = await two_of_gold(chain)
    await away.join("w2")
    await away.sync()
    await merge_members(chain.exchange, chain.merchant, "w2", "w1", by="Chen")
    await both_say(home, away, "gold")
    await away.book(BookTier, wallet=WalletId("w1"), tier="regular", why="spent", fell_from="gold")
    await both_say(home, away, "gold")
    await falls(home)
    await both_say(home, away, "regular")


async def test_who_was_given_it_at_headquarters_keeps_it(chain: Chain) -> None:
    home, _ = await two_of_gold(chain)
    assert await may_fall(home)
    await set_tier(chain.exchange, chain.merchant, "w1", "silver", by="Chen")
    await home.sync()
    assert (tier(home), await may_fall(home)) == ("silver", False)
    await rises(home)
    await home.sync()
    assert (tier(home), await may_fall(home)) == ("gold", True)


async def test_a_fall_that_crosses_what_is_given_changes_nothing_of_it(chain: Chain) -> None:
    home, away = await two_of_gold(chain)
    await set_tier(chain.exchange, chain.merchant, "w1", "silver", by="Chen")
    await falls(home)
    await both_say(home, away, "silver")
    assert not await may_fall(home)


@pytest.mark.parametrize(
    ("other", "stands_as", "by_hand"), [("regular", "silver", True), ("gold", "gold", False)]
)
async def test_a_merge_leaves_it_given_unless_the_other_was_higher(
    chain: Chain, other: str, stands_as: str, *, by_hand: bool
) -> None:
    home, away = await two_of_gold(chain)
    await set_tier(chain.exchange, chain.merchant, "w1", "silver", by="Chen")
    await away.join("w2")
    await away.book(BookTier, wallet=WalletId("w2"), tier=other, why="spent")
    await away.sync()
    await merge_members(chain.exchange, chain.merchant, "w2", "w1", by="Chen")
    await both_say(home, away, stands_as)
    assert await may_fall(home) is not by_hand


async def may_fall(shop: Shop) -> bool:
    found: TierStands | None = await shop.ledger.ask(
        lambda state: tier_stands(state, wallet=WalletId("w1"), business_day=DAY)
    )
    assert found is not None
    return found.falls


async def test_no_visitor_falls_at_a_shop_of_a_chain(chain: Chain) -> None:
    home, away = await two_of_gold(chain)
    assert (await may_fall(home), await may_fall(away)) == (True, False)


@pytest.fixture
def memory() -> Chain:
    return Chain(MemoryStore())


async def test_it_stays_while_headquarters_is_restored(memory: Chain) -> None:
    home, away = await two_of_gold(memory)
    backup = Backup(memory)
    backup.restore(memory)
    await falls(home)
    await home.sync()
    assert tier(home) == "gold"
    await both_say(home, away, "gold")
    await falls(home)
    await both_say(home, away, "regular")


async def test_what_was_given_and_a_restore_forgot_is_told_as_given(memory: Chain) -> None:
    home, away = await two_of_gold(memory)
    backup = Backup(memory)
    await set_tier(memory.exchange, memory.merchant, "w1", "silver", by="Chen")
    await away.sync()
    backup.restore(memory)
    await both_say(home, away, "silver")
    assert not await may_fall(home)
