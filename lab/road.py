"""`python -m lab road --times N [--seed S] [--mutant NAME] [--json]`: headquarters dies before it answers.

A running terminal with its page, where a hand sells without rest; a running headquarters with its PostgreSQL;
between them a proxy that cuts, delays, spoils and repeats what passes. Headquarters is killed (SIGKILL)
N times between the COMMIT of a PUSH and its answer, and now and then before the COMMIT or at a random
moment. After each kill, by SQL over both sides: what the terminal took for acknowledged is held (I1), and
what is held is what the terminal has, row for row. At the end of each day both sides hold the same rows and
balances, nothing lost and nothing twice (I2, I3, I7, I9), and nobody was called forked (I10). Ends at the
first violation, with exit 1. A seed repeats the same choices, not the same microseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hq.embedded import DatabaseDown
from lab.hq_mutants import MUTANTS
from lab.mutants import ENVIRONMENT, SILENT
from lab.proxy import FAULTS, Proxy, headquarters_tls
from lab.shop.books import Books, Violated
from lab.shop.both import Both
from lab.shop.counter import SHORT_OF_TIME_S, NotSeen, drained, watching
from lab.shop.going import Going
from lab.shop.load import GONE, Busy, Confirmed, Diary
from lab.shop.processes import NotStarted, told
from lab.shop.setting import STICK
from lab.shop.world import World, opened
from lab.telling import concluded, fast_folder
from terminal.uplink.credentials import read, tls_with

BEFORE_ACK, BEFORE_COMMIT, AT_RANDOM = "hq.before_ack", "hq.before_commit", "at random"
_KILLS_A_DAY = 100
"""Then a new shop."""
_ELSEWHERE_EVERY = 4
"""So many kills before an answer to one somewhere else."""
_KNOWN_MAX = 6
"""So many of a day say nothing yet."""
_WORKING_S = 0.6
"""A random kill comes within this time of the start."""
_FAULTY = 0.15
"""Share of the requests that meet a fault on the way."""
_SCENES = 1_000_000
"""More than a day has: the hand ends with the day."""
_MET = 30
"""Requests that a violation tells of."""
_SIGKILL = -9
_RETRY = ("retry_s_max = 2.0", "retry_s_max = 1.0")


@dataclass
class Findings:
    kills: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    """Of the network."""
    days: int = 0
    approved: int = 0
    held: int = 0
    """Entries at headquarters in the end, row for row those of the terminal."""
    unanswered: int = 0
    """Entries that were durable at headquarters when it died, and unknown to be so at the terminal."""
    violation: str = ""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m lab road")
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shops", type=int, default=2, help="at once")
    parser.add_argument("--mutant", choices=sorted(MUTANTS | SILENT))
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args(arguments)
    begun = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="road-", dir=fast_folder()))
    found = asyncio.run(campaign(folder, wanted.times, wanted.seed, wanted.mutant, shops=wanted.shops))
    said = {
        "kills": found.kills.total(),
        "at": dict(sorted(found.kills.items())),
        "network_faults": found.faults.total(),
        "met": dict(sorted(found.faults.items())),
        "days": found.days,
        "approved": found.approved,
        "held_on_both_sides": found.held,
        "durable_and_unanswered": found.unanswered,
    }
    return concluded(said, found.violation, wanted, folder=folder, seconds=time.monotonic() - begun)


async def campaign(  # noqa: PLR0913  what differs from run to run
    folder: Path,
    times: int,
    seed: int,
    mutant: str | None = None,
    *,
    shops: int = 1,
    a_day: int = _KILLS_A_DAY,
) -> Findings:
    """Days of one seed, in so many shops at once, until it died so often before an answer.

    After the first violation no other day begins.
    """
    found = Findings()
    room = asyncio.Semaphore(shops)

    async def one(first: int) -> None:
        async with room:
            if not found.violation:
                turns = range(first, min(times, first + a_day))
                await _day(folder / f"day-{first}", turns, seed, mutant, found)

    await asyncio.gather(*(one(first) for first in range(0, times, a_day)))
    return found


async def _day(folder: Path, turns: range, seed: int, mutant: str | None, found: Findings) -> None:
    await asyncio.to_thread((folder / STICK).mkdir, parents=True)
    place = f"seed {seed}, the morning before kill {turns[0]}"
    async with opened(folder, chips=False) as world:
        try:
            weather = random.Random(f"{seed}/{turns[0]}/road")
            async with _on_the_road(world, weather, found, mutant or "") as day:
                for turn in turns:
                    if found.violation:  # In another shop.
                        return
                    dice = random.Random(f"{seed}/{turn}")
                    for label in _labels(turn, dice):
                        place = f"seed {seed}, kill {turn} {label}"
                        await day.killed(label, dice)
                        found.kills[label] += 1
                place = f"seed {seed}, the end after kill {turns[-1]}"
                await day.closed()
        except (Violated, NotStarted, DatabaseDown, TimeoutError, *GONE) as fault:
            found.violation = found.violation or f"{place}: {type(fault).__name__}: {fault}"
    found.days += 1
    if not found.violation:
        shutil.rmtree(folder)


def _labels(turn: int, dice: random.Random) -> Iterator[str]:
    if turn % _ELSEWHERE_EVERY == _ELSEWHERE_EVERY - 1:
        yield dice.choice((BEFORE_COMMIT, AT_RANDOM))
    yield BEFORE_ACK


@asynccontextmanager
async def _on_the_road(
    world: World, dice: random.Random, found: Findings, mutant: str
) -> AsyncGenerator[Day, None]:
    """The terminal is enrolled and speaks through the proxy; somebody sells."""
    async with watching(world.link) as hand:
        await hand.until("headquarters", lambda seen: seen.status["online"])
    await world.terminal.stop()
    enrolment = read(world.folder / "ledger.hq")
    if enrolment is None:
        raise Violated("the terminal was online and is not enrolled")
    server = headquarters_tls(world.folder / "hq")
    proxy = Proxy(server, lambda: tls_with(enrolment), world.road.port, _weather(dice))
    async with proxy.listening():
        text = world.config.read_text(encoding="utf-8")
        text = text.replace(f":{world.road.port}", f":{proxy.port}").replace(*_RETRY)
        await asyncio.to_thread(world.config.write_text, text, encoding="utf-8")
        await world.hq.stop()
        if mutant in SILENT:
            await world.start_terminal("lab.mutants", **{ENVIRONMENT: mutant})
        else:
            await world.start_terminal()
        day = Day(world, found, proxy, mutant if mutant in MUTANTS else "")
        selling = asyncio.create_task(day.sell(dice))
        try:
            yield day
        finally:
            selling.cancel()
            await asyncio.gather(selling, return_exceptions=True)
            found.faults.update(fault for fault in proxy.met if fault)


def _weather(dice: random.Random) -> Iterator[str]:
    """Without the answer that comes when nobody waits any more: headquarters' death is that here."""
    faults = [fault for fault in FAULTS if fault != "answer late"]
    while True:
        yield dice.choice(faults) if dice.random() < _FAULTY else ""


