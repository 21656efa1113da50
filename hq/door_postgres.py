"""The `DoorStore` over PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager

import asyncpg

from hq.codes import CodeRow
from hq.door import InstanceTaken, Machine
from hq.postgres import WAIT_S, PostgresStore
from hq.sql import SQL
from terminal.core.values import SiteId, TerminalId
from terminal.core.wire.enrol import CodeId
from terminal.runtime.authority import Identity, Issued


class PostgresDoor:
    def __init__(self, store: PostgresStore) -> None:
        self._store = store

    @asynccontextmanager
    async def of(self, merchant: str) -> AsyncGenerator[asyncpg.Connection, None]:
        """One transaction that sees this merchant's rows and no others."""
        async with self._store.pool.acquire(timeout=WAIT_S) as connection, connection.transaction():
            await connection.fetchrow(SQL["for_merchant"], merchant)
            yield connection

    async def add_code(self, row: CodeRow) -> None:
        values = (row.id, row.site, row.terminal, row.operator, row.until_ms)
        async with self.of(row.merchant) as connection:
            await connection.execute(SQL["add_code"], row.merchant, *values)

    async def tried(self, merchant: str, code: CodeId) -> CodeRow | None:
        async with self.of(merchant) as connection:
            row = await connection.fetchrow(SQL["tried"], merchant, code)
        return None if row is None else CodeRow(merchant=merchant, id=code, **row)

    async def admit(self, machine: Machine, issued: Issued, token_key: bytes) -> bytes | None:
        here = (machine.merchant, machine.code)
        async with self.of(machine.merchant) as connection:
            await connection.execute(SQL["use_code"], *here, machine.enrolled_ms)
            which = (machine.merchant, machine.site, machine.instance)
            await connection.execute(SQL["lock_instance"], *which)
            if await connection.fetchval(SQL["instance_taken"], *which, machine.terminal):
                raise InstanceTaken
            await connection.execute(
                SQL["add_machine"],
                *here,
                machine.site,
                machine.terminal,
                machine.instance,
                machine.site_key,
                machine.box_key,
                machine.tls_key,
                machine.enrolled_ms,
            )
            kept = await connection.fetchrow(SQL["machine"], *here)
            if tuple(kept) != (machine.site_key, machine.box_key, machine.tls_key, None):
                return None
            await _add_certificate(connection, machine, issued)
            await connection.execute(SQL["keep_token_key"], machine.merchant, token_key)
            return bytes(await connection.fetchval(SQL["token_key"], machine.merchant))

    async def token_box(self, merchant: str) -> bytes | None:
        """The merchant's token key, as it is stored; None: nobody has enrolled."""
        async with self.of(merchant) as connection:
            found = await connection.fetchval(SQL["token_key"], merchant)
        return None if found is None else bytes(found)

    async def use_operator_code(self, row: CodeRow, now_ms: int) -> bool:
        async with self.of(row.merchant) as connection:
            done = await connection.execute(SQL["use_operator_code"], row.merchant, row.id, now_ms)
        return str(done) == "UPDATE 1"

    async def add_session(self, merchant: str, session: bytes, operator: str, until_ms: int) -> None:
        async with self.of(merchant) as connection:
            await connection.execute(SQL["add_session"], merchant, session, operator, until_ms)

    async def operator(self, merchant: str, session: bytes, now_ms: int) -> str | None:
        async with self.of(merchant) as connection:
            found: str | None = await connection.fetchval(SQL["operator"], merchant, session, now_ms)
        return found

    async def end_sessions(self, merchant: str, session: bytes, now_ms: int) -> None:
        async with self.of(merchant) as connection:
            await connection.execute(SQL["end_sessions"], merchant, session, now_ms)

    async def machines(self, merchant: str, serials: Sequence[str]) -> Mapping[str, Machine]:
        async with self.of(merchant) as connection:
            rows = await connection.fetch(SQL["machines"], merchant, serials)
        found = [dict(row) for row in rows]
        return {row.pop("serial"): Machine(**row) for row in found}

    async def box_key(self, merchant: str, site: SiteId, instance: str) -> bytes | None:
        async with self.of(merchant) as connection:
            found: bytes | None = await connection.fetchval(SQL["box_key"], merchant, site, instance)
        return found

    async def terminal_of(self, merchant: str, site: SiteId, instance: str) -> TerminalId | None:
        async with self.of(merchant) as connection:
            found = await connection.fetchval(SQL["terminal_of"], merchant, site, instance)
        return None if found is None else TerminalId(found)

    async def add_certificate(self, machine: Machine, issued: Issued) -> None:
        async with self.of(machine.merchant) as connection:
            await _add_certificate(connection, machine, issued)

    async def revoke(self, identity: Identity, now_ms: int, why: str) -> int:
        who = (identity.merchant, identity.site, identity.terminal)
        async with self.of(identity.merchant) as connection:
            done = await connection.execute(SQL["revoke"], *who, now_ms, why)
        return int(done.rpartition(" ")[2])


async def _add_certificate(connection: asyncpg.Connection, machine: Machine, issued: Issued) -> None:
    row = (issued.serial, machine.code, issued.since_ms, issued.until_ms)
    await connection.execute(SQL["add_certificate"], machine.merchant, *row)
