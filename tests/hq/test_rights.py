"""Who holds what: sites with the product's ledger against headquarters' rules, over both stores."""

from __future__ import annotations

from terminal.core.directives import Covered, Grant, Release
from terminal.core.rights import Want
from terminal.core.wire.rights import AskOutcome
from tests.hq.shop import FLOOR, Chain

P1 = "wallet:w1:principal"
MINUTE_MS = 60_000


async def test_the_home_keeps_all_but_the_reserve(chain: Chain) -> None:
    home, _ = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1")
    await home.recharge("w1", 1000_00, bonus=300_00)
    await home.sync()
    assert home.holds(P1) == 800_00
    assert home.holds("wallet:w1:bonus") == 100_00
    assert await chain.pool(P1) == 200_00
    await home.recharge("w1", 50_00)
    await home.sync()
    assert await chain.pool(P1) == 200_00


async def test_a_lone_site_keeps_everything(chain: Chain) -> None:
    home = await chain.shop("S1")
    await home.join("w1")
    await home.recharge("w1", 1000_00)
    await home.sync()
    assert home.holds(P1) == 1000_00


async def test_a_member_spends_at_another_site_what_the_pool_has_and_the_home_releases(chain: Chain) -> None:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1")
    await home.recharge("w1", 1000_00)
    await home.sync()
    asked = await away.ask((P1, 500_00))
    assert asked.outcome is AskOutcome.WAITING
    await away.sync()
    assert away.holds(P1) == 200_00
    await home.sync()
    await away.sync()
    assert away.holds(P1) == 500_00
    await away.sell("w1", 500_00)
    await away.sync()
    assert home.holds(P1) + away.holds(P1) + await chain.pool(P1) == 500_00


async def test_an_ask_is_for_what_is_needed_in_all_and_the_same_id_is_one_effect(chain: Chain) -> None:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1")
    await home.recharge("w1", 1000_00)
    await home.sync()
    ask = chain.ids.new()
    first = await away.ask((P1, 100_00), ask=ask)
    assert await away.ask((P1, 100_00), ask=ask) == first
    assert first.outcome is AskOutcome.DIRECTED
    await away.sync()
    assert away.holds(P1) == 100_00
    again = await away.ask((P1, 100_00))
    assert again.outcome is AskOutcome.DIRECTED
    await away.sync()
    assert away.holds(P1) == 100_00


async def test_nobody_is_asked_for_more_than_there_is(chain: Chain) -> None:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1")
    await home.recharge("w1", 300_00)
    await home.sync()
    for _ in range(3):
        await away.ask((P1, 900_00))
        await home.sync()
        await away.sync()
    assert away.holds(P1) == 300_00
    assert (await away.ask((P1, 900_00))).outcome is AskOutcome.SHORT


async def test_a_site_that_is_offline_is_not_waited_for(chain: Chain) -> None:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1")
    await home.recharge("w1", 1000_00)
    await home.sync()
    chain.clock.now_ms += 10 * MINUTE_MS
    assert (await away.ask((P1, 500_00))).outcome is AskOutcome.SHORT
    await away.sync()
    assert away.holds(P1) == 200_00


async def test_an_ask_that_nobody_answered_in_time_is_over(chain: Chain) -> None:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1")
    await home.recharge("w1", 1000_00)
    await home.sync()
    assert (await away.ask((P1, 500_00))).outcome is AskOutcome.WAITING
    chain.clock.now_ms += 3 * MINUTE_MS
    await home.sync()
    await away.sync()
    assert away.holds(P1) == 200_00
    assert await chain.pool(P1) == 300_00


async def test_what_was_spent_beyond_rights_is_one_exception_that_closes_itself(chain: Chain) -> None:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1")
    await home.recharge("w1", 150_00)
    await home.sync()
    await away.ask((P1, 1_00))  # So that the wallet is known there.
    await home.sync()
    await away.sync()
    held = away.holds(P1)
    sale = await away.sell("w1", held + 80_00, floor=FLOOR)
    await away.push()
    await chain.conserved()
    assert await chain.open_exceptions("uncovered") == [sale]
    await home.sync()
    told = await away.apply()
    assert [one.directive for one in told] == [Covered(account=P1, amount=80_00)]
    await away.sync()
    assert await chain.open_exceptions("uncovered") == []
    assert away.holds("site:S2:overdraft:w1:principal") == 0
    assert await chain.overdrawn() == 0


async def test_the_next_recharge_anywhere_covers_what_is_open(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1")
    await one.sync()
    await one.sell("w1", 80_00, floor=FLOOR)
    await one.sync()
    assert await chain.overdrawn() == 80_00
    await other.join("w1")
    await other.recharge("w1", 100_00)
    await other.sync()
    await one.sync()
    assert await chain.overdrawn() == 0
    assert await chain.open_exceptions("uncovered") == []


async def test_points_go_to_the_pool_and_come_back_with_their_lots(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1")
    await one.sell("w1", 100_00, cash=True, points=100)
    await one.give_back(("wallet:w1:points:goods", 100))
    await one.sync()
    assert await chain.pool("wallet:w1:points:goods") == 100
    await other.ask(("wallet:w1:points:goods", 60))
    await other.sync()
    assert other.holds("wallet:w1:points:goods") == 60


async def test_a_coupon_is_with_one_site_and_moves_whole(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1", "k1")
    await one.sync()
    coupon = "wallet:w1:coupon:k1"
    assert (await other.ask((coupon, 1))).outcome is AskOutcome.WAITING
    await one.sync()
    await other.sync()
    assert (one.holds(coupon), other.holds(coupon)) == (0, 1)
    assert other.ledger.coupon("k1") is not None
    await other.sell("w1", 10_00, cash=True, coupon="k1")
    await other.sync()
    assert other.holds(coupon) == 0


async def test_what_an_open_ask_needs_stays_and_nobody_is_asked_in_a_ring(chain: Chain) -> None:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1")
    await one.recharge("w1", 150_00)
    await one.sync()
    await other.ask((P1, 100_00))
    for _ in range(3):
        await one.apply(Want(account=P1, amount=150_00))
        await one.push()
    assert len([told for told in one.told if isinstance(told.directive, Release)]) == 1
    assert one.holds(P1) == 150_00
    await chain.conserved()


async def test_a_grant_names_member_and_tier_of_a_wallet_that_begins_there(chain: Chain) -> None:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1", member="m7")
    await home.recharge("w1", 1000_00)
    await home.sync()
    await away.ask((P1, 10_00))
    (told,) = await away.apply()
    assert isinstance(told.directive, Grant)
    assert told.directive.member == "m7"
    known = away.ledger.wallet("w1")
    assert known is not None
    assert known.member == "m7"
