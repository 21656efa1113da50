"""`python -m lab vm powercut [--cuts N] [--seed S] [--mutant M]`: a disk under a real kernel loses its power.

Counters of the product's own ledger, on ext4 as the installer mounts it, on a disk whose writes are durable
only once they were flushed. The emulator is killed at a moment, or right after a write; its memory is lost
with it, as the power takes it. Of what was not flushed nothing, all, or (in several draws) any of it is left:
each such disk is looked at, and held to what somebody outside was told (I1, I2, I3, I5, I7, I8, I11). With
one of them the machine starts again, as it was before it ever saw a disk. Ends at the first violation.

With `--moments` the server's memory of the writes before that cut is looked at likewise: what would be left,
had the power gone right after one of them, and what had been heard by then. The machine ran on, of which
neither the disk nor who looks could know. `--minutes` ends it in order, with what was found until then.

A seed repeats the same choices, not the same microseconds.
"""

from __future__ import annotations

import itertools
import math
import random
import subprocess
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from lab.vm.flushed import Changed, Flushed, Left
from lab.vm.guest.writer import NORMAL
from lab.vm.promises import Promises, Violation, promises
from lab.vm.recipe import FOLDER, tell
from lab.vm.writing import Waiting
from terminal.install.data import MADE_WITH

MUTANTS = (NORMAL,)
CUTS_A_DAY = 10
"""Then another shop opens, on a blank disk."""
_LEFT = (Left.NOTHING, Left.EVERYTHING, *[Left.SOME] * 4)
"""Draws of each cut; those that come to the same are one disk."""
_A_LIFE = 10
"""Moments that each life is as much longer for."""
_DISK_BYTES = 32 << 20
_BLOCK = "4096"
"""As a disk of some gigabytes has."""
_BROKEN = FOLDER / "violation.raw"


@dataclass
class Findings:
    cuts: int = 0
    moments: int = 0
    """Writes before those, after which the disk was looked at as if the power had gone then."""
    disks: int = 0
    """That could be left, each another one, and were looked at."""
    left: Counter[str] = field(default_factory=Counter)
    """Of the disks with which it went on."""
    blocks: int = 0
    """That were written and not flushed when the power went."""
    with_blocks: int = 0
    """Cuts of which that is so."""
    flushes: int = 0
    answered: int = 0
    printed: int = 0
    acked: int = 0
    refused: int = 0
    booked: int = 0
    """Entries that stand in the end."""
    seconds: float = 0.0
    violation: str = ""


def campaign(  # noqa: PLR0913
    machine: Waiting,
    cuts: int,
    seed: str,
    mutant: str = "",
    *,
    moments: int = 0,
    minutes: float = math.inf,
) -> Findings:
    """Until there were so many, or so long, or the first violation; each with moments before it.

    Raises MachineFault.
    """
    found, begun = Findings(), time.monotonic()
    ends = begun + minutes * 60
    for number in itertools.count():
        if found.cuts >= cuts or found.violation or time.monotonic() > ends:
            break
        day = _Day(f"{seed}/{number}", machine, mutant, moments, found)
        day.cut_off(min(CUTS_A_DAY, cuts - found.cuts), ends)
    found.seconds = round(time.monotonic() - begun, 1)
    return found


class _Day:
    def __init__(self, seed: str, machine: Waiting, mutant: str, moments: int, found: Findings) -> None:
        self._seed, self._machine, self._mutant = seed, machine, mutant
        self._moments, self._found = moments, found

    def cut_off(self, times: int, ends: float) -> None:
        """So often, or until then, or until the day has nothing more, or the first violation."""
        counters = promises(self._seed)
        with (
            tempfile.TemporaryDirectory(prefix="card-terminal-nbd-") as name,
            Flushed(Path(name) / "nbd", blank(Path(name))) as disk,
        ):
            for turn in range(times):
                try:
                    self._cut(disk, counters, turn)
                except Violation as why:
                    self._found.violation = f"seed {self._seed}, cut {turn}: {why}"
                    break
                if counters.unanswered() == len(counters.day.sent) or time.monotonic() > ends:
                    break
            self._found.flushes += disk.flushes
        heard = counters.heard
        self._found.answered += heard.answered
        self._found.printed += heard.printed
        self._found.acked += heard.acked
        self._found.refused += heard.refused
        self._found.booked += heard.entries

    def _cut(self, disk: Flushed, counters: Promises, turn: int) -> None:
        """Raises Violation."""
        found, named = self._found, f"{self._seed}/{turn}"
        dice = random.Random(named)
        order = f"{self._seed} {counters.unanswered()} {self._mutant or '-'}"
        said = self._machine.lives(disk, order, dice, 1 + self._moments // _A_LIFE)
        found.cuts += 1
        for heard, then in disk.moments(self._moments, dice):
            while said and said[0][0] <= heard:
                counters.hears(said.pop(0)[1])
            self._look(then, counters, f"{named}/{heard}")
            found.moments += 1
        for _, line in said:
            counters.hears(line)
        seen = self._look(disk, counters, named)
        chosen = dice.choice(list(Left))
        found.left[chosen] += 1
        draw = _LEFT.index(chosen)
        counters.goes_on_with(seen[disk.would_leave(chosen, _of(named, draw))])
        blocks = disk.cut(chosen, _of(named, draw))
        found.blocks += blocks
        found.with_blocks += blocks > 0
        entries = counters.heard.entries
        so_far = f"cut {found.cuts}, {found.moments} moments, {found.disks} disks"
        tell(f"{so_far}: {blocks} blocks on their way, {chosen} left, {entries} entries stand")

    def _look(self, disk: Flushed, counters: Promises, named: str) -> dict[Changed, int]:
        """Whatever could be left of it, and how many entries stand there. Raises Violation."""
        seen: dict[Changed, int] = {}
        for draw, left in enumerate(_LEFT):
            blocks = disk.would_leave(left, _of(named, draw))
            if blocks not in seen:
                seen[blocks] = _looked(counters, disk.changed(blocks), left)
        self._found.disks += len(seen)
        return seen


def _looked(counters: Promises, image: bytes, left: Left) -> int:
    """Entries on it. Raises Violation, and keeps it."""
    try:
        return counters.looks(image)
    except Violation as why:
        _BROKEN.write_bytes(image)
        raise Violation(f"{left} left of what was on its way: {why}; kept as {_BROKEN}") from why


def _of(named: str, draw: int) -> random.Random:
    return random.Random(f"{named}/{draw}")


def blank(folder: Path) -> bytes:
    """A file system as the installer makes it."""
    raw = folder / "blank.raw"
    with raw.open("wb") as empty:
        empty.truncate(_DISK_BYTES)
    subprocess.run(["mke2fs", "-t", "ext4", "-b", _BLOCK, *MADE_WITH, str(raw)], check=True)
    return raw.read_bytes()
