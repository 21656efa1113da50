"""What counters in a machine were told, by somebody outside; and whether a disk that lost its power keeps it.

The day is booked here once more, by the same program without any fault: an entry's hash and answer must be
these. Of the disk's file system the journal is played by e2fsck, whose second look must find nothing; the
ledger on it is held to the promises of `lab powercut`.
"""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from lab.everykind import EveryKind
from lab.powercut.day import Day
from lab.powercut.look import Looker, Told, kept
from lab.powercut.shop import opened, small
from lab.telling import fast_folder
from lab.vm.guest.writer import SUBMISSIONS, told
from terminal.core.commands import Booked
from terminal.core.errors import Refused
from terminal.core.values import EntryId
from terminal.store.answers import entry_id

_PLAYED = (0, 1)
"""Exit codes of e2fsck: nothing was to do, or what it did was all there was to do."""


class Violation(Exception):
    """Something is not as people were told; says what."""


@dataclass
class Heard:
    """So far in this day."""

    answered: int = 0
    printed: int = 0
    acked: int = 0
    refused: int = 0
    entries: int = 0
    """That the disk held after the last cut."""


@dataclass
class Promises:
    """Of one day, through all of its cuts. Makes nothing up: only what was heard outside counts."""

    day: Day
    answers: dict[EntryId, Booked]
    heard: Heard = field(default_factory=Heard)
    _told: Told = field(default_factory=list)
    _over: set[EntryId] = field(default_factory=set)
    """Submissions that somebody was answered, or refused."""
    _stands: int = 0
    """Entries on the disk with which the machine starts next."""

    def unanswered(self) -> int:
        """Place of the first submission that nobody was answered."""
        order = list(self.day.sent)
        return next((place for place, entry in enumerate(order) if entry not in self._over), len(order))

    def hears(self, line: str) -> None:
        """Raises Violation: that was not to be said."""
        what, *fields = line.split(" ")
        match what:
            case "OPENED":
                self._starts(int(fields[0]), fields[1])
            case "ANSWERED":
                entry = EntryId(fields[0])
                if " ".join(fields) != (told(self.answers[entry]) if entry in self.answers else ""):
                    raise Violation(f"I2: {fields} was answered, and not {self.answers.get(entry)}")
                self._over.add(entry)
                self._told.append(("answered", self.answers[entry]))
                self.heard.answered += 1
            case "REFUSED":
                if (entry := EntryId(fields[0])) in self.answers:
                    raise Violation(f"I2: {entry} was refused")
                self._over.add(entry)
                self.heard.refused += 1
            case "PRINTED":
                self._told.append(("printed", EntryId(fields[0]), fields[1]))
                self.heard.printed += 1
            case "ACKED":
                self._told.append(("acked", int(fields[0])))
                self.heard.acked += 1

    def _starts(self, head: int, link: str) -> None:
        """By the kernel's own way with the file system's journal, as by e2fsck's."""
        if head != self._stands or (head and self.day.journal[head - 1][1].hex() != link):
            raise Violation(f"I2: the start found {head} entries, {link}; there were {self._stands}")

    def looks(self, disk: bytes) -> int:
        """Entries on a disk that lost its power. Raises Violation."""
        with tempfile.TemporaryDirectory(prefix="card-terminal-cut-", dir=fast_folder()) as name:
            path = files_of(disk, Path(name)) / "ledger.db"
            with small():
                start = asyncio.run(Looker(self.day).start(path))
        if fault := start.fault or kept(start, self._told):
            raise Violation(fault)
        return len(start.answers)

    def goes_on_with(self, entries: int) -> None:
        self._stands = self.heard.entries = entries


def promises(seed: str) -> Promises:
    """Of the day of that seed."""
    submissions = list(EveryKind(seed).submissions(SUBMISSIONS))
    with tempfile.TemporaryDirectory(prefix="card-terminal-cut-", dir=fast_folder()) as name, small():
        return asyncio.run(
            _booked(Path(name) / "ledger.db", Day([], {one[0].id: one for one in submissions}))
        )


async def _booked(path: Path, day: Day) -> Promises:
    ledger, answers = await opened(path), dict[EntryId, Booked]()
    for submission in day.sent.values():
        try:
            booked = await ledger.committer.submit(*submission)
        except Refused:
            continue
        answers[booked.command.id] = booked
    rows = await ledger.committer.do(
        lambda shelf: shelf.connection.execute("SELECT id, hash FROM entries ORDER BY seq").fetchall()
    )
    await ledger.close()
    day.journal = [(entry_id(row[0]), row[1]) for row in rows]
    return Promises(day, answers)


def files_of(disk: bytes, folder: Path) -> Path:
    """What a file system holds, in a folder in that one. Raises Violation: its journal does not heal it."""
    raw, files = folder / "disk.raw", folder / "files"
    raw.write_bytes(disk)
    files.mkdir()
    code, said = _ran("e2fsck", "-f", "-p", str(raw))
    if code not in _PLAYED:
        raise Violation(f"the file system: {said}")
    code, said = _ran("e2fsck", "-f", "-n", str(raw))
    if code:
        raise Violation(f"the file system, after its journal: {said}")
    _ran("debugfs", "-R", f"rdump / {files}", str(raw))
    return files


def _ran(*command: str) -> tuple[int, str]:
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout
