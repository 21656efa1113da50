"""Full checkouts through the ledger's public entry, by 1, 8 and 64 callers, against plain sqlite3.

Journal, five postings, balances, lots and print job of each sale, hashed, chained, checked by every rule and
constraint; the ledger is verified afterwards. On memory with an emulated disk (`lab/slowsync.c`, 5 ms a
sync), each variant in a process of its own, taking turns with the floor. `BENCH_SYNC_US=0 BENCH_FOLDER=...`
measures a disk as it is.

    python -m bench.commit FOLDER CALLERS COUNT [second]     one variant, as one line of JSON

With a second copy of the journal (in a folder beside it, as slow) every answer waits for two syncs.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.floor_commit import WALLETS, p99
from bench.result import Ratio, Result, middle
from lab.workload import Workload
from terminal.core.commands import BookSale
from terminal.core.values import SiteId
from terminal.runtime.clock import SystemClock
from terminal.runtime.garbage import collect_seldom
from terminal.runtime.ids import Uuid7
from terminal.store.ledger import Ledger, open_ledger
from terminal.store.settings import Settings
from terminal.store.verify import verified

ROOT = Path(__file__).parents[1]
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SYNC_US = int(os.environ.get("BENCH_SYNC_US", "5000"))
FOLDER = os.environ.get("BENCH_FOLDER", "/dev/shm")  # noqa: S108  memory; a folder of our own is made there
COUNTS = {1: 400, 8: 2400, 64: 9600}
WITH_SECOND = (1, 64)
"""Callers of the variants with a second copy."""
_HELD = 90_000_00
_BODY_BYTES = 1250
"""Of the checkouts below; the real figure is among the answers."""


def measured() -> Result:
    floor: defaultdict[str, list[float]] = defaultdict(list)
    ours: dict[int, defaultdict[str, list[float]]] = {callers: defaultdict(list) for callers in COUNTS}
    copied: dict[int, defaultdict[str, list[float]]] = {callers: defaultdict(list) for callers in WITH_SECOND}
    for _ in range(ROUNDS):
        _run_into(floor, "bench.floor_commit", COUNTS[1], _BODY_BYTES)
        for callers, count in COUNTS.items():
            _run_into(ours[callers], "bench.commit", callers, count)
            if callers in copied:
                _run_into(copied[callers], "bench.commit", callers, count, "second")
    base = {name: middle(values) for name, values in floor.items()}
    held = {
        callers: {name: middle(values) for name, values in found.items()} for callers, found in ours.items()
    }
    second = {callers: middle(found["rate"]) for callers, found in copied.items()}
    sync = base["sync_p99_ms"]
    ratios = {
        "rate_1": Ratio(held[1]["rate"] / base["rate"], 0.93, more_is_better=True),
        "rate_8": Ratio(held[8]["rate"] / base["rate"], 6, more_is_better=True),
        "rate_64": Ratio(held[64]["rate"] / base["rate"], 30, more_is_better=True),
        "p99_1": Ratio(held[1]["p99_ms"] / (2 * sync + 2), 1),
        "p99_8": Ratio(held[8]["p99_ms"] / (2 * sync + 2), 1),
        "p99_64": Ratio(held[64]["p99_ms"] / (3 * sync + 2), 1),
        "processor": Ratio(held[1]["cpu_us"] / base["cpu_us"], 3),
        "log_kilobytes": Ratio(held[1]["wal_bytes"] / 1000, 12),
        # One sync more before each answer: half, less a tenth.
        **{
            f"rate_{callers}_second": Ratio(rate / held[callers]["rate"], 0.45, more_is_better=True)
            for callers, rate in second.items()
        },
    }
    figures: dict[str, Any] = {f"floor_{name}": value for name, value in base.items()}
    for callers, found in held.items():
        figures |= {f"callers_{callers}_{name}": value for name, value in found.items()}
    figures |= {f"callers_{callers}_second_rate": rate for callers, rate in second.items()}
    return Result(ratios=ratios, figures={**figures, "rounds": ROUNDS, "sync_us": SYNC_US})


def _run_into(found: defaultdict[str, list[float]], module: str, *arguments: int | str) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-", dir=FOLDER) as folder:
        done = subprocess.run(
            [sys.executable, "-m", module, folder, *map(str, arguments)],
            cwd=ROOT,
            env={**os.environ, "LD_PRELOAD": str(slow_disk()), "SLOWSYNC_US": str(SYNC_US)},
            check=True,
            stdout=subprocess.PIPE,
            timeout=600,
        )
    for name, value in json.loads(done.stdout).items():
        found[name].append(value)


def slow_disk() -> Path:
    """The shim, built once for each version of its source."""
    source, built = ROOT / "lab" / "slowsync.c", ROOT / ".cache" / "slowsync.so"
    if not built.exists() or built.stat().st_mtime < source.stat().st_mtime:
        built.parent.mkdir(exist_ok=True)
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            raise SystemExit(
                "bench commit: a C compiler is needed for the emulated disk (apt-get install gcc)"
            )
        subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", built, source, "-ldl"], check=True)
    return built


# One variant, in its own process.


async def _variant(folder: Path, callers: int, count: int, *, copied: bool) -> dict[str, float]:
    path = folder / "ledger.db"
    second = folder / "second" if copied else None
    if second is not None:
        second.mkdir()
    ledger = await _opened(path, second)
    sales = await _shop(ledger, count)
    await ledger.close()  # Leaves no log behind, so that its growth is what is written from here on.
    ledger = await _opened(path, second)
    await ledger.committer.submit(next(sales))
    gc.collect()
    collect_seldom()  # As the terminal does after its start.
    log = folder / "ledger.db-wal"
    before = log.stat().st_size
    took: list[float] = []
    begun, worked = time.perf_counter(), time.process_time()
    await asyncio.gather(*(_caller(ledger, sales, took) for _ in range(callers)))
    elapsed, worked = time.perf_counter() - begun, time.process_time() - worked
    grown = log.stat().st_size - before
    if second is not None and not ((state := ledger.second) and state.level):
        raise SystemExit("bench commit: the second copy fell behind")
    (link,) = await ledger.outbox.after((await ledger.outbox.head())[0] - 1, 1)
    await ledger.close()
    _check(path, 3 * WALLETS + 1 + count)
    return {
        "rate": count / elapsed,
        "p99_ms": p99(took),
        "cpu_us": worked / count * 1e6,
        "wal_bytes": grown / count,
        "body_bytes": len(link.body),
    }


async def _opened(path: Path, second: Path | None = None) -> Ledger:
    clock = SystemClock()
    return await open_ledger(
        Settings(path=path, second=second), site=SiteId("S1"), clock=clock, ids=Uuid7(clock, os.urandom)
    )


async def _shop(ledger: Ledger, count: int) -> Iterator[BookSale]:
    """A thousand cards with money on them that have bought before, and what will be sold."""
    work = Workload(1)
    submit = ledger.committer.submit
    await asyncio.gather(*(submit(*work.issue()) for _ in range(WALLETS)))
    await asyncio.gather(*(submit(work.recharge(*card, principal=_HELD)) for card in work.cards))
    await asyncio.gather(*(submit(work.sale(*card)) for card in work.cards))
    dice = random.Random(2)
    return iter([work.sale(*dice.choice(work.cards)) for _ in range(1 + count)])


async def make_shop(path: Path, count: int) -> None:
    """A ledger with so many checkouts, for other benches."""
    ledger = await _opened(path)
    sales = await _shop(ledger, count)
    await asyncio.gather(*(_caller(ledger, sales, []) for _ in range(64)))
    await ledger.close()


async def _caller(ledger: Ledger, sales: Iterator[BookSale], took: list[float]) -> None:
    for sale in sales:
        at = time.perf_counter()
        booked = await ledger.committer.submit(sale)
        took.append((time.perf_counter() - at) * 1000)
        assert booked.receipt_no  # noqa: S101  a bench of refusals would measure nothing


def _check(path: Path, entries: int) -> None:
    connection = sqlite3.connect(path)
    found = verified(connection)
    connection.close()
    if found.entries != entries:
        raise SystemExit(f"bench commit: {found.entries} entries instead of {entries}")


if __name__ == "__main__":
    _, where, callers, count, *more = sys.argv
    print(json.dumps(asyncio.run(_variant(Path(where), int(callers), int(count), copied=more == ["second"]))))
