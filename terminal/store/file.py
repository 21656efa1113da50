"""The ledger file: one process owns it, its schema is of a known version, what is written is durable."""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
from contextlib import suppress
from glob import escape
from pathlib import Path

from terminal.core.errors import LedgerClosed, LedgerHeld, TerminalFault
from terminal.runtime.durable import give_to_owner
from terminal.store.migrations import OURS, Schema
from terminal.store.unwritten import opening

_PAGE_BYTES = 1024
"""Small pages write less to the card for each transaction."""
BUSY_MS = 5000
"""So long a statement waits for a lock that somebody else has."""
_STATEMENTS = 256
"""More than there are in `queries.sql`: none is prepared twice."""


ASIDE = ".before-epoch-"
"""In the name of a ledger that another took the place of, before the number of its epoch."""


class Lock:
    """Held while a process owns the ledger. The kernel lets go of it when the process dies.

    It lies beside the ledger, under the ledger's name, so a file with two names could be opened twice; and
    somebody may delete it. Then the next who opens the ledger makes another, and this one is worth nothing:
    its holder must look before each commit.

    What root makes meanwhile beside the ledger is given to the folder's owner, who could not start otherwise.

    Raises:
        LedgerHeld: another process has it.
        LedgerClosed: the file has a second name, or a link lies where the lock would.
    """

    def __init__(self, ledger: Path) -> None:
        self._path, self._ledger = ledger.with_suffix(".lock"), ledger
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = _taken(self._path)
        try:
            _check_one_name(ledger)
        except BaseException:
            self.release()
            raise

    def holds(self) -> bool:
        """Whether it is still what others find under its name."""
        return self._descriptor >= 0 and _is_at(self._descriptor, self._path)

    def hold(self) -> None:
        """Once more, where somebody deleted it. Raises LedgerHeld: another process was sooner."""
        if self._descriptor >= 0 and not self.holds():
            taken = _taken(self._path)
            os.close(self._descriptor)
            self._descriptor = taken

    def release(self) -> None:
        if self._descriptor >= 0:
            give_all_to_owner(self._ledger)
            os.close(self._descriptor)
            self._descriptor = -1


def give_all_to_owner(ledger: Path) -> None:
    """The ledger and all beside it that has its name, once one command of root's was at it."""
    for one in ledger.parent.glob(f"{escape(ledger.stem)}.*"):
        with suppress(FileNotFoundError):  # A log that ended meanwhile.
            give_to_owner(one)


def _taken(path: Path) -> int:
    """The descriptor that holds it: of the file that has the name now, not of one deleted meanwhile."""
    while True:
        descriptor = _opened(path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as taken:
            holder = os.read(descriptor, 20).decode(errors="replace").strip()
            os.close(descriptor)
            raise LedgerHeld(f"{path}: held by process {holder or 'unknown'}") from taken
        if _is_at(descriptor, path):
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
            return descriptor
        os.close(descriptor)


def _opened(path: Path) -> int:
    """Who looks may be root, and the folder is the terminal's: a link would have root write elsewhere."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as fault:
        if fault.errno != errno.ELOOP:
            raise
        raise LedgerClosed(f"{path}: is a link, and nobody follows it: take it away") from fault


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))  # noqa: PTH116  before each commit
    except FileNotFoundError:
        return False


def _check_one_name(ledger: Path) -> None:
    """Names of folders may be links: the lock lies in the same one."""
    if ledger.is_symlink():
        raise LedgerClosed(f"{ledger}: is a link to {ledger.resolve()}: the lock lies beside that name")
    if not ledger.exists() or (names := ledger.stat().st_nlink) == 1:
        return
    healed = [one for one in ledger.parent.glob(f"{ledger.stem}{ASIDE}*.db") if one.samefile(ledger)]
    if names - len(healed) > 1:  # A power cut in a healing leaves a name of ours.
        raise LedgerClosed(f"{ledger}: has another name too (a hard link), and could be opened twice")


def drop_unfinished(fresh: Path) -> None:
    """What a power cut or a full disk left of a file that was to become the ledger."""
    for left in (fresh, *(Path(f"{fresh}{ending}") for ending in ("-wal", "-shm", "-journal"))):
        left.unlink(missing_ok=True)


def connected(path: Path | str, *, uri: bool = False, schema: Schema = OURS) -> sqlite3.Connection:
    """The writer's connection, to a file of this program's schema. It alone writes and checkpoints.

    Raises:
        LedgerClosed: the file cannot be opened or made, or not be brought to our schema.
        LedgerNewer: only a newer program may open it.
        LedgerDamaged: it is no database, or another program's.
    """
    with opening(str(path)):
        connection = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, uri=uri, cached_statements=_STATEMENTS
        )
        try:
            _brought(connection, path, uri=uri, schema=schema)
        except BaseException:
            connection.close()
            raise
    return connection


def _brought(connection: sqlite3.Connection, path: Path | str, *, uri: bool, schema: Schema) -> None:
    try:
        schema.version_of(connection)  # Before anything is written: it may be somebody else's.
        if not uri:
            with suppress(OSError):  # Another owner's file: its mode is that owner's business.
                Path(path).chmod(0o600)  # The log beside it takes the same mode.
        _set_up(connection)
        schema.bring(connection)
    except TerminalFault as fault:
        raise type(fault)(f"{path}: {fault}") from fault


def _set_up(connection: sqlite3.Connection) -> None:
    run = connection.execute
    run(f"PRAGMA page_size = {_PAGE_BYTES}")
    # The first change of a new file still goes through a rollback journal: were its removal lost with the
    # power, it would come back and empty a ledger that people were answered from.
    run("PRAGMA synchronous = EXTRA")
    if run("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
        raise LedgerClosed("this file system cannot keep a write-ahead log")
    run("PRAGMA synchronous = FULL")
    run("PRAGMA wal_autocheckpoint = 0")
    run("PRAGMA foreign_keys = ON")
    run("PRAGMA recursive_triggers = ON")  # Or REPLACE would delete past the triggers that keep rows.
    run("PRAGMA secure_delete = ON")
    run("PRAGMA cache_size = -4096")
    run(f"PRAGMA busy_timeout = {BUSY_MS}")
