"""Wallets, keys and profiles in PostgreSQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import asyncpg
from msgspec import json

from hq.ports import (
    EditKept,
    Family,
    HolderRow,
    KeyRow,
    NobodysCard,
    Stood,
    WalletRow,
    is_forgotten,
    of_nobody,
)
from hq.postgres_changes import PostgresChanges
from hq.sets_ports import SHARED, PersonRow, ToldRow, place_of
from hq.sql import SQL
from hq.taken import CouponTaken, Opened
from terminal.core.cards import CardState
from terminal.core.commands import CouponGrant
from terminal.core.values import CardId, SiteId
from terminal.core.wire.people import KeyToken, ProfileEdit, cards_of
from terminal.core.wire.sets import SetName

_terms = json.Decoder(CouponGrant)


class PostgresPeople(PostgresChanges):
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

    async def began_at(self, wallets: Collection[str]) -> Mapping[str, SiteId]:
        rows = await self._connection.fetch(SQL["began_at"], self.merchant, sorted(wallets))
        return {row["wallet"]: SiteId(row["site"]) for row in rows}

    async def set_tier(self, wallet: str, tier: str) -> None:
        await self._connection.execute(SQL["set_tier"], self.merchant, wallet, tier)
        await self.note_changes(SetName.MEMBERS, [wallet], SHARED)

    async def add_coupons(self, coupons: Sequence[CouponTaken]) -> None:
        await self._connection.execute(
            SQL["add_coupons"],
            self.merchant,
            [one.terms.coupon for one in coupons],
            [one.wallet for one in coupons],
            [json.encode(one.terms).decode() for one in coupons],
            [one.pack or None for one in coupons],
            [one.terms.kind for one in coupons],
        )

    async def end_coupons(self, ended: Mapping[str, str]) -> None:
        await self._connection.execute(SQL["end_coupons"], self.merchant, list(ended), list(ended.values()))

    async def coupons_of(
        self, kind: str, wallets: Collection[str] | None, after: str, limit: int
    ) -> Sequence[tuple[str, str]]:
        of = None if wallets is None else sorted(wallets)
        rows = await self._connection.fetch(SQL["coupons_of"], self.merchant, kind, of, after, limit)
        return [(row["coupon"], row["wallet"]) for row in rows]

    async def coupon(self, coupon: str) -> str | None:
        row = await self._connection.fetchrow(SQL["coupon"], self.merchant, coupon)
        return None if row is None else str(row["wallet"])

    async def coupon_terms(self, coupons: Collection[str]) -> Sequence[CouponGrant]:
        rows = await self._connection.fetch(SQL["coupon_terms"], self.merchant, [*coupons])
        return [_terms.decode(row["terms"]) for row in rows]

    async def end_kind(self, kind: str, why: str) -> None:
        if why:
            await self._connection.execute(SQL["end_kind"], self.merchant, kind, why)
        else:
            await self._connection.execute(SQL["kind_again"], self.merchant, kind)

    async def kinds_ended(self) -> Mapping[str, str]:
        rows = await self._connection.fetch(SQL["kinds_ended"], self.merchant)
        return {row["kind"]: row["why"] for row in rows}

    async def pack(self, wallet: str) -> Sequence[str]:
        return [row["coupon"] for row in await self._connection.fetch(SQL["pack"], self.merchant, wallet)]

    async def number_invoices(self, numbers: Mapping[str, str]) -> None:
        await self._connection.execute(
            SQL["number_invoices"], self.merchant, list(numbers), list(numbers.values())
        )

    async def undo(self, undone: Mapping[int, str]) -> None:
        await self._connection.execute(SQL["undo"], *self._here, list(undone.values()), list(undone))

    async def list_cards(self, states: Mapping[str, str], now_ms: int) -> Collection[str]:
        rows = await self._connection.fetch(
            SQL["list_cards"],
            self.merchant,
            list(states),
            list(states.values()),
            now_ms,
            [place_of(card) for card in states],
            self.name,
        )
        news = [row["card"] for row in rows]
        await self.note_changes(SetName.CARDS, news, SHARED)
        return news

    async def stood(self, card: str) -> Stood | None:
        row = await self._connection.fetchrow(SQL["stood"], self.merchant, card)
        return Stood(state=CardState(row["state"]), said_by=SiteId(row["said_by"])) if row else None

    async def leads_to(self, card: str) -> str | None:
        wallet: str | None = await self._connection.fetchval(SQL["leads_to"], self.merchant, card)
        return wallet

    async def nobodys_cards(
        self, tokens: Collection[str] | None, before_ms: int, tier: str
    ) -> Sequence[NobodysCard]:
        raw = None if tokens is None else [bytes.fromhex(token) for token in tokens]
        rows = await self._connection.fetch(SQL["nobodys_cards"], self.merchant, raw, before_ms, tier)
        return [NobodysCard(**{**row, "token": row["token"].hex()}) for row in rows]

    async def keys(self, tokens: Collection[str]) -> Mapping[str, KeyRow]:
        if not tokens:
            return {}
        raw = [bytes.fromhex(token) for token in sorted(tokens)]
        rows = [dict(row) for row in await self._connection.fetch(SQL["keys"], self.merchant, raw)]
        return {row.pop("token").hex(): KeyRow(**row) for row in rows}

    async def phones(self, tokens: Collection[str]) -> Mapping[str, str]:
        raw = [bytes.fromhex(token) for token in tokens]
        rows = await self._connection.fetch(SQL["phones"], self.merchant, raw)
        return {row["token"].hex(): row["wallet"] for row in rows}

    async def gave_phones(self, tokens: Collection[str], wallet: str, member: str) -> None:
        raw = [bytes.fromhex(token) for token in sorted(tokens)]
        await self._connection.execute(SQL["gave_phones"], self.merchant, raw, wallet, member)

    async def rejoined(self, wallets: Collection[str]) -> Sequence[str]:
        rows = await self._connection.fetch(SQL["rejoined"], self.merchant, sorted(wallets))
        return sorted(row["wallet"] for row in rows)

    async def forget_phones(self, members: Collection[str]) -> None:
        await self._connection.execute(SQL["forget_phones"], self.merchant, sorted(members))

    async def note_edits(self, edits: Collection[str]) -> Collection[str]:
        rows = await self._connection.fetch(SQL["note_edits"], self.merchant, list(edits))
        return {str(row["id"]) for row in rows}

    async def edit(self, edit: ProfileEdit, now_ms: int) -> EditKept:
        connection, merchant = self._connection, self.merchant
        newer = (await self.told_of(edit.wallet)).is_before(edit)
        if await connection.fetchval(SQL["take_turn"], *self._here, edit.wallet, edit.turn, newer) is None:
            return EditKept.CARDS
        await self.note_changes(SetName.MEMBERS, [edit.wallet], self.name)
        # Naming nobody, it holds the wallet against another site's edit until this one is applied.
        await connection.execute(SQL["name_wallet"], merchant, edit.wallet, None, now_ms)
        told, has = await self.told_of(edit.wallet), await self.has(edit.wallet)
        if told.came_after(edit):
            return EditKept.NOTHING
        if edit.visitor or told.stands_against(edit.member, edit.since):
            await self._add_keys(edit.wallet, cards_of(edit))
            if has.chose(edit):
                await connection.execute(
                    SQL["keep_visitor_pin"], *self._here, edit.wallet, edit.id, edit.sealed
                )
            return EditKept.CARDS
        if is_forgotten(edit) or has.is_before(edit):
            await connection.execute(SQL["drop_visitor_pins"], merchant, edit.wallet)
        kept = EditKept.GIVEN_ON if has.came_after(edit) else EditKept.WHOLE
        edit = of_nobody(edit) if kept is EditKept.GIVEN_ON else edit
        who = has.member if kept is EditKept.GIVEN_ON else edit.member
        await connection.execute(SQL["name_wallet"], merchant, edit.wallet, who, now_ms)
        await connection.execute(SQL["drop_keys"], merchant, edit.wallet)
        await self._add_keys(edit.wallet, edit.keys)
        await connection.execute(
            SQL["keep_profile"],
            merchant,
            edit.wallet,
            edit.id,
            edit.member,
            edit.sealed,
            list(edit.traces),
            now_ms,
            edit.since,
        )
        return kept

    async def _add_keys(self, wallet: str, keys: Sequence[KeyToken]) -> None:
        await self._connection.execute(
            SQL["add_keys"],
            self.merchant,
            wallet,
            [bytes.fromhex(key.token) for key in keys],
            [key.card for key in keys],
            [key.shown for key in keys],
            [key.kind for key in keys],
        )

    async def has(self, wallet: str) -> HolderRow:
        row = await self._connection.fetchrow(SQL["given_on"], self.merchant, wallet)
        return HolderRow(**row) if row else await self.told_of(wallet)

    async def told_of(self, wallet: str) -> HolderRow:
        row = await self._connection.fetchrow(SQL["told_of"], self.merchant, wallet)
        return HolderRow(**row) if row else HolderRow()

    async def gave(self, wallet: str, has: HolderRow, *, itself: bool) -> bool:
        known = await self.has(wallet)
        is_news = has.stands_against(known.member, known.since)
        if itself or is_news:
            await self._connection.execute(SQL["gave"], self.merchant, wallet, has.member, has.since)
        if not is_news:
            return False
        await self._connection.execute(SQL["give_wallet"], self.merchant, wallet, has.member)
        if await self.joined(wallet):
            await self.note_changes(SetName.MEMBERS, [wallet], SHARED)
            await self._connection.execute(SQL["drop_who_had_it"], self.merchant, wallet)
        return True

    async def told_alone(self) -> Sequence[tuple[str, HolderRow]]:
        rows = await self._connection.fetch(SQL["told_alone"], self.merchant)
        return [(row["wallet"], HolderRow(member=row["member"], since=row["since"])) for row in rows]

    async def holders(self, wallets: Collection[str]) -> Mapping[str, HolderRow]:
        rows = await self._connection.fetch(SQL["holders"], self.merchant, sorted(wallets))
        found = {row["wallet"]: HolderRow(member=row["member"], since=row["since"]) for row in rows}
        return {wallet: holder for wallet, holder in found.items() if holder.member is not None}

    async def joined(self, wallet: str) -> bool:
        return bool(await self._connection.fetchval(SQL["joined"], self.merchant, wallet))

    async def persons(self, roots: Collection[str], *, hot: bool = False) -> Sequence[PersonRow]:
        rows = await self._connection.fetch(SQL["persons"], self.merchant, sorted(roots), hot)
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
    columns = (row[name] or () for name in ("tokens", "cards", "showns", "kinds"))
    pins = (row[name] or () for name in ("pin_wallets", "pin_edits", "pin_boxes"))
    keys = zip(*columns, strict=True)
    return PersonRow(
        wallet=row["wallet"],
        member=row["member"],
        tier=row["tier"],
        told=row["told"],
        edit=str(row["edit"]),
        sealed=row["sealed"],
        traces=tuple(row["traces"]),
        keys=tuple(
            KeyToken(token=token.hex(), card=CardId(card) if card else None, shown=shown, kind=kind)
            for token, card, shown, kind in keys
        ),
        since=row["since"],
        others=tuple(
            ToldRow(wallet=wallet, edit=str(edit), sealed=sealed)
            for wallet, edit, sealed in zip(
                row["others"] or (), row["edits"] or (), row["boxes"] or (), strict=True
            )
        ),
        pins=tuple(
            ToldRow(wallet=wallet, edit=str(edit), sealed=sealed)
            for wallet, edit, sealed in zip(*pins, strict=True)
        ),
    )
