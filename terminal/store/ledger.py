"""Opening the ledger: lock, schema, verified end, then one writer and its readers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.core.commands import ClockTrust
from terminal.core.entry import Link
from terminal.core.errors import LedgerClosed, LedgerDamaged, LedgerMismatched, PeopleLocked, TerminalFault
from terminal.core.ports import Clock, Ids
from terminal.core.values import EntryId, SiteId
from terminal.runtime.durable import sync_folder
from terminal.runtime.threads import RealThreads, Threads
from terminal.store import heal, restore
from terminal.store.answers import id_bytes, id_ms
from terminal.store.checkpoints import SiteKey, Voucher
from terminal.store.claim import claim
from terminal.store.committer import Writer
from terminal.store.file import Lock, connected, drop_unfinished, give_all_to_owner
from terminal.store.guests import Guests
from terminal.store.hook import FileHook
from terminal.store.intake import Intake
from terminal.store.invoices import RequestsFile
from terminal.store.keys_seen import keys_fault
from terminal.store.migrations import OURS, Schema
from terminal.store.people import FilePeople
from terminal.store.pins import FilePins
from terminal.store.queries import queries
from terminal.store.readers import Readers
from terminal.store.sealed import MemberKeys, Secret
from terminal.store.sets import Sets
from terminal.store.settings import Settings
from terminal.store.shelf import Shelf
from terminal.store.site import FileSite
from terminal.store.unwritten import closed_by, opening
from terminal.store.verify import verified_journal, verified_tail
from terminal.store.wishes import FileWishes

if TYPE_CHECKING:
    from terminal.store.second import SecondCopy, SecondState

log = logging.getLogger(__name__)

THREADS: Threads = RealThreads()


def _nothing() -> None:
    """Nobody listens."""


def _nobody(_: TerminalFault | None) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True)
class News:
    """What an open ledger tells by itself, on the event loop."""

    changed: Callable[[], None] = _nothing
    """After each commit or acknowledgement."""
    second: Callable[[], None] = _nothing
    """When the second copy has become level, or is not any more."""
    trouble: Callable[[TerminalFault | None], None] = _nobody
    """When the writer could not write, and with None when it could again; when anybody met damage."""
    slow: Callable[[], None] = _nothing
    """When the start begins to verify the whole journal."""


_HEADER_BYTES = 100
"""Of an SQLite file (sqlite.org/fileformat2, section 1.3). What is shorter is taken for an empty one."""
_ACKED_STEP = 2_000
"""While more than so many wait, an acknowledgement is written down for so many at once: a commit for each
batch would wear the card, and after a power cut headquarters says again what it has."""


class Outbox:
    """The `Outbox` port: the journal beyond what headquarters acknowledged."""

    def __init__(self, writer: Writer, readers: Readers, shelf: Shelf, on_change: Callable[[], None]) -> None:
        self._writer = writer
        self._readers = readers
        self._head = shelf.seq
        self._head_known = (shelf.seq, shelf.hash)
        self._acked = self._acked_kept = shelf.acked()
        self._epoch = shelf.epoch
        self._on_change = on_change
        self._watchers: set[asyncio.Future[None]] = set()

    def committed(self, head: int) -> None:
        """The writer's news, on the loop."""
        if head <= self._head:
            return
        self._head = head
        for watcher in self._watchers:
            if not watcher.done():
                watcher.set_result(None)
        self._on_change()

    def swapped(self, seq: int, acked: int, epoch: int) -> None:
        """Another file took the ledger's place."""
        self._head, self._acked, self._epoch = seq, acked, epoch
        self._acked_kept = acked
        self._head_known = (-1, b"")
        self._on_change()

    async def head(self) -> tuple[int, bytes]:
        seq = self._head
        if self._head_known[0] != seq:
            self._head_known = seq, await self._readers.hash_at(seq)
        return self._head_known

    async def acked(self) -> int:
        return self._acked

    async def epoch(self) -> int:
        return self._epoch

    async def after(self, seq: int, limit: int) -> Sequence[Link]:
        links = await self._readers.after(seq, limit)
        # The file has a commit before its news is here: what leaves is never ahead of the head that we tell.
        return links[: max(self._head - seq, 0)]

    async def hash_at(self, seq: int) -> bytes:
        return await self._readers.hash_at(seq)

    async def acknowledge(self, seq: int, mark: str = "") -> None:
        if not self._acked < seq <= self._head:
            return
        if self._head - seq < _ACKED_STEP or seq - self._acked_kept >= _ACKED_STEP:
            await self._writer.do(partial(_set_acked, seq=seq, mark=mark))
            self._acked_kept = seq
        self._acked = max(self._acked, seq)
        self._on_change()

    async def begins_anew(self, seq: int, mark: str = "") -> None:
        seq = min(seq, self._head)
        await self._writer.do(lambda shelf: shelf.acknowledged(seq, mark))
        self._acked = self._acked_kept = seq
        self._on_change()

    async def grown(self, beyond: int) -> None:
        while self._head <= beyond:
            watcher = asyncio.get_running_loop().create_future()
            self._watchers.add(watcher)
            try:
                await watcher
            finally:
                self._watchers.discard(watcher)

    def waiting(self) -> int:
        return self._head - self._acked

    @property
    def entries(self) -> int:
        """Seq of the last one."""
        return self._head


