"""The stock follows the journal, and is told anew from it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import (
    CLAIMED,
    BookGrant,
    BookIssue,
    BookNote,
    BookRedeem,
    BookRefund,
    BookSale,
    BookVoid,
    Grant,
    PointsEarned,
    Returned,
    SaleLine,
    Tender,
    TenderKind,
)
from terminal.core.errors import LedgerDamaged
from terminal.core.values import WalletId
from terminal.store.ledger import THREADS
from terminal.store.stock import StockKeeper
from tests.core.ledger.book import opening
from tests.store.conftest import opened_at
from tests.store.facts import AT, an_id

WALLET = WalletId("00000000-0000-7000-8000-000000000099")
LINE = SaleLine(sku="M", name="牛奶", category="dairy", quantity=1, unit_price=500, gross=500, net=500)


def sale(number: int, pieces: int = 1) -> BookSale:
    line = replace(LINE, quantity=pieces, gross=500 * pieces, net=500 * pieces)
    cash = Tender(kind=TenderKind.CASH, amount=line.net)
    return BookSale(
        id=an_id(number), at=AT, wallet=None, card=None, lines=(line,), due=line.net, tenders=(cash,),
        received=line.net,
    )  # fmt: skip


@asynccontextmanager
async def kept(ledger: Any, path: Path) -> AsyncIterator[StockKeeper]:
    keeper = StockKeeper(path, ledger.outbox, ledger.books, THREADS)
    running = asyncio.create_task(keeper.run())
    try:
        yield keeper
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await keeper.close()


async def left(keeper: StockKeeper) -> int | None:
    """Once all that was booked is read: a count of another article waits for that."""
    await keeper.count({"another": 1})
    return keeper.left("M")


async def test_it_goes_down_with_each_sale_and_up_with_what_came_back(tmp_path: Path) -> None:
    ledger = await opened_at(tmp_path / "ledger.db")
    async with kept(ledger, tmp_path / "ledger.db") as keeper:
        await ledger.committer.submit(sale(1, 9))
        assert keeper.left("M") is None
        await keeper.count({"M": 30, "R": 5})
        assert (keeper.left("M"), keeper.left("R"), keeper.left("X")) == (30, 5, None)
        await ledger.committer.submit(sale(2, 4))
        assert await left(keeper) == 26
        whole = Returned(line=0, net=1000, quantity=2)
        spoiled = Returned(line=0, net=500, quantity=1, spoiled=True)
        await ledger.committer.submit(BookRefund(id=an_id(3), at=AT, of=an_id(2), returned=(whole,), why="x"))
        await ledger.committer.submit(
            BookRefund(id=an_id(4), at=AT, of=an_id(2), returned=(spoiled,), why="x")
        )
        assert await left(keeper) == 28
        await ledger.committer.submit(sale(5, 40))
        assert await left(keeper) == -12
        await ledger.committer.submit(BookVoid(id=an_id(6), at=AT, of=an_id(5), why="x"))
        assert await left(keeper) == 28
        assert await keeper.all() == [("M", 28), ("R", 5), ("another", 1)]
    await ledger.close()


async def test_the_counter_asks_no_file_what_is_left(tmp_path: Path) -> None:
    """It asks on the event loop, which a disk that hangs must not stop."""
    ledger = await opened_at(tmp_path / "ledger.db")
    async with kept(ledger, tmp_path / "ledger.db") as keeper:
        await keeper.count({"M": 30})
        (tmp_path / "ledger.stock").rename(tmp_path / "elsewhere")
        assert keeper.left("M") == 30
        (tmp_path / "elsewhere").rename(tmp_path / "ledger.stock")
        await ledger.committer.submit(sale(1, 4))
        keeper.look()
        while keeper.left("M") == 30:  # noqa: ASYNC110  it tells nobody
            await asyncio.sleep(0)
        assert keeper.left("M") == 26
    await ledger.close()


async def test_what_cannot_be_read_any_more_is_not_known(tmp_path: Path) -> None:
    ledger = await opened_at(tmp_path / "ledger.db")
    async with kept(ledger, tmp_path / "ledger.db") as keeper:
        await keeper.count({"M": 30})
        with closing(sqlite3.connect(tmp_path / "ledger.stock")) as file, file:
            file.execute("ALTER TABLE stock RENAME TO away")
        with pytest.raises(LedgerDamaged):
            await keeper.all()
        assert keeper.left("M") is None
        with closing(sqlite3.connect(tmp_path / "ledger.stock")) as file, file:
            file.execute("ALTER TABLE away RENAME TO stock")
        assert await left(keeper) == 30
    await ledger.close()


async def test_what_was_sold_while_nobody_looked_is_read_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = await opened_at(path)
    async with kept(ledger, path) as keeper:
        await keeper.count({"M": 500})
    for number in range(1, 300):
        await ledger.committer.submit(sale(number))
    async with kept(ledger, path) as keeper:
        assert await left(keeper) == 201
    await ledger.close()


async def test_another_journal_in_the_ledgers_place_is_told_anew_from_the_counts(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = await opened_at(path)
    async with kept(ledger, path) as keeper:
        await ledger.committer.submit(sale(1, 3))
        await keeper.count({"M": 50})
        await ledger.committer.submit(sale(2, 4))
        assert await left(keeper) == 46
    await ledger.close()
    other = await opened_at(tmp_path / "other.db")
    (tmp_path / "other.stock").write_bytes((tmp_path / "ledger.stock").read_bytes())
    for number, pieces in ((1, 3), (7, 5), (8, 6)):
        await other.committer.submit(sale(number, pieces))
    async with kept(other, tmp_path / "other.db") as keeper:
        assert await left(keeper) == 50 - 5 - 6
    await other.close()


async def test_a_journal_that_is_shorter_than_the_count_counts_from_its_end(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = await opened_at(path)
    async with kept(ledger, path) as keeper:
        for number in range(1, 4):
            await ledger.committer.submit(sale(number))
        await keeper.count({"M": 50})
    await ledger.close()
    other = await opened_at(tmp_path / "other.db")
    (tmp_path / "other.stock").write_bytes((tmp_path / "ledger.stock").read_bytes())
    await other.committer.submit(sale(9))
    async with kept(other, tmp_path / "other.db") as keeper:
        assert await left(keeper) == 50
        await other.committer.submit(sale(10, 2))
        assert await left(keeper) == 48
    await other.close()


async def test_what_points_were_taken_for_leaves_the_shelf_with_its_claim_code(tmp_path: Path) -> None:
    ledger = await opened_at(tmp_path / "ledger.db")
    async with kept(ledger, tmp_path / "ledger.db") as keeper:
        for command in (
            BookIssue(id=an_id(1), at=AT, opens=opening(WALLET, None, None)),
            BookGrant(
                id=an_id(2), at=AT, wallet=WALLET, why="x", grants=(Grant(unit="points:goods", amount=9),)
            ),
        ):
            await ledger.committer.submit(command)
        await keeper.count({"M": 30})
        five = PointsEarned(family="goods", points=5)
        fields: dict[str, Any] = {"at": AT, "wallet": WALLET, "card": None, "points": five, "what": "x"}
        await ledger.committer.submit(BookRedeem(id=an_id(3), claim="123456782", sku="M", **fields))
        assert await left(keeper) == 30
        note = BookNote(id=an_id(4), at=AT, what=CLAIMED, detail="123456782", of=an_id(3))
        await ledger.committer.submit(note)
        assert await left(keeper) == 29
        await ledger.committer.submit(BookNote(id=an_id(5), at=AT, what="drawer"))
        await ledger.committer.submit(BookVoid(id=an_id(6), at=AT, of=an_id(3), why="x"))
        assert await left(keeper) == 30
        await ledger.committer.submit(BookRedeem(id=an_id(7), sku="M", **fields))
        assert await left(keeper) == 29
    await ledger.close()


async def test_a_shop_that_counts_nothing_has_no_file(tmp_path: Path) -> None:
    ledger = await opened_at(tmp_path / "ledger.db")
    async with kept(ledger, tmp_path / "ledger.db") as keeper:
        await ledger.committer.submit(sale(1))
        keeper.look()
        assert (await keeper.all(), keeper.left("M")) == ([], None)
    await ledger.close()
    assert not (tmp_path / "ledger.stock").exists()
