"""Feeds and pots of the twin in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet

from msgspec.structs import replace

from hq.memory_books import Balance, FeedRow, Pooled
from hq.memory_changes import MemoryChanges
from hq.ports import OUTSTANDING_MAX, Applied, AskRow, ExceptionKind, Late, Order, SaleRow, WalletRow
from hq.pot import POOL, Held, LotAt, Moving, Pot, head_of
from hq.sets_ports import SHARED
from hq.taken import CouponTaken
from hq.totals import in_fen
from terminal.core.directives import Covered, Directive, GivenAway
from terminal.core.rights import LotPart, LotTerms
from terminal.core.values import EntryId, SiteId, WalletId
from terminal.core.wire.rights import Numbered
from terminal.core.wire.sets import SetName


class MemoryRights(MemoryChanges):
    # Feed

    async def direct(self, hq_epoch: int, orders: Sequence[Order]) -> None:
        for order in orders:
            self._number(hq_epoch, order.site, _numbered(order))
            for account, amount in order.moving:
                moving = Moving(
                    id=order.id, site=order.site, account=account, granted=order.granted, amount=amount
                )
                key = (account, order.site, order.id)
                there = self._books.moving.get(key)
                whole = amount + (there.amount if there else 0)
                self._books.moving.put(key, replace(moving, amount=whole))

    def _number(self, hq_epoch: int, site: SiteId, numbered: Numbered) -> None:
        epoch, last = self._books.feeds.get(site, (hq_epoch, 0))
        m = last + 1 if epoch == hq_epoch else 1
        self._books.feeds.put(site, (hq_epoch, m))
        self._books.feed.put((site, hq_epoch, m), FeedRow(numbered=replace(numbered, m=m)))
        self._books.feed_ids.put(numbered.id, (site, hq_epoch, m))

    async def feed_after(self, hq_epoch: int, after: int, limit: int) -> Sequence[Numbered]:
        feed = self._books.feed
        places = ((self.name, hq_epoch, m) for m in range(after + 1, after + limit + 1))
        return [feed[place].numbered for place in places if place in feed]

    async def fed(self, hq_epoch: int, sites: Collection[SiteId]) -> Mapping[SiteId, int]:
        feeds = self._books.feeds
        return {site: feeds[site][1] for site in sites if site in feeds and feeds[site][0] == hq_epoch}

    async def feed_heads(self, hq_epoch: int, sites: Collection[SiteId]) -> Mapping[SiteId, int]:
        feeds = self._books.feeds
        return {site: feeds[site][1] for site in sites if site in feeds and feeds[site][0] == hq_epoch}

    async def applied(self, seq_by_id: Mapping[str, int]) -> Mapping[str, Applied]:
        known: dict[str, Applied] = {}
        for directed, seq in seq_by_id.items():
            place = self._books.feed_ids.get(directed)
            if place is None or place[0] != self.name:
                continue
            self._books.feed.put(place, replace(self._books.feed[place], applied_seq=seq))
            moving = [one for one in self._books.moving.values() if one.id == directed]
            known[directed] = Applied(
                directive=self._books.feed[place].numbered.directive,
                moved=tuple((one.account, one.amount) for one in moving),
            )
            for one in moving:
                self._books.moving.drop((one.account, one.site, one.id))
        return known

    async def directed(self, directive: Directive) -> Mapping[SiteId, bool]:
        found: dict[SiteId, bool] = {}
        for (site, _, _), row in self._books.feed.items():
            if row.numbered.directive == directive:
                found[site] = found.get(site, False) or row.applied_seq is not None
        return found

    async def waits(self, directive: Directive) -> bool:
        return any(
            place[0] == self.name and row.applied_seq is None and row.numbered.directive == directive
            for place, row in self._books.feed.items()
        )

    async def told_given(self, wallet: WalletId) -> Sequence[tuple[GivenAway, int | None]]:
        rows = [row for (site, *_), row in sorted(self._books.feed.items()) if site == self.name]
        told = [(row.numbered.directive, row.applied_seq) for row in rows]
        return [(one, seq) for one, seq in told if isinstance(one, GivenAway) and one.wallet == wallet]

    async def uncover(self, names: Collection[str], amount: int, hq_epoch: int) -> None:
        feed = self._books.feed
        for place in sorted(place for place in feed if place[0] == self.name and place[1] < hq_epoch):
            row = feed[place]
            told = row.numbered.directive
            if row.applied_seq is not None or not isinstance(told, Covered) or told.account not in names:
                continue
            some = min(amount, told.amount)
            amount -= some
            if some == told.amount:
                feed.drop(place)
                self._books.feed_ids.drop(row.numbered.id)
            elif some:
                less = replace(row.numbered, directive=replace(told, amount=told.amount - some))
                feed.put(place, replace(row, numbered=less))

    async def renumber(self, hq_epoch: int) -> None:
        feed = self._books.feed
        mine = sorted(place for place in feed if place[0] == self.name and feed[place].applied_seq is None)
        rows = [feed[place] for place in mine]
        for place in mine:
            feed.drop(place)
        self._books.feeds.put(self.name, (hq_epoch, 0))
        for row in rows:
            self._number(hq_epoch, self.name, row.numbered)

    # Pots

    async def pots(self, names_by_account: Mapping[str, Sequence[str]]) -> Sequence[Pot]:
        return [self._pot(account, set(names)) for account, names in sorted(names_by_account.items())]

    def _pot(self, account: str, names: set[str]) -> Pot:
        books = self._books
        pooled = books.pool.get(account, Pooled())
        coupon = self._coupon(account)
        return Pot(
            account=account,
            balance=pooled.balance,
            withdrawn=pooled.withdrawn,
            loaded=(pooled.balance, pooled.withdrawn),
            ends=coupon is not None and self._ends(coupon),
            why=self._why(coupon),
            coupon=coupon.terms if coupon else None,
            lots={
                lot: LotPart(terms=books.lot_terms[account.split(":", 2)[2], lot], amount=rest)
                for (name, lot, site), rest in books.lots.items()
                if name == account and site == POOL and rest
            },
            held=[self._held(name, site) for name, site in books.balances if name in names],
            overdrafts={
                key: one for key, one in books.overdrafts.items() if one.account in names and one.rest
            },
            moving=[one for one in books.moving.values() if one.account in names],
            waiting={one.ask: one for one in books.waiting.values() if one.account in names},
        )

    def _held(self, name: str, site: SiteId) -> Held:
        row = self._books.balances[name, site]
        gone = self._books.written_off.get((name, site), 0)
        return Held(
            site=site,
            account=name,
            balance=row.balance - gone,
            loaded_ms=row.loaded_ms,
            seen_ms=self._books.sites[site].seen_ms,
            kept_ms=row.kept_ms,
            gone=bool(self._books.sites[site].written_off_ms),
        )

    async def keep(self, pots: Sequence[Pot]) -> None:
        books = self._books
        for pot in pots:
            if pot.balance < 0 or pot.withdrawn < 0:
                raise ValueError(f"the pool of {pot.account} would hold {pot.balance}")
            books.pool.put(pot.account, Pooled(balance=pot.balance, withdrawn=pot.withdrawn))
            for lot in pot.changed_lots:
                part = pot.lots.get(lot)
                if part is None:
                    books.lots.drop((pot.account, lot, POOL))
                else:
                    books.lots.put((pot.account, lot, POOL), part.amount)
            for key, one in pot.changed_overdrafts.items():
                books.overdrafts.put(key, one)
            for held in pot.changed_kept:
                row = books.balances[held.account, held.site]
                books.balances.put((held.account, held.site), replace(row, kept_ms=held.kept_ms))
            for ask, account in pot.changed_waiting.items():
                if ask in pot.waiting:
                    books.waiting.put((account, ask), pot.waiting[ask])
                else:
                    books.waiting.drop((account, ask))

    async def covered(self, ids: Collection[str], now_ms: int) -> None:
        for entry in ids:
            mine = [one for one in self._books.overdrafts.values() if one.id == entry and one.site != POOL]
            if any(one.rest for one in mine):
                continue
            for site in {one.site for one in mine}:
                key = (ExceptionKind.UNCOVERED, site, entry)
                row = self._books.exceptions.get(key)
                if row is not None and not row.decision:
                    self._books.exceptions.put(key, replace(row, decision="covered", decided_ms=now_ms))

    async def lots_at(self, names: Collection[str]) -> Sequence[LotAt]:
        return [
            LotAt(site=site, lot=lot, rest=rest)
            for (account, lot, site), rest in sorted(self._books.lots.items())
            if account in names and site != POOL and rest > 0 and not self._books.sites[site].written_off_ms
        ]

    async def unpaid(self, unit: str, lots: Collection[str]) -> AbstractSet[str]:
        books = self._books
        return {
            lot
            for lot in lots
            if (terms := books.lot_terms.get((unit, lot))) is not None
            and terms.paid == 0
            and (claim := books.claims.get(lot)) is not None
            and books.entries[claim.site, claim.seq].kind != "import"
        }

    async def wanting(self, accounts: Collection[str], low: int, reserve: int) -> Sequence[str]:
        return [account for account in sorted(accounts) if self._wants(account, low, reserve)]

    def _wants(self, account: str, low: int, reserve: int) -> bool:
        root = self._books.root(account)
        if any(one.rest for one in self._books.overdrafts.values() if self._books.root(one.account) == root):
            return True
        if any(self._books.root(name) == root for name, _ in self._books.waiting):
            return True
        unit = account.split(":", 2)[2]
        if self._why(self._coupon(account)):
            return True
        if unit == "bonus" or unit.startswith(("coupon:", "voucher:", "count:")):
            owed = root.replace(f":{unit}", f":debt:{unit}")
            known = self._books.balances.items()
            if any(row.balance < 0 and self._books.root(name) == owed for (name, _), row in known):
                return True
        here = self._books.balances.get((account, self.name), Balance())
        return (
            head_of(account) in {"principal", "bonus"}
            and here.balance > reserve
            and self._books.pool.get(root, Pooled()).balance < low
        )

    async def asks(self, ids: Collection[str]) -> Mapping[str, AskRow]:
        return {ask: self._books.asks[ask] for ask in ids if ask in self._books.asks}

    async def save_asks(self, rows: Mapping[str, AskRow], now_ms: int) -> None:
        del now_ms
        for ask, row in rows.items():
            self._books.asks.put(ask, row)

    async def sale(self, sale: str) -> SaleRow | None:
        claim = self._books.claims.get(sale)
        if claim is None or self._books.entries[claim.site, claim.seq].kind != "sale":
            return None
        undone = sorted(key for key in self._books.undone if key[0] == sale)
        return SaleRow(
            holder=self._books.sale_holders.get(sale, claim.site),
            site=claim.site,
            seq=claim.seq,
            body=self._books.entries[claim.site, claim.seq].body,
            undone=tuple(self._books.entries[site, seq].body for _, site, seq in undone),
        )

    async def hold_sale(self, sale: str, site: SiteId) -> None:
        self._books.sale_holders.put(sale, site)

    async def terms(self, lots: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], LotTerms]:
        found = self._books.lot_terms
        return {lot: found[lot] for lot in sorted(lots) if lot in found}

    async def outstanding(self) -> Sequence[str]:
        books = self._books
        found = [(one.opened_ms, books.root(one.account)) for one in books.overdrafts.values() if one.rest]
        found += [(one.until_ms, books.root(one.account)) for one in books.waiting.values()]
        return list(dict.fromkeys(account for _, account in sorted(found)))[:OUTSTANDING_MAX]

    async def ending(self) -> Sequence[str]:
        books = self._books
        pooled = {
            account
            for account, pooled in books.pool.items()
            if pooled.balance and (coupon := self._coupon(account)) and self._ends(coupon)
        }
        held = {
            books.root(account)
            for (account, _), row in books.balances.items()
            if row.balance > 0 and self._why(self._coupon(account))
        }
        return sorted(pooled | held)

    async def unite(self, wallet: str, into: str) -> Sequence[str]:
        books = self._books
        for name in (wallet, into):
            if name not in books.wallets:
                books.wallets.put(name, WalletRow(wallet=name, root=name))
        for name in [name for name, row in books.wallets.items() if row.root == wallet]:
            books.wallets.put(name, replace(books.wallets[name], root=into))
        await self.note_changes(SetName.MEMBERS, (wallet, into), SHARED)
        moved = [
            name for name in books.pool if name.split(":", 2)[1] == wallet and name.startswith("wallet:")
        ]
        for name in moved:
            mine = books.pool[name]
            there = books.pool.get(self._books.root(name), Pooled())
            books.pool.drop(name)
            whole = Pooled(balance=mine.balance + there.balance, withdrawn=mine.withdrawn + there.withdrawn)
            books.pool.put(self._books.root(name), whole)
        for name, lot, site in [key for key in books.lots if key[2] == POOL and key[0] in moved]:
            rest = books.lots[name, lot, site]
            books.lots.drop((name, lot, site))
            key = (self._books.root(name), lot, site)
            books.lots.put(key, books.lots.get(key, 0) + rest)
        open_here = (one.account for one in books.overdrafts.values() if one.rest)
        waited = (name for name, _ in books.waiting)
        touched = (name for name in [*open_here, *waited] if name.split(":", 2)[1] == wallet)
        return sorted({self._books.root(name) for name in [*moved, *touched]})

    async def in_transit(self, site: SiteId) -> int:
        moving = self._books.moving.values()
        return sum(one.amount for one in moving if one.site == site and one.granted and in_fen(one.account))

    async def write_off(self, site: SiteId) -> Sequence[str]:
        books = self._books
        accounts: set[str] = set()
        for name, where in [key for key in books.balances if key[1] == site]:
            balance = books.balances[name, where].balance
            if balance > 0 and not name.startswith("site:"):
                books.written_off.put((name, site), balance)
                self._into_pool(name, balance)
                accounts.add(name)
        for name, lot, where in [key for key in books.lots if key[2] == site]:
            self._lot_into_pool(name, lot, books.lots[name, lot, where])
            books.lots.drop((name, lot, where))
        for place in [place for place in books.feed if place[0] == site]:
            row = books.feed[place]
            if row.applied_seq is None:
                accounts |= self._taken_back(row.numbered)
                books.feed.drop(place)
                books.feed_ids.drop(row.numbered.id)
        for key, one in [(key, one) for key, one in books.moving.items() if one.site == site]:
            if one.granted:
                there = books.transit_given_up.get((one.account, site), 0)
                books.transit_given_up.put((one.account, site), there + one.amount)
            books.moving.drop(key)
        for waits in [waits for waits, one in books.waiting.items() if one.site == site]:
            books.waiting.drop(waits)
        return sorted(accounts)

    async def came_late(self, site: SiteId, accounts: Collection[str]) -> Late:
        books = self._books
        amounts: dict[str, int] = {}
        for name in sorted(accounts):
            balance = books.balances.get((name, site), Balance()).balance
            if amount := balance - books.written_off.get((name, site), 0):
                books.written_off.put((name, site), balance)
                amounts[name] = amount
        keys = [key for key in books.lots if key[2] == site]
        lots = tuple((name, lot, rest) for name, lot, where in keys if (rest := books.lots[name, lot, where]))
        for key in keys:
            books.lots.drop(key)
        return Late(amounts=amounts, lots=lots)

    async def of_dead(self, ids: Collection[str]) -> Collection[str]:
        claims, sites = self._books.claims, self._books.sites
        return {one for one in ids if one in claims and sites[claims[one].site].written_off_ms}

    def _taken_back(self, numbered: Numbered) -> set[str]:
        rights = getattr(numbered.directive, "rights", ())
        for right in rights:
            self._into_pool(right.account, right.amount)
            for part in right.lots:
                self._lot_into_pool(right.account, part.terms.lot, part.amount)
        return {right.account for right in rights}

    def _into_pool(self, account: str, amount: int) -> None:
        pooled = self._books.pool.get(self._books.root(account), Pooled())
        self._books.pool.put(self._books.root(account), replace(pooled, balance=pooled.balance + amount))

    def _lot_into_pool(self, account: str, lot: str, rest: int) -> None:
        key = (self._books.root(account), lot, POOL)
        self._books.lots.put(key, self._books.lots.get(key, 0) + rest)

    # Coupons

    def _coupon(self, account: str) -> CouponTaken | None:
        unit = account.split(":", 2)[2]
        return self._books.coupons.get(unit.removeprefix("coupon:")) if unit.startswith("coupon:") else None

    def _ends(self, coupon: CouponTaken) -> bool:
        return bool(self._why(coupon)) or any(
            row.opened_by == coupon.pack and row.root != row.wallet
            for row in (self._books.wallets.values() if coupon.pack else ())
        )

    def _why(self, coupon: CouponTaken | None) -> str:
        return "" if coupon is None else self._books.coupons_ended.get(coupon.terms.coupon, "")


def _numbered(order: Order) -> Numbered:
    return Numbered(m=0, id=EntryId(order.id), not_before_ms=order.not_before_ms, directive=order.directive)
