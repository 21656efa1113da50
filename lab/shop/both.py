"""The terminal's file and headquarters' database of one shop, compared by SQL, row for row."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from uuid import UUID

import asyncpg

from hq.embedded import looking
from lab.shop.books import Violated
from lab.shop.setting import MERCHANT, SITE

Row = tuple[int, UUID, bytes, bytes]
"""seq, id, hash, body"""

_HERE = "SELECT seq, id, hash, body FROM entries WHERE seq > ? AND seq <= ? ORDER BY seq"
_THERE = (
    "SELECT seq, id, hash, body FROM entries WHERE merchant_id = $1 AND site = $2 AND seq > $3 ORDER BY seq"
)
_TWICE = (
    "SELECT id FROM entries WHERE merchant_id = $1 GROUP BY id HAVING count(*) > 1"
    " UNION ALL SELECT id FROM claims WHERE merchant_id = $1 GROUP BY id HAVING count(*) > 1"
)
_EXCEPTIONS = "SELECT kind, site, subject, why FROM exceptions WHERE merchant_id = $1"
_BALANCES_HERE = "SELECT owner || ':' || unit, balance FROM accounts WHERE balance <> 0"
_BALANCES_THERE = (
    "SELECT account, balance FROM balances WHERE merchant_id = $1 AND site = $2 AND balance <> 0"
)
_END = 1 << 62


class Both:
    """Nobody may speak with headquarters while they are compared."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._same = 0
        """Up to this seq both sides were found to be the same before."""

    def acknowledged(self) -> int:
        """How far the terminal believes that headquarters holds it, as it stands in its file."""
        with self._file() as ledger:
            return int(ledger.execute("SELECT value FROM meta WHERE name = 'acked'").fetchone()[0])

    async def agree_so_far(self, acked: int) -> int:
        """What headquarters holds is what the terminal has, and holds all that was acknowledged.

        Returns up to which seq it holds. Raises Violated.
        """
        async with self._database() as database:
            there = [_row(one) for one in await database.fetch(_THERE, MERCHANT, SITE, self._same)]
        held = there[-1][0] if there else self._same
        with self._file() as ledger:
            _compare(_rows(ledger, self._same, held), there)
        if held < acked:
            raise Violated(f"I1: {acked} entries were acknowledged, headquarters holds {held}")
        self._same = held
        return held

    async def agree(self) -> int:
        """All of it, when nothing is under way: rows, ids, balances. How many rows. Raises Violated."""
        async with self._database() as database:
            there = [_row(one) for one in await database.fetch(_THERE, MERCHANT, SITE, 0)]
            twice = [str(one["id"]) for one in await database.fetch(_TWICE, MERCHANT)]
            exceptions = [tuple(one) for one in await database.fetch(_EXCEPTIONS, MERCHANT)]
            owed = {
                one["account"]: int(one["balance"])
                for one in await database.fetch(_BALANCES_THERE, MERCHANT, SITE)
            }
        if twice or exceptions:
            raise Violated(f"I2 or I10: twice {twice}, exceptions {exceptions}")
        with self._file() as ledger:
            _compare(_rows(ledger, 0, _END), there)
            _same_balances(dict(ledger.execute(_BALANCES_HERE).fetchall()), owed)
        return len(there)

    @contextmanager
    def _file(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(f"file:{self._folder / 'ledger.db'}?mode=ro", uri=True)) as ledger:
            yield ledger

    @asynccontextmanager
    async def _database(self) -> AsyncGenerator[asyncpg.Connection, None]:
        async with looking(self._folder / "hq") as dsn:
            connection = await asyncpg.connect(dsn)
            try:
                yield connection
            finally:
                await connection.close()


def _row(one: asyncpg.Record) -> Row:
    return one["seq"], UUID(str(one["id"])), one["hash"], one["body"]


def _rows(ledger: sqlite3.Connection, after: int, upto: int) -> list[Row]:
    return [
        (seq, UUID(bytes=name), digest, body)
        for seq, name, digest, body in ledger.execute(_HERE, (after, upto))
    ]


def _compare(here: Sequence[Row], there: Sequence[Row]) -> None:
    for mine, theirs in zip(here, there, strict=False):
        if mine != theirs:
            raise Violated(f"I7: entry {mine[0]} here is not entry {theirs[0]} there")
    if len(here) != len(there):
        raise Violated(f"I9: {len(here)} rows here, {len(there)} there")


def _same_balances(here: Mapping[str, int], there: Mapping[str, int]) -> None:
    for account in sorted(here.keys() | there.keys()):
        if here.get(account, 0) != there.get(account, 0):
            raise Violated(
                f"I4: {account} is {here.get(account, 0)} here and {there.get(account, 0)} at headquarters"
            )
