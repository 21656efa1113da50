"""Two slots, and which of them runs: at every moment one that is whole.

    a, b             a release each, with its environment; whole once `release.json` is in it, the last of all
    current          a link to the slot that the units start
    steady           a link to the one that proved well last; another than `current` only while that is tried
    wanted.json      which is to be tried, in which boot; taken away when it is known how that ended
    last.json        how the last one ended, for people; cut.json: a power cut came between

A link is put in place of another by one rename. What must be known after a power cut follows from these
alone: where `wanted.json` is there and `current` is not `steady`, a trial was cut short, and
`systemd/back-to-steady` ends it.
"""

from __future__ import annotations

import ctypes
import os
import shutil
from pathlib import Path
from typing import TypeVar

import msgspec

from terminal.core.errors import NoUpdateHere
from terminal.core.values import Value
from terminal.runtime.durable import put, sync_folder
from terminal.runtime.steps import reached

NAMES = ("a", "b")
MARK = "release.json"
MARKS = (MARK, ".whole")
"""The installer's own, too: it must not take what is half gone for whole."""
_Kind = TypeVar("_Kind")


class Release(Value, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """What the maker says of a release, and signs.

    It and what else lies beside the slots is read by releases of two ages: each leaves what it does not know.
    """

    version: str
    machine: str
    """As `uname -m` says it, such as `aarch64`."""
    python: str
    """Whose wheels it has, such as `3.11`."""
    schema: int
    """To which it brings a ledger."""
    openable_from: int
    """The first schema whose program still opens a ledger that it has brought."""
    unpacked: int
    """Bytes."""
    files: int


class Wanted(Value, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """A trial that is to be, is, or has just failed."""

    slot: str
    boot: str
    """In which it is tried: in the next one nobody knows any more how it went."""
    why: str = ""
    """It failed, and so; what is left is to go back."""


class Last(Value, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """How the last trial ended."""

    version: str
    well: bool
    why: str = ""


class Slots:
    """Those under `root`. Raises NoUpdateHere where nobody laid them so."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def current(self) -> str:
        return self._linked("current")

    @property
    def steady(self) -> str:
        """While nothing is wanted that is what runs: whoever laid it so, the installer or an update."""
        return self.current if self.wanted() is None else self._linked("steady")

    @property
    def tried(self) -> bool:
        """A release is being tried, or was when the power went."""
        return self.current != self.steady

    @property
    def other(self) -> str:
        """The one that does not run."""
        return NAMES[self.current == NAMES[0]]

    def folder(self, name: str) -> Path:
        return self.root / name

    def release_in(self, name: str) -> Release | None:
        """None: nothing lies there that is whole."""
        return _read(self.folder(name) / MARK, Release)

    def clear(self, name: str) -> None:
        """From its first step on it is not whole; that is known before anything of it goes."""
        if name in {self.current, self.steady}:
            raise NoUpdateHere(f"slot {name} is in use")
        folder = self.folder(name)
        if folder.is_dir():
            self.discard(name)
            reached("update.unmarked")
            shutil.rmtree(folder)
        folder.mkdir(mode=0o755)
        folder.chmod(0o755)
        sync_folder(self.root)
        reached("update.cleared")

    def complete(self, name: str, release: Release) -> None:
        """All that was written there is on the disk before it is called whole."""
        _sync_disk(self.folder(name))
        reached("update.synced")
        put(self.folder(name) / MARK, msgspec.json.encode(release))
        reached("update.marked")

    def discard(self, name: str) -> None:
        """It did not run well: nobody goes to it again."""
        for mark in MARKS:
            (self.folder(name) / mark).unlink(missing_ok=True)
        sync_folder(self.folder(name))

    def want(self, wanted: Wanted) -> None:
        """To where it goes back is settled first."""
        if self.wanted() is None:
            self._link("steady", self.current)
            reached("update.steady")
        put(self.root / "wanted.json", msgspec.json.encode(wanted))
        reached("update.wanted")

    def wanted(self) -> Wanted | None:
        return _read(self.root / "wanted.json", Wanted)

    def forget_wanted(self) -> None:
        (self.root / "wanted.json").unlink(missing_ok=True)
        sync_folder(self.root)
        reached("update.forgotten")

    def begin_trial(self, name: str) -> None:
        self._link("current", name)
        reached("update.switched")

    def keep(self) -> None:
        """What runs proved well."""
        self._link("steady", self.current)
        reached("update.kept")

    def go_back(self) -> None:
        """What proved well last is what is started from now on."""
        self._link("current", self.steady)
        reached("update.back")

    def tell(self, last: Last) -> None:
        put(self.root / "last.json", msgspec.json.encode(last))
        (self.root / "cut.json").unlink(missing_ok=True)

    def cut(self) -> Wanted | None:
        """What was tried when the machine was started anew, as `systemd/back-to-steady` put it aside."""
        return _read(self.root / "cut.json", Wanted)

    def last(self) -> Last | None:
        return _read(self.root / "last.json", Last)

    def _linked(self, name: str) -> str:
        try:
            found = str((self.root / name).readlink())
        except OSError as fault:
            raise NoUpdateHere(f"{self.root / name}: {fault.strerror}: not laid out in two slots") from fault
        if found not in NAMES:
            raise NoUpdateHere(f"{self.root / name} leads to {found}, to neither slot")
        return found

    def _link(self, name: str, slot: str) -> None:
        fresh = self.root / f"{name}-new"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(slot)
        fresh.replace(self.root / name)
        sync_folder(self.root)


def _sync_disk(folder: Path) -> None:
    """All of the file system that the folder lies on, by syncfs(2): file by file takes a turn each."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(descriptor):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(descriptor)


def _read(path: Path, kind: type[_Kind]) -> _Kind | None:
    """A file that was cut short says as little as none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (FileNotFoundError, NotADirectoryError, msgspec.DecodeError):
        return None
