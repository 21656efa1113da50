"""A checkout's time and the ledger's memory with 1,000 members, with millions, and with five times as many.

The ledgers are real files, made in bulk through the schema (`lab/crowd.py`): every member with a card, a
phone and two lots. Sales go to members drawn from all of them, one caller, through the public entry with
everything on. Sizes take turns; each round is a process of its own that opens the ledger and sells. Twice: on
the disk as it is, and on the same disk with 5 ms more a sync (`lab/slowsync.c`). The smallest is walked whole
afterwards; of the others what a start walks, at every start.

`BENCH_MEMBERS` is the largest size, `BENCH_FOLDER` where there is room (5 kB a member), `BENCH_KEPT` a folder
whose ledgers stay (`python -m lab million --keep`).

    python -m bench.growth PATH MEMBERS ROUND     one round, as one line of JSON
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import closing
from pathlib import Path

from bench.commit import slow_disk
from bench.floor_start import resident
from bench.result import Ratio, Result, middle
from lab.crowd import SITE, make_crowd, member
from lab.million import kept_crowd
from lab.workload import Workload
from terminal.runtime.clock import SystemClock
from terminal.runtime.garbage import collect_seldom
from terminal.runtime.ids import Uuid7
from terminal.store.ledger import open_ledger
from terminal.store.settings import Settings
from terminal.store.verify import verified

ROOT = Path(__file__).parents[1]
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
MEMBERS = int(os.environ.get("BENCH_MEMBERS", "5000000"))
FOLDER = os.environ.get("BENCH_FOLDER")
KEPT = os.environ.get("BENCH_KEPT")
SYNC_US = int(os.environ.get("BENCH_SYNC_US", "5000"))
SIZES = {"few": 1_000, "fifth": MEMBERS // 5, "all": MEMBERS}
_SALES = 300
_WARM_UP = 30


def measured() -> Result:
    found: defaultdict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=FOLDER) as folder:
        paths = {name: made(Path(KEPT or folder), members) for name, members in SIZES.items()}
        for number in range(ROUNDS):
            for name, path in paths.items():
                for disk, sync_us in (("disk", 0), ("slow", SYNC_US)):
                    sold = _sold(path, SIZES[name], number, sync_us)
                    for what, value in sold.items():
                        found[f"{name}_{disk}_{what}"].append(value)
        with closing(sqlite3.connect(paths["few"])) as connection:
            verified(connection)
        sizes = {f"{name}_bytes": path.stat().st_size for name, path in paths.items()}
    held = {name: middle(values) for name, values in found.items()}
    ratios = {
        "p50_disk": Ratio(held["all_disk_p50_ms"] / held["few_disk_p50_ms"], 1.3),
        "p50_slow": Ratio(held["all_slow_p50_ms"] / held["few_slow_p50_ms"], 1.3),
        "memory": Ratio(held["all_disk_resident_kb"] / held["fifth_disk_resident_kb"], 1.1),
    }
    return Result(
        ratios=ratios, figures={**held, **sizes, "members": MEMBERS, "rounds": ROUNDS, "sync_us": SYNC_US}
    )


def made(folder: Path, members: int) -> Path:
    """The ledger of so many; made unless it is kept."""
    path = kept_crowd(folder, members)
    if not path.exists():
        make_crowd(path, members)
    return path


def _sold(path: Path, members: int, number: int, sync_us: int) -> dict[str, float]:
    environ = {**os.environ}
    if sync_us:
        environ |= {"LD_PRELOAD": str(slow_disk()), "SLOWSYNC_US": str(sync_us)}
    done = subprocess.run(
        [sys.executable, "-m", "bench.growth", str(path), str(members), str(number)],
        cwd=ROOT,
        env=environ,
        check=True,
        stdout=subprocess.PIPE,
        timeout=600,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


# One round, in its own process.


async def _round(path: Path, members: int, number: str) -> dict[str, float]:
    clock = SystemClock()
    begun = time.process_time()
    ledger = await open_ledger(Settings(path=path), site=SITE, clock=clock, ids=Uuid7(clock, os.urandom))
    opened = time.process_time() - begun
    head, _ = await ledger.outbox.head()
    dice = random.Random(f"{number} {head}")
    work = Workload(dice.getrandbits(32), after=head)  # Ids later than all that are there.
    who = [member(dice.randrange(members)) for _ in range(_WARM_UP + _SALES)]
    sales = [work.sale(one.wallet, one.card) for one in who]
    for sale in sales[:_WARM_UP]:
        await ledger.committer.submit(sale)
    gc.collect()
    collect_seldom()  # As the terminal does after its start.
    took = []
    worked = time.process_time()
    for sale in sales[_WARM_UP:]:
        at = time.perf_counter()
        await ledger.committer.submit(sale)
        took.append((time.perf_counter() - at) * 1000)
    worked = time.process_time() - worked
    kb = resident(os.getpid())
    await ledger.close()
    took.sort()
    return {
        "p50_ms": took[_SALES // 2],
        "p99_ms": took[int(_SALES * 0.99)],
        "cpu_us": worked / _SALES * 1e6,
        "open_cpu_ms": opened * 1000,
        "resident_kb": kb,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_round(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))))
