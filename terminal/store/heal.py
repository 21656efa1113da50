"""A forked chain is healed in a file of its own, which takes the ledger's place only when all of it verifies.

Headquarters' chain is replayed from its first entry: postings and lots as the bodies say. Then what this site
booked and headquarters lacks is booked again, and personal data, which is in no body, is copied. A power cut
anywhere leaves the old ledger or the new one. The old one is kept aside.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

from terminal.core.canonical import decoded
from terminal.core.entry import Entry
from terminal.core.errors import LedgerClosed, LedgerDamaged
from terminal.core.ledger import NOT_AGAIN, Posted
from terminal.core.ledger import effects as of
from terminal.core.site import Healed
from terminal.core.values import MemberId
from terminal.runtime.durable import sync_folder
from terminal.runtime.steps import reached
from terminal.store.checkpoints import SiteKey
from terminal.store.file import ASIDE, connected, drop_unfinished
from terminal.store.meta import give_epoch
from terminal.store.queries import queries, statements_of
from terminal.store.sealed import MemberKeys, Secret
from terminal.store.shelf import Shelf
from terminal.store.verify import verified

_KEPT_META = ("site", "instance", "hq_epoch", "acked_mark", "fed_mark", "edits_mark", "proof")
_PAGE = 200
_GONE = (
    of.KeysDropped,
    of.PinDropped,
    of.GivenElsewhere,
    of.Erased,
    of.NotesDropped,
    of.ServicesDropped,
    of.VisitorForgotten,
)


def fresh_path(ledger: Path) -> Path:
    return ledger.with_suffix(".healing")


_Gone = (
    of.KeysDropped
    | of.PinDropped
    | of.GivenElsewhere
    | of.Erased
    | of.NotesDropped
    | of.ServicesDropped
    | of.VisitorForgotten
)


class FreshLedger:
    """The file that is being made. Used by one thread at a time."""

    def __init__(self, ledger: Path, epoch: int, keys: MemberKeys, site_key: SiteKey) -> None:
        self._ledger = ledger
        self._path = fresh_path(ledger)
        self._epoch = epoch
        drop_unfinished(self._path)
        self._connection = connected(self._path)
        try:
            self._run = self._connection.execute
            self._run("PRAGMA synchronous = OFF")  # Until it is whole it is worth nothing.
            self._run("ATTACH DATABASE ? AS old", (str(ledger),))
            self._begin(keys.secret)
            site = self._run(queries()["meta"], ("site",)).fetchone()[0]
            self._shelf = Shelf(self._connection, site, keys, site_key)
        except BaseException:
            self._connection.close()
            raise
        self._common = 0
        """Up to here both chains are one."""
        self._gone: list[_Gone] = []
        """What entries that are new here took away of personal data."""

    @property
    def seq(self) -> int:
        return self._shelf.seq

    def _begin(self, secret: Secret) -> None:
        self._run("BEGIN")  # IMMEDIATE would lock the old one, too.
        for name in _KEPT_META:
            self._run("INSERT INTO main.meta SELECT name, value FROM old.meta WHERE name = ?", (name,))
        give_epoch(self._connection, self._epoch, secret)
        self._run(queries()["set_meta"], ("acked", 0))
        self._run("COMMIT")

    def take(self, bodies: Sequence[bytes]) -> None:
        """Raises LedgerDamaged."""
        self._run("BEGIN")
        try:
            for body in bodies:
                self._take(body)
            self._run(queries()["set_meta"], ("acked", self._shelf.seq))
        except BaseException:
            self._run("ROLLBACK")
            self._shelf.forget()
            raise
        self._run("COMMIT")

    def _take(self, body: bytes) -> None:
        done = self._shelf.replay(body)
        seq = self._shelf.seq
        if self._common == seq - 1:
            ours = self._run("SELECT hash FROM old.entries WHERE seq = ?", (seq,)).fetchone()
            if ours is not None and ours[0] == self._shelf.hash:
                self._common = seq
                return
        self._note_gone(done)

    def _note_gone(self, done: Posted) -> None:
        self._gone += [one for one in done.effects if isinstance(one, _GONE)]

    def finish(self, head: bytes) -> Healed:
        """The whole file, verified and on the disk. Nothing may be booked in the old one meanwhile."""
        if self._shelf.hash != head:
            raise LedgerDamaged(f"headquarters' chain ends in another hash at seq {self._shelf.seq}")
        pulled = self._shelf.seq
        self._run("BEGIN")
        # Another machine of this site may have healed before, and booked in the same epoch.
        self._run(queries()["learn_epoch"], (self._epoch, pulled))
        again, left = self._again()
        self._copy_personal()
        self._run("COMMIT")
        self._run("DETACH DATABASE old")
        verified(self._connection)
        if self._shelf.seq:
            self._shelf.checkpoints.sign(self._shelf.seq, self._epoch, self._shelf.hash)
        _whole(self._connection)
        self.close()
        _sync(self._path)
        reached("heal.ready")
        return Healed(epoch=self._epoch, pulled=pulled, again=again, left=left)

    def _again(self) -> tuple[int, int]:
        again = left = 0
        for entry, entry_hash in _entries_after(self._connection, self._common):
            if self._shelf.book_again(entry, entry_hash):
                again += 1
            elif entry.kind in NOT_AGAIN:
                left += 1
        return again, left

    def _copy_personal(self) -> None:
        """By the statements of `heal.sql`; then what headquarters' chain took away goes again."""
        for statement in statements_of("heal.sql").values():
            self._run(statement)
        for one in self._gone:
            self._goes(one)

    def _goes(self, one: _Gone) -> None:
        match one:
            case of.KeysDropped(wallet=wallet, card=card):
                self._run(queries()["drop_tokens"], (wallet, card))
            case of.PinDropped(wallet=wallet):
                self._run(queries()["set_pin"], ("", wallet))
            case of.GivenElsewhere():
                self._shelf.drop_who_had_it(one)
            case of.NotesDropped(member=member, what=what):
                self._shelf.drop_notes(member, what)
            case (
                of.Erased(member=member, wallets=wallets)
                | of.VisitorForgotten(member=member, wallets=wallets)
            ):
                for wallet, name in product(wallets, ("drop_all_tokens", "drop_traces")):
                    self._run(queries()[name], (wallet,))
                if isinstance(one, of.Erased):
                    self._run(queries()["drop_profile"], (member,))
                self._services_go(member)
            case of.ServicesDropped(member=member):
                self._services_go(member)

    def _services_go(self, member: MemberId) -> None:
        """Not what was written down on the branch that is given up: it is booked again after that."""
        self._run(queries()["drop_services_upto"], (member, self._common))

    def close(self) -> None:
        self._connection.close()


