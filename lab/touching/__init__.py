"""Touches the counter's page at random, and books nothing that was not confirmed.

    python -m lab touching [--steps N] [--seed S]

The whole shop of `./run`: terminal, headquarters, devices, two pages in Chromium of which one is touched and
the other worked by keys. Each step does something that a hand can do: presses a button that may be pressed,
keys what is asked for, holds a card there, scans a code, fills at the pump, cuts the network, takes the paper
out, reloads a page. More often than not it does what the screen asks for, so that flows come to an end; and
of what changes a card it is drawn to what was booked least (`lab.touching.wants`). What is said to the
terminal is overheard between page and terminal, what stood on the page is read from the page, and what was
booked from the journal; the three are compared after each step: whatever moves value has a *Confirm* of its
own before it, pressed on a screen that showed that sum; a fill that settles by itself takes no more than the
hold that was confirmed. Count cards are sold, and cards are replaced, lost, frozen, given to others, merged,
cancelled and issued by the number: new ones come out of a box that does not end. Work on many cards, and a
card that goes onto another membership, is more than one entry, and confirmed once. In the end both ledgers
are verified. Prints seed and counts, also how often each kind of entry was booked; exit 1 at the first
violation. The same seed draws the same numbers, but what it meets depends on how quickly the machine answers.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from lab.screens.pictures import chromium
from lab.shop.processes import told
from lab.shop.world import opened
from lab.touching.judging import Said, Violation
from lab.touching.person import Person
from lab.touching.walk import Walk

STEPS: Final = 300


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-2_000:]


async def walked(folder: Path, steps: int, seed: int) -> Walk:
    """Raises Violation."""
    taken: list[Said] = []
    async with opened(folder, whole=True, sets=False, chips=False) as world, chromium() as browser:
        pages = []
        for touches in (True, False):
            page = await browser.new_page(viewport={"width": 1024, "height": 600}, has_touch=touches)
            pages.append(Person(page, Path(world.link), taken, touches=touches))
            await pages[-1].enter()
        walk = Walk(world, pages, taken, random.Random(seed))
        for _ in range(steps):
            try:
                await walk.step()
            except Exception as fault:
                logs = f"{_tail(folder / 'terminal.log')}\n{_tail(folder / 'hq.log')}"
                raise Violation(f"{fault}\n{logs}") from fault
    verdict = await told("terminal", "ledger", "verify", "--config", str(world.config), "--json")
    held = await told("hq", "verify", "--data", str(folder / "hq"))
    if verdict["fault"] or held["hq"] != "ok":
        raise Violation(f"the terminal's ledger: {verdict}; headquarters: {held}")
    return walk


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m lab touching", description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=None)
    chosen = parser.parse_args(arguments)
    seed = chosen.seed if chosen.seed is not None else random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="touching-") as folder:
        try:
            walk = asyncio.run(walked(Path(folder), chosen.steps, seed))
        except Violation as violation:
            print(violation)
            return 1
    counted = {"done": walk.done, "flows": walk.flows, "booked": walk.booked, "cards": walk.changed}
    for what, counts in counted.items():
        print(f"{what}: {', '.join(f'{name} {count}' for name, count in counts.most_common())}")
    return 0
