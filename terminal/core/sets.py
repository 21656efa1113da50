"""Data sets as a site keeps them: parts by their hash, a set read by the manifest that is active."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from terminal.core.values import WalletId
from terminal.core.wire.people import MemberRow
from terminal.core.wire.sets import Manifest, PartOf, Row, SetName, Staged


class DataSets(Protocol):
    """Parts and manifests are content: the same hash is the same bytes, for ever.

    Which manifest a set is read by stands in the ledger, and is switched by a directive's entry.
    """

    async def manifest(self, manifest: str) -> Manifest | None:
        """The one with that hash, where it is here."""
        ...

    async def keep_manifest(self, hash_: str, manifest: Manifest) -> None: ...

    async def missing(self, manifest: str) -> Sequence[PartOf]:
        """Its parts that are not here, in its order."""
        ...

    async def stage(self, part: str, name: SetName, rows: Sequence[Row]) -> None:
        """One commit, durable when it returns. The same part again changes nothing."""
        ...

    async def whole(self, manifest: str) -> bool:
        """Whether it is here with all of its parts."""
        ...

    async def staged(self) -> Sequence[Staged]: ...

    async def forget_others(self, manifests: Collection[str]) -> int:
        """One small commit's worth of what none of these names; how many rows went. 0: nothing is left."""
        ...

    async def row(self, manifest: str, key: str) -> bytes | None:
        """By its key, as JSON."""
        ...

    async def rows(self, manifest: str, after: str, limit: int) -> Sequence[Row]:
        """By key, beyond `after`."""
        ...

    async def by_token(self, manifest: str, token: str) -> MemberRow | None:
        """A member of the set `members`, or one that was asked for by itself."""
        ...

    async def keep_asked(self, row: MemberRow) -> None:
        """Somebody whom the active set does not have, and headquarters named."""
        ...

    async def forget_asked(self, wallets: Collection[WalletId]) -> None:
        """Of those who were asked for by themselves; what a set says of them goes with the set."""
        ...
