"""Who came last, and what is not kept of them any more, in PostgreSQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import msgspec

from hq.lapsing_ports import Boxed, Idle, Wished
from hq.postgres_changes import PostgresChanges
from hq.sets_ports import SHARED
from hq.sql import SQL
from terminal.core.directives import Lapsing
from terminal.core.retention import Retention
from terminal.core.values import SiteId
from terminal.core.wire.sets import SetName


class PostgresLapsing(PostgresChanges):
    async def came_wallets(self, after: int, upto: int) -> Collection[str]:
        rows = await self._connection.fetch(SQL["came_wallets"], *self._here, after, upto)
        return {row["wallet"] for row in rows if row["wallet"]}

    async def came(self, wallets: Collection[str], day: int) -> None:
        await self._connection.execute(SQL["came"], self.merchant, sorted(set(wallets)), day)

    async def looked_through(self) -> Mapping[SiteId, int]:
        rows = await self._connection.fetch(SQL["looked_through"], self.merchant)
        return {SiteId(row["site"]): row["read_seq"] for row in rows}

    async def begin_came(self, day: int, limit: int) -> None:
        await self._connection.execute(SQL["begin_came"], self.merchant, day, limit)

    async def idle(self, idle: Idle, after: str, limit: int) -> Sequence[str]:
        rows = await self._connection.fetch(
            SQL["idle"], self.merchant, after, idle.upto, idle.kind, idle.again, limit
        )
        return [row["wallet"] for row in rows]

    async def lapsed(self, wallets: Collection[str], kind: Lapsing, today: int) -> None:
        await self._connection.execute(SQL["lapsed"], self.merchant, sorted(wallets), kind, today)

    async def held_of(self, wallets: Collection[str]) -> Mapping[str, int]:
        held = Counter[str]()
        for wallet in sorted(wallets):
            rows = await self._connection.fetch(SQL["phone_held"], self.merchant, f"wallet:{wallet}:")
            held.update({row["unit"]: row["amount"] for row in rows})
        return {unit: amount for unit, amount in held.items() if amount}

    async def held_elsewhere(self, wallets: Collection[str], but: SiteId) -> Mapping[str, int]:
        held = Counter[str]()
        for wallet in sorted(wallets):
            rows = await self._connection.fetch(
                SQL["held_elsewhere"], self.merchant, f"wallet:{wallet}:", but
            )
            held.update({row["unit"]: row["amount"] for row in rows})
        return {unit: amount for unit, amount in held.items() if amount}

    async def given_for_good(self, wallets: Collection[str], unit: str, *, ends: bool) -> int:
        accounts = [f"wallet:{wallet}:{unit}" for wallet in sorted(wallets)]
        return int(
            await self._connection.fetchval(SQL["given_for_good"], self.merchant, accounts, unit, ends)
        )

    async def untended(self, wallets: Collection[str]) -> Collection[str]:
        rows = await self._connection.fetch(SQL["untended"], self.merchant, sorted(wallets))
        return [row["wallet"] for row in rows]

    async def boxes_of(self, wallets: Collection[str]) -> Sequence[Boxed]:
        rows = await self._connection.fetch(SQL["boxes_of"], self.merchant, sorted(wallets))
        return [Boxed(wallet=row["wallet"], edit=str(row["edit"]), sealed=row["sealed"]) for row in rows]

    async def reseal(self, box: Boxed) -> None:
        await self._connection.execute(SQL["reseal"], self.merchant, box.wallet, box.edit, box.sealed)

    async def forget_people(self, wallets: Collection[str]) -> None:
        await self._connection.execute(SQL["forget_people"], self.merchant, sorted(wallets))
        await self.note_changes(SetName.MEMBERS, wallets, SHARED)

    async def wish(self, wallet: str, member: str, now_ms: int) -> None:
        await self._connection.execute(SQL["wish"], self.merchant, wallet, member, now_ms)

    async def wishes(self, after: str, limit: int) -> Sequence[Wished]:
        rows = await self._connection.fetch(SQL["wishes"], self.merchant, after, limit)
        return [Wished(**row) for row in rows]

    async def wish_told(self, wallet: str, day: int) -> None:
        await self._connection.execute(SQL["wish_told"], self.merchant, wallet, day)

    async def wish_over(self, wallet: str) -> None:
        await self._connection.execute(SQL["wish_over"], self.merchant, wallet)

    async def keep_for(self, retention: Retention) -> None:
        kept = msgspec.json.encode(retention).decode()
        await self._connection.execute(SQL["keep_for"], self.merchant, kept)

    async def kept_for(self) -> Retention:
        kept = await self._connection.fetchval(SQL["kept_for"], self.merchant)
        return msgspec.json.decode(kept, type=Retention) if kept is not None else Retention()
