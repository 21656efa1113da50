"""PUSH of hundreds by sixteen terminals into headquarters, against PostgreSQL alone on the same server.

Full checkouts, booked by the ledger's own rules. `push`: over HTTPS with a certificate and signatures into
`python -m hq run`, by the terminal's own courier; it verifies the chain, reads every entry, posts and
acknowledges after COMMIT. `again`: the same once more, when it is
there. `merge`: the same batches into the same store without HTTPS, chain and reading, by one connection.
Floors by `bench/floor_ingest.py` and by pgbench. Each variant runs in a process of its own, taking turns, for
a merchant of its own; `hq verify` walks all of it at the end.

    python -m bench.ingest push|again|merge WHERE FOLDER NAME     one variant, as one line of JSON

`WHERE`: URL of headquarters, for `merge` the DSN. `FOLDER`: `data` of that headquarters, and the chains.
"""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from uuid import uuid4

import asyncpg
import msgspec

from bench.chains import OPENING, batch, journals, rows
from bench.guests import courier_of, dsn_of, let_in, sockets_of
from bench.result import Ratio, Result, middle
from hq.embedded import pgbench
from hq.ports import SiteRow
from hq.postgres import PostgresStore, connected
from hq.reading import read
from hq.taken import Taken
from lab.shop.processes import Process, told
from terminal.core.entry import Link
from terminal.core.values import SiteId
from terminal.core.wire.journal import BATCH_MAX, HELLO_PATH, PUSH_PATH, Ack, Answer, Hello, Welcome
from terminal.uplink.courier import HttpsCourier

ROOT = Path(__file__).parents[1]
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
SITES = 16
SALES = int(os.environ.get("BENCH_SALES", "1000"))
"""Of each site."""
_PGBENCH_S = "5"

Chains = dict[str, list[Link]]


def measured() -> Result:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        for kind in ("spread", "hot"):
            chains = journals(SITES, SALES, one_wallet=kind == "hot")
            (folder / f"{kind}.pickle").write_bytes(pickle.dumps(chains))
        rows(journals(SITES, SALES), folder / "rows")
        return asyncio.run(_measured(folder))


async def _measured(folder: Path) -> Result:
    hq = Process("headquarters", folder / "hq.log")
    said = await hq.start("hq", "run", "--data", str(folder / "data"), "--port", "0")
    sockets, dsn = sockets_of(folder / "data"), dsn_of(folder / "data")
    found: defaultdict[str, list[float]] = defaultdict(list)
    try:
        _pgbench(sockets, "-i", "-s", "10", "-q")
        for _ in range(ROUNDS):
            for floor in ("direct", "staged", "copy"):
                _run_into(
                    found,
                    f"floor_{floor}",
                    "bench.floor_ingest",
                    floor,
                    dsn,
                    str(folder / "rows"),
                    str(SITES),
                )
            _run_into(found, "push", "bench.ingest", "push", said["url"], str(folder), "spread")
            _run_into(found, "push_hot", "bench.ingest", "push", said["url"], str(folder), "hot")
            _run_into(found, "again", "bench.ingest", "again", said["url"], str(folder), "spread")
            _run_into(found, "merge", "bench.ingest", "merge", dsn, str(folder), "spread")
            said_by = _pgbench(sockets, "-N", "-c", str(SITES), "-T", _PGBENCH_S)
            found["pgbench_tps"].append(float(re.findall(r"tps = ([\d.]+)", said_by)[-1]))
        connection = await asyncpg.connect(dsn)
        sql = "SELECT deadlocks FROM pg_stat_database WHERE datname = 'postgres'"
        deadlocks = await connection.fetchval(sql)
        await connection.close()
        verdict = await told("hq", "verify", "--data", str(folder / "data"))
        if verdict["hq"] != "ok":
            raise SystemExit("bench ingest: the books do not verify")
    finally:
        await hq.stop()
    return _result({name: middle(values) for name, values in found.items()}, int(deadlocks))


def _result(held: dict[str, float], deadlocks: int) -> Result:
    def ratio(what: str, floor: str, goal: float) -> Ratio:
        return Ratio(held[what] / held[floor], goal, more_is_better=True)

    return Result(
        ratios={
            "push_to_direct": ratio("push_rate", "floor_direct_rate", 0.7),
            "merge_to_staged": ratio("merge_rate", "floor_staged_rate", 0.8),
            "merge_to_copy": ratio("merge_rate", "floor_copy_rate", 0.35),
            "push_to_pgbench": ratio("push_rate", "pgbench_tps", 5),
            "hot_to_spread": ratio("push_hot_rate", "push_rate", 0.85),
            "again_to_first": ratio("again_rate", "push_rate", 5),
            "deadlocks": Ratio(deadlocks, 0),
        },
        figures={**held, "rounds": ROUNDS, "sites": SITES, "entries": SITES * SALES, "batch": BATCH_MAX},
    )


