"""What a chain lets its sites give beyond rights: kept, told to the sites, seen by the owner."""

from __future__ import annotations

import json
from html import unescape
from pathlib import Path

import pytest
from msgspec.structs import replace

from hq.decisions import known_gone, write_off
from hq.exposure import SiteExposure, exposed
from hq.operators import Session
from hq.overview import overview
from hq.page import operator_page
from hq.postgres import PostgresStore
from hq.publishing import NotPublishable, limit, rows_in
from hq.sets_ports import SHARED
from terminal.core.fleet import WorstDay
from terminal.core.policy import Offline
from terminal.core.values import SiteId
from terminal.core.wire.sets import SetName
from tests.hq.process import Headquarters
from tests.hq.shop import Chain, Shop
from tests.hq.test_letting_in import typed
from tests.hq.test_publishing import lines, out, read
from tests.hq.test_sets import EVERY_MS, Sets

STRICT = Offline(secure=50_00, signed=20_00, open=0, site=300_00)
WIDE = Offline(secure=400_00, signed=20_00, open=0, site=5_000_00)
OTHER = {"key": "greeting", "value": {"text": "hello"}}


@pytest.fixture
def sets(chain: Chain, tmp_path: Path) -> Sets:
    return Sets(chain, tmp_path / "keys")


async def allows(sets: Sets, offline: Offline, site: str = SHARED, by: str = "Chen") -> None:
    chain = sets.chain
    await limit(chain.store, chain.merchant, SiteId(site), offline, by=by, now_ms=chain.clock.now_ms)


async def at(shop: Shop) -> dict[str, object]:
    return await read(shop, SetName.SETTINGS)


async def test_it_comes_to_every_site_beside_the_other_settings(sets: Sets) -> None:
    here, _ = await sets.shop("S1")
    await out(sets, SetName.SETTINGS, OTHER)
    await allows(sets, STRICT)
    there, _ = await sets.shop("S2")
    await sets.made(here, there)
    for shop in (here, there):
        assert await at(shop) == {
            "greeting": {"text": "hello"},
            "offline": {"secure": 50_00, "signed": 20_00, "open": 0, "site": 300_00},
        }
    async with sets.chain.store.turn(sets.chain.merchant, SHARED) as turn:
        (act,) = await turn.acts(10)
    assert act.who == "Chen"
    assert act.what == "beyond rights at all sites: secure 5000, signed 2000, open 0, site 30000 fen"


async def test_one_site_may_have_its_own_and_settings_that_say_nothing_leave_it(sets: Sets) -> None:
    here, _ = await sets.shop("S1")
    there, _ = await sets.shop("S2")
    await allows(sets, STRICT)
    await allows(sets, WIDE, "S2")
    await out(sets, SetName.SETTINGS, OTHER, site="S2")
    await sets.made(here, there)
    assert (await at(here))["offline"] == {"secure": 50_00, "signed": 20_00, "open": 0, "site": 300_00}
    assert (await at(there))["offline"] == {"secure": 400_00, "signed": 20_00, "open": 0, "site": 5_000_00}
    assert "greeting" in await at(there)
    async with sets.chain.store.turn(sets.chain.merchant, SiteId("S2")) as turn:
        assert [one.offline for one in await turn.allowed()] == [STRICT, WIDE, WIDE]


async def test_nobody_allows_what_is_not_signed_or_to_nobody_or_behind_what_waits(sets: Sets) -> None:
    with pytest.raises(NotPublishable, match="no site"):
        await allows(sets, STRICT)
    await sets.shop("S1")
    with pytest.raises(NotPublishable, match="no such site"):
        await allows(sets, STRICT, "S9")
    with pytest.raises(NotPublishable, match="sign"):
        await allows(sets, STRICT, by=" ")
    await out(sets, SetName.SETTINGS, OTHER, at_ms=sets.chain.clock.now_ms + EVERY_MS)
    with pytest.raises(NotPublishable, match="later wait"):
        await allows(sets, STRICT)
    async with sets.chain.store.turn(sets.chain.merchant, SHARED) as turn:
        assert (await turn.acts(10), await turn.allowed()) == ([], [])


