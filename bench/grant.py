"""Asks for rights by 64 sites at once, against pgbench writing the same rows on the same server.

Each ask is of one site for one of 2,000 wallets whose value lies in the pool: its key is looked up, the pot
locked, lots taken, the directive numbered and put into the feed, all by the rules of headquarters and durable
before it is answered. In the process of headquarters, so without HTTP; the books are summed at the end.

    python -m bench.grant DSN     one round, as one line of JSON
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
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import asyncpg

from bench.floor_commit import p99
from bench.floor_grant import SCRIPT, TABLES
from bench.result import Ratio, Result, middle
from hq.conservation import astray
from hq.embedded import pgbench, serving
from hq.exchange import Exchange
from hq.postgres import PostgresStore, connected
from lab.workload import Workload
from terminal.core.commands import BookRightsBack
from terminal.core.entry import GENESIS
from terminal.core.rights import Want
from terminal.core.values import EntryId, SiteId
from terminal.core.wire.journal import BATCH_MAX, Ack, Hello, Push
from terminal.core.wire.rights import Ask, AskOutcome
from terminal.runtime.clock import SystemClock
from terminal.runtime.ids import Uuid7
from terminal.store.memory import MemoryLedger

ROOT = Path(__file__).parents[1]
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
SITES = 64
WALLETS = 2000
ASKS = 4000
_SECONDS = 5


def measured() -> Result:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        held = asyncio.run(_measured(Path(folder)))
    ratios = {
        "rate": Ratio(held["ask_rate"] / held["floor_rate"], 0.8, more_is_better=True),
        "p99": Ratio(held["ask_p99_ms"] / held["floor_p99_ms"], 1),
    }
    return Result(ratios=ratios, figures={**held, "rounds": ROUNDS, "asks": ASKS, "at_once": SITES})


async def _measured(folder: Path) -> dict[str, float]:
    found: defaultdict[str, list[float]] = defaultdict(list)
    async with serving(folder / "data") as dsn:
        (folder / "grant.sql").write_text(SCRIPT)
        os.chmod(folder, 0o755)  # noqa: S103, PTH101  pgbench runs as the server's owner
        for _ in range(ROUNDS):
            connection = await asyncpg.connect(dsn)
            await connection.execute(TABLES)
            await connection.close()
            for name, value in (await asyncio.to_thread(_floor, dsn, folder)).items():
                found[f"floor_{name}"].append(value)
            done = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bench.grant", dsn, cwd=ROOT, stdout=subprocess.PIPE
            )
            out, _ = await done.communicate()
            for name, value in json.loads(out).items():
                found[f"ask_{name}"].append(value)
    return {name: middle(values) for name, values in found.items()}


def _floor(dsn: str, folder: Path) -> dict[str, float]:
    (sockets,) = parse_qs(urlsplit(dsn).query)["host"]
    with tempfile.TemporaryDirectory(prefix="pgbench-", dir=folder) as logs:
        os.chmod(logs, 0o777)  # noqa: S103, PTH101  see above
        options = [
            "-n",
            "-M",
            "prepared",
            "-c",
            str(SITES),
            "-T",
            str(_SECONDS),
            "-f",
            str(folder / "grant.sql"),
        ]
        command = [*pgbench(), "-h", sockets, "-U", "postgres", *options, "-l", "--log-prefix", f"{logs}/log"]
        subprocess.run([*command, "postgres"], check=True, stdout=subprocess.DEVNULL, timeout=120, cwd="/")
        took = [
            int(line.split()[2]) / 1000
            for file in Path(logs).iterdir()
            for line in file.read_text().splitlines()
        ]
    return {"rate": len(took) / _SECONDS, "p99_ms": p99(took)}


# One round, in its own process.


class Chain:
    def __init__(self, store: PostgresStore) -> None:
        self.merchant = str(uuid4())
        self.clock = SystemClock()
        self.ids = Uuid7(self.clock, os.urandom)
        self.exchange = Exchange(
            store, self.clock, hq_epoch=1, new_nonce=lambda: os.urandom(16).hex(), ids=self.ids
        )
        self.wallets: list[str] = []

    async def begin(self) -> None:
        """One site has recharged all wallets and given what they hold to the pool."""
        ledger, work = MemoryLedger(SiteId("S0")), Workload(1)
        for _ in range(WALLETS):
            await ledger.submit(*work.issue())
            wallet, card = work.cards[-1]
            await ledger.submit(work.recharge(wallet, card, principal=10_000_00))
            self.wallets.append(wallet)
            wants = (Want(account=f"wallet:{wallet}:principal", amount=10_000_00),)
            back = BookRightsBack(id=EntryId(work.new_id()), at=work.now(), wants=wants)
            await ledger.submit(back)
        for site in range(1, SITES + 1):
            await self.exchange.hello(self._hello(f"S{site}"))
        nonce = (await self.exchange.hello(self._hello("S0"))).nonce
        links = ledger.links
        for start in range(0, len(links), BATCH_MAX):
            some = links[start : start + BATCH_MAX]
            answer = await self.exchange.push(
                Push(
                    merchant=self.merchant,
                    site=SiteId("S0"),
                    instance="S0",
                    hq_epoch=1,
                    epoch=1,
                    nonce=nonce,
                    start=start,
                    before=(links[start - 1].hash if start else GENESIS).hex(),
                    bodies=tuple(link.body for link in some),
                    after=some[-1].hash.hex(),
                    head_seq=len(links),
                    head_hash=links[-1].hash.hex(),
                )
            )
            if not isinstance(answer, Ack):
                raise SystemExit(f"bench grant: {answer}")
            nonce = answer.nonce

    def _hello(self, site: str) -> Hello:
        return Hello(merchant=self.merchant, site=SiteId(site), instance=site)

    async def ask(self, site: int, number: int) -> float:
        wallet = self.wallets[(site * 37 + number * SITES) % WALLETS]
        begun = time.perf_counter()
        asked = await self.exchange.ask(
            Ask(
                merchant=self.merchant,
                site=SiteId(f"S{site}"),
                instance=f"S{site}",
                hq_epoch=1,
                id=EntryId(self.ids.new()),
                wants=(Want(account=f"wallet:{wallet}:principal", amount=100 * (1 + number)),),
            )
        )
        if asked.outcome is not AskOutcome.DIRECTED:
            raise SystemExit(f"bench grant: {asked.outcome}")
        return (time.perf_counter() - begun) * 1000


async def _round(dsn: str) -> dict[str, float]:
    store = await connected(dsn)
    chain = Chain(store)
    await chain.begin()

    async def one_site(site: int) -> list[float]:
        return [await chain.ask(site, number) for number in range(ASKS // SITES)]

    async with asyncpg.create_pool(dsn, min_size=1, max_size=1) as pool:
        await pool.execute("ANALYZE")  # As autovacuum would by then.
    begun = time.perf_counter()
    took = [one for many in await asyncio.gather(*map(one_site, range(1, SITES + 1))) for one in many]
    elapsed = time.perf_counter() - begun
    lost = astray(await store.totals(chain.merchant))
    await store.close()
    if lost:
        raise SystemExit(f"bench grant: {lost[0]}")
    return {"rate": len(took) / elapsed, "p99_ms": p99(took)}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_round(sys.argv[1]))))
