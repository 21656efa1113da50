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

from lab.plug.rig import CARDS, SCANNER, TAGS, Rig, laid_out
from terminal.drivers.virtual.pcscd import PcscdUnavailable, VirtualPcscd

RECOVERED_S = 5.0
"""After it is back, so long a device may take until it reads again."""
_GONE_S = (0.0, 0.1, 0.5, 3.0)
_WAIT_S = 30.0
_PCSCD_WAIT_S = 240.0

TROUBLES = (
    "pull the scanner",
    "pull the tag reader",
    "kill pcscd",
    "hang pcscd",
    "tear a card",
    "mute a card",
)


@dataclass
class Score:
    """What came of it."""

    times: int = 0
    recovered: int = 0
    worst_ms: dict[str, int] = field(default_factory=dict)
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
    return 0 if score.recovered == score.times else 1


def played(folder: Path, times: int, seed: str) -> Score:
    """Raises PcscdUnavailable: and what to do."""
    with VirtualPcscd(folder / "pcscd", ["Front"], wait_s=_PCSCD_WAIT_S) as pcscd:
        return asyncio.run(_played(folder, pcscd, times, random.Random(seed)))


async def _played(folder: Path, pcscd: VirtualPcscd, times: int, chance: random.Random) -> Score:
    score = Score()
    async with laid_out(folder, pcscd, chance) as rig:
        for name in (SCANNER, TAGS, CARDS):
            await asyncio.wait_for(rig.use(name), _WAIT_S)
        for number in range(times):
            # Each kind comes before any comes again.
            trouble = TROUBLES[number % len(TROUBLES)] if number < len(TROUBLES) else chance.choice(TROUBLES)
            await _one(rig, trouble, chance.choice(_GONE_S), score)
    return score


async def _one(rig: Rig, trouble: str, gone_s: float, score: Score) -> None:
    score.times += 1
    rig.whys.clear()
    hurt = await _begun(rig, trouble)
    try:
        others = [name for name in (SCANNER, TAGS, CARDS) if name != hurt]
        async with asyncio.timeout(_WAIT_S):
            for name in others:
                await rig.use(name)
        await asyncio.sleep(gone_s)
        _ended(rig, trouble)
        began = time.monotonic()
        async with asyncio.timeout(_WAIT_S):
            await rig.use(hurt)
    except TimeoutError:
        _ended(rig, trouble)
        score.lost.append(f"{trouble}: not read again; {'; '.join(rig.whys)}")
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
        case "kill pcscd":
            rig.pcscd.kill()
        case "hang pcscd":
            rig.pause_pcscd(signal.SIGSTOP)
        case _:
            await rig.abuse_card(mute=trouble.startswith("mute"))
    return CARDS


def _ended(rig: Rig, trouble: str) -> None:
    match trouble:
        case "pull the scanner":
            rig.lines[SCANNER].replug()
        case "pull the tag reader":
            rig.lines[TAGS].replug()
        case "kill pcscd" if rig.pcscd.pid is None:
            rig.pcscd.start()
        case "hang pcscd":
            rig.pause_pcscd(signal.SIGCONT)
