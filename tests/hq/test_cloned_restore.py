"""Headquarters was restored, and an older disk of a site calls before the site itself does."""

from __future__ import annotations

from copy import deepcopy

import pytest

from hq.marks import Marks, Told
from hq.ports import SiteRow
from terminal.core.commands import BookDirective
from terminal.core.directives import Directed, Grant
from terminal.core.rights import Right
from terminal.core.values import EntryId
from terminal.core.wire.journal import Ack, Fork
from tests.core.ledger.book import AT
from tests.hq.shop import Chain, Shop
from tests.hq.test_healing import P1, Backup, with_value

POINTS = "wallet:w1:points:goods"
IN_MEMORY = pytest.mark.parametrize("chain", ["memory"], indirect=True)
"""A backup of PostgreSQL is not taken in these tests: of it they hold what a row keeps."""


def cloned(shop: Shop) -> Shop:
    """The same disk in another machine."""
    clone = Shop(shop.chain, shop.name, shop.instance)
    clone.ledger = deepcopy(shop.ledger)
    clone.acked_mark, clone.fed_mark, clone.edits_mark = shop.acked_mark, shop.fed_mark, shop.edits_mark
    return clone


async def mints(shop: Shop, hq_epoch: int, m: int) -> EntryId:
    """Books a grant that nobody gave, under a number of its own choice."""
    grant = Grant(rights=(Right(account=POINTS, amount=7),))
    directed = Directed(hq_epoch=hq_epoch, m=m)
    entry = EntryId(shop.chain.ids.new())
    await shop.ledger.submit(BookDirective(id=entry, at=AT, directed=directed, directive=grant))
    return entry


async def row_of(shop: Shop) -> SiteRow:
    async with shop.chain.store.turn(shop.chain.merchant, shop.name) as turn:
        row = await turn.peek()
    assert row is not None
    return row


async def confirmed_by_its_clone(chain: Chain, grants: int = 1) -> tuple[Shop, Shop, Shop]:
    """(home, away, its clone): the clone has confirmed; away has yet to bring what it alone was granted."""
    home, away = await with_value(chain)
    await away.ask((P1, 10_00))
    await away.sync()
    backup, clone = Backup(chain), cloned(away)
    for number in range(1, grants + 1):  # What is on its way counts for what is asked.
        await away.ask((P1, number * 50_00))
        assert len(await away.apply()) == 1
    await away.sell("w1", 30_00)
    backup.restore(chain)
    await home.sync()
    assert isinstance(await clone.push(), Ack)
    assert (await row_of(away)).confirmed == chain.exchange.hq_epoch == 2
    return home, away, clone


async def settled(home: Shop, away: Shop) -> None:
    """All is told everywhere, and what was loaded less what was spent lies somewhere, once."""
    chain = home.chain
    for _ in range(2):
        await home.sync()
        await away.sync()
    assert home.holds(P1) + away.holds(P1) + await chain.pool(P1) - await chain.overdrawn() == 970_00


@IN_MEMORY
@pytest.mark.parametrize("grants", [1, 3])
async def test_what_only_the_original_was_granted_is_no_breach(chain: Chain, grants: int) -> None:
    home, away, _ = await confirmed_by_its_clone(chain, grants)
    assert isinstance(await away.push(), Ack)
    await settled(home, away)
    assert await chain.exceptions() == {}


@IN_MEMORY
async def test_it_may_come_in_several_batches(chain: Chain) -> None:
    home, away, _ = await confirmed_by_its_clone(chain, 3)
    for _ in range(4):
        assert isinstance(await away.push(1), Ack)
    await settled(home, away)
    assert await chain.exceptions() == {}


@IN_MEMORY
async def test_the_feed_of_the_new_epoch_may_come_before_the_push(chain: Chain) -> None:
    """A site keeps one mark of its feed, and asks it while it pushes."""
    home, away, clone = await confirmed_by_its_clone(chain)
    await away.ask((P1, 20_00))
    before = away.fed_mark
    assert await away.told_now() != []
    assert away.fed_mark != before
    assert isinstance(await away.push(), Ack)
    await settled(home, away)
    assert await chain.exceptions() == {}
    assert clone.fed_mark != before