class PrintJobs:
    """The `PrintJobs` port."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def printed(self, entry: EntryId) -> None:
        await self._writer.do(partial(_print_done, entry=entry))

    async def doubtful(self, entry: EntryId, why: str) -> None:
        await self._writer.do(partial(_print_doubtful, entry=entry, why=why))


class TokenKeys:
    """The key by which members are found here: one for all sites of a merchant once they are joined."""

    def __init__(self, secret: Secret, writer: Writer, readers: Readers, ids: Ids) -> None:
        self._secret = secret
        self._writer = writer
        self._readers = readers
        self._ids = ids

    async def own(self) -> bytes | None:
        """Where somebody is found by it already."""
        return self._secret.token_key if await self._readers.knows_anybody() else None

    async def adopt(self, key: bytes) -> None:
        """Durable when it returns. Whoever was stored under another is found as before."""
        await self._writer.do(lambda _: self._secret.adopt(key))  # Nobody is being stored meanwhile.

    async def presented(self, former: bytes, token: bytes) -> None:
        """A card that was stored under a key of before was here: from now on it is found at once."""
        with contextlib.suppress(LedgerClosed, LedgerDamaged):
            edit = EntryId(
                self._ids.new()
            )  # No entry says it; an edit that headquarters has it would not take.
            await self._writer.do(partial(_renew_token, former=former, token=token, edit=edit))


class Ledger:
    """What is open of one site. `instance` tells two machines that claim it apart."""

    def __init__(  # noqa: PLR0913, PLR0915  all that it is made of
        self,
        settings: Settings,
        site: SiteId,
        clock: Clock,
        ids: Ids,
        *,
        news: News,
        schema: Schema,
        threads: Threads,
    ) -> None:
        path = settings.path
        self._schema = schema
        self._news = news
        self._loop = asyncio.get_running_loop()
        self._second: SecondCopy | None = None
        self._lock = Lock(path)
        try:
            _check_secret_there(path, schema)
            self._secret = Secret(path.with_suffix(".secret"))
            self._keys = MemberKeys(path.with_suffix(".keys"), self._secret)
            self.site_key = SiteKey(path.with_suffix(".site"))
            _check_there(path)
            for unfinished in (heal.fresh_path(path), restore.fresh_path(path)):
                drop_unfinished(unfinished)
            shelf = self._shelf(path, site, ids)
            try:
                self._verify_end(shelf, settings.verified_at_start)
                self._forget_erased(shelf)
                _look_at_keys(shelf, path.with_suffix(".keys"))
                if clock.trust is not ClockTrust.UNKNOWN:  # By their age, which another clock does not tell.
                    restore.forget_in_old_asides(path, clock.wall_ms())
                if settings.second is not None:
                    self._follow(shelf, settings, settings.second)
                _say_made(path)
            except BaseException:
                if self._second is not None:
                    self._second.close()
                shelf.connection.close()
                raise
        except BaseException:
            self._lock.release()
            raise
        self._readers = Readers(path, self._secret, threads, news.trouble)
        self._writer = Writer(
            shelf,
            partial(self._shelf, path, site, ids),
            batch_max=settings.batch_max,
            queue_max=settings.queue_max,
            on_commit=self._committed,
            threads=threads,
            second=self._second,
            on_trouble=news.trouble,
            is_ours=self._lock.holds,
        )
        self.committer = self._writer
        self.intake = Intake(self._writer)
        self.people = FilePeople(self._writer)
        self.books = self._readers
        self.outbox = Outbox(self._writer, self._readers, shelf, news.changed)
        self.print_jobs = PrintJobs(self._writer)
        self.hook = FileHook(self._writer)
        self.wishes = FileWishes(self._writer)
        self.sets = Sets(path.with_suffix(".sets"), self._secret, threads)
        self._readers.guests = Guests(self.sets, lambda: self._writer.standing.sets)
        self.requests = RequestsFile(path.with_suffix(".invoices"), self._secret)
        self.pin_book = FilePins(self._writer, self._secret, clock)
        self.pin_book.guests = self._readers.guests
        self.link = FileSite(
            path,
            self._writer,
            self._readers,
            keys=self._keys,
            site_key=self.site_key,
            threads=threads,
            on_swap=self.outbox.swapped,
            second=self._second,
        )
        self.marked = self._secret.mark
        """Of whoever paid outside, by what the acquirer calls them."""
        self.token_keys = TokenKeys(self._secret, self._writer, self._readers, ids)
        self._readers.on_former = self.token_keys.presented
        self._readers.pictured, self._readers.kept_by = self.people.picture, self.people.by
        self._readers.served = self.people.services_of
        self._readers.unsealed = lambda member: self._writer.do(lambda shelf: shelf.private_of(member))

    def _verify_end(self, shelf: Shelf, at_most: int) -> None:
        """What no checkpoint covers. So much is left by no day of sales: then all of it is walked."""
        beyond = shelf.seq - shelf.checkpoints.trusted()
        if beyond <= at_most:
            verified_tail(shelf.connection, beyond)
            return
        log.warning("no checkpoint covers the last %d entries: the whole journal is verified", beyond)
        self._news.slow()
        verified_journal(shelf.connection, Voucher(self._secret, self.site_key))

    def _committed(self, head: int) -> None:
        self._readers.changed()
        self.outbox.committed(head)

    def _follow(self, shelf: Shelf, settings: Settings, folder: Path) -> None:
        """Begins the second copy; first of all what only it holds comes back."""
        from terminal.store.second import SecondCopy  # noqa: PLC0415  only where one is configured

        self._second = SecondCopy(settings.path, folder, settings, shelf.site, self._second_changed)
        found = self._second.found()
        if found is not None and found.ahead:
            self._bring_back(shelf, folder, found.ahead)
        self._second.go_on()
        if self._second.damage is not None:
            raise self._second.damage

    def _bring_back(self, shelf: Shelf, folder: Path, ahead: int) -> None:
        """The disk had called these entries durable and lost them; people were answered."""
        from terminal.store.replay import replay  # noqa: PLC0415  only after a loss
        from terminal.store.segments import links  # noqa: PLC0415

        if not shelf.seq:
            raise LedgerMismatched(
                f"the ledger is new, and {folder} holds {ahead} entries of {shelf.site}."
                " Restore a backup; where there is none, move that copy away"
            )
        back = replay(shelf, links(folder, shelf.site, shelf.seq, shelf.hash))
        log.error("the disk had lost %d entries: %d are back from the second copy", ahead, back.entries)
        if back.nameless:
            log.error("%d of them without cards, phones or names", back.nameless)
        if back.why:
            log.error("the rest stays on the copy: %s", back.why)

    @property
    def second(self) -> SecondState | None:
        """How the second copy stands; None where none is configured."""
        return self._second.state if self._second else None

    def _second_changed(self) -> None:
        """From the copy's own thread."""
        with suppress(RuntimeError):  # The loop has ended.
            self._loop.call_soon_threadsafe(self._heard_second)

    def _heard_second(self) -> None:
        if self._second is not None and self._second.damage is not None:
            self._news.trouble(self._second.damage)
        self._news.second()

    def _forget_erased(self, shelf: Shelf) -> None:
        try:
            shelf.destroy_keys(at_start=True)
            if shelf.unpurged:
                shelf.purge()
        except sqlite3.Error as fault:
            raise closed_by(fault, "the members' keys cannot be written") from fault

    def _shelf(self, path: Path, site: SiteId, ids: Ids) -> Shelf:
        self._lock.hold()
        self._keys.close()  # Opened while the disk was read-only, it would stay so.
        connection = connected(path, schema=self._schema)
        try:
            with opening(str(path)):
                self.instance = claim(connection, path, site, ids, self._secret).instance
                return Shelf(connection, site, self._keys, self.site_key)
        except BaseException:
            connection.close()
            raise

    async def try_to_write(self) -> None:
        """One commit of nothing but a count, after opening the file again where that is needed.

        Raises:
            LedgerClosed, LedgerDamaged: it still does not work.
        """
        await self._writer.do(Shelf.settle)

    async def close(self) -> None:
        """Books what was submitted, lets go of the file."""
        try:
            await self.link.close()
            await self.sets.close()
            await self._readers.close()
        finally:
            await self._writer.close()
            self._keys.close()
            self._lock.release()


