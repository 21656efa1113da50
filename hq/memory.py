"""The twin of the database, in memory: for simulation, and held to the same contract suite.

One transaction of a merchant at a time; what it changed is undone when it does not end well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager

from msgspec.structs import replace

from hq.memory_books import Balance, Books, ExceptionRow, Pooled
from hq.memory_people import MemoryPeople
from hq.memory_rights import MemoryRights
from hq.ports import Cause, Claim, Decision, ExceptionKind, SiteRow, Standing, Total
from hq.pot import POOL
from hq.taken import Taken
from hq.totals import of_family
from terminal.core.values import SiteId

TOUCH_MS = 15_000


class MemoryStore:
    def __init__(self) -> None:
        self.merchants: dict[str, Books] = defaultdict(Books)

    @asynccontextmanager
    async def turn(
        self, merchant: str, site: SiteId, *, alone: bool = False
    ) -> AsyncGenerator[MemoryTurn, None]:
        del alone  # All of them are.
        books = self.merchants[merchant]
        async with books.lock:
            try:
                yield MemoryTurn(books, merchant, site)
            except BaseException:
                books.back()
                raise
            books.kept()

    async def highest_hq_epoch(self) -> int:
        rows = (row for books in self.merchants.values() for row in books.sites.values())
        return max((row.hq_epoch for row in rows), default=0)

    async def merchants_outstanding(self) -> Sequence[str]:
        return sorted(
            merchant
            for merchant, books in self.merchants.items()
            if books.waiting or any(one.rest for one in books.overdrafts.values())
        )

    async def totals(self, merchant: str) -> Sequence[Total]:
        return of_family(totals_of(self.merchants[merchant]))


class MemoryTurn(MemoryRights, MemoryPeople):
    # Sites

    async def site(self) -> SiteRow | None:
        return self._books.sites.get(self.name)

    async def peek(self) -> SiteRow | None:
        return self._books.sites.get(self.name)

    async def sites(self) -> Mapping[SiteId, SiteRow]:
        return dict(sorted(self._books.sites.items()))

    async def save(self, site: SiteRow) -> None:
        self._books.sites.put(self.name, site)

    async def touch(self, now_ms: int) -> None:
        row = self._books.sites[self.name]
        if row.seen_ms < now_ms - TOUCH_MS:
            self._books.sites.put(self.name, replace(row, seen_ms=now_ms))

    async def standing(self, hq_epoch: int) -> Standing:
        alive = [row for row in self._books.sites.values() if not row.written_off_ms]
        return Standing(restoring=any(row.confirmed < hq_epoch for row in alive), sites=len(alive))

    # Chains

    async def hashes(self, first: int, last: int) -> Sequence[bytes]:
        return [entry.hash for entry in self._entries(first, last)]

    async def bodies(self, after: int, limit: int) -> Sequence[bytes]:
        return [entry.body for entry in self._entries(after + 1, after + limit)]

    def _entries(self, first: int, last: int) -> list[Taken]:
        held = self._books.entries
        return [held[self.name, seq] for seq in range(first, last + 1) if (self.name, seq) in held]

    async def claim(self, entries: Sequence[Taken]) -> Mapping[int, Claim]:
        before: dict[int, Claim] = {}
        for entry in entries:
            if entry.id is None:
                continue
            first = self._books.claims.get(entry.id)
            if first is None:
                claim = Claim(site=self.name, seq=entry.seq, command=entry.command)
                self._books.claims.put(entry.id, claim)
            else:
                before[entry.seq] = first
        return before

    async def held_here(self, accounts: Collection[str]) -> Mapping[str, int]:
        balances = self._books.balances
        return {account: balances.get((account, self.name), Balance()).balance for account in accounts}

    async def append(self, entries: Sequence[Taken], now_ms: int) -> None:
        moved: set[str] = set()
        for entry in entries:
            self._books.entries.put((self.name, entry.seq), entry)
            if entry.fault:
                await self.open_exception(ExceptionKind.QUARANTINE, str(entry.seq), entry.fault, now_ms)
                continue
            for account, amount in entry.postings:
                moved.add(account)
                self._post(account, amount, entry, now_ms)
            for line in entry.lots:
                key = (line.account, line.terms.lot, self.name)
                self._books.lots.put(key, self._books.lots.get(key, 0) + line.amount)
                unit = (line.terms.unit, line.terms.lot)
                if line.amount > 0 and unit not in self._books.lot_terms:
                    self._books.lot_terms.put(unit, line.terms)
        for account in sorted(moved):
            balance = self._books.balances[account, self.name].balance
            if balance < 0 and is_held(account):
                await self.open_exception(ExceptionKind.NEGATIVE, account, f"balance {balance}", now_ms)

    def _post(self, account: str, amount: int, entry: Taken, now_ms: int) -> None:
        row = self._books.balances.get((account, self.name), Balance())
        loaded = entry.loads and amount > 0 and is_held(account)
        self._books.balances.put(
            (account, self.name),
            Balance(
                balance=row.balance + amount,
                moved=row.moved + (amount if entry.moves else 0),
                loaded_ms=max(row.loaded_ms, now_ms) if loaded else row.loaded_ms,
            ),
        )

    # Exceptions

    async def open_exception(
        self, kind: str, subject: str, why: str, now_ms: int, *, at: SiteId | None = None
    ) -> None:
        key = (kind, self.name if at is None else at, subject)
        if key not in self._books.exceptions:
            self._books.exceptions.put(key, ExceptionRow(why=why, opened_ms=now_ms))

    async def close_exception(self, cause: Cause, decision: Decision, now_ms: int) -> bool:
        key = (cause.kind, cause.site, cause.subject)
        row = self._books.exceptions.get(key)
        if row is None or row.decision:
            return False
        decided = replace(
            row,
            decision=decision.words,
            decided_by=decision.by,
            second=decision.second,
            decided_ms=now_ms,
        )
        self._books.exceptions.put(key, decided)
        return True

    async def subjects(self, kind: str) -> Sequence[str]:
        return sorted(
            subject for known, site, subject in self._books.exceptions if (known, site) == (kind, self.name)
        )


def is_held(account: str) -> bool:
    """An account of value, which may not fall below zero at a site."""
    return not account.startswith("site:") and not account.split(":", 2)[2].startswith("debt:")


def totals_of(books: Books) -> list[Total]:
    """One line for each row that says something of an account; `of_family` adds them up."""
    lines = [
        Total(account=account, facts=row.balance - row.moved, held=row.balance)
        for (account, _), row in books.balances.items()
        if is_held(account)
    ]
    lines += [Total(account=account, held=-gone) for (account, _), gone in books.written_off.items()]
    lines += [_pooled(account, row) for account, row in books.pool.items()]
    lines += [Total(account=one.account, transit=one.amount) for one in books.moving.values() if one.granted]
    lines += [
        Total(account=one.account, facts=0 if one.site == POOL else -one.amount, overdrawn=one.rest)
        for one in books.overdrafts.values()
    ]
    return [replace(line, account=books.root(line.account)) for line in lines]


def _pooled(account: str, row: Pooled) -> Total:
    if is_held(account):
        return Total(account=account, pool=row.balance, withdrawn=row.withdrawn)
    return Total(account=account.replace(":debt:", ":", 1), settled=row.balance)
