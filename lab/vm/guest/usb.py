"""USB devices that are nothing but software, on the kernel's simulated bus (dummy_hcd, configfs gadgets).

The host side sees real devices: a HID keyboard, a serial line, a printer, each with its by-id and by-path
names. Binding a gadget to its controller plugs it in, unbinding pulls it out.
Kernel documentation: usb/gadget_configfs, ABI/testing/configfs-usb-gadget*.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

_CONFIGFS = Path("/sys/kernel/config")
_GADGETS = _CONFIGFS / "usb_gadget"
_VENDOR, _PRODUCT = "0x1d6b", "0x0104"
"""The Linux Foundation's, for gadgets of several functions."""
_APPEAR_S, _LOOK_S = 10.0, 0.02

_KEYBOARD = bytes.fromhex(
    "05010906a101050719e029e715002501750195088102950175088103950675081500256505071900296581 00c0".replace(
        " ", ""
    )
)
"""Report descriptor of a keyboard in boot protocol, without its LEDs (HID 1.11, appendix B.1)."""


class Gadget:
    """One USB device, which outlives whoever made it: the same again is that one.

    Args:
        port: of the simulated controller, from 0.
        product: its name, as it stands in by-id names.
        serial: its serial number; devices that are alike may have none.
        functions: configfs functions by their name, such as `acm.a`, with the attributes of each.
    """

    def __init__(
        self, port: int, product: str, functions: Mapping[str, Mapping[str, bytes]], *, serial: str = ""
    ) -> None:
        self._path = _GADGETS / f"port{port}"
        self._controller = f"dummy_udc.{port}"
        if self._path.exists():  # Made by another process.
            return
        (self._path / "strings/0x409").mkdir(parents=True)
        (self._path / "configs/c.1/strings/0x409").mkdir(parents=True)
        self._write("idVendor", _VENDOR)
        self._write("idProduct", _PRODUCT)
        self._write("strings/0x409/manufacturer", "Lab")
        self._write("strings/0x409/product", product)
        if serial:
            self._write("strings/0x409/serialnumber", serial)
        for name, attributes in functions.items():
            function = self._path / "functions" / name
            function.mkdir()
            for attribute, value in attributes.items():
                (function / attribute).write_bytes(value)
            (self._path / "configs/c.1" / name).symlink_to(function)

    def plug(self) -> None:
        self._write("UDC", self._controller)

    def pull(self) -> None:
        self._write("UDC", "\n")

    def attribute(self, name: str) -> str:
        """Such as `functions/hid.a/dev`."""
        return (self._path / name).read_text(encoding="ascii").strip()

    def _write(self, name: str, value: str) -> None:
        (self._path / name).write_text(value, encoding="ascii")


def keyboard(port: int, product: str, *, serial: str = "", nodes: int = 1) -> Gadget:
    """One with so many event nodes, as many scanners have."""
    attributes = {"protocol": b"1", "subclass": b"1", "report_length": b"8", "report_desc": _KEYBOARD}
    return Gadget(port, product, {f"hid.{node}": attributes for node in range(nodes)}, serial=serial)


def serial_line(port: int, product: str, *, serial: str = "") -> Gadget:
    return Gadget(port, product, {"acm.a": {}}, serial=serial)


def printer(port: int, product: str, *, serial: str = "") -> Gadget:
    return Gadget(port, product, {"printer.a": {"q_len": b"10"}}, serial=serial)


def node_of(device: str) -> Path:
    """The /dev node of `major:minor`. Raises TimeoutError."""
    return appeared(Path("/dev/char") / device).resolve()


def appeared(path: Path) -> Path:
    """Raises TimeoutError: udev never made it."""
    until = time.monotonic() + _APPEAR_S
    while not path.exists():
        if time.monotonic() > until:
            raise TimeoutError(f"{path} never appeared")
        time.sleep(_LOOK_S)
    return path


def gone(path: Path) -> None:
    """Raises TimeoutError: udev never took it away."""
    until = time.monotonic() + _APPEAR_S
    while path.exists():
        if time.monotonic() > until:
            raise TimeoutError(f"{path} never went")
        time.sleep(_LOOK_S)


@contextlib.contextmanager
def opened(path: Path, flags: int) -> Iterator[int]:
    descriptor = os.open(path, flags)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


_USAGES = {**{chr(97 + at): 4 + at for at in range(26)}, **{str((at + 1) % 10): 30 + at for at in range(10)}}
_USAGES |= {"\n": 40, "-": 45, "=": 46, " ": 44, ".": 55, "/": 56, ";": 51}
_SHIFTED = {"_": "-", "+": "=", ":": ";", "?": "/"}
_SHIFT = 2
"""Usages of page 7 and the left Shift of the modifiers' byte (HID Usage Tables 1.5, section 10)."""


def reports(text: str) -> Iterator[bytes]:
    """What a scanner of the US layout sends for a text: press and release of each key."""
    for mark in text:
        key = _SHIFTED.get(mark, mark.lower())
        shift = _SHIFT if key != mark else 0
        yield bytes((shift, 0, _USAGES[key], 0, 0, 0, 0, 0))
        yield bytes(8)


def types(gadget: Gadget, text: str, node: int = 0) -> None:
    with opened(node_of(gadget.attribute(f"functions/hid.{node}/dev")), os.O_WRONLY) as line:
        for report in reports(text):
            os.write(line, report)
