"""The floor under `bench ingest`: the same rows into the same kind of tables by PostgreSQL alone.

Nothing of the product is used: no chain is hashed, no body read, no rule asked, no row level security.

    python -m bench.floor_ingest direct|staged|copy DSN ROWS SENDERS

`ROWS` is a file of one batch a line: `{"site", "entries": [[seq, id, kind, hash, body, command], ...],
"lines": [[account, seq, line, amount], ...], "parts": [[account, lot, amount], ...]}`, hashes and bodies in
hex. `direct`: one transaction a batch, by so many connections at once. `staged`: the rows lie in tables of
the server already, one statement a batch moves them. `copy`: COPY of entries and postings, nothing else.
Prints one line of JSON: `rate` of entries a second.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import asyncpg

_TABLES = """
DROP SCHEMA IF EXISTS floor CASCADE; CREATE SCHEMA floor; SET search_path = floor;
CREATE TABLE sites (site text PRIMARY KEY, acked bigint NOT NULL);
CREATE TABLE entries (site text, seq bigint, kind text NOT NULL, id uuid NOT NULL, hash bytea NOT NULL,
    body bytea NOT NULL, PRIMARY KEY (site, seq));
CREATE TABLE claims (id uuid PRIMARY KEY, site text NOT NULL, seq bigint NOT NULL, command bytea NOT NULL);
CREATE TABLE postings (account text, site text, seq bigint, line integer, amount bigint NOT NULL,
    PRIMARY KEY (site, seq, line));
CREATE TABLE balances (account text, site text, balance numeric(30, 0) NOT NULL, PRIMARY KEY (account, site));
CREATE TABLE lots (account text, lot text, site text, rest numeric(30, 0) NOT NULL,
    PRIMARY KEY (account, lot, site));
CREATE TABLE staged_entries (batch integer, site text, seq bigint, kind text, id uuid, hash bytea, body bytea,
    command bytea);
