"""What a merchant must never see: the other one. By trying, with the connections that serve sites."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from uuid import uuid4

import asyncpg
import pytest

from hq.postgres import PostgresStore, connected
from hq.sql import SQL
from terminal.core.values import SiteId
from tests.hq.process import Headquarters
from tests.hq.shop import Chain

pytestmark = pytest.mark.hq

TABLES = """
SELECT relname FROM pg_class
WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND relname <> 'schema_version'
"""


@pytest.fixture
async def store(standing_hq: Headquarters) -> AsyncGenerator[PostgresStore, None]:
    store = await connected(standing_hq.dsn())
    yield store
    await store.close()


@pytest.fixture
async def neighbour(store: PostgresStore) -> Chain:
    """Somebody with a row in most tables."""
    chain = Chain(store)
    shop, other = await chain.shop("S1"), await chain.shop("S2")
    await shop.join("w1", "k1")
    await shop.recharge("w1", 1000_00)
    await shop.sync()
    await other.ask(("wallet:w1:principal", 500_00))
    return chain


async def tables(store: PostgresStore) -> list[str]:
    async with store.looking() as connection:
        return [row["relname"] for row in await connection.fetch(TABLES)]


async def test_every_table_says_whose_rows_those_are_and_means_it(store: PostgresStore) -> None:
    sql = "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = $1::regclass"
    async with store.looking() as connection:
        for table in await tables(store):
            assert await connection.fetchval(sql, table), table
            assert await connection.fetchval(
                "SELECT attnum FROM pg_attribute WHERE attrelid = $1::regclass AND attname = 'merchant_id'",
                table,
            ), table


async def test_the_connections_that_serve_sites_cannot_step_around_it(store: PostgresStore) -> None:
    async with store.turn("m", SiteId("S1")) as turn:
        row = await turn._connection.fetchrow(
            "SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
    assert tuple(row) == ("hq_worker", False, False)


async def test_not_a_row_of_the_neighbour_is_read(store: PostgresStore, neighbour: Chain) -> None:
    seen = 0
    async with store.turn(str(uuid4()), SiteId("S1")) as turn:
        for table in await tables(store):
            assert await turn._connection.fetchval(f"SELECT count(*) FROM {table}") == 0, table  # noqa: S608
    async with store.turn(neighbour.merchant, SiteId("S1")) as turn:
        for table in await tables(store):
            rows = await turn._connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608
            seen += rows > 0
    assert seen > 10  # The neighbour itself sees what it has.


async def test_without_a_merchant_there_is_nothing(store: PostgresStore, neighbour: Chain) -> None:
    await neighbour.conserved()
    async with store.pool.acquire() as connection:
        for table in await tables(store):
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0, table  # noqa: S608


async def test_nothing_is_written_for_the_neighbour(store: PostgresStore, neighbour: Chain) -> None:
    async with store.turn(str(uuid4()), SiteId("S1")) as turn:
        for change in ("UPDATE sites SET epoch = 9", "DELETE FROM sites", "DELETE FROM entries"):
            done = await turn._connection.execute(f"{change} WHERE merchant_id = $1", neighbour.merchant)
            assert done.endswith(" 0")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with store.turn(str(uuid4()), SiteId("S1")) as turn:
            await turn._connection.execute(
                "INSERT INTO blobs (merchant_id, hash, bytes) VALUES ($1, $2, $2)", neighbour.merchant, b"x"
            )
    assert (await neighbour.exchange.store.totals(neighbour.merchant)) != []


async def test_the_operator_reads_all_and_writes_nothing(store: PostgresStore, neighbour: Chain) -> None:
    async with store.looking() as connection:
        sql = "SELECT count(*) FROM sites WHERE merchant_id = $1"
        assert await connection.fetchval(sql, neighbour.merchant) == 2
    for table in await tables(store):
        async with store.pool.acquire() as connection, connection.transaction():
            await connection.execute("SET LOCAL ROLE hq_operator")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(f"DELETE FROM {table}")  # noqa: S608


async def test_an_owner_who_is_no_superuser_is_enough(standing_hq: Headquarters) -> None:
    """Any PostgreSQL by its DSN: the schema is made by whoever owns the database."""
    plain = await asyncpg.connect(standing_hq.dsn())
    name = f"owner_{uuid4().hex[:8]}"
    try:
        await plain.execute(f"CREATE ROLE {name} LOGIN CREATEROLE")
        await plain.execute(f"GRANT hq_worker, hq_operator TO {name} WITH ADMIN OPTION")
        await plain.execute(f"CREATE DATABASE {name} OWNER {name}")
    finally:
        await plain.close()
    dsn = standing_hq.dsn().replace("postgres@/postgres", f"{name}@/{name}")
    store = await connected(dsn)
    chain = Chain(store)
    shop = await chain.shop("S1")
    await shop.join("w1")
    await shop.sync()
    async with store.turn(str(uuid4()), SiteId("S1")) as turn:
        assert await turn._connection.fetchval("SELECT count(*) FROM wallets") == 0
    await store.close()


async def test_the_server_understands_every_statement(store: PostgresStore) -> None:
    async with store.pool.acquire() as connection:
        for statement in SQL.values():
            await connection.prepare(statement)
