"""`python -m lab powercut --cuts N [--seed S] [--second] [--mutant M] [--json]`: the power fails everywhere.

Runs the product's own ledger on a recording disk under a seeded workload, rebuilds the disk as it would be
had the power failed before each operation, opens it with the product's own start, and looks: what was
answered is there (I1), once (I2), in balance (I3), never below zero (I5), chained (I7), and every number on
paper belongs to a durable entry (I8). Exit 1 when anything is not; a mutant must make it so.

With `--second` the journal has a second copy, whose medium loses the power too; and after each cut the
ledger's disk also falls back to what it was at some earlier operation, as one does that lies about a flush:
the copy must bring back everything that was answered, and contradict nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import terminal.store.committer
import terminal.store.file
import terminal.store.ledger
from lab.crashcopy import recording_copy
from lab.crashdisk import Disk, Kind, Operation, Recorder, Style, recording
from lab.workload import Submission, Workload
from terminal.core.accounts import Account
from terminal.core.commands import Booked, Command, Private
from terminal.core.errors import LedgerClosed, LedgerDamaged, TerminalFault
from terminal.core.values import EntryId, SiteId
from terminal.runtime.clock import SystemClock
from terminal.runtime.ids import Uuid7
from terminal.store import segments
from terminal.store.file import connected
from terminal.store.hot import HotRows
from terminal.store.ledger import Ledger, open_ledger
from terminal.store.migrations import Schema
from terminal.store.second import SecondCopy
from terminal.store.settings import Settings
from terminal.store.shelf import Shelf
from terminal.store.standing import compared
from terminal.store.verify import verified

_SITE = SiteId("S1")
_RUNS, _SUBMISSIONS = 3, 14
"""Starts of the terminal in one day, and what it books in each."""
_LOG_KIB = 50
"""From here on the log is written back; small, so that a short day has checkpoints in it."""
_ACKNOWLEDGED = 0.3
_SHOWN = 5
_STICK = "stick"
_SEGMENT_BYTES = 12_000
_ROLLED_BACK = "rolled back"


@dataclass
class Day:
    """What was recorded, and what people were told."""

    seed: int
    operations: list[Operation]
    sent: dict[EntryId, Submission]
    beside: dict[str, bytes]
    """Files that SQLite does not write: made and synced before anything else."""
    second: bool


@dataclass
class Findings:
    cuts: int = 0
    styles: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    entries: int = 0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m lab powercut")
    parser.add_argument("--cuts", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--second", action="store_true")
    parser.add_argument("--mutant", choices=sorted(MUTANTS))
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args(arguments)
    begun = time.monotonic()
    found = campaign(wanted.cuts, wanted.seed, wanted.mutant, second=wanted.second)
    said = {
        "cuts": found.cuts,
        "styles": dict(found.styles),
        "entries_checked": found.entries,
        "violations": len(found.violations),
        "shown": found.violations[:_SHOWN],
        "seed": wanted.seed,
        "mutant": wanted.mutant or "",
        "seconds": round(time.monotonic() - begun, 1),
    }
    print(
        json.dumps(said, ensure_ascii=False)
        if wanted.json
        else "\n".join(f"{k}: {v}" for k, v in said.items())
    )
    return 1 if found.violations else 0


def campaign(cuts: int, seed: int, mutant: str | None = None, *, second: bool = False) -> Findings:
    """Days from one seed after the other until there were so many cuts; a mutant's end with its first."""
    found = Findings()
    with (
        tempfile.TemporaryDirectory(prefix="powercut-", dir=_fast_folder()) as folder,
        asyncio.Runner() as runner,
    ):
        while found.cuts < cuts and not (mutant and found.violations):
            day = _recorded(runner, Path(folder) / "day", seed, mutant, second=second)
            for index, style, images, told in _cuts(day, random.Random(seed)):
                if found.cuts >= cuts:
                    break
                where = Path(folder) / "cut"
                _lay_out(where, images, day, opened=any(what[0] == "opened" for what in told))
                fault, entries = runner.run(_checked(where / "ledger.db", day, told))
                found.cuts += 1
                found.styles[style] += 1
                found.entries += entries
                if fault:
                    found.violations.append(f"seed {seed}, operation {index}, {style}: {fault}")
            seed += 1
    return found


