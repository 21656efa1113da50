"""A clock of headquarters that was wrong for a while: no feed stalls for it, nothing is put off for weeks."""

from __future__ import annotations

from pathlib import Path

import pytest

from hq.decisions import set_card
from hq.giving import Pace
from terminal.core.commands import BookDirective, CardState
from terminal.core.directives import Activate, CardStanding, Directed, Release
from terminal.core.wire.rights import Feed, Numbered
from terminal.core.wire.sets import SetName
from tests.core.ledger.book import AT
from tests.hq.receiving import activates, refused
from tests.hq.shop import Chain, Shop
from tests.hq.test_healing import Backup
from tests.hq.test_publishing import out, price, read
from tests.hq.test_sets import DAY_MS, EVERY_MS, Sets, told

FAR_MS = 40 * DAY_MS


@pytest.fixture
def sets(chain: Chain, tmp_path: Path) -> Sets:
    return Sets(chain, tmp_path / "keys")


async def asked(shop: Shop, *, early: bool) -> tuple[Numbered, ...]:
    """What lies in the feed beyond what was applied."""
    after = shop.ledger.standing().fed
    question = Feed(**shop.me, hq_epoch=1, after=after, early=early)
    return (await shop.exchange.feed(question)).items


async def ahead(sets: Sets, shop: Shop) -> Numbered:
    """Prices of some weeks from now are in the feed, because headquarters' clock was there for a moment."""
    await out(sets, SetName.PRICES, price(350))
    await sets.made(shop)
    await out(sets, SetName.PRICES, price(300), at_ms=sets.chain.clock.now_ms + FAR_MS)
    sets.chain.clock.now_ms += FAR_MS
    await sets.maker.visit(sets.chain.merchant, shop.name)
    sets.chain.clock.now_ms -= FAR_MS
    [item] = await asked(shop, early=False)
    return item


async def test_what_waits_for_its_time_is_taken_out_and_what_is_behind_it_comes(sets: Sets) -> None:
    here, _ = await sets.shop("S1")
    item = await ahead(sets, here)
    assert isinstance(item.directive, Activate)
    assert item.not_before_ms > sets.chain.clock.now_ms
    await set_card(sets.chain.exchange, sets.chain.merchant, "c1", CardState.LOST, by="Chen")
    first, second = await asked(here, early=True)
    assert (first.m, first.id, first.not_before_ms, first.directive) == (item.m, item.id, 0, Release())
    assert isinstance(second.directive, CardStanding)
    await here.sync()
    assert await read(here) == {"6901": {"price": 350}}
    assert not await sets.chain.open_exceptions("breach")


async def test_it_is_given_again_behind_all_the_rest_when_its_time_has_come(sets: Sets) -> None:
    here, _ = await sets.shop("S1")
    item = await ahead(sets, here)
    await asked(here, early=True)
    await here.sync()
    await sets.later(here)
    assert await read(here) == {"6901": {"price": 350}}
    await sets.later(here, ms=FAR_MS)
    assert await read(here) == {"6901": {"price": 300}}
    assert [one.id for one in here.told].count(item.id) == 1


async def test_what_a_clock_that_stays_wrong_gives_is_taken_out_at_most_once_an_hour(sets: Sets) -> None:
    here, _ = await sets.shop("S1")
    await ahead(sets, here)
    sets.chain.clock.now_ms += FAR_MS
    await asked(here, early=True)
    await here.sync()
    before = len(activates(here.told, SetName.PRICES))
    for _ in range(5):
        await sets.later(here)
    assert len(activates(here.told, SetName.PRICES)) == before
    await sets.later(here)
    assert await read(here) == {"6901": {"price": 300}}


async def test_who_applied_it_after_all_has_done_nothing_wrong(sets: Sets) -> None:
    here, _ = await sets.shop("S1")
    item = await ahead(sets, here)
    await asked(here, early=True)
    directed = Directed(hq_epoch=1, m=item.m)
    await here.ledger.submit(
        BookDirective(id=item.id, at=AT, directed=directed, directive=item.directive, keeps=())
    )
    await here.sync()
    assert not await sets.chain.open_exceptions("breach")


@pytest.mark.parametrize("chain", ["memory"], indirect=True)
async def test_what_a_copy_of_the_books_forgot_to_have_taken_out_is_no_breach_and_is_given_again(
    sets: Sets,
) -> None:
    here, _ = await sets.shop("S1")
    item = await ahead(sets, here)
    backup = Backup(sets.chain)
    await asked(here, early=True)
    [applied] = await here.apply()
    assert (applied.id, applied.directive) == (item.id, Release())
    backup.restore(sets.chain)
    sets.paced(Pace())
    await here.sync()
    assert not await sets.chain.open_exceptions("breach")
    await sets.later(here, ms=FAR_MS)
    await sets.later(here)
    assert await read(here) == {"6901": {"price": 300}}


async def test_who_applied_nothing_where_a_set_was_to_be_read_is_shown_to_people(sets: Sets) -> None:
    here, _ = await sets.shop("S1")
    item = await ahead(sets, here)
    directed = Directed(hq_epoch=1, m=item.m)
    await here.ledger.submit(
        BookDirective(id=item.id, at=AT, directed=directed, directive=Release(), keeps=())
    )
    await here.push()
    assert await sets.chain.open_exceptions("breach") == [item.id]


async def test_only_what_has_a_time_is_taken_out(sets: Sets) -> None:
    here, _ = await sets.shop("S1")
    await out(sets, SetName.PRICES, price(350))
    for _ in range(2):
        await sets.maker.visit(sets.chain.merchant, here.name)
    [item] = await asked(here, early=True)
    assert isinstance(item.directive, Activate)


async def test_what_was_put_off_by_a_clock_far_ahead_is_looked_at_when_it_is_right(sets: Sets) -> None:
    here, _ = await sets.shop("S1")
    await sets.made(here)
    sets.chain.clock.now_ms += FAR_MS
    await sets.made(here)
    sets.chain.clock.now_ms -= FAR_MS
    merchant, now_ms = sets.chain.merchant, sets.chain.clock.now_ms
    found = await sets.chain.store.sites_to_look_at(now_ms, 1_000_000)
    assert {site for one, site in found if one == merchant} == {"", here.name}
    await set_card(sets.chain.exchange, merchant, "c1", CardState.LOST, by="Chen")
    await sets.later(here, ms=EVERY_MS)
    assert await refused(here, told(here, SetName.CARDS)) == {"c1": "lost"}
    await sets.member(here, 1)
    await sets.later(here, ms=EVERY_MS)
    assert activates(here.told, SetName.MEMBERS)