async def open_ledger(  # noqa: PLR0913  all that it is made of
    settings: Settings,
    *,
    site: SiteId,
    clock: Clock,
    ids: Ids,
    news: News = News(),
    schema: Schema = OURS,
    threads: Threads = THREADS,
) -> Ledger:
    """Opens or makes the ledger of a site.

    Raises:
        LedgerClosed: somebody else holds it, or the disk does not let us.
        LedgerNewer: only a newer program may open the file.
        LedgerDamaged: what is there cannot be trusted; the text says what and where.
    """
    with opening(str(settings.path)):
        ledger = Ledger(settings, site, clock, ids, news=news, schema=schema, threads=threads)
        give_all_to_owner(settings.path)  # Now: what opened it may be cut off.
        return ledger


def _check_secret_there(path: Path, schema: Schema) -> None:
    """A new secret would know nobody's card or phone."""
    secret = path.with_suffix(".secret")
    if not secret.exists() and path.exists() and path.stat().st_size:
        connected(path, schema=schema).close()  # What is no ledger at all says so itself.
        raise LedgerMismatched(
            f"{secret}: is gone, and without it nobody's card, phone or name is known. Put its copy back,"
            " from the owner's safe"
        )


def _check_there(path: Path) -> None:
    """A journal that was there and is not any more must not begin anew as if nothing had been."""
    there = path.exists() and path.stat().st_size >= _HEADER_BYTES
    if path.with_suffix(".made").exists() and not there:
        raise LedgerDamaged(f"{path}: was here and is gone or empty. Restore it, or ask headquarters")


