"""Processor time a row when a terminal that was cut off for days sends what waits, 100 entries a batch.

The own forwarder and ledger file of the product, over HTTP to a server in another process that takes all
that it is sent (`bench/floor_drain.py serve`), against a client of the standard library on the same file.
Variants take turns; each run is a process of its own, with all modules loaded before it is timed. Without TLS
and signatures on either side.

    python -m bench.drain PATH PORT     one run, as one line of JSON
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.floor_drain import BATCH
from bench.result import Ratio, Result, middle
from lab.crowd import SITE, make_crowd
from terminal.core.wire.forms import ANSWER_BYTES_MAX
from terminal.runtime.clock import SystemClock
from terminal.runtime.ids import Uuid7
from terminal.store.ledger import News, open_ledger
from terminal.store.settings import Settings as StoreSettings
from terminal.uplink.courier import Reply
from terminal.uplink.forwarder import Forwarder
from terminal.uplink.lines import Lines
from terminal.uplink.settings import Settings
from terminal.uplink.talk import Talk, Who

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
ENTRIES = int(os.environ.get("BENCH_ENTRIES", "100000"))
_US_A_ROW = 4.0
_TIMES_STDLIB = 1.8


def measured() -> Result:
    found: defaultdict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, _serving() as port:
        made = Path(folder) / "made" / "ledger.db"
        made.parent.mkdir()
        make_crowd(made, ENTRIES // 2)  # Each member joins and recharges.
        for _ in range(ROUNDS):
            for name, module, arguments in (
                ("ours", "bench.drain", ()),
                ("stdlib", "bench.floor_drain", ("drain",)),
            ):
                own = Path(folder) / name
                shutil.rmtree(own, ignore_errors=True)
                shutil.copytree(made.parent, own)
                for what, value in _run(module, *arguments, str(own / made.name), str(port)).items():
                    found[f"{name}_{what}"].append(value)
    ours, stdlib = middle(found["ours_cpu_us"]), middle(found["stdlib_cpu_us"])
    return Result(
        ratios={
            "processor us a row": Ratio(ours, _US_A_ROW),
            "stdlib client / ours": Ratio(stdlib / ours, _TIMES_STDLIB, more_is_better=True),
        },
        figures={name: middle(values) for name, values in sorted(found.items())},
    )


def _run(module: str, *arguments: str) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-m", module, *arguments], capture_output=True, check=True)
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


@contextmanager
def _serving() -> Iterator[int]:
    command = [sys.executable, "-m", "bench.floor_drain", "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield int(server.stdout.readline()) if server.stdout else 0
        finally:
            server.kill()


class _Plain:
    """The product's courier as it speaks HTTP, without TLS and signatures."""

    def __init__(self, port: int) -> None:
        self._lines = Lines(f"http://127.0.0.1:{port}", None)

    async def ask(
        self, path: str, body: bytes, *, bytes_max: int = ANSWER_BYTES_MAX, wait_s: float = 0.0
    ) -> Reply:
        async with asyncio.timeout(10 + wait_s):
            answer = await self._lines.post(path, body, {}, bytes_max=bytes_max)
        return Reply(status=answer.status, body=answer.body)

    async def close(self) -> None:
        self._lines.close()


async def _drained(path: Path, port: int) -> dict[str, float]:
    clock, changed = SystemClock(), asyncio.Event()
    ledger = await open_ledger(
        StoreSettings(path=path),
        site=SITE,
        clock=clock,
        ids=Uuid7(clock, os.urandom),
        news=News(changed=changed.set),
    )
    rows = ledger.outbox.waiting()
    who = Who(merchant="m", site=SITE, instance="i1")
    forwarder = Forwarder(
        ledger.outbox,
        ledger.link,
        Talk(_Plain(port), who, ledger.link),
        Settings(batch=BATCH),
        random=os.urandom,
        clock=clock,
        on_state=lambda _: None,
    )
    importlib.import_module("aiosqlite")  # As the other client has its modules.
    spent, wall = time.process_time(), time.perf_counter()
    running = asyncio.create_task(forwarder.run())
    while ledger.outbox.waiting():
        changed.clear()
        await changed.wait()
    spent, wall = time.process_time() - spent, time.perf_counter() - wall
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    await ledger.close()
    return {"cpu_us": 1e6 * spent / rows, "wall_us": 1e6 * wall / rows, "rows": rows}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_drained(Path(sys.argv[1]), int(sys.argv[2])))))