def _fast_folder() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  ours alone: TemporaryDirectory


# The day.


def _recorded(runner: asyncio.Runner, folder: Path, seed: int, mutant: str | None, *, second: bool) -> Day:
    shutil.rmtree(folder, ignore_errors=True)
    (folder / _STICK if second else folder).mkdir(parents=True)
    work, sent = Workload(seed), {}
    dice = random.Random(seed)
    with recording() as recorder, ExitStack() as patched:
        for bound, value in (("_LOG_IDLE_KIB", _LOG_KIB), ("_LOG_DUE_KIB", _LOG_KIB), ("_PAUSE_S", 0.0)):
            patched.enter_context(mock.patch.object(terminal.store.committer, bound, value))
        patched.enter_context(mock.patch.object(segments, "SEGMENT_BYTES", _SEGMENT_BYTES))
        patched.enter_context(recording_copy(recorder))
        if mutant:
            patched.enter_context(MUTANTS[mutant](recorder))
        for _ in range(_RUNS):
            submissions = list(work.submissions(_SUBMISSIONS))
            sent.update({command.id: (command, private) for command, private in submissions})
            try:
                runner.run(_sold(folder / "ledger.db", submissions, recorder, dice))
            except TerminalFault:  # A mutant's: the next start finds out what and where.
                break
    beside = {
        path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in {".secret", ".made"}
    }
    return Day(seed, recorder.operations, sent, beside, second)


async def _opened(path: Path) -> Ledger:
    clock = SystemClock()
    dice = random.Random(1)
    stick = path.parent / _STICK
    settings = Settings(path=path, second=stick if stick.exists() else None)
    return await open_ledger(settings, site=_SITE, clock=clock, ids=Uuid7(clock, dice.randbytes))


async def _sold(path: Path, submissions: list[Submission], recorder: Recorder, dice: random.Random) -> None:
    """In groups, as several counters would; what is answered is printed, some of it acknowledged."""
    ledger = await _opened(path)
    recorder.mark(("opened",))
    waiting = list(submissions)
    while waiting:
        group = [waiting.pop(0) for _ in range(min(len(waiting), dice.choice((1, 1, 2, 4))))]
        await asyncio.gather(*(_answered(ledger, one, recorder) for one in group))
        if dice.random() < _ACKNOWLEDGED:
            head, _ = await ledger.outbox.head()
            await ledger.outbox.acknowledge(head)
            recorder.mark(("acked", head))
    await ledger.close()


async def _answered(ledger: Ledger, submission: Submission, recorder: Recorder) -> None:
    try:
        booked = await ledger.committer.submit(*submission)
    except TerminalFault:
        return
    recorder.mark(("answered", booked))
    if booked.receipt_no:
        recorder.mark(("printed", booked.command.id, booked.receipt_no))
        await ledger.print_jobs.printed(booked.command.id)


# The cuts.

Told = list[tuple[Any, ...]]


def _cuts(day: Day, dice: random.Random) -> Iterator[tuple[int, str, dict[str, bytes], Told]]:
    """Before each operation, and after the last."""
    disk, told, earlier = Disk(), [], _Earlier(dice)
    for index, done in enumerate([*day.operations, Operation(Kind.MARK, what=("end",))]):
        if done.kind is Kind.MARK:
            told.append(done.what)
            earlier.sold |= done.what[0] == "answered"
            continue
        for style in Style:
            yield index, style, disk.after_power_cut(style, dice), told
        if day.second and earlier.images:
            images = earlier.beside(disk.after_power_cut(Style.NONE, dice))
            # What headquarters acknowledged it says again.
            yield index, _ROLLED_BACK, images, [what for what in told if what[0] != "acked"]
        disk.take(done)
        earlier.keep(disk)
    yield len(day.operations), Style.NONE, disk.after_power_cut(Style.NONE, dice), told


