"""Wallets, keys and profiles in PostgreSQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import asyncpg
from msgspec import json

from hq.ports import Family, KeyRow, PersonRow, WalletRow
from hq.sql import SQL
from hq.taken import CouponTaken, Opened
from terminal.core.values import CardId, SiteId
from terminal.core.wire.people import KeyToken, ProfileEdit


class PostgresPeople:
    _connection: asyncpg.Connection
    _here: tuple[str, SiteId]
    merchant: str

    async def families(self, wallets: Collection[str]) -> Mapping[str, Family]:
        if not wallets:
            return {}
        kin: defaultdict[str, list[WalletRow]] = defaultdict(list)
        for row in await self._connection.fetch(SQL["families"], self.merchant, sorted(wallets)):
            kin[row["asked"]].append(_wallet(row))
        return {
            wallet: Family(
                root=next((one for one in kin[wallet] if one.wallet == one.root), _nobody(wallet)),
                members=tuple(one.wallet for one in kin[wallet]) or (wallet,),
            )
            for wallet in wallets
        }

    async def open_wallets(self, opened: Mapping[str, Opened], now_ms: int) -> None:
        one_each = {one.wallet: (one.member, entry) for entry, one in reversed([*opened.items()])}
        await self._connection.execute(
            SQL["open_wallets"],
            self.merchant,
            list(one_each),
            [member for member, _ in one_each.values()],
            [entry for _, entry in one_each.values()],
            now_ms,
        )

    async def set_tier(self, wallet: str, tier: str) -> None:
        await self._connection.execute(SQL["set_tier"], self.merchant, wallet, tier)

    async def add_coupons(self, coupons: Sequence[CouponTaken]) -> None:
        await self._connection.execute(
            SQL["add_coupons"],
            self.merchant,
            [one.terms.coupon for one in coupons],
            [one.wallet for one in coupons],
            [json.encode(one.terms).decode() for one in coupons],
            [one.pack or None for one in coupons],
        )

    async def pack(self, wallet: str) -> Sequence[str]:
        return [row["coupon"] for row in await self._connection.fetch(SQL["pack"], self.merchant, wallet)]

    async def number_invoices(self, numbers: Mapping[str, str]) -> None:
        await self._connection.execute(
            SQL["number_invoices"], self.merchant, list(numbers), list(numbers.values())
        )

    async def undo(self, undone: Mapping[int, str]) -> None:
        await self._connection.execute(SQL["undo"], *self._here, list(undone.values()), list(undone))

    async def list_cards(self, states: Mapping[str, str], now_ms: int) -> None:
        await self._connection.execute(
            SQL["list_cards"], self.merchant, list(states), list(states.values()), now_ms
        )

    async def key(self, token: str) -> KeyRow | None:
        row = await self._connection.fetchrow(SQL["key"], self.merchant, bytes.fromhex(token))
        return None if row is None else KeyRow(**row)

    async def phones(self, tokens: Collection[str]) -> Mapping[str, str]:
        raw = [bytes.fromhex(token) for token in tokens]
        rows = await self._connection.fetch(SQL["phones"], self.merchant, raw)
        return {row["token"].hex(): row["wallet"] for row in rows}

    async def edit(self, edit: ProfileEdit, now_ms: int) -> bool:
        connection, merchant = self._connection, self.merchant
        if await connection.fetchval(SQL["note_edit"], merchant, edit.id) is None:
            return False
        await connection.execute(SQL["name_wallet"], merchant, edit.wallet, edit.member, now_ms)
        await connection.execute(SQL["drop_keys"], merchant, edit.wallet)
        await connection.execute(
            SQL["add_keys"],
            merchant,
            edit.wallet,
            [bytes.fromhex(key.token) for key in edit.keys],
            [key.card for key in edit.keys],
            [key.shown for key in edit.keys],
        )
        await connection.execute(
            SQL["keep_profile"],
            merchant,
            edit.wallet,
            edit.id,
            edit.member,
            edit.sealed,
            list(edit.traces),
            now_ms,
        )
        return True

    async def joined(self, wallet: str) -> bool:
        return bool(await self._connection.fetchval(SQL["joined"], self.merchant, wallet))

    async def persons(self, roots: Collection[str]) -> Sequence[PersonRow]:
        rows = await self._connection.fetch(SQL["persons"], self.merchant, sorted(roots))
        return [_person(row) for row in rows]

    # Alone

    async def conflicts(self) -> Mapping[str, str]:
        rows = await self._connection.fetch(SQL["conflicts"], self.merchant)
        return {row["wallet"]: row["into_wallet"] for row in rows}

    async def add_conflict(self, wallet: str, into: str) -> None:
        await self._connection.execute(SQL["add_conflict"], self.merchant, wallet, into)

    async def end_conflict(self, wallet: str) -> None:
        await self._connection.execute(SQL["end_conflict"], self.merchant, wallet)

    async def merged(self) -> Mapping[str, str]:
        rows = await self._connection.fetch(SQL["merged"], self.merchant)
        return {row["wallet"]: row["root"] for row in rows}

    async def told(self, wallet: str) -> Collection[SiteId]:
        rows = await self._connection.fetch(SQL["told"], self.merchant, wallet)
        return {SiteId(row["site"]) for row in rows}

    async def tell(self, wallet: str, sites: Collection[SiteId]) -> None:
        await self._connection.execute(SQL["tell"], self.merchant, wallet, sorted(sites))

    async def blob(self, digest: str) -> bytes | None:
        found: bytes | None = await self._connection.fetchval(
            SQL["blob"], self.merchant, bytes.fromhex(digest)
        )
        return found

    async def add_blobs(self, blobs: Mapping[str, bytes]) -> None:
        digests = [bytes.fromhex(digest) for digest in blobs]
        await self._connection.execute(SQL["add_blobs"], self.merchant, digests, list(blobs.values()))


def _wallet(row: asyncpg.Record) -> WalletRow:
    return WalletRow(
        wallet=row["wallet"],
        root=row["root"],
        member=row["member"],
        tier=row["tier"],
        opened_ms=row["opened_ms"],
        opened_by=str(row["opened_by"]) if row["opened_by"] else None,
    )


def _nobody(wallet: str) -> WalletRow:
    return WalletRow(wallet=wallet, root=wallet)


def _person(row: asyncpg.Record) -> PersonRow:
    keys = zip(row["tokens"] or (), row["cards"] or (), row["showns"] or (), strict=True)
    return PersonRow(
        wallet=row["wallet"],
        member=row["member"],
        tier=row["tier"],
        told=row["told"],
        edit=str(row["edit"]),
        sealed=row["sealed"],
        traces=tuple(row["traces"]),
        keys=tuple(
            KeyToken(token=token.hex(), card=CardId(card) if card else None, shown=shown)
            for token, card, shown in keys
        ),
    )
