"""Two thousand terminals that were cut off return at once, each with what it has booked meanwhile.

Each is the product's own forwarder with its backoff, a ledger in memory and a certificate of its own, over
HTTPS into `python -m hq run`. Twenty of them come first, in peace: what headquarters holds in memory then is
the floor of what it may hold while all others come. All of them end with nothing waiting, or the bench fails;
`hq verify` walks the books at the end.

    python -m bench.storm URL FOLDER FIRST END     terminals FIRST to END of `FOLDER/storm.pickle`
"""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from uuid import uuid4

from bench.guests import courier_of, let_in
from bench.result import Ratio, Result
from lab.shop.processes import Process, told
from lab.workload import Workload
from terminal.core.values import SiteId
from terminal.runtime.clock import SystemClock
from terminal.store.memory import MemoryLedger
from terminal.uplink.courier import Courier
from terminal.uplink.forwarder import Forwarder
from terminal.uplink.settings import Settings
from terminal.uplink.talk import Talk, Who
from tests.hq.guest import Guest

TERMINALS = int(os.environ.get("BENCH_TERMINALS", "2000"))
CHAIN = 100
"""Shops of one merchant."""
PEACEFUL = 20
ENTRIES = int(os.environ.get("BENCH_WAITING", "40"))
"""That wait in each."""
_TIMES_MEDIAN = 3.0
_TIMES_PEACEFUL = 4.0
"""Two thousand kept connections are in it, 0.1 MB each; what is sent on them must not be."""


def measured() -> Result:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        return asyncio.run(_measured(Path(folder)))


async def _measured(folder: Path) -> Result:
    hq = Process("headquarters", folder / "hq.log")
    said = await hq.start("hq", "run", "--data", str(folder / "data"), "--port", "0")
    try:
        (folder / "storm.pickle").write_bytes(pickle.dumps(await _enrolled(folder / "data")))
        await told("bench.storm", said["url"], str(folder), "0", str(PEACEFUL))
        peaceful_kb = _resident_kb(hq.pid, "VmRSS")
        _forget_peak(hq.pid)
        found = await told("bench.storm", said["url"], str(folder), str(PEACEFUL), str(TERMINALS))
        peak_kb = _resident_kb(hq.pid, "VmHWM")
        verdict = await told("hq", "verify", "--data", str(folder / "data"))
        if verdict["hq"] != "ok" or verdict["entries"] != TERMINALS * ENTRIES:
            raise SystemExit("bench storm: the books do not verify")
    finally:
        await hq.stop()
    return Result(
        ratios={
            "drained": Ratio(found["drained"] / (TERMINALS - PEACEFUL), 1, more_is_better=True),
            "slowest_to_median": Ratio(found["slowest_s"] / found["median_s"], _TIMES_MEDIAN),
            "memory_to_peaceful": Ratio(peak_kb / peaceful_kb, _TIMES_PEACEFUL),
        },
        figures={
            "terminals": TERMINALS,
            "entries_each": ENTRIES,
            "peaceful_mb": round(peaceful_kb / 1024, 1),
            "peak_mb": round(peak_kb / 1024, 1),
            **found,
        },
    )


def _resident_kb(pid: int, what: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{what}:"))


def _forget_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")


async def _enrolled(data: Path) -> list[tuple[str, str, Guest]]:
    """Merchant, site and keys of each terminal."""
    found: list[tuple[str, str, Guest]] = []
    while len(found) < TERMINALS:
        merchant = str(uuid4())
        guests = await let_in(data, merchant, [f"S{number}" for number in range(CHAIN)])
        found += [(merchant, site, guest) for site, guest in guests.items()]
    return found[:TERMINALS]


# The terminals, in a process of their own.


class Counter(MemoryLedger):
    """A ledger that says when nothing waits any more."""

    def __init__(self, site: SiteId) -> None:
        super().__init__(site, "i1")
        self.drained = asyncio.Event()

    async def acknowledge(self, seq: int, mark: str = "") -> None:
        await super().acknowledge(seq, mark)
        if not self.waiting():
            self.drained.set()


async def _counter(site: str) -> Counter:
    ledger, work = Counter(SiteId(site)), Workload(str(uuid4()))
    await ledger.submit(*work.issue())
    card = work.cards[0]
    await ledger.submit(work.recharge(*card, principal=90_000_00))
    while len(ledger.links) < ENTRIES:
        await ledger.submit(work.sale(*card))
    return ledger


async def _drained(ledger: Counter, courier: Courier, who: Who) -> float:
    """Seconds until nothing waits."""
    forwarder = Forwarder(
        ledger,
        ledger,
        Talk(courier, who, ledger),
        Settings(),
        random=os.urandom,
        clock=SystemClock(),
        on_state=lambda _: None,
    )
    begun = time.perf_counter()
    running = asyncio.create_task(forwarder.run())
    done = asyncio.create_task(ledger.drained.wait())
    await asyncio.wait((running, done), return_when=asyncio.FIRST_COMPLETED)
    took = time.perf_counter() - begun
    for task in (running, done):
        task.cancel()
    await asyncio.gather(running, done, return_exceptions=True)
    return took


async def _storm(url: str, folder: Path, first: int, end: int) -> dict[str, float]:
    known: list[tuple[str, str, Guest]] = pickle.loads((folder / "storm.pickle").read_bytes())  # noqa: S301  our own
    terminals: list[tuple[Counter, Courier, Who]] = []
    for place, (merchant, site, guest) in enumerate(known[first:end]):
        who = Who(merchant=merchant, site=SiteId(site), instance="i1")
        courier = courier_of(guest, url, folder / f"kept-{first}-{place}")
        terminals.append((await _counter(site), courier, who))
    took = await asyncio.gather(*(_drained(*terminal) for terminal in terminals))
    drained = sum(not ledger.waiting() for ledger, _, _ in terminals)
    return {"drained": drained, "median_s": round(median(took), 3), "slowest_s": round(max(took), 3)}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_storm(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))))
