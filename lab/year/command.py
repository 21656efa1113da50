"""Lives years and says what differs."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import tempfile
from contextlib import nullcontext
from pathlib import Path
from unittest.mock import patch

import msgspec

from lab.telling import fast_folder
from lab.year.mutants import MUTANTS
from lab.year.walk import Report, year
from terminal.core.ledger import merging

DAYS, MEMBERS = 365, 15
ROOMS = (merging.ROOM, 4)
"""Of what one entry of a merge moves: with the second nearly every merge goes ahead in parts."""


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
    with broken, room, tempfile.TemporaryDirectory(prefix="year-", dir=fast_folder()) as folder:
        return asyncio.run(year(seed, days, members, Path(folder) / "year" / "ledger.db"))


def _said(report: Report) -> str:
    done = ", ".join(f"{what} {count}" for what, count in report.done.items())
    rows = [f"seed {report.seed}: {report.days} days: {done}"]
    return "\n".join(rows + [f"  DIFFERS {one}" for one in report.differences])
