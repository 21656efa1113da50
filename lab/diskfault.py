"""`python -m lab diskfault [--every K] [--seed S] [--mutant NAME] [--json]`: it fails at each operation.

Sells a seeded day of every kind of transaction through the product's own ledger, once for every K-th
operation of the file system below it: full (ENOSPC), broken (EIO) or read-only (EROFS) there, for that
operation alone or until a few customers were refused. What was answered as booked is there and stays (I1),
once (I2); what was answered as not booked is not; with the first try after the fault the ledger books again;
the whole file verifies (I3, I7). Exit 1 when anything is not so; a mutant must make it so.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from lab.everykind import EveryKind
from lab.sickdisk import Disk, Fault, sick
from lab.telling import fast_folder, tell
from lab.workload import Submission
from terminal.core.commands import Booked
from terminal.core.errors import LedgerClosed, OutcomeUnknown, Refused, TerminalFault
from terminal.core.ledger import kind_of
from terminal.core.values import EntryId, SiteId
from terminal.runtime.clock import SystemClock
from terminal.runtime.ids import Uuid7
from terminal.store.committer import Writer
from terminal.store.ledger import Ledger, open_ledger
from terminal.store.settings import Settings
from terminal.store.verify import verified

_RUNS, _SUBMISSIONS = 2, 16
"""Starts of the terminal in one day, and what it books in each."""
_REFUSED_TILL_HEALED = 2
_ACKNOWLEDGED = 0.3
_SHOWN = 5


class Violated(Exception):
    """A promise was broken; says which."""


@dataclass
class Findings:
    trials: Counter[str] = field(default_factory=Counter)
    failed_operations: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    booked: Counter[str] = field(default_factory=Counter)
    """By kind."""
    violations: list[str] = field(default_factory=list)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m lab diskfault")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutant", choices=sorted(MUTANTS))
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args(arguments)
    # The product says thousands of times that the disk is ill; here that is no news.
    logging.getLogger("terminal").addHandler(logging.NullHandler())
    begun = time.monotonic()
    found = campaign(wanted.every, wanted.seed, wanted.mutant)
    said = {
        "trials": found.trials.total(),
        "faults": dict(found.trials),
        "failed_operations": found.failed_operations,
        "answers": dict(found.answers),
        "booked_by_kind": dict(sorted(found.booked.items())),
        "violations": len(found.violations),
        "shown": found.violations[:_SHOWN],
        "seed": wanted.seed,
        "mutant": wanted.mutant or "",
        "seconds": round(time.monotonic() - begun, 1),
    }
    tell(said, as_json=wanted.json)
    return 1 if found.violations else 0


def campaign(every: int, seed: int, mutant: str | None = None) -> Findings:
    """Every K-th operation of one seeded day, with each fault, once and lasting; a mutant's ends soon."""
    found = Findings()
    with contextlib.ExitStack() as within:
        folder = within.enter_context(tempfile.TemporaryDirectory(prefix="diskfault-", dir=fast_folder()))
        runner = within.enter_context(asyncio.Runner())
        if mutant:
            within.enter_context(MUTANTS[mutant]())
        for fault in Fault:
            disk = within.enter_context(sick(fault))
            for lasting in (False, True):
                for first in _operations(every):
                    if mutant and found.violations:
                        return found
                    day = _Day(Path(folder) / "day", disk, seed, found)
                    if not runner.run(day.tried(first, lasting=lasting)):
                        break  # The day has no so many operations.
    return found


def _operations(every: int) -> Iterator[int]:
    first = 1
    while True:
        yield first
        first += every


