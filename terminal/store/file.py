"""The ledger file: one process owns it, its schema is of a known version, what is written is durable."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from terminal.core.errors import LedgerClosed, LedgerDamaged, LedgerHeld, TerminalFault
from terminal.store.migrations import OURS, Schema
from terminal.store.unwritten import closed_by

_PAGE_BYTES = 1024
"""Small pages write less to the card for each transaction."""
_STATEMENTS = 256
"""More than there are in `queries.sql`: none is prepared twice."""


class Lock:
    """Held while a process owns the ledger. The kernel lets go of it when the process dies."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as taken:
            holder = os.read(self._descriptor, 20).decode(errors="replace").strip()
            os.close(self._descriptor)
            raise LedgerHeld(f"{path}: held by process {holder or 'unknown'}") from taken
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def connected(path: Path | str, *, uri: bool = False, schema: Schema = OURS) -> sqlite3.Connection:
    """The writer's connection, to a file of this program's schema. It alone writes and checkpoints.

    Raises:
        LedgerClosed: the file cannot be opened or made, or not be brought to our schema.
        LedgerNewer: only a newer program may open it.
        LedgerDamaged: it is no database, or another program's.
    """
    try:
        connection = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, uri=uri, cached_statements=_STATEMENTS
        )
    except sqlite3.Error as fault:
        raise closed_by(fault, str(path)) from fault
    try:
        schema.version_of(connection)  # Before anything is written: it may be somebody else's.
        if not uri:
            with suppress(OSError):  # Another owner's file: its mode is that owner's business.
                Path(path).chmod(0o600)  # The log beside it takes the same mode.
        _set_up(connection)
        schema.bring(connection)
    except sqlite3.OperationalError as fault:
        connection.close()
        raise closed_by(fault, str(path)) from fault
    except sqlite3.DatabaseError as fault:
        connection.close()
        raise LedgerDamaged(f"{path}: {fault}") from fault
    except TerminalFault as fault:
        connection.close()
        raise type(fault)(f"{path}: {fault}") from fault
    return connection


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
    run("PRAGMA secure_delete = ON")
    run("PRAGMA cache_size = -4096")
