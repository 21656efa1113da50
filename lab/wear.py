"""All bytes that a checkout writes to its disk: log, pages written back, keys, second copy. By the kernel.

`/proc/self/io` (proc(5)): `write_bytes` is what this process made the block layer write, in pages of 4 KiB;
`wchar` what it handed over. What the file system writes beside (its own journal, metadata) is in neither, nor
what a card's controller makes of it. Meaningless on a memory file system, whose `write_bytes` stays 0.

The first is what `/metrics` and the menu say of a terminal. Where the folder's file system has a block
device, what that took meanwhile (`/sys/dev/block/*/stat`) stands beside it: of everybody who writes there, so
the folder belongs on a disk on which nothing else is written, such as a loop device.

    python -m lab wear [--sales N] [--folder DIR]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sqlite3
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import NamedTuple

from lab.workload import Workload
from terminal.core.values import SiteId
from terminal.maintenance.metrics import written
from terminal.runtime.clock import SystemClock
from terminal.runtime.ids import Uuid7
from terminal.store.ledger import Ledger, open_ledger
from terminal.store.settings import Settings
from terminal.store.verify import verified

CARDS = 400
PAUSE_EVERY = 128
"""Sales between two quiet moments: as many as an idle moment is used for."""
PAUSE_S = 1.0
GROUP = 8


_DEVICES = Path("/sys/dev/block")
_SECTOR_BYTES = 512
"""Of the kernel's counters, whatever the device has."""
_SECTORS_WRITTEN = 6
"""Which word of `stat`, from 0: Documentation/block/stat.rst."""


class Wrote(NamedTuple):
    disk: int
    """Bytes of pages for the block device, as the process caused them."""
    handed: int
    """Bytes given to the kernel."""
    taken: int | None
    """Bytes that the block device took; None: nobody says."""

    def since(self, before: Wrote) -> Wrote:
        taken = None if self.taken is None or before.taken is None else self.taken - before.taken
        return Wrote(self.disk - before.disk, self.handed - before.handed, taken)


def wrote(folder: Path) -> Wrote:
    """By now. Raises CannotMeasure: this kernel does not say."""
    said = written()
    if said is None:
        raise CannotMeasure("this kernel does not count what a process writes")
    os.sync()  # What the file system still holds back is of what was written, too.
    return Wrote(said.disk, said.handed, taken_by(folder))


def taken_by(folder: Path, devices: Path = _DEVICES) -> int | None:
    """Bytes that the block device under that folder took since it is there; None: it has none."""
    number = folder.stat().st_dev
    counters = devices / f"{os.major(number)}:{os.minor(number)}" / "stat"
    try:
        return int(counters.read_text(encoding="ascii").split()[_SECTORS_WRITTEN]) * _SECTOR_BYTES
    except FileNotFoundError:
        return None


class CannotMeasure(Exception):
    """Nobody here says how much was written."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="lab wear")
    parser.add_argument("--sales", type=int, default=1024)
    parser.add_argument("--folder", type=Path, default=Path.cwd(), help="on the disk that is measured")
    typed = parser.parse_args(arguments)
    for name, pauses, group, second in (
        ("one by one, the log alone", False, 1, False),
        ("one by one, a pause each 128", True, 1, False),
        ("in groups of 8, a pause each 128", True, GROUP, False),
        ("one by one, second copy beside", True, 1, True),
    ):
        with tempfile.TemporaryDirectory(dir=typed.folder, prefix="wear-") as folder:
            found = asyncio.run(sold(Path(folder), typed.sales, pauses=pauses, group=group, second=second))
        print(f"{name:34} {_each(found, typed.sales)} a checkout", flush=True)
    with tempfile.TemporaryDirectory(dir=typed.folder, prefix="wear-") as folder:
        print(f"{'joins, one by one':34} {_each(asyncio.run(joined(Path(folder), 128)), 128)} a join")
    return 0


def _each(found: Wrote, count: int) -> str:
    said = (
        f"{found.disk / count / 1000:7.1f} kB to the disk, {found.handed / count / 1000:6.1f} kB handed over"
    )
    return said if found.taken is None else f"{said}, {found.taken / count / 1000:6.1f} kB taken by it"


async def sold(folder: Path, sales: int, *, pauses: bool, group: int, second: bool) -> Wrote:
    """What that many checkouts wrote; with `pauses` all that comes of them until the ledger is closed."""
    async with _opened(folder, second=second) as ledger:
        workload = Workload("wear")
        for _ in range(CARDS):
            await ledger.committer.submit(*workload.issue())
            await ledger.committer.submit(workload.recharge(*workload.cards[-1], principal=90_000_00))
        await asyncio.sleep(PAUSE_S)
        before = wrote(folder)
        for first in range(0, sales, group):
            bought = [
                workload.sale(*workload.cards[one % CARDS]) for one in range(first, min(first + group, sales))
            ]
            await asyncio.gather(*(ledger.committer.submit(one) for one in bought))
            if pauses and (first + group) % PAUSE_EVERY == 0:
                await asyncio.sleep(PAUSE_S)
        after = wrote(folder)
    if pauses:
        after = wrote(folder)
    with closing(sqlite3.connect(folder / "ledger.db")) as seen:
        verified(seen)
    return after.since(before)


async def joined(folder: Path, joins: int) -> Wrote:
    """As `sold`, of people who join: their keys are durable before their data."""
    async with _opened(folder, second=False) as ledger:
        workload = Workload("wear")
        await ledger.committer.submit(*workload.join())  # Makes the file of keys.
        before = wrote(folder)
        for _ in range(joins):
            await ledger.committer.submit(*workload.join())
    return wrote(folder).since(before)


@asynccontextmanager
async def _opened(folder: Path, *, second: bool) -> AsyncGenerator[Ledger, None]:
    copy = folder / "copy"
    copy.mkdir()
    clock = SystemClock()
    settings = Settings(path=folder / "ledger.db", second=copy if second else None)
    ledger = await open_ledger(settings, site=SiteId("S1"), clock=clock, ids=Uuid7(clock, os.urandom))
    try:
        yield ledger
    finally:
        await ledger.close()
