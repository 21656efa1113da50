"""The twin of the database, in memory: for simulation, and held to the same contract suite.

One transaction of a merchant at a time; what it changed is undone when it does not end well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager

from msgspec.structs import replace

from hq.memory_books import Balance, Books, ExceptionRow, Pooled
from hq.memory_lapsing import MemoryLapsing
from hq.memory_policies import MemoryPolicies
from hq.memory_rights import MemoryRights
from hq.memory_risk import at_risk
from hq.memory_sets import MemorySets, sites_to_look_at
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
from hq.pot import POOL, is_debt
from hq.taken import COUNTED_MAX, Taken
from hq.totals import of_family
from terminal.core.accounts import HAD, REWARDED, USED
from terminal.core.values import SiteId

TOUCH_MS = 15_000


class MemoryStore:
    def __init__(self) -> None:
        self.merchants: dict[str, Books] = defaultdict(Books)

    @asynccontextmanager
    async def turn(
        self, merchant: str, site: SiteId, *, alone: bool = False, hold: bool = False
    ) -> AsyncGenerator[MemoryTurn, None]:
        del alone, hold  # All of them are, and do.
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
        raised = (books.epochs.get("", 0) for books in self.merchants.values())
        return max(*(row.hq_epoch for row in rows), *raised, 0, 0)

    async def merchants_known(self) -> Sequence[str]:
        return sorted(merchant for merchant, books in self.merchants.items() if books.sites)

    async def merchants_outstanding(self) -> Sequence[str]:
        return sorted(
            merchant
            for merchant, books in self.merchants.items()
            if books.waiting or any(one.rest for one in books.overdrafts.values())
        )

    async def merchants_changed(self, limit: int) -> Sequence[str]:
        return sorted(merchant for merchant, books in self.merchants.items() if books.changed)[:limit]

    async def sites_to_look_at(self, now_ms: int, limit: int) -> Sequence[tuple[str, SiteId]]:
        found = [
            (merchant, site)
            for merchant, books in self.merchants.items()
            for site in sites_to_look_at(books, now_ms)
        ]
        return sorted(found, key=lambda one: (one[1] != "", one))[:limit]

    async def at_risk(self, merchant: str) -> AtRisk:
        return at_risk(self.merchants[merchant])

    async def totals(self, merchant: str) -> Sequence[Total]:
        return of_family(totals_of(self.merchants[merchant]))


class MemoryTurn(MemoryRights, MemorySets, MemoryPolicies, MemoryLapsing):
    # Sites

    async def site(self) -> SiteRow | None:
        return self._books.sites.get(self.name)

    async def peek(self) -> SiteRow | None:
        return self._books.sites.get(self.name)

    async def peeks(self, sites: Collection[SiteId]) -> Mapping[SiteId, SiteRow]:
        known = self._books.sites
        return {site: known[site] for site in sites if site in known}

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

    @property
    def raised(self) -> int:
        return self._books.epochs.get("", 0)

    async def raise_to(self, hq_epoch: int) -> None:
        self._books.epochs.put("", hq_epoch)

    async def counter_rises(self, card: bytes, counter: int, site: SiteId) -> bool:
        books = self._books
        if counter <= books.counters.get(card, -1):
            return False
        books.counters.put(card, counter)
        for old in [at for at in books.counters_seen if at[0] == card and at[1] < counter - COUNTERS_KEPT]:
            books.counters_seen.drop(old)
        if (card, counter) not in books.counters_seen:
            books.counters_seen.put((card, counter), CounterSeen(site=site))
        return True

    async def counter_late(self, card: bytes, counter: int, seen: CounterSeen) -> CounterSeen | None:
        books = self._books
        if (before := books.counters_seen.get((card, counter))) is not None:
            return before
        books.counters_seen.put((card, counter), seen)
        if counter > books.counters.get(card, -1):
            books.counters.put(card, counter)
        return None

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
            elif (first.site, first.seq) != (self.name, entry.seq):
                before[entry.seq] = first
        return before

    async def held_here(self, accounts: Collection[str]) -> Mapping[str, int]:
        balances = self._books.balances
        return {account: balances.get((account, self.name), Balance()).balance for account in accounts}

    async def uses_counted(self) -> Mapping[str, int]:
        return {
            account: row.balance
            for (account, site), row in self._books.balances.items()
            if row.balance and account.startswith(f"site:{site}:{USED}:")
        }

    async def hads_counted(self) -> Mapping[str, int]:
        return {
            account: row.balance
            for (account, site), row in self._books.balances.items()
            if row.balance and account.startswith((f"site:{site}:{HAD}:", f"site:{site}:{REWARDED}:"))
        }

    async def extend(
        self, site: SiteRow, entries: Sequence[Taken], now_ms: int, *, claimed: bool
    ) -> Mapping[int, Claim]:
        before = {} if claimed else await self.claim(entries)
        if not before:
            await self.save(site)
            await self._append(entries, now_ms)
        return before

    async def post_again(self, entry: Taken, now_ms: int) -> None:
        await self._append([entry], now_ms)
        self._books.exceptions.drop((ExceptionKind.QUARANTINE, self.name, str(entry.seq)))

    async def _append(self, entries: Sequence[Taken], now_ms: int) -> None:
        before: dict[str, int] = {}
        lots: set[tuple[str, str, SiteId]] = set()
        for entry in entries:
            self._books.entries.put((self.name, entry.seq), entry)
            if entry.fault:
                await self.open_exception(ExceptionKind.QUARANTINE, str(entry.seq), entry.fault, now_ms)
                continue
            for account, amount in entry.postings:
                there = self._books.balances.get((account, self.name), Balance())
                before.setdefault(account, there.balance)
                self._post(account, amount, entry, now_ms)
            for line in entry.lots:
                key = (line.account, line.terms.lot, self.name)
                self._books.lots.put(key, self._books.lots.get(key, 0) + line.amount)
                lots.add(key)
                unit = (line.terms.unit, line.terms.lot)
                if line.amount > 0 and unit not in self._books.lot_terms:
                    self._books.lot_terms.put(unit, line.terms)
                if line.listed and (known := self._books.lot_terms.get(unit)) is not None:
                    listed = max(-COUNTED_MAX, min(COUNTED_MAX, known.listed + line.listed))
                    self._books.lot_terms.put(unit, replace(known, listed=listed))
        held = {account: self._books.balances[account, self.name].balance for account in sorted(before)}
        if max(map(abs, [0, *held.values(), *(self._books.lots[lot] for lot in lots)])) > COUNTED_MAX:
            raise BeyondCounting
        for account, balance in held.items():
            if not may_be(account, balance):
                why = f"balance {balance}"
                further = abs(balance) > abs(before[account]) or may_be(account, before[account])
                since = now_ms if further else None
                await self.open_exception(ExceptionKind.NEGATIVE, account, why, now_ms, since_ms=since)

    def _post(self, account: str, amount: int, entry: Taken, now_ms: int) -> None:
        row = self._books.balances.get((account, self.name), Balance())
        loaded = entry.loads and amount > 0 and is_held(account)
        self._books.balances.put(
            (account, self.name),
            replace(
                row,
                balance=row.balance + amount,
                moved=row.moved + (amount if entry.moves else 0),
                loaded_ms=max(row.loaded_ms, now_ms) if loaded else row.loaded_ms,
            ),
        )

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
        key = (kind, self.name if at is None else at, subject)
        there = self._books.exceptions.get(key)
        if there is None or (there.decision and since_ms is not None and there.decided_ms < since_ms):
            self._books.exceptions.put(key, ExceptionRow(why=why, opened_ms=now_ms))
        elif not there.decision and since_ms is not None:
            self._books.exceptions.put(key, replace(there, why=why))

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

    async def noted(self, cause: Cause) -> Noted | None:
        row = self._books.exceptions.get((cause.kind, cause.site, cause.subject))
        if row is None:
            return None
        decision = Decision(words=row.decision, by=row.decided_by, second=row.second)
        return Noted(
            why=row.why,
            opened_ms=row.opened_ms,
            decision=decision if row.decision else None,
            decided_ms=row.decided_ms,
        )

    async def subjects(self, kind: str) -> Sequence[str]:
        return sorted(
            subject for known, site, subject in self._books.exceptions if (known, site) == (kind, self.name)
        )


def may_be(account: str, balance: int) -> bool:
    """Value is never below zero at a site, and a coupon is one or none."""
    most = 1 if account.partition(":")[2].partition(":")[2].startswith("coupon:") else balance
    return not is_held(account) or 0 <= balance <= most


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
    lines += [
        _of_debt(account, row.moved) for (account, _), row in books.balances.items() if is_debt(account)
    ]
    lines += [Total(account=account, held=-gone) for (account, _), gone in books.written_off.items()]
    lines += [_pooled(account, row) for account, row in books.pool.items()]
    lines += [
        _of_debt(one.account, one.amount)
        if is_debt(one.account)
        else Total(account=one.account, transit=one.amount)
        for one in books.moving.values()
        if one.granted
    ]
    lines += [
        _of_debt(one.account, -one.rest)
        if is_debt(one.account)
        else Total(account=one.account, facts=0 if one.site == POOL else -one.amount, overdrawn=one.rest)
        for one in books.overdrafts.values()
    ]
    return [replace(line, account=books.root(line.account)) for line in lines]


def _pooled(account: str, row: Pooled) -> Total:
    if is_debt(account):
        return _of_debt(account, row.balance)
    return Total(account=account, pool=row.balance, withdrawn=row.withdrawn)


def _of_debt(account: str, settled: int) -> Total:
    return Total(account=account.replace(":debt:", ":", 1), settled=settled)
