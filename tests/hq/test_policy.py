"""What a chain lets its sites give beyond rights: kept, told to the sites, seen by the owner."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hq.exposure import SiteExposure, exposed
from hq.postgres import PostgresStore
from hq.publishing import NotPublishable, limit, rows_in
from hq.sets_ports import SHARED
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


@pytest.mark.parametrize("chain", [pytest.param("postgres", marks=pytest.mark.hq)], indirect=True)
async def test_the_owner_sees_what_the_sites_go_by(sets: Sets) -> None:
    chain = sets.chain
    store = chain.store
    assert isinstance(store, PostgresStore)
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
