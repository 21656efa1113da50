"""The twin of the database, in memory: for simulation, and held to the same contract suite."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager

from msgspec.structs import replace

from hq.ports import Claim, ExceptionKind, SiteRow, Taken
from terminal.core.values import SiteId

_Key = tuple[str, SiteId]


class MemoryStore:
    """Everything in dictionaries; a turn works on copies that replace them when it ends well."""

    def __init__(self) -> None:
        self.sites: dict[_Key, SiteRow] = {}
        self.entries: dict[_Key, list[Taken]] = defaultdict(list)
        self.claims: dict[tuple[str, str], Claim] = {}
        self.balances: dict[tuple[str, str, SiteId], int] = {}
        self.exceptions: dict[tuple[str, str, SiteId, str], str] = {}
        self._locks: dict[_Key, asyncio.Lock] = defaultdict(asyncio.Lock)

    @asynccontextmanager
    async def turn(self, merchant: str, site: SiteId) -> AsyncGenerator[MemoryTurn, None]:
        async with self._locks[merchant, site]:
            turn = MemoryTurn(self, merchant, site)
            yield turn
            turn.commit()

    async def highest_hq_epoch(self) -> int:
        return max((site.hq_epoch for site in self.sites.values()), default=0)


class MemoryTurn:
    def __init__(self, store: MemoryStore, merchant: str, site: SiteId) -> None:
        self._store = store
        self._merchant = merchant
        self._name = site
        self._row = store.sites.get((merchant, site))
        self._appended: list[Taken] = []
        self._claimed: dict[str, Claim] = {}
        self._opened: dict[tuple[str, str], str] = {}

    async def enrolled(self, instance: str) -> SiteRow:
        if self._row is None:
            self._row = SiteRow(instance=instance)
        return self._row

    async def site(self) -> SiteRow | None:
        return self._row

    async def save(self, site: SiteRow) -> None:
        self._row = site

    async def hashes(self, first: int, last: int) -> Sequence[bytes]:
        held = self._store.entries[self._merchant, self._name]
        return [entry.hash for entry in held[first - 1 : last]]

    async def claim(self, entries: Sequence[Taken]) -> Mapping[int, Claim]:
        before: dict[int, Claim] = {}
        for entry in entries:
            if entry.id is None:
                continue
            first = self._store.claims.get((self._merchant, entry.id)) or self._claimed.get(entry.id)
            if first is None:
                self._claimed[entry.id] = Claim(site=self._name, seq=entry.seq, command=entry.command)
            else:
                before[entry.seq] = first
        return before

    async def append(self, entries: Sequence[Taken]) -> None:
        self._appended.extend(entries)
        for entry in entries:
            if entry.fault:
                await self.open_exception(ExceptionKind.QUARANTINE, str(entry.seq), entry.fault)

    async def open_exception(self, kind: str, subject: str, why: str) -> None:
        self._opened.setdefault((kind, subject), why)

    def commit(self) -> None:
        """No await in it: the others of this event loop see all of it or nothing."""
        if self._row is not None:
            self._store.sites[self._merchant, self._name] = replace(self._row)
        self._store.claims.update({(self._merchant, fact): claim for fact, claim in self._claimed.items()})
        self._store.entries[self._merchant, self._name].extend(self._appended)
        self._post()
        for (kind, subject), why in self._opened.items():
            self._store.exceptions.setdefault((self._merchant, kind, self._name, subject), why)

    def _post(self) -> None:
        moved: set[str] = set()
        for entry in self._appended:
            for account, amount in () if entry.fault else entry.postings:
                key = (self._merchant, account, self._name)
                self._store.balances[key] = self._store.balances.get(key, 0) + amount
                moved.add(account)
        for account in sorted(moved):
            balance = self._store.balances[self._merchant, account, self._name]
            if balance < 0 and account.startswith("wallet:"):
                self._opened.setdefault((ExceptionKind.NEGATIVE, account), f"balance {balance}")