def _look_at_keys(shelf: Shelf, keys: Path) -> None:
    """Damage there stops no sale; it is told before the first who wants to join."""
    if shelf.connection.execute(queries()["any_profile"]).fetchone() is None:
        return
    if fault := keys_fault(keys):
        log.error("%s. %s", fault, PeopleLocked.for_technician)


def _say_made(path: Path) -> None:
    made = path.with_suffix(".made")
    if not made.exists():
        made.touch(mode=0o600)
        sync_folder(path.parent)


def _set_acked(shelf: Shelf, seq: int, mark: str) -> None:
    if seq > shelf.acked():
        shelf.acknowledged(seq, mark)


def _renew_token(shelf: Shelf, former: bytes, token: bytes, edit: EntryId) -> None:
    """Where it did change, headquarters is told of the wallet again: it knows the number under the former."""
    run = shelf.connection.execute
    if run(queries()["renew_token"], (token, former)).rowcount:
        wallet, _ = run(queries()["token"], (token,)).fetchone()
        run(queries()["note_edit"], (wallet, id_bytes(edit), id_ms(edit)))


def _print_done(shelf: Shelf, entry: EntryId) -> None:
    if shelf.connection.execute(queries()["print_done"], (id_bytes(entry),)).rowcount:
        shelf.connection.execute(queries()["drop_printed"])


def _print_doubtful(shelf: Shelf, entry: EntryId, why: str) -> None:
    shelf.connection.execute(queries()["print_doubtful"], (why, id_bytes(entry)))
