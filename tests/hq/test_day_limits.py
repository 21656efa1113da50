"""Daily limits of a company's cards across sites: own use and what the feed said last of the others."""

from __future__ import annotations

import pytest

from hq.decisions import write_off
from hq.memory import MemoryStore
from terminal.core.commands import (
    BookFleetFunds,
    BookSale,
    BookVoid,
    DayLimits,
    FleetCard,
    SaleLine,
    Tender,
    TenderKind,
)
from terminal.core.directives import DayUsed
from terminal.core.errors import OverLimit
from terminal.core.fleet import Fill
from terminal.core.ledger.day_limits import UsedToday, used_on
from terminal.core.values import EntryId
from terminal.core.wire.journal import Fork
from tests.core.ledger.book import AT
from tests.hq.shop import Chain, Shop
from tests.hq.test_healing import Backup, rolled_back

DAY = AT.business_day
LIMIT = DayLimits(card_fen=1000, card_litres=300)


async def takes(shop: Shop, fen: int, litres: int = 0, card: str = "truck-7") -> EntryId:
    line = SaleLine(sku="F", name="92", category="fuel", quantity=1, unit_price=fen, gross=fen, net=fen)
    fleet = FleetCard(card=card, litres=litres, limits=LIMIT)
    tender = Tender(kind=TenderKind.FLEET, amount=fen, of="haulage", fleet=fleet)
    return await shop.book(BookSale, wallet=None, card=None, lines=(line,), due=fen, tenders=(tender,))


async def known(shop: Shop, card: str = "truck-7") -> tuple[int, ...]:
    """(fen, hundredths) of the card, then of the company."""
    found: UsedToday = await shop.ledger.ask(lambda state: used_on(state, "haulage", card, DAY))
    return found.card.fen, found.card.litres, found.company.fen, found.company.litres


async def shops(chain: Chain, *names: str) -> list[Shop]:
    """Each with credit of its own, so that only the day limits it."""
    found = [await chain.shop(name) for name in names]
    for shop in found:
        await shop.book(BookFleetFunds, company="haulage", amount=9000, paid_by=None)
        await shop.sync()
    return found


async def test_what_one_shop_used_counts_in_every_other_once_it_is_told(chain: Chain) -> None:
    one, other, third = await shops(chain, "S1", "S2", "S3")
    await takes(one, 600, 100)
    await one.sync()
    await other.sync()
    await third.sync()
    assert await known(other) == await known(third) == await known(one) == (600, 100, 600, 100)
    with pytest.raises(OverLimit):
        await takes(other, 401)
    await takes(other, 400, 50)
    await other.sync()
    for shop in (one, third):
        await shop.sync()
        assert await known(shop) == (1000, 150, 1000, 150)
        with pytest.raises(OverLimit):
            await takes(shop, 1)
    assert await chain.exceptions() == {}


async def test_while_shops_are_cut_off_each_gives_up_to_the_limit_and_no_more(chain: Chain) -> None:
    one, other = await shops(chain, "S1", "S2")
    for shop in (one, other):
        await takes(shop, 1000)
        with pytest.raises(OverLimit):
            await takes(shop, 1)
    await one.sync()
    await other.sync()
    await one.sync()
    assert await known(one) == await known(other) == (2000, 0, 2000, 0)
    for shop in (one, other):
        with pytest.raises(OverLimit):
            await takes(shop, 1)


async def test_many_uses_of_one_batch_are_told_by_their_sum(chain: Chain) -> None:
    one, other = await shops(chain, "S1", "S2")
    for _ in range(3):
        await takes(one, 100, 10)
    await takes(one, 50, 5, "van-1")
    await one.sync()
    told = [item.directive for item in await other.apply() if isinstance(item.directive, DayUsed)]
    assert [{use.card: Fill(fen=use.fen, litres=use.litres) for use in one.uses} for one in told] == [
        {
            "": Fill(fen=350, litres=35),
            "truck-7": Fill(fen=300, litres=30),
            "van-1": Fill(fen=50, litres=5),
        }
    ]
    assert told[0].site == "S1"
    assert await known(other, "van-1") == (50, 5, 350, 35)
    assert not [item for item in await one.apply() if isinstance(item.directive, DayUsed)]


