"""Three input devices under the product's supervisor, and the hands that use and abuse them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from functools import partial
from pathlib import Path

from terminal.core.events import CardPresented, CardRemoved, CodeScanned, DeviceEvent
from terminal.core.ports import InputDevice
from terminal.drivers import pcsc, serial_reader, serial_scanner
from terminal.drivers.codecs.em4100 import frame
from terminal.drivers.virtual.pcscd import VirtualPcscd
from terminal.drivers.virtual.serial_line import SerialLine
from terminal.drivers.virtual.vpcd_card import VirtualCard, VirtualSlot
from terminal.runtime.clock import SystemClock
from terminal.runtime.supervisor import Backoff, Service, Supervisor

SCANNER, TAGS, CARDS = "scanner", "tags", "cards"
_AGAIN_S = 0.1
_BACKOFF = Backoff(first_ms=250, most_ms=4_000, healthy_ms=30_000)
"""As the terminal restarts its devices."""


class Rig:
    """What lies on the table."""

    def __init__(self, folder: Path, pcscd: VirtualPcscd, chance: random.Random) -> None:
        self.pcscd = pcscd
        self.lines = {SCANNER: SerialLine(folder / "dev/scanner"), TAGS: SerialLine(folder / "dev/tags")}
        self.slot = VirtualSlot(pcscd.ports["Front"])
        self.heard: asyncio.Queue[DeviceEvent] = asyncio.Queue()
        self.whys: list[str] = []
        self._chance = chance

    def devices(self) -> list[InputDevice]:
        clock = SystemClock()
        scanner = serial_scanner.Settings(path=self.lines[SCANNER].path, silence_ms=100)
        tags = serial_reader.Settings(path=self.lines[TAGS].path, silent_ms=100)
        return [
            serial_scanner.build(SCANNER, scanner, clock),
            serial_reader.build(TAGS, tags, clock),
            pcsc.build(CARDS, pcsc.Settings(reader="Front", read_ms=500), clock),
        ]

    async def listen(self, device: InputDevice) -> None:
        async with aclosing(device.events()) as events:
            async for event in events:
                self.heard.put_nowait(event)

    async def use(self, name: str) -> None:
        """A person presents something new until it is read. Waits for ever where it never is."""
        tries: dict[str, Callable[[], Awaitable[bool]]] = {
            SCANNER: self._scan,
            TAGS: self._tag,
            CARDS: self._card,
        }
        read = tries[name]
        while not await read():
            await self._again()

    async def _again(self) -> None:
        await asyncio.sleep(_AGAIN_S)

    async def _scan(self) -> bool:
        text = str(self._chance.randrange(10**12, 10**13))
        self.lines[SCANNER].send(f"{text}\r\n".encode())
        return await self._came(lambda event: isinstance(event, CodeScanned) and event.text == text)

    async def _tag(self) -> bool:
        number = f"{self._chance.getrandbits(40):010X}"
        self.lines[TAGS].send(frame(number) * 2)
        return await self._card_came(number)

    async def _card(self) -> bool:
        uid = b"\x04" + self._chance.randbytes(6)
        with contextlib.suppress(OSError):  # No pcscd plays the reader now.
            await asyncio.to_thread(self.slot.insert, VirtualCard(uid=uid))
            came = await self._card_came(uid.hex().upper(), within_s=2.0)
            await asyncio.to_thread(self.slot.remove)
            return came and await self._came(lambda event: event == CardRemoved(reader=CARDS))
        return False

    async def _card_came(self, number: str, within_s: float = 0.3) -> bool:
        return await self._came(
            lambda event: isinstance(event, CardPresented) and event.credential.number == number, within_s
        )

    async def _came(self, wanted: Callable[[DeviceEvent], bool], within_s: float = 0.3) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while not wanted(await self.heard.get()):
                    continue
                return True
        return False

    async def abuse_card(self, *, mute: bool) -> None:
        """One that is torn away, or one that never answers, for a while."""
        card = VirtualCard(uid=self._chance.randbytes(7), mute=mute, tear_at=None if mute else 1)
        with contextlib.suppress(OSError):
            await asyncio.to_thread(self.slot.insert, card)
            await asyncio.sleep(self._chance.uniform(0.5, 1.5))
            await asyncio.to_thread(self.slot.remove)

    def pause_pcscd(self, number: signal.Signals) -> None:
        if self.pcscd.pid is not None:
            os.kill(self.pcscd.pid, number)


@asynccontextmanager
async def laid_out(folder: Path, pcscd: VirtualPcscd, chance: random.Random) -> AsyncGenerator[Rig, None]:
    rig = Rig(folder, pcscd, chance)
    async with asyncio.TaskGroup() as group:
        supervisor = Supervisor(
            group,
            clock=SystemClock(),
            sleep=asyncio.sleep,
            chance=chance.random,
            on_health=lambda name, health, why: rig.whys.append(f"{name} {health}: {why}"),
        )
        for device in rig.devices():
            run = partial(rig.listen, device)
            supervisor.start(Service(name=device.name, run=run, backoff=_BACKOFF))
        try:
            yield rig
        finally:
            supervisor.stop()
    for line in rig.lines.values():
        line.unplug()
