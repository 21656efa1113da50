"""Many cards cancelled in one go, beside the same cards cancelled in a commit each.

Both on one ledger of its own, through its one writer, with everything that an entry needs. The batch is the
counter's own (`terminal.desk.batching`): one entry for each card, as many in a commit as come together, and a
note at the end. Afterwards the ledger is walked.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from bench.brought import at
from bench.commit import ROOT, SYNC_US, slow_disk
from lab.crowd import SITE
from terminal.core.batches import CardAccount, Step, code_key
from terminal.core.cards import CardState
from terminal.core.commands import (
    BATCH,
    BookCardState,
    Booked,
    BookIssue,
    BookNote,
    Command,
    Listed,
    Occasion,
    Opens,
    Private,
)
from terminal.core.ports import Ids
from terminal.core.screens import State, Status, says
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId, EntryId, StaffId, WalletId
from terminal.desk.alarms import LoopAlarms
from terminal.desk.batching import Batching
from terminal.desk.booking import Booking
from terminal.desk.own import OwnCards
from terminal.desk.settings import StaffKey, StaffMember
from terminal.desk.stage import Stage
from terminal.runtime.clock import SystemClock
from terminal.runtime.ids import Uuid7
from terminal.store.backup import read_only
from terminal.store.ledger import Ledger, open_ledger
from terminal.store.own_wallets import OwnWalletsFile
from terminal.store.settings import Settings
from terminal.store.verify import verified

_PART = 5
"""Of so many cards one is cancelled by itself: the rate of the others is known by then."""


class _Staff:
    """Five people with a phone that may be a member's: where it leads is looked at before numbers end."""

    def __init__(self) -> None:
        self.staff = tuple(
            StaffMember(
                id=StaffId(f"E{n:02}"), name="", own=(StaffKey(medium=Medium.PHONE, number=f"1390000000{n}"),)
            )
            for n in range(5)
        )

    def member(self, staff: StaffId) -> StaffMember | None:
        return next((one for one in self.staff if one.id == staff), None)


class _Counter(Batching):
    def __init__(self, ledger: Ledger, kept: Path) -> None:
        self._books = ledger.books
        status = Status(shop="", terminal="", shift="", attendant="", online=False, waiting=0)
        self._stage = Stage(status, first_step=1, idle=says("What shall it be?"))
        self._stage.show(State.CONFIRM, says("Cancel {count} cards?"))
        self._booking = Booking(ledger.committer, LoopAlarms(), lambda: None)
        self._own = OwnCards(
            ledger.books,
            _Staff(),
            committer=ledger.committer,
            kept=OwnWalletsFile(kept, ledger.marked),
            known=_nobody,
        )

    def occasion(self, operator: StaffId | None = None, second: StaffId | None = None) -> Occasion:
        raise NotImplementedError  # Asked for what was cut short: here nothing is.

    async def _book(self, command: Command, private: Private | None, listed: Listed | None = None) -> Booked:
        del listed
        return await self._booking.book(command, private)


async def _nobody(_key: Credential) -> bool:
    return False


def faster(folder: Path, count: int) -> tuple[float, float]:
    """Cards a second in a commit each, and in one go."""
    path = folder / "cancelled.db"
    rates = asyncio.run(_in_turn(path, count))
    with closing(read_only(path)) as connection:
        verified(connection)
    return rates


def faster_on(folder: Path, count: int, *, slow: bool) -> float:
    """How many times faster in one go: on the disk as it is, or where a sync takes 5 ms more."""
    environ = {"LD_PRELOAD": str(slow_disk()), "SLOWSYNC_US": str(SYNC_US)} if slow else {}
    ran = subprocess.run(
        [sys.executable, "-m", "bench.cancelled", str(folder), str(count)],
        env={**os.environ, **environ},
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
    )
    each, together = json.loads(ran.stdout)
    return float(together) / float(each)


async def _in_turn(path: Path, count: int) -> tuple[float, float]:
    clock = SystemClock()
    ids, occasion = Uuid7(clock, os.urandom), at(clock)
    ledger = await open_ledger(Settings(path=path), site=SITE, clock=clock, ids=ids)
    try:
        counter = _Counter(ledger, path.with_suffix(".own-wallets"))
        cards = [CardId(ids.new()) for _ in range(count + count // _PART)]
        await counter.book_batch(
            [_issued(ids, occasion, card, n) for n, card in enumerate(cards)], (), _note(ids, occasion), None
        )
        one_by_one, together = cards[count:], cards[:count]
        begun = time.perf_counter()
        for card in one_by_one:
            await ledger.committer.submit(_cancelled(ids, occasion, card))
        each = len(one_by_one) / (time.perf_counter() - begun)
        found: list[CardAccount] = []
        steps = [Step(command=_cancelled(ids, occasion, card), shown="") for card in together]
        begun = time.perf_counter()
        await counter.book_batch(steps, found, _note(ids, occasion), None)
        return each, count / (time.perf_counter() - begun)
    finally:
        await ledger.close()


def _issued(ids: Ids, occasion: Occasion, card: CardId, n: int) -> Step:
    number = f"PT{n:06d}"
    opens = Opens(
        wallet=WalletId(ids.new()),
        member=None,
        card=card,
        commitment="",
        terms="1",
        channel="counter",
        recruiter=occasion.operator,
    )
    return Step(
        command=BookIssue(id=EntryId(ids.new()), at=occasion, opens=opens),
        private=Private(credentials=(code_key(number),)),
        shown=number,
    )


def _note(ids: Ids, occasion: Occasion) -> BookNote:
    return BookNote(id=EntryId(ids.new()), at=occasion, what=BATCH)


def _cancelled(ids: Ids, occasion: Occasion, card: CardId) -> BookCardState:
    return BookCardState(
        id=EntryId(ids.new()), at=occasion, card=card, state=CardState.CANCELLED, batch="bench"
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1]) as made:
        sys.stdout.write(json.dumps(faster(Path(made), int(sys.argv[2]))))