async def test_what_was_voided_is_free_again_everywhere(chain: Chain) -> None:
    one, other = await shops(chain, "S1", "S2")
    sale = await takes(one, 600, 100)
    await one.sync()
    await other.sync()
    await one.book(BookVoid, of=sale, why="x")
    await one.sync()
    await other.sync()
    assert await known(other) == await known(one) == (0, 0, 0, 0)


async def test_a_shop_that_is_new_is_told_what_was_used_before_it_came(chain: Chain) -> None:
    one, other = await shops(chain, "S1", "S2")
    await takes(one, 300, 30)
    await takes(one, 50, 5, "van-1")
    await takes(other, 200)
    await one.sync()
    await other.sync()
    chain.clock.now_ms += 86_400_000
    (third,) = await shops(chain, "S3")
    assert await known(third) == (500, 30, 550, 35)
    assert await known(third, "van-1") == (50, 5, 550, 35)
    chain.clock.now_ms += 9 * 86_400_000
    (late,) = await shops(chain, "S4")
    assert await known(late) == (0, 0, 0, 0)


@pytest.mark.parametrize(("length", "heard"), [(40, 100), (41, 0)])
async def test_a_shop_whose_name_is_too_long_hears_nothing(chain: Chain, length: int, heard: int) -> None:
    one, other = await shops(chain, "S1", "s" * length)
    await takes(one, 100)
    await one.sync()
    await other.sync()
    assert await known(other) == (heard, 0, heard, 0)


async def test_days_long_over_are_told_to_nobody(chain: Chain) -> None:
    one, other = await shops(chain, "S1", "S2")
    chain.clock.now_ms = 1_795_000_000_000 + 7 * 86_400_000  # Two days after the day of the fill.
    await takes(one, 100)
    await one.sync()
    await other.sync()
    assert await known(other) == (100, 0, 100, 0)
    chain.clock.now_ms += 2 * 86_400_000
    await takes(one, 100)
    await one.sync()
    await other.sync()
    assert await known(other) == (100, 0, 100, 0)
    assert await known(one) == (200, 0, 200, 0)


async def test_a_shop_that_is_written_off_hears_nothing(chain: Chain) -> None:
    one, other, third = await shops(chain, "S1", "S2", "S3")
    await write_off(chain.exchange, chain.merchant, third.name, by="Chen", second="Wang")
    await takes(one, 100)
    await one.sync()
    await other.sync()
    assert await known(other) == (100, 0, 100, 0)
    async with chain.store.turn(chain.merchant, third.name) as turn:
        told = await turn.feed_after(1, 0, 200)
    assert not [item for item in told if isinstance(item.directive, DayUsed)]


async def test_books_that_forgot_what_they_told_come_to_the_same_figures() -> None:
    chain = Chain(MemoryStore())
    one, other = await shops(chain, "S1", "S2")
    await takes(one, 300, 30)
    await one.sync()
    await other.sync()
    backup = Backup(chain)
    await takes(one, 200, 20)
    await one.sync()
    await other.sync()
    await takes(other, 100, 10)
    await other.sync()
    backup.restore(chain)
    for shop in (one, other, one, other):
        await shop.sync()
    assert await known(one) == await known(other) == (600, 60, 600, 60)
    assert not [key for key in await chain.exceptions() if key[0] == "breach"]


async def test_a_shop_that_heals_a_fork_counts_what_it_had_used_and_heard(chain: Chain) -> None:
    one, other = await shops(chain, "S1", "S2")
    kept = len(one.ledger.links)
    await takes(one, 700, 70)
    await takes(other, 300, 30)
    for shop in (other, one, other):
        await shop.sync()
    rolled_back(one, kept)
    await takes(one, 900, 90)  # It knows of nothing.
    answer = await one.push()
    assert isinstance(answer, Fork)
    await one.heal(answer.epoch)
    for shop in (one, other, one):
        await shop.sync()
    assert await known(one) == await known(other) == (1900, 190, 1900, 190)
    assert await chain.overdrawn() == 0


async def test_accounts_that_only_look_like_a_use_are_told_to_nobody(chain: Chain) -> None:
    one, other = await shops(chain, "S1", "S2")
    assert not [item for item in await other.apply() if isinstance(item.directive, DayUsed)]
    await one.book(BookFleetFunds, company="used", amount=9000, paid_by=None)
    await one.sync()
    assert not [item for item in await other.apply() if isinstance(item.directive, DayUsed)]
