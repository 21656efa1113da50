"""The `Store` over PostgreSQL 15 or newer, by asyncpg."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib import resources

import asyncpg

from hq.ports import (
    COUNTERS_KEPT,
    AtRisk,
    BeyondCounting,
    Cause,
    Claim,
    CounterSeen,
    Decision,
    ExceptionKind,
    Noted,
    SiteRow,
    Standing,
    Total,
)
from hq.postgres_lapsing import PostgresLapsing
from hq.postgres_policies import PostgresPolicies
from hq.postgres_rights import PostgresRights
from hq.postgres_risk import at_risk
from hq.postgres_sets import PostgresSets, merchants_changed, sites_to_look_at
from hq.pot import is_value
from hq.sql import SQL
from hq.taken import COUNTED_MAX, Taken
from terminal.core.values import SiteId

CONNECTIONS_MAX = 10
WAIT_S = 10.0
"""For a connection out of the pool, and for a row that another request holds."""

STATEMENT_S = 30.0
TOUCH_MS = 15_000
"""A call is noted this often at most, beside those that write the site's row anyway."""

_ROLES = 2
_SITE = SiteRow.__struct_fields__
_SERVER_SETTINGS = {
    "lock_timeout": f"{int(WAIT_S * 1000)}",
    "statement_timeout": f"{int(STATEMENT_S * 1000)}",
    "idle_in_transaction_session_timeout": f"{int(STATEMENT_S * 1000)}",
}


class SchemaUnknown(Exception):
    """The database was made by a newer headquarters."""


class Unprivileged(Exception):
    """The account of the DSN lacks something; `str()` says what, and how it is given."""


async def connected(dsn: str) -> PostgresStore:
    """A store whose schema is up to date, and whose connections see one merchant at a time.

    Raises:
        SchemaUnknown: the database is ahead of this program.
        Unprivileged: the account may not do what it must.
        OSError, asyncpg.PostgresError: it does not answer.
    """
    connection = await asyncpg.connect(
        dsn, timeout=WAIT_S, command_timeout=STATEMENT_S, server_settings=_SERVER_SETTINGS
    )
    try:
        await _check_privileges(connection)
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
        reset=_as_it_was,
    )
    return PostgresStore(pool)


async def _as_it_was(_connection: asyncpg.Connection) -> None:
    """All that is set here is set for one transaction, so a round trip that resets the rest is saved."""


async def _check_privileges(connection: asyncpg.Connection) -> None:
    """Before anything is tried: a refusal in the middle of a migration says too little."""
    may = await connection.fetchrow(SQL["privileges"])
    who, lacks = may["who"], []
    if may["roles"] < _ROLES and not may["creates"]:
        lacks.append("CREATE ROLE hq_worker NOLOGIN; CREATE ROLE hq_operator NOLOGIN")
    if not may["member"] and not (may["roles"] < _ROLES and may["creates"]):
        lacks.append(f'GRANT hq_worker, hq_operator TO "{who}"')
    if not may["schema"]:
        lacks.append(f'GRANT CREATE ON SCHEMA public TO "{who}"')
    if lacks:
        raise Unprivileged(
            f"the database's account lacks privileges; an administrator says: {'; '.join(lacks)}"
        )


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
        self, merchant: str, site: SiteId, *, alone: bool = False, hold: bool = False
    ) -> AsyncGenerator[PostgresTurn, None]:
        async with self.pool.acquire(timeout=WAIT_S) as connection, connection.transaction():
            row = await connection.fetchrow(SQL["enter"], merchant, site, alone, hold)
            turn = PostgresTurn(connection, merchant, site)
            turn.begins(row, hold=hold)
            yield turn

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

    async def merchants_known(self) -> Sequence[str]:
        async with self.looking() as connection:
            return [row["merchant_id"] for row in await connection.fetch(SQL["merchants"])]

    async def merchants_outstanding(self) -> Sequence[str]:
        async with self.looking() as connection:
            return [row["merchant_id"] for row in await connection.fetch(SQL["merchants_outstanding"])]

    async def merchants_changed(self, limit: int) -> Sequence[str]:
        async with self.looking() as connection:
            return await merchants_changed(connection, limit)

    async def sites_to_look_at(self, now_ms: int, limit: int) -> Sequence[tuple[str, SiteId]]:
        async with self.looking() as connection:
            return await sites_to_look_at(connection, now_ms, limit)

    async def totals(self, merchant: str) -> Sequence[Total]:
        async with self.looking() as connection:
            return await totals_of(connection, merchant)

    async def at_risk(self, merchant: str) -> AtRisk:
        async with self.looking() as connection:
            return await at_risk(connection, merchant)

    async def close(self) -> None:
        await self.pool.close()


