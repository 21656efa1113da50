"""A scanner (or card reader) that plays a USB keyboard: taken from the console and read key by key.

It is grabbed, so that no scan is typed into a page or a login. Several event nodes of one device, as many
scanners have, are read as one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from msgspec import Meta

from terminal.core.errors import BadScan, DeviceMissing
from terminal.core.events import CodeScanned, DeviceChanged, DeviceEvent, DeviceHealth, Unreadable
from terminal.core.ports import Clock
from terminal.core.values import Value
from terminal.drivers.codecs.hid_keys import END, EV_KEY, EV_SYN, SYN_DROPPED, KeyDecoder
from terminal.drivers.codecs.scan_line import BadLine, ScanLineDecoder

log = logging.getLogger(__name__)

KIND: Final = "scanner"

_KEY_1, _KEY_ENTER = 2, 28


class Settings(Value, frozen=True, kw_only=True):
    """Which device it is and how it was set up."""

    path: Path | None = None
    """Such as /dev/input/by-id/usb-...-event-kbd or, for one of two alike, /dev/input/by-path/..."""
    match: str = ""
    """In its place: a part of the device's name. One device may answer to it, with all its event nodes."""
    prefix: str = ""
    """What the scanner puts in front of each code; taken off."""
    suffix: str = ""
    """What it puts behind, before the key that ends the scan."""
    ends_with: Literal["enter", "tab", "silence"] = "enter"
    """What ends a scan. Enter does in any case."""
    silence_ms: Annotated[int, Meta(ge=20, le=10_000)] = 300
    """No key for so long: the scan was cut off, or, where silence ends it, is whole."""

    def __post_init__(self) -> None:
        if (self.path is None) == (not self.match):
            raise ValueError("say which keyboard it is: either path or match")


def build(name: str, settings: Settings, clock: Clock) -> KeyboardScanner:
    _ = clock  # Silence is measured by the event loop.
    return KeyboardScanner(name, settings)


class KeyboardScanner:
    """`InputDevice` of one scanner."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings

    async def events(self) -> AsyncGenerator[DeviceEvent, None]:
        """Raises DeviceMissing: not there, not ours alone, or gone."""
        settings = self._settings
        scan = Scan(settings)
        with _grabbed(settings) as keys:
            yield DeviceChanged(device=self.name, health=DeviceHealth.READY)
            while True:
                pressed = await keys.read(settings.silence_ms if scan.waiting else None)
                for found in scan.heard(pressed) if pressed else scan.silence():
                    yield self._event(found)

    def _event(self, found: str | BadLine) -> DeviceEvent:
        if isinstance(found, BadLine):
            log.warning("scan dropped: scanner=%s why=%s", self.name, found.why)
            return Unreadable(device=self.name, code=BadScan.code, why=found.why)
        return CodeScanned(scanner=self.name, text=found)


class Scan:
    """Input events (type, code, value) in, scanned texts out."""

    def __init__(self, settings: Settings) -> None:
        self._keys = KeyDecoder(tab_ends=settings.ends_with == "tab")
        self._line = ScanLineDecoder(prefix=settings.prefix, suffix=settings.suffix)
        self._silence_ends = settings.ends_with == "silence"

    @property
    def waiting(self) -> bool:
        """A scan has begun and not ended."""
        return self._line.waiting

    def heard(self, events: list[tuple[int, int, int]]) -> list[str | BadLine]:
        found: list[str | BadLine] = []
        for kind, code, value in events:
            if kind == EV_KEY:
                found += self._line.feed(self._keys.feed(code, value))
            elif (kind, code) == (EV_SYN, SYN_DROPPED):
                found += self._line.feed(self._keys.dropped())
        return found

    def silence(self) -> list[str | BadLine]:
        self._keys.rest()
        return self._line.feed(END) if self._silence_ends else self._line.silence()


class Nodes:
    """The open event nodes of one device."""

    def __init__(self, devices: list[Any]) -> None:
        self._devices = devices  # evdev has no types.

    async def read(self, within_ms: int | None) -> list[tuple[int, int, int]]:
        """What was pressed on any of them; nothing when nothing came in that time. Raises DeviceMissing."""
        try:
            async with asyncio.timeout(None if within_ms is None else within_ms / 1000):
                ready = await self._readable()
        except TimeoutError:
            return []
        return [event for device in ready for event in _read(device)]

    async def _readable(self) -> list[Any]:
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        found: list[Any] = []

        def settle(device: Any) -> None:  # noqa: ANN401  evdev has no types
            found.append(device)
            if not ready.done():
                ready.set_result(None)

        for device in self._devices:
            loop.add_reader(device.fd, settle, device)
        try:
            await ready
        finally:
            for device in self._devices:
                loop.remove_reader(device.fd)
        return found


def _read(device: Any) -> list[tuple[int, int, int]]:  # noqa: ANN401  evdev has no types
    """Raises DeviceMissing."""
    try:
        events = [(one.type, one.code, one.value) for one in device.read()]
    except BlockingIOError:
        return []
    except OSError as fault:  # ENODEV where it was unplugged.
        raise DeviceMissing(f"{device.path} is gone: {fault.strerror}") from None
    if not events:
        raise DeviceMissing(f"{device.path} is gone: it ended")
    return events


@contextlib.contextmanager
def _grabbed(settings: Settings) -> Iterator[Nodes]:
    """The device's nodes, ours alone. Raises DeviceMissing."""
    with contextlib.ExitStack() as stack:
        keyboards = _keyboards(stack)
        devices = _chosen(settings, keyboards)
        for device in keyboards:
            if device not in devices:
                _closed(device)
        for device in devices:
            try:
                device.grab()
            except OSError as fault:
                raise DeviceMissing(f"{device.path}: another program has it: {fault.strerror}") from None
        yield Nodes(devices)


