"""What SQLite says of the disk, as people are told it."""

from __future__ import annotations

import errno
import logging
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from msgspec import MsgspecError

from terminal.core.canonical import NotCanonical
from terminal.core.errors import (
    DiskFailing,
    DiskFull,
    DiskReadOnly,
    LedgerClosed,
    LedgerDamaged,
    NotBookable,
)

log = logging.getLogger(__name__)

STUMBLES: Final = (
    TypeError,
    AttributeError,
    ValueError,
    LookupError,
    ArithmeticError,
    RecursionError,
    struct.error,
    MsgspecError,
    NotCanonical,
    NotBookable,
)
"""What comes of a row in which a disk has left something else than was written: a fault like any."""

UNREACHED = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)
"""Primary result codes that speak of the disk or the moment, not of what is in the file."""

_BROKEN = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


@contextmanager
def opening(what: str) -> Iterator[None]:
    """The one place where whatever a file holds that was never written there becomes damage.

    Raises:
        LedgerClosed: the disk, or somebody else, is in the way.
        LedgerDamaged: everything else that SQLite or we stumble over.
    """
    try:
        yield
    except sqlite3.Error as fault:
        if primary_code(fault) in UNREACHED:
            raise closed_by(fault, what) from fault
        raise LedgerDamaged(f"{what}: the file itself: {fault}") from fault
    except OSError as fault:
        raise unreached_by(fault, what) from fault
    except MemoryError as fault:  # What a spoilt length asks for, as a rule.
        raise LedgerClosed(f"{what}: there is not as much memory as it asks for") from fault
    except STUMBLES as odd:
        log.exception("%s: cannot be made sense of", what)
        raise LedgerDamaged(f"{what}: the file itself: holds what was never written there") from odd


def unreached_by(fault: OSError, what: str) -> LedgerClosed:
    kinds: dict[int | None, type[LedgerClosed]] = {
        errno.ENOSPC: DiskFull,
        errno.EDQUOT: DiskFull,
        errno.EROFS: DiskReadOnly,
        errno.EIO: DiskFailing,
    }
    return kinds.get(fault.errno, LedgerClosed)(f"{what}: {fault.strerror or fault}")


def closed_by(fault: sqlite3.Error, what: str) -> LedgerClosed | LedgerDamaged:
    """The fault of the disk, or of what is on it, as people are told it."""
    if is_damage(fault):
        return LedgerDamaged(f"{what}: the file itself: {fault}")
    kinds: dict[int, type[LedgerClosed]] = {
        sqlite3.SQLITE_FULL: DiskFull,
        sqlite3.SQLITE_READONLY: DiskReadOnly,
        sqlite3.SQLITE_IOERR: DiskFailing,
        sqlite3.SQLITE_CANTOPEN: DiskFailing,
    }
    return kinds.get(primary_code(fault), LedgerClosed)(f"{what}: {fault}")


def is_damage(fault: sqlite3.Error) -> bool:
    """Whether it speaks of what is in the file: pages that fit no other, or text that is none.

    Python says the latter itself, without a code of SQLite's.
    """
    code = primary_code(fault)
    return code in _BROKEN or (not code and isinstance(fault, sqlite3.OperationalError))


def primary_code(fault: sqlite3.Error) -> int:
    """SQLite's primary result code (sqlite.org/rescode.html); 0 where the fault is Python's own."""
    return int(getattr(fault, "sqlite_errorcode", 0)) & 0xFF