CREATE TABLE staged_lines (batch integer, account text, site text, seq bigint, line integer, amount bigint);
CREATE TABLE staged_parts (batch integer, account text, lot text, site text, amount bigint);
"""

_MERGE = """
WITH batch_entries AS ({entries}), batch_lines AS ({lines}), batch_parts AS ({parts}), claimed AS (
    INSERT INTO claims SELECT id, site, seq, command FROM batch_entries ORDER BY id
), stored AS (
    INSERT INTO entries SELECT site, seq, kind, id, hash, body FROM batch_entries
), posted AS (
    INSERT INTO postings SELECT account, site, seq, line, amount FROM batch_lines
), held AS (
    INSERT INTO balances AS held SELECT account, site, sum(amount) FROM batch_lines GROUP BY account, site
    ON CONFLICT (account, site) DO UPDATE SET balance = held.balance + excluded.balance
), laid AS (
    INSERT INTO lots AS held
    SELECT account, lot, site, sum(amount) FROM batch_parts GROUP BY account, lot, site
    ON CONFLICT (account, lot, site) DO UPDATE SET rest = held.rest + excluded.rest
)
UPDATE sites SET acked = (SELECT max(seq) FROM batch_entries)
WHERE site = (SELECT min(site) FROM batch_entries)
"""
_DIRECT = _MERGE.format(
    entries="SELECT $1::text AS site, * FROM unnest($2::bigint[], $3::uuid[], $4::text[], $5::bytea[],"
    " $6::bytea[], $7::bytea[]) AS batch (seq, id, kind, hash, body, command)",
    lines="SELECT $1::text AS site, * FROM unnest($8::text[], $9::bigint[], $10::integer[], $11::bigint[])"
    " AS batch (account, seq, line, amount)",
    parts="SELECT $1::text AS site, * FROM unnest($12::text[], $13::text[], $14::bigint[])"
    " AS batch (account, lot, amount)",
)
_STAGED = _MERGE.format(
    entries="SELECT * FROM staged_entries WHERE batch = $1",
    lines="SELECT * FROM staged_lines WHERE batch = $1",
    parts="SELECT * FROM staged_parts WHERE batch = $1",
)

Batch = dict[str, Any]


def read(path: Path) -> list[Batch]:
    batches = [json.loads(line) for line in path.read_text().splitlines()]
    for batch in batches:
        batch["entries"] = [
            (seq, fact, kind, bytes.fromhex(digest), bytes.fromhex(body), bytes.fromhex(command))
            for seq, fact, kind, digest, body, command in batch["entries"]
        ]
    return batches


def _columns(rows: list[Any], width: int) -> list[list[Any]]:
    return [[row[place] for row in rows] for place in range(width)]


async def direct(dsn: str, batches: list[Batch], senders: int) -> float:
    by_site: defaultdict[str, list[Batch]] = defaultdict(list)
    for batch in batches:
        by_site[batch["site"]].append(batch)
    pool = await asyncpg.create_pool(
        dsn, min_size=senders, max_size=senders, server_settings={"search_path": "floor"}
    )

    async def send(mine: list[Batch]) -> None:
        for batch in mine:
            arguments = [
                *_columns(batch["entries"], 6),
                *_columns(batch["lines"], 4),
                *_columns(batch["parts"], 3),
            ]
            async with pool.acquire() as connection, connection.transaction():
                await connection.fetchrow("SELECT acked FROM sites WHERE site = $1 FOR UPDATE", batch["site"])
                await connection.execute(_DIRECT, batch["site"], *arguments)

    begun = time.perf_counter()
    await asyncio.gather(*(send(mine) for mine in by_site.values()))
    took = time.perf_counter() - begun
    await pool.close()
    return took


async def staged(dsn: str, batches: list[Batch], _senders: int) -> float:
    connection = await asyncpg.connect(dsn, server_settings={"search_path": "floor"})
    for number, batch in enumerate(batches):
        site = batch["site"]
        entries = [(number, site, seq, kind, fact, *rest) for seq, fact, kind, *rest in batch["entries"]]
        await connection.copy_records_to_table("staged_entries", records=entries)
        lines = [(number, account, site, *rest) for account, *rest in batch["lines"]]
        await connection.copy_records_to_table("staged_lines", records=lines)
        parts = [(number, account, lot, site, amount) for account, lot, amount in batch["parts"]]
        await connection.copy_records_to_table("staged_parts", records=parts)
    for table in ("staged_entries", "staged_lines", "staged_parts"):
        await connection.execute(f"CREATE INDEX ON {table} (batch)")
        await connection.execute(f"ANALYZE {table}")
    begun = time.perf_counter()
    for number in range(len(batches)):
        await connection.execute(_STAGED, number)
    took = time.perf_counter() - begun
    await connection.close()
    return took


async def copy(dsn: str, batches: list[Batch], _senders: int) -> float:
    connection = await asyncpg.connect(dsn, server_settings={"search_path": "floor"})
    begun = time.perf_counter()
    for batch in batches:
        site = batch["site"]
        entries = [
            (site, seq, kind, fact, digest, body) for seq, fact, kind, digest, body, _ in batch["entries"]
        ]
        lines = [(account, site, *rest) for account, *rest in batch["lines"]]
        async with connection.transaction():
            await connection.copy_records_to_table("entries", records=entries)
            await connection.copy_records_to_table("postings", records=lines)
    took = time.perf_counter() - begun
    await connection.close()
    return took


async def main(variant: str, dsn: str, path: Path, senders: int) -> float:
    batches = read(path)
    connection = await asyncpg.connect(dsn)
    await connection.execute(_TABLES)
    await connection.executemany(
        "INSERT INTO sites VALUES ($1, 0)", sorted({(batch["site"],) for batch in batches})
    )
    await connection.execute("CHECKPOINT")
    await connection.close()
    took = await {"direct": direct, "staged": staged, "copy": copy}[variant](dsn, batches, senders)
    connection = await asyncpg.connect(dsn, server_settings={"search_path": "floor"})
    there = await connection.fetchval("SELECT count(*) FROM entries")
    await connection.execute("DROP SCHEMA floor CASCADE")
    await connection.close()
    entries = sum(len(batch["entries"]) for batch in batches)
    if there != entries:
        raise SystemExit(f"bench ingest: {there} entries of {entries}")
    return entries / took


if __name__ == "__main__":
    print(
        json.dumps({"rate": asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])))})
    )
