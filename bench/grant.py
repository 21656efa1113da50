"""Asks for rights by 64 sites at once, against pgbench writing the same rows on the same server.

Each ask is of one site for one of 2,000 wallets whose value lies in the pool: its key is looked up, the pot
locked, lots taken, the directive numbered and put into the feed, all by the rules of headquarters and durable
before it is answered. Over HTTPS into `python -m hq run`, each site with a certificate and a connection of
its own, by the terminal's courier; the books are summed at the end.

    python -m bench.grant URL FOLDER     one round, as one line of JSON; `data` in it is that headquarters'
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
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec

from bench.chains import batch
from bench.floor_commit import p99
from bench.floor_grant import SCRIPT, TABLES
from bench.guests import courier_of, dsn_of, let_in, sockets_of
from bench.result import Ratio, Result, middle
from hq.conservation import astray
from hq.embedded import pgbench
from hq.postgres import connected
from lab.shop.processes import Process, told
from lab.workload import Workload
from terminal.core.commands import BookRightsBack
from terminal.core.rights import Want
from terminal.core.values import EntryId, SiteId
from terminal.core.wire.journal import BATCH_MAX, HELLO_PATH, PUSH_PATH, Ack, Answer, Hello, Welcome
from terminal.core.wire.rights import ASK_PATH, Ask, Asked, AskOutcome
from terminal.runtime.clock import SystemClock
from terminal.runtime.ids import Uuid7
from terminal.store.memory import MemoryLedger
from tests.hq.guest import Guest

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
    hq = Process("headquarters", folder / "hq.log")
    said = await hq.start("hq", "run", "--data", str(folder / "data"), "--port", "0")
    try:
        (folder / "grant.sql").write_text(SCRIPT)
        os.chmod(folder, 0o755)  # noqa: S103, PTH101  pgbench runs as the server's owner
        for _ in range(ROUNDS):
            connection = await asyncpg.connect(dsn_of(folder / "data"))
            await connection.execute(TABLES)
            await connection.close()
            for name, value in (await asyncio.to_thread(_floor, folder)).items():
                found[f"floor_{name}"].append(value)
            for name, value in (await told("bench.grant", said["url"], str(folder))).items():
                found[f"ask_{name}"].append(value)
    finally:
        await hq.stop()
    return {name: middle(values) for name, values in found.items()}


def _floor(folder: Path) -> dict[str, float]:
    sockets = sockets_of(folder / "data")
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
    def __init__(self, folder: Path, guests: dict[str, Guest], url: str, merchant: str) -> None:
        self._merchant = merchant
        self._ids = Uuid7(SystemClock(), os.urandom)
        self._lines = {
            site: courier_of(guest, url, folder / f"{merchant}-{site}") for site, guest in guests.items()
        }
        self._wallets: list[str] = []

    async def begin(self) -> None:
        """One site has recharged all wallets and given what they hold to the pool."""
        ledger, work = MemoryLedger(SiteId("S0")), Workload(1)
        for _ in range(WALLETS):
            await ledger.submit(*work.issue())
            wallet, card = work.cards[-1]
            await ledger.submit(work.recharge(wallet, card, principal=10_000_00))
            self._wallets.append(wallet)
            wants = (Want(account=f"wallet:{wallet}:principal", amount=10_000_00),)
            back = BookRightsBack(id=EntryId(work.new_id()), at=work.now(), wants=wants)
            await ledger.submit(back)
        nonces = {site: await self._hello(site) for site in self._lines}
        nonce, links = nonces["S0"], ledger.links
        for start in range(0, len(links), BATCH_MAX):
            push = batch(self._merchant, "S0", links, start, nonce)
            answer = await self._told("S0", PUSH_PATH, push, Answer)
            if not isinstance(answer, Ack):
                raise SystemExit(f"bench grant: {answer}")
            nonce = answer.nonce

    async def _hello(self, site: str) -> str:
        hello = Hello(merchant=self._merchant, site=SiteId(site), instance="i1")
        welcome: Welcome = await self._told(site, HELLO_PATH, hello, Welcome)
        return welcome.nonce

    async def _told(self, site: str, path: str, question: msgspec.Struct, answers: Any) -> Any:  # noqa: ANN401
        reply = await self._lines[site].ask(path, msgspec.json.encode(question))
        if reply.status != 200:  # noqa: PLR2004
            raise SystemExit(f"bench grant: {reply.status} {reply.body[:300]!r}")
        return msgspec.json.decode(reply.body, type=answers)

    async def ask(self, site: int, number: int) -> float:
        wallet = self._wallets[(site * 37 + number * SITES) % WALLETS]
        begun = time.perf_counter()
        ask = Ask(
            merchant=self._merchant,
            site=SiteId(f"S{site}"),
            instance="i1",
            hq_epoch=1,
            id=EntryId(self._ids.new()),
            wants=(Want(account=f"wallet:{wallet}:principal", amount=100 * (1 + number)),),
        )
        asked = await self._told(f"S{site}", ASK_PATH, ask, Asked)
        if asked.outcome is not AskOutcome.DIRECTED:
            raise SystemExit(f"bench grant: {asked.outcome}")
        return (time.perf_counter() - begun) * 1000

    async def close(self) -> None:
        for line in self._lines.values():
            await line.close()


async def _round(url: str, folder: Path) -> dict[str, float]:
    merchant = str(uuid4())
    guests = await let_in(folder / "data", merchant, [f"S{site}" for site in range(SITES + 1)])
    chain = Chain(folder, guests, url, merchant)
    await chain.begin()

    async def one_site(site: int) -> list[float]:
        return [await chain.ask(site, number) for number in range(ASKS // SITES)]

    store = await connected(dsn_of(folder / "data"))
    async with asyncpg.create_pool(dsn_of(folder / "data"), min_size=1, max_size=1) as pool:
        await pool.execute("ANALYZE")  # As autovacuum would by then.
    begun = time.perf_counter()
    took = [one for many in await asyncio.gather(*map(one_site, range(1, SITES + 1))) for one in many]
    elapsed = time.perf_counter() - begun
    await chain.close()
    lost = astray(await store.totals(merchant))
    await store.close()
    if lost:
        raise SystemExit(f"bench grant: {lost[0]}")
    return {"rate": len(took) / elapsed, "p99_ms": p99(took)}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_round(sys.argv[1], Path(sys.argv[2])))))