@IN_MEMORY
async def test_where_the_clone_was_fed_since_the_original_heals_and_nothing_is_a_breach(chain: Chain) -> None:
    _, away, clone = await confirmed_by_its_clone(chain)
    await clone.ask((P1, 20_00))
    await clone.sync()
    fork = await away.push()
    assert isinstance(fork, Fork)
    assert [kind for kind, _, _ in await chain.exceptions()] == ["fork"]


@IN_MEMORY
@pytest.mark.parametrize("beyond", [1, 2])
async def test_a_grant_of_a_number_that_the_site_was_never_told_is_a_breach(
    chain: Chain, beyond: int
) -> None:
    home, away, _ = await confirmed_by_its_clone(chain)
    told = (await row_of(away)).told
    assert told == (0, 0) or told[0] == 1  # What the clone has shown.
    await away.hello()
    _, m = (await row_of(away)).told
    minted = await mints(away, 1, m + beyond)
    await away.push()
    await home.sync()
    assert await chain.open_exceptions("breach") == [minted]
    await chain.conserved()


@IN_MEMORY
@pytest.mark.parametrize("back", [0, 1])
async def test_a_number_counts_once(chain: Chain, back: int) -> None:
    """Whoever was told it before has no use for it again: in the same batch, and in one after it."""
    _, away, _ = await confirmed_by_its_clone(chain, 2)
    await away.hello()
    _, m = (await row_of(away)).told
    first = await mints(away, 1, m - back)
    await away.push()
    assert (await row_of(away)).heard == (1, m)
    second = await mints(away, 1, m - back)
    await away.push()
    assert await chain.open_exceptions("breach") == sorted([first, second])


@IN_MEMORY
@pytest.mark.parametrize(("hq_epoch", "m"), [(2, 1), (3, 1), (2, 0)])
async def test_what_the_present_epoch_or_none_at_all_has_said_is_a_breach(
    chain: Chain, hq_epoch: int, m: int
) -> None:
    _, away, _ = await confirmed_by_its_clone(chain)
    assert isinstance(await away.push(), Ack)
    minted = await mints(away, hq_epoch, max(m, 1))
    await away.push()
    assert await chain.open_exceptions("breach") == [minted]


@IN_MEMORY
async def test_who_shows_no_mark_of_ours_is_not_believed(chain: Chain) -> None:
    _, away, _ = await confirmed_by_its_clone(chain)
    others = Marks(bytes)
    told = Told(hq_epoch=1, acked=99, fed=99, edits=0, last="0" * 12)
    away.fed_mark = others.of(chain.merchant, away.name, told)
    await away.push()
    assert len(await chain.open_exceptions("breach")) == 1


@IN_MEMORY
async def test_a_headquarters_that_makes_no_marks_believes_nobody(chain: Chain) -> None:
    _, away, _ = await confirmed_by_its_clone(chain)
    chain.exchange._marks = None  # As one of somebody else.
    await away.push()
    assert len(await chain.open_exceptions("breach")) == 1


def said(shop: Shop, hq_epoch: int, fed: int) -> str:
    told = Told(hq_epoch=hq_epoch, acked=0, fed=fed, edits=0, last="0" * 12)
    return shop.chain.marks.of(shop.chain.merchant, shop.name, told)


async def test_the_row_keeps_the_last_that_was_told_under_an_earlier_epoch_and_what_its_chain_names(
    chain: Chain,
) -> None:
    home, away = await with_value(chain)
    assert (await row_of(away)).told == (0, 0)
    await away.ask((P1, 10_00))
    await away.sync()
    assert (await row_of(away)).heard == (1, 1)
    chain.at_epoch(4)
    for hq_epoch, fed, told in (
        (2, 0, (0, 0)),  # A mark of entries says nothing of the feed.
        (2, 5, (2, 5)),
        (3, 4, (3, 4)),
        (2, 9, (3, 4)),
        (3, 3, (3, 4)),
        (4, 0, (3, 4)),
    ):
        away.fed_mark = said(away, hq_epoch, fed)
        await away.hello()
        assert (await row_of(away)).told == told
    assert (await row_of(away)).heard == (1, 1)
    assert (await row_of(home)).told[0] < 4
    home.fed_mark = away.fed_mark = ""
    await home.sync()
    await away.sync()
    assert (await row_of(away)).told == (3, 4)
