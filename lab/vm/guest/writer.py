"""`python -m lab.vm.guest.writer ORDERS LEDGER`: counters of a shop whose ledger's disk is to lose its power.

Everything is loaded and has been used before it waits at the pipe ORDERS for a line: the day's seed, how many
of its submissions were answered, and a fault that is put in, if one is. Then it opens LEDGER by the product's
own start and goes on with that day until somebody ends it. What somebody was told it says the moment it is
told, a line each:

    OPENED seq hash                the journal's end, as the start found it
    ANSWERED id seq number answer  `answer` as `told`; `-` where there is no number
    REFUSED id
    PRINTED id number
    ACKED seq
    DONE                           the day has nothing more
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import sys
import tempfile
import termios
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from hashlib import sha256
from pathlib import Path
from unittest import mock

import terminal.store.file
from lab.everykind import EveryKind
from lab.powercut.shop import opened, small
from lab.workload import Submission
from terminal.core.commands import Booked
from terminal.core.errors import Refused
from terminal.runtime.threads import RealThreads
from terminal.store.answers import entry_id
from terminal.store.ledger import Ledger

SUBMISSIONS = 600
"""Of a day."""
NORMAL = "synchronous-normal"
READY = "READY"
_WARM = 24
_QUIET, _ACKNOWLEDGED = 0.2, 0.3
"""After so many groups nobody comes for a while; after so many headquarters acknowledges."""
_QUIET_S = 0.3


def told(booked: Booked) -> str:
    """What somebody was answered, as a line says it; the same when it is asked again."""
    answer = sha256(repr(booked.after).encode()).hexdigest()[:16]
    return f"{booked.command.id} {booked.seq} {booked.receipt_no or '-'} {answer}"


class Counters:
    """They come in groups, and each says what it was told."""

    def __init__(self, ledger: Ledger, path: Path, dice: random.Random) -> None:
        self._ledger, self._dice = ledger, dice
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
            rows = file.execute("SELECT id, hash FROM entries ORDER BY seq").fetchall()
        self._known = {entry_id(row[0]) for row in rows}
        _say(f"OPENED {len(rows)} {rows[-1][1].hex() if rows else '-'}")

    async def work(self, submissions: list[Submission]) -> None:
        waiting = self._unsure(submissions)
        while waiting:
            group = [waiting.pop(0) for _ in range(min(len(waiting), self._dice.choice((1, 1, 2, 4))))]
            await asyncio.gather(*(self._answered(one) for one in group))
            if self._dice.random() < _QUIET:
                await asyncio.sleep(_QUIET_S)
            if self._dice.random() < _ACKNOWLEDGED:
                head, _ = await self._ledger.outbox.head()
                await self._ledger.outbox.acknowledge(head)
                _say(f"ACKED {head}")

    def _unsure(self, submissions: list[Submission]) -> list[Submission]:
        """Without those that were refused: before the last entry that stands, what does not stand was."""
        stands = [one[0].id in self._known for one in submissions]
        last = max((place for place, is_so in enumerate(stands) if is_so), default=-1)
        return [one for place, one in enumerate(submissions) if place > last or stands[place]]

    async def _answered(self, submission: Submission) -> None:
        try:
            booked = await self._ledger.committer.submit(*submission)
        except Refused:
            _say(f"REFUSED {submission[0].id}")
            return
        _say(f"ANSWERED {told(booked)}")
        if booked.receipt_no:
            _say(f"PRINTED {booked.command.id} {booked.receipt_no}")
            await self._ledger.print_jobs.printed(booked.command.id)


async def day(path: Path, seed: str, answered: int) -> None:
    """From the first submission on that nobody was answered."""
    ledger = await opened(path, threads=RealThreads())
    counters = Counters(ledger, path, random.Random(f"{seed}/{answered}"))
    await counters.work(list(EveryKind(seed).submissions(SUBMISSIONS))[answered:])
    _say("DONE")
    await asyncio.Event().wait()


async def _warmed() -> None:
    with tempfile.TemporaryDirectory(dir="/run") as folder:
        path = Path(folder) / "ledger.db"
        ledger = await opened(path, threads=RealThreads())
        await Counters(ledger, path, random.Random(0)).work(list(EveryKind("warm").submissions(_WARM)))
        await ledger.close()


@contextmanager
def _synchronous_normal() -> Iterator[None]:
    set_up = terminal.store.file._set_up  # noqa: SLF001  a fault is put in inside

    def weaker(connection: sqlite3.Connection) -> None:
        set_up(connection)
        connection.execute("PRAGMA synchronous = NORMAL")

    with mock.patch.object(terminal.store.file, "_set_up", weaker):
        yield


def _say(line: str) -> None:
    """Heard outside when it returns. Between ends of lines: what else writes there may have left one open."""
    sys.stdout.write(f"\n{line}\n")
    sys.stdout.flush()
    if sys.stdout.isatty():
        termios.tcdrain(sys.stdout)


def main(arguments: list[str]) -> None:
    orders, ledger = arguments
    with small():
        asyncio.run(_warmed())
        _say(READY)
        seed, answered, fault = Path(orders).read_text(encoding="utf-8").split(" ")
        with _synchronous_normal() if fault.strip() == NORMAL else nullcontext():
            asyncio.run(day(Path(ledger), seed, int(answered)))


if __name__ == "__main__":
    main(sys.argv[1:])
