"""The scanner on the table that plays a keyboard, and the hand that pulls it."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Callable

from lab.plug.keyboards import KeyboardBench
from terminal.core.events import CodeScanned, DeviceEvent, DeviceHealth

_LINK = "scanner"
_FIRST_NODE = 5
_CUT = "69012"


class TypingScanner:
    """umockdev has its node vanish and come back as another one; that is not all that a real cable does."""

    def __init__(self, bench: KeyboardBench, name: str, chance: random.Random) -> None:
        self._bench = bench
        self._name = name
        self._chance = chance
        self._node = _FIRST_NODE
        self._in = False

    async def open(self) -> None:
        await self.plug()
        path = f"/dev/input/by-id/{_LINK}"
        seed = str(self._chance.getrandbits(64))
        await self._bench.run([sys.executable, "-m", "lab.plug.supervised_keyboard", path, seed])

    async def scan(self, text: str) -> None:
        if self._in:
            await self._bench.type(self._node, f"{text}\n")

    async def pull(self) -> None:
        """Half the time within a scan."""
        if self._chance.random() < 1 / 2:
            await self._bench.type(self._node, _CUT)
        self._in = False
        await self._bench.unplug(self._node)

    async def plug(self) -> None:
        """The kernel counts on."""
        if not self._in:
            self._node += 1
            await self._bench.plug(self._node, link=_LINK)
            self._in = True

    async def listen(
        self,
        heard: asyncio.Queue[DeviceEvent],
        changed: Callable[[str, DeviceHealth, str], None],
    ) -> None:
        """Hands on what its driver says."""
        while True:
            said = await self._bench.said.get()
            if "scanned" in said:
                heard.put_nowait(CodeScanned(scanner=self._name, text=said["scanned"]))
            else:
                changed(self._name, DeviceHealth(said["health"]), said["why"])
