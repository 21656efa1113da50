"""A disk that is full, broken or read-only from its n-th operation on, below SQLite.

As `lab.crashdisk`, it is registered as the default file system: the product's own `sqlite3.connect` gets it.
What SQLite hears is what its own unix file system makes of ENOSPC, EIO and EROFS (sqlite.org/rescode.html).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any

import apsw


class Fault(StrEnum):
    FULL = "ENOSPC"
    BROKEN = "EIO"
    READ_ONLY = "EROFS"


_HITS = {
    Fault.FULL: frozenset({"write", "sync", "create"}),
    Fault.BROKEN: frozenset({"read", "write", "sync", "truncate", "delete"}),
    Fault.READ_ONLY: frozenset({"write", "truncate", "delete", "create", "open"}),
}
"""Operations that can fail so; only these are counted."""

_EXTENDED = {
    "read": apsw.SQLITE_IOERR_READ,
    "write": apsw.SQLITE_IOERR_WRITE,
    "sync": apsw.SQLITE_IOERR_FSYNC,
    "truncate": apsw.SQLITE_IOERR_TRUNCATE,
    "delete": apsw.SQLITE_IOERR_DELETE,
}


class Disk:
    """Well until it is armed. Counts what its fault could hit, in whichever thread that happens."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.operations = 0
        self.failed = 0
        self._first = self._last = 0
        self._lock = threading.Lock()

    def arm(self, first: int, *, lasting: bool) -> None:
        """Fails at the operation number `first`, counted from now; `lasting`: until healed."""
        self.operations = 0
        self._first, self._last = first, 2**62 if lasting else first

    def heal(self) -> None:
        self._first = self._last = 0

    def fails(self, operation: str) -> bool:
        if operation not in _HITS[self.fault]:
            return False
        with self._lock:
            self.operations += 1
            hit = self._first <= self.operations <= self._last
            self.failed += hit
        return hit

    def comes_to(self, operation: str) -> None:
        if not self.fails(operation):
            return
        if operation == "create":
            raise apsw.CantOpenError(self.fault)
        if operation == "write" and self.fault is Fault.FULL:
            raise apsw.FullError(self.fault)
        raised: Any = apsw.IOError(self.fault)
        raised.extendedresult = _EXTENDED[operation]
        raise raised


class _Quiet:
    """A fault that was put in: SQLite hears its code, and nobody needs to read where it came from."""

    def excepthook(self, *_: object) -> None:
        pass


class _File(_Quiet, apsw.VFSFile):
    def __init__(self, disk: Disk, name: str | apsw.URIFilename, flags: list[int]) -> None:
        self._disk = disk
        super().__init__("unix", name, flags)

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802  SQLite's names
        self._disk.comes_to("read")
        found: bytes = super().xRead(amount, offset)
        return found

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._disk.comes_to("write")
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self._disk.comes_to("truncate")
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.comes_to("sync")
        super().xSync(flags)


class _Files(_Quiet, apsw.VFS):
    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        super().__init__("sick", "unix", makedefault=True)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> _File:  # noqa: N802
        path = str(name.filename() if isinstance(name, apsw.URIFilename) else name or "")
        if path and flags[0] & apsw.SQLITE_OPEN_READWRITE:
            if not Path(path).exists():
                self._disk.comes_to("create")
            elif self._disk.fails("open"):  # As unix does: then for reading only.
                flags[0] &= ~(apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE)
                flags[0] |= apsw.SQLITE_OPEN_READONLY
        return _File(self._disk, name or "", flags)  # Temporary files have no name.

    def xDelete(self, name: str, sync: bool) -> None:  # noqa: N802, FBT001
        self._disk.comes_to("delete")
        super().xDelete(name, sync)


@contextmanager
def sick(fault: Fault) -> Iterator[Disk]:
    disk = Disk(fault)
    files = _Files(disk)
    try:
        yield disk
    finally:
        files.unregister()
