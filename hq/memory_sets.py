"""Data sets of the twin in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from msgspec.structs import replace

from hq.memory_books import Books
from hq.memory_people import MemoryPeople
from hq.sets_ports import (
    SHARED,
    WITHDRAWN,
    Change,
    Given,
    PartRow,
    PersonRow,
    Published,
    SetSite,
    is_due,
    place_of,
)
from terminal.core.cards import CardState
from terminal.core.directives import Activate, Release
from terminal.core.values import SiteId
from terminal.core.wire.sets import SetName


class MemorySets(MemoryPeople):
    async def lock_sets(self) -> None:
        """A turn is alone anyway."""

    # What changed

    async def take_changes(self, limit: int) -> Sequence[Change]:
        taken = sorted(self._books.changed)[:limit]
        for one in taken:
            self._books.changed.drop(one)
        return [Change(set=name, key=key, site=site) for name, key, site in taken]

    # Who was met where

    async def posted_wallets(self, after: int, upto: int) -> Collection[str]:
        entries = self._books.entries
        rows = [entries[self.name, seq] for seq in range(after + 1, upto + 1) if (self.name, seq) in entries]
        names = [account for row in rows if not row.fault for account, _ in row.postings]
        return {name.split(":", 2)[1] for name in names if name.startswith("wallet:")}

    async def roots(self, wallets: Collection[str]) -> Mapping[str, str]:
        rows = self._books.wallets
        return {wallet: rows[wallet].root if wallet in rows else wallet for wallet in wallets}

    async def saw(self, met: Collection[tuple[str, SiteId]], day: int) -> Sequence[tuple[SiteId, int]]:
        seen, fresh = self._books.seen, []
        for wallet, site in sorted(set(met)):
            if (wallet, site) not in seen:
                fresh.append((site, place_of(wallet)))
            seen.put((wallet, site), max(day, seen.get((wallet, site), day)))
        return fresh

    async def unsee(self, wallets: Collection[str]) -> Sequence[tuple[str, SiteId, int]]:
        seen = self._books.seen
        gone = [(key, day) for key, day in seen.items() if key[0] in wallets]
        for key, _ in gone:
            seen.drop(key)
        return [(*key, day) for key, day in gone]

    async def seen_at(self, wallets: Collection[str]) -> Sequence[tuple[SiteId, int]]:
        return [(site, place_of(wallet)) for wallet, site in self._books.seen if wallet in wallets]

    async def forget_seen(self, before: int, limit: int) -> Sequence[tuple[SiteId, int]]:
        seen = self._books.seen
        old = sorted((day, key) for key, day in seen.items() if key[1] == self.name and day < before)[:limit]
        for _, key in old:
            seen.drop(key)
        return [(site, place_of(wallet)) for _, (wallet, site) in old]

    async def adopt_seen(self, limit: int) -> None:
        seen, last = self._books.seen, dict[str, int]()
        for (wallet, _), day in seen.items():
            last[wallet] = max(day, last.get(wallet, day))
        for wallet, day in sorted(last.items(), key=lambda one: (-one[1], one[0]))[:limit]:
            if (wallet, self.name) not in seen:
                seen.put((wallet, self.name), day)

    async def count_keys(self, name: SetName) -> int:
        if name is SetName.CARDS:
            return sum(stood.state is not CardState.ACTIVE for stood in self._books.hot.values())
        return sum(site == self.name for _, site in self._books.seen)

    # Parts

    async def set_site(self) -> SetSite | None:
        return self._books.set_sites.get(self.name)

    async def save_set_site(self, row: SetSite) -> None:
        self._books.set_sites.put(self.name, row)

    async def look_again(self, site: SiteId, at_ms: int) -> None:
        rows = self._books.set_sites
        for one in [name for name in rows if name != SHARED and site in (SHARED, name)]:
            rows.put(one, replace(rows[one], look_ms=min(rows[one].look_ms, at_ms)))

    async def spoil(self, name: SetName, places: Collection[tuple[SiteId, int]]) -> None:
        for key, part in list(self._books.set_parts.items()):
            at = [place for site, place in places if (site, name) == key[:2]]
            if any(part.low <= place < part.high for place in at):
                self._books.set_parts.put(key, replace(part, wanted=part.wanted + 1))

    async def spoil_all(self, name: SetName) -> None:
        for part in await self.parts(name):
            anew = PartRow(low=part.low, high=part.high, wanted=part.wanted + 1)
            self._books.set_parts.put((self.name, name, part.low), anew)

    async def parts(self, name: SetName) -> Sequence[PartRow]:
        rows = self._books.set_parts.items()
        return sorted((part for key, part in rows if key[:2] == (self.name, name)), key=lambda part: part.low)

    async def lagging(self, name: SetName) -> PartRow | None:
        return next((part for part in await self.parts(name) if part.built < part.wanted), None)

    async def part_at(self, name: SetName, low: int) -> PartRow | None:
        return self._books.set_parts.get((self.name, name, low))

    async def save_parts(self, name: SetName, parts: Sequence[PartRow]) -> None:
        for part in parts:
            key = (self.name, name, part.low)
            there = self._books.set_parts.get(key)
            self._books.set_parts.put(key, replace(part, wanted=there.wanted) if there else part)

    async def people_in(self, low: int, high: int, limit: int) -> Sequence[PersonRow] | None:
        met = {wallet for wallet, site in self._books.seen if site == self.name}
        rows = self._books.wallets
        roots = {rows[one].root for one in met if low <= place_of(one) < high and one in rows}
        if len(roots) > limit:
            return None
        found = await self.persons([root for root in roots if low <= place_of(root) < high], hot=True)
        return sorted(found, key=lambda person: person.wallet)

    async def hot_in(self, low: int, high: int, limit: int) -> Sequence[tuple[str, str]] | None:
        rows = sorted(
            (card, str(stood.state))
            for card, stood in self._books.hot.items()
            if low <= place_of(card) < high and stood.state is not CardState.ACTIVE
        )
        return None if len(rows) > limit else rows

    # What is given out

    async def publish(self, row: Published) -> None:
        self._books.published.put((row.set, row.n), row)

    async def last_published(self, name: SetName) -> int:
        return max((n for one, n in self._books.published if one == name), default=0)

    async def published(self) -> Sequence[Published]:
        rows = sorted(self._books.published.items())
        return [row for _, row in rows if row.site in (SHARED, self.name)]

    async def forget_published(self, now_ms: int) -> None:
        rows = list(self._books.published.values())
        in_force = [row for row in rows if row.not_before_ms <= now_ms]
        for old in rows:
            if any(
                new.set == old.set and new.n > old.n and new.site in (SHARED, old.site) for new in in_force
            ):
                self._books.published.drop((old.set, old.n))

    async def name_blobs(self, manifest: bytes, blobs: Collection[bytes]) -> None:
        self._books.named.put(manifest, frozenset({manifest, *blobs}))

    async def naming(self, blob: bytes) -> Collection[bytes]:
        return {manifest for manifest, blobs in self._books.named.items() if blob in blobs}

    async def give(self, row: Given) -> None:
        self._books.given.put((self.name, row.set, row.n), row)

    async def given(self) -> Sequence[Given]:
        rows = sorted(self._books.given.items())
        return [replace(row, applied=self._was_applied(row.id)) for key, row in rows if key[0] == self.name]

    def _was_applied(self, directed: str) -> bool:
        place = self._books.feed_ids.get(directed)
        return place is not None and self._books.feed[place].applied_seq is not None

    async def forget_given(self) -> None:
        rows = await self.given()
        for old in rows:
            if any(new.set == old.set and new.n > old.n and new.applied for new in rows):
                self._books.given.drop((self.name, old.set, old.n))

    async def redirect(self, row: Given, version: str, manifest: bytes) -> None:
        books = self._books
        place = books.feed_ids[row.id]
        directive = Activate(set=row.set, version=version, hash=manifest.hex())
        numbered = replace(books.feed[place].numbered, directive=directive)
        books.feed.put(place, replace(books.feed[place], numbered=numbered))
        books.given.put((self.name, row.set, row.n), replace(row, manifest=manifest))

    async def withdraw(self, row: Given, manifest: bytes, now_ms: int) -> None:
        books = self._books
        place = books.feed_ids[row.id]
        numbered = replace(books.feed[place].numbered, directive=Release(), not_before_ms=0)
        books.feed.put(place, replace(books.feed[place], numbered=numbered))
        kept = replace(row, manifest=manifest, published=WITHDRAWN, given_ms=now_ms)
        books.given.put((self.name, row.set, row.n), kept)

    async def ungive(self, name: SetName) -> None:
        for key in [key for key in self._books.given if key[:2] == (self.name, name)]:
            self._books.given.put(key, replace(self._books.given[key], published=0))

    # Blobs

    async def add_blobs(self, blobs: Mapping[str, bytes]) -> None:
        for digest, data in blobs.items():
            self._books.blobs.put(digest, data)

    async def blob(self, digest: str) -> bytes | None:
        told = [row.manifest for key, row in self._books.given.items() if key[0] == self.name]
        named = self._books.named
        known = any(bytes.fromhex(digest) in named.get(manifest, ()) for manifest in told)
        return self._books.blobs.get(digest) if known else None

    async def own_blob(self, digest: str) -> bytes | None:
        return self._books.blobs.get(digest)

    async def sweep_blobs(self, after: bytes, limit: int) -> tuple[bytes, int]:
        books = self._books
        kept = {row.manifest for row in books.given.values()}
        kept |= {row.manifest for row in books.published.values()}
        for manifest in [one for one in books.named if one not in kept]:
            books.named.drop(manifest)
        names = set().union(*books.named.values())
        names |= {part.hash for part in books.set_parts.values()}
        names |= {part for row in books.published.values() for part in row.parts}
        some = sorted(one for one in books.blobs if bytes.fromhex(one) > after)[:limit]
        gone = [one for one in some if bytes.fromhex(one) not in names]
        for one in gone:
            books.blobs.drop(one)
        return (bytes.fromhex(some[-1]) if some else b""), len(gone)


def sites_to_look_at(books: Books, now_ms: int) -> list[SiteId]:
    """As `hq.postgres_sets` has it, of one merchant."""
    parts = books.set_parts.items()
    lagging = {key[:2] for key, part in parts if part.built < part.wanted}
    shared = books.set_sites.get(SHARED)
    found = []
    if books.sites and (
        shared is None or is_due(shared.look_ms, now_ms) or (SHARED, SetName.CARDS) in lagging
    ):
        found.append(SHARED)
    for site, row in sorted(books.sites.items()):
        known = books.set_sites.get(site)
        if not row.written_off_ms and (
            known is None
            or is_due(known.look_ms, now_ms)
            or known.instance != row.instance
            or (
                known.box_key is not None
                and is_due(known.due_ms, now_ms)
                and (site, SetName.MEMBERS) in lagging
            )
        ):
            found.append(site)
    return found
