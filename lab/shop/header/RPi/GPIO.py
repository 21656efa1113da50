# ruff: noqa: N999  its name
"""RPi.GPIO for the terminal of the virtual shop: the header is at the other end of a serial line.

`PIN VALUE` goes out for every change, Hz for a wave; `PIN LEVEL` comes in for what buttons do. It begins by
asking `?` how they are; `!` ends the answer.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading

from terminal.drivers.virtual.gpio import VirtualGpio

_LINE = os.environ["CARD_TERMINAL_PINS"]
_PATIENCE_S = 60.0

_out = os.open(_LINE, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
_in = os.open(_LINE, os.O_RDONLY | os.O_NOCTTY)


def _tell(pin: int, value: float) -> None:
    with contextlib.suppress(OSError):  # Nobody looks at it any more.
        os.write(_out, f"{pin} {value:g}\n".encode())


_header = VirtualGpio(_tell)


def _heard(line: str) -> None:
    pin, level = line.split()
    _header.pull(int(pin), up=level == "1")


def _listen(pending: str) -> None:
    while True:
        *lines, pending = pending.split("\n")
        for line in lines:
            _heard(line)
        try:
            data = os.read(_in, 4096)
        except OSError:
            return
        if not data:
            return
        pending += data.decode()


def _begin() -> None:
    """Raises OSError: nobody answers."""
    os.write(_out, b"?\n")
    said = ""
    while "!\n" not in said:
        if not select.select([_in], [], [], _PATIENCE_S)[0]:
            raise OSError("the virtual header does not answer")
        said += os.read(_in, 4096).decode()
    states, rest = said.split("!\n", 1)
    for line in states.splitlines():
        _heard(line)
    threading.Thread(target=_listen, args=(rest,), daemon=True).start()


_begin()

BCM, BOARD = _header.BCM, _header.BOARD
OUT, IN, LOW, HIGH = _header.OUT, _header.IN, _header.LOW, _header.HIGH
PUD_OFF, PUD_DOWN, PUD_UP = _header.PUD_OFF, _header.PUD_DOWN, _header.PUD_UP
RISING, FALLING, BOTH = _header.RISING, _header.FALLING, _header.BOTH
setwarnings, setmode, setup, cleanup = _header.setwarnings, _header.setmode, _header.setup, _header.cleanup
output, input, add_event_detect = _header.output, _header.input, _header.add_event_detect  # noqa: A001  its name
PWM = _header.PWM
