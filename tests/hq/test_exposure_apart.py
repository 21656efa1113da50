"""Points, uses, prepaid fuel and coupons at risk, each in its own measure: none of them is money."""

from __future__ import annotations

import re
from typing import Any

import pytest
from msgspec.structs import replace

from hq.exposure import ApartExposure, exposed
from hq.operators import Session
from hq.overview import Overview
from hq.page import operator_page
from hq.policy import Policy
from hq.postgres import connected
from hq.totals import APART, counted_apart
from terminal.core.commands import BookGrant, BookSale, Grant, SaleLine, Tender, TenderKind
from terminal.core.values import WalletId
from terminal.core.wire.journal import Fork
from tests.hq.process import Headquarters
from tests.hq.shop import Chain, Shop
from tests.hq.test_exposure import UNITS, gone, seen
from tests.hq.test_healing import rolled_back
from tests.hq.test_late import brings, gives_up
from tests.hq.test_units import sell_uses

POINTS = "wallet:w1:points:goods"


async def pays_with_points(shop: Shop, units: int) -> None:
    tender = Tender(kind=TenderKind.POINTS, amount=5_00, of="goods", units=units)
    line = SaleLine(
        sku="A", name="Apple", category="fruit", quantity=1, unit_price=5_00, gross=5_00, net=5_00
    )
    await shop.book(
        BookSale, wallet=WalletId("w1"), card=None, lines=(line,), due=5_00, tenders=(tender,), received=0
    )


async def apart(chain: Chain) -> dict[str, tuple[int, int, int]]:
    """(twice, open, lacking) of each kind of which there is any."""
    return {one.kind: (one.twice, one.open, one.lacking) for one in (await seen(chain)).apart}


async def of_each_kind(chain: Chain) -> tuple[Shop, Shop]:
    one, other = await chain.shop("S1"), await chain.shop("S2")
    await one.join("w1", "k1", "k2")
    await sell_uses(one, 10)
    grants = tuple(
        Grant(unit=unit, amount=amount)
        for unit, amount in (("litres:92", 40_00), ("points:goods", 300), ("points:tier", 7))
    )
    await one.book(BookGrant, wallet=WalletId("w1"), why="campaign", grants=grants)
    await one.sync()
    return one, other


async def test_what_the_dead_hold_counts_in_its_own_measure_until_they_are_known_to_be_gone(
    chain: Chain,
) -> None:
    one, other = await of_each_kind(chain)
    assert await apart(chain) == {}  # Whoever is heard of again spends what is there, once.
    assert (await seen(chain)).worst == 200_00
    await gives_up(one)
    held = {"points": (300, 0, 0), "count": (10, 0, 0), "litres": (40_00, 0, 0), "coupon": (2, 0, 0)}
    assert await apart(chain) == held
    assert [one.kind for one in (await seen(chain)).apart] == [*APART]
    await other.ask((POINTS, 100), ("wallet:w1:coupon:k1", 1))
    await gives_up(other)  # What was on its way there may have come.
    assert await apart(chain) == held | {"points": (400, 0, 0), "coupon": (3, 0, 0)}
    await gone(one)
    assert await apart(chain) == {"points": (100, 0, 0), "coupon": (1, 0, 0)}
    await gone(other)
    assert await apart(chain) == {}


async def test_what_was_on_its_way_in_two_grants_is_both(chain: Chain) -> None:
    one, other = await of_each_kind(chain)
    await one.give_back((POINTS, 300))
    await one.push()
    for points in (20, 35):
        await other.ask((POINTS, points))
    await other.ask((POINTS, 400))  # More than there is: the rest is waited for, and nothing of it comes.
    await gives_up(other)
    assert (await apart(chain))["points"][0] == 300


