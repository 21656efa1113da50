"""Two slots for two versions, and which of them runs: at every moment one that is whole.

    a, b           in /opt/card-terminal: a version each, with its environment; `release.json` makes it whole
    a.aside, b.aside  what lay in that slot, until what takes its place has proved well
    current        a link to the slot that the units start
    steady         a link to the one that proved well last; another than `current` only while that is tried
    wanted.json    which is to be tried, in which boot; taken away when it is known how that ended
    last.json      how the last one ended, for people; cut.json: a power cut came between

An installation and an update are laid and tried by this alone. An environment knows its own path, so a
version is made where it will run, and never moved. A link is put in place of another by one rename. What
must be known after a power cut follows from these alone: where `wanted.json` is there and `current` is not
`steady`, a trial was cut short, and `systemd/back-to-steady` ends it.
"""

from __future__ import annotations

import ctypes
import dataclasses
import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from terminal.install.box import NotInstalled
from terminal.runtime.durable import put, put_link, sync_folder
from terminal.runtime.steps import reached

HOME = "/opt/card-terminal"
CURRENT = f"{HOME}/current"
NAMES = ("a", "b")
MARK = "release.json"
STATE = (
    "current", "steady", "wanted.json", "last.json", "cut.json", "incoming", "update.lock", "settle.lock",
)  # fmt: skip
"""What lies beside the slots and means nothing without them. Whom to trust, and what was believed, does."""
_ROOM_TIMES = 2
"""A newer version may be larger, and what makes it needs room, too."""
_BLOCK_BYTES = 512
_KINDS = {"str": str, "int": int, "bool": bool}


@dataclass(frozen=True, kw_only=True)
class Release:
    """What lies in a slot; of a bundle the maker says it, and signs.

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
    unpacked: int = 0
    """Bytes, in a bundle."""
    files: int = 0
    made_of: str = ""
    """Of which files an installation made it."""
    may_replace: str = ""
    """In a bundle: it may be laid over newer versions up to this one; empty: over none that is newer."""
    made_s: int = 0
    """When the maker signed it, Unix, in a bundle; 0: nobody said. It is later than that wherever it runs."""


def no_way(release: Release, schema: int, openable_from: int) -> str:
    """Why that one is not tried over a program that knows this schema; empty: it may be.

    Its first start brings the ledger to its own schema, which the program before must still open; and it must
    itself open the one that is here, which takes a program that knows the schema `openable_from`.
    """
    if release.openable_from > schema:
        return (
            f"its ledger is opened from schema {release.openable_from} on, and the release that runs has"
            f" {schema}: there would be no way back. Take a release between them first"
        )
    if release.schema < openable_from:
        return (
            f"it has schema {release.schema}, and the ledger is opened from schema {openable_from} on:"
            " it could not open it. Take a newer one"
        )
    return ""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A trial that is to be, is, or has just failed."""

    slot: str
    boot: str
    """In which it is tried: in the next one nobody knows any more how it went."""
    why: str = ""
    """It failed, and so; what is left is to go back."""


@dataclass(frozen=True, kw_only=True)
class Last:
    """How the last trial ended."""

    version: str
    well: bool
    why: str = ""


_Kind = TypeVar("_Kind", Release, Wanted, Last)


