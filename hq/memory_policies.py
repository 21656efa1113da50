"""What people set and did, in the twin in memory."""

from __future__ import annotations

from collections.abc import Sequence

from hq.memory_changes import MemoryChanges
from hq.sets_ports import SHARED, Act, Allowed


class MemoryPolicies(MemoryChanges):
    async def allow(self, row: Allowed) -> None:
        self._books.allowed.put(row.n, row)

    async def allowed(self) -> Sequence[Allowed]:
        rows = sorted(self._books.allowed.values(), key=lambda row: row.n)
        return [row for row in rows if row.site in (SHARED, self.name)]

    async def act(self, act: Act) -> None:
        self._books.acts.put(len(self._books.acts), act)

    async def acts(self, limit: int) -> Sequence[Act]:
        return sorted(self._books.acts.values(), key=lambda act: (-act.at_ms, act.what))[:limit]
