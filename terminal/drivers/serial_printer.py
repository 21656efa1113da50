"""An ESC/POS printer on a serial line: RS-232, or a USB adapter with such a chip inside the printer."""

from __future__ import annotations

import contextlib
import fcntl
import struct
import termios
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta

from terminal.core.ports import Clock
from terminal.drivers.paper.line import Opened
from terminal.drivers.paper.printer import Printer
from terminal.drivers.paper.settings import AnsweringSettings

KIND: Final = "printer"

_PIECE_BYTES = 32
"""Sent between two looks at DSR: a printer that says stop has room for more than these and a UART's own."""
_STALE_MS = 50


class Flow(StrEnum):
    """How the printer says that it takes nothing now. Set at the printer, usually by its switches."""

    DTR = "dtr"
    """Its DTR, our DSR: the usual setting of receipt printers."""
    RTS = "rts"
    """Its wire at our CTS."""
    XON = "xon"
    NONE = "none"


class Settings(AnsweringSettings, frozen=True, kw_only=True):
    """Where the printer is, how its line is set, and what it can do."""

    path: Path
    """Such as /dev/serial/by-id/usb-..., which does not change with the socket it is plugged into."""
    baud: Annotated[int, Meta(ge=1_200, le=921_600)] = 9_600
    flow: Flow = Flow.NONE


def build(name: str, settings: Settings, clock: Clock) -> Printer:
    return Printer(name, SerialTransport(name, settings), settings, clock)


class SerialTransport:
    """`Transport` over a serial port, ours alone while a job lasts; 8N1."""

    open_ms = 1_000

    def __init__(self, name: str, settings: Settings) -> None:
        self._settings = settings
        self.where = f"{name} at {settings.path}"

    @contextlib.contextmanager
    def opened(self) -> Iterator[Opened]:
        import serial  # noqa: PLC0415  only where a serial device is configured

        flow = self._settings.flow
        port = serial.Serial(
            str(self._settings.path),
            self._settings.baud,
            timeout=0,
            exclusive=True,
            xonxoff=flow is Flow.XON,
            rtscts=flow is Flow.RTS,
        )
        fd = port.fileno()
        try:
            if flow is Flow.DTR:
                yield Opened(
                    fd=fd, ready=lambda: says_ready(fd), piece_bytes=_PIECE_BYTES, stale_ms=_STALE_MS
                )
            else:
                yield Opened(fd=fd, stale_ms=_STALE_MS)
        except BaseException:
            with contextlib.suppress(OSError, termios.error):  # What was pulled out.
                # What a stopped printer did not take must neither hold up the end nor come out some day.
                termios.tcflush(fd, termios.TCOFLUSH)
            raise
        finally:
            with contextlib.suppress(OSError):
                port.close()


def says_ready(fd: int) -> bool:
    """DSR is up. The kernel knows no such handshake of its own; with it only short pieces are sent.

    Raises OSError: this line has no such wire, so another `flow` is to be set.
    """
    state = struct.unpack("i", fcntl.ioctl(fd, termios.TIOCMGET, bytes(4)))[0]
    if state & termios.TIOCM_DSR == 0:
        return False
    # Short pieces are of no use while the kernel heaps them up.
    waiting: int = struct.unpack("i", fcntl.ioctl(fd, termios.TIOCOUTQ, bytes(4)))[0]
    return waiting == 0
