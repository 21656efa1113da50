"""Keyboards that umockdev plays, and the programs that read them with unmodified evdev."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from terminal.drivers.codecs.hid_keys import keys_of

ROOT = Path(__file__).resolve().parents[2]
NAME, PHYS = "Honeywell Barcode Scanner", "usb-0000:00:14.0-1/input0"
KEYBOARD = tuple(range(1, 128))
"""Key codes of linux/input-event-codes.h."""
Events = list[list[int]]
"""Type, code and value of each."""

_DEBIAN_PYTHON = "/usr/bin/python3"
_PROGRAM = Path(__file__).with_name("mocked_keyboards.py")
_WITHIN_S = 60


def missing() -> str:
    """What has to be installed first."""
    if shutil.which("umockdev-wrapper") is None:
        return "needs: apt-get install umockdev"
    seen = subprocess.run(
        [_DEBIAN_PYTHON, "-c", "import gi; gi.require_version('UMockdev', '1.0')"],
        capture_output=True,
        check=False,
    )
    return "" if seen.returncode == 0 else "needs: apt-get install gir1.2-umockdev-1.0 python3-gi"


def typed(text: str) -> Events:
    """Enter where the text has a line feed."""
    whole, dot, cut = text.rpartition("\n")
    keys = [key for line in whole.split("\n") if dot for key in keys_of(line)] + keys_of(cut)[:-2]
    return [event for code, value in keys for event in ([1, code, value], [0, 0, 0])]


class KeyboardBench:
    """Orders for `mocked_keyboards.py`, and what the programs say that it started."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._done: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def plug(self, node: int, **changes: object) -> None:
        usual = {"plug": node, "name": NAME, "phys": PHYS, "keys": KEYBOARD}
        await self._order(usual | changes)

    async def unplug(self, node: int) -> None:
        await self._order({"unplug": node})

    async def type(self, node: int, text: str) -> None:
        await self.send(node, typed(text))

    async def send(self, node: int, events: Events) -> None:
        await self._order({"keys": node, "events": events})

    async def grabbed(self, node: int) -> bool:
        return bool(await self._order({"grabbed": node}))

    async def run(self, program: Sequence[str]) -> None:
        """Until the bench is closed; its lines of JSON go to `said`."""
        await self._order({"read": program})

    async def listen(self) -> None:
        """Until the bench ends."""
        assert self._process.stdout is not None  # noqa: S101  a pipe
        while line := await self._process.stdout.readline():
            said: dict[str, Any] = json.loads(line)
            (self._done if "done" in said else self.said).put_nowait(said)

    async def close(self) -> None:
        """Raises RuntimeError: it had ended badly."""
        assert self._process.stdin is not None  # noqa: S101  a pipe
        self._process.stdin.close()
        if code := await asyncio.wait_for(self._process.wait(), _WITHIN_S):
            raise RuntimeError(f"the bench ended with {code}")

    async def _order(self, order: dict[str, object]) -> object:
        """One at a time."""
        assert self._process.stdin is not None  # noqa: S101  a pipe
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        answer = await asyncio.wait_for(self._done.get(), _WITHIN_S)
        return answer["done"]


Bench = TypeVar("Bench", bound=KeyboardBench)


@asynccontextmanager
async def keyboard_bench(kind: type[Bench]) -> AsyncGenerator[Bench, None]:
    """Needs what `missing` asks for."""
    process = await asyncio.create_subprocess_exec(
        "umockdev-wrapper",
        _DEBIAN_PYTHON,
        str(_PROGRAM),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    bench = kind(process)
    async with asyncio.TaskGroup() as group:
        group.create_task(bench.listen())
        try:
            yield bench
        finally:
            await bench.close()
