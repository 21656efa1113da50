"""A product's input device under the product's supervisor, as the terminal runs it, and what it says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, asynccontextmanager

from terminal.core.events import CodeScanned, DeviceChanged, DeviceEvent, DeviceHealth
from terminal.core.ports import InputDevice
from terminal.runtime.clock import SystemClock
from terminal.runtime.supervisor import DEVICE_BACKOFF, Service, Supervisor

NOTICED_S, RECOVERED_S, PATIENCE_S = 2.0, 5.0, 20.0


class Wrong(Exception):
    """The product did something else than it should."""


class Stand:
    """Hears what a device says. Every wait raises Wrong when it does not come in time."""

    def __init__(self) -> None:
        self._said: asyncio.Queue[DeviceEvent] = asyncio.Queue()
        self.troubles: asyncio.Queue[str] = asyncio.Queue()
        """Of the supervisor: why a device is not well."""

    async def listen(self, device: InputDevice) -> None:
        async with aclosing(device.events()) as events:
            async for event in events:
                self._said.put_nowait(event)

    def on_health(self, name: str, health: DeviceHealth, why: str) -> None:
        if health is not DeviceHealth.STARTING:
            self.troubles.put_nowait(f"{name} {health}: {why}")

    async def ready(self, within_s: float = PATIENCE_S) -> None:
        await self._until(
            "ready", lambda one: isinstance(one, DeviceChanged) and one.health is DeviceHealth.READY, within_s
        )

    async def scanned(self, text: str, scanner: str, within_s: float = PATIENCE_S) -> None:
        """The very next thing it says is that scan."""
        await self.said(CodeScanned(scanner=scanner, text=text), within_s)

    async def said(self, wanted: DeviceEvent, within_s: float = PATIENCE_S) -> None:
        """The very next thing it says is that."""
        said = await self._next(f"{wanted}", within_s)
        if said != wanted:
            raise Wrong(f"it was to say {wanted}, and it said {said}")

    async def silent(self) -> None:
        if not self._said.empty():
            raise Wrong(f"nothing was to be heard, and it said {self._said.get_nowait()}")

    async def noticed(self) -> str:
        """It is gone, and why. Raises Wrong when that takes longer than NOTICED_S."""
        begun = time.monotonic()
        try:
            why = await asyncio.wait_for(self.troubles.get(), PATIENCE_S)
        except TimeoutError:
            raise Wrong("nobody noticed that it was gone") from None
        if time.monotonic() - begun > NOTICED_S:
            raise Wrong(f"noticed only after {time.monotonic() - begun:.1f} s: {why}")
        return why

    async def _until(self, what: str, wanted: Callable[[DeviceEvent], bool], within_s: float) -> None:
        while not wanted(await self._next(what, within_s)):
            continue

    async def _next(self, what: str, within_s: float) -> DeviceEvent:
        try:
            return await asyncio.wait_for(self._said.get(), within_s)
        except TimeoutError:
            troubles = [self.troubles.get_nowait() for _ in range(self.troubles.qsize())]
            raise Wrong(f"waited for {what}; {'; '.join(troubles) or 'no trouble was told'}") from None


@asynccontextmanager
async def standing(*devices: InputDevice) -> AsyncGenerator[Stand, None]:
    stand = Stand()

    def runs(device: InputDevice) -> Service:
        return Service(name=device.name, run=lambda: stand.listen(device), backoff=DEVICE_BACKOFF)

    async with asyncio.TaskGroup() as group:
        supervisor = Supervisor(
            group, clock=SystemClock(), sleep=asyncio.sleep, chance=lambda: 0.5, on_health=stand.on_health
        )
        for device in devices:
            supervisor.start(runs(device))
        try:
            yield stand
        finally:
            supervisor.stop()
