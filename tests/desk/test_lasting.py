"""What members have used up, as it is read behind the sales."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.calls import UsedUp
from terminal.core.cart import Article
from terminal.core.catalogue import Listed
from terminal.core.commands import BookVoid, Commission
from terminal.core.entry import Link
from terminal.core.errors import CatalogueUnread, LedgerClosed
from terminal.core.habits import Habits
from terminal.core.values import SiteId, StaffId, WalletId
from terminal.desk import lasting
from terminal.desk.lasting import LastingGoods
from terminal.store.memory import MemoryLedger
from tests.store.facts import AT, an_id, issue, sale

WANG = WalletId("w1")
CREAM = Article(sku="A", name="面霜", category="care", price=500, cycle_days=80)
GLOSS = replace(CREAM, name="口红", cycle_days=None)


class Unread(Listed):
    def each(self) -> Iterator[Article]:
        raise CatalogueUnread("damaged")


class Shop:
    def __init__(self, *articles: Article, categories: Mapping[str, int] | None = None) -> None:
        self.ledger: Any = MemoryLedger(SiteId("S1"))
        self.articles: Listed = Listed(articles)
        self.asked: list[int] = []
        self.fails = False
        self.at_end = asyncio.Event()
        """All was read, or nothing could be."""
        self.pauses: list[float] = []
        self.goods = LastingGoods(self, lambda: self.articles, categories, "KEYED", self.pause)

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    async def head(self) -> tuple[int, bytes]:
        found: tuple[int, bytes] = await self.ledger.outbox.head()
        return found

    async def after(self, seq: int, limit: int) -> Sequence[Link]:
        self.asked.append(seq)
        if self.fails:
            self.at_end.set()
            raise LedgerClosed("no entries")
        links: Sequence[Link] = await self.ledger.outbox.after(seq, limit)
        if not links:
            self.at_end.set()
        return links

    async def hash_at(self, seq: int) -> bytes:
        found: bytes = await self.ledger.outbox.hash_at(seq)
        return found

    async def begins(self) -> None:
        await self.ledger.committer.submit(*issue(1))

    async def buys(self, number: int, day: str, by: str = "") -> None:
        bought = replace(sale(number, 500, number=1), card=None, at=replace(AT, business_day=day))
        served = Commission(by=StaffId(by), amount=1) if by else None
        line = replace(bought.lines[0], sku="A", category="care", quantity=1, commission=served)
        await self.ledger.committer.submit(replace(bought, lines=(line,)))

    async def told(self) -> list[UsedUp]:
        await self.goods.catch_up()
        return list(self.goods.of(WANG))


@asynccontextmanager
async def runs(shop: Shop) -> AsyncIterator[None]:
    running = asyncio.create_task(shop.goods.run())
    try:
        yield
        assert not running.done()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def read(shop: Shop) -> list[UsedUp]:
    """At the end of what runs now."""
    async with asyncio.timeout(10):
        await shop.at_end.wait()
    shop.at_end.clear()
    return list(shop.goods.of(WANG))


def used_up(day: str, name: str = "面霜") -> list[UsedUp]:
    return [UsedUp(name=name, day=day)]


async def test_what_was_bought_before_is_read_at_the_start_and_what_is_bought_then_after_it() -> None:
    shop = Shop(CREAM)
    await shop.begins()
    await shop.buys(2, "2026-08-19")
    assert list(shop.goods.of(WANG)) == []
    async with runs(shop):
        assert await read(shop) == used_up("2026-11-07")
        await shop.buys(3, "2026-08-20")
        shop.goods.look()
        assert await read(shop) == used_up("2026-11-08")
        await asyncio.sleep(0)
    assert set(shop.pauses) == {2.0}


async def test_what_comes_back_gives_the_former_day_back_and_nothing_is_read_twice() -> None:
    shop = Shop(CREAM)
    await shop.begins()
    await shop.buys(2, "2026-08-19")
    assert await shop.told() == used_up("2026-11-07")
    await shop.buys(3, "2026-08-20")
    assert await shop.told() == used_up("2026-11-08")
    await shop.ledger.committer.submit(BookVoid(id=an_id(4), at=AT, of=an_id(3), why="x"))
    assert await shop.told() == used_up("2026-11-07")
    assert list(shop.goods.of(WalletId("w9"))) == []
    assert shop.asked == [0, 2, 2, 3, 3, 4]


async def test_all_of_a_long_journal_is_read() -> None:
    shop = Shop(CREAM)
    await shop.begins()
    for number in range(2, 202):
        await shop.buys(number, "2026-08-19")
    await shop.buys(300, "2026-08-21")
    assert await shop.told() == used_up("2026-11-09")
    assert shop.asked == [0, 200, 202]


@pytest.mark.parametrize(("back", "read_from", "found"), [(4, 0, 2), (3, 0, 2), (2, 1, 2), (1, 2, None)])
async def test_a_shop_without_such_articles_reads_only_so_far_back_as_visits_count(
    monkeypatch: pytest.MonkeyPatch, back: int, read_from: int, found: int | None
) -> None:
    monkeypatch.setattr(lasting, "LOOKED_BACK", back)
    shop = Shop(GLOSS)
    await shop.begins()
    await shop.buys(2, "2026-08-19", by="E1")
    await shop.buys(3, "2026-08-20", by="E1")
    assert await shop.told() == []
    assert shop.asked[0] == read_from
    usual = shop.goods.habits(WANG).usual
    assert (usual and usual.times) == found
    await shop.buys(4, "2026-08-21", by="E1")
    await shop.told()
    assert shop.asked[-1] == 4
    usual = shop.goods.habits(WANG).usual
    assert usual is not None
    assert usual.times == (found or 1) + 1
    assert shop.goods.habits(WalletId("w9")) == Habits()


async def test_with_days_of_a_category_all_of_the_journal_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lasting, "LOOKED_BACK", 1)
    shop = Shop(GLOSS, categories={"care": 30})
    await shop.begins()
    await shop.buys(2, "2026-08-19")
    await shop.buys(3, "2026-08-20")
    assert await shop.told() == used_up("2026-09-19", "care")
    assert shop.asked[0] == 0


async def test_another_state_of_the_catalogue_is_followed_from_the_beginning() -> None:
    shop = Shop(CREAM)
    await shop.begins()
    await shop.buys(2, "2026-08-19")
    assert await shop.told() == used_up("2026-11-07")
    shop.articles = Listed([replace(CREAM, name="新面霜", cycle_days=81)])
    assert await shop.told() == used_up("2026-11-08", "新面霜")
    shop.articles = Listed([GLOSS])
    assert await shop.told() == []


@pytest.mark.parametrize("longer", [False, True])
async def test_where_another_journal_took_the_place_it_is_read_anew(*, longer: bool) -> None:
    shop = Shop(CREAM)
    await shop.begins()
    await shop.buys(2, "2026-08-19")
    assert await shop.told() == used_up("2026-11-07")
    shop.ledger = MemoryLedger(SiteId("S1"))
    await shop.begins()
    if longer:
        await shop.buys(3, "2026-01-01")
    assert await shop.told() == (used_up("2026-03-22") if longer else [])


async def test_what_cannot_be_read_now_is_read_at_the_next_look() -> None:
    shop = Shop(CREAM)
    await shop.begins()
    await shop.buys(2, "2026-08-19")
    shop.fails = True
    with pytest.raises(LedgerClosed):
        await shop.told()
    shop.articles = Unread([CREAM])
    with pytest.raises(CatalogueUnread):
        await shop.told()
    shop.at_end.clear()
    shop.articles = Listed([CREAM])
    async with runs(shop):
        assert await read(shop) == []
        shop.fails = False
        shop.goods.look()
        assert await read(shop) == used_up("2026-11-07")
