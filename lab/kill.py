"""`python -m lab kill --times N [--seed S] [--mutant NAME] [--json]`: the running terminal dies everywhere.

The real daemon with headquarters, printer, scanner and page; a hand sells, recharges and joins without rest.
It is killed (SIGKILL, as the power would) at each place that the product names in turn, after every third at
a random moment, and started again. After each kill its books are looked at before anything else touches them:
they verify (I3, I7), what the page approved is there (I1), each confirmation once and nothing else (I2),
every number on paper belongs to an entry and has one original at most (I8), the second copy of the journal
has what was approved and nothing else. Headquarters directs and publishes a data set where the place is one
of applying or fetching; every entry is also posted to a cloud of the shop's own. At the end of each day
headquarters holds the same entries and the same head, and the cloud has them all, in order. Then, where the
place is one of healing, the machine is put back to some time ago, sells without a network, and is killed
there while the chains are joined. Ends at the first violation, with exit 1.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from lab.mutants import ENVIRONMENT, MUTANTS
from lab.shop import fallen, outside
from lab.shop.books import Books, Violated
from lab.shop.counter import SHORT_OF_TIME_S, NotSeen, drained, watching
from lab.shop.going import Going
from lab.shop.load import GONE, Busy, Confirmed, Diary
from lab.shop.processes import NotStarted, told
from lab.shop.setting import STICK
from lab.shop.world import World, opened
from lab.telling import concluded, fast_folder

LABELS = (
    "ledger.before_commit",
    "ledger.committed",
    "second.written",
    "second.synced",
    "print.before",
    "print.sent",
    "uplink.before_send",
    "uplink.sent",
    "uplink.before_ack",
    "uplink.before_directive",
    "uplink.directed",
    "uplink.part",
    "uplink.profiled",
    "webhook.sent",
    "terminal.readers_ready",
    "terminal.ready",
    *fallen.LABELS,
)
"""Every place of the daemon that `terminal.runtime.steps.reached` names (tests/lab/test_kill.py compares)."""

_PREPARED = {
    "uplink.before_directive": outside.directs,
    "uplink.directed": outside.directs,
    "uplink.part": outside.publishes,
}
"""What headquarters does before, so often as the place is passed."""
_RANDOM = "at random"
_KILLS_A_DAY = 250
"""Then a new shop: every look walks the whole ledger."""
_SCENES_MAX = 200
"""Of one run of the terminal: seconds, and a place that is not reached by then is not there."""
_AT_RANDOM_EVERY = 4
"""So many kills to one at a moment that nobody named."""
_STARTING_S, _WORKING_S = 0.5, 0.4
_IN_START = 0.2
"""Share of the random kills that hit the start."""
_SIGKILL = -9
_END_S = 60


@dataclass
class Findings:
    kills: Counter[str] = field(default_factory=Counter)
    approved: int = 0
    booked: int = 0
    unseen: int = 0
    originals: int = 0
    duplicates: int = 0
    forwarded: int = 0
    """Entries that headquarters holds in the end, those before the first sale too."""
    fallen: int = 0
    """Receipts that machines showed around being put back; all of them stand in the end."""
    violation: str = ""


@dataclass(frozen=True)
class Kill:
    """Where the power goes, chosen from the seed."""

    label: str = ""
    nth: int = 1
    starting_s: float | None = None
    working_s: float | None = None


def each_place(times: int = 1) -> int:
    """Kills until each named place was killed at so many times."""
    places = len(LABELS) * times
    return places + (places - 1) // (_AT_RANDOM_EVERY - 1)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m lab kill")
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutant", choices=sorted(MUTANTS))
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args(arguments)
    begun = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="kill-", dir=fast_folder()))
    found = asyncio.run(campaign(folder, wanted.times, wanted.seed, wanted.mutant))
    said = {
        "kills": found.kills.total(),
        "at": dict(sorted(found.kills.items())),
        "approved": found.approved,
        "booked": found.booked,
        "booked_but_not_seen": found.unseen,
        "originals": found.originals,
        "duplicates": found.duplicates,
        "headquarters_holds": found.forwarded,
        "approved_around_a_fall": found.fallen,
    }
    return concluded(said, found.violation, wanted, folder=folder, seconds=time.monotonic() - begun)


async def campaign(folder: Path, times: int, seed: int, mutant: str | None = None) -> Findings:
    """Days of one seed until there were so many kills, or until the first violation."""
    found = Findings()
    while (done := found.kills.total()) < times and not found.violation:
        today = range(done, min(times, done + _KILLS_A_DAY))
        await _day(folder / f"day-{done}", today, seed, mutant, found)
    return found


async def _day(folder: Path, kills: range, seed: int, mutant: str | None, found: Findings) -> None:
    await asyncio.to_thread((folder / STICK).mkdir, parents=True)
    cloud = outside.Cloud()
    async with opened(folder, chips=False) as world, cloud.listening() as url:
        await world.terminal.stop()
        outside.with_cloud(world.config, url)
        day = Day(world, cloud, mutant, found)
        falls: list[str] = []
        try:
            for turn in kills:
                dice = random.Random(f"{seed}/{turn}")
                kill = _chosen(turn, dice)
                found.kills[kill.label or _RANDOM] += 1
                if kill.label in fallen.LABELS:
                    falls.append(kill.label)
                    continue
                place = f"seed {seed}, kill {turn}, {kill}"
                await day.killed(kill, dice)
            place = f"seed {seed}, the end after kill {kills[-1]}"
            await day.closed(random.Random(f"{seed}/end"))
            machine = fallen.Fallen(world)
            for place in falls:
                await machine.fall(place, random.Random(f"{seed}/{place}"))
            found.fallen += len(machine.approved)
        except (Violated, NotStarted, TimeoutError, *GONE) as fault:
            found.violation = f"{place}: {type(fault).__name__}: {fault}"
        finally:
            day.count()
    if not found.violation:
        shutil.rmtree(folder)


def _chosen(turn: int, dice: random.Random) -> Kill:
    """Three named places and a random moment, in turn."""
    round_, place = divmod(turn, _AT_RANDOM_EVERY)
    if place < _AT_RANDOM_EVERY - 1:
        label = LABELS[(round_ * (_AT_RANDOM_EVERY - 1) + place) % len(LABELS)]
        once = label.startswith("terminal.") or label in fallen.LABELS
        return Kill(label, nth=1 if once else dice.randint(1, 3))
    if dice.random() < _IN_START:
        return Kill(starting_s=dice.uniform(0, _STARTING_S))
    return Kill(working_s=dice.uniform(0, _WORKING_S))


class Day:
    """One shop. Headquarters, printer and scanner run through all of it."""

    def __init__(self, world: World, cloud: outside.Cloud, mutant: str | None, found: Findings) -> None:
        self._world = world
        self._cloud = cloud
        self._mutant = mutant
        self._found = found
        self._books = Books(world.folder / "ledger.db", world.morning, world.folder / STICK)
        self._diary = Diary()
        self._going = Going(world, self._diary)

    async def killed(self, kill: Kill, dice: random.Random) -> None:
        """Starts, works, dies; then the books. Raises Violated."""
        confirmed: list[Confirmed] = []
        if prepare := _PREPARED.get(kill.label):
            await prepare(self._world.folder, kill.nth)
        alarm = asyncio.create_task(self._power_goes(kill.starting_s))
        try:
            await self._start(f"{kill.label}:{kill.nth}" if kill.label else "")
            if kill.working_s is not None:
                alarm.cancel()
                alarm = asyncio.create_task(self._power_goes(kill.working_s))
            await self._going.until(f"{kill}", self._work(dice, confirmed), sells=True)
        except (NotStarted, *GONE) as fault:
            await self._was_killed(fault)
        else:
            raise Violated(f"{_SCENES_MAX} scenes, and {kill} never came")
        finally:
            alarm.cancel()
        self._look(confirmed)

    async def closed(self, dice: random.Random) -> None:
        """The terminal sells on, sends what waits, ends well; headquarters holds the same."""
        world, confirmed = self._world, list[Confirmed]()
        await self._start("")
        async with watching(world.link) as hand:
            await Busy(world, hand, dice, confirmed, self._diary).work(3)
        async with watching(world.link, None) as hand:
            self._diary.hand = hand
            await self._going.until("an end of what waits", hand.until("nothing waiting", drained))
        entries = await asyncio.to_thread(self._books.entries)
        await self._going.until("all entries at the shop's own cloud", self._cloud.has(entries))
        if late := self._cloud.out_of_order():
            raise Violated(f"the shop's own cloud got {late[0]} before what precedes it")
        if code := await world.terminal.stop():
            raise Violated(f"the terminal ended with {code}")
        self._look(confirmed)
        ledger = await told("terminal", "ledger", "verify", "--config", str(world.config), "--json")
        held = (await told("hq", "verify", "--data", str(world.folder / "hq")))["sites"][0]
        if ledger["fault"] or (held["entries"], held["head"]) != (ledger["entries"], ledger["head"]):
            raise Violated(f"headquarters holds {held}, the terminal {ledger}")
        self._found.forwarded += held["entries"]

    def count(self) -> None:
        books, found = self._books, self._found
        found.booked += books.booked
        found.unseen += books.unseen
        found.originals += books.originals
        found.duplicates += books.duplicates

    async def _start(self, die_at: str) -> None:
        env = {"TERMINAL_DIE_AT": die_at, ENVIRONMENT: self._mutant or ""}
        module = "lab.mutants" if self._mutant else "terminal"
        said = await self._world.terminal.start(module, "run", "--config", str(self._world.config), env=env)
        self._world.link = str(said["link"])

    async def _work(self, dice: random.Random, confirmed: list[Confirmed]) -> None:
        """Until the terminal is gone. A page that is late on a busy machine is seen anew."""
        begun = self._diary.scenes
        while (left := _SCENES_MAX + begun - self._diary.scenes) > 0:
            try:
                async with watching(self._world.link, SHORT_OF_TIME_S) as hand:
                    await Busy(self._world, hand, dice, confirmed, self._diary).work(left)
            except NotSeen:
                if not self._world.terminal.runs:
                    raise

    async def _power_goes(self, after_s: float | None) -> None:
        if after_s is not None:
            await asyncio.sleep(after_s)
            self._world.terminal.kill()

    async def _was_killed(self, seen: Exception) -> None:
        """What the hand met is the kill, and not a terminal that hangs or ended by itself."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_END_S):
                await self._world.terminal.ended()
        if self._world.terminal.runs:
            raise Violated(f"the terminal runs, and the page is stuck: {seen}")
        if (code := await self._world.terminal.ended()) != _SIGKILL:
            raise Violated(f"the terminal ended with {code}: {seen}")

    def _look(self, confirmed: list[Confirmed]) -> None:
        self._found.approved += sum(bool(one.number) for one in confirmed)
        printed = self._world.printer.receipts
        papers = [printed.popleft().text for _ in range(len(printed))]
        self._books.look(confirmed, papers)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
