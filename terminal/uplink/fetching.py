"""Data sets on their way here: what a directive is to activate is fetched between sales, part by part."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import NoReturn, TypeVar

import msgspec

from terminal.core.directives import Activate
from terminal.core.sets import DataSets
from terminal.core.site import SiteLedger
from terminal.core.wire.forms import UNREADABLE
from terminal.core.wire.link import LinkTrouble
from terminal.core.wire.sets import (
    BLOB_BYTES_MAX,
    BLOB_PATH,
    ROWS_MAX,
    SEALED,
    Blob,
    Manifest,
    PartOf,
    Row,
    part_about,
)
from terminal.runtime.box import BoxSpoilt, opened
from terminal.runtime.steps import reached
from terminal.uplink.backoff import Backoff
from terminal.uplink.courier import Unreachable
from terminal.uplink.talk import Talk

log = logging.getLogger(__name__)

_BREATH_S = 0.05
"""Between two parts: whoever sells has the processor and the disk most of the time."""

_Told = TypeVar("_Told")

_manifest = msgspec.json.Decoder(Manifest)
_rows = msgspec.json.Decoder(list[Row])


class Fetching:
    """Give it to a supervisor: `run` never returns."""

    def __init__(  # noqa: PLR0913  what it needs of the outside, each by its name
        self,
        ledger: SiteLedger,
        sets: DataSets,
        talk: Talk,
        *,
        backoff: Backoff,
        reachable: asyncio.Event,
        box_key: Callable[[], bytes | None],
        on_whole: Callable[[], None],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        """`on_whole`: something that a directive may wait for is here."""
        self._ledger = ledger
        self._sets = sets
        self._talk = talk
        self._backoff = backoff
        self._reachable = reachable
        self._box_key = box_key
        self._on_whole = on_whole
        self._sleep = sleep
        self._wanted: dict[str, str] = {}
        """Hash of the manifest by set: the newest that a directive named."""
        self._ready: dict[str, str] = {}
        """What is here in whole and waits for its directive."""
        self._cleared = dict(ledger.standing().sets)
        """The sets as they were active when others were forgotten last."""
        self._news = asyncio.Event()

    async def staged(self, directive: Activate) -> bool:
        """Whether it lies here in whole; if not, it is fetched from now on."""
        if await self._sets.whole(directive.hash):
            self._ready[directive.set] = directive.hash
            return True
        self._wanted[directive.set] = directive.hash
        self._news.set()
        return False

    def switched(self) -> None:
        """Another manifest is active: what was only in the one before may go."""
        self._news.set()

    def healed(self) -> None:
        """The chain is another one: what was to be activated on the one before may be nowhere any more."""
        self._wanted.clear()
        self._news.set()

    async def run(self) -> NoReturn:
        while True:
            await self._reachable.wait()
            try:
                await self._want_active()
                while self._wanted:
                    await self._fetch_wanted()
                    await self._want_active()
                await self._forget()
            except Unreachable as fault:
                log.info("a data set waits: %s", fault)
                await self._sleep(self._backoff.next_s())
                continue
            self._backoff.reset()
            if not self._wanted:
                self._news.clear()
                await self._news.wait()

    async def _want_active(self) -> None:
        """A ledger that came from a backup, or was healed, brings no sets: what it reads is not here."""
        for name, manifest in self._ledger.standing().sets.items():
            if name not in self._wanted and not await self._sets.whole(manifest):
                self._wanted[name] = manifest

    async def _fetch_wanted(self) -> None:
        """One that cannot be had holds up no other."""
        trouble: Unreachable | None = None
        for name, manifest in list(self._wanted.items()):
            try:
                await self._fetch(manifest)
            except Unreachable as fault:
                trouble = fault
                continue
            self._ready[name] = manifest
            if self._wanted.get(name) == manifest:
                del self._wanted[name]
            self._on_whole()
        if trouble is not None:
            raise trouble

    async def _fetch(self, hash_: str) -> None:
        manifest = await self._sets.manifest(hash_)
        if manifest is None:
            manifest = _read(await self._blob(hash_), _manifest)
            await self._sets.keep_manifest(hash_, manifest)
        for part in await self._sets.missing(hash_):
            rows = await self._part(manifest, part)
            reached("uplink.part")
            await self._sets.stage(part.hash, manifest.set, rows)
            await self._sleep(_BREATH_S)
        log.info("data set %s %s is here, %d parts", manifest.set, manifest.version, len(manifest.parts))

    async def _part(self, manifest: Manifest, part: PartOf) -> list[Row]:
        body = await self._blob(part.hash)
        if manifest.set in SEALED:
            key = self._box_key()
            if key is None:
                raise Unreachable("this site has no key to open it with", LinkTrouble.REFUSED)
            try:
                body = opened(key, body, about=part_about(manifest.set))
            except BoxSpoilt as fault:
                raise Unreachable("a part is sealed to another site", LinkTrouble.UNREADABLE) from fault
        rows = _read(body, _rows)
        if len(rows) != part.rows or len(rows) > ROWS_MAX:
            raise Unreachable("a part has other rows than its manifest says", LinkTrouble.UNREADABLE)
        return rows

    async def _blob(self, hash_: str) -> bytes:
        who = self._talk.who
        question = Blob(merchant=who.merchant, site=who.site, instance=who.instance, hash=hash_)
        body = await self._talk.bytes(BLOB_PATH, question, bytes_max=BLOB_BYTES_MAX)
        if sha256(body).hexdigest() != hash_:
            raise Unreachable("a part of a data set has another hash", LinkTrouble.UNREADABLE)
        return body

    async def _forget(self) -> None:
        """What neither is read nor will be, once another set is active; others have their turn in between.

        After a start nobody knows yet what is to be activated next, so nothing goes.
        """
        active = self._ledger.standing().sets
        if active == self._cleared:
            return
        self._ready = {name: one for name, one in self._ready.items() if active.get(name) != one}
        kept = {*active.values(), *self._wanted.values(), *self._ready.values()}
        while await self._sets.forget_others(kept):
            await self._sleep(0)
        self._cleared = dict(active)


def _read(body: bytes, decoder: msgspec.json.Decoder[_Told]) -> _Told:
    try:
        return decoder.decode(body)
    except UNREADABLE as fault:
        raise Unreachable("a data set is of another version", LinkTrouble.UNREADABLE) from fault
