"""`python -m lab plug [--times N] [--seed S]`: N times something is pulled, dies or hangs, and comes back."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from lab.plug import keyboards
from lab.plug.printers import PRINTERS
from lab.plug.rig import CARDS, KEYS, SCANNER, TAGS, Rig, laid_out
from terminal.drivers.virtual.pcscd import PcscdUnavailable, VirtualPcscd

RECOVERED_S = 5.0
"""After it is back, so long a device may take until it reads again."""
NOTICED_S = 2.0
"""So long a device may be gone until that is known."""
_GONE_S = (0.0, 0.1, 0.5, 3.0)
_WAIT_S = 30.0
_PCSCD_WAIT_S = 240.0

TABLES = 7
"""Beside the first, which has the one pcscd that a machine can have, each with the other devices alone."""
_FIRST_EVERY = 10
"""Each tenth trouble is the first table's: with a chip reader it takes several times as long."""
TYPING = "pull the typing scanner"
TROUBLES = (
    "pull the scanner",
    "pull the tag reader",
    "kill pcscd",
    "hang pcscd",
    "tear a card",
    "mute a card",
    *(f"pull the {printer}" for printer in PRINTERS),
)
_AWAY = frozenset({TYPING, *(one for one in TROUBLES if one.startswith(("pull", "kill", "hang")))})
OTHERS = tuple(one for one in TROUBLES if one.startswith("pull"))
"""Those of a table without a chip reader."""


@dataclass
class Score:
    """What came of it."""

    times: int = 0
    recovered: int = 0
    worst_ms: dict[str, int] = field(default_factory=dict)
    noticed_ms: dict[str, int] = field(default_factory=dict)
    """The longest until it was known, where what was gone had not come back before."""
    lost: list[str] = field(default_factory=list)
    """Devices that did not come back, and what the technician could read of it."""
    late: list[str] = field(default_factory=list)
    """Devices that came back, but not in time."""


def main(arguments: list[str]) -> int:
    """Ends with one JSON line; exit 0 when every device came back in time and none took another with it."""
    parser = argparse.ArgumentParser(prog="python -m lab plug", description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", default=os.environ.get("CARD_TERMINAL_SEED", "0"))
    typed = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="card-terminal-plug-") as folder:
            score = played(Path(folder), typed.times, typed.seed)
    except PcscdUnavailable as why:
        sys.stderr.write(f"lab plug: {why}\n")
        return 1
    for one in score.lost + score.late:
        print(one)
    print(json.dumps({"seed": typed.seed, **vars(score)}))
    return 0 if score.recovered == score.times and not score.late else 1


def played(folder: Path, times: int, seed: str) -> Score:
    """Raises PcscdUnavailable: and what to do."""
    with VirtualPcscd(folder / "pcscd", ["Front"], wait_s=_PCSCD_WAIT_S) as pcscd:
        return asyncio.run(_played(folder, pcscd, times, random.Random(seed)))


def troubles() -> tuple[str, ...]:
    """Of the first table; the scanner that types only where umockdev can play it."""
    return TROUBLES if keyboards.missing() else (*TROUBLES, TYPING)


async def _played(folder: Path, pcscd: VirtualPcscd, times: int, chance: random.Random) -> Score:
    score = Score()
    first = max(min(times, len(troubles())), times // _FIRST_EVERY)
    others, left = divmod(times - first, TABLES)
    shares = [first, *(others + (number < left) for number in range(TABLES))]
    async with asyncio.TaskGroup() as tables:
        for number, share in enumerate(shares):
            own, reader = random.Random(chance.getrandbits(64)), None if number else pcscd
            tables.create_task(_table(folder / str(number), reader, share, own, score))
    return score


async def _table(
    folder: Path, pcscd: VirtualPcscd | None, times: int, chance: random.Random, score: Score
) -> None:
    if not times:
        return
    kinds = troubles() if pcscd else OTHERS
    async with laid_out(folder, pcscd, chance) as rig:
        for name in (*rig.inputs, *PRINTERS):
            await asyncio.wait_for(rig.use(name), _WAIT_S)
        for number in range(times):
            # Each kind comes before any comes again.
            trouble = kinds[number % len(kinds)] if number < len(kinds) else chance.choice(kinds)
            # What hangs is told from what is slow only after a while.
            gone_s = max(_GONE_S) if trouble == "hang pcscd" else chance.choice(_GONE_S)
            await _one(rig, trouble, gone_s, score)


async def _one(rig: Rig, trouble: str, gone_s: float, score: Score) -> None:
    score.times += 1
    rig.whys.clear()
    rig.downs.clear()
    since = time.monotonic()
    hurt = await _begun(rig, trouble)
    try:
        others = [name for name in (*rig.inputs, rig.printers.any()) if name != hurt]
        async with asyncio.timeout(_WAIT_S):
            for name in others:
                await rig.use(name)
        await asyncio.sleep(gone_s)
        _notice(rig, trouble, hurt, since, score)
        await _ended(rig, trouble)
        began = time.monotonic()
        async with asyncio.timeout(_WAIT_S):
            await rig.use(hurt)
    except TimeoutError:
        await _ended(rig, trouble)
        score.lost.append(f"{trouble}: not read again; {'; '.join([*rig.whys, rig.printers.why(hurt)])}")
        return
    took_ms = round((time.monotonic() - began) * 1000)
    score.worst_ms[trouble] = max(took_ms, score.worst_ms.get(trouble, 0))
    if took_ms > RECOVERED_S * 1000:
        score.late.append(f"{trouble} for {gone_s} s: {took_ms} ms; {'; '.join(rig.whys)}")
    else:
        score.recovered += 1


async def _begun(rig: Rig, trouble: str) -> str:
    """The name of the device that it happens to."""
    match trouble:
        case "pull the scanner":
            rig.lines[SCANNER].unplug()
            return SCANNER
        case "pull the tag reader":
            rig.lines[TAGS].unplug()
            return TAGS
        case str() if trouble == TYPING:
            await rig.keys.pull()
            return KEYS
        case str() if (name := trouble.removeprefix("pull the ")) in PRINTERS:
            await rig.printers.pull(name)
            return name
        case "kill pcscd" if rig.pcscd:
            rig.pcscd.kill()
        case "hang pcscd":
            rig.pause_pcscd(signal.SIGSTOP)
        case _:
            await rig.abuse_card(mute=trouble.startswith("mute"))
    return CARDS


def _notice(rig: Rig, trouble: str, hurt: str, since: float, score: Score) -> None:
    """While it is still gone. A card that is torn or mute takes no device away."""
    if trouble not in _AWAY:
        return
    gone_s = rig.downs.get(hurt, time.monotonic()) - since
    if hurt in rig.downs:
        score.noticed_ms[trouble] = max(round(gone_s * 1000), score.noticed_ms.get(trouble, 0))
    if gone_s > NOTICED_S:
        score.late.append(f"{trouble}: not noticed in {NOTICED_S} s but {gone_s:.1f} s")


async def _ended(rig: Rig, trouble: str) -> None:
    match trouble:
        case "pull the scanner":
            rig.lines[SCANNER].replug()
        case "pull the tag reader":
            rig.lines[TAGS].replug()
        case str() if trouble == TYPING:
            await rig.keys.plug()
        case str() if (name := trouble.removeprefix("pull the ")) in PRINTERS:
            await rig.printers.plug(name)
        case "kill pcscd" if rig.pcscd and rig.pcscd.pid is None:
            rig.pcscd.start()
        case "hang pcscd":
            rig.pause_pcscd(signal.SIGCONT)
