"""What is promised when a nozzle is released stands for that fill, whenever it ends (product.md C2, C4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import BookGrant, BookHold, CouponGrant
from terminal.core.pricing import Tariff, parsed
from terminal.core.wire.sets import SetName
from terminal.desk.prices import Offer
from terminal.drivers.virtual.forecourt import Forecourt, Near
from tests.desk.fakes import Bench, FaultyLedger, ManualTime
from tests.desk.test_filling import (
    HAULAGE,
    NOZZLES,
    SHOP,
    SILVER,
    commands,
    of_the_company,
    released,
    sales,
    to_the_card,
)
from tests.flows.shop import WANG, WANG_CARD

CUT = {"rule": "litre_cut", "name": "cut", "cut": {"regular": {"petrol": 10}}}
DAY = "2026-11-25"
"""The second of a bench: who is a member since its first has had a fill, or need not have."""
CUT_S = 16 * 3_600 + 86_400
"""From the beginning of a bench's time to the end of that day:"""
AFTER = [-30, 30, 3 * 86_400]
"""Seconds from the end of the day of the release to the end of the fill."""


def tariff(**rule: Any) -> Tariff:
    found, bad = parsed([("cut", rule)])
    assert not bad
    return found


async def ledger_of_members() -> FaultyLedger:
    ledger = FaultyLedger()
    async with Bench(policy=SHOP, ledger=ledger):
        return ledger


def at(there: Forecourt, ledger: FaultyLedger, after_s: int, rules: Tariff) -> Bench:
    time = ManualTime((CUT_S + after_s) * 1_000)
    shop = replace(SHOP, companies=(HAULAGE,))
    return Bench(policy=shop, ledger=ledger, forecourt=Near(there), time=time, tariff=rules)


async def due(after_s: int, rules: Tariff) -> int:
    """Of four litres whose nozzle is released a minute before the end of the day; 29.52 at the list price."""
    there, ledger = Forecourt(*NOZZLES), await ledger_of_members()
    async with at(there, ledger, -60, rules) as bench:
        assert bench.session.occasion().business_day == DAY
        await released(bench, how="sum", much="50")
        there.pump(1, 400)
    there.hang(1)
    async with at(there, ledger, after_s, rules) as bench:
        assert (bench.session.occasion().business_day > DAY) is (after_s > 0)
        await bench.time.pass_s(3)
        (sale,) = sales(bench)
        assert sale.at.business_day == bench.session.occasion().business_day
        return sale.due


@pytest.mark.parametrize("after_s", AFTER)
@pytest.mark.parametrize(
    ("more", "off"),
    [
        ({}, 40),
        ({"until": DAY}, 40),
        ({"since": "2026-11-26"}, 0),
        ({"days": [25]}, 40),
        ({"weekdays": [4]}, 0),
        ({"opens": "23:00"}, 40),
        ({"closes": "01:00"}, 0),
    ],
)
async def test_a_cut_per_litre_comes_off_as_it_stood_at_the_release(
    after_s: int, more: Mapping[str, Any], off: int
) -> None:
    assert await due(after_s, tariff(**CUT, **more)) == 29_52 - off


@pytest.mark.parametrize("after_s", AFTER)
async def test_a_member_day_stands_for_a_fill_that_was_released_on_it(after_s: int) -> None:
    half = tariff(rule="percent_off", name="会员日", members=True, pay=50, days=[25])
    assert await due(after_s, half) == 14_76


@pytest.mark.parametrize("after_s", AFTER)
async def test_a_companys_cut_stands_too(after_s: int) -> None:
    rules = tariff(**SILVER, until=DAY)
    there, ledger = Forecourt(*NOZZLES), await ledger_of_members()
    async with at(there, ledger, -60, rules) as bench:
        await of_the_company(bench)
        there.pump(1, 400)
    there.hang(1)
    async with at(there, ledger, after_s, rules) as bench:
        await bench.time.pass_s(3)
        (sale,) = sales(bench)
        assert sale.due == 29_52 - 80


@pytest.mark.parametrize("after_s", AFTER)
async def test_a_coupon_per_campaign_comes_off_though_its_campaign_ended_meanwhile(after_s: int) -> None:
    rules = tariff(rule="coupon_amount", name="满减", less=5_00, threshold=25_00, until=DAY)
    there, ledger = Forecourt(*NOZZLES), await ledger_of_members()
    async with at(there, ledger, -60, rules) as bench:
        coupon = CouponGrant(coupon="one", kind="cut", face=0, threshold=0, until=DAY)
        at_ = bench.session.occasion()
        id_ = bench.counter.new_id()
        await bench.ledger.submit(BookGrant(id=id_, at=at_, wallet=WANG.wallet, why="x", coupons=(coupon,)))
        await to_the_card(bench, how="sum", much="50")
        await bench.tap(WANG_CARD)
        await bench.touch("pick", "one")
        await bench.touch("confirm")
        there.pump(1, 400)
    there.hang(1)
    async with at(there, ledger, after_s, rules) as bench:
        await bench.time.pass_s(3)
        (sale,) = sales(bench)
        assert (sale.due, sale.coupons_used) == (24_52, ("one",))


async def test_what_is_published_before_a_fill_ends_is_for_the_next() -> None:
    there, ledger = Forecourt(*NOZZLES), await ledger_of_members()
    rules = tariff(**CUT)
    async with at(there, ledger, 0, rules) as bench:
        offer = bench.counter.offer
        bench.counter.sells(replace(offer, manifests={SetName.PROMOTIONS: "a" * 64}))
        await bench.touch("start", "checkout")
        await bench.touch("cancel")
        await bench.touch("done")
        await released(bench, how="sum", much="50")
        await bench.touch("done")
        bench.counter.sells(
            Offer(articles=offer.articles, tariff=Tariff(), manifests={SetName.PROMOTIONS: "b" * 64})
        )
        await bench.touch("start", "checkout")
        await bench.touch("cancel")
        await bench.touch("done")
        assert bench.counter.offer.tariff.promotions == ()
        there.pump(1, 400)
        there.hang(1)
        await bench.time.pass_s(3)
        await released(bench, how="sum", much="50")
        there.pump(1, 400)
        there.hang(1)
        await bench.time.pass_s(3)
        first, second = sales(bench)
        assert (first.due, second.due) == (29_52 - 40, 29_52)
        said = [one.at.versions.promotions for one in (first, second)]
        assert [one[0] for one in said] == ["a", "b"]
        holds = [one.at.versions.promotions for one in commands(bench, BookHold)]
        assert holds == said
