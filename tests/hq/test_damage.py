"""A part of a data set that is not what it was: given to nobody, said once, whole again where it can be."""

from __future__ import annotations

from pathlib import Path

import pytest

from hq.decisions import set_card
from hq.ports import Cause, Decision, ExceptionKind
from hq.publishing import NotPublishable, limit
from hq.refusal import RequestRefused
from hq.sets_ports import SHARED
from terminal.core.commands import CardState
from terminal.core.policy import Offline
from terminal.core.values import CardId, SiteId
from terminal.core.wire.people import Known
from terminal.core.wire.problem import ProblemCode
from terminal.core.wire.sets import Blob, SetName
from tests.hq.receiving import manifest, members, refused
from tests.hq.shop import Chain, Shop
from tests.hq.test_publishing import out, price, read
from tests.hq.test_sets import Sets, told


@pytest.fixture
def sets(chain: Chain, tmp_path: Path) -> Sets:
    return Sets(chain, tmp_path / "keys")


async def damage(sets: Sets, digest: str) -> None:
    async with sets.chain.store.turn(sets.chain.merchant, SHARED) as turn:
        await turn.add_blobs({digest: b"[]"})


async def given(shop: Shop, digest: str) -> bytes | ProblemCode:
    try:
        return bytes(await shop.exchange.blob(Blob(**shop.me, hash=digest)))
    except RequestRefused as refusal:
        return refusal.code


async def said(sets: Sets) -> list[str]:
    return await sets.chain.open_exceptions(ExceptionKind.PART)


async def test_a_damaged_part_is_given_to_nobody_and_publishing_it_again_makes_it_whole(sets: Sets) -> None:
    here, _ = await sets.shop("S1")
    there, _ = await sets.shop("S2")
    await out(sets, SetName.PRICES, price(350))
    await sets.made(here, there)
    (part,) = (await manifest(here, told(here, SetName.PRICES))).parts
    await damage(sets, part.hash)
    for shop in (here, there, here):
        assert await given(shop, part.hash) is ProblemCode.FAULT
    assert await said(sets) == [part.hash]
    await out(sets, SetName.PRICES, price(350))
    assert await read(here) == await read(there) == {"6901": {"price": 350}}
    chain, cause = sets.chain, Cause(kind=ExceptionKind.PART, site=SHARED, subject=part.hash)
    async with chain.store.turn(chain.merchant, SHARED) as turn:
        assert await turn.close_exception(cause, Decision(words="again", by="Ann"), chain.clock.now_ms)
    assert await said(sets) == []
    chain.clock.now_ms += 1
    await damage(sets, part.hash)
    assert await given(here, part.hash) is ProblemCode.FAULT
    assert await said(sets) == [part.hash]


async def test_where_a_damaged_part_is_on_its_way_what_is_published_next_takes_its_place(sets: Sets) -> None:
    shop, _ = await sets.shop("S1")
    chain = sets.chain

    async def on_its_way() -> list[bytes]:
        await sets.maker.visit(chain.merchant, shop.name)
        async with chain.store.turn(chain.merchant, shop.name) as turn:
            return [row.manifest for row in await turn.given() if row.set == SetName.PRICES]

    await sets.made(shop)
    first = await out(sets, SetName.PRICES, price(350))
    assert await on_its_way() == [first.manifest]
    await out(sets, SetName.PRICES, price(360))
    assert await on_its_way() == [first.manifest]  # The site may have taken it, and not said so yet.
    await damage(sets, first.parts[0].hex())
    assert await given(shop, first.parts[0].hex()) is ProblemCode.FAULT
    other = await out(sets, SetName.PRICES, price(370))
    assert await on_its_way() == [other.manifest]
    await sets.made(shop)
    assert await read(shop) == {"6901": {"price": 370}}
    assert await chain.open_exceptions(ExceptionKind.BREACH) == []


async def test_a_manifest_of_what_was_published_is_written_again_by_itself(sets: Sets) -> None:
    shop, _ = await sets.shop("S1")
    await out(sets, SetName.PRICES, price(350))
    await sets.made(shop)
    await damage(sets, told(shop, SetName.PRICES))
    assert await given(shop, told(shop, SetName.PRICES)) is ProblemCode.FAULT
    assert await said(sets) == [told(shop, SetName.PRICES)]
    assert await read(shop) == {"6901": {"price": 350}}


@pytest.mark.parametrize("of", ["part", "manifest"])
async def test_members_on_their_way_are_made_anew_for_the_site_that_lacks_them(sets: Sets, of: str) -> None:
    shop, guest = await sets.shop("S1")
    await sets.member(shop, 1, Known(name="Anna"))
    await sets.made(shop)
    before = told(shop)
    await sets.member(shop, 2, Known(name="Bert"))
    sets.chain.clock.now_ms += 3_600_000
    for _ in range(2):
        await sets.maker.changes(sets.chain.merchant)
        await sets.maker.visit(sets.chain.merchant, shop.name)
    async with sets.chain.store.turn(sets.chain.merchant, shop.name) as turn:
        waits = [row for row in await turn.given() if row.set == SetName.MEMBERS and not row.applied]
    assert len(waits) == 1, before
    digest = waits[0].manifest.hex()
    if of == "part":
        digest = (await manifest(shop, digest)).parts[-1].hash
    await damage(sets, digest)
    assert await given(shop, digest) is ProblemCode.FAULT
    await sets.made(shop)
    assert set(await members(shop, told(shop), guest.enrolment.box_key)) == {"w1", "w2"}
    assert await given(shop, digest) is not ProblemCode.FAULT


async def test_the_hot_list_is_made_again_by_the_same_hash(sets: Sets) -> None:
    shop, _ = await sets.shop("S1")
    await set_card(sets.chain.exchange, sets.chain.merchant, CardId("lost"), CardState.LOST, by="Ann")
    await sets.made(shop)
    (part,) = (await manifest(shop, told(shop, SetName.CARDS))).parts
    await damage(sets, part.hash)
    assert await given(shop, part.hash) is ProblemCode.FAULT
    await sets.maker.visit_merchant(sets.chain.merchant)
    assert await refused(shop, told(shop, SetName.CARDS)) == {"lost": "lost"}


async def test_damage_to_what_headquarters_keeps_for_itself_holds_up_nothing_else(sets: Sets) -> None:
    shop, guest = await sets.shop("S1")
    row = await out(sets, SetName.STAFF, {"key": "s7", "value": {"name": "Li Wei", "role": "manager"}})
    await damage(sets, row.parts[0].hex())
    await out(sets, SetName.PRICES, price(350))
    await sets.made(shop)
    assert await read(shop) == {"6901": {"price": 350}}
    assert SetName.STAFF not in shop.ledger.standing().sets
    assert await said(sets) == [row.parts[0].hex()]
    await out(sets, SetName.STAFF, {"key": "s8", "value": {"name": "Wu", "role": "manager"}})
    await sets.made(shop)
    assert set(await read(shop, SetName.STAFF, guest.enrolment.box_key)) == {"s8"}


async def test_limits_are_not_laid_over_settings_that_cannot_be_read(sets: Sets) -> None:
    await sets.shop("S1")
    row = await out(sets, SetName.SETTINGS, {"key": "a", "value": {"b": 1}})
    await damage(sets, row.parts[0].hex())
    chain = sets.chain
    with pytest.raises(NotPublishable, match="damaged"):
        await limit(
            chain.store, chain.merchant, SiteId(SHARED), Offline(), by="Ann", now_ms=chain.clock.now_ms
        )