async def test_points_that_were_spent_at_two_places_are_lacking_until_they_come_back(chain: Chain) -> None:
    one, other = await of_each_kind(chain)
    await gives_up(one)
    await other.ask((POINTS, 300))
    await other.sync()
    await pays_with_points(one, 100)
    assert await apart(chain) == {
        "points": (300, 0, 0),
        "count": (10, 0, 0),
        "litres": (40_00, 0, 0),
        "coupon": (2, 0, 0),
    }
    await brings(one)
    assert (await apart(chain))["points"] == (200, 0, 100)
    assert (await seen(chain)).lacking == 0
    await other.give_back((POINTS, 300))
    await other.push()
    assert (await apart(chain))["points"] == (200, 0, 0)


async def test_points_that_a_fact_of_another_branch_spent_are_open_until_they_are_covered(
    chain: Chain,
) -> None:
    one, other = await of_each_kind(chain)
    kept = len(one.ledger.links)
    await one.give_back((POINTS, 300))
    await one.sync()
    await other.ask((POINTS, 300))
    await other.sync()
    rolled_back(one, kept)
    await pays_with_points(one, 100)
    fork = await one.push()
    assert isinstance(fork, Fork)
    await one.heal(fork.epoch)
    await one.push()
    assert await apart(chain) == {"points": (0, 100, 0)}
    assert (await seen(chain)).open == 0
    await other.sync()
    assert await apart(chain) == {}


def test_what_counts_towards_a_tier_pays_for_nothing_and_is_no_risk() -> None:
    assert counted_apart("wallet:w1:points:tier") == ""
    assert counted_apart("wallet:w1:points:tiers") == "points"


KINDS = {
    "held:h1:litres:92": "litres",
    "held:h1:coupon:k1": "coupon",
    "points:goods": "points",
    "points:tier": "",
    "points:fuel:92": "points",
    "count:wash": "count",
    "litres:92": "litres",
    "coupon:k1": "coupon",
}


@pytest.mark.hq
async def test_both_stores_count_the_same_apart(standing_hq: Headquarters) -> None:
    store = await connected(standing_hq.dsn())
    accounts = {f"wallet:w1:{unit}": KINDS.get(unit, "") for unit in {*UNITS, *KINDS}}
    accounts |= {"site:S1:issued:points:goods": "", "site:S1:points:goods": ""}
    async with store.looking() as connection:
        for account, kind in accounts.items():
            assert await connection.fetchval("SELECT counted_apart($1)", account) == kind, account
            assert counted_apart(account) == kind, account
    await store.close()


async def page_of(chain: Chain, **more: Any) -> str:
    found = await exposed(chain.store, chain.merchant, Policy(), chain.clock.now_ms)
    assert found is not None
    seen = Overview(
        merchant="m",
        now_ms=0,
        machines=(),
        sites=(),
        tiers=(),
        exceptions=(),
        exceptions_open=0,
        beyond_rights=0,
        exposure=replace(found, **more),
        kinds_ended={},
        acts=(),
    )
    return operator_page(seen, Session(merchant="m", operator="Li Wei", token=b"t"))


@pytest.mark.parametrize("chain", ["memory"], indirect=True)
async def test_the_page_says_what_there_is_of_each(chain: Chain) -> None:
    await chain.shop("S1")
    names = ("a second time", "given beyond rights, not covered", "spent at two places, not come back yet")
    assert [(await page_of(chain)).count(name) for name in names] == [1, 1, 1]  # Of money.
    some = ApartExposure(kind="points", twice=300, open=0, lacking=7)
    fuel = ApartExposure(kind="litres", twice=0, open=40_05, lacking=0)
    more = {"count": "uses", "coupon": "coupons"}
    rest = tuple(ApartExposure(kind=kind, twice=1, open=0, lacking=0) for kind in more)
    page = await page_of(chain, apart=(some, fuel, *rest), unsure=True)
    for figure, name in (
        ("at least 300", f"points that sites written off may spend {names[0]}"),
        ("7", f"points {names[2]}"),
        ("40.05", f"prepaid fuel {names[1]}"),
        *(("at least 1", f"{what} that sites written off may spend {names[0]}") for what in more.values()),
    ):
        assert re.search(rf"<b>{re.escape(figure)}</b>{name}", page), name
    assert [page.count(name) for name in names] == [4, 2, 2]
