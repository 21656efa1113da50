"""Plays every flow of the counter's page from the idle page to its end, by touch and by keys alone.

    python -m lab faces [--hands touch|keys] [--drawn N] [--seed S]

The whole shop of `./run` with two pages in Chromium, one touched, one worked by keys. Each case begins and
ends at the idle page and says what stands there in the end, what is refused on the way (its code and its
sentence stand there, nothing is booked, and what it offers leads on), and which entries are booked; whatever
moves value was confirmed before on a screen that showed that sum. Prints each case; exit 1 when one is not
so. `--drawn`: so many of them by each pair of hands, chosen by the seed, which is printed.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from lab.faces.cases import COMPANY, People, cases
from lab.faces.drawn import drawn
from lab.faces.face import Case, Face, NotSo, opened
from lab.screens.pictures import chromium
from lab.shop import people
from lab.shop.world import opened as shop_opened
from lab.touching.judging import Violation

HANDS: Final = ("touch", "keys")


async def _day(face: Face, every: Sequence[Case]) -> int:
    """How many cases were not as they should be."""
    bad = 0
    for case in every:
        begun = time.monotonic()
        try:
            await face.play(case)
        except (NotSo, Violation) as why:
            bad += 1
            print(f"NOT SO  {case.name}: {why}", flush=True)
        else:
            print(f"ok {time.monotonic() - begun:5.1f} s  {case.name}", flush=True)
    return bad


async def played(folder: Path, hands: Sequence[str], draw: random.Random, at_most: int = 0) -> int:
    """All of it, or `at_most` cases by each pair of hands; how many were not as they should be."""
    people.POLICY += COMPANY
    bad = 0
    async with shop_opened(folder, chips=False, sets=False, whole=True) as world, chromium() as browser:
        for nth, how in enumerate(hands, 1):
            every = cases(People(nth))
            some = drawn(every, draw, at_most) if at_most else every
            print(f"by {how}: {len(some)} of {len(every)}", flush=True)
            page = await browser.new_page(viewport={"width": 1024, "height": 600}, has_touch=how == "touch")
            bad += await _day(await opened(page, world, touches=how == "touch"), some)
            await page.close()
    return bad


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m lab faces", description=__doc__.splitlines()[0])
    parser.add_argument("--hands", choices=HANDS, default=None)
    parser.add_argument("--drawn", type=int, default=0)
    parser.add_argument("--seed", type=int, default=None)
    chosen = parser.parse_args(arguments)
    seed = chosen.seed if chosen.seed is not None else random.SystemRandom().randrange(1 << 32)
    if chosen.drawn:
        print(f"seed {seed}", flush=True)
    hands = (chosen.hands,) if chosen.hands else HANDS
    with tempfile.TemporaryDirectory(prefix="faces-") as folder:
        bad = asyncio.run(played(Path(folder), hands, random.Random(seed), chosen.drawn))
    print(f"{bad} not so")
    return 1 if bad else 0
