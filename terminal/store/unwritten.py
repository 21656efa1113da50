"""What SQLite says of the disk, as people are told it."""

from __future__ import annotations

import sqlite3

from terminal.core.errors import DiskFailing, DiskFull, DiskReadOnly, LedgerClosed

UNREACHED = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
    }
)
"""Primary result codes that speak of the disk or the moment, not of what is in the file."""


def closed_by(fault: sqlite3.Error, what: str) -> LedgerClosed:
    """The fault of the disk as people are told it."""
    kinds: dict[int, type[LedgerClosed]] = {
        sqlite3.SQLITE_FULL: DiskFull,
        sqlite3.SQLITE_READONLY: DiskReadOnly,
        sqlite3.SQLITE_IOERR: DiskFailing,
        sqlite3.SQLITE_CANTOPEN: DiskFailing,
    }
    return kinds.get(primary_code(fault), LedgerClosed)(f"{what}: {fault}")


def primary_code(fault: sqlite3.Error) -> int:
    """SQLite's primary result code (sqlite.org/rescode.html); 0 where the fault is Python's own."""
    return int(getattr(fault, "sqlite_errorcode", 0)) & 0xFF
