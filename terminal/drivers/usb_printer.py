"""An ESC/POS printer by USB, through the kernel's usblp: /dev/usb/lpN, found by name or port."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from terminal.core.ports import Clock
from terminal.drivers.paper.line import Opened
from terminal.drivers.paper.printer import Printer
from terminal.drivers.paper.settings import AnsweringSettings
from terminal.drivers.paper.usb_names import node_of
from terminal.drivers.usb.ports import Port

KIND: Final = "printer"

_STALE_MS = 50


class Settings(AnsweringSettings, frozen=True, kw_only=True):
    """Which printer, and what it can do. Without `path`, `match` and `port`: the only one there is."""

    path: Path | None = None
    """A name that stays, such as a link that a udev rule of the shop's own makes."""
    match: str = ""
    """Part of its name: ids, maker, product, serial number, as `terminal doctor` shows it."""
    port: Port = ""
    """Where it is plugged in, such as 1-1.3: for two that are alike."""


def build(name: str, settings: Settings, clock: Clock) -> Printer:
    return Printer(name, UsbTransport(name, settings), settings, clock)


class UsbTransport:
    """`Transport` over usblp's character device, which takes one user at a time."""

    open_ms = 1_000

    def __init__(self, name: str, settings: Settings) -> None:
        self._settings = settings
        place = settings.path or " ".join(filter(None, (settings.match, settings.port))) or "USB"
        self.where = f"{name} at {place}"

    @contextlib.contextmanager
    def opened(self) -> Iterator[Opened]:
        settings = self._settings
        node = settings.path or node_of(settings.match, settings.port)
        fd = os.open(node, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        try:
            # Printers answer with empty packets too: only an error says that it is gone.
            yield Opened(fd=fd, empty_ends=False, stale_ms=_STALE_MS)
        finally:
            os.close(fd)