def _entries_after(connection: sqlite3.Connection, seq: int) -> Iterator[tuple[Entry, bytes]]:
    """Of the old file, in order; read in pages, because each is written into the other file meanwhile."""
    query = "SELECT seq, body, hash FROM old.entries WHERE seq > ? ORDER BY seq LIMIT ?"
    while rows := connection.execute(query, (seq, _PAGE)).fetchall():
        seq = rows[-1][0]
        for _, body, entry_hash in rows:
            yield decoded(body), entry_hash


def _whole(connection: sqlite3.Connection) -> None:
    """All of it in the one file, nothing in a log beside it. Raises LedgerClosed while others read."""
    try:
        mode = connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
    except sqlite3.OperationalError as fault:
        raise LedgerClosed(f"somebody reads the ledger: {fault}") from fault
    if mode != "delete":
        raise LedgerClosed("somebody reads the ledger")


def put_in_place(old: Shelf, ledger: Path, epoch: int) -> Path:
    """The new file under the old one's name, in one step of the file system; the old one under another.

    Nobody can read the old one meanwhile: its log would lie beside a ledger that it is not of.
    """
    connection = old.connection
    _whole(connection)
    connection.execute("BEGIN EXCLUSIVE")
    aside = ledger.with_name(f"{ledger.stem}{ASIDE}{epoch}.db")
    try:
        aside.unlink(missing_ok=True)  # Of a healing that a power cut ended just here.
        os.link(ledger, aside)
        sync_folder(ledger.parent)
        reached("heal.aside")
        fresh_path(ledger).replace(ledger)
        sync_folder(ledger.parent)
        reached("heal.done")
    finally:
        connection.execute("ROLLBACK")
    return aside


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
    sync_folder(path.parent)
