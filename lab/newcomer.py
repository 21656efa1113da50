"""A site that is new: 100,000 members come as a data set while it sells.

    python -m lab newcomer [--members N] [--folder DIR] [--json]

`python -m hq run` with its PostgreSQL knows the members from another site (their rows are put into its tables
before anything is timed). Then a site says HELLO for the first time, over HTTPS with its certificate: from
there on headquarters makes the parts, seals each to that machine and directs it to them, and the terminal's
own uplink, ledger and file of data sets take them in, while one counter sells, sale after sale. Says how long
it took until the first and until all were known, what a sale took before and meanwhile, how long the feed was
held up at most, and looks every hundredth member up by their card. Exit 1 when one is not found, or when it
took more than a minute.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from bench.floor_commit import p99
from bench.guests import courier_of, dsn_of, let_in
from hq.sets_ports import place_of
from lab.shop.processes import Process
from lab.workload import Workload
from terminal.core.trust import Credential, Medium
from terminal.core.values import SiteId, WalletId
from terminal.core.wire.people import Known, profile_about
from terminal.core.wire.sets import SetName
from terminal.runtime.box import sealed_to
from terminal.runtime.clock import SystemClock
from terminal.runtime.ids import Uuid7
from terminal.store.ledger import Ledger, open_ledger
from terminal.store.settings import Settings as StoreSettings
from terminal.uplink.settings import Settings
from terminal.uplink.talk import Who
from terminal.uplink.uplink import Outside, Site, Uplink
from tests.hq.guest import Guest

USEFUL_S = 60.0
_MERCHANT = "newcomer"
_SITE, _OLD = SiteId("S9"), "S1"
_LOOKED_UP = 100
_ALONE = 200
_RECHARGES = 40
"""Enough for every sale meanwhile."""
_WHOLE_S = 300.0
"""Given up after that."""
_AT_ONCE = 5_000

_TABLES = {
    "wallets": ("wallet", "root", "member", "tier", "opened_ms"),
    "profiles": ("wallet", "edit", "member", "sealed", "traces", "arrived_ms", "since"),
    "keys": ("token", "wallet", "card", "shown"),
    "seen": ("wallet", "site", "place", "day"),
}


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m lab newcomer", description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="newcomer-", dir=chosen.folder) as folder:
        said = asyncio.run(_came(Path(folder), chosen.members))
    print(json.dumps(said) if chosen.json else json.dumps(said, indent=2))
    useful = said["first_known_s"] is not None and said["known_s"] <= USEFUL_S
    return 0 if useful and not said["not_found"] else 1


def _card(n: int) -> Credential:
    return Credential(medium=Medium.EM4100, number=f"{n:010X}")


async def _known_before(ledger: Ledger, dsn: str, public: bytes, members: int) -> None:
    """What PUSH and PROFILE of another site would have left at headquarters."""
    connection = await asyncpg.connect(dsn)
    ids, today = Uuid7(SystemClock(), os.urandom), time.time_ns() // 86_400_000_000_000
    for first in range(0, members, _AT_ONCE):
        rows: dict[str, list[tuple[object, ...]]] = {name: [] for name in _TABLES}
        for n in range(first, min(members, first + _AT_ONCE)):
            _member(ledger, rows, n, public, ids.new(), today)
        for name, columns in _TABLES.items():
            some = [(_MERCHANT, *row) for row in rows[name]]
            await connection.copy_records_to_table(name, columns=("merchant_id", *columns), records=some)
    await connection.execute("ANALYZE")
    await connection.close()


def _member(  # noqa: PLR0913, PLR0917  one row of each table
    ledger: Ledger, rows: dict[str, list[tuple[object, ...]]], n: int, public: bytes, edit: str, today: int
) -> None:
    wallet, phone = f"w{n}", f"19{n:09d}"
    known = Known(name="王小明", phone=phone, salt="00" * 16)
    about = profile_about(edit, WalletId(wallet))
    box = sealed_to(public, msgspec.json.encode(known), about=about, fresh=os.urandom(32))
    card = bytes.fromhex(ledger.books.token(_card(n)))
    token = bytes.fromhex(ledger.books.token(Credential(medium=Medium.PHONE, number=phone)))
    traces = [sha256(f"{n} {place}".encode()).hexdigest()[:16] for place in range(5)]
    rows["wallets"].append((wallet, wallet, f"m{n}", "regular", 1))
    rows["profiles"].append((wallet, edit, f"m{n}", box, traces, 1, 0))
    rows["keys"] += [
        (card, wallet, f"c{n}", f"******{n % 10_000:04d}"),
        (token, wallet, None, ""),
    ]
    rows["seen"].append((wallet, _OLD, place_of(wallet), today))


async def _came(folder: Path, members: int) -> dict[str, Any]:
    hq = Process("headquarters", folder / "hq.log")
    said = await hq.start("hq", "run", "--data", str(folder / "data"), "--port", "0")
    try:
        guest = (await let_in(folder / "data", _MERCHANT, [_SITE]))[_SITE]
        clock, work = SystemClock(), Workload("newcomer")
        ids = Uuid7(clock, os.urandom)
        path = folder / "ledger.db"
        ledger = await open_ledger(StoreSettings(path=path), site=_SITE, clock=clock, ids=ids)
        await _known_before(ledger, dsn_of(folder / "data"), guest.enrolment.hq_box_key, members)
        await ledger.committer.submit(*work.issue())
        for _ in range(_RECHARGES):
            await ledger.committer.submit(work.recharge(*work.cards[0], 90_000_00))
        alone = [await _sold(ledger, work) for _ in range(_ALONE)]
        seen = await _meanwhile(ledger, work, _uplink(ledger, work, guest, said["url"], folder), members)
        lost = [n for n in range(0, members, _LOOKED_UP) if await ledger.books.holder(_card(n)) is None]
        await ledger.close()
    finally:
        await hq.stop()
    meanwhile = seen.pop("sales")
    return {
        "members": members,
        **seen,
        "sales_meanwhile": len(meanwhile),
        "sale_ms_alone": round(sorted(alone)[len(alone) // 2], 3),
        "sale_ms_meanwhile": round(sorted(meanwhile)[len(meanwhile) // 2], 3),
        "sale_p99_ms_alone": round(p99(alone), 3),
        "sale_p99_ms_meanwhile": round(p99(meanwhile), 3),
        "sets_bytes": path.with_suffix(".sets").stat().st_size,
        "not_found": len(lost),
    }


def _uplink(ledger: Ledger, work: Workload, guest: Guest, url: str, folder: Path) -> Uplink:
    clock = SystemClock()
    return Uplink(
        Site(ledger=ledger.link, outbox=ledger.outbox, committer=ledger.committer, sets=ledger.sets),
        Settings(),
        Who(merchant=_MERCHANT, site=_SITE, instance="i1"),
        Outside(
            courier=courier_of(guest, url, folder / "credentials"),
            clock=clock,
            ids=Uuid7(clock, os.urandom),
            random=os.urandom,
            occasion=work.now,
            box_key=lambda: guest.enrolment.box_key,
            hq_box_key=lambda: guest.enrolment.hq_box_key,
        ),
    )


async def _meanwhile(ledger: Ledger, work: Workload, uplink: Uplink, members: int) -> dict[str, Any]:
    """Sells until all are known; from the uplink's start, when the site says HELLO for the first time."""
    begun, sales = time.perf_counter(), []
    switched: dict[str, float] = {}
    running = asyncio.create_task(uplink.run())
    whole = 0
    while whole < members and time.perf_counter() - begun < _WHOLE_S:
        sales.append(await _sold(ledger, work))
        active = ledger.link.standing().sets.get(SetName.MEMBERS, "")
        if active and active not in switched:
            switched[active] = time.perf_counter() - begun
            manifest = await ledger.sets.manifest(active)
            whole = sum(part.rows for part in manifest.parts) if manifest else 0
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    times = [0.0, *switched.values()]
    return {
        "first_known_s": round(times[1], 2) if switched else None,
        "known_s": round(times[-1], 2),
        "manifests": len(switched),
        "longest_between_two_s": round(max((b - a for a, b in pairwise(times)), default=0), 2),
        "sales": sales,
    }


async def _sold(ledger: Ledger, work: Workload) -> float:
    """Milliseconds until the answer."""
    begun = time.perf_counter()
    await ledger.committer.submit(work.sale(*work.cards[0]))
    return 1000 * (time.perf_counter() - begun)
