"""Where a USB device is plugged in: the one thing that two alike without serial numbers do not share.

Each has a folder in sysfs that is called by its port (Linux: Documentation/ABI/stable/sysfs-bus-usb).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta

from terminal.core.values import Value

DEVICES: Final = Path("/sys/bus/usb/devices")
_PORT = r"\d+-\d+(\.\d+)*"
_IS_PORT = re.compile(_PORT)

Port = Annotated[str, Meta(pattern=rf"^({_PORT})?$")]
"""Such as 1-1.3: bus, port of the root hub, ports of the hubs behind it. Empty: any."""


class Plugged(Value, frozen=True, kw_only=True):
    """A device in its port."""

    port: str
    bus: int
    address: int
    """Another one each time that something is plugged in (devnum)."""


def is_port(name: str) -> bool:
    return _IS_PORT.fullmatch(name) is not None


def plugged(bus: int, address: int, devices: Path = DEVICES) -> Plugged | None:
    """The device of that number, as long as it is plugged in."""
    for folder in devices.glob("*-*"):
        found = Plugged(port=folder.name, bus=bus, address=address)
        if is_port(folder.name) and is_there(found, devices):
            return found
    return None


def is_there(device: Plugged, devices: Path = DEVICES) -> bool:
    """Whether it still is what is in that port."""
    folder = devices / device.port
    return (read(folder / "busnum"), read(folder / "devnum")) == (str(device.bus), str(device.address))


def read(path: Path) -> str:
    """Empty where the device says nothing, or is gone."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
