"""What a terminal that runs says of its stock, whatever its files are like."""

from __future__ import annotations

import asyncio
import sqlite3

from terminal.asked import stock_facts
from terminal.core.cart import Article
from terminal.core.catalogue import Articles, Listed
from terminal.maintenance.facts import StockFacts
from terminal.store.catalogue import Unreadable

COUNT = 5_000
TEA = Article(sku="A1", name="红茶", category="-", price=1, low=3)


class Shelves:
    def __init__(self, counted: list[tuple[str, int]]) -> None:
        self.counted = counted

    async def all(self) -> list[tuple[str, int]]:
        return self.counted


class Damaged:
    async def all(self) -> list[tuple[str, int]]:
        raise sqlite3.DatabaseError("file is not a database")


async def told(counted: list[tuple[str, int]], articles: Articles) -> StockFacts | None:
    return await stock_facts(Shelves(counted), articles)


async def test_what_is_short_is_named_with_how_much_there_is() -> None:
    assert await told([], Listed([TEA])) is None
    assert await told([("A1", 3), ("X", 0)], Listed([TEA])) == StockFacts(counted=2)
    assert await told([("A1", 2), ("X", 0)], Listed([TEA])) == StockFacts(counted=2, short=("红茶 (2)",))


async def test_of_what_is_short_the_first_hundred_are_named() -> None:
    many = [Article(sku=f"S{at:04d}", name="茶", category="-", price=1) for at in range(150)]
    found = await told([(one.sku, 0) for one in many], Listed(many))
    assert found is not None
    assert (found.counted, len(found.short)) == (150, 100)


async def test_the_counter_goes_on_while_thousands_are_looked_through() -> None:
    turns = 0
    ended = asyncio.Event()

    async def counter() -> None:
        nonlocal turns
        while not ended.is_set():
            turns += 1
            await asyncio.sleep(0)

    serving = asyncio.create_task(counter())
    await told([("A1", 9)] * COUNT, Listed([TEA]))
    ended.set()
    await serving
    assert turns >= COUNT // 50


async def test_a_damaged_file_is_said_and_is_no_end_of_the_answer() -> None:
    found = await stock_facts(Damaged(), Listed([TEA]))
    assert found is not None
    assert found.fault.startswith("DatabaseError")
    found = await told([("A1", 2)], Unreadable("gone"))
    assert found is not None
    assert (found.counted, found.short, found.fault) == (1, (), "A140 CatalogueUnread: gone")