@pytest.mark.parametrize("value", [{"secure": -1}, {"secure": "1"}, {"f": 1}, {"site": 2**52}])
def test_a_file_cannot_say_it_in_another_form(value: dict[str, object]) -> None:
    with pytest.raises(NotPublishable, match="line 1"):
        rows_in(SetName.SETTINGS, lines({"key": "offline", "value": value}))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("company:haulage", {"fen": -1}),
        ("company:haulage", {"litre": 1}),
        ("company:haulage:truck-7", {"fen": "1"}),
        ("company:haulage:truck-7:x", {"fen": 1}),
        ("company:", {}),
    ],
)
def test_limits_of_a_company_have_their_form(key: str, value: dict[str, object]) -> None:
    with pytest.raises(NotPublishable, match="line 1"):
        rows_in(SetName.SETTINGS, lines({"key": key, "value": value}))


def test_other_rows_and_sets_may_be_called_and_say_what_they_like() -> None:
    assert rows_in(SetName.SETTINGS, lines({"key": "companyname", "value": {"fen": -1}}))
    assert rows_in(SetName.PROMOTIONS, lines({"key": "company:", "value": {"fen": -1}}))


HAULAGE = (
    {"key": "company:haulage", "value": {"fen": 900_00, "litres": 120_00}},
    {"key": "company:haulage:truck-7", "value": {"fen": 500_00}},
    {"key": "company:haulage:van-1", "value": {"fen": 300_00, "litres": 40_00}},
)
HAULAGE_WORST = WorstDay(fen=800_00, litres=120_00)


async def test_the_worst_day_of_companies_cards_is_kept_with_the_settings_that_say_it(sets: Sets) -> None:
    await sets.shop("S1")
    first = await out(sets, SetName.SETTINGS, *HAULAGE)
    second = await out(sets, SetName.SETTINGS, OTHER)
    async with sets.chain.store.turn(sets.chain.merchant, SHARED) as turn:
        assert await turn.days_bound(first.n) == HAULAGE_WORST
        assert await turn.days_bound(second.n) == WorstDay()


async def test_limits_beyond_rights_leave_those_of_companies_as_they_are(sets: Sets) -> None:
    await sets.shop("S1")
    first = await out(sets, SetName.SETTINGS, *HAULAGE)
    await allows(sets, STRICT)
    async with sets.chain.store.turn(sets.chain.merchant, SHARED) as turn:
        assert await turn.days_bound(first.n + 1) == HAULAGE_WORST


async def page_of(store: PostgresStore, chain: Chain) -> str:
    seen = await overview(store, chain.merchant, chain.policy, chain.clock.now_ms)
    return operator_page(seen, Session(merchant=chain.merchant, operator="Li Wei", token=b"t"))


@pytest.mark.parametrize("chain", [pytest.param("postgres", marks=pytest.mark.hq)], indirect=True)
async def test_the_owner_sees_what_companies_cards_may_take_a_day_at_sites_that_are_cut_off(
    sets: Sets,
) -> None:
    chain, store = sets.chain, sets.chain.store
    assert isinstance(store, PostgresStore)
    here, _ = await sets.shop("S1")
    there, _ = await sets.shop("S2")

    async def seen() -> tuple[WorstDay, WorstDay]:
        found = await exposed(store, chain.merchant, chain.policy, chain.clock.now_ms)
        assert found is not None
        return found.day_now, found.day

    assert await seen() == (WorstDay(), WorstDay())
    assert "companies" not in await page_of(store, chain)
    await out(sets, SetName.SETTINGS, *HAULAGE)
    await sets.made(here, there)
    twice = WorstDay(fen=2 * HAULAGE_WORST.fen, litres=2 * HAULAGE_WORST.litres)
    assert await seen() == (WorstDay(), twice)
    chain.clock.now_ms += 10 * 60_000
    await here.hello()
    assert await seen() == (HAULAGE_WORST, twice)
    no_limit = {"key": "company:taxi", "value": {}}
    free = {"key": "company:taxi:cab-1", "value": {}}
    await out(sets, SetName.SETTINGS, no_limit, free)
    await sets.maker.visit(chain.merchant, here.name)
    page = unescape(await page_of(store, chain))
    assert "<b>¥800.00, 120.00 of fuel</b>companies' cards may take a day at sites offline now" in page
    assert (
        "<b>¥1,600.00, 240.00 of fuel, 1 without a limit</b>companies' cards may take a day were all" in page
    )
    assert (await seen())[1] == replace(twice, without=1)  # On its way to one; the higher counts.
    await sets.made(here, there)
    assert (await seen())[1] == WorstDay(without=1)


