"""What devices say, live: to whoever looks after the terminal, and with other numbers."""

from __future__ import annotations

import asyncio
import importlib
import os
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from terminal.core.ports import Clock
from terminal.runtime.log import legible
from terminal.runtime.trace import Record, Recording, recorded

if TYPE_CHECKING:
    from terminal.config import Device

LIVE_RECORDS_MAX: Final = 200
"""Of one look at a device: on a small machine their numbers are replaced in a second or two."""
LIVE_S: Final = 30.0
"""A look ends when nobody asked for more of it for so long; a busy machine asks seldom."""
_SECRET_BYTES = 16


class Look(Struct, frozen=True, kw_only=True):
    """What was heard, or `why` nothing can be; `full`: the next look begins anew."""

    records: tuple[Record, ...] = ()
    full: bool = False
    why: str = ""


class Looking:
    """What devices say, while somebody asks again and again. Numbers are replaced before they leave here."""

    def __init__(self, clock: Clock, devices: Sequence[Device]) -> None:
        self._clock = clock
        self._devices = {device.name: device for device in devices}
        self._secret = os.urandom(_SECRET_BYTES)
        self._recordings: dict[str, tuple[Recording, ExitStack, asyncio.TimerHandle]] = {}

    async def looked(self, name: str) -> Look:
        """All that it said since the look began."""
        device = self._devices.get(name)
        if device is None:
            return Look(why=f"no device is called {legible(name)!r}")
        try:
            recording = self._recording(name)
        except ValueError as fault:
            return Look(why=str(fault))
        records = tuple(recording.records[:LIVE_RECORDS_MAX])
        if full := len(recording.records) >= LIVE_RECORDS_MAX:
            self._recordings[name][2].cancel()
            self._over(name)
        return Look(records=await asyncio.to_thread(veiled, device, records, self._secret), full=full)

    def _recording(self, name: str) -> Recording:
        """The one that goes on, or one that begins. Raises ValueError: `terminal trace` has it."""
        if name in self._recordings:
            recording, held, timer = self._recordings[name]
            timer.cancel()
        else:
            held = ExitStack()
            recording = held.enter_context(recorded(name, self._clock))
        timer = asyncio.get_running_loop().call_later(LIVE_S, self._over, name)
        self._recordings[name] = recording, held, timer
        return recording

    def _over(self, name: str) -> None:
        _, held, _ = self._recordings.pop(name)
        held.close()


def veiled(device: Device, records: Sequence[Record], secret: bytes) -> tuple[Record, ...]:
    """With other numbers, the same by the same while `secret` is.

    Drivers whose devices say no numbers have nothing to replace.
    """
    from terminal.drivers.codecs.veil import Veil  # noqa: PLC0415  seldom asked for

    module = importlib.import_module(f"terminal.drivers.{device.driver}")
    cover = getattr(module, "veiled", None)
    if cover is None or not records:
        return tuple(records)
    return tuple(cover(records, device.settings, Veil(secret), frozenset()))