class _Day:
    """One day on a disk that fails once, and what people were told on it."""

    def __init__(self, folder: Path, disk: Disk, seed: int, found: Findings) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        self._path = folder / "ledger.db"
        self._disk = disk
        self._work = EveryKind(seed)
        self._dice = random.Random(seed)
        self._found = found
        self._sent: dict[EntryId, Submission] = {}
        self._told: dict[EntryId, Booked | None] = {}
        """None: not booked."""
        self._unknown: set[EntryId] = set()
        self._refused = 0
        self._why = ""

    async def tried(self, first: int, *, lasting: bool) -> bool:
        """False when the disk was never asked so often."""
        failed = self._disk.failed
        self._disk.arm(first, lasting=lasting)
        try:
            for _ in range(_RUNS):
                await self._run(list(self._work.submissions(_SUBMISSIONS)))
            self._disk.heal()
            await self._last()
        except (Violated, TerminalFault, sqlite3.Error, OSError) as fault:
            self._found.violations.append(
                f"{self._disk.fault} at operation {first}{' and on' if lasting else ''}:"
                f" {type(fault).__name__}: {fault}"
            )
        finally:
            self._disk.heal()
        hit = self._disk.failed - failed
        if hit:
            self._found.trials[f"{self._disk.fault}, {'lasting' if lasting else 'once'}"] += 1
            self._found.failed_operations += hit
        return bool(hit)

    async def _run(self, submissions: list[Submission]) -> None:
        ledger = await self._opened()
        try:
            waiting = list(submissions)
            while waiting:
                group = [waiting.pop(0) for _ in range(min(len(waiting), self._dice.choice((1, 1, 2, 4))))]
                answers = await asyncio.gather(*(self._asked(ledger, one) for one in group))
                if not all(answers):
                    await self._somebody_refused(ledger)
                with contextlib.suppress(LedgerClosed, OutcomeUnknown):
                    await self._beside(ledger, group)
        finally:
            await ledger.close()

    async def _opened(self) -> Ledger:
        """A start that is refused is tried again, as systemd does."""
        while True:
            try:
                return await _open(self._path)
            except LedgerClosed:
                self._found.answers["start refused"] += 1
                self._refused += 1
                if self._refused > _REFUSED_TILL_HEALED + 1:
                    raise Violated("the ledger does not open though the fault is gone") from None
                if self._refused >= _REFUSED_TILL_HEALED:
                    self._disk.heal()

    async def _asked(self, ledger: Ledger, submission: Submission) -> bool:
        """False when the disk was in the way."""
        entry = submission[0].id
        self._sent[entry] = submission
        try:
            self._told[entry] = await ledger.committer.submit(*submission)
        except OutcomeUnknown:
            self._found.answers["unknown"] += 1
            self._unknown.add(entry)
            return False
        except LedgerClosed as why:
            self._found.answers["not booked"] += 1
            self._why = str(why)
            self._told[entry] = None
            return False
        except Refused:
            self._found.answers["refused by the rules"] += 1
            self._told[entry] = None
            return True
        self._found.answers["booked"] += 1
        self._found.booked[kind_of(submission[0])] += 1
        return True

    async def _beside(self, ledger: Ledger, group: list[Submission]) -> None:
        """Prints and acknowledgements; the next start makes up for those that the disk refuses."""
        for command, _ in group:
            if self._told.get(command.id):
                await ledger.print_jobs.printed(command.id)
        if self._dice.random() < _ACKNOWLEDGED:
            await ledger.outbox.acknowledge((await ledger.outbox.head())[0])

    async def _somebody_refused(self, ledger: Ledger) -> None:
        self._refused += 1
        if self._refused < _REFUSED_TILL_HEALED:
            return
        self._disk.heal()
        if not await self._asked(ledger, self._work.issue()):
            raise Violated(f"the fault is gone, and the next one was not booked: {self._why}")
        await self._compare(ledger)

    async def _last(self) -> None:
        """A start on a disk that is well: everything as it was told; what was unknown is asked again."""
        ledger = await _open(self._path)
        try:
            await self._compare(ledger)
            for entry in self._unknown:
                before = await ledger.committer.look_up(entry)
                with contextlib.suppress(Refused):
                    again = await ledger.committer.submit(*self._sent[entry])
                    if before is not None and again.seq != before.seq:
                        raise Violated(f"I2: entry {before.seq} is booked a second time")
                    self._told[entry] = again
            await self._compare(ledger)
            head, _ = await ledger.outbox.head()
            ids = [json.loads(link.body)["id"] for link in await ledger.outbox.after(0, head)]
        finally:
            await ledger.close()
        there = {entry for entry, booked in self._told.items() if booked}
        if len(ids) != len(set(ids)) or set(ids) != there:
            raise Violated(f"I2: {len(ids)} entries, {len(there)} were booked")
        connection = sqlite3.connect(self._path)
        try:
            verified(connection)
        finally:
            connection.close()

    async def _compare(self, ledger: Ledger) -> None:
        for entry, told in self._told.items():
            stands = await ledger.committer.look_up(entry)
            if told is None and stands is not None:
                raise Violated(f"I1: entry {stands.seq} was answered as not booked")
            if told is not None and (stands is None or not _same(stands, told)):
                raise Violated(f"I1: entry {told.seq} was answered and is gone, or another")


def _same(one: Booked, other: Booked) -> bool:
    return (one.seq, one.receipt_no, one.after) == (other.seq, other.receipt_no, other.after)


async def _open(path: Path) -> Ledger:
    clock = SystemClock()
    dice = random.Random(1)
    return await open_ledger(
        Settings(path=path), site=SiteId("S1"), clock=clock, ids=Uuid7(clock, dice.randbytes)
    )


# What this lab must be able to find.


@contextmanager
def answer_before_commit() -> Iterator[None]:
    together_with = Writer._together_with  # noqa: SLF001  a mutant is made inside

    def eager(writer: Writer, job: Any) -> tuple[Any, Exception | None]:  # noqa: ANN401
        result, fault = together_with(writer, job)
        if fault is None:
            writer._tell([(job, result, None)], None)  # noqa: SLF001
        return result, fault

    with mock.patch.object(Writer, "_together_with", eager):
        yield


@contextmanager
def _never_opened_again() -> Iterator[None]:
    def closed_for_good(_writer: Writer) -> None:
        raise LedgerClosed("closed for good")

    with mock.patch.object(Writer, "_settle", closed_for_good):
        yield


MUTANTS: dict[str, Callable[[], Any]] = {
    "answer-before-commit": answer_before_commit,
    "never-opened-again": _never_opened_again,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
