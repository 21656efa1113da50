"""A disk that fails when it is told to, below SQLite: the product's own code runs on it unchanged.

Debian's apsw shares libsqlite3 with the standard module, so a file system registered here as the default
serves every `sqlite3.connect` of this process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import apsw


class Disk:
    """`fail(...)` arms it: the n-th matching operation from now on fails, and `times` in all."""

    def __init__(self) -> None:
        self._operation = self._suffix = ""
        self._left = self._times = 0
        self._fault: type[Exception] = apsw.IOError
        self.failed = 0

    def fail(self, operation: str, suffix: str, *, nth: int = 1, times: int = 1, full: bool = False) -> None:
        self._operation, self._suffix, self._left, self._times = operation, suffix, nth, times
        self._fault = apsw.FullError if full else apsw.IOError

    def heal(self) -> None:
        self._times = 0

    def comes_to(self, operation: str, name: str) -> None:
        if not self._times or operation != self._operation or not name.endswith(self._suffix):
            return
        self._left -= 1
        if self._left <= 0:
            self._times -= 1
            self.failed += 1
            raise self._fault("the disk was told to")


class _File(apsw.VFSFile):  # type: ignore[misc]
    def __init__(self, disk: Disk, name: Any, flags: Any) -> None:
        self._disk = disk
        self._called = str(name.filename() if isinstance(name, apsw.URIFilename) else name)
        super().__init__("unix", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802  SQLite's names
        self._disk.comes_to("write", self._called)
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.comes_to("sync", self._called)
        super().xSync(flags)
        self._disk.comes_to("synced", self._called)


class _Files(apsw.VFS):  # type: ignore[misc]
    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        super().__init__("faulty", "unix", makedefault=True)

    def xOpen(self, name: Any, flags: Any) -> _File:  # noqa: N802
        return _File(self._disk, name, flags)


@contextmanager
def faulty_disk() -> Iterator[Disk]:
    disk = Disk()
    files = _Files(disk)
    try:
        yield disk
    finally:
        files.unregister()
