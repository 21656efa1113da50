from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from hq.decisions import NotDecided, known_gone
from hq.exposure import Exposure, SiteExposure, exposed
from hq.operators import Session
from hq.overview import COVERED_MS, Overview, overview
from hq.page import operator_page
from hq.policy import Policy
from hq.postgres import connected
from hq.refusal import RequestRefused
from hq.sets_ports import SHARED
from hq.totals import in_fen
from terminal.core.fleet import WorstDay
from terminal.core.values import SiteId
from tests.hq.process import Headquarters
from tests.hq.shop import FLOOR, Chain, Shop
from tests.hq.test_healing import P1, with_value
from tests.hq.test_late import brings, gives_up


async def gone(shop: Shop, second: str = "Li") -> None:
    await known_gone(shop.exchange, shop.merchant, shop.name, by="Chen", second=second)


async def seen(chain: Chain) -> Exposure:
    found = await exposed(chain.store, chain.merchant, Policy(), chain.clock.now_ms)
    assert found is not None
    return found


async def of(shop: Shop) -> SiteExposure:
    (found,) = [site for site in (await seen(shop.chain)).sites if site.site == shop.name]
    return found


async def test_the_owner_sees_what_can_be_lost_at_worst(chain: Chain) -> None:
    assert await exposed(chain.store, chain.merchant, Policy(), chain.clock.now_ms) is None
    one, other = await chain.shop("S1"), await chain.shop("S2")
    for number in range(3):
        await one.join(f"w{number}")
    await one.sync()
    chain.clock.now_ms += 10 * 60_000
    await other.join("w3")
    await other.sell("w3", 40_00, floor=FLOOR)
    await other.push(1)
    first = await seen(chain)
    assert (first.wallets, first.worst, first.worst_now) == (4, 800_00, 400_00)  # F of 100 yuan, four times.
    assert (first.open, first.tail, first.tail_fen) == (0, 1, 0)  # What is there moved no money.
    await other.push()
    then = await seen(chain)
    assert (then.open, then.tail) == (40_00, 0)
    assert [site.offline for site in then.sites] == [True, False]
    for number in range(3):
        await other.recharge("w3", 60_00 + number)
    await other.push(1)
    last, there = await seen(chain), (await of(other)).an_entry
    assert (last.tail, last.tail_fen) == (2, 2 * there)
    assert there == (60_00 + 0) // 3  # A join and a sale beyond rights moved none, a recharge did.
    assert (last.twice, last.lacking, last.unsure) == (0, 0, False)


async def test_a_site_is_offline_when_it_was_not_heard_of_for_longer_than_that(chain: Chain) -> None:
    shop = await chain.shop("S1")
    chain.clock.now_ms += Policy().online_ms
    assert not (await of(shop)).offline
    chain.clock.now_ms += 1
    assert (await of(shop)).offline


async def test_what_an_entry_moves_is_rounded(chain: Chain) -> None:
    shop = await chain.shop("S1")
    assert (await of(shop)).an_entry == 0
    await shop.join("w1")
    for principal, average in ((1, 1), (1, 1), (2, 1), (3, 1), (6, 2)):  # 1/2, 2/3, 4/4, 7/5, 13/6
        await shop.recharge("w1", principal)
        await shop.push()
        assert (await of(shop)).an_entry == average


async def test_what_a_site_that_was_written_off_may_spend_counts_until_it_is_known_to_be_gone(
    chain: Chain,
) -> None:
    home, away = await with_value(chain)
    await away.ask((P1, 100_00))
    await away.sync()
    await away.ask((P1, 150_00))  # 50 more are on their way.
    live = await of(away)
    assert (live.worst, live.beyond, live.twice, live.offline) == (100_00, 100_00, 0, False)
    with pytest.raises(NotDecided, match="no such site was written off"):
        await gone(away)
    await gives_up(away)
    dead, whole = await of(away), await seen(chain)
    assert (dead.beyond, dead.twice, dead.worst) == (100_00, 150_00, 250_00)
    assert (dead.offline, dead.unsure) == (True, False)
    assert (whole.twice, whole.worst_now, whole.worst) == (150_00, 250_00, 350_00)
    assert (await of(home)).worst == 100_00
    with pytest.raises(NotDecided, match="first one's"):
        await gone(away, second="chen ")
    await gone(away)
    after = await of(away)
    assert (after.beyond, after.twice, after.worst) == (0, 0, 0)
    assert ((await seen(chain)).worst, (await seen(chain)).worst_now) == (100_00, 0)
    with pytest.raises(NotDecided, match="known already"):
        await gone(away)
    async with chain.store.turn(chain.merchant, SHARED) as turn:
        assert [(act.who, act.what) for act in await turn.acts(1)] == [
            ("Chen, Li", "the machine of S2 is gone: it sells nowhere any more")
        ]


async def test_whoever_calls_is_not_gone(chain: Chain) -> None:
    _, away = await with_value(chain)
    await gives_up(away)
    await gone(away)
    with pytest.raises(RequestRefused):
        await away.hello()
    assert (await of(away)).worst == 100_00


async def test_nobody_knows_of_a_site_that_there_is_none_of(chain: Chain) -> None:
    with pytest.raises(NotDecided, match="no such site"):
        await known_gone(chain.exchange, chain.merchant, SiteId("S9"), by="Chen", second="Li")


