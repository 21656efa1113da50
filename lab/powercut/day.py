"""One seeded day of a shop, sold on the recording disk through the product's own ledger."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from unittest import mock

from lab.crashcopy import recording_copy
from lab.crashdisk import Operation, Recorder, recording
from lab.everykind import EveryKind
from lab.powercut.shop import STICK, opened, small
from lab.powercut.turns import TakingTurns, Turns
from lab.workload import Submission
from terminal.core.errors import Refused, TerminalFault
from terminal.core.ledger import kind_of
from terminal.core.values import EntryId
from terminal.store.answers import entry_id
from terminal.store.ledger import Ledger, News

RUNS, SUBMISSIONS = 3, 16
"""Starts of the terminal in one day, and what it books in each."""
_ACKNOWLEDGED, _QUIET = 0.3, 0.4
"""After so many groups headquarters acknowledges; after so many nobody comes for a while."""

_OWN_STATE = frozenset(
    {"entries", "postings", "accounts", "print_jobs", "erased", "checkpoints"} | {"erasures_waiting"}
)
"""Tables that are compared by themselves, or change without an entry."""
_OWN_NAMES = "WHERE name NOT IN ('acked', 'acked_mark', 'doubts')"
"""Of `meta`, likewise."""


Mutant = Callable[[Recorder], AbstractContextManager[None]]


@dataclass
class Day:
    """What was recorded, and what people were told."""

    operations: list[Operation]
    sent: dict[EntryId, Submission] = field(default_factory=dict)
    beside: dict[str, bytes] = field(default_factory=dict)
    """Files that SQLite does not write: made and synced before anything else."""
    journal: list[tuple[EntryId, bytes]] = field(default_factory=list)
    """(id, hash) of every entry, in order."""
    states: dict[int, bytes] = field(default_factory=dict)
    """After each commit: its last seq, and a digest of all that the entries up to it changed. None where the
    day was sold elsewhere: keys and what they seal are others."""
    wrapped: dict[str, bytes] = field(default_factory=dict)
    """Members' keys as they lay in their file."""
    booked: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


def recorded(folder: Path, seed: str, mutant: Mutant | None = None, *, second: bool = False) -> Day:
    """The mutant changes the product while the day is sold; `second`: with a second copy of the journal."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / STICK if second else folder).mkdir(parents=True)
    work, dice = EveryKind(seed), random.Random(seed)
    with ExitStack() as patched:
        patched.enter_context(mock.patch.object(os, "urandom", random.Random(seed).randbytes))
        patched.enter_context(small())
        recorder = patched.enter_context(recording(seed))
        patched.enter_context(recording_copy(recorder))
        if mutant is not None:
            patched.enter_context(mutant(recorder))
        one = Recording(folder / "ledger.db", recorder, dice)
        for _ in range(RUNS):
            submissions = list(work.submissions(SUBMISSIONS))
            try:
                with asyncio.Runner(loop_factory=TakingTurns) as runner:
                    runner.run(one.run(submissions))
            except TerminalFault:  # A mutant's: the next start finds out what and where.
                break
    return one.closed()


class Recording:
    """The counters of the shop, and somebody who looks over their shoulders."""

    def __init__(self, path: Path, recorder: Recorder, dice: random.Random) -> None:
        self._path = path
        self._recorder = recorder
        self._dice = dice
        self._day = Day(recorder.operations)

    async def run(self, submissions: list[Submission]) -> None:
        """In groups, as several counters would; what is answered is printed, some of it acknowledged."""
        self._day.sent.update({one[0].id: one for one in submissions})
        ledger = await opened(self._path, News(changed=self.committed), Turns())
        self._recorder.mark(("opened",))
        self.committed()
        loop = asyncio.get_running_loop()
        assert isinstance(loop, TakingTurns)  # noqa: S101  ours
        waiting = list(submissions)
        while waiting:
            group = [waiting.pop(0) for _ in range(min(len(waiting), self._dice.choice((1, 1, 2, 4))))]
            await asyncio.gather(*(self._answered(ledger, one) for one in group))
            if self._dice.random() < _QUIET:
                await loop.rest()
            if self._dice.random() < _ACKNOWLEDGED:
                await self._acknowledged(ledger, loop)
        await loop.rest()
        await ledger.close()

    async def _acknowledged(self, ledger: Ledger, loop: TakingTurns) -> None:
        await loop.rest()
        head, _ = await ledger.outbox.head()
        await ledger.outbox.acknowledge(head)
        self._recorder.mark(("acked", head))

    async def _answered(self, ledger: Ledger, submission: Submission) -> None:
        kind = kind_of(submission[0])
        try:
            booked = await ledger.committer.submit(*submission)
        except Refused:
            self._day.refused[kind] += 1
            return
        except TerminalFault:
            return
        self._day.booked[kind] += 1
        self._recorder.mark(("answered", booked))
        if booked.receipt_no:
            self._recorder.mark(("printed", booked.command.id, booked.receipt_no))
            await ledger.print_jobs.printed(booked.command.id)

    def committed(self) -> None:
        """Looks at what stands, while the ledger's thread waits its turn."""
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro&vfs=unix", uri=True)) as connection:
            head = connection.execute("SELECT coalesce(max(seq), 0) FROM entries").fetchone()[0]
            self._day.states[head] = digest(connection)
        keys = self._path.with_suffix(".keys")
        if keys.exists():
            with closing(sqlite3.connect(f"file:{keys}?mode=ro&vfs=unix", uri=True)) as connection:
                self._day.wrapped.update(connection.execute("SELECT member, wrapped FROM keys"))

    def closed(self) -> Day:
        folder = self._path.parent
        kept = {".secret", ".made", ".site"}
        self._day.beside = {one.name: one.read_bytes() for one in folder.iterdir() if one.suffix in kept}
        with closing(sqlite3.connect(self._path)) as connection:
            rows = connection.execute("SELECT id, hash FROM entries ORDER BY seq")
            self._day.journal = [(entry_id(row[0]), row[1]) for row in rows]
        return self._day


def digest(connection: sqlite3.Connection) -> bytes:
    """Of every table that only entries change: wallets, cards, keys, coupons, lots, intents, shifts, ..."""
    found = sha256()
    tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    for (name,) in tables.fetchall():
        if name not in _OWN_STATE:
            of = _OWN_NAMES if name == "meta" else ""
            rows = connection.execute(f'SELECT * FROM "{name}" {of}')  # noqa: S608  a name of the schema
            found.update(repr((name, rows.fetchall())).encode())
    return found.digest()