async def test_at_a_site_that_was_written_off_companies_cards_take_until_it_is_gone(sets: Sets) -> None:
    chain = sets.chain
    here, _ = await sets.shop("S1")
    await out(sets, SetName.SETTINGS, *HAULAGE)
    await sets.made(here)

    async def seen() -> tuple[WorstDay, WorstDay]:
        found = await exposed(chain.store, chain.merchant, chain.policy, chain.clock.now_ms)
        assert found is not None
        return found.day_now, found.day

    assert await seen() == (WorstDay(), HAULAGE_WORST)
    await write_off(chain.exchange, chain.merchant, here.name, by="Chen", second="Li")
    assert await seen() == (HAULAGE_WORST, HAULAGE_WORST)
    await known_gone(chain.exchange, chain.merchant, here.name, by="Chen", second="Li")
    assert await seen() == (WorstDay(), WorstDay())


async def test_the_owner_sees_what_the_sites_go_by(sets: Sets) -> None:
    chain, store = sets.chain, sets.chain.store
    here, _ = await sets.shop("S1")
    for number in range(20):
        await here.join(f"w{number}")
    await here.sync()

    async def seen() -> SiteExposure:
        found = await exposed(store, chain.merchant, chain.policy, chain.clock.now_ms)
        assert found is not None
        return found.sites[0]

    before = await seen()
    assert (before.reads, before.worst) == ((Offline(),), 1_000_00)
    await allows(sets, WIDE)
    assert (await seen()).worst == 1_000_00  # It was not told yet.
    await sets.maker.visit(chain.merchant, here.name)
    on_its_way = await seen()
    assert (on_its_way.reads, on_its_way.worst) == ((Offline(), WIDE), 5_000_00)
    await sets.made(here)
    assert ((await seen()).reads, (await seen()).worst) == ((WIDE,), 5_000_00)
    await allows(sets, STRICT)
    await sets.maker.visit(chain.merchant, here.name)
    assert (await seen()).worst == 5_000_00  # Until it says that it has heard.
    await sets.made(here)
    assert ((await seen()).reads, (await seen()).worst) == ((STRICT,), 300_00)


@pytest.mark.hq
def test_commands_set_and_show_it_and_cards_and_tiers(standing_hq: Headquarters, tmp_path: Path) -> None:
    merchant = f"policy-{tmp_path.name}"
    where = ("--data", str(standing_hq.data), "--merchant", merchant)
    limits = ("--secure", "5000", "--signed", "2000", "--open", "0", "--cap", "30000", "--by", "Chen")
    assert "this merchant has no site" in typed("hq", "policy", "set", *where, *limits).stderr
    body = json.dumps({"merchant": merchant, "site": "S1", "instance": "i1"}).encode()
    assert standing_hq.ask("/v1/hello", body)[0] == 200
    done = typed("hq", "policy", "set", *where, *limits)
    assert json.loads(done.stdout) == {"settings": "1"}, done.stderr
    shown = json.loads(typed("hq", "policy", "show", *where, "--site", "S1").stdout)
    assert shown == {"secure": 50_00, "signed": 20_00, "open": 0, "site": 300_00}
    assert typed("hq", "card", "c1", "lost", *where, "--by", "Chen").returncode == 0
    assert "no such wallet" in typed("hq", "tier", "w1", "gold", *where, "--by", "Chen").stderr
    coupons = ("hq", "coupons", "withdraw", *where, "--why", "misprinted", "--by", "Chen")
    assert "no such coupon" in typed(*coupons, "--coupon", "k1").stderr
    assert json.loads(typed(*coupons, "--kind", "c3").stdout) == {"coupons": 0, "pool": 0, "sites": {}}
    again = ("hq", "coupons", "again", "c3", *where, "--by", "Chen")
    assert [typed(*again).returncode for _ in range(2)] == [0, 1]
