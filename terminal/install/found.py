"""What is plugged in, by the names that stay."""

from __future__ import annotations

from collections.abc import Iterator
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
    for name, path in _named(box, "/dev/serial", "tty", "*"):
        drivers = ("serial_scanner", "serial_reader", "serial_stripe")
        seen.append(Seen(name=name, path=path, drivers=drivers))
    for name, path in _named(box, "/dev/input", "input", "*-event-kbd"):
        drivers = ("keyboard_scanner", "keyboard_reader", "keyboard_stripe")
        seen.append(Seen(name=name, path=path, drivers=drivers))
    return seen


def _named(box: Box, folder: str, kind: str, links: str) -> Iterator[tuple[str, str]]:
    """Each with what it is called and its path: by what it says of itself, else by its socket.

    Of devices that are alike and have no serial number udev's one name leads to the last that came.
    """
    by_socket: dict[Path, str] = {}
    for link in sorted(box.at(f"{folder}/by-path").glob(links)):
        by_socket.setdefault(link.resolve(), f"{folder}/by-path/{link.name}")
    by_name = {link.name: link.resolve() for link in sorted(box.at(f"{folder}/by-id").glob(links))}
    nameless = {node: _usb(box, kind, node) for node in by_socket.keys() - by_name.values()}
    for name, node in by_name.items():
        own = _usb(box, kind, node)
        alike = [one for one, usb in nameless.items() if own and usb and _alike(own, usb)]
        if not alike or node not in by_socket:
            yield name, f"{folder}/by-id/{name}"
            continue
        for path in sorted(by_socket[one] for one in (node, *alike)):
            yield f"{name}, {path.rpartition('/')[2]}", path


def _usb(box: Box, kind: str, node: Path) -> Path | None:
    """The device of the bus that the node is of; None: of none."""
    inside = box.at(f"/sys/class/{kind}/{node.name}").resolve()
    return next((one for one in inside.parents if (one / "idVendor").is_file()), None)


def _alike(one: Path, other: Path) -> bool:
    """Two of one model, which their serial numbers do not tell apart."""
    said = ("idVendor", "idProduct", "serial")
    return one != other and all(_text(one / name) == _text(other / name) for name in said)


def certain(seen: list[Seen]) -> tuple[Reader, ...]:
    """Those that can be one thing only."""
    return tuple(Reader(driver=one.drivers[0], path=one.path) for one in seen if len(one.drivers) == 1)


@dataclass(frozen=True, kw_only=True)
class UsbPrinter:
    name: str
    """Maker, product and serial number, as far as it tells them."""
    port: str
    """Where it is plugged in, such as 1-1.3: of two that are alike the one thing that differs."""


def usb_printers(box: Box) -> list[UsbPrinter]:
    """By their ports."""
    folders = (_usb(box, "usbmisc", node) for node in box.at("/sys/class/usbmisc").glob("lp[0-9]*"))
    there = {folder for folder in folders if folder is not None}
    return sorted(
        (
            UsbPrinter(
                name=_called(one),
                port=one.name,
            )
            for one in there
        ),
        key=lambda one: one.port,
    )


def _called(usb: Path) -> str:
    """For the question; a device may say anything, a console's own commands among it."""
    said = " ".join(filter(None, (_text(usb / what) for what in ("manufacturer", "product", "serial"))))
    return said if said.isprintable() and said else f"{_text(usb / 'idVendor')}:{_text(usb / 'idProduct')}"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):  # Not there, or pulled out meanwhile.
        return ""
