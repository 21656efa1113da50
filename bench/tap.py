"""From a card that the reader's worker sees to a sale that is durable, beside a bare read and a bare commit.

The whole terminal with everything on (three readers, ledger, a page with one watcher, a printer, a
headquarters with its PostgreSQL) sells the same thing again and again for stored value. The floor reads
cards on another virtual reader of the same pcscd and commits the same rows in a file of the same folder.
They take turns, so that what else the machine does hits both alike; nothing of the sale before is under
way any more when the next card comes. Afterwards the ledger is verified on both sides.

The attendant inside the terminal (`bench.attended`) answers at once; the tens of microseconds that takes
are counted, and named.

Measured twice: on the disk as it is, and where every sync takes `SYNC_MS` more, as on a memory card
(`lab/slowsync.c`, over memory).
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from bench.floor_tap import Shape
from bench.result import Ratio, Result, middle
from lab.shop.chips import CHIPS
from lab.shop.counter import Hand, watching
from lab.shop.processes import Process, told
from lab.shop.setting import READER_PCSC, written
from lab.shop.stock import stocked
from lab.shop.world import code_for
from terminal.drivers.virtual.paper import VirtualPrinter
from terminal.drivers.virtual.pcscd import VirtualPcscd
from terminal.drivers.virtual.serial_line import SerialLine
from terminal.drivers.virtual.vpcd_card import VirtualCard, VirtualSlot

ROOT = Path(__file__).parents[1]
TAPS = int(os.environ.get("BENCH_TAPS", "60"))
WARM_UPS = 3
GOAL = 1.3
SYNC_MS = 5
_FLOOR_READER = "Floor"
_UID = next(bytes.fromhex(card.credential.number) for card in CHIPS if card.id == "green")
_ARTICLE = "2000000000015"
_GOODS = f"""
[[catalogue.article]]
sku = "G01"
name = "口香糖 1片"
category = "sweets"
price = 10
barcodes = ["{_ARTICLE}"]
"""
_PATIENCE_S = 15
_PCSCD_FREE_S = 600
_PARTS = {
    "reader": ("seen", "heard"),
    "flow": ("heard", "asked"),
    "attendant": ("asked", "picked"),
    "flow_confirm": ("picked", "confirming"),
    "booking": ("confirmed", "committing"),
    "commit": ("committing", "committed"),
}


class Differs(Exception):
    """What was measured did not do what it is to do."""


@dataclass(slots=True)
class Measured:
    """Of one disk, in milliseconds."""

    floors: list[dict[str, float]] = field(default_factory=list)
    taps: list[dict[str, int]] = field(default_factory=list)
    """Moments, in nanoseconds."""

    @property
    def floor_ms(self) -> list[float]:
        return [floor["read"] + floor["commit"] for floor in self.floors]

    @property
    def tap_ms(self) -> list[float]:
        return [(tap["committed"] - tap["seen"]) / 1e6 for tap in self.taps]

    @property
    def ratio(self) -> float:
        return median(self.tap_ms) / median(self.floor_ms)

    def figures(self, disk: str) -> Iterator[tuple[str, float]]:
        yield f"{disk} floor_p50_ms", middle(self.floor_ms)
        yield f"{disk} floor_read_p50_ms", middle([floor["read"] for floor in self.floors])
        yield f"{disk} floor_commit_p50_ms", middle([floor["commit"] for floor in self.floors])
        yield f"{disk} floor_p99_ms", _p99(self.floor_ms)
        yield f"{disk} tap_p50_ms", middle(self.tap_ms)
        for part, (begin, end) in _PARTS.items():
            took_ms = [(tap[end] - tap[begin]) / 1e6 for tap in self.taps]
            yield f"{disk} {part}_p50_ms", middle(took_ms)
            yield f"{disk} {part}_p99_ms", _p99(took_ms)
        yield f"{disk} tap_p99_ms", _p99(self.tap_ms)


def measured() -> Result:
    """Raises Differs; PcscdUnavailable where no virtual reader can run."""
    ratios: dict[str, Ratio] = {}
    figures: dict[str, float | int | str | list[str]] = {"taps": TAPS, "sync_ms": SYNC_MS}
    for disk, environ in _disks():
        with _folder(environ) as folder:
            found = asyncio.run(_measured(folder, environ))
        ratios[f"card seen to durable, p50, {disk}"] = Ratio(found.ratio, GOAL)
        figures.update(found.figures(disk))
    return Result(ratios=ratios, figures=figures)


def _disks() -> Iterator[tuple[str, dict[str, str]]]:
    yield "disk as it is", {}
    if (compiler := shutil.which("cc") or shutil.which("gcc")) is None:
        sys.stderr.write("left out: no C compiler to make a slow disk with (apt-get install gcc)\n")
        return
    library = ROOT / ".cache" / "slowsync-tap.so"
    library.parent.mkdir(exist_ok=True)
    source = str(ROOT / "lab" / "slowsync.c")
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", str(library), source, "-ldl"], check=True)
    yield "slow sync", {"LD_PRELOAD": str(library), "SLOWSYNC_US": str(SYNC_MS * 1000)}


@contextmanager
def _folder(environ: Mapping[str, str]) -> Iterator[Path]:
    """A slow sync is played over memory, where nothing else takes time."""
    memory = Path("/dev/shm")  # noqa: S108  a folder of our own in it
    where = memory if environ and memory.exists() else None
    with tempfile.TemporaryDirectory(prefix="bench-tap-", dir=where) as folder:
        yield Path(folder)


async def _measured(folder: Path, environ: Mapping[str, str]) -> Measured:
    found = Measured()
    async with _opened(folder, environ) as shop:
        async with watching(shop.link) as hand:
            for _ in range(WARM_UPS):
                await shop.sell(hand)
            async with shop.floor() as floor:
                for _ in range(WARM_UPS):
                    await floor.tap()
                for _ in range(TAPS):
                    found.floors.append(await floor.tap())
                    await shop.sell(hand)
        found.taps = shop.noted()[WARM_UPS:]
        await shop.verified(WARM_UPS + TAPS)
    return found


class _Floor:
    """`bench.floor_tap`, and the hand at its reader."""

    def __init__(self, process: asyncio.subprocess.Process, slot: VirtualSlot) -> None:
        self._process = process
        self._slot = slot

    async def line(self) -> str:
        """Raises TimeoutError, or Differs when it ended."""
        if self._process.stdout is None or not (
            said := await asyncio.wait_for(self._process.stdout.readline(), _PATIENCE_S)
        ):
            raise Differs("the floor ended")
        return said.decode()

    async def tap(self) -> dict[str, float]:
        await asyncio.to_thread(self._slot.insert, VirtualCard(uid=_UID))
        took: dict[str, float] = json.loads(await self.line())
        await asyncio.to_thread(self._slot.remove)
        return took


class _Shop:
    """The terminal, what is around it, and the hands that use it."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self.link = ""
        self.config = folder / "terminal.toml"
        self._folder = folder
        self._environ = dict(environ)
        self._notes = folder / "taps.jsonl"
        self.hq = Process("headquarters", folder / "hq.log")
        self.terminal = Process("terminal", folder / "terminal.log")
        self.printed = asyncio.Event()
        self.printer = VirtualPrinter(on_change=self.printed.set)
        self.pcscd = VirtualPcscd(folder / "pcscd", [READER_PCSC, _FLOOR_READER], wait_s=_PCSCD_FREE_S)
        self.scanner = SerialLine(folder / "scanner")
        self.rfid = SerialLine(folder / "rfid")
        self.slot: VirtualSlot

    async def start(self, headquarters: str, code: str) -> None:
        self.slot = VirtualSlot(self.pcscd.ports[READER_PCSC])
        config = written(
            self._folder,
            kiosk_port=0,
            printer_port=self.printer.port,
            headquarters=headquarters,
            code=code,
            pcsc=True,
        )
        config.write_text(config.read_text() + _GOODS)
        said = await self.terminal.start(
            "bench.attended", str(self.config), str(self._notes), env=self._environ
        )
        self.link = str(said["link"])

    async def sell(self, hand: Hand) -> None:
        """One sale, until its receipt is printed and headquarters has it."""
        self.printed.clear()
        self.scanner.send(_ARTICLE.encode() + b"\r")
        await hand.state("ready")
        await asyncio.to_thread(self.slot.insert, VirtualCard(uid=_UID))
        await hand.state("approved")
        async with asyncio.timeout(_PATIENCE_S):
            await self.printed.wait()
        await hand.until("an empty queue", lambda seen: seen.status["waiting"] == 0)
        await asyncio.to_thread(self.slot.remove)

    @asynccontextmanager
    async def floor(self) -> AsyncGenerator[_Floor, None]:
        """It writes what the last sale wrote."""
        shape = json.dumps(asdict(self._shape()))
        file = str(self._folder / "floor.db")
        command = [sys.executable, "-m", "bench.floor_tap", _FLOOR_READER, file, shape]
        environ = {**os.environ, **self._environ}
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=environ, stdout=asyncio.subprocess.PIPE
        )
        floor = _Floor(process, VirtualSlot(self.pcscd.ports[_FLOOR_READER]))
        try:
            await floor.line()
            yield floor
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    def _shape(self) -> Shape:
        body, waits = self._asked(
            "SELECT body, (SELECT count(*) FROM print_jobs p WHERE p.seq = e.seq) FROM entries e"
            " ORDER BY e.seq DESC LIMIT 1"
        )
        entry = json.loads(body)
        return Shape(
            body_bytes=len(body),
            postings=len(entry["postings"]),
            lots=len(entry.get("lots", ())),
            receipt=bool(waits),
        )

    def _asked(self, query: str) -> tuple[Any, ...]:
        connection = sqlite3.connect(f"file:{self._folder / 'ledger.db'}?mode=ro", uri=True)
        try:
            row: tuple[Any, ...] = connection.execute(query).fetchone()
        finally:
            connection.close()
        return row

    def noted(self) -> list[dict[str, int]]:
        return [json.loads(line) for line in self._notes.read_text().splitlines()]

    async def verified(self, sales: int) -> None:
        """Every sale once: in the journal, on paper, at headquarters. Raises Differs."""
        if code := await self.terminal.stop():
            raise Differs(f"the terminal ended with {code}")
        ledger = await told("terminal", "ledger", "verify", "--config", str(self.config), "--json")
        await self.hq.stop()
        held = await told("hq", "verify", "--data", str(self._folder / "hq"))
        sold, noted = self._asked("SELECT count(*) FROM entries WHERE kind = 'sale'")[0], len(self.noted())
        unprinted = self._asked("SELECT count(*) FROM print_jobs WHERE state <> 'printed'")[0]
        site = held["sites"][0]
        if ledger["fault"] or held["hq"] != "ok" or site["head"] != ledger["head"]:
            raise Differs(f"headquarters holds {held}, the terminal {ledger}")
        if sold != sales or noted != sales or unprinted:
            raise Differs(f"{sales} sales: {sold} booked, {noted} timed, {unprinted} not printed")


@asynccontextmanager
async def _opened(folder: Path, environ: Mapping[str, str]) -> AsyncGenerator[_Shop, None]:
    shop = _Shop(folder, environ)
    async with AsyncExitStack() as closing:
        await stocked(folder / "ledger.db")
        closing.push_async_callback(shop.hq.stop)
        said = await shop.hq.start("hq", "run", "--data", str(folder / "hq"), "--port", "0")
        await shop.printer.start()
        closing.push_async_callback(shop.printer.close)
        closing.enter_context(shop.rfid)
        closing.enter_context(shop.scanner)
        # In this thread: pcscd ends with the thread that started it.
        closing.enter_context(shop.pcscd)
        closing.push_async_callback(shop.terminal.stop)
        await shop.start(str(said["url"]), await code_for(folder))
        yield shop


def _p99(values: Sequence[float]) -> float:
    """Nearest rank."""
    return round(sorted(values)[-(-len(values) * 99 // 100) - 1], 3)
