"""A machine whose clock is wrong, jumps, or is set: it sells, and its entries say what their times are worth.

The terminal runs as a process on a kernel whose clock the test turns (`lab/fakeclock.c`); sales are made at
its page, and what they left is read from the ledger.
"""

from __future__ import annotations

import asyncio
import json
import mmap
import os
import shutil
import sqlite3
import struct
import subprocess
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import msgspec
import pytest
from msgspec import Struct

from lab.environment import ROOT
from lab.shop.counter import Hand, watching
from terminal.runtime.clock import SystemClock
from tests.counter_config import COUNTER
from tests.test_app import Daemon, terminal

HOUR_NS = 3600 * 10**9
YEAR_NS = 365 * 24 * HOUR_NS
BREAD = """
[[catalogue.article]]
sku = "P01"
name = "面包"
category = "food"
price = 500
barcodes = ["6900000000014"]

[device.side]
driver = "serial_scanner"
path = "side"
"""

GCC = shutil.which("gcc") or "gcc"


class Said(Struct, frozen=True):
    """Of an entry."""

    seq: int
    id: str
    kind: str
    clock: str
    wall_ms: int
    business_day: str


class Kernel:
    """Its clock: off by so much, synchronised or not."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "clock"
        self.path.write_bytes(bytes(24))
        with self.path.open("r+b") as file:
            self._told = mmap.mmap(file.fileno(), 24)
        self.off_ns = 0
        self.environ = {"LD_PRELOAD": str(_library(folder)), "FAKECLOCK": str(self.path)}

    def turn(self, off_ns: int, *, synchronised: bool = False) -> None:
        self.off_ns = off_ns
        struct.pack_into("qqq", self._told, 0, off_ns, synchronised, 1000)

    @property
    def wall_ms(self) -> int:
        return SystemClock().wall_ms() + self.off_ns // 1_000_000


def _library(folder: Path) -> Path:
    built = folder / "fakeclock.so"
    source = str(ROOT / "lab" / "fakeclock.c")
    subprocess.run([GCC, "-O2", "-shared", "-fPIC", "-o", str(built), source, "-ldl"], check=True)
    return built


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "terminal.toml").write_text(COUNTER + BREAD)
    return tmp_path


@pytest.fixture
def kernel(folder: Path) -> Kernel:
    return Kernel(folder)


@pytest.fixture
def scanner(folder: Path) -> Iterator[int]:
    ours, theirs = os.openpty()
    (folder / "side").symlink_to(os.ttyname(theirs))
    yield ours
    for one in (ours, theirs):
        os.close(one)


@asynccontextmanager
async def running(folder: Path, kernel: Kernel) -> AsyncGenerator[Hand, None]:
    daemon = Daemon(folder, kernel.environ)
    try:
        said = await asyncio.to_thread(daemon.ready)
        async with watching(str(said["link"])) as hand:
            yield hand
    finally:
        daemon.process.terminate()
        code = await asyncio.to_thread(daemon.ended)
        daemon.close()
    assert code == 0


async def sold(folder: Path, hand: Hand, scanner: int) -> Said:
    """One bread for cash; what its entry says."""
    await hand.until("the scanner", lambda seen: seen.status["devices"][0]["health"] == "ready")
    await hand.touch("start", "checkout")
    os.write(scanner, b"6900000000014\r")
    await hand.until("the bread", lambda seen: bool(seen.screen["lines"]))
    await hand.touch("done")
    await hand.state("ready")
    await hand.touch("skip")
    await hand.touch("key", "5.00")
    await hand.touch("confirm")
    await hand.state("approved")
    await hand.touch("done")
    return entries(folder)[-1]


def entries(folder: Path) -> list[Said]:
    found = []
    with closing(sqlite3.connect(folder / "data" / "ledger.db")) as ledger:
        for seq, body in ledger.execute("SELECT seq, body FROM entries ORDER BY seq"):
            told = msgspec.json.decode(body)
            at = told.get("at", told)
            found.append(Said(seq, told["id"], told["kind"], at["clock"], at["wall_ms"], at["business_day"]))
    return found


def trust(folder: Path) -> str:
    facts = json.loads(terminal(folder, "doctor", "--json").stdout)["facts"]
    return str(facts["clock"]["trust"])


def near(one: int, other: int) -> bool:
    return abs(one - other) < 60_000


async def test_without_a_battery_it_sells_at_once_and_its_entries_say_that_nobody_vouches(
    folder: Path, kernel: Kernel, scanner: int
) -> None:
    """The clock begins in 2000, and is set by the network while the shop is open."""
    kernel.turn(-26 * YEAR_NS)
    async with running(folder, kernel) as hand:
        first = await sold(folder, hand, scanner)
        assert (first.clock, first.business_day[:3]) == ("unknown", "200")
        assert near(first.wall_ms, kernel.wall_ms)
        assert await asyncio.to_thread(trust, folder) == "unknown"
        kernel.turn(0, synchronised=True)
        second = await sold(folder, hand, scanner)
        assert (second.clock, second.seq) == ("network", first.seq + 1)
        assert near(second.wall_ms, kernel.wall_ms)
        assert await asyncio.to_thread(trust, folder) == "network"
    assert terminal(folder, "ledger", "verify").returncode == 0


@pytest.mark.parametrize("jump_ns", [-3 * HOUR_NS, -40 * YEAR_NS, 10 * YEAR_NS, HOUR_NS])
async def test_a_jump_ends_the_belief_and_no_sale(
    folder: Path, kernel: Kernel, scanner: int, jump_ns: int
) -> None:
    kernel.turn(0, synchronised=True)
    async with running(folder, kernel) as hand:
        before = await sold(folder, hand, scanner)
        kernel.turn(jump_ns)
        during = await sold(folder, hand, scanner)
        kernel.turn(0, synchronised=True)
        after = await sold(folder, hand, scanner)
    assert [one.clock for one in (before, during, after)] == ["network", "unknown", "network"]
    assert [one.seq for one in (during, after)] == [before.seq + 1, before.seq + 2]
    assert before.id < during.id < after.id
    assert near(during.wall_ms, kernel.wall_ms + jump_ns // 1_000_000)
    assert terminal(folder, "ledger", "verify").returncode == 0


async def test_a_clock_that_is_set_by_whoever_vouches_for_it_is_believed_on(
    folder: Path, kernel: Kernel, scanner: int
) -> None:
    kernel.turn(-HOUR_NS, synchronised=True)
    async with running(folder, kernel) as hand:
        assert (await sold(folder, hand, scanner)).clock == "network"
        kernel.turn(0, synchronised=True)
        assert (await sold(folder, hand, scanner)).clock == "network"


async def test_a_jump_is_no_reason_to_sell_under_one_id_twice(
    folder: Path, kernel: Kernel, scanner: int
) -> None:
    """Back and forth, and through restarts."""
    for off_ns in (0, 10 * YEAR_NS, -10 * YEAR_NS, 0):
        kernel.turn(off_ns)
        async with running(folder, kernel) as hand:
            await sold(folder, hand, scanner)
    found = entries(folder)
    assert len({one.id for one in found}) == len(found)
    assert [one.seq for one in found] == list(range(1, len(found) + 1))
    assert terminal(folder, "ledger", "verify").returncode == 0
