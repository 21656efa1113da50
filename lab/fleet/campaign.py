"""Days of a fleet, one a seed, each on a clock of its own; the first violation ends the campaign."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from lab.fleet.board import SETS_END_S
from lab.fleet.checks import always
from lab.fleet.loop import SeededLoop, Stuck, ran
from lab.fleet.rest import at_rest
from lab.fleet.world import PLANS, World
from lab.telling import fast_folder
from terminal.core.ledger import merging

_LOOK_S = 20.0
REST_S = 240.0
"""Rounds enough for every fact, every directive and what follows from them."""
SETS_S = 900.0
"""So long beyond the rest a shop may wait for its data sets, where a day needs it; then it is a fault."""


ROOMS = (merging.ROOM, 3)
"""Of what one entry of a merge moves: with the second nearly every merge goes ahead in parts."""


@dataclass
class Outcome:
    seed: int
    plan: str
    violations: list[str] = field(default_factory=list)
    trace: str = ""
    steps: int = 0
    counts: Counter[str] = field(default_factory=Counter)


def one_day(seed: int, plan: str, within: str | None = None) -> Outcome:
    """The same seed and plan, the same day: step by step, byte by byte."""
    folder = Path(tempfile.mkdtemp(prefix="fleet-", dir=within or fast_folder()))
    found = Outcome(seed, plan)

    async def main(loop: SeededLoop) -> None:
        world = World(loop, PLANS[plan], folder)
        try:
            await _lived(world, found)
        finally:
            world.over()
            found.counts = world.town.counts + world.network.counts + _parts(world)
        if not found.violations:
            found.violations = await at_rest(world)

    try:
        with patch.object(merging, "ROOM", ROOMS[seed // len(PLANS) % len(ROOMS)]):
            _, loop = ran(seed, main)
        found.trace, found.steps = loop.trace, loop.steps
    except Stuck:
        found.violations.append("I9: everybody waits for ever")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return found


def _parts(world: World) -> Counter[str]:
    return Counter(
        {"parts of merges": sum(one.kind == "merge_part" for one in world.office.books.entries.values())}
    )


async def _lived(world: World, found: Outcome) -> None:
    watching = asyncio.ensure_future(_watch(world))
    day = asyncio.ensure_future(world.day())
    await asyncio.wait({watching, day}, return_when=asyncio.FIRST_COMPLETED)
    if watching.done():
        day.cancel()
        found.violations.append(watching.result())
        return
    await day
    await world.quiet()
    end = world.loop.time() + REST_S
    while world.loop.time() < end and not watching.done():
        await asyncio.sleep(_LOOK_S)
    world.faults += await _lacking(world, end)
    if watching.done():
        found.violations.append(watching.result())
    watching.cancel()


async def _lacking(world: World, rested: float) -> list[str]:
    """Sets are given at headquarters' own rounds: a late shop waits for some more, within a bound."""
    late = False
    while (lacking := await world.lacking()) and world.loop.time() < rested + SETS_S:
        late = True
        await world.office.sets.round()
        await asyncio.sleep(_LOOK_S)
    if late:
        await asyncio.sleep(REST_S - SETS_END_S)
    return lacking


async def _watch(world: World) -> str:
    while not (wrong := await always(world)):
        await asyncio.sleep(world.dice.expovariate(1 / _LOOK_S))
    return wrong
