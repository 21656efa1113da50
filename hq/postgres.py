"""The `Store` over PostgreSQL 15 or newer, by asyncpg."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib import resources

import asyncpg

from hq.ports import Cause, Claim, Decision, ExceptionKind, SiteRow, Standing, Total
from hq.postgres_people import PostgresPeople
from hq.postgres_rights import PostgresRights
from hq.sql import SQL
from hq.taken import Taken
from terminal.core.values import SiteId

CONNECTIONS_MAX = 10
WAIT_S = 10.0
"""For a connection out of the pool, and for a row that another request holds."""

STATEMENT_S = 30.0
TOUCH_MS = 15_000
"""A call is noted this often at most, beside those that write the site's row anyway."""

_SERVER_SETTINGS = {
    "lock_timeout": f"{int(WAIT_S * 1000)}",
    "statement_timeout": f"{int(STATEMENT_S * 1000)}",
    "idle_in_transaction_session_timeout": f"{int(STATEMENT_S * 1000)}",
}


class SchemaUnknown(Exception):
    """The database was made by a newer headquarters."""


async def connected(dsn: str) -> PostgresStore:
    """A store whose schema is up to date, and whose connections see one merchant at a time.

    Raises:
        SchemaUnknown: the database is ahead of this program.
        OSError, asyncpg.PostgresError: it does not answer.
    """
    connection = await asyncpg.connect(
        dsn, timeout=WAIT_S, command_timeout=STATEMENT_S, server_settings=_SERVER_SETTINGS
    )
    try:
        await _migrate(connection)
    finally:
        await connection.close()
    pool = await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=CONNECTIONS_MAX,
        timeout=WAIT_S,
        command_timeout=STATEMENT_S,
        server_settings={**_SERVER_SETTINGS, "role": "hq_worker"},
    )
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
    async def turn(
        self, merchant: str, site: SiteId, *, alone: bool = False
    ) -> AsyncGenerator[PostgresTurn, None]:
        async with self.pool.acquire(timeout=WAIT_S) as connection, connection.transaction():
            await connection.fetchrow(SQL["as_merchant_alone" if alone else "as_merchant"], merchant)
            yield PostgresTurn(connection, merchant, site)

    @asynccontextmanager
    async def looking(self) -> AsyncGenerator[asyncpg.Connection, None]:
        """One picture of all merchants, as somebody who may write nothing."""
        async with (
            self.pool.acquire(timeout=WAIT_S) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            await connection.execute("SET LOCAL ROLE hq_operator")
            yield connection

    async def highest_hq_epoch(self) -> int:
        async with self.looking() as connection:
            return int(await connection.fetchval(SQL["highest_hq_epoch"]))

    async def merchants_outstanding(self) -> Sequence[str]:
        async with self.looking() as connection:
            return [row["merchant_id"] for row in await connection.fetch(SQL["merchants_outstanding"])]

    async def totals(self, merchant: str) -> Sequence[Total]:
        async with self.looking() as connection:
            return [Total(**row) for row in await connection.fetch(SQL["totals"], merchant)]

    async def close(self) -> None:
        await self.pool.close()


class PostgresTurn(PostgresRights, PostgresPeople):
    """One transaction. Whoever reads the site's row holds it until the end."""

    # Sites

    async def site(self) -> SiteRow | None:
        row = await self._connection.fetchrow(SQL["site"], *self._here)
        return None if row is None else SiteRow(**row)

    async def peek(self) -> SiteRow | None:
        row = await self._connection.fetchrow(SQL["peek"], *self._here)
        return None if row is None else SiteRow(**row)

    async def sites(self) -> Mapping[SiteId, SiteRow]:
        rows = [dict(row) for row in await self._connection.fetch(SQL["sites"], self.merchant)]
        return {SiteId(row.pop("site")): SiteRow(**row) for row in rows}

    async def save(self, site: SiteRow) -> None:
        await self._connection.execute(
            SQL["save"],
            *self._here,
            site.instance,
            site.instance_no,
            site.epoch,
            site.acked,
            site.head,
            site.said,
            site.nonce,
            site.hq_epoch,
            site.confirmed,
            site.seen_ms,
            site.written_off_ms,
        )

    async def touch(self, now_ms: int) -> None:
        await self._connection.execute(SQL["touch"], *self._here, now_ms, TOUCH_MS)

    async def standing(self, hq_epoch: int) -> Standing:
        row = await self._connection.fetchrow(SQL["standing"], self.merchant, hq_epoch)
        return Standing(restoring=row["restoring"], sites=row["sites"])

    # Chains

    async def hashes(self, first: int, last: int) -> Sequence[bytes]:
        rows = await self._connection.fetch(SQL["hashes"], *self._here, first, last)
        return [row["hash"] for row in rows]

    async def bodies(self, after: int, limit: int) -> Sequence[bytes]:
        rows = await self._connection.fetch(SQL["bodies"], *self._here, after, limit)
        return [row["body"] for row in rows]

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
            SQL["claimed"], self.merchant, [entry.id for entry in lost], [entry.seq for entry in lost]
        )
        return {row["mine"]: Claim(site=row["site"], seq=row["seq"], command=row["command"]) for row in rows}

    async def held_here(self, accounts: Collection[str]) -> Mapping[str, int]:
        rows = await self._connection.fetch(SQL["held_here"], *self._here, sorted(accounts))
        return {row["account"]: int(row["balance"]) for row in rows}

    async def append(self, entries: Sequence[Taken], now_ms: int) -> None:
        good = [entry for entry in entries if not entry.fault]
        lines = [
            (account, entry.seq, line, amount, entry.moves, entry.loads and _is_value(account))
            for entry in good
            for line, (account, amount) in enumerate(entry.postings)
        ]
        parts = [(part.account, part.terms.lot, part.amount) for entry in good for part in entry.lots]
        await self._connection.execute(
            SQL["append"],
            *self._here,
            [entry.seq for entry in entries],
            [entry.kind for entry in entries],
            [entry.id for entry in entries],
            [entry.hash for entry in entries],
            [entry.body for entry in entries],
            *([row[place] for row in lines] for place in range(6)),
            now_ms,
            *([row[place] for row in parts] for place in range(3)),
        )
        await self._lay_terms(good)
        faults = {str(entry.seq): entry.fault for entry in entries if entry.fault}
        if faults:
            await self._open(self.name, ExceptionKind.QUARANTINE, faults, now_ms)

    async def _lay_terms(self, entries: Sequence[Taken]) -> None:
        laid = {
            (part.terms.unit, part.terms.lot): part.terms
            for entry in reversed(entries)  # What was said of a lot first stands.
            for part in reversed(entry.lots)
            if part.amount > 0
        }
        if laid:
            rows = [
                (one.unit, one.lot, one.laid, one.paid, one.since, one.until, one.invoice)
                for one in laid.values()
            ]
            await self._connection.execute(
                SQL["lay_terms"], self.merchant, *([row[place] for row in rows] for place in range(7))
            )

    # Exceptions

    async def open_exception(
        self, kind: str, subject: str, why: str, now_ms: int, *, at: SiteId | None = None
    ) -> None:
        await self._open(self.name if at is None else at, kind, {subject: why}, now_ms)

    async def _open(self, site: SiteId, kind: str, why_by_subject: Mapping[str, str], now_ms: int) -> None:
        subjects, whys = list(why_by_subject), list(why_by_subject.values())
        await self._connection.execute(
            SQL["open_exceptions"], self.merchant, site, kind, subjects, whys, now_ms
        )

    async def close_exception(self, cause: Cause, decision: Decision, now_ms: int) -> bool:
        closed = await self._connection.fetchval(
            SQL["close_exception"],
            self.merchant,
            cause.kind,
            cause.site,
            cause.subject,
            decision.words,
            decision.by,
            decision.second,
            now_ms,
        )
        return closed is not None

    async def subjects(self, kind: str) -> Sequence[str]:
        rows = await self._connection.fetch(SQL["subjects"], *self._here, kind)
        return [row["subject"] for row in rows]


def _is_value(account: str) -> bool:
    return not account.startswith("site:")
