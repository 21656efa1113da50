"""What a scan costs the processor, and what a flood of them does to everything else.

A scan: 13 digits come whole to the driver's own line; measured is the processor time of this whole process,
all threads, from before the last key is handed to the kernel until the event is there, loop and kernel
included. Once on a pseudo-terminal, once as key events through a pipe in the place of an event node (what
evdev's C does to read one is not in it).

A flood: the whole terminal, its counter open, for BENCH_SECONDS; a serial scanner sends a thousand scans of
an article each second, and a 125 kHz reader's line random bytes as fast as 115,200 baud carries them. Before
it, the same terminal with nothing to do.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import struct
import sys
import tempfile
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bench.result import Ratio, Result, middle
from lab.shop.processes import Process
from terminal.core.events import CodeScanned, DeviceEvent
from terminal.core.ports import InputDevice
from terminal.drivers import keyboard_scanner, serial_scanner
from terminal.drivers.codecs.hid_keys import keys_of
from terminal.drivers.virtual.serial_line import SerialLine
from terminal.drivers.wedge import nodes
from terminal.runtime.clock import SystemClock

SECONDS = int(os.environ.get("BENCH_SECONDS", "30"))
SCANS = 300
_WARM_UPS = 20
_QUIET_S, _QUIET_SECONDS = 4, 2
_ARTICLE = "6901234567892"
_SCANS_A_SECOND = 1_000
_BYTES_A_SECOND = 11_520
"""115,200 baud, 8N1."""
_PIECES_A_SECOND = 50
_LONGER = 9
_EVENT = struct.Struct("llHHi")
_CONFIG = """
[terminal]
merchant = "demo"
site = "S1"
id = "T1"
socket = "{folder}/terminal.sock"
[shop]
name = "x"
[kiosk]
port = 0
[ledger]
path = "{folder}/ledger.db"
[[catalogue.article]]
sku = "M01"
name = "x"
category = "x"
price = 350
barcodes = ["{article}"]
[device.scanner]
driver = "serial_scanner"
path = "{folder}/scanner"
baud = 115200
[device.rfid]
driver = "serial_reader"
path = "{folder}/rfid"
baud = 115200
"""


class Differs(Exception):
    """What was measured did not do what it is to do."""


def measured() -> Result:
    """Raises Differs."""
    with tempfile.TemporaryDirectory(prefix="card-terminal-scan-") as name:
        folder = Path(name)
        serial_ms = asyncio.run(_serial(folder))
        keys_ms = asyncio.run(_keys())
        quiet, flooded = asyncio.run(_flooded(folder))
    late_ms = [us / 1000 for second in flooded for us in second["late_us"]]
    calm_ms = [us / 1000 for second in quiet for us in second["late_us"]]
    sizes = [second["bytes"] / 1e6 for second in flooded]
    half = len(sizes) // 2
    return Result(
        ratios={
            "last byte to event, processor ms, serial line": Ratio(middle(serial_ms), 5),
            "last key to event, processor ms, keys": Ratio(middle(keys_ms), 5),
            "loop late, p99 ms, under the flood": Ratio(_p99(late_ms), 20),
            "memory at the end, to that at half of the flood": Ratio(sizes[-1] / sizes[half], 1.02),
        },
        figures={
            "serial_p99_ms": _p99(serial_ms),
            "keys_p99_ms": _p99(keys_ms),
            "late_quiet_p99_ms": _p99(calm_ms),
            "late_flooded_p50_ms": middle(late_ms),
            "late_flooded_worst_ms": round(max(late_ms), 3),
            "memory_begin_mb": round(sizes[0], 2),
            "memory_half_mb": round(sizes[half], 2),
            "memory_end_mb": round(sizes[-1], 2),
            "seconds": len(flooded) + 1,
            "scans_a_second_sent": _SCANS_A_SECOND,
            "scans_heard": flooded[-1]["scans"],
            "garbage_bytes_a_second": _BYTES_A_SECOND,
        },
    )


async def _serial(folder: Path) -> list[float]:
    with SerialLine(folder / "line") as line:
        settings = serial_scanner.Settings(path=line.path)
        device = serial_scanner.build("front", settings, SystemClock())
        return await _timed(device, lambda: line.send(_ARTICLE.encode()), lambda: line.send(b"\r"))


async def _keys() -> list[float]:
    """All keys but the release of the last one; then the key that ends it."""
    *before, enter, _ = keys_of(_ARTICLE)
    read, write = os.pipe()
    os.set_blocking(read, False)
    node = _Node(read)

    class Evdev:
        InputDevice = staticmethod(lambda _path: node)

    def say(events: Sequence[tuple[int, int]]) -> int:
        return os.write(write, b"".join(_EVENT.pack(0, 0, 1, code, value) for code, value in events))

    settings = keyboard_scanner.Settings(path=Path("/dev/null"))
    device = keyboard_scanner.build("front", settings, SystemClock())
    with patch.dict(sys.modules, {"evdev": Evdev}), patch.object(nodes, "_NODES", Path("/nowhere")):
        found = await _timed(device, lambda: say(before), lambda: say([enter]))
    for end in (read, write):
        os.close(end)
    return found


class _Key:
    __slots__ = ("code", "type", "value")

    def __init__(self, kind: int, code: int, value: int) -> None:
        self.type, self.code, self.value = kind, code, value


class _Node:
    """A pipe in the place of an event node."""

    name, phys, uniq = "bench", "", ""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def capabilities(self) -> Mapping[int, Sequence[int]]:
        return {1: (2, 28)}

    def read(self) -> Iterator[_Key]:
        for _, _, kind, code, value in _EVENT.iter_unpack(os.read(self.fd, 64 * _EVENT.size)):
            yield _Key(kind, code, value)

    def grab(self) -> None:
        pass

    def close(self) -> None:
        pass


async def _timed(device: InputDevice, begin: Callable[[], object], end: Callable[[], object]) -> list[float]:
    """Milliseconds of processor for each."""
    found = []
    async with aclosing(device.events()) as events:
        await anext(events)
        coming: asyncio.Future[DeviceEvent]
        for _ in range(_WARM_UPS + SCANS):
            coming = asyncio.ensure_future(_next(events))
            begin()
            await asyncio.sleep(0.002)
            began = time.process_time_ns()
            end()
            event = await coming
            found.append((time.process_time_ns() - began) / 1e6)
            if event != CodeScanned(scanner="front", text=_ARTICLE):
                raise Differs(f"{type(event).__name__} in the place of a scan")
    return found[_WARM_UPS:]


async def _next(events: AsyncGenerator[DeviceEvent, None]) -> DeviceEvent:
    return await anext(events)


async def _flooded(folder: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The seconds before the flood, and those in it."""
    config, notes = folder / "terminal.toml", folder / "notes.jsonl"
    config.write_text(_CONFIG.format(folder=folder, article=_ARTICLE), encoding="utf-8")
    terminal = Process("terminal", folder / "terminal.log")
    async with AsyncExitStack() as closing:
        scanner = closing.enter_context(SerialLine(folder / "scanner"))
        rfid = closing.enter_context(SerialLine(folder / "rfid"))
        closing.push_async_callback(terminal.stop)
        await terminal.start("bench.flooded", str(config), str(notes))
        await asyncio.sleep(_QUIET_S)
        while (quiet := len(_told(notes))) < _QUIET_SECONDS and terminal.runs:  # noqa: ASYNC110  a file has no event
            await asyncio.sleep(1)
        chance = random.Random(0)
        scans = f"{_ARTICLE}\r".encode() * (_SCANS_A_SECOND // _PIECES_A_SECOND)
        with (
            _pouring(lambda: scanner.send(scans)),
            _pouring(lambda: rfid.send(chance.randbytes(_BYTES_A_SECOND // _PIECES_A_SECOND))),
        ):
            await asyncio.sleep(SECONDS)
            for _ in range(SECONDS * _LONGER):  # A busy machine hears as much in more seconds.
                seconds = _told(notes)
                if _enough(seconds, quiet):
                    break
                await asyncio.sleep(1)
        if code := await terminal.stop():
            raise Differs(f"the terminal ended with {code}")
    if not _enough(seconds, quiet):
        raise Differs(f"only {len(seconds)} seconds and {seconds[-1]['scans']} scans were seen")
    return seconds[1:quiet], seconds[quiet + 1 :]


def _told(notes: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in notes.read_text(encoding="utf-8").splitlines()]


def _enough(seconds: Sequence[Mapping[str, Any]], quiet: int) -> bool:
    """Half of what was to be seen; the first second of the flood is not looked at."""
    return len(seconds) > quiet + 1 + SECONDS // 2 and seconds[-1]["scans"] >= SECONDS * _SCANS_A_SECOND // 2


@contextmanager
def _pouring(send: Callable[[], object]) -> Iterator[None]:
    """In a thread of its own, evenly."""
    stop = threading.Event()

    def pour() -> None:
        due = time.monotonic()
        while not stop.is_set():
            send()
            due += 1 / _PIECES_A_SECOND
            time.sleep(max(0.0, due - time.monotonic()))

    thread = threading.Thread(target=pour)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _p99(values: Sequence[float]) -> float:
    """Nearest rank."""
    return round(sorted(values)[-(-len(values) * 99 // 100) - 1], 3)
