"""What headquarters publishes, on the files of a real terminal: parts on one, the catalogue in another."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from terminal.core.cart import Article
from terminal.core.catalogue import Listed
from terminal.core.pricing import Tariff
from terminal.core.wire.sets import ROWS_MAX, Manifest, PartOf, Row, SetName
from terminal.desk.prices import Offer
from terminal.desk.published import Own, Published
from terminal.store.catalogue import ArticleFile, CatalogueFiles, NewState, own_path
from terminal.store.ledger import THREADS
from terminal.store.sealed import Secret
from terminal.store.sets import Sets

COUNT = 2 * ROWS_MAX + 7
PEN = Article(sku="P", name="笔", category="-", price=2_00)


async def staged(sets: Sets, name: SetName, rows: Sequence[tuple[str, object]]) -> str:
    """The manifest's hash. Parts hold rows in no order, as it comes from many hands."""
    parts = []
    for start in range(0, len(rows), ROWS_MAX):
        some = [
            Row(key=key, value=json.dumps(value).encode()) for key, value in rows[start : start + ROWS_MAX]
        ]
        part = PartOf(hash=f"{name}-{start}".encode().hex().ljust(64, "0"), rows=len(some))
        await sets.stage(part.hash, name, some[::-1])
        parts.append(part)
    hash_ = str(name).encode().hex().ljust(64, "0")
    await sets.keep_manifest(hash_, Manifest(set=name, version="1", parts=tuple(parts)))
    return hash_


class Shop:
    def __init__(self, folder: Path) -> None:
        self.ledger = folder / "ledger.db"
        self.sets = Sets(folder / "ledger.sets", Secret(folder / "ledger.secret"), THREADS)
        self.active: dict[str, str] = {}
        self.offers: asyncio.Queue[Offer] = asyncio.Queue()
        own = Own(catalogues=CatalogueFiles(self.ledger, Listed([PEN]), THREADS), tariff=Tariff())
        self.published = Published(own, self.sets, lambda: self.active, self.offers.put_nowait)

    async def sells(self, change: Callable[[], None]) -> Offer:
        running = asyncio.create_task(self.published.run())
        change()
        found = await self.offers.get()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return found


async def test_articles_and_their_prices_come_together_from_many_parts(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    said = {"name": "茶", "category": "-", "price": 1_00}
    rows = [(f"S{at:05d}", said) for at in range(COUNT)]
    shop.active["articles"] = await staged(shop.sets, SetName.ARTICLES, rows)
    cheap = [(f"S{at:05d}", {"price": 50}) for at in range(0, COUNT, 2)]
    shop.active["prices"] = await staged(shop.sets, SetName.PRICES, cheap)
    offer = await shop.sells(shop.published.look)
    assert [one.price for one in offer.articles.each()] == [
        50 if at % 2 == 0 else 1_00 for at in range(COUNT)
    ]
    assert offer.articles.named("P") is None
    again = Shop(tmp_path)
    again.active = shop.active
    before = (tmp_path / "ledger.published").stat().st_ino
    assert (await again.sells(again.published.look)).articles.version == offer.articles.version
    assert (tmp_path / "ledger.published").stat().st_ino == before
    again.active = {}
    assert (await again.sells(again.published.look_again)).articles.named("P") == PEN
    await shop.sets.close()
    await again.sets.close()


async def test_an_import_under_published_prices_is_sold_at_them(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.active["prices"] = await staged(
        shop.sets, SetName.PRICES, [("P", {"price": 1_50}), ("S", {"price": 9})]
    )
    offer = await shop.sells(shop.published.look)
    assert [(one.sku, one.price) for one in offer.articles.each()] == [("P", 1_50)]
    state = NewState(own_path(shop.ledger))
    for article in (PEN, Article(sku="S", name="尺", category="-", price=3_00)):
        state.put(article)
    state.say("version", "2")
    state.keep()
    offer = await shop.sells(shop.published.look_again)
    assert [(one.sku, one.price) for one in offer.articles.each()] == [("P", 1_50), ("S", 9)]
    assert ArticleFile(own_path(shop.ledger)).named("S") != offer.articles.named("S")
    await shop.sets.close()
