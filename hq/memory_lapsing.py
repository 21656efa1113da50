"""Who came last, and what is not kept of them any more, in the twin in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from msgspec.structs import replace

from hq.lapsing_ports import Boxed, Idle, Wished
from hq.memory_books import Came
from hq.memory_changes import MemoryChanges
from hq.sets_ports import SHARED
from terminal.core.canonical import decoded
from terminal.core.coming import KINDS, attended
from terminal.core.commands import wallet_of
from terminal.core.directives import Lapsing
from terminal.core.retention import Retention
from terminal.core.values import SiteId
from terminal.core.wire.sets import SetName

_NOBODY_CAME = frozenset({"directive", "expiry", "merge_part", "rights_back"})


class MemoryLapsing(MemoryChanges):
    async def came_wallets(self, after: int, upto: int) -> Collection[str]:
        entries = self._books.entries
        rows = [entries[self.name, seq] for seq in range(after + 1, upto + 1) if (self.name, seq) in entries]
        good = [row for row in rows if not row.fault and row.kind not in _NOBODY_CAME]
        found = {
            name.split(":", 2)[1] for row in good for name, _ in row.values if name.startswith("wallet:")
        }
        sales = {wallet_of(decoded(row.body).payload) for row in good if row.kind == "sale"}
        served = {attended(decoded(row.body)) for row in good if row.kind in KINDS}
        given = {row.gives[0] for row in good if row.gives is not None}
        return found | given | {wallet for wallet in sales | served if wallet}

    async def came(self, wallets: Collection[str], day: int) -> None:
        for wallet in wallets:
            known = self._books.lapses.came.get(wallet)
            if known is None or known.day < day:
                self._books.lapses.came.put(wallet, Came(day=day))

    async def looked_through(self) -> Mapping[SiteId, int]:
        return {site: row.read_seq for site, row in self._books.set_sites.items() if site != SHARED}

    async def begin_came(self, day: int, limit: int) -> None:
        rows = self._books.wallets
        new = sorted(
            one for one, row in rows.items() if one == row.root and one not in self._books.lapses.came
        )
        for wallet in new[:limit]:
            self._books.lapses.came.put(wallet, Came(day=day))

    async def idle(self, idle: Idle, after: str, limit: int) -> Sequence[str]:
        found = (one for one in sorted(self._books.lapses.came) if one > after and self._is_idle(one, idle))
        return [one for one, _ in zip(found, range(limit), strict=False)]

    def _is_idle(self, wallet: str, idle: Idle) -> bool:
        books = self._books
        row = books.wallets.get(wallet)
        if row is None or row.root != wallet:
            return False
        kin = self._kin(wallet)
        came = books.lapses.came[wallet]
        if max(books.lapses.came[one].day for one in kin if one in books.lapses.came) > idle.upto:
            return False
        told, unsaid = [one for one in kin if one in books.profiles], idle.kind not in came.lapsed
        if unsaid and any(books.given_on(one) for one in told):  # The site that gave it knows to whom.
            return True
        again = idle.kind is Lapsing.MEMBER and came.forgotten <= idle.again
        return any(books.profiles[one].sealed for one in told) and (unsaid or again)

    def _kin(self, wallet: str) -> list[str]:
        return [one for one, row in self._books.wallets.items() if row.root == wallet]

    async def lapsed(self, wallets: Collection[str], kind: Lapsing, today: int) -> None:
        for wallet in wallets:
            row = self._books.lapses.came[wallet]
            forgotten = today if kind is Lapsing.MEMBER else row.forgotten
            self._books.lapses.came.put(wallet, replace(row, lapsed=(*row.lapsed, kind), forgotten=forgotten))

    async def held_of(self, wallets: Collection[str]) -> Mapping[str, int]:
        return await self.held_elsewhere(wallets, SiteId(""))

    async def held_elsewhere(self, wallets: Collection[str], but: SiteId) -> Mapping[str, int]:
        books, held = self._books, Counter[str]()
        lines = [
            *((name, row.balance) for (name, site), row in books.balances.items() if site != but),
            *((name, -amount) for (name, site), amount in books.written_off.items() if site != but),
            *((name, row.balance) for name, row in books.pool.items()),
            *((one.account, one.amount) for one in books.moving.values() if one.granted),
            *((one.account, -one.rest) for one in books.overdrafts.values()),
        ]
        for name, amount in lines:
            owner, of, unit = name.split(":", 2)
            if owner == "wallet" and of in wallets:
                held[unit] += amount
        return {unit: amount for unit, amount in held.items() if amount}

    async def given_for_good(self, wallets: Collection[str], unit: str, *, ends: bool) -> int:
        books, accounts = self._books, {f"wallet:{wallet}:{unit}" for wallet in wallets}
        return sum(
            rest
            for (account, lot, _), rest in books.lots.items()
            if account in accounts
            and (terms := books.lot_terms.get((unit, lot))) is not None
            and terms.paid == 0
            and not (ends and terms.until)
            and (claim := books.claims.get(lot)) is not None
            and books.entries[claim.site, claim.seq].kind != "import"
        )

    async def untended(self, wallets: Collection[str]) -> Collection[str]:
        alive = {site for site, row in self._books.sites.items() if not row.written_off_ms}
        told = {wallet for wallet, site in self._books.edit_turns if site in alive}
        return [wallet for wallet in sorted(wallets) if not told.intersection(self._kin(wallet))]

    async def boxes_of(self, wallets: Collection[str]) -> Sequence[Boxed]:
        rows = self._books.profiles
        known = [rows[wallet] for wallet in sorted(wallets) if wallet in rows]
        return [Boxed(wallet=one.wallet, edit=one.id, sealed=one.sealed) for one in known if one.sealed]

    async def reseal(self, box: Boxed) -> None:
        row = self._books.profiles[box.wallet]
        self._books.profiles.put(box.wallet, replace(row, sealed=box.sealed))

    async def forget_people(self, wallets: Collection[str]) -> None:
        for token in [one for one, key in self._books.keys.items() if key.wallet in wallets]:
            self._books.keys.drop(token)
        for key in [one for one in self._books.visitor_pins if one[0] in wallets]:
            self._books.visitor_pins.drop(key)
        for wallet in wallets:
            if (row := self._books.profiles.get(wallet)) is not None:
                self._books.profiles.put(wallet, replace(row, sealed=b"", traces=()))
        await self.note_changes(SetName.MEMBERS, wallets, SHARED)

    async def wish(self, wallet: str, member: str, now_ms: int) -> None:
        self._books.lapses.wishes.put(wallet, Wished(wallet=wallet, member=member, since_ms=now_ms))

    async def wishes(self, after: str, limit: int) -> Sequence[Wished]:
        found = self._books.lapses.wishes
        return [found[one] for one in sorted(found) if one > after][:limit]

    async def wish_told(self, wallet: str, day: int) -> None:
        row = self._books.lapses.wishes[wallet]
        self._books.lapses.wishes.put(wallet, replace(row, told=day))

    async def wish_over(self, wallet: str) -> None:
        self._books.lapses.wishes.drop(wallet)

    async def keep_for(self, retention: Retention) -> None:
        self._books.lapses.retentions.put("", retention)

    async def kept_for(self) -> Retention:
        return self._books.lapses.retentions.get("", Retention())
