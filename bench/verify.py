"""The whole walk and the walk of a start, against SQLite's own integrity check of the same file.

Two ledgers of full checkouts, one several times as long as the other, made through the public entry. Each
variant runs in a process of its own, taking turns with the floor; processor time. Three steps of `terminal
ledger verify` are measured apart: SQLite's own check of the file is the floor itself, the walk of the journal
with its postings, balances and lots is what is held against it, the tables beside are a figure of their own.
What a start pays for is the walk of the last 1,000 entries on a connection just opened.

    python -m bench.verify whole|beside|tail PATH     one variant, as one line of JSON
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from bench.commit import make_shop
from bench.result import Ratio, Result, middle
from lab.million import peak_kb
from terminal.store.beside import check_beside
from terminal.store.file import connected
from terminal.store.queries import queries
from terminal.store.verify import verified_journal, verified_tail

ROOT = Path(__file__).parents[1]
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
FOLDER = os.environ.get("BENCH_FOLDER", "/dev/shm")  # noqa: S108  memory; a folder of our own is made there
SALES = {"short": 4_000, "long": 40_000}
_TAIL = 1000
_FLAT = 1.3
"""Twice measured is never the same; what grows with the journal would be ten times as much."""


def measured() -> Result:
    found: defaultdict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=FOLDER) as folder:
        paths = {name: Path(folder) / name / "ledger.db" for name in SALES}
        for name, path in paths.items():
            asyncio.run(make_shop(path, SALES[name]))
        for _ in range(ROUNDS):
            for name, path in paths.items():
                _run_into(found, f"{name}_floor", "bench.floor_verify", str(path))
                _run_into(found, f"{name}_whole", "bench.verify", "whole", str(path))
                _run_into(found, f"{name}_beside", "bench.verify", "beside", str(path))
                _run_into(found, f"{name}_tail", "bench.verify", "tail", str(path))
    held = {name: middle(values) for name, values in found.items()}
    ratios = {
        "whole": Ratio(held["long_whole_cpu_ms"] / held["long_floor_cpu_ms"], 0.9),
        "tail_milliseconds": Ratio(held["long_tail_cpu_ms"], 3),
        "tail_flat": Ratio(held["long_tail_cpu_ms"] / held["short_tail_cpu_ms"], _FLAT),
        "memory_flat": Ratio(held["long_whole_peak_kb"] / held["short_whole_peak_kb"], 1.1),
    }
    return Result(ratios=ratios, figures={**held, "rounds": ROUNDS})


def _run_into(found: defaultdict[str, list[float]], name: str, module: str, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE, timeout=600
    )
    for what, value in json.loads(done.stdout).items():
        found[f"{name}_{what}"].append(value)


# One variant, in its own process.


def _variant(what: str, path: Path) -> dict[str, float]:
    connection = connected(path)
    queries()  # A start has read them by then.
    begun = time.process_time()
    if what == "beside":
        rows = check_beside(connection)
        said = {"cpu_ms": (time.process_time() - begun) * 1000, "rows": rows, "peak_kb": peak_kb()}
    else:
        walked = verified_journal(connection) if what == "whole" else verified_tail(connection, _TAIL)
        worked = time.process_time() - begun
        if walked.checked != (walked.entries if what == "whole" else _TAIL):
            raise SystemExit(f"bench verify: {walked.checked} of {walked.entries} entries walked")
        said = {"cpu_ms": worked * 1000, "entries": walked.entries, "peak_kb": peak_kb()}
    connection.close()
    return said


if __name__ == "__main__":
    print(json.dumps(_variant(sys.argv[1], Path(sys.argv[2]))))
