"""The keyboard scanner under the product's supervisor, in a process that umockdev was loaded into.

Says as lines of JSON what was scanned, {"scanned": ...}, and how it is, {"health": ..., "why": ...}.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from contextlib import aclosing
from pathlib import Path

from lab.plug.settings import SILENCE_MS
from terminal.core.events import CodeScanned, DeviceChanged, DeviceHealth
from terminal.drivers import keyboard_scanner
from terminal.runtime.clock import SystemClock
from terminal.runtime.supervisor import DEVICE_BACKOFF, Service, Supervisor

_NAME = "keyboard"


def _say(what: dict[str, str]) -> None:
    os.write(sys.stdout.fileno(), json.dumps(what).encode() + b"\n")


def _changed(_name: str, health: DeviceHealth, why: str) -> None:
    _say({"health": health, "why": why})


async def _listen(device: keyboard_scanner.KeyboardScanner) -> None:
    async with aclosing(device.events()) as events:
        async for event in events:
            if isinstance(event, CodeScanned):
                _say({"scanned": event.text})
            elif isinstance(event, DeviceChanged):
                _say({"health": event.health, "why": event.why})


async def _main(path: Path, chance: random.Random) -> None:
    clock = SystemClock()
    settings = keyboard_scanner.Settings(path=path, silence_ms=SILENCE_MS)
    device = keyboard_scanner.build(_NAME, settings, clock)
    async with asyncio.TaskGroup() as group:
        supervisor = Supervisor(
            group, clock=clock, sleep=asyncio.sleep, chance=chance.random, on_health=_changed
        )
        supervisor.start(Service(name=_NAME, run=lambda: _listen(device), backoff=DEVICE_BACKOFF))


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1]), random.Random(sys.argv[2])))
