"""Which /dev/usb/lpN is the printer that is meant: by its own name or by the port it is plugged into.

The kernel counts lp0, lp1 in the order in which printers appear, and udev gives them no by-id names.
Their names stand in sysfs (Linux: Documentation/ABI/testing/sysfs-bus-usb, drivers/usb/class/usblp.c).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from terminal.core.values import Value
from terminal.drivers.usb.ports import is_port, read

SYSFS = Path("/sys/class/usbmisc")
_NODES = Path("/dev/usb")


class UsbPrinter(Value, frozen=True, kw_only=True):
    """One that is plugged in."""

    node: Path
    name: str
    """Vendor and product id, maker, product and serial number, as far as it tells them."""
    port: str
    """Such as 1-1.3: bus, port of the root hub, ports of the hubs behind it."""

    @property
    def shown(self) -> str:
        return f"{self.name} at {self.port}"


def plugged(sysfs: Path = SYSFS, nodes: Path = _NODES) -> list[UsbPrinter]:
    return sorted(_found(sysfs, nodes), key=lambda one: one.port)


def node_of(match: str, port: str, sysfs: Path = SYSFS, nodes: Path = _NODES) -> Path:
    """The only printer whose name holds `match` and that is plugged in at `port`, where these are given.

    Raises FileNotFoundError: there is none, or more than one; says which there are.
    """
    there = plugged(sysfs, nodes)
    meant = [one for one in there if match in one.name and port in {"", one.port}]
    if len(meant) == 1:
        return meant[0].node
    what = "no USB printer is so" if not meant else "several USB printers are so: set `port`"
    raise FileNotFoundError(f"{what}; there are: {', '.join(one.shown for one in there) or 'none'}")


def _found(sysfs: Path, nodes: Path) -> Iterator[UsbPrinter]:
    for entry in sysfs.glob("lp*"):
        interface = (entry / "device").resolve()
        device = interface.parent
        if not is_port(device.name):
            continue  # Pulled out while we looked.
        ids = f"{read(device / 'idVendor')}:{read(device / 'idProduct')}"
        words = [ids, *(read(device / name) for name in ("manufacturer", "product", "serial"))]
        yield UsbPrinter(node=nodes / entry.name, name=" ".join(filter(None, words)), port=device.name)
