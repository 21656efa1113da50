"""A site that is new: 100,000 members come as a data set while it sells.

    python -m lab newcomer [--members N] [--folder DIR] [--json]

A headquarters in this process gives out the parts, each sealed to the site, as fast as they are asked; the
ledger and the file of data sets are real ones in `--folder`. Meanwhile one counter sells, sale after sale.
Says how long it took until everybody was known, what a sale took before and meanwhile, and looks every
hundredth member up by their card. Exit 1 when one is not found, or when it took more than a minute.
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
from pathlib import Path
from typing import Any

import msgspec

from bench.floor_commit import p99
from lab.workload import Workload
from terminal.core.directives import Activate
from terminal.core.entry import GENESIS
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId, EntryId, MemberId, SiteId, WalletId
from terminal.core.wire.journal import Ack, Push, Welcome
from terminal.core.wire.people import KeyToken, Known, MemberRow, Profile, Profiled
from terminal.core.wire.rights import Fed, Feed, Numbered
from terminal.core.wire.sets import ROWS_MAX, Blob, Manifest, PartOf, Row, SetName, part_about
from terminal.runtime.box import box_public, sealed_to
from terminal.runtime.clock import SystemClock
from terminal.runtime.ids import Uuid7
from terminal.store.ledger import Ledger, open_ledger
from terminal.store.settings import Settings as StoreSettings
from terminal.uplink.courier import Reply
from terminal.uplink.settings import Settings
from terminal.uplink.talk import Who
from terminal.uplink.uplink import Outside, Site, Uplink

USEFUL_S = 60.0
_BOX_KEY = bytes(range(32))
_SITE = SiteId("S9")
_LOOKED_UP = 100
_ALONE = 200
_RECHARGES = 20
"""Enough for every sale meanwhile."""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m lab newcomer", description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="newcomer-", dir=chosen.folder) as folder:
        said = asyncio.run(_came(Path(folder) / "ledger.db", chosen.members))
    print(json.dumps(said) if chosen.json else json.dumps(said, indent=2))
    return 1 if said["not_found"] or said["known_s"] > USEFUL_S else 0


def _card(n: int) -> Credential:
    return Credential(medium=Medium.EM4100, number=f"{n:010X}")


class _Headquarters:
    """The `Courier`. What it gives out is made before anything is timed."""

    def __init__(self, ledger: Ledger, members: int) -> None:
        self.m, self.acked = 0, 0
        self.blobs: dict[str, bytes] = {}
        parts = [
            self._part(ledger, range(first, min(members, first + ROWS_MAX)))
            for first in range(0, members, ROWS_MAX)
        ]
        body = msgspec.json.encode(Manifest(set=SetName.MEMBERS, version="1", parts=tuple(parts)))
        self.manifest = sha256(body).hexdigest()
        self.blobs[self.manifest] = body

    def _part(self, ledger: Ledger, numbers: range) -> PartOf:
        rows = [Row(key=f"w{n}", value=msgspec.json.encode(_member(ledger, n))) for n in numbers]
        clear, about = msgspec.json.encode(rows), part_about(SetName.MEMBERS)
        body = sealed_to(box_public(_BOX_KEY), clear, about=about, fresh=os.urandom(32))
        self.blobs[sha256(body).hexdigest()] = body
        return PartOf(hash=sha256(body).hexdigest(), rows=len(rows))

    async def ask(self, path: str, body: bytes, *, bytes_max: int = 0, wait_s: float = 0.0) -> Reply:
        del bytes_max
        await asyncio.sleep(0)
        if path == "/v1/blob":
            return Reply(status=200, body=self.blobs[msgspec.json.decode(body, type=Blob).hash])
        return Reply(status=200, body=msgspec.json.encode(await self._answer(path, body, wait_s)))

    async def _answer(self, path: str, body: bytes, wait_s: float) -> Welcome | Ack | Profiled | Fed:
        if path == "/v1/hello":
            now = time.time_ns() // 1_000_000
            return Welcome(
                hq_epoch=1,
                epoch=1,
                instance="i1",
                instance_no=1,
                nonce="n",
                acked=0,
                head=GENESIS.hex(),
                hq_time=now,
            )
        if path == "/v1/push":
            push = msgspec.json.decode(body, type=Push)
            return Ack(hq_epoch=1, epoch=1, acked=push.start + len(push.bodies), nonce="n")
        if path == "/v1/profile":
            edits = msgspec.json.decode(body, type=Profile).edits
            return Profiled(hq_epoch=1, ids=tuple(edit.id for edit in edits))
        after = msgspec.json.decode(body, type=Feed).after
        if after:
            await asyncio.sleep(wait_s)
        directive = Activate(set="members", version="1", hash=self.manifest)
        item = Numbered(m=1, id=EntryId("01a0c450-6c01-7000-8000-000000000001"), directive=directive)
        return Fed(hq_epoch=1, epoch=1, after=after, items=() if after else (item,))

    async def close(self) -> None:
        """Nothing is open."""


def _member(ledger: Ledger, n: int) -> MemberRow:
    key = KeyToken(token=ledger.books.token(_card(n)), card=CardId(f"c{n}"), shown=f"******{n % 10_000:04d}")
    phone = KeyToken(token=ledger.books.token(Credential(medium=Medium.PHONE, number=f"19{n:09d}")))
    return MemberRow(
        wallet=WalletId(f"w{n}"),
        member=MemberId(f"m{n}"),
        keys=(key, phone),
        known=Known(name="王小明", phone=f"19{n:09d}", salt="00" * 16),
    )


async def _came(path: Path, members: int) -> dict[str, Any]:
    clock, work = SystemClock(), Workload("newcomer")
    ids = Uuid7(clock, os.urandom)
    ledger = await open_ledger(StoreSettings(path=path), site=_SITE, clock=clock, ids=ids)
    hq = _Headquarters(ledger, members)
    await ledger.committer.submit(*work.issue())
    for _ in range(_RECHARGES):
        await ledger.committer.submit(work.recharge(*work.cards[0], 90_000_00))
    alone = [await _sold(ledger, work) for _ in range(_ALONE)]
    uplink = Uplink(
        Site(ledger=ledger.link, outbox=ledger.outbox, committer=ledger.committer, sets=ledger.sets),
        Settings(),
        Who(merchant="m", site=_SITE, instance="i1"),
        Outside(
            courier=hq,
            clock=clock,
            ids=ids,
            random=os.urandom,
            occasion=work.now,
            box_key=lambda: _BOX_KEY,
        ),
    )
    begun, meanwhile = time.perf_counter(), []
    running = asyncio.create_task(uplink.run())
    while not ledger.link.standing().sets:
        meanwhile.append(await _sold(ledger, work))
    known_s = time.perf_counter() - begun
    lost = [n for n in range(0, members, _LOOKED_UP) if await ledger.books.holder(_card(n)) is None]
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    await ledger.close()
    return {
        "members": members,
        "known_s": round(known_s, 2),
        "sales_meanwhile": len(meanwhile),
        "sale_ms_alone": round(sorted(alone)[len(alone) // 2], 3),
        "sale_ms_meanwhile": round(sorted(meanwhile)[len(meanwhile) // 2], 3),
        "sale_p99_ms_alone": round(p99(alone), 3),
        "sale_p99_ms_meanwhile": round(p99(meanwhile), 3),
        "sets_bytes": path.with_suffix(".sets").stat().st_size,
        "not_found": len(lost),
    }


async def _sold(ledger: Ledger, work: Workload) -> float:
    """Milliseconds until the answer."""
    begun = time.perf_counter()
    await ledger.committer.submit(work.sale(*work.cards[0]))
    return 1000 * (time.perf_counter() - begun)