class Slots:
    """Those under `root`. Raises NotInstalled where nobody laid them so."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def current(self) -> str:
        return self._linked("current")

    @property
    def runs(self) -> str:
        """As `current`; empty where none was ever laid."""
        try:
            return self.current
        except NotInstalled:
            return ""

    @property
    def steady(self) -> str:
        """While nothing is wanted that is what runs, whoever laid it so."""
        return self.current if self.wanted() is None else self._linked("steady")

    @property
    def tried(self) -> bool:
        """A release is being tried, or was when the power went."""
        return self.current != self.steady

    @property
    def other(self) -> str:
        """The one that does not run."""
        return NAMES[self.runs == NAMES[0]]

    def folder(self, name: str) -> Path:
        return self.root / name

    def release_in(self, name: str) -> Release | None:
        """None: nothing lies there that is whole."""
        return _read(self.folder(name) / MARK, Release)

    def clear(self, name: str) -> None:
        """From its first step on it is not whole; that is known before anything of it goes."""
        if self.runs and name in {self.runs, self.steady}:
            raise NotInstalled(f"slot {name} is in use")
        folder = self.folder(name)
        if folder.is_dir():
            self.discard(name)
            reached("update.unmarked")
            shutil.rmtree(folder)
        folder.mkdir(mode=0o755, parents=True)
        folder.chmod(0o755)
        sync_folder(self.root)
        reached("update.cleared")

    @contextmanager
    def held(self, given_back: Callable[[str], None]) -> Iterator[None]:
        """What takes the other slot meanwhile may be refused, or not run well: then it is given back.

        `given_back` is told which.
        """
        self.go_on()
        try:
            yield
        except (Exception, KeyboardInterrupt):
            if slot := self.give_back():
                given_back(slot)
            raise
        self.drop_aside()

    def set_aside(self, name: str, needed: int = 0) -> bool:
        """As `clear`, but what is whole there can be given back. False: there is no room to keep it.

        `needed`: so many bytes its successor needs at least, beside it.
        """
        if self.release_in(name) is None:
            self.clear(name)
            return True
        if self.runs and name in {self.runs, self.steady}:
            raise NotInstalled(f"slot {name} is in use")
        needed = max(needed, _ROOM_TIMES * self.bytes_in(name))
        if shutil.disk_usage(self.root).free < needed:
            self.clear(name)
            return False
        self.drop_aside()
        self.folder(name).rename(self._aside(name))
        sync_folder(self.root)
        reached("update.aside")
        self.clear(name)
        return True

    def give_back(self) -> str:
        """What was set aside is in its slot again, where nobody is to run what took its place; in which."""
        for name in NAMES:
            if self.aside_of(name) is None:  # Dropped, and cut off meanwhile.
                continue
            wanted = self.wanted()
            if name in {self.runs, self.steady} or (wanted is not None and wanted.slot == name):
                return ""
            self.clear(name)
            self.folder(name).rmdir()
            self._aside(name).rename(self.folder(name))
            sync_folder(self.root)
            reached("update.given_back")
            return name
        return ""

    def go_on(self) -> None:
        """After one that was cut off: what was set aside goes only where what took its place proved well."""
        if not self.give_back() and self.wanted() is None:
            self.drop_aside()

    def drop_aside(self) -> None:
        """What took its place proved well."""
        for name in NAMES:
            aside = self._aside(name)
            if aside.is_dir():
                (aside / MARK).unlink(missing_ok=True)
                sync_folder(aside)
                reached("update.aside_unmarked")
                shutil.rmtree(aside)

    def aside_of(self, name: str) -> Release | None:
        """What was set aside for what takes that slot, whole."""
        return _read(self._aside(name) / MARK, Release)

    def no_headquarters(self, name: str) -> str:
        """Why headquarters of this machine could not run from that slot; empty: it could.

        Its start brings its database as far as it knows, and no program opens one that is further.
        """
        knows, there = (self._steps_of_headquarters(one) if one else 0 for one in (name, self.runs))
        if knows >= there:
            return ""
        return (
            f"headquarters of this machine has brought its database to schema {there}, and it knows {knows}:"
            " it could not open that. Take a newer one"
        )

    def _steps_of_headquarters(self, name: str) -> int:
        return len(list((self.folder(name) / "hq/schema").glob("*.sql")))

    def bytes_in(self, name: str) -> int:
        """On the disk."""
        return sum(path.lstat().st_blocks for path in self.folder(name).rglob("*")) * _BLOCK_BYTES

    def _aside(self, name: str) -> Path:
        return self.root / f"{name}.aside"

    def complete(self, name: str, release: Release) -> None:
        """All that was written there is on the disk before it is called whole."""
        _sync_disk(self.folder(name))
        reached("update.synced")
        _write(self.folder(name) / MARK, release)
        reached("update.marked")

    def discard(self, name: str) -> None:
        """It did not run well, or goes: nobody goes to it again."""
        (self.folder(name) / MARK).unlink(missing_ok=True)
        sync_folder(self.folder(name))

    def switch(self, name: str) -> None:
        """From now on this one runs, without a trial: where nothing runs that could be gone back to."""
        if self.release_in(name) is None:
            raise NotInstalled(f"slot {name} is not whole")
        for link in ("current", "steady"):
            self._link(link, name)

    def want(self, wanted: Wanted) -> None:
        """To where it goes back is settled first."""
        if self.wanted() is None:
            self._link("steady", self.current)
            reached("update.steady")
        _write(self.root / "wanted.json", wanted)
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
        _write(self.root / "last.json", last)
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
            raise NotInstalled(f"{self.root / name}: {fault.strerror}: not laid out in two slots") from fault
        if found not in NAMES:
            raise NotInstalled(f"{self.root / name} leads to {found}, to neither slot")
        return found

    def _link(self, name: str, slot: str) -> None:
        put_link(self.root / name, slot)


@contextmanager
def alone(root: Path, name: str = "update.lock") -> Iterator[None]:
    """One installation or update at a time. Raises NotInstalled."""
    root.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(root / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise NotInstalled("another installation or update is at work") from None
    else:
        yield
    finally:
        os.close(descriptor)


def _sync_disk(folder: Path) -> None:
    """All of the file system that the folder lies on, by syncfs(2): file by file takes a turn each."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(descriptor):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(descriptor)


def _write(path: Path, what: Release | Wanted | Last) -> None:
    put(path, json.dumps(dataclasses.asdict(what), ensure_ascii=False).encode())


def _read(path: Path, kind: type[_Kind]) -> _Kind | None:
    """A file that was cut short says as little as none."""
    try:
        said = json.loads(path.read_bytes())
        known = {field.name: _KINDS[str(field.type)] for field in dataclasses.fields(kind)}
        if any(type(said[name]) is not known[name] for name in known.keys() & said.keys()):
            return None
        return kind(**{name: said[name] for name in known.keys() & said.keys()})
    except (FileNotFoundError, NotADirectoryError, ValueError, TypeError, AttributeError):
        return None
