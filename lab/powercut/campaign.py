"""`python -m lab powercut [--cuts N] [--seed S] [--second] [--mutant M] [--json]`: power fails everywhere.

Sells seeded days of every kind of transaction through the product's own ledger on a recording disk, rebuilds
the disk as it would be had the power failed before each operation, opens it with the product's own start, and
looks: what was answered is there (I1), once (I2), in balance (I3), never below zero (I5), chained (I7), every
number on paper belongs to a durable entry (I8), every intent stands as the journal says (I11); members' data
can be read, and those of erased members cannot. Exit 1 when anything is not so; a mutant must make it so.

Whole days, until there were that many cuts. A disk that was rebuilt before in the same day, byte for byte, is
recognised: what its start makes of it is known, and what was told by now is compared with that. Both numbers
are said. `--jobs` shares the days among processes, to the same result; `--day K` is one of them alone.

With `--second` the journal has a second copy, whose medium loses the power too; and after each cut the
ledger's disk also falls back to what it was at some earlier operation, as one does that lies about a flush:
the copy must bring back everything that was answered, and contradict nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from lab.crashdisk import Disk, Kind, Operation, Recorder, Style
from lab.powercut.day import Day, recorded
from lab.powercut.look import Looker, Start, Told, kept
from lab.powercut.mutants import AT_START, MUTANTS
from lab.powercut.shop import STICK
from lab.telling import fast_folder, tell
from terminal.store import segments

_SHOWN = 5
_DAYS_A_LINE = 10
_ONLY_WHEN_OPENED = ".made"
_ROLLED_BACK = "rolled back"


@dataclass
class Findings:
    days: int = 0
    cuts: int = 0
    disks: int = 0
    """Of the cuts, those whose disk no earlier cut of the day had left: each was opened and walked."""
    styles: Counter[str] = field(default_factory=Counter)
    promises: int = 0
    """Answers, prints and acknowledgements that were held against a disk."""
    booked: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)

    def add(self, other: Findings) -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m lab powercut")
    parser.add_argument("--cuts", type=int, default=2000)
    parser.add_argument("--seed", default=os.environ.get("CARD_TERMINAL_SEED", "1"))
    parser.add_argument("--day", type=int, help="only this one, as a violation names it")
    parser.add_argument("--second", action="store_true")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--mutant", choices=sorted(MUTANTS))
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args(arguments)
    begun = time.monotonic()
    days = Days(wanted.seed, wanted.mutant, second=wanted.second)
    if wanted.day is None:
        found = campaign(days, wanted.cuts, wanted.jobs, so_far=_report)
    else:
        found = days.one(wanted.day)
    said = {
        "cuts": found.cuts,
        "disks": found.disks,
        "days": found.days,
        "styles": dict(found.styles),
        "promises_checked": found.promises,
        "submitted": found.booked.total() + found.refused.total(),
        "refused": found.refused.total(),
        "booked_by_kind": dict(sorted(found.booked.items())),
        "refused_by_kind": dict(sorted(found.refused.items())),
        "violations": len(found.violations),
        "shown": found.violations[:_SHOWN],
        "seed": wanted.seed,
        "mutant": wanted.mutant or "",
        "seconds": round(time.monotonic() - begun, 1),
    }
    tell(said, as_json=wanted.json)
    return 1 if found.violations else 0


def _report(found: Findings) -> None:
    """A campaign of an hour should not look as if it hung, nor keep to itself what it found."""
    if found.days % _DAYS_A_LINE == 0:
        said = (
            f"{found.days} days, {found.cuts} cuts, {found.disks} disks, {len(found.violations)} violations"
        )
        print("\n".join([said, *found.violations[:_SHOWN]]), file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Days:
    """Of one seed; all that a process needs to know to sell one of them."""

    seed: str
    mutant: str | None = None
    second: bool = False

    def one(self, number: int, within_folder: str | None = None) -> Findings:
        """All cuts of a day; of a mutant's, until one shows it."""
        named, mutant = f"{self.seed}/{number}", self.mutant or ""
        with ExitStack() as within:
            place = tempfile.TemporaryDirectory(prefix="powercut-", dir=within_folder or fast_folder())
            folder = Path(within.enter_context(place))
            day = recorded(folder / "day", named, MUTANTS.get(mutant), second=self.second)
            if mutant in AT_START:
                within.enter_context(MUTANTS[mutant](Recorder()))
            cuts = _Cuts(day, folder / "cut", named, second=self.second)
            found = asyncio.run(cuts.all(until_found=bool(mutant)))
        found.days = 1
        found.booked, found.refused = day.booked, day.refused
        return found


