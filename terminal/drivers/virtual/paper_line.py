"""The virtual printer at the other end of a serial line or of what a driver takes for a USB device."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tty
from pathlib import Path

from terminal.drivers.virtual.escpos_reader import Tokens
from terminal.drivers.virtual.paper import VirtualPrinter

_CHUNK_BYTES = 4096
_STOP_S = 0.002


class PaperLine:
    """Drivers open `path`, a link that comes and goes with the plug. Runs on the event loop.

    A pseudo-terminal: bytes both ways, XON and XOFF as in a serial port, no modem lines, no rates.
    """

    def __init__(self, printer: VirtualPrinter, path: Path, *, says_stop: bool = False) -> None:
        self.printer = printer
        self.path = path
        self.stops = 0
        self._says_stop = says_stop
        """Whether it says XOFF, and XON a moment later, at each piece that it reads."""
        self._tokens = Tokens()
        self._ends: tuple[int, int] | None = None

    def plug(self) -> None:
        if self._ends is not None:
            return
        device, driver = os.openpty()
        tty.setraw(driver)  # Kept open here too: a job that ends is no unplugged line.
        os.set_blocking(device, False)
        self._ends = device, driver
        self._tokens = Tokens()
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(driver))
        asyncio.get_running_loop().add_reader(device, self._read)

    def pull(self) -> None:
        if self._ends is None:
            return
        device, driver = self._ends
        self._ends = None
        asyncio.get_running_loop().remove_reader(device)
        self.path.unlink(missing_ok=True)
        os.close(device)
        os.close(driver)
        self.printer.left_alone()

    def say(self, data: bytes) -> None:
        """Unasked, or noise."""
        if self._ends is not None:
            with contextlib.suppress(BlockingIOError):
                os.write(self._ends[0], data)

    def _read(self) -> None:
        assert self._ends is not None  # noqa: S101  the loop reads only what is plugged in
        with contextlib.suppress(BlockingIOError):
            chunk = os.read(self._ends[0], _CHUNK_BYTES)
            if self._says_stop:
                self.stops += 1
                self.say(b"\x13")
                asyncio.get_running_loop().call_later(_STOP_S, self.say, b"\x11")
            if not self.printer.hear(self._tokens, chunk, self.say):
                self.pull()