def _pgbench(sockets: str, *options: str) -> str:
    command = [*pgbench(), "-h", sockets, "-U", "postgres", *options, "postgres"]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=300, cwd="/").stdout


def _run_into(found: defaultdict[str, list[float]], name: str, module: str, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE, timeout=600
    )
    for what, value in json.loads(done.stdout).items():
        found[f"{name}_{what}"].append(value)


# One variant, in its own process.


class Line:
    """One terminal on the line; it says HELLO once and lives on the nonces of its answers."""

    def __init__(self, courier: HttpsCourier, merchant: str, site: str, links: list[Link]) -> None:
        self._courier = courier
        self._merchant = merchant
        self._site = site
        self._links = links
        self._nonce = ""

    async def hello(self) -> None:
        hello = Hello(merchant=self._merchant, site=SiteId(self._site), instance="i1")
        self._nonce = msgspec.json.decode(await self._ask(HELLO_PATH, hello), type=Welcome).nonce

    async def push(self, start: int, end: int) -> None:
        for at in range(start, end, BATCH_MAX):
            push = batch(self._merchant, self._site, self._links, at, self._nonce)
            answer = msgspec.json.decode(await self._ask(PUSH_PATH, push), type=Answer)
            if not isinstance(answer, Ack):
                raise SystemExit(f"bench ingest: {answer}")
            self._nonce = answer.nonce

    async def _ask(self, path: str, question: Hello | msgspec.Struct) -> bytes:
        answer = await self._courier.ask(path, msgspec.json.encode(question))
        if answer.status != 200:  # noqa: PLR2004
            raise SystemExit(f"bench ingest: {answer.status} {answer.body[:300]!r}")
        return answer.body

    async def close(self) -> None:
        await self._courier.close()


async def push(url: str, folder: Path, chains: Chains, *, again: bool) -> float:
    merchant = str(uuid4())
    guests = await let_in(folder / "data", merchant, chains)
    lines: list[tuple[Line, int]] = []
    for site, links in chains.items():
        courier = courier_of(guests[site], url, folder / f"{merchant}-{site}")
        lines.append((Line(courier, merchant, site, links), len(links)))
    for line, _ in lines:
        await line.hello()
        await line.push(0, OPENING)
    took = await _timed(lines)
    if again:
        took = await _timed(lines)
    for line, _ in lines:
        await line.close()
    return took


async def _timed(lines: list[tuple[Line, int]]) -> float:
    begun = time.perf_counter()
    await asyncio.gather(*(line.push(OPENING, end) for line, end in lines))
    return time.perf_counter() - begun


async def merge(dsn: str, chains: Chains) -> float:
    """By one connection, of entries that are read already."""
    store, merchant = await connected(dsn), str(uuid4())
    batches = [
        (SiteId(site), [read(site, 1, link.seq, link.hash, link.body) for link in links[at : at + BATCH_MAX]])
        for at in range(0, max(map(len, chains.values())), BATCH_MAX)
        for site, links in chains.items()
    ]
    opening = OPENING // BATCH_MAX * SITES
    for site, entries in batches[:opening]:
        await _merged(store, merchant, site, entries)
    begun = time.perf_counter()
    for site, entries in batches[opening:]:
        await _merged(store, merchant, site, entries)
    took = time.perf_counter() - begun
    await store.close()
    return took


async def _merged(store: PostgresStore, merchant: str, site: SiteId, entries: list[Taken]) -> None:
    async with store.turn(merchant, site, hold=True) as turn:
        row = await turn.site()
        if row is None:
            row = SiteRow(instance=site, confirmed=1)
            await turn.save(row)
        row = msgspec.structs.replace(row, acked=entries[-1].seq, head=entries[-1].hash)
        if await turn.extend(row, entries, 1, claimed=False):
            raise SystemExit("bench ingest: an id twice")


def main(variant: str, where: str, folder: Path, name: str) -> float:
    chains: Chains = pickle.loads((folder / f"{name}.pickle").read_bytes())  # noqa: S301  our own
    if variant == "merge":
        took = asyncio.run(merge(where, chains))
    else:
        took = asyncio.run(push(where, folder, chains, again=variant == "again"))
    return sum(len(links) - OPENING for links in chains.values()) / took


if __name__ == "__main__":
    print(json.dumps({"rate": main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4])}))
