"""The `Stock` port: a file beside the ledger that reads the journal after it was committed.

It holds what people counted and how far the journal is read, and is one transaction with both. Nothing that
goes wrong here reaches a sale; where another journal took the ledger's place it is told anew from the counts.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn, Protocol, TypeVar

from terminal.core.canonical import decoded
from terminal.core.commands import Booked, BookNote, BookRefund, BookReversal, BookVoid, Command
from terminal.core.entry import Link
from terminal.core.errors import LedgerClosed, LedgerDamaged
from terminal.core.stock import went
from terminal.core.values import EntryId
from terminal.runtime.threads import Threads
from terminal.store.lane import Lane
from terminal.store.queries import statements_of

log = logging.getLogger(__name__)

T = TypeVar("T")

_READ = 200
"""Entries at once."""
_UNDOES = (BookVoid, BookReversal, BookRefund)
_UNDONE_MAX = 3
"""A void of a refund of a sale."""


class Journal(Protocol):
    """What of the ledger is read: see `core.ports.Outbox` and `Books`."""

    async def head(self) -> tuple[int, bytes]: ...

    async def after(self, seq: int, limit: int) -> Sequence[Link]: ...

    async def hash_at(self, seq: int) -> bytes: ...


class Known(Protocol):
    async def booked(self, entry: EntryId) -> Booked | None: ...


def _about(command: Command) -> EntryId | None:
    """What it undid, or what was collected with it."""
    return command.of if isinstance(command, (*_UNDOES, BookNote)) else None


Gone = tuple[int, Mapping[str, int]]
"""Seq of an entry, and what left the shelves with it."""


class StockFile:
    """The file itself; used on one thread."""

    def __init__(self, path: Path) -> None:
        self._file = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            self._file.execute("PRAGMA journal_mode = WAL")
            # What is lost with the power is read from the journal again; a count is synced by itself.
            self._file.execute("PRAGMA synchronous = NORMAL")
            self._sql = statements_of("stock.sql")
            for table in ("stock", "read_to"):
                self._file.execute(self._sql[table])
            path.chmod(0o600)
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        self._file.close()

    def place(self) -> tuple[int, bytes] | None:
        """How far the journal is read; None: nothing was ever counted."""
        row: tuple[int, bytes] | None = self._do("place").fetchone()
        return row

    def counted(self, counts: Mapping[str, int], seq: int, hash_: bytes) -> None:
        """Right after that entry."""
        self._file.execute("PRAGMA synchronous = FULL")
        try:
            self._file.execute("BEGIN")
            with self._file:
                rows = [(sku, count, seq) for sku, count in counts.items()]
                self._file.executemany(self._sql["count"], rows)
                self._do("at", seq, hash_)
        finally:
            self._file.execute("PRAGMA synchronous = NORMAL")

    def gone(self, gone: Sequence[Gone], seq: int, hash_: bytes) -> list[tuple[str, int]]:
        """What is left now of each that was counted, and of which something went."""
        rows = [(sku, count, at) for at, moved in gone for sku, count in moved.items()]
        self._file.execute("BEGIN")
        with self._file:
            self._file.executemany(self._sql["go"], rows)
            self._do("at", seq, hash_)
            left = [(sku, self._do("left", sku).fetchone()) for sku in {sku for sku, _, _ in rows}]
        return [(sku, row[0]) for sku, row in left if row]

    def first(self, head: int) -> int:
        """Begins anew from the counts; after which entry. Those made beyond `head` count from there."""
        self._do("anew", head)
        return int(self._do("first").fetchone()[0] or 0)

    def all(self) -> list[tuple[str, int]]:
        return self._do("all").fetchall()

    def _do(self, name: str, *values: object) -> sqlite3.Cursor:
        return self._file.execute(self._sql[name], values)


class StockKeeper:
    """Call `run` under supervision, `look` after each entry."""

    def __init__(self, ledger: Path, journal: Journal, known: Known, threads: Threads) -> None:
        self._path = ledger.with_suffix(".stock")
        self._journal = journal
        self._known = known
        self._threads = threads
        self._news = asyncio.Event()
        self._turn = asyncio.Lock()
        self._lane: Lane | None = None
        self._file: StockFile | None = None
        self._left: dict[str, int] | None = None
        """For the counter, which asks on the event loop, where nothing waits for a disk. None: not known."""

    def left(self, sku: str, /) -> int | None:
        return self._left.get(sku) if self._left else None

    def look(self) -> None:
        """Something was booked."""
        self._news.set()

    async def run(self) -> NoReturn:
        """A shop that counts nothing has no file, and waits for its first count."""
        if self._path.exists():
            self._news.set()
        while True:
            await self._news.wait()
            self._news.clear()
            if self._path.exists():
                async with self._turn:
                    await self._catch_up(await self._opened())

    async def count(self, counts: Mapping[str, int]) -> None:
        """As it lies there now, in what each article's quantity is counted."""
        async with self._turn:
            file = await self._opened()
            await self._catch_up(file)
            place = await self._lane_do(file.place)
            seq, hash_ = await self._journal.head() if place is None else place
            await self._lane_do(partial(file.counted, counts, seq, hash_))
            self._left = dict(await self._lane_do(file.all))
        self.look()

    async def all(self) -> list[tuple[str, int]]:
        """What is left of each that was counted, by SKU."""
        if not self._path.exists():
            return []
        async with self._turn:
            file = await self._opened()
            return await self._lane_do(file.all)

    async def _opened(self) -> StockFile:
        if self._lane is None:
            self._lane = Lane("stock", self._threads)
        if self._file is None:
            self._file = await self._lane.do(partial(StockFile, self._path))
        if self._left is None:
            self._left = dict(await self._lane_do(self._file.all))
        return self._file

    async def _lane_do(self, work: Callable[[], T]) -> T:
        if self._lane is None:
            raise RuntimeError("closed")
        try:
            return await self._lane.do(work)
        except (LedgerClosed, LedgerDamaged):
            self._left = None
            raise

    async def _catch_up(self, file: StockFile) -> None:
        place = await self._lane_do(file.place)
        if place is None:
            return
        seq, hash_ = place
        if not await self._is_there(seq, hash_):
            log.warning("the journal is another one: the stock is told anew from what was counted")
            head, _ = await self._journal.head()
            seq = await self._lane_do(partial(file.first, head))
            await self._lane_do(partial(file.counted, {}, seq, await self._journal.hash_at(seq)))
            self._left = dict(await self._lane_do(file.all))
        while links := await self._journal.after(seq, _READ):
            gone = [(link.seq, await self._went(link)) for link in links]
            seq = links[-1].seq
            left = await self._lane_do(partial(file.gone, gone, seq, links[-1].hash))
            if self._left is not None:
                self._left.update(left)

    async def _is_there(self, seq: int, hash_: bytes) -> bool:
        try:
            return await self._journal.hash_at(seq) == hash_
        except LookupError:
            return False

    async def _went(self, link: Link) -> Mapping[str, int]:
        chain: list[Command] = [decoded(link.body).payload]
        while len(chain) < _UNDONE_MAX and (of := _about(chain[-1])) is not None:
            undone = await self._known.booked(of)
            if undone is None:  # Of another shop: its goods come onto these shelves uncounted.
                break
            chain.append(undone.command)
        return went(*chain)

    async def close(self) -> None:
        self._left = None
        if self._lane is not None:
            if self._file is not None:
                await self._lane_do(self._file.close)
            lane, self._lane, self._file = self._lane, None, None
            await lane.end()