async def test_what_is_brought_of_it_does_not_say_that_it_stopped(chain: Chain) -> None:
    """It counts what it holds still; what was spent there and elsewhere too is lacking."""
    home, away = await with_value(chain)
    await home.sync()
    await gives_up(home)
    await away.ask((P1, 1000_00))
    await away.sync()
    await away.sell("w1", 1000_00)
    await away.sync()
    await home.sell("w1", 30_00)
    assert (await of(home)).twice == 800_00
    assert (await seen(chain)).lacking == 0
    await brings(home)
    assert (await of(home)).twice == 770_00
    assert ((await seen(chain)).lacking, (await seen(chain)).open) == (30_00, 0)


async def test_what_a_dead_site_gave_beyond_rights_is_open_still(chain: Chain) -> None:
    shop = await chain.shop("S1")
    await chain.shop("S2")
    await shop.join("w1")
    await shop.sell("w1", 40_00, floor=FLOOR)
    await shop.push()
    await gives_up(shop)
    assert (await of(shop)).open == (await seen(chain)).open == 40_00
    await shop.sell("w1", 10_00, cash=True)
    await brings(shop)
    assert (await of(shop)).tail == 0


async def test_of_a_site_that_did_not_call_since_a_restore_it_is_not_known(chain: Chain) -> None:
    home, away = await with_value(chain)
    chain.at_epoch(2)
    await home.sync()
    await gives_up(home)
    await gives_up(away)
    assert not (await of(home)).unsure
    assert (await of(away)).unsure
    assert (await seen(chain)).unsure
    await gone(away)
    assert not (await seen(chain)).unsure


UNITS = {
    "principal": True,
    "bonus": True,
    "cashback": True,
    "credit": True,
    "deposit:d1": True,
    "held:h1": True,
    "held:h1:credit": True,
    "held:h1:litres:92": False,
    "points:goods": False,
    "count:wash": False,
    "litres:92": False,
    "coupon:k1": False,
    "debt:points:goods": False,
    "debt:principal": False,
}


@pytest.mark.hq
async def test_both_stores_count_the_same_as_money(standing_hq: Headquarters) -> None:
    store = await connected(standing_hq.dsn())
    accounts = {f"wallet:w1:{unit}": money for unit, money in UNITS.items()}
    accounts |= {"company:c1:credit": True, "site:S1:drawer:2026-11-24": False}
    async with store.looking() as connection:
        for account, money in accounts.items():
            assert await connection.fetchval("SELECT in_fen($1)", account) is money, account
            assert in_fen(account) is money, account
    await store.close()


def test_the_page_says_what_the_dead_may_cost_and_where_it_is_only_the_least() -> None:
    seen = Overview(
        merchant="m",
        now_ms=0,
        machines=(),
        sites=(),
        tiers=(),
        exceptions=(),
        exceptions_open=0,
        beyond_rights=0,
        exposure=Exposure(
            merchant="m",
            wallets=1,
            worst_now=3_00,
            worst=4_00,
            day_now=WorstDay(),
            day=WorstDay(),
            twice=2_00,
            unsure=False,
            open=5_00,
            lacking=6_00,
            tail=0,
            tail_fen=0,
            sites=(),
        ),
        kinds_ended={},
        acts=(),
    )
    session = Session(merchant="m", operator="Li Wei", token=b"t")
    page = operator_page(seen, session)
    for figure, name in (
        ("2.00", "of both, what sites written off may spend a second time"),
        ("6.00", "spent at two places, not come back yet"),
    ):
        assert re.search(rf"<b>[^<]*{re.escape(figure)}[^<]*</b>{name}", page), name
    assert "at least" not in page
    assert seen.exposure is not None
    unsure = replace(seen, exposure=replace(seen.exposure, unsure=True))
    assert operator_page(unsure, session).count("at least") == 3


@pytest.mark.hq
async def test_people_are_asked_of_what_was_spent_beyond_rights_when_it_is_open_after_seven_days(
    standing_hq: Headquarters,
) -> None:
    store = await connected(standing_hq.dsn())
    chain = Chain(store)

    async def seen(later_ms: int) -> Overview:
        return await overview(store, chain.merchant, Policy(), chain.clock.now_ms + later_ms)

    shop = await chain.shop("S1")
    await shop.join("w1")
    sale = await shop.sell("w1", 40_00, floor=FLOOR)
    await shop.push()
    young, old = await seen(COVERED_MS - 1), await seen(COVERED_MS)
    assert (young.exceptions, young.exceptions_open, young.beyond_rights) == ((), 0, 1)
    assert [(one.kind, one.subject) for one in old.exceptions] == [("uncovered", sale)]
    assert (old.exceptions_open, old.beyond_rights) == (1, 0)
    session = Session(merchant=chain.merchant, operator="Li Wei", token=b"t")
    assert sale not in operator_page(young, session)
    assert "1 spent beyond rights" in operator_page(young, session)
    assert sale in operator_page(old, session)
    await shop.recharge("w1", 300_00)
    await shop.sync()
    after = await seen(COVERED_MS)
    assert (after.exceptions, after.exceptions_open, after.beyond_rights) == ((), 0, 0)
    await store.close()
