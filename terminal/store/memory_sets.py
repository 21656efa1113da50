"""The twin of the data sets in memory: for tests and simulations."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from terminal.core.values import WalletId
from terminal.core.wire.people import MemberRow
from terminal.core.wire.sets import Manifest, PartOf, Row, SetName, Staged

_member = msgspec.json.Decoder(MemberRow)


class MemorySets:
    """The `DataSets` port in dictionaries."""

    def __init__(self) -> None:
        self.manifests: dict[str, Manifest] = {}
        self.parts: dict[str, dict[str, bytes]] = {}
        self.asked: dict[str, MemberRow] = {}

    async def manifest(self, manifest: str) -> Manifest | None:
        return self.manifests.get(manifest)

    async def keep_manifest(self, hash_: str, manifest: Manifest) -> None:
        self.manifests.setdefault(hash_, manifest)

    async def missing(self, manifest: str) -> Sequence[PartOf]:
        known = self.manifests.get(manifest)
        return [part for part in known.parts if part.hash not in self.parts] if known else []

    async def stage(self, part: str, name: SetName, rows: Sequence[Row]) -> None:
        del name
        self.parts.setdefault(part, {row.key: row.value for row in rows})

    async def whole(self, manifest: str) -> bool:
        return manifest in self.manifests and not await self.missing(manifest)

    async def staged(self) -> Sequence[Staged]:
        return [
            Staged(
                set=one.set,
                version=one.version,
                parts=len(one.parts),
                there=sum(part.hash in self.parts for part in one.parts),
            )
            for _, one in sorted(self.manifests.items())
        ]

    async def forget_others(self, manifests: Collection[str]) -> int:
        self.manifests = {hash_: one for hash_, one in self.manifests.items() if hash_ in manifests}
        named = {part.hash for one in self.manifests.values() for part in one.parts}
        gone = next((part for part in self.parts if part not in named), None)
        return max(1, len(self.parts.pop(gone))) if gone is not None else 0

    async def row(self, manifest: str, key: str) -> bytes | None:
        return self._rows(manifest).get(key)

    async def rows(self, manifest: str, after: str, limit: int) -> Sequence[Row]:
        found = sorted((key, value) for key, value in self._rows(manifest).items() if key > after)
        return [Row(key=key, value=value) for key, value in found[:limit]]

    def _rows(self, manifest: str) -> dict[str, bytes]:
        known = self.manifests.get(manifest)
        rows: dict[str, bytes] = {}
        for part in known.parts if known else ():
            rows |= self.parts.get(part.hash, {})
        return rows

    async def by_token(self, manifest: str, token: str) -> MemberRow | None:
        members = [*map(_member.decode, self._rows(manifest).values()), *self.asked.values()]
        return next((one for one in members if any(key.token == token for key in one.keys)), None)

    async def keep_asked(self, row: MemberRow) -> None:
        self.asked[row.wallet] = row

    async def forget_asked(self, wallets: Collection[WalletId]) -> None:
        self.asked = {wallet: row for wallet, row in self.asked.items() if wallet not in wallets}

    async def close(self) -> None:
        """Nothing is open."""
