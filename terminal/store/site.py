"""The `SiteLedger` port over the file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from terminal.core.site import Edit, Healed, Standing, Touched
from terminal.core.values import EntryId, WalletId
from terminal.runtime.threads import Threads
from terminal.store.checkpoints import SiteKey
from terminal.store.committer import Writer
from terminal.store.heal import FreshLedger, put_in_place
from terminal.store.lane import Lane
from terminal.store.readers import Readers
from terminal.store.sealed import MemberKeys
from terminal.store.shelf import Shelf

if TYPE_CHECKING:
    from terminal.store.second import SecondCopy


class FileSite:
    """Of a ledger that is open."""

    def __init__(  # noqa: PLR0913  all that a ledger is made of
        self,
        path: Path,
        writer: Writer,
        readers: Readers,
        *,
        keys: MemberKeys,
        site_key: SiteKey,
        threads: Threads,
        on_swap: Callable[[int, int, int], None],
        second: SecondCopy | None = None,
    ) -> None:
        """`on_swap(seq, acked, epoch)`: of the ledger that took the old one's place."""
        self._path = path
        self._writer = writer
        self._readers = readers
        self._keys = keys
        self._site_key = site_key
        self._threads = threads
        self._on_swap = on_swap
        self._second = second
        self._begun: FileHealing | None = None

    def standing(self) -> Standing:
        """As of the last booking; between a booking and its COMMIT it may be ahead by a directive."""
        return self._writer.standing

    async def stands(self, standing: Standing) -> None:
        await self._writer.do(lambda shelf: shelf.stands(standing))

    async def passed(self, m: int) -> None:
        await self._writer.do(lambda shelf: shelf.passed(m))

    async def told(self, mark: str) -> None:
        await self._writer.do(lambda shelf: shelf.told(mark))

    async def applied(self, directive: EntryId) -> bool:
        return await self._writer.look_up(directive) is not None

    async def edits(self, limit: int) -> Sequence[Edit]:
        return await self._writer.do(lambda shelf: shelf.edits(limit))

    async def edits_held(self, edits: Sequence[EntryId], hq_epoch: int, mark: str = "") -> None:
        await self._writer.do(lambda shelf: shelf.edits_held(edits, hq_epoch, mark))

    async def touched(self, after: int, upto: int) -> Sequence[Touched]:
        return await self._readers.touched(after, upto)

    async def began_since(self, wallet: WalletId, after: int) -> bool:
        return await self._readers.began_since(wallet, after)

    async def heal(self, epoch: int) -> FileHealing:
        if self._begun is not None:
            await self._begun.drop()
        make = partial(FreshLedger, self._path, epoch, self._keys, self._site_key)
        lane = Lane("healing", self._threads)
        try:
            self._begun = FileHealing(await lane.do(make), self, lane)
        except BaseException:
            await lane.end()
            raise
        return self._begun

    async def close(self) -> None:
        if self._begun is not None:
            await self._begun.drop()

    async def swap(self, fresh: FreshLedger, head: bytes) -> Healed:
        """Books, copies, verifies and puts it in place, while the writer does nothing else."""

        def work(shelf: Shelf) -> Healed:
            healed = fresh.finish(head)
            aside = put_in_place(shelf, self._path, healed.epoch)
            return replace(healed, aside=str(aside))

        async with self._readers.away(), self._second.away() if self._second else nullcontext():
            healed = await self._writer.exchange(work)
        seq, acked, epoch = await self._writer.do(lambda shelf: (shelf.seq, shelf.acked(), shelf.epoch))
        self._on_swap(seq, acked, epoch)
        return healed


class FileHealing:
    """The `Healing` port."""

    def __init__(self, fresh: FreshLedger, site: FileSite, lane: Lane) -> None:
        self._fresh = fresh
        self._site = site
        self._lane = lane
        self._over = False

    @property
    def seq(self) -> int:
        return self._fresh.seq

    async def take(self, bodies: Sequence[bytes]) -> None:
        await self._lane.do(lambda: self._fresh.take(bodies))

    async def finish(self, head: bytes) -> Healed:
        try:
            return await self._site.swap(self._fresh, head)
        finally:
            await self.drop()

    async def drop(self) -> None:
        if not self._over:
            self._over = True
            await self._lane.do(self._fresh.close)
            await self._lane.end()