class _Earlier:
    """What a lying disk falls back to: what it held at some operation after the first sale."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._seen = 0
        self.sold = False
        self.images: dict[str, bytes] = {}

    def keep(self, disk: Disk) -> None:
        """One of all so far, each as likely."""
        self._seen += self.sold
        if self.sold and self._dice.randrange(self._seen) == 0:
            self.images = disk.after_power_cut(Style.NONE, self._dice)

    def beside(self, now: dict[str, bytes]) -> dict[str, bytes]:
        """The ledger as it was, the copy as it is."""
        copy = {name: image for name, image in now.items() if name.endswith(segments.SUFFIX)}
        return {name: i for name, i in self.images.items() if not name.endswith(segments.SUFFIX)} | copy


def _lay_out(where: Path, images: dict[str, bytes], day: Day, *, opened: bool) -> None:
    shutil.rmtree(where, ignore_errors=True)
    (where / _STICK if day.second else where).mkdir(parents=True)
    for name, image in images.items():
        (where / (_STICK if name.endswith(segments.SUFFIX) else "") / name).write_bytes(image)
    for name, content in day.beside.items():
        if opened or not name.endswith(".made"):
            (where / name).write_bytes(content)


async def _checked(path: Path, day: Day, told: Told) -> tuple[str, int]:
    """What is wrong, or an empty text; and how many entries were looked at."""
    try:
        ledger = await _opened(path)
    except (LedgerClosed, LedgerDamaged) as refused:
        return f"does not open: {refused}", 0
    try:
        wrong = await _compared(ledger, day, told) or await _once_more(ledger, day, told)
    except TerminalFault as failed:
        wrong = f"{type(failed).__name__}: {failed}"
    finally:
        await ledger.close()
    return wrong or _walked(path) or (_copy_walked(path) if day.second else ""), len(day.sent)


async def _compared(ledger: Ledger, day: Day, told: Told) -> str:
    for what in told:
        if fault := await _kept(ledger, what):
            return fault
    head, _ = await ledger.outbox.head()
    for link in await ledger.outbox.after(0, head):
        if json.loads(link.body)["id"] not in day.sent:
            return f"I2: entry {link.seq} was never submitted"
    return ""


async def _kept(ledger: Ledger, what: tuple[Any, ...]) -> str:
    match what:
        case ("answered", Booked() as booked):
            stands = await ledger.committer.look_up(booked.command.id)
            if stands is None:
                return f"I1: entry {booked.seq} was answered and is gone"
            if (stands.seq, stands.receipt_no, stands.after) != (booked.seq, booked.receipt_no, booked.after):
                return f"I1: entry {booked.seq} is another than was answered"
        case ("printed", entry, number):
            stands = await ledger.committer.look_up(entry)
            if stands is None or stands.receipt_no != number:
                return f"I8: {number} is on paper and belongs to no entry"
        case ("acked", seq):
            if (kept := await ledger.outbox.acked()) < seq:
                return f"I1: acknowledged up to {seq}, kept up to {kept}"
    return ""


async def _once_more(ledger: Ledger, day: Day, told: Told) -> str:
    """The counter submits again what it is not sure of: the last it heard of and all that came after."""
    answered = [what[1].command.id for what in told if what[0] == "answered"]
    ids = list(day.sent)
    last = ids.index(answered[-1]) if answered else -1
    for entry in ids[max(0, last - 1) : last + 4]:
        before = await ledger.committer.look_up(entry)
        try:
            again = await ledger.committer.submit(*day.sent[entry])
        except TerminalFault as refused:
            if before is not None or isinstance(refused, LedgerClosed):
                return f"I2: the same command again: {type(refused).__name__}"
            continue
        if before is not None and (before.seq, before.after) != (again.seq, again.after):
            return f"I2: entry {before.seq} answered in another way"
    return ""


def _walked(path: Path) -> str:
    """The whole ledger, as `terminal ledger verify` walks it, after it went on working (I3, I7)."""
    connection = sqlite3.connect(path)
    try:
        verified(connection)
        below = connection.execute(
            "SELECT count(*) FROM accounts"
            " WHERE owner LIKE 'wallet:%' AND balance < 0 AND unit NOT LIKE 'debt:%'"
        ).fetchone()[0]
    except (LedgerDamaged, sqlite3.Error) as fault:
        return f"I3 or I7: {fault}"
    finally:
        connection.close()
    return "I5: value below zero" if below else ""


def _copy_walked(path: Path) -> str:
    """It holds all that the ledger does, nothing else, and nothing was found to contradict."""
    folder = path.parent / _STICK
    if aside := segments.put_aside(folder, _SITE):
        return f"the copy was found to contradict the ledger: {aside[0].name}"
    with closing(sqlite3.connect(path)) as connection:
        found = compared(folder, _SITE, connection)
        held = connection.execute("SELECT count(*) FROM entries").fetchone()[0]
    return found.fault or ("" if found.entries == held else f"{found.entries} of {held} are on the copy")


# What this lab must be able to find.


@contextmanager
def _synchronous_normal(_: Recorder) -> Iterator[None]:
    set_up = terminal.store.file._set_up  # noqa: SLF001  a mutant is made inside

    def weaker(connection: sqlite3.Connection) -> None:
        set_up(connection)
        connection.execute("PRAGMA synchronous = NORMAL")

    with mock.patch.object(terminal.store.file, "_set_up", weaker):
        yield


@contextmanager
def _removal_not_synced(_: Recorder) -> Iterator[None]:
    set_up = terminal.store.file._set_up  # noqa: SLF001

    def weaker(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        set_up(connection)

    with mock.patch.object(terminal.store.file, "_set_up", weaker):
        yield


@contextmanager
def _posting_dropped(_: Recorder) -> Iterator[None]:
    post = HotRows.post

    def fewer(rows: HotRows, seq: int, postings: Sequence[tuple[Account, int]]) -> None:
        post(rows, seq, postings[:-1])

    def unwatched(path: Path, schema: Schema) -> sqlite3.Connection:
        connection = connected(path, schema=schema)
        connection.execute("DROP TRIGGER IF EXISTS entries_balance")  # The file itself would refuse it.
        return connection

    with (
        mock.patch.object(HotRows, "post", fewer),
        mock.patch.object(terminal.store.ledger, "connected", unwatched),
    ):
        yield


@contextmanager
def _copy_after_answer(_: Recorder) -> Iterator[None]:
    """The writer does not wait for the copy."""

    def hasty(second: SecondCopy, _seq: int) -> None:
        second._wanted = 0  # noqa: SLF001

    with mock.patch.object(SecondCopy, "reach", hasty):
        yield


@contextmanager
def _print_before_commit(recorder: Recorder) -> Iterator[None]:
    book = Shelf.book

    def eager(shelf: Shelf, command: Command, private: Private | None) -> Booked:
        booked = book(shelf, command, private)
        if booked.receipt_no:
            recorder.mark(("printed", booked.command.id, booked.receipt_no))
        return booked

    with mock.patch.object(Shelf, "book", eager):
        yield


MUTANTS: dict[str, Callable[[Recorder], Any]] = {
    "synchronous-normal": _synchronous_normal,
    "removal-not-synced": _removal_not_synced,
    "posting-dropped": _posting_dropped,
    "print-before-commit": _print_before_commit,
    "copy-after-answer": _copy_after_answer,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
