"""A disk that remembers every operation, and what of it is left when the power fails.

Debian's apsw shares libsqlite3 with the standard module: registered as the default file system, the recorder
sees what the product's own `sqlite3.connect` does. Until a file is synced, each of its writes may be on the
disk or not, in any order, sector by sector, and a sector may be torn.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import apsw

SECTOR = 512
_TORN = 0.1
_KEPT = 0.5


class Kind(StrEnum):
    WRITE = "write"
    TRUNCATE = "truncate"
    SYNC = "sync"
    DELETE = "delete"
    MARK = "mark"


class Style(StrEnum):
    """What is left of the writes that were not synced."""

    NONE = "none"
    SECTORS = "sectors"
    TORN = "torn"


@dataclass(frozen=True, slots=True)
class Operation:
    kind: Kind
    file: str = ""
    at: int = 0
    """Offset of a write, size after truncating; 1 for a deletion that was synced."""
    data: bytes = b""
    what: tuple[Any, ...] = ()
    """Of a mark: what somebody was told here."""


class Recorder:
    def __init__(self) -> None:
        self.operations: list[Operation] = []

    def mark(self, what: tuple[Any, ...]) -> None:
        self.operations.append(Operation(Kind.MARK, what=what))


class _File(apsw.VFSFile):
    def __init__(self, recorder: Recorder, name: str | apsw.URIFilename, flags: list[int]) -> None:
        self._record = recorder.operations.append
        self._called = Path(str(name.filename() if isinstance(name, apsw.URIFilename) else name)).name
        super().__init__("unix", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802  SQLite's names
        self._record(Operation(Kind.WRITE, self._called, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self._record(Operation(Kind.TRUNCATE, self._called, size))
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:  # noqa: N802
        super().xSync(flags)
        self._record(Operation(Kind.SYNC, self._called))


class _Files(apsw.VFS):
    def __init__(self, recorder: Recorder, seed: str) -> None:
        self._recorder = recorder
        self._dice = random.Random(seed)
        super().__init__("recording", "unix", makedefault=True)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> _File:  # noqa: N802
        return _File(self._recorder, name or "", flags)  # Temporary files have no name.

    def xDelete(self, name: str, sync: bool) -> None:  # noqa: N802, FBT001
        super().xDelete(name, sync)
        self._recorder.operations.append(Operation(Kind.DELETE, Path(name).name, int(sync)))

    def xRandomness(self, amount: int) -> bytes:  # noqa: N802
        return self._dice.randbytes(amount)


@contextmanager
def recording(seed: str = "1") -> Iterator[Recorder]:
    """Salts of the log come from the seed too."""
    recorder = Recorder()
    files = _Files(recorder, seed)
    apsw.randomness(0)  # Asks the default file system anew.
    try:
        yield recorder
    finally:
        files.unregister()


@dataclass
class Disk:
    """What is durable after the operations so far, and what is only on its way."""

    durable: dict[str, bytearray] = field(default_factory=dict)
    pending: dict[str, list[Operation]] = field(default_factory=dict)
    deleted: dict[str, bytearray] = field(default_factory=dict)
    """Gone, but the folder was not synced: the power may bring them back."""

    def take(self, done: Operation) -> None:
        match done.kind:
            case Kind.WRITE | Kind.TRUNCATE:
                self.pending.setdefault(done.file, []).append(done)
            case Kind.SYNC:
                image = self.durable.setdefault(done.file, bytearray())
                for waiting in self.pending.pop(done.file, []):
                    _apply(image, waiting)
            case Kind.DELETE:
                self.pending.pop(done.file, None)
                gone = self.durable.pop(done.file, None)
                self.deleted.clear()
                if gone is not None and not done.at:
                    self.deleted[done.file] = gone
            case Kind.MARK:
                pass

    def after_power_cut(self, style: Style, dice: random.Random) -> dict[str, bytes]:
        images = {name: bytearray(image) for name, image in self.durable.items()}
        if style is not Style.NONE:
            for name, image in self.deleted.items():
                if name not in images and dice.random() < _KEPT:
                    images[name] = bytearray(image)
            for name, waiting in self.pending.items():
                image = images.setdefault(name, bytearray())
                for one in waiting:
                    _apply_partly(image, one, style, dice)
        return {name: bytes(image) for name, image in images.items()}


def _apply(image: bytearray, done: Operation) -> None:
    if done.kind is Kind.TRUNCATE:
        del image[done.at :]
        return
    end = done.at + len(done.data)
    if len(image) < end:
        image.extend(bytes(end - len(image)))
    image[done.at : end] = done.data


def _apply_partly(image: bytearray, done: Operation, style: Style, dice: random.Random) -> None:
    if done.kind is Kind.TRUNCATE:
        if dice.random() < _KEPT:
            _apply(image, done)
        return
    for start in range(0, len(done.data), SECTOR):
        if dice.random() >= _KEPT:
            continue
        sector = done.data[start : start + SECTOR]
        if style is Style.TORN and dice.random() < _TORN:
            sector = sector[: dice.randrange(len(sector)) or 1]
        _apply(image, Operation(Kind.WRITE, done.file, done.at + start, sector))
