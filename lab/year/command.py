"""Lives years and says what differs."""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
from contextlib import nullcontext
from pathlib import Path
from unittest.mock import patch

import msgspec

from lab.fleet.loop import ran
from lab.fleet.threads import InlineThreads
from lab.telling import fast_folder
from lab.year.mutants import MUTANTS
from lab.year.walk import Report, year
from terminal.core.ledger import merging

DAYS, MEMBERS = 365, 15
ROOMS = (merging.ROOM, 4)
"""Of what one entry of a merge moves: with the second nearly every merge goes ahead in parts."""
_PIN_KIB = 64
"""A PIN's hash takes its time on purpose: a quarter of a year, and no part of what a year is about."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m lab year", description=__doc__)
    parser.add_argument("--seed", default=os.environ.get("CARD_TERMINAL_SEED", "1"))
    parser.add_argument("--times", type=int, default=1, help="so many years, each with a seed of its own")
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--members", type=int, default=MEMBERS, help="of before; others join")
    parser.add_argument("--mutant", choices=sorted(MUTANTS), help="a fault that is put in; it must be found")
    parser.add_argument("--json", action="store_true")
    typed = parser.parse_args(arguments)
    for number in range(typed.times):
        report = lived(
            f"{typed.seed}/{number}" if number else typed.seed, typed.days, typed.members, typed.mutant
        )
        print(json.dumps(msgspec.to_builtins(report)) if typed.json else _said(report), flush=True)
        if report.differences:
            return 1
    return 0


def lived(seed: str, days: int = DAYS, members: int = MEMBERS, mutant: str | None = None) -> Report:
    broken = MUTANTS[mutant]() if mutant else nullcontext()
    room = patch.object(merging, "ROOM", random.Random(seed).choice(ROOMS))
    quick = patch("terminal.store.pins._MEMORY_KIB", _PIN_KIB)
    with broken, room, quick, tempfile.TemporaryDirectory(prefix="year-", dir=fast_folder()) as folder:
        ledger = Path(folder) / "year" / "ledger.db"
        report, _ = ran(0, lambda loop: year(seed, days, members, ledger, InlineThreads(loop)))
        return report


def _said(report: Report) -> str:
    done = ", ".join(f"{what} {count}" for what, count in report.done.items())
    rows = [f"seed {report.seed}: {report.days} days: {done}"]
    return "\n".join(rows + [f"  DIFFERS {one}" for one in report.differences])
