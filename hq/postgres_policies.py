"""What people set and did, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from hq.postgres_changes import PostgresChanges
from hq.sets_ports import SHARED, Act, Allowed
from hq.sql import SQL
from terminal.core.fleet import WorstDay
from terminal.core.policy import Offline
from terminal.core.values import SiteId


class PostgresPolicies(PostgresChanges):
    async def allow(self, row: Allowed) -> None:
        limits = row.offline
        await self._connection.execute(
            SQL["keep_policy"],
            self.merchant,
            row.n,
            row.site,
            limits.secure,
            limits.signed,
            limits.open,
            limits.site,
        )

    async def allowed(self) -> Sequence[Allowed]:
        rows = await self._connection.fetch(SQL["policies"], *self._here)
        return [
            Allowed(
                n=row["n"],
                site=SiteId(row["site"] or SHARED),
                offline=Offline(
                    secure=row["secure"], signed=row["signed"], open=row["open"], site=row["at_site"]
                ),
            )
            for row in rows
        ]

    async def bound_days(self, n: int, worst: WorstDay) -> None:
        await self._connection.execute(
            SQL["keep_day_limits"], self.merchant, n, worst.fen, worst.litres, worst.without
        )

    async def days_bound(self, n: int) -> WorstDay:
        row = await self._connection.fetchrow(SQL["day_limits"], self.merchant, n)
        if row is None:
            return WorstDay()
        return WorstDay(fen=int(row["fen"]), litres=int(row["litres"]), without=row["without"])

    async def act(self, act: Act) -> None:
        await self._connection.execute(SQL["act"], self.merchant, act.at_ms, act.who, act.what)

    async def acts(self, limit: int) -> Sequence[Act]:
        return [Act(**row) for row in await self._connection.fetch(SQL["acts"], self.merchant, limit)]
