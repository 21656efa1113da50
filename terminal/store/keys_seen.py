"""How the file of members' keys is, seen by whoever does not write it: what is wrong, or nothing.

It is a file apart. Where it is damaged names and phones cannot be read and nobody can join; the ledger is
whole, and selling goes on.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from terminal.core.errors import LedgerDamaged
from terminal.store.backup import read_only
from terminal.store.sealed import Secret
from terminal.store.unwritten import STUMBLES


def keys_fault(keys: Path) -> str:
    """Where people's data is sealed under keys that are not there, or cannot be read. A short look."""
    return _seen(keys, lambda file: file.execute("SELECT member, wrapped FROM keys LIMIT 1").fetchone())


def keys_fault_anywhere(keys: Path, secret: Secret) -> str:
    """The same of all of it: every page, and whether every key opens. Memory does not grow with it."""

    def look(file: sqlite3.Connection) -> object:
        (found,) = file.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(found)
        some = None
        for some in file.execute("SELECT member, wrapped FROM keys"):
            secret.unseal(some[1], about=some[0].encode())
        return some

    return _seen(keys, look)


def _seen(keys: Path, look: Callable[[sqlite3.Connection], object]) -> str:
    if not keys.is_file():
        return f"{keys}: is gone, and with it members' names and phones; who joins now has a key again"
    locked = "members' names and phones cannot be read, and nobody can join (L111)"
    try:
        with closing(read_only(keys)) as file:
            held = look(file)
    except sqlite3.Error as broken:
        if getattr(broken, "sqlite_errorcode", 0) == sqlite3.SQLITE_READONLY_ROLLBACK:
            return (
                ""  # The power went while a key was written: whoever writes the next puts it back in order.
            )
        return f"{keys}: {broken}; {locked}"
    except LedgerDamaged:
        return f"{keys}: a key does not open under this site's secret; who it is of cannot be read (L111)"
    except (MemoryError, *STUMBLES):
        return f"{keys}: holds what was never written there; {locked}"
    return "" if held else f"{keys}: is empty, and members' names and phones cannot be read"
