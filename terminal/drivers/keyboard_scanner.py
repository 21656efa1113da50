"""A barcode or QR scanner that plays a USB keyboard, through evdev."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import importlib
import logging
import os
from collections.abc import AsyncGenerator, Callable, Generator, Iterable
from pathlib import Path
from typing import Annotated, Final, Protocol

from msgspec import Meta

from terminal.core.errors import BadScan, DeviceMissing
from terminal.core.events import CodeScanned, DeviceChanged, DeviceEvent, DeviceHealth, Unreadable
from terminal.core.ports import Clock
from terminal.core.values import Value
from terminal.drivers.codecs.hid_keys import KeyDecoder
from terminal.drivers.codecs.scan_line import BadLine
from terminal.runtime.descriptor import readable

log = logging.getLogger(__name__)

KIND: Final = "scanner"

_EV_SYN, _EV_KEY, _SYN_DROPPED = 0, 1, 3
"""Of linux/input-event-codes.h; fixed by the kernel."""


class Settings(Value, frozen=True, kw_only=True):
    """Where the scanner is and how it was set up. It must be set to the US keyboard layout."""

    path: Path
    """Such as /dev/input/by-id/usb-...-event-kbd, which stays the same whatever socket it is plugged into."""
    prefix: str = ""
    """What the scanner types in front of each code; taken off."""
    suffix: str = ""
    """What it types behind, before Enter or Tab."""
    grab: bool = True
    """Keep its keys from everybody else: without it a scan is typed into the page as well."""
    silence_ms: Annotated[int, Meta(ge=20, le=10_000)] = 300
    """A scan that began and did not go on for so long was cut off."""


def build(name: str, settings: Settings, clock: Clock) -> KeyboardScanner:
    _ = clock  # Silence is measured by the event loop.
    return KeyboardScanner(name, settings)


class KeyEvent(Protocol):
    """Evdev's `InputEvent`."""

    type: int
    code: int
    value: int


class Keyboard(Protocol):
    """Evdev's `InputDevice`."""

    fd: int

    def read(self) -> Iterable[KeyEvent]: ...

    def grab(self) -> None: ...

    def close(self) -> None: ...


class KeyboardScanner:
    """`InputDevice` of one scanner."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings

    async def events(self) -> AsyncGenerator[DeviceEvent, None]:
        """Raises DeviceMissing: the scanner is not there, grabbed by another program, or gone."""
        settings = self._settings
        evdev = await asyncio.to_thread(importlib.import_module, "evdev")  # Takes 50 ms.
        decoder = KeyDecoder(prefix=settings.prefix, suffix=settings.suffix)
        with _opened(evdev.InputDevice, settings) as device:
            yield DeviceChanged(device=self.name, health=DeviceHealth.READY)
            while True:
                if await readable(device.fd, settings.silence_ms if decoder.waiting else None):
                    found = [one for event in self._read(device) for one in _fed(decoder, event)]
                else:
                    found = decoder.silence()
                for one in found:
                    yield self._event(one)

    def _read(self, device: Keyboard) -> list[KeyEvent]:
        """Raises DeviceMissing: ENODEV when it was pulled out, or an end of file."""
        try:
            events = list(device.read())
        except BlockingIOError:
            return []
        except OSError as fault:
            raise DeviceMissing(f"{self._settings.path}: {fault.strerror or 'gone'}") from None
        if not events:
            raise DeviceMissing(f"{self._settings.path}: it came to its end")
        return events

    def _event(self, found: str | BadLine) -> DeviceEvent:
        if isinstance(found, BadLine):
            log.warning("scan dropped: scanner=%s why=%s", self.name, found.why)
            return Unreadable(device=self.name, code=BadScan.code, why=found.why)
        return CodeScanned(scanner=self.name, text=found)


@contextlib.contextmanager
def _opened(found_at: Callable[[str], Keyboard], settings: Settings) -> Generator[Keyboard, None, None]:
    """Raises DeviceMissing."""
    path = settings.path
    try:
        device = found_at(str(path))
    except OSError as fault:
        raise DeviceMissing(f"{path}: {_reason(fault)}") from None
    try:
        if settings.grab:
            try:
                device.grab()
            except OSError as fault:
                raise DeviceMissing(f"{path}: {_reason(fault)}") from None
        yield device
    finally:
        with contextlib.suppress(OSError):  # Closing what was pulled out.
            device.close()


def _reason(fault: OSError) -> str:
    if fault.errno == errno.EBUSY:
        return "another program has grabbed it"
    if fault.errno == errno.ENOTTY:
        return "this is no input device"
    return os.strerror(fault.errno) if fault.errno else "it cannot be opened"


def _fed(decoder: KeyDecoder, event: KeyEvent) -> list[str | BadLine]:
    if event.type == _EV_KEY:
        return decoder.feed(event.code, event.value)
    if event.type == _EV_SYN and event.code == _SYN_DROPPED:
        decoder.lost()
    return []
