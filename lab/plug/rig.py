"""Input devices under the product's supervisor, printers under its desk, and hands that abuse them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from functools import partial
from pathlib import Path

from lab.plug import keyboards
from lab.plug.printers import PRINTERS, Printers
from lab.plug.settings import SILENCE_MS
from lab.plug.typing_scanner import TypingScanner
from terminal.core.events import CardPresented, CardRemoved, CodeScanned, DeviceEvent, DeviceHealth
from terminal.core.ports import InputDevice
from terminal.drivers import pcsc, serial_reader, serial_scanner
from terminal.drivers.codecs.em4100 import frame
from terminal.drivers.virtual.pcscd import VirtualPcscd
from terminal.drivers.virtual.serial_line import SerialLine
from terminal.drivers.virtual.vpcd_card import VirtualCard, VirtualSlot
from terminal.runtime.clock import SystemClock
from terminal.runtime.supervisor import DEVICE_BACKOFF, Service, Supervisor

SCANNER, TAGS, CARDS, KEYS = "scanner", "tags", "cards", "typing scanner"
_AGAIN_S = 0.1


class Rig:
    """What lies on the table."""

    def __init__(
        self,
        folder: Path,
        pcscd: VirtualPcscd | None,
        keys: keyboards.KeyboardBench | None,
        chance: random.Random,
    ) -> None:
        self.pcscd = pcscd
        self._keys = TypingScanner(keys, KEYS, chance) if keys else None
        cards, typing = (CARDS,) if pcscd else (), (KEYS,) if keys else ()
        self.inputs = (SCANNER, TAGS, *cards, *typing)
        self.lines = {SCANNER: SerialLine(folder / "dev/scanner"), TAGS: SerialLine(folder / "dev/tags")}
        self._slot = VirtualSlot(pcscd.ports["Front"]) if pcscd else None
        self.printers = Printers(folder, chance, self.changed)
        self.downs: dict[str, float] = {}
        """When each device was first seen to be down, monotonic seconds; emptied before each trouble."""
        self.heard: asyncio.Queue[DeviceEvent] = asyncio.Queue()
        self.whys: list[str] = []
        self._chance = chance

    @property
    def slot(self) -> VirtualSlot:
        assert self._slot is not None  # noqa: S101  only a table with a chip reader is asked
        return self._slot

    @property
    def keys(self) -> TypingScanner:
        assert self._keys is not None  # noqa: S101  only a table with one is asked
        return self._keys

    def devices(self) -> list[InputDevice]:
        clock = SystemClock()
        scanner = serial_scanner.Settings(path=self.lines[SCANNER].path, silence_ms=SILENCE_MS)
        tags = serial_reader.Settings(path=self.lines[TAGS].path, silent_ms=100)
        cards = [pcsc.build(CARDS, pcsc.Settings(reader="Front", read_ms=500), clock)] if self.pcscd else []
        return [
            serial_scanner.build(SCANNER, scanner, clock),
            serial_reader.build(TAGS, tags, clock),
            *cards,
        ]

    def changed(self, name: str, health: DeviceHealth, why: str) -> None:
        if health is DeviceHealth.DOWN:
            self.downs.setdefault(name, time.monotonic())
        self.whys.append(f"{name} {health}: {why}")

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
            KEYS: self._type,
            **{printer: partial(self.printers.use, printer) for printer in PRINTERS},
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

    async def _type(self) -> bool:
        text = str(self._chance.randrange(10**12, 10**13))
        await self.keys.scan(text)
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
        if self.pcscd is not None and self.pcscd.pid is not None:
            os.kill(self.pcscd.pid, number)


@asynccontextmanager
async def laid_out(
    folder: Path, pcscd: VirtualPcscd | None, chance: random.Random
) -> AsyncGenerator[Rig, None]:
    """The table with pcscd has the scanner that types too, where umockdev is installed."""
    async with contextlib.AsyncExitStack() as stack:
        typing = pcscd is not None and not keyboards.missing()
        keys = (
            await stack.enter_async_context(keyboards.keyboard_bench(keyboards.KeyboardBench))
            if typing
            else None
        )
        rig = Rig(folder, pcscd, keys, chance)
        await rig.printers.open()
        async with asyncio.TaskGroup() as group:
            supervisor = Supervisor(
                group,
                clock=SystemClock(),
                sleep=asyncio.sleep,
                chance=chance.random,
                on_health=rig.changed,
            )
            for device in rig.devices():
                run = partial(rig.listen, device)
                supervisor.start(Service(name=device.name, run=run, backoff=DEVICE_BACKOFF))
            typed = []
            if keys:
                typed.append(group.create_task(rig.keys.listen(rig.heard, rig.changed)))
                await rig.keys.open()
            try:
                yield rig
            finally:
                supervisor.stop()
                for task in typed:
                    task.cancel()
        await rig.printers.close()
        for line in rig.lines.values():
            line.unplug()
