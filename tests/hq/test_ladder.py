"""A chain's own tiers: their order is published, and holds at headquarters and between two shops."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hq.decisions import NotDecided, merge_members, set_tier
from hq.ladder import ladder, names_in, names_of, order_in
from hq.operators import Session
from hq.overview import overview
from hq.page import operator_page
from hq.postgres import PostgresStore
from hq.publishing import NotPublishable, rise, rows_in
from hq.sets_ports import SHARED
from terminal.core.commands import BookTier
from terminal.core.ranks import BY_CUSTOM, TierOrder
from terminal.core.tier_names import NO_NAMES, Shown, TierShown
from terminal.core.values import WalletId
from terminal.core.wire.sets import Row, SetName
from tests.hq.process import Headquarters
from tests.hq.shop import Chain, Shop
from tests.hq.test_damage import damage
from tests.hq.test_letting_in import typed
from tests.hq.test_publishing import lines, out, read
from tests.hq.test_sets import Sets
from tests.hq.test_word import says, tier, two_who_know_w1

METAL = TierOrder(order=("铜", "银", "金"))
OTHER = {"key": "greeting", "value": {"text": "hello"}}
SAID = {"key": "tiers", "value": {"order": ["铜", "银", "金"]}}


@pytest.fixture
def sets(chain: Chain, tmp_path: Path) -> Sets:
    return Sets(chain, tmp_path / "keys")


async def rises(chain: Chain, order: TierOrder = METAL, by: str = "Chen", shown: Shown = NO_NAMES) -> None:
    await rise(chain.store, chain.merchant, order, shown=shown, by=by, now_ms=chain.clock.now_ms)


async def now(chain: Chain, later_ms: int = 0) -> tuple[str, ...]:
    async with chain.store.turn(chain.merchant, SHARED) as turn:
        return await ladder(turn, chain.policy, chain.clock.now_ms + later_ms)


async def synced(*shops: Shop) -> None:
    for _ in range(2):
        for shop in shops:
            await shop.sync()


async def test_a_tier_of_the_chains_own_rises_at_one_shop_and_is_no_lower_by_word_of_another(
    chain: Chain,
) -> None:
    one, other = await two_who_know_w1(chain)
    await rises(chain)
    for word in ("铜", "银", "金"):
        await says(one, word)
        await synced(one, other)
        assert (tier(one), tier(other)) == (word, word)
    await says(other, "银")
    await synced(other, one)
    assert (tier(one), tier(other)) == ("金", "金")


async def test_who_is_two_people_keeps_the_higher_of_the_chains_own(chain: Chain) -> None:
    one, other = await two_who_know_w1(chain)
    await rises(chain)
    await other.join("w2")
    await other.book(BookTier, wallet=WalletId("w2"), tier="金", why="spent")
    await says(one, "银")
    await synced(one, other)
    await merge_members(chain.exchange, chain.merchant, "w2", "w1", by="Chen")
    await synced(one, other)
    assert (tier(one), tier(other)) == ("金", "金")


async def test_it_falls_where_the_wallet_began_and_where_people_say_so(chain: Chain) -> None:
    one, other = await two_who_know_w1(chain)
    await rises(chain)
    await says(one, "金")
    await synced(one, other)
    await one.book(BookTier, wallet=WalletId("w1"), tier="银", why="spent", fell_from="金")
    await synced(one, other)
    assert (tier(one), tier(other)) == ("银", "银")
    await set_tier(chain.exchange, chain.merchant, "w1", "铜", by="Chen")
    await synced(one, other)
    assert (tier(one), tier(other)) == ("铜", "铜")
    with pytest.raises(NotDecided, match="a tier is one of 铜, 银, 金"):
        await set_tier(chain.exchange, chain.merchant, "w1", "gold", by="Chen")


@pytest.mark.parametrize("published", [False, True])
async def test_a_name_that_has_no_place_was_given_by_hand_and_is_above(
    chain: Chain, *, published: bool
) -> None:
    one, other = await two_who_know_w1(chain)
    if published:
        await rises(chain)
    await says(one, "friend")
    await synced(one, other)
    await says(other, "金" if published else "gold")
    await synced(other, one)
    assert (tier(one), tier(other)) == ("friend", "friend")


async def test_by_custom_where_nobody_published_another(chain: Chain) -> None:
    one, other = await two_who_know_w1(chain)
    assert await now(chain) == BY_CUSTOM
    await says(one, "VIP")
    await synced(one, other)
    await says(other, "gold")
    await synced(other, one)
    assert (tier(one), tier(other)) == ("VIP", "VIP")


async def test_it_comes_to_every_site_and_stays_through_settings_that_say_nothing_of_it(sets: Sets) -> None:
    chain = sets.chain
    here, _ = await sets.shop("S1")
    there, _ = await sets.shop("S2")
    await out(sets, SetName.SETTINGS, OTHER)
    await rises(chain)
    await sets.made(here, there)
    assert await read(there, SetName.SETTINGS) == {
        "greeting": {"text": "hello"},
        "tiers": {"order": ["铜", "银", "金"]},
    }
    await out(sets, SetName.SETTINGS, OTHER, site="S2")
    await out(sets, SetName.SETTINGS, SAID, site="S2")  # As it is: a copy of all of them.
    await sets.made(there)
    assert (await read(there, SetName.SETTINGS))["tiers"] == {"order": ["铜", "银", "金"]}
    await out(sets, SetName.SETTINGS, OTHER)
    assert await now(chain) == METAL.order
    await rises(chain, TierOrder(order=("铜", "金")))
    assert await now(chain) == ("铜", "金")
    async with chain.store.turn(chain.merchant, SHARED) as turn:
        assert [(act.who, act.what) for act in await turn.acts(10)] == [
            ("Chen", "tiers rise: 铜, 金"),
            ("Chen", "tiers rise: 铜, 银, 金"),
        ]


async def test_one_site_has_no_order_of_its_own(sets: Sets) -> None:
    chain = sets.chain
    await sets.shop("S1")
    with pytest.raises(NotPublishable, match="alike at all sites"):
        await out(sets, SetName.SETTINGS, SAID, site="S1")
    await rises(chain)
    turned = {"key": "tiers", "value": {"order": ["金", "铜"]}}
    with pytest.raises(NotPublishable, match="alike at all sites"):
        await out(sets, SetName.SETTINGS, turned, site="S1")
    assert await now(chain) == METAL.order


NAMED = {"金": TierShown(zh="金钻卡", en="Gold <Plus>"), "银": TierShown(en="Silver")}


async def called(chain: Chain, later_ms: int = 0) -> Shown:
    async with chain.store.turn(chain.merchant, SHARED) as turn:
        return await names_of(turn, chain.clock.now_ms + later_ms)


async def test_names_come_to_every_site_and_stay_through_settings_that_say_nothing_of_them(
    sets: Sets,
) -> None:
    chain = sets.chain
    here, _ = await sets.shop("S1")
    there, _ = await sets.shop("S2")
    assert await called(chain) == {}
    await out(sets, SetName.SETTINGS, OTHER)
    await rises(chain, shown=NAMED)
    await sets.made(here, there)
    row = {"shown": {"金": {"zh": "金钻卡", "en": "Gold <Plus>"}, "银": {"en": "Silver"}}}
    everything = {"greeting": {"text": "hello"}, "tiers": {"order": ["铜", "银", "金"]}, "tier-names": row}
    assert await read(there, SetName.SETTINGS) == everything
    await out(sets, SetName.SETTINGS, OTHER, site="S2")
    await out(sets, SetName.SETTINGS, {"key": "tier-names", "value": row}, site="S2")
    await out(sets, SetName.SETTINGS, OTHER)
    await sets.made(here)
    assert await read(here, SetName.SETTINGS) == everything
    assert (await called(chain), await now(chain)) == (NAMED, METAL.order)
    await rises(chain)
    await sets.made(here)
    assert await called(chain) == {}
    assert await read(here, SetName.SETTINGS) == {name: everything[name] for name in ("greeting", "tiers")}
    async with chain.store.turn(chain.merchant, SHARED) as turn:
        assert [act.what for act in await turn.acts(10)] == [
            "tiers rise: 铜, 银, 金",
            "tiers rise: 铜, 银=/Silver, 金=金钻卡/Gold <Plus>",
        ]


async def test_one_site_has_no_names_of_its_own(sets: Sets) -> None:
    chain = sets.chain
    await sets.shop("S1")
    own = {"key": "tier-names", "value": {"shown": {"金": {"en": "Gold"}}}}
    with pytest.raises(NotPublishable, match="called alike at all sites"):
        await out(sets, SetName.SETTINGS, own, site="S1")
    await rises(chain, shown=NAMED)
    with pytest.raises(NotPublishable, match="called alike at all sites"):
        await out(sets, SetName.SETTINGS, own, site="S1")
    await out(sets, SetName.SETTINGS, own)
    assert await called(chain) == {"金": TierShown(en="Gold")}


async def test_names_count_from_their_time_on(sets: Sets) -> None:
    chain = sets.chain
    await sets.shop("S1")
    own = {"key": "tier-names", "value": {"shown": {"金": {"en": "Gold"}}}}
    await out(sets, SetName.SETTINGS, own, at_ms=chain.clock.now_ms + 1_000)
    assert await called(chain, 999) == {}
    assert await called(chain, 1_000) == {"金": TierShown(en="Gold")}


async def test_names_that_are_too_long_together_are_refused(sets: Sets) -> None:
    chain = sets.chain
    await sets.shop("S1")
    many = {f"t{at}": TierShown(zh=f"{at:02}" + "卡" * 18, en=f"T {at} " + "x" * 30) for at in range(40)}
    with pytest.raises(NotPublishable, match="4096 at most"):
        await rises(chain, shown=many)
    some = dict(list(many.items())[:30])
    await rises(chain, shown=some)
    assert await called(chain) == some


@pytest.mark.parametrize("value", [{}, {"shown": {"a b": {"en": "A"}}}, {"shown": {"a": {}}}, {"shown": []}])
def test_what_are_no_names_are_not_published(value: object) -> None:
    with pytest.raises(NotPublishable, match="line 1"):
        rows_in(SetName.SETTINGS, lines({"key": "tier-names", "value": value}))


@pytest.mark.parametrize("value", [b"{}", b'{"shown":{"a":{}}}', b'{"shown":[\xff]}'])
def test_names_that_a_release_before_took_as_they_were_say_nothing(value: bytes) -> None:
    assert names_in([Row(key="tier-names", value=value)]) == {}
    assert names_in([Row(key="other", value=b'{"shown":{"a":{"en":"A"}}}')]) == {}
    shown = names_in([Row(key="tier-names", value=b'{"shown":{"a":{"en":"A"}}}')])
    assert shown == {"a": TierShown(en="A")}


async def test_it_counts_from_its_time_on(sets: Sets) -> None:
    chain = sets.chain
    await sets.shop("S1")
    await out(sets, SetName.SETTINGS, SAID, at_ms=chain.clock.now_ms + 1_000)
    assert await now(chain, 999) == BY_CUSTOM
    assert await now(chain, 1_000) == METAL.order
    with pytest.raises(NotPublishable, match="wait already"):
        await rises(chain)
    with pytest.raises(NotPublishable, match="must sign"):
        await rises(chain, by=" ")


@pytest.mark.parametrize("order", [[], ["银", "银"], ["a b"], "银"])
def test_what_is_no_order_is_not_published(order: object) -> None:
    with pytest.raises(NotPublishable, match="line 1"):
        rows_in(SetName.SETTINGS, lines({"key": "tiers", "value": {"order": order}}))


async def test_what_is_damaged_is_as_if_it_were_not_there(sets: Sets) -> None:
    chain = sets.chain
    await sets.shop("S1")
    row = await out(sets, SetName.SETTINGS, SAID)
    assert await now(chain) == METAL.order
    await damage(sets, row.parts[0].hex())
    assert await now(chain) == BY_CUSTOM


@pytest.mark.parametrize("value", [b"{}", b'{"order":["a","a"]}', b'{"order":[\xff]}'])
def test_what_a_release_before_took_as_it_was_says_nothing(value: bytes) -> None:
    assert order_in([Row(key="tiers", value=value)]) is None
    assert order_in([Row(key="other", value=b'{"order":["a"]}')]) is None
    assert order_in([Row(key="tiers", value=b'{"order":["a"]}')]) == TierOrder(order=("a",))


@pytest.mark.parametrize("chain", [pytest.param("postgres", marks=pytest.mark.hq)], indirect=True)
async def test_the_page_offers_the_chains_own(chain: Chain) -> None:
    assert isinstance(chain.store, PostgresStore)
    await chain.shop("S1")
    await rises(chain)
    seen = await overview(chain.store, chain.merchant, chain.policy, chain.clock.now_ms)
    page = operator_page(seen, Session(merchant=chain.merchant, operator="Chen", token=b"t"))
    assert "<option>铜</option><option>银</option><option>金</option>" in page
    await rises(chain, shown=NAMED)
    seen = await overview(chain.store, chain.merchant, chain.policy, chain.clock.now_ms)
    page = operator_page(seen, Session(merchant=chain.merchant, operator="Chen", token=b"t"))
    assert (
        '<option>铜</option><option value="银">Silver (银)</option>'
        '<option value="金">Gold &lt;Plus&gt; (金)</option>'
    ) in page


@pytest.mark.hq
def test_commands_set_and_show_the_order(standing_hq: Headquarters, tmp_path: Path) -> None:
    merchant = f"tiers-{tmp_path.name}"
    where = ("--data", str(standing_hq.data), "--merchant", merchant)
    assert json.loads(typed("hq", "tiers", "show", *where).stdout) == list(BY_CUSTOM)
    assert "no site" in typed("hq", "tiers", "set", "铜", "金", *where, "--by", "Chen").stderr
    body = json.dumps({"merchant": merchant, "site": "S1", "instance": "i1"}).encode()
    assert standing_hq.ask("/v1/hello", body)[0] == 200
    assert "different names" in typed("hq", "tiers", "set", "铜", "铜", *where, "--by", "Chen").stderr
    done = typed("hq", "tiers", "set", "铜", "金", *where, "--by", "Chen")
    assert json.loads(done.stdout) == {"settings": "1"}, done.stderr
    assert json.loads(typed("hq", "tiers", "show", *where).stdout) == ["铜", "金"]
    names = ("铜=铜卡/Bronze", "金")
    done = typed("hq", "tiers", "set", *names, *where, "--by", "Chen")
    assert json.loads(done.stdout) == {"settings": "2"}, done.stderr
    assert json.loads(typed("hq", "tiers", "show", *where).stdout) == [*names]
    for wrong, why in (("金=", "different names"), ("金=铜", "two tiers are called 铜")):
        assert why in typed("hq", "tiers", "set", "铜", wrong, *where, "--by", "Chen").stderr