def _keyboards(stack: contextlib.ExitStack) -> list[Any]:
    """All that have the keys of a scanner: pointers and power buttons have not. `stack` closes them."""
    try:
        import evdev  # noqa: PLC0415  only where such a scanner is configured
    except ImportError:
        raise DeviceMissing("evdev is not installed: apt-get install python3-evdev") from None
    found, refused = [], 0
    for path in Path("/dev/input").glob("event*"):
        try:
            device = evdev.InputDevice(str(path))
            stack.callback(_closed, device)
            if {_KEY_1, _KEY_ENTER} <= set(device.capabilities().get(EV_KEY, ())):
                found.append(device)
        except PermissionError:
            refused += 1
        except OSError:  # Gone since it was listed.
            continue
    if refused and not found:
        raise DeviceMissing(f"{refused} input devices may not be opened: is this user in the group input?")
    return found


def _chosen(settings: Settings, keyboards: list[Any]) -> list[Any]:
    """Every node of the one device that is meant. Raises DeviceMissing."""
    if settings.path is not None:
        node = str(settings.path.resolve())
        wanted = [device for device in keyboards if device.path == node]
        missing = "No such file or directory" if not settings.path.exists() else "not a keyboard"
    else:
        wanted = [device for device in keyboards if settings.match.casefold() in device.name.casefold()]
        missing = f"no keyboard is called so; there are: {sorted({device.name for device in keyboards})}"
    if not wanted:
        raise DeviceMissing(f"{settings.path or settings.match}: {missing}")
    places = {_place(device) for device in wanted}
    if len(places) > 1:
        raise DeviceMissing(f"{settings.match}: {len(places)} keyboards are called so; give the path of one")
    return [device for device in keyboards if _place(device) in places]


def _closed(device: Any) -> None:  # noqa: ANN401  evdev has no types
    with contextlib.suppress(OSError):  # Closing what was pulled out.
        device.close()


def _place(device: Any) -> tuple[str, str]:  # noqa: ANN401  evdev has no types
    """The same for all nodes of one device: `usb-0000:00:14.0-1` of `.../input0`, and its serial number."""
    place, _, _ = device.phys.partition("/")
    return (place, device.uniq) if place or device.uniq else (device.path, "")