class Day:
    """One shop, whose headquarters dies again and again."""

    def __init__(self, world: World, found: Findings, proxy: Proxy, mutant: str) -> None:
        """`mutant`: of headquarters, or none."""
        self._world = world
        self._found = found
        self._proxy = proxy
        self._mutant = mutant
        self._diary = Diary()
        self._going = Going(world, self._diary)
        self._both = Both(world.folder)
        self._books = Books(world.folder / "ledger.db", world.morning, world.folder / STICK)
        self._confirmed: list[Confirmed] = []
        self._selling: asyncio.Task[None] | None = None
        self._last = ""
        """Where it was killed."""
        self._kills = self._known = 0
        """Before an answer; and how often the terminal knew all the same: the network had cut the question
        off, and it had asked by HELLO."""

    async def sell(self, dice: random.Random) -> None:
        """Until cancelled, or the terminal is gone. A page that is late on a busy machine is seen anew."""
        self._selling = asyncio.current_task()
        while True:
            with suppress(NotSeen):
                async with watching(self._world.link, SHORT_OF_TIME_S) as hand:
                    await Busy(self._world, hand, dice, self._confirmed, self._diary).work(_SCENES)

    async def killed(self, label: str, dice: random.Random) -> None:
        """Both sides are looked at, then headquarters lives on until it is killed there. Raises Violated."""
        hq = self._world.hq
        await self._risen(f"{label}:{dice.randint(1, 3)}" if label != AT_RANDOM else "")
        if label == AT_RANDOM:
            await asyncio.sleep(dice.uniform(0, _WORKING_S))
            hq.kill()
        try:
            code = await self._going.until(f"the end at {label}", self._ended(), sells=True)
        except Violated as fault:
            raise Violated(f"{fault}; {self._hand_says()}; the road: {self._met()}") from None
        if code != _SIGKILL:
            raise Violated(f"headquarters ended with {code}")
        self._last = label
        self._kills += label == BEFORE_ACK

    async def _ended(self) -> int:
        """Of headquarters, while the hand sells. Raises Violated where that ends."""
        end = asyncio.create_task(self._world.hq.ended())
        try:
            await asyncio.wait({end, *self._hands()}, return_when=asyncio.FIRST_COMPLETED)
            if not end.done():
                raise Violated("nobody sells any more")
            return await end
        finally:
            end.cancel()

    def _hands(self) -> Iterator[asyncio.Task[None]]:
        if self._selling is not None:
            yield self._selling

    async def _risen(self, die_at: str) -> None:
        """It runs again, and before a word reaches it, what it holds is compared."""
        road = self._world.road
        road.cut()
        acked = await asyncio.to_thread(self._both.acknowledged)
        await self._start(die_at)
        held = await self._both.agree_so_far(acked)
        self._found.unanswered += held - acked
        self._known += self._last == BEFORE_ACK and held <= acked
        if self._known >= _KNOWN_MAX and 2 * self._known > self._kills:
            raise Violated(f"of {self._kills} kills before an answer {self._known} were acknowledged before")
        road.mend()

    async def _start(self, die_at: str) -> None:
        module = "lab.hq_mutants" if self._mutant else "hq"
        env = {"TERMINAL_DIE_AT": die_at, ENVIRONMENT: self._mutant}
        said = await self._world.hq.start(
            module, "run", "--data", str(self._world.folder / "hq"), "--port", "0", env=env
        )
        self._world.road.lead_to(int(str(said["url"]).rpartition(":")[2]))

    def _hand_says(self) -> str:
        """When nothing is sold any more, why."""
        if self._selling is None or not self._selling.done() or self._selling.cancelled():
            return "the hand sells"
        return f"the hand: {self._selling.exception()}"

    def _met(self) -> str:
        """The last faults of the network, and how much went well after each."""
        met = self._proxy.met[-_MET:]
        return f"{self._proxy.requests} requests, of the last: {', '.join(one or '-' for one in met)}"

    async def closed(self) -> None:
        """The hand rests, what waits is sent, the terminal ends; both sides are compared as a whole."""
        world = self._world
        if self._selling is not None:
            if self._selling.done():
                raise Violated(self._hand_says())
            self._selling.cancel()
            await asyncio.gather(self._selling, return_exceptions=True)
        await self._risen("")
        async with watching(world.link, None) as hand:
            self._diary.hand = hand
            await self._going.until("an end of what waits", hand.until("nothing waiting", drained))
        if code := await world.terminal.stop():
            raise Violated(f"the terminal ended with {code}")
        # The touch that was under way may or may not have booked: its confirmation says no number.
        papers = [paper.text for paper in world.printer.receipts]
        self._books.look(self._confirmed, papers)
        self._found.approved += sum(bool(one.number) for one in self._confirmed)
        await world.hq.stop()
        held = await self._both.agree()
        self._found.held += held  # Read after the wait: other shops count at the same time.
        verdict: dict[str, Any] = await told("hq", "verify", "--data", str(world.folder / "hq"))
        if verdict["hq"] != "ok":
            raise Violated(f"headquarters' books: {verdict}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
