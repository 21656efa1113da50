"""The `Store` over PostgreSQL 15 or newer, by asyncpg."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib import resources

import asyncpg

from hq.ports import Claim, ExceptionKind, SiteRow, Taken
from terminal.core.entry import GENESIS
from terminal.core.values import SiteId

CONNECTIONS_MAX = 10
WAIT_S = 10.0
"""For a connection out of the pool, and for a row that another request holds."""

STATEMENT_S = 30.0

_SERVER_SETTINGS = {
    "lock_timeout": f"{int(WAIT_S * 1000)}",
    "statement_timeout": f"{int(STATEMENT_S * 1000)}",
    "idle_in_transaction_session_timeout": f"{int(STATEMENT_S * 1000)}",
}


class SchemaUnknown(Exception):
    """The database was made by a newer headquarters."""


def _named(text: str) -> dict[str, str]:
    """The statements of a file by the `-- name:` above each."""
    return {
        name.strip(): statement.strip()
        for name, _, statement in (part.partition("\n") for part in text.split("-- name:")[1:])
    }


SQL = _named(resources.files("hq").joinpath("queries.sql").read_text())


async def connected(dsn: str) -> PostgresStore:
    """A store whose schema is up to date.

    Raises:
        SchemaUnknown: the database is ahead of this program.
        OSError, asyncpg.PostgresError: it does not answer.
    """
    pool = await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=CONNECTIONS_MAX,
        timeout=WAIT_S,
        command_timeout=STATEMENT_S,
        server_settings=_SERVER_SETTINGS,
    )
    async with pool.acquire() as connection:
        await _migrate(connection)
    return PostgresStore(pool)


async def _migrate(connection: asyncpg.Connection) -> None:
    files = sorted(
        (file for file in resources.files("hq").joinpath("schema").iterdir() if file.name.endswith(".sql")),
        key=lambda file: file.name,
    )
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(hashtext('card-terminal schema'))")
        await connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version integer PRIMARY KEY)")
        version = await connection.fetchval("SELECT coalesce(max(version), 0) FROM schema_version")
        if version > len(files):
            raise SchemaUnknown(f"the database has schema {version}, this program knows {len(files)}")
        for number, file in enumerate(files[version:], start=version + 1):
            await connection.execute(file.read_text())
            await connection.execute("INSERT INTO schema_version VALUES ($1)", number)


class PostgresStore:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    @asynccontextmanager
    async def turn(self, merchant: str, site: SiteId) -> AsyncGenerator[PostgresTurn, None]:
        async with self.pool.acquire(timeout=WAIT_S) as connection, connection.transaction():
            yield PostgresTurn(connection, merchant, site)

    async def highest_hq_epoch(self) -> int:
        return int(await self.pool.fetchval(SQL["highest_hq_epoch"]))

    async def close(self) -> None:
        await self.pool.close()


class PostgresTurn:
    """One transaction. Whoever reads the site's row holds it until the end."""

    def __init__(self, connection: asyncpg.Connection, merchant: str, site: SiteId) -> None:
        self._connection = connection
        self._here = (merchant, site)

    async def enrolled(self, instance: str) -> SiteRow:
        await self._connection.execute(SQL["enrol"], *self._here, instance, GENESIS)
        row = await self.site()
        assert row is not None  # noqa: S101  the statement above made it, and nothing deletes sites
        return row

    async def site(self) -> SiteRow | None:
        row = await self._connection.fetchrow(SQL["site"], *self._here)
        return None if row is None else SiteRow(**row)

    async def save(self, site: SiteRow) -> None:
        await self._connection.execute(
            SQL["save"],
            *self._here,
            site.instance,
            site.epoch,
            site.acked,
            site.head,
            site.said,
            site.nonce,
            site.hq_epoch,
            site.seen_ms,
        )

    async def hashes(self, first: int, last: int) -> Sequence[bytes]:
        rows = await self._connection.fetch(SQL["hashes"], *self._here, first, last)
        return [row["hash"] for row in rows]

    async def claim(self, entries: Sequence[Taken]) -> Mapping[int, Claim]:
        ids = [entry.id for entry in entries]
        seqs = [entry.seq for entry in entries]
        rows = await self._connection.fetch(
            SQL["claim"], *self._here, ids, seqs, [entry.command for entry in entries]
        )
        mine = {row["seq"] for row in rows}
        if len(mine) == len(entries):
            return {}
        lost = [entry for entry in entries if entry.seq not in mine]
        rows = await self._connection.fetch(
            SQL["claimed"], self._here[0], [entry.id for entry in lost], [entry.seq for entry in lost]
        )
        return {row["mine"]: Claim(site=row["site"], seq=row["seq"], command=row["command"]) for row in rows}

    async def append(self, entries: Sequence[Taken]) -> None:
        lines = [
            (account, entry.seq, line, amount)
            for entry in entries
            if not entry.fault
            for line, (account, amount) in enumerate(entry.postings)
        ]
        accounts, seqs, places, amounts = ([row[place] for row in lines] for place in range(4))
        await self._connection.execute(
            SQL["append"],
            *self._here,
            [entry.seq for entry in entries],
            [entry.kind for entry in entries],
            [entry.id for entry in entries],
            [entry.hash for entry in entries],
            [entry.body for entry in entries],
            accounts,
            seqs,
            places,
            amounts,
        )
        faults = {str(entry.seq): entry.fault for entry in entries if entry.fault}
        if faults:
            await self._open(ExceptionKind.QUARANTINE, faults)

    async def open_exception(self, kind: str, subject: str, why: str) -> None:
        await self._open(kind, {subject: why})

    async def _open(self, kind: str, why_by_subject: Mapping[str, str]) -> None:
        await self._connection.execute(
            SQL["open_exceptions"], *self._here, kind, list(why_by_subject), list(why_by_subject.values())
        )