async def totals_of(connection: asyncpg.Connection, merchant: str) -> list[Total]:
    """Sums over sites are as long as they are: no column holds them."""
    return [
        Total(account=account, **{name: int(amount) for name, amount in row.items()})
        for account, row in [
            (found.pop("account"), found)
            for found in map(dict, await connection.fetch(SQL["totals"], merchant))
        ]
    ]


class PostgresTurn(PostgresRights, PostgresSets, PostgresPolicies, PostgresLapsing):
    """One transaction. Whoever reads the site's row holds it until the end."""

    # Sites

    _row: SiteRow | None
    _held: bool
    raised: int

    def begins(self, row: asyncpg.Record, *, hold: bool) -> None:
        """With the merchant's epoch and the site's row as they were found."""
        raised, *site = row
        self.raised = raised or 0
        self._row = None if site[0] is None else SiteRow(**dict(zip(_SITE, site, strict=True)))
        self._held = hold

    async def site(self) -> SiteRow | None:
        if not self._held:
            row = await self._connection.fetchrow(SQL["site"], *self._here)
            self._row, self._held = None if row is None else SiteRow(**row), True
        return self._row

    async def peek(self) -> SiteRow | None:
        return self._row

    async def counter_rises(self, card: bytes, counter: int, site: SiteId) -> bool:
        arguments = (self.merchant, card, counter, site, COUNTERS_KEPT)
        return await self._connection.fetchval(SQL["counter_rises"], *arguments) is not None

    async def counter_late(self, card: bytes, counter: int, seen: CounterSeen) -> CounterSeen | None:
        arguments = (self.merchant, card, counter, seen.site, seen.report)
        row = await self._connection.fetchrow(SQL["counter_late"], *arguments)
        return None if row is None else CounterSeen(site=SiteId(row["site"]), report=row["report"])

    async def peeks(self, sites: Collection[SiteId]) -> Mapping[SiteId, SiteRow]:
        return _sites(await self._connection.fetch(SQL["peeks"], self.merchant, sorted(sites)))

    async def sites(self) -> Mapping[SiteId, SiteRow]:
        return _sites(await self._connection.fetch(SQL["sites"], self.merchant))

    async def save(self, site: SiteRow) -> None:
        self._row = site
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
            site.edits,
            site.forks,
            site.forked_ms,
            *site.told,
            *site.heard,
            site.transit,
            site.unsure,
            site.gone_ms,
        )

    async def touch(self, now_ms: int) -> None:
        await self._connection.execute(SQL["touch"], *self._here, now_ms, TOUCH_MS)

    async def standing(self, hq_epoch: int) -> Standing:
        row = await self._connection.fetchrow(SQL["standing"], self.merchant, hq_epoch)
        return Standing(restoring=row["restoring"], sites=row["sites"])

    async def raise_to(self, hq_epoch: int) -> None:
        self.raised = hq_epoch
        await self._connection.execute(SQL["raise_to"], self.merchant, hq_epoch)

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
        return await self._claimed_before([entry for entry in entries if entry.seq not in mine])

    async def _claimed_before(self, entries: Sequence[Taken]) -> Mapping[int, Claim]:
        """Of those that are not at the very place where they are claimed for."""
        rows = await self._connection.fetch(
            SQL["claimed"], self.merchant, [entry.id for entry in entries], [entry.seq for entry in entries]
        )
        return {
            row["mine"]: Claim(site=row["site"], seq=row["seq"], command=row["command"])
            for row in rows
            if (row["site"], row["seq"]) != (self.name, row["mine"])
        }

    async def held_here(self, accounts: Collection[str]) -> Mapping[str, int]:
        rows = await self._connection.fetch(SQL["held_here"], *self._here, sorted(accounts))
        return {row["account"]: int(row["balance"]) for row in rows}

    async def uses_counted(self) -> Mapping[str, int]:
        rows = await self._connection.fetch(SQL["uses_counted"], self.merchant)
        return {row["account"]: int(row["balance"]) for row in rows}

    async def hads_counted(self) -> Mapping[str, int]:
        rows = await self._connection.fetch(SQL["hads_counted"], self.merchant)
        return {row["account"]: int(row["balance"]) for row in rows}

    async def extend(
        self, site: SiteRow, entries: Sequence[Taken], now_ms: int, *, claimed: bool
    ) -> Mapping[int, Claim]:
        good = [entry for entry in entries if not entry.fault]
        try:
            whole = await self._extended(site, entries, good, now_ms, claimed=claimed)
        except asyncpg.CheckViolationError as fault:
            raise BeyondCounting from fault
        if not whole:
            return await self._claimed_before(entries)
        self._row = site
        await self._lay_terms(good)
        faults = {str(entry.seq): entry.fault for entry in entries if entry.fault}
        if faults:
            await self._open(self.name, ExceptionKind.QUARANTINE, faults, now_ms)
        return {}

    async def post_again(self, entry: Taken, now_ms: int) -> None:
        site = self._row
        assert site is not None  # noqa: S101  it has a chain
        try:
            await self._extended(site, [], [entry], now_ms, claimed=True)
        except asyncpg.CheckViolationError as fault:
            raise BeyondCounting from fault
        await self.save(site)  # It was not heard of just now.
        await self._lay_terms([entry])
        await self._connection.execute(
            SQL["known_again"], *self._here, entry.seq, entry.kind, entry.id, str(entry.seq)
        )

    async def _extended(
        self, site: SiteRow, entries: Sequence[Taken], good: Sequence[Taken], now_ms: int, *, claimed: bool
    ) -> bool:
        whole: bool = await self._connection.fetchval(
            SQL["extend"],
            *self._here,
            [] if claimed else [entry.command for entry in entries],
            site.epoch,
            site.acked,
            site.head,
            site.said,
            site.nonce,
            now_ms,
            [entry.seq for entry in entries],
            [entry.kind for entry in entries],
            [entry.id for entry in entries],
            [entry.hash for entry in entries],
            [entry.body for entry in entries],
            *_lines(good),
            *_sums(good, now_ms),
            *_parts(good),
        )
        return whole

    async def _lay_terms(self, entries: Sequence[Taken]) -> None:
        laid = {
            (part.terms.unit, part.terms.lot): part.terms
            for entry in reversed(entries)  # What was said of a lot first stands.
            for part in reversed(entry.lots)
            if part.amount > 0
        }
        if laid:
            rows = [
                (one.unit, one.lot, one.laid, one.paid, one.since, one.until, one.invoice, one.sold)
                for one in laid.values()
            ]
            await self._connection.execute(
                SQL["lay_terms"], self.merchant, *([row[place] for row in rows] for place in range(8))
            )
        await self._add_listed(entries)

    async def _add_listed(self, entries: Sequence[Taken]) -> None:
        """What uses of count cards stood for, where so many of them are known."""
        listed = Counter[tuple[str, str]]()
        for entry in entries:
            for part in entry.lots:
                if part.listed:
                    listed[part.terms.unit, part.terms.lot] += part.listed
        if listed:
            sums = [
                (unit, lot, max(-COUNTED_MAX, min(COUNTED_MAX, fen)))
                for (unit, lot), fen in sorted(listed.items())
            ]
            columns = ([row[place] for row in sums] for place in range(3))
            await self._connection.execute(SQL["add_listed"], self.merchant, *columns, COUNTED_MAX)

    # Exceptions

    async def open_exception(  # noqa: PLR0913
        self,
        kind: str,
        subject: str,
        why: str,
        now_ms: int,
        *,
        at: SiteId | None = None,
        since_ms: int | None = None,
    ) -> None:
        await self._open(self.name if at is None else at, kind, {subject: why}, now_ms, since_ms)

    async def _open(
        self,
        site: SiteId,
        kind: str,
        why_by_subject: Mapping[str, str],
        now_ms: int,
        since_ms: int | None = None,
    ) -> None:
        subjects, whys = list(why_by_subject), list(why_by_subject.values())
        await self._connection.execute(
            SQL["open_exceptions"], self.merchant, site, kind, subjects, whys, now_ms, since_ms
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

    async def noted(self, cause: Cause) -> Noted | None:
        about = (self.merchant, cause.kind, cause.site, cause.subject)
        row = await self._connection.fetchrow(SQL["noted"], *about)
        if row is None:
            return None
        decision = Decision(words=row["decision"], by=row["decided_by"], second=row["second"])
        return Noted(
            why=row["why"],
            opened_ms=row["opened_ms"],
            decision=decision if row["decision"] else None,
            decided_ms=row["decided_ms"],
        )

    async def subjects(self, kind: str) -> Sequence[str]:
        rows = await self._connection.fetch(SQL["subjects"], *self._here, kind)
        return [row["subject"] for row in rows]


def _sites(rows: Sequence[asyncpg.Record]) -> Mapping[SiteId, SiteRow]:
    found = [dict(row) for row in rows]
    return {SiteId(row.pop("site")): SiteRow(**row) for row in found}


def _lines(entries: Sequence[Taken]) -> tuple[str, str, str, str]:
    """Postings: seq, line, account, amount."""
    seqs: list[int] = []
    lines: list[int] = []
    for entry in entries:
        count = len(entry.postings)
        seqs += [entry.seq] * count
        lines += range(count)
    accounts = [account for entry in entries for account, _ in entry.postings]
    amounts = [amount for entry in entries for _, amount in entry.postings]
    return _text(seqs), _text(lines), "\n".join(accounts), _text(amounts)


def _sums(entries: Sequence[Taken], now_ms: int) -> tuple[str, str, str, str]:
    """Account, in order; what they post to it; how much of it moved rights; when money came onto it, or 0."""
    sums: defaultdict[str, int] = defaultdict(int)
    moved: defaultdict[str, int] = defaultdict(int)
    loaded: set[str] = set()
    for entry in entries:
        for account, amount in entry.postings:
            sums[account] += amount
        if entry.moves:
            for account, amount in entry.postings:
                moved[account] += amount
        if entry.loads:
            loaded |= {account for account, amount in entry.postings if amount > 0 and is_value(account)}
    accounts = sorted(sums)
    return (
        "\n".join(accounts),
        _text([sums[account] for account in accounts]),
        _text([moved.get(account, 0) for account in accounts]),
        _text([now_ms if account in loaded else 0 for account in accounts]),
    )


def _parts(entries: Sequence[Taken]) -> tuple[str, str, str]:
    """What they take out of lots and put into them, added up: account, lot, amount."""
    sums: defaultdict[tuple[str, str], int] = defaultdict(int)
    for entry in entries:
        for part in entry.lots:
            sums[part.account, part.terms.lot] += part.amount
    order = sorted(sums)
    accounts, lots = ("\n".join([key[place] for key in order]) for place in range(2))
    return accounts, lots, _text([sums[key] for key in order])


def _text(numbers: Sequence[int]) -> str:
    return "\n".join(map(str, numbers))
