"""What is plugged in, by the names that stay."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from terminal.install.answers import Reader
from terminal.install.box import Box

_CHIP_READERS = "0b"
"""USB's class of chip card readers (CCID)."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A device, and what it may be; the first is the most likely one."""

    name: str
    path: str
    drivers: tuple[str, ...]


def readers(box: Box) -> list[Seen]:
    """Chip card readers first, then serial lines, then keyboards that are known to be no keyboards."""
    seen = []
    classes = box.at("/sys/bus/usb/devices").glob("*/bInterfaceClass")
    if any(_text(one) == _CHIP_READERS for one in classes):
        seen.append(Seen(name="a chip card reader", path="", drivers=("pcsc",)))
    for port in sorted(box.at("/dev/serial/by-id").glob("*")):
        path = f"/dev/serial/by-id/{port.name}"
        drivers = ("serial_scanner", "serial_reader", "serial_stripe")
        seen.append(Seen(name=port.name, path=path, drivers=drivers))
    for keyboard in sorted(box.at("/dev/input/by-id").glob("*-event-kbd")):
        path = f"/dev/input/by-id/{keyboard.name}"
        drivers = ("keyboard_scanner", "keyboard_reader", "keyboard_stripe")
        seen.append(Seen(name=keyboard.name, path=path, drivers=drivers))
    return seen


def certain(seen: list[Seen]) -> tuple[Reader, ...]:
    """Those that can be one thing only."""
    return tuple(Reader(driver=one.drivers[0], path=one.path) for one in seen if len(one.drivers) == 1)


def usb_printers(box: Box) -> int:
    """How many there are."""
    return len(list(box.at("/dev/usb").glob("lp[0-9]*")))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:  # Pulled out meanwhile.
        return ""
