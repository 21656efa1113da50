"""Feeds and pots in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet

from msgspec import json
from msgspec.structs import replace

from hq.ports import OUTSTANDING_MAX, Applied, AskRow, Late, Order, SaleRow
from hq.postgres_changes import PostgresChanges
from hq.pot import Held, LotAt, Moving, Overdraft, Pot, Waiting, head_of, unit_of
from hq.sets_ports import SHARED
from hq.sql import SQL
from terminal.core.commands import CouponGrant
from terminal.core.directives import Covered, Directive, GivenAway, Grant
from terminal.core.rights import LotPart, LotTerms
from terminal.core.values import EntryId, SiteId, WalletId
from terminal.core.wire.rights import Numbered
from terminal.core.wire.sets import SetName

_directive: json.Decoder[Directive] = json.Decoder(Directive)
_held = json.Decoder(Held)
_lot = json.Decoder(LotPart)
_overdraft = json.Decoder(Overdraft)
_moving = json.Decoder(Moving)
_waiting = json.Decoder(Waiting)
_coupon = json.Decoder(CouponGrant)


class PostgresRights(PostgresChanges):
    # Feed

    async def direct(self, hq_epoch: int, orders: Sequence[Order]) -> None:
        moving = [
            (order.site, order.id, account, amount, order.granted)
            for order in orders
            for account, amount in order.moving
        ]
        await self._connection.execute(
            SQL["direct"],
            self.merchant,
            hq_epoch,
            [order.site for order in orders],
            [order.id for order in orders],
            [order.not_before_ms for order in orders],
            [json.encode(order.directive).decode() for order in orders],
            *columns(moving, 5),
        )

    async def feed_after(self, hq_epoch: int, after: int, limit: int) -> Sequence[Numbered]:
        rows = await self._connection.fetch(SQL["feed_after"], *self._here, hq_epoch, after, limit)
        return [
            Numbered(
                m=row["m"],
                id=EntryId(str(row["id"])),
                not_before_ms=row["not_before_ms"],
                directive=_directive.decode(row["directive"]),
            )
            for row in rows
        ]

    async def fed(self, hq_epoch: int, sites: Collection[SiteId]) -> Mapping[SiteId, int]:
        rows = await self._connection.fetch(SQL["fed"], self.merchant, sorted(sites), hq_epoch)
        return {SiteId(row["site"]): row["last_m"] for row in rows}

    async def feed_heads(self, hq_epoch: int, sites: Collection[SiteId]) -> Mapping[SiteId, int]:
        rows = await self._connection.fetch(SQL["feed_heads"], self.merchant, hq_epoch, sorted(sites))
        return {SiteId(row["site"]): row["last_m"] for row in rows}

    async def applied(self, seq_by_id: Mapping[str, int]) -> Mapping[str, Applied]:
        rows = await self._connection.fetch(
            SQL["applied"], *self._here, list(seq_by_id), list(seq_by_id.values())
        )
        moved: dict[str, list[tuple[str, int]]] = {str(row["id"]): [] for row in rows}
        for row in rows:
            if row["account"] is not None:
                moved[str(row["id"])].append((row["account"], row["amount"]))
        texts = {str(row["id"]): row["directive"] for row in rows}
        return {
            one: Applied(directive=_directive.decode(text), moved=tuple(moved[one]))
            for one, text in texts.items()
        }

    async def directed(self, directive: Directive) -> Mapping[SiteId, bool]:
        text = json.encode(directive).decode()
        rows = await self._connection.fetch(SQL["directed"], self.merchant, text)
        return {SiteId(row["site"]): row["applied"] for row in rows}

    async def waits(self, directive: Directive) -> bool:
        text = json.encode(directive).decode()
        return bool(await self._connection.fetchval(SQL["waits"], *self._here, text))

    async def told_given(self, wallet: WalletId) -> Sequence[tuple[GivenAway, int | None]]:
        begins = f'{{"type":"given","wallet":{json.encode(wallet).decode()},'
        rows = await self._connection.fetch(SQL["told_given"], *self._here, begins)
        told = [(_directive.decode(row["directive"]), row["applied_seq"]) for row in rows]
        return [(one, seq) for one, seq in told if isinstance(one, GivenAway)]

    async def uncover(self, names: Collection[str], amount: int, hq_epoch: int) -> None:
        for row in await self._connection.fetch(SQL["covers_unapplied"], *self._here, hq_epoch):
            told = _directive.decode(row["directive"])
            if not isinstance(told, Covered) or told.account not in names:
                continue
            some = min(amount, told.amount)
            amount -= some
            less = json.encode(replace(told, amount=told.amount - some)).decode()
            await self._connection.execute(
                SQL["cover_less"], self.merchant, row["id"], less if some < told.amount else None
            )

    async def renumber(self, hq_epoch: int) -> None:
        await self._connection.execute(SQL["renumber_apart"], *self._here, hq_epoch)
        await self._connection.execute(SQL["renumber"], *self._here, hq_epoch)

    # Pots

    async def pots(self, names_by_account: Mapping[str, Sequence[str]]) -> Sequence[Pot]:
        wanted = sorted(names_by_account)
        await self._connection.execute(SQL["make_pots"], self.merchant, wanted)
        rows = await self._connection.fetch(SQL["lock_pots"], self.merchant, wanted)
        pots = {
            account: Pot(account=account, balance=balance, withdrawn=withdrawn, loaded=(balance, withdrawn))
            for account, balance, withdrawn in sorted((row[0], int(row[1]), int(row[2])) for row in rows)
        }
        known_as = {name: pots[account] for account, names in names_by_account.items() for name in names}
        coupons = {
            unit_of(account).removeprefix("coupon:"): pots[account]
            for account in wanted
            if head_of(account) == "coupon"
        }
        details = (self.merchant, wanted, list(known_as), list(coupons))
        for what, name, detail in await self._connection.fetch(SQL["pot_details"], *details):
            _fill((coupons if what in {"coupon", "ends"} else known_as)[name], what, detail)
        return list(pots.values())

    async def keep(self, pots: Sequence[Pot]) -> None:
        changed = [pot for pot in pots if (pot.balance, pot.withdrawn) != pot.loaded]
        await self._write("keep_pool", [(pot.account, pot.balance, pot.withdrawn) for pot in changed], 3)
        lots = [
            (pot.account, lot, pot.lots[lot].amount if lot in pot.lots else 0)
            for pot in pots
            for lot in sorted(pot.changed_lots)
        ]
        await self._write("keep_lots", lots, 3)
        overdrafts = [
            (one.site, one.id, one.account, one.lot, one.amount, one.rest, one.opened_ms)
            for pot in pots
            for one in pot.changed_overdrafts.values()
        ]
        await self._write("keep_overdrafts", overdrafts, 7)
        kept = [(one.account, one.site, one.kept_ms) for pot in pots for one in pot.changed_kept]
        await self._write("keep_kept", kept, 3)
        await self._keep_waiting(pots)

    async def _keep_waiting(self, pots: Sequence[Pot]) -> None:
        over = [
            (account, ask)
            for pot in pots
            for ask, account in pot.changed_waiting.items()
            if ask not in pot.waiting
        ]
        await self._write("drop_waiting", over, 2)
        left = [
            (one.account, one.ask, one.site, one.amount, one.until_ms)
            for pot in pots
            for ask, one in pot.waiting.items()
            if ask in pot.changed_waiting
        ]
        await self._write("keep_waiting", left, 5)

    async def _write(self, name: str, rows: Sequence[tuple[object, ...]], width: int) -> None:
        if rows:
            await self._connection.execute(SQL[name], self.merchant, *columns(rows, width))

    async def covered(self, ids: Collection[str], now_ms: int) -> None:
        await self._connection.execute(SQL["covered"], self.merchant, list(ids), now_ms)

    async def lots_at(self, names: Collection[str]) -> Sequence[LotAt]:
        rows = await self._connection.fetch(SQL["lots_at"], self.merchant, sorted(names))
        return [LotAt(site=SiteId(row["site"]), lot=row["lot"], rest=int(row["rest"])) for row in rows]

    async def unpaid(self, unit: str, lots: Collection[str]) -> AbstractSet[str]:
        rows = await self._connection.fetch(SQL["unpaid"], self.merchant, unit, sorted(lots))
        return {row["lot"] for row in rows}

    async def wanting(self, accounts: Collection[str], low: int, reserve: int) -> Sequence[str]:
        rows = await self._connection.fetch(SQL["wanting"], *self._here, sorted(accounts), low, reserve)
        return [row["account"] for row in rows]

    async def asks(self, ids: Collection[str]) -> Mapping[str, AskRow]:
        rows = [dict(row) for row in await self._connection.fetch(SQL["asks"], self.merchant, list(ids))]
        return {str(row.pop("id")): AskRow(**row) for row in rows}

    async def save_asks(self, rows: Mapping[str, AskRow], now_ms: int) -> None:
        written = [(ask, row.site, row.outcome, row.code, row.body) for ask, row in sorted(rows.items())]
        await self._connection.execute(SQL["save_asks"], self.merchant, now_ms, *columns(written, 5))

    # Sales

    async def sale(self, sale: str) -> SaleRow | None:
        row = await self._connection.fetchrow(SQL["sale"], self.merchant, sale)
        if row is None:
            return None
        undone = await self._connection.fetch(SQL["undone_of"], self.merchant, sale)
        return SaleRow(**row, undone=tuple(one["body"] for one in undone))

    async def hold_sale(self, sale: str, site: SiteId) -> None:
        await self._connection.execute(SQL["hold_sale"], self.merchant, sale, site)

    async def terms(self, lots: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], LotTerms]:
        rows = await self._connection.fetch(SQL["terms"], self.merchant, *columns(sorted(lots), 2))
        return {(row["unit"], row["lot"]): LotTerms(**row) for row in rows}

    # Alone

    async def outstanding(self) -> Sequence[str]:
        rows = await self._connection.fetch(SQL["outstanding"], self.merchant, OUTSTANDING_MAX)
        return [row["account"] for row in rows]

    async def ending(self) -> Sequence[str]:
        return [row["account"] for row in await self._connection.fetch(SQL["ending"], self.merchant)]

    async def unite(self, wallet: str, into: str) -> Sequence[str]:
        here, there = f"wallet:{wallet}:", f"wallet:{into}:"
        connection = self._connection
        await connection.execute(SQL["make_wallets"], self.merchant, sorted((wallet, into)))
        await connection.execute(SQL["unite_wallets"], self.merchant, wallet, into)
        touched = await connection.fetch(SQL["touched_by_unite"], self.merchant, here)
        await connection.execute(SQL["unite_pool"], self.merchant, here, there)
        await connection.execute(SQL["unite_lots"], self.merchant, here, there)
        await self.note_changes(SetName.MEMBERS, (wallet, into), SHARED)
        return sorted({there + row["account"].removeprefix(here) for row in touched})

    async def in_transit(self, site: SiteId) -> int:
        return int(await self._connection.fetchval(SQL["in_transit"], self.merchant, site))

    async def write_off(self, site: SiteId) -> Sequence[str]:
        held = await self._connection.fetch(SQL["held_by_dead"], self.merchant, site)
        amounts = [(row["account"], int(row["amount"])) for row in held]
        rests = await self._connection.fetch(SQL["lots_of_dead"], self.merchant, site)
        lots = [(row["account"], row["lot"], int(row["rest"])) for row in rests]
        for row in await self._connection.fetch(SQL["feed_of_dead"], self.merchant, site):
            directive = _directive.decode(row["directive"])
            if isinstance(directive, Grant):
                amounts += [(right.account, right.amount) for right in directive.rights]
                lots += [
                    (right.account, part.terms.lot, part.amount)
                    for right in directive.rights
                    for part in right.lots
                ]
        await self._connection.execute(SQL["moving_of_dead"], self.merchant, site)
        await self._connection.execute(SQL["waiting_of_dead"], self.merchant, site)
        roots = await self._roots({account for account, _ in amounts} | {row[0] for row in lots})
        await self._write("into_pool", [(roots[account], amount) for account, amount in amounts], 2)
        await self._write("lots_into_pool", [(roots[row[0]], *row[1:]) for row in lots], 3)
        return sorted(set(roots.values()))

    async def came_late(self, site: SiteId, accounts: Collection[str]) -> Late:
        rows = await self._connection.fetch(SQL["late_of_dead"], self.merchant, site, sorted(accounts))
        rests = await self._connection.fetch(SQL["lots_of_dead"], self.merchant, site)
        return Late(
            amounts={row["account"]: int(row["amount"]) for row in rows},
            lots=tuple((row["account"], row["lot"], int(row["rest"])) for row in rests if row["rest"]),
        )

    async def of_dead(self, ids: Collection[str]) -> Collection[str]:
        rows = await self._connection.fetch(SQL["of_dead"], self.merchant, sorted(ids))
        return {str(row["id"]) for row in rows}

    async def _roots(self, accounts: Collection[str]) -> Mapping[str, str]:
        wallets = {account.split(":", 2)[1] for account in accounts if account.startswith("wallet:")}
        rows = await self._connection.fetch(SQL["families"], self.merchant, sorted(wallets))
        root = {wallet: wallet for wallet in wallets} | {row["asked"]: row["root"] for row in rows}
        return {
            account: f"wallet:{root[of]}:{unit}" if owner == "wallet" else account
            for account in accounts
            for owner, of, unit in [account.split(":", 2)]
        }


def _fill(pot: Pot, what: str, detail: str) -> None:
    match what:
        case "held":
            pot.held.append(_held.decode(detail))
        case "lot":
            part = _lot.decode(detail)
            pot.lots[part.terms.lot] = part
        case "overdraft":
            owed = _overdraft.decode(detail)
            pot.overdrafts[owed.key] = owed
        case "moving":
            pot.moving.append(_moving.decode(detail))
        case "waiting":
            waiting = _waiting.decode(detail)
            pot.waiting[waiting.ask] = waiting
        case "coupon":
            pot.coupon = _coupon.decode(detail)
        case _:
            pot.ends = True
            pot.why = pot.why or detail


def columns(rows: Sequence[tuple[object, ...]], width: int) -> list[list[object]]:
    """As `unnest` takes them."""
    return [[row[place] for row in rows] for place in range(width)]
