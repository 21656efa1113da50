"""Data sets in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import asyncpg
from msgspec import json

from hq.postgres_people import PostgresPeople
from hq.sets_ports import (
    FAR_MS,
    SHARED,
    WITHDRAWN,
    Change,
    Given,
    PartRow,
    PersonRow,
    Published,
    SetSite,
    place_of,
)
from hq.sql import SQL
from terminal.core.directives import Activate, Release
from terminal.core.values import SiteId
from terminal.core.wire.sets import SetName

_FORGOTTEN_AT_ONCE = 20
"""Manifests."""


class PostgresSets(PostgresPeople):
    async def lock_sets(self) -> None:
        await self._connection.execute(SQL["lock_sets"], self.merchant)

    # What changed

    async def take_changes(self, limit: int) -> Sequence[Change]:
        rows = await self._connection.fetch(SQL["take_changes"], self.merchant, limit)
        return [Change(set=row["set_name"], key=row["key"], site=SiteId(row["site"])) for row in rows]

    # Who was met where

    async def posted_wallets(self, after: int, upto: int) -> Collection[str]:
        rows = await self._connection.fetch(SQL["posted_wallets"], *self._here, after, upto)
        return {row["wallet"] for row in rows}

    async def roots(self, wallets: Collection[str]) -> Mapping[str, str]:
        rows = await self._connection.fetch(SQL["roots"], self.merchant, sorted(wallets))
        return {wallet: wallet for wallet in wallets} | {row["wallet"]: row["root"] for row in rows}

    async def saw(self, met: Collection[tuple[str, SiteId]], day: int) -> Sequence[tuple[SiteId, int]]:
        pairs = sorted(set(met))
        wallets, sites = [wallet for wallet, _ in pairs], [site for _, site in pairs]
        places = [place_of(wallet) for wallet in wallets]
        rows = await self._connection.fetch(SQL["saw"], self.merchant, wallets, sites, places, day)
        return [(SiteId(row["site"]), row["place"]) for row in rows if row["fresh"]]

    async def unsee(self, wallets: Collection[str]) -> Sequence[tuple[str, SiteId, int]]:
        rows = await self._connection.fetch(SQL["unsee"], self.merchant, sorted(wallets))
        return [(row["wallet"], SiteId(row["site"]), row["day"]) for row in rows]

    async def seen_at(self, wallets: Collection[str]) -> Sequence[tuple[SiteId, int]]:
        rows = await self._connection.fetch(SQL["seen_at"], self.merchant, sorted(wallets))
        return [(SiteId(row["site"]), row["place"]) for row in rows]

    async def forget_seen(self, before: int, limit: int) -> Sequence[tuple[SiteId, int]]:
        rows = await self._connection.fetch(SQL["forget_seen"], *self._here, before, limit)
        return [(SiteId(row["site"]), row["place"]) for row in rows]

    async def adopt_seen(self, limit: int) -> None:
        await self._connection.execute(SQL["adopt_seen"], *self._here, limit)

    async def count_keys(self, name: SetName) -> int:
        if name is SetName.CARDS:
            return int(await self._connection.fetchval(SQL["count_hot"], self.merchant))
        return int(await self._connection.fetchval(SQL["count_seen"], *self._here))

    # Parts

    async def set_site(self) -> SetSite | None:
        row = await self._connection.fetchrow(SQL["set_site"], *self._here)
        return None if row is None else SetSite(**row)

    async def save_set_site(self, row: SetSite) -> None:
        values = (row.read_seq, row.instance, row.box_key, row.look_ms, row.due_ms)
        await self._connection.execute(SQL["save_set_site"], *self._here, *values)

    async def look_again(self, site: SiteId, at_ms: int) -> None:
        await self._connection.execute(SQL["look_again"], self.merchant, site, at_ms)

    async def spoil(self, name: SetName, places: Collection[tuple[SiteId, int]]) -> None:
        pairs = sorted(set(places))
        sites, at = [site for site, _ in pairs], [place for _, place in pairs]
        await self._connection.execute(SQL["spoil_places"], self.merchant, name, sites, at)

    async def spoil_all(self, name: SetName) -> None:
        await self._connection.execute(SQL["spoil_all"], *self._here, name)

    async def parts(self, name: SetName) -> Sequence[PartRow]:
        return [PartRow(**row) for row in await self._connection.fetch(SQL["set_parts"], *self._here, name)]

    async def lagging(self, name: SetName) -> PartRow | None:
        row = await self._connection.fetchrow(SQL["lagging_part"], *self._here, name)
        return None if row is None else PartRow(**row)

    async def part_at(self, name: SetName, low: int) -> PartRow | None:
        row = await self._connection.fetchrow(SQL["part_at"], *self._here, name, low)
        return None if row is None else PartRow(**row)

    async def save_parts(self, name: SetName, parts: Sequence[PartRow]) -> None:
        await self._connection.execute(
            SQL["save_parts"],
            *self._here,
            name,
            [one.low for one in parts],
            [one.high for one in parts],
            [one.wanted for one in parts],
            [one.built for one in parts],
            [one.print for one in parts],
            [one.hash for one in parts],
            [one.rows for one in parts],
            [one.told for one in parts],
        )

    async def people_in(self, low: int, high: int, limit: int) -> Sequence[PersonRow] | None:
        rows = await self._connection.fetch(SQL["roots_in_part"], *self._here, low, high, limit + 1)
        if len(rows) > limit:
            return None
        here = [row["root"] for row in rows if low <= place_of(row["root"]) < high]
        found = await self.persons(here, hot=True)
        return sorted(found, key=lambda person: person.wallet)

    async def hot_in(self, low: int, high: int, limit: int) -> Sequence[tuple[str, str]] | None:
        rows = await self._connection.fetch(SQL["hot_in_part"], self.merchant, low, high, limit + 1)
        return None if len(rows) > limit else [(row["card"], row["state"]) for row in rows]

    # What is given out

    async def publish(self, row: Published) -> None:
        await self._connection.execute(
            SQL["publish"],
            self.merchant,
            row.set,
            row.n,
            row.site,
            row.version,
            row.not_before_ms,
            row.manifest,
            list(row.parts),
            list(row.rows),
        )

    async def last_published(self, name: SetName) -> int:
        return int(await self._connection.fetchval(SQL["last_published"], self.merchant, name))

    async def published(self) -> Sequence[Published]:
        return [
            Published(
                set=row["set_name"],
                n=row["n"],
                site=SiteId(row["site"]),
                version=row["version"],
                not_before_ms=row["not_before_ms"],
                manifest=row["manifest"],
                parts=tuple(row["parts"]),
                rows=tuple(row["rows"]),
            )
            for row in await self._connection.fetch(SQL["published"], *self._here)
        ]

    async def forget_published(self, now_ms: int) -> None:
        await self._connection.execute(SQL["forget_published"], self.merchant, now_ms)

    async def name_blobs(self, manifest: bytes, blobs: Collection[bytes]) -> None:
        await self._connection.execute(SQL["name_blobs"], self.merchant, manifest, [manifest, *blobs])

    async def naming(self, blob: bytes) -> Collection[bytes]:
        rows = await self._connection.fetch(SQL["naming"], self.merchant, blob)
        return {row["manifest"] for row in rows}

    async def give(self, row: Given) -> None:
        values = (row.set, row.n, row.published, row.manifest, row.id, row.hq_epoch, row.given_ms)
        await self._connection.execute(SQL["give"], *self._here, *values)

    async def given(self) -> Sequence[Given]:
        return [
            Given(
                set=row["set_name"],
                n=row["n"],
                published=row["published"],
                manifest=row["manifest"],
                id=str(row["id"]),
                hq_epoch=row["hq_epoch"],
                given_ms=row["given_ms"],
                applied=row["applied"],
            )
            for row in await self._connection.fetch(SQL["given"], *self._here)
        ]

    async def forget_given(self) -> None:
        await self._connection.execute(SQL["forget_given"], *self._here)

    async def redirect(self, row: Given, version: str, manifest: bytes) -> None:
        directive = json.encode(Activate(set=row.set, version=version, hash=manifest.hex())).decode()
        await self._connection.execute(SQL["redirect"], self.merchant, row.id, directive)
        await self._connection.execute(SQL["regive"], self.merchant, row.id, manifest)

    async def withdraw(self, row: Given, manifest: bytes, now_ms: int) -> None:
        await self._connection.execute(SQL["empty"], self.merchant, row.id, json.encode(Release()).decode())
        await self._connection.execute(SQL["withdraw"], self.merchant, row.id, manifest, WITHDRAWN, now_ms)

    async def ungive(self, name: SetName) -> None:
        await self._connection.execute(SQL["ungive"], *self._here, name)

    # Blobs

    async def add_blobs(self, blobs: Mapping[str, bytes]) -> None:
        digests = [bytes.fromhex(digest) for digest in blobs]
        await self._connection.execute(SQL["add_blobs"], self.merchant, digests, list(blobs.values()))

    async def blob(self, digest: str) -> bytes | None:
        found: bytes | None = await self._connection.fetchval(
            SQL["told_blob"], *self._here, bytes.fromhex(digest)
        )
        return found

    async def own_blob(self, digest: str) -> bytes | None:
        found: bytes | None = await self._connection.fetchval(
            SQL["own_blob"], self.merchant, bytes.fromhex(digest)
        )
        return found

    async def sweep_blobs(self, after: bytes, limit: int) -> tuple[bytes, int]:
        await self._connection.execute(SQL["forget_named"], self.merchant, _FORGOTTEN_AT_ONCE)
        row = await self._connection.fetchrow(SQL["sweep_blobs"], self.merchant, after, limit)
        return row["last"] or b"", int(row["gone"])


async def merchants_changed(connection: asyncpg.Connection, limit: int) -> Sequence[str]:
    return [row["merchant_id"] for row in await connection.fetch(SQL["merchants_changed"], limit)]


async def sites_to_look_at(
    connection: asyncpg.Connection, now_ms: int, limit: int
) -> Sequence[tuple[str, SiteId]]:
    """`SHARED` for what all sites of a merchant share."""
    rows = await connection.fetch(SQL["sites_to_look_at"], now_ms, limit, now_ms + FAR_MS)
    return [(row["merchant_id"], SiteId(row["site"] or SHARED)) for row in rows]
