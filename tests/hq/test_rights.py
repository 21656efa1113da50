"""Who holds what: sites with the product's ledger against headquarters' rules, over both stores."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from hq.refusal import RequestRefused
from terminal.core.commands import BookExpiry, BookGrant, CouponGrant
from terminal.core.directives import Covered, Grant, Release
from terminal.core.errors import CouponNotUsable, NotBookable, UnknownCard
from terminal.core.rights import Want
from terminal.core.values import EntryId, WalletId
from terminal.core.wire.problem import ProblemCode
from terminal.core.wire.rights import AskOutcome
from tests.core.ledger.book import AT
from tests.hq.shop import FLOOR, Chain, Shop

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


async def test_asks_of_many_sites_at_once_get_what_lies_in_the_pool_and_no_more(chain: Chain) -> None:
    home, *others = [await chain.shop(f"S{number}") for number in range(9)]
    await home.join("w1")
    await home.recharge("w1", 1000_00)
    await home.sync()
    lies = await chain.pool(P1)
    asked = await asyncio.gather(*(shop.ask((P1, 60_00)) for shop in others))
    assert sorted(one.outcome for one in asked) == [AskOutcome.DIRECTED] * 3 + [AskOutcome.WAITING] * 5
    for shop in others:
        await shop.sync()
    assert sum(shop.holds(P1) for shop in others) == lies == 200_00
    await chain.conserved()


async def test_one_site_that_asks_twice_at_once_is_granted_what_it_wants_once(chain: Chain) -> None:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1")
    await home.recharge("w1", 1000_00)
    await home.sync()
    asked = await asyncio.gather(*(away.ask((P1, 50_00)) for _ in range(4)))
    assert {one.outcome for one in asked} == {AskOutcome.DIRECTED}
    await away.sync()
    assert away.holds(P1) == 50_00


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


@pytest.mark.parametrize("other", [{"wants": ((P1, 200_00),)}, {"key": "ab" * 32}, {"sales": "1"}])
async def test_an_id_that_was_asked_for_something_else_is_refused(
    chain: Chain, other: dict[str, Any]
) -> None:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1")
    await home.recharge("w1", 1000_00)
    await home.sync()
    ask = EntryId(chain.ids.new())
    assert (await away.ask((P1, 100_00), ask=ask)).outcome is AskOutcome.DIRECTED
    more = {"sales": (EntryId(chain.ids.new()),)} if "sales" in other else {}
    with pytest.raises(RequestRefused) as refusal:
        await away.ask(*other.get("wants", ((P1, 100_00),)), ask=ask, key=other.get("key"), **more)
    assert refusal.value.code is ProblemCode.REUSED
    await away.sync()
    assert away.holds(P1) == 100_00


async def test_two_questions_of_one_id_that_come_together_are_answered_once(chain: Chain) -> None:
    home, away = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1")
    await home.recharge("w1", 1000_00)
    await home.sync()
    ask = EntryId(chain.ids.new())
    both = (away.ask_only((P1, 100_00), ask=ask), away.ask_only((P1, 70_00), ask=ask))
    said = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(one).__name__ for one in said) == ["Asked", "RequestRefused"]
    await away.sync()
    assert away.holds(P1) in {100_00, 70_00}


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


async def test_of_two_shops_that_race_for_one_coupon_one_has_it_and_it_is_used_once(chain: Chain) -> None:
    home, *others = [await chain.shop(name) for name in ("S1", "S2", "S3")]
    await home.join("w1", "k1")
    await home.sync()
    coupon = "wallet:w1:coupon:k1"
    await asyncio.gather(*(shop.ask((coupon, 1)) for shop in others))
    for _ in range(2):
        for shop in (home, *others):
            await shop.sync()
    held = [shop for shop in others if shop.holds(coupon)]
    assert (len(held), home.holds(coupon)) == (1, 0)
    for shop in (home, *others):
        if shop in held:
            await shop.sell("w1", 10_00, cash=True, coupon="k1")
        else:
            with pytest.raises((CouponNotUsable, UnknownCard)):
                await shop.sell("w1", 10_00, cash=True, coupon="k1")
    for shop in (home, *others):
        await shop.sync()
    assert not any(shop.holds(coupon) for shop in (home, *others))


async def test_a_coupon_ends_where_it_lies_and_in_no_other_shop(chain: Chain) -> None:
    home, other = await chain.shop("S1"), await chain.shop("S2")
    await home.join("w1")
    names = ("k1", "k2")
    last = tuple(CouponGrant(coupon=k, kind="c", face=1, threshold=0, until=AT.business_day) for k in names)
    await home.book(BookGrant, wallet=WalletId("w1"), why="x", coupons=last)
    await home.sync()
    accounts = [f"wallet:w1:coupon:{name}" for name in names]
    await other.ask((accounts[1], 1))
    await home.sync()
    await other.sync()
    after = replace(AT, business_day="2999-01-01")

    async def ends(shop: Shop) -> None:
        ended = BookExpiry(id=EntryId(chain.ids.new()), at=after, wallet=WalletId("w1"), unit="coupon")
        await shop.ledger.submit(ended)
        await shop.sync()

    await ends(home)
    assert [shop.holds(account) for shop in (home, other) for account in accounts] == [0, 0, 0, 1]
    with pytest.raises(NotBookable):
        await ends(home)
    await ends(other)
    assert not any(shop.holds(account) for shop in (home, other) for account in accounts)


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


async def test_two_that_keep_it_both_are_not_asked_in_turn_but_again_after_a_while(chain: Chain) -> None:
    one, other, third = [await chain.shop(name) for name in ("S1", "S2", "S3")]
    await one.join("w1")
    await one.recharge("w1", 400_00)
    await one.sync()
    await other.ask((P1, 200_00))
    await other.sync()
    assert (one.holds(P1), other.holds(P1)) == (200_00, 200_00)
    await third.ask((P1, 300_00))
    for _ in range(6):
        for shop in (one, other):
            await shop.apply(Want(account=P1, amount=400_00))
            await shop.push()
    assert [releases(shop) for shop in (one, other)] == [
        1 + 1,
        2,
    ]  # For the reserve; for what the other kept.
    chain.clock.now_ms += chain.policy.again_ms
    await one.hello()
    await other.hello()
    await chain.exchange.tidy(chain.merchant)
    for shop in (one, other, third):
        await shop.sync()
    assert third.holds(P1) == 300_00
    await chain.conserved()


def releases(shop: Shop) -> int:
    """How many releases it was directed."""
    return len([told for told in shop.told if isinstance(told.directive, Release)])


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
