"""The whole terminal as `terminal run` starts it, with a watch on how late its event loop is.

    python -m bench.flooded CONFIG NOTES

Each second is one more line of NOTES: how late each wake-up of that second was, in microseconds, how many
scans reached the counter, and how much memory the process holds.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from terminal.app import Terminal
from terminal.config import load
from terminal.core.events import CodeScanned, DeviceEvent
from terminal.core.ports import InputDevice
from terminal.kiosk.server import Kiosk
from terminal.runtime import log as logs
from terminal.runtime.notify import notifier_of_this_process
from terminal.runtime.supervisor import Service

_STEP_S = 0.005
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class _Counted:
    """An input device whose scans are counted as they reach the event loop."""

    def __init__(self, device: InputDevice, watch: Flooded) -> None:
        self.name = device.name
        self._device = device
        self._watch = watch

    async def events(self) -> AsyncGenerator[DeviceEvent, None]:
        async with aclosing(self._device.events()) as events:
            async for event in events:
                self._watch.scans += isinstance(event, CodeScanned)
                yield event


class Flooded(Terminal):
    notes: Path
    scans = 0

    async def _opened_page(self) -> Kiosk:
        self._supervisor.start(Service(name="lag", run=self._watch))
        return await super()._opened_page()

    async def _listen(self, device: InputDevice) -> None:
        await super()._listen(_Counted(device, self))

    async def _watch(self) -> None:
        with self.notes.open("a", encoding="utf-8") as file:
            while True:
                late_us, over = [], time.monotonic() + 1
                while (began := time.monotonic()) < over:
                    await asyncio.sleep(_STEP_S)
                    late_us.append(round((time.monotonic() - began - _STEP_S) * 1e6))
                json.dump({"late_us": late_us, "scans": self.scans, "bytes": _resident()}, file)
                file.write("\n")
                file.flush()


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE_BYTES


def main(config: Path, notes: Path) -> None:
    settings = load(config)
    logs.begin(settings.file.terminal.log, journal="JOURNAL_STREAM" in os.environ)
    terminal = Flooded(settings, notifier_of_this_process())
    terminal.notes = notes
    asyncio.run(terminal.run())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
