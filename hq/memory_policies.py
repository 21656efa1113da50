"""What people set and did, in the twin in memory."""

from __future__ import annotations

from collections.abc import Sequence

from hq.memory_changes import MemoryChanges
from hq.sets_ports import SHARED, Act, Allowed
from terminal.core.fleet import WorstDay


class MemoryPolicies(MemoryChanges):
    async def allow(self, row: Allowed) -> None:
        self._books.allowed.put(row.n, row)

    async def allowed(self) -> Sequence[Allowed]:
        rows = sorted(self._books.allowed.values(), key=lambda row: row.n)
        return [row for row in rows if row.site in (SHARED, self.name)]

    async def bound_days(self, n: int, worst: WorstDay) -> None:
        self._books.day_limits.put(n, worst)

    async def days_bound(self, n: int) -> WorstDay:
        return self._books.day_limits.get(n, WorstDay())

    async def act(self, act: Act) -> None:
        self._books.acts.put(len(self._books.acts), act)

    async def acts(self, limit: int) -> Sequence[Act]:
        return sorted(self._books.acts.values(), key=lambda act: (-act.at_ms, act.what))[:limit]