def campaign(
    days: Days, cuts: int, jobs: int = 1, *, so_far: Callable[[Findings], None] = lambda _: None
) -> Findings:
    """Days until there were so many cuts; a mutant's end with the first that finds it."""
    found = Findings()
    with closing(_sold(days, jobs)) as sold:
        for day in sold:
            found.add(day)
            so_far(found)
            if found.cuts >= cuts or (days.mutant and found.violations):
                break
    return found


def _sold(days: Days, jobs: int) -> Generator[Findings, None, None]:
    """One after the other, however many are worked on at once."""
    numbers = itertools.count()
    if jobs == 1:
        yield from map(days.one, numbers)
    # One folder for all: a process that is ended in the middle of a day leaves its own behind.
    with tempfile.TemporaryDirectory(prefix="powercut-", dir=fast_folder()) as folder:
        pool = multiprocessing.get_context("spawn").Pool(jobs)
        try:
            waiting = deque(pool.apply_async(days.one, (next(numbers), folder)) for _ in range(jobs + 1))
            while True:
                yield waiting.popleft().get()
                waiting.append(pool.apply_async(days.one, (next(numbers), folder)))
        finally:
            pool.terminate()
            pool.join()


class _Cuts:
    """The power fails before each operation of one day, and after the last."""

    def __init__(self, day: Day, folder: Path, named: str, *, second: bool) -> None:
        self._day = day
        self._second = second
        self._looker = Looker(day)
        self._folder = folder
        self._named = named
        self._known: dict[bytes, Start] = {}

    async def all(self, *, until_found: bool) -> Findings:
        found = Findings()
        (self._folder / STICK if self._second else self._folder).mkdir(parents=True)
        for index, style, images, told in self._cuts(random.Random(self._named)):
            start = await self._start(images, style, opened=("opened",) in told)
            fault = start.fault or kept(start, told)
            found.cuts += 1
            found.styles[style] += 1
            found.promises += len(told)
            if fault:
                where = f"seed {self._named.replace('/', ', day ')}, operation {index}, {style}"
                found.violations.append(f"{where}: {fault}")
                if until_found:
                    break
        found.disks = len(self._known)
        return found

    async def _start(self, images: dict[str, bytes], style: str, *, opened: bool) -> Start:
        beside = {
            name: content
            for name, content in self._day.beside.items()
            if opened or not name.endswith(_ONLY_WHEN_OPENED)
        }
        disk, rolled_back = {**beside, **images}, style == _ROLLED_BACK
        mark = _mark(disk.items(), rolled_back=rolled_back)
        if mark not in self._known:
            self._lay_out(disk)
            path = self._folder / "ledger.db"
            self._known[mark] = await self._looker.start(path, rolled_back=rolled_back)
        return self._known[mark]

    def _lay_out(self, disk: dict[str, bytes]) -> None:
        for left in self._folder.rglob("*"):
            if left.is_file():
                left.unlink()
        for name, content in disk.items():
            (self._folder / (STICK if name.endswith(segments.SUFFIX) else "") / name).write_bytes(content)

    def _cuts(self, dice: random.Random) -> Iterator[tuple[int, str, dict[str, bytes], Told]]:
        disk, told, earlier = Disk(), [], _Earlier(dice)
        for index, done in enumerate([*self._day.operations, Operation(Kind.MARK, what=("end",))]):
            if done.kind is Kind.MARK:
                told.append(done.what)
                earlier.sold |= done.what[0] == "answered"
                continue
            for style in Style:
                yield index, style.value, disk.after_power_cut(style, dice), told
            if self._second and earlier.images:
                images = earlier.beside(disk.after_power_cut(Style.NONE, dice))
                # What headquarters acknowledged it says again; what was printed is printed once more.
                yield index, _ROLLED_BACK, images, [what for what in told if what[0] != "acked"]
            disk.take(done)
            if self._second:
                earlier.keep(disk)
        end = len(self._day.operations)
        yield end, Style.NONE.value, disk.after_power_cut(Style.NONE, dice), told


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


def _mark(disk: Iterable[tuple[str, bytes]], *, rolled_back: bool) -> bytes:
    found = blake2b(b"back" if rolled_back else b"", digest_size=20)
    for name, content in sorted(disk):
        found.update(f"{name} {len(content)} ".encode())
        found.update(content)
    return found.digest()
