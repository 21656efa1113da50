"""What hangs on the terminal's box in the virtual shop: header and customer display, seen and touched."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from terminal.drivers.virtual.line_display import VirtualDisplay
from terminal.drivers.virtual.serial_line import SerialLine

_BUZZER, _DRAWER, _CONFIRM, _CANCEL, _LID = 18, 23, 5, 6, 13
_LAMPS = {17: "green", 27: "amber", 22: "red"}
_HIGH_HZ, _LOW_HZ = 2_700, 1_200
_PRESS_S = 0.2
_ONE_SIGNAL_S = 0.2
"""Tones that follow so soon belong to the one before."""
_LOG_MAX = 12
_PATIENCE_S = 60.0
_SOUND = "sound: "

DEVICES = f"""
[device.display]
driver = "line_display"
path = "{{folder}}/display"
letters = "gbk"

[device.box]
driver = "pins"
buzzer = {{{{ pin = {_BUZZER}, high_hz = {_HIGH_HZ}, low_hz = {_LOW_HZ} }}}}
lamps = {{{{ green = 17, amber = 27, red = 22 }}}}
drawer = {{{{ pin = {_DRAWER} }}}}
buttons = [{{{{ pin = {_CONFIRM}, does = "confirm" }}}}, {{{{ pin = {_CANCEL}, does = "cancel" }}}}]
lid = {{{{ pin = {_LID} }}}}
"""


class Box:
    """Runs on the event loop; the terminal finds both ends by their paths."""

    def __init__(self, folder: Path) -> None:
        self.display = VirtualDisplay()
        self.heard: deque[str] = deque(maxlen=_LOG_MAX)
        """Sounds, lights and the drawer, newest last."""
        self.lid_open = False
        self.changed = asyncio.Event()
        self.opened = 0
        """How often the drawer was."""
        self.pulled = False
        """The relay still pulls its latch: opening it once more changes nothing."""
        self._glass = SerialLine(folder / "display")
        self._pins = SerialLine(folder / "pins")
        self._pending = ""
        self._signal = ""
        self._sounded_s = 0.0
        self.environment = {
            "CARD_TERMINAL_PINS": str(self._pins.path),
            "PYTHONPATH": os.pathsep.join(
                filter(None, (str(Path(__file__).parent / "header"), os.environ.get("PYTHONPATH", "")))
            ),
        }
        """Of the terminal's process."""

    def __enter__(self) -> Self:
        for line, read in ((self._glass, self._show), (self._pins, self._hear)):
            assert line.fd is not None  # noqa: S101  never unplugged here
            asyncio.get_running_loop().add_reader(line.fd, read)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        for line in (self._glass, self._pins):
            assert line.fd is not None  # noqa: S101  see above
            asyncio.get_running_loop().remove_reader(line.fd)
            line.unplug()

    @property
    def sound(self) -> str:
        """The tones of the last signal."""
        return self._signal.removeprefix(_SOUND)

    async def until(self, true: Callable[[], bool]) -> None:
        """Raises TimeoutError."""
        async with asyncio.timeout(_PATIENCE_S):
            while not true():
                self.changed.clear()
                await self.changed.wait()

    def hands(self) -> dict[str, Callable[[], object]]:
        """What can be done to it."""
        return {
            "confirm": lambda: self._press(_CONFIRM),
            "cancel": lambda: self._press(_CANCEL),
            "lid": self._lift,
        }

    def _press(self, pin: int) -> None:
        self._pull(pin, up=False)
        asyncio.get_running_loop().call_later(_PRESS_S, lambda: self._pull(pin, up=True))

    def _lift(self) -> None:
        self.lid_open = not self.lid_open
        self._pull(_LID, up=self.lid_open)

    def _pull(self, pin: int, *, up: bool) -> None:
        self._pins.send(f"{pin} {int(up)}\n".encode())

    def _show(self) -> None:
        self.display.hear(self._glass.answered())
        self.changed.set()

    def _hear(self) -> None:
        *lines, self._pending = (self._pending + self._pins.answered().decode()).split("\n")
        for line in lines:
            if line == "?":
                self._pins.send(f"{_LID} {int(self.lid_open)}\n!\n".encode())
            else:
                pin, value = line.split()
                self._came(int(pin), float(value))
        self.changed.set()

    def _came(self, pin: int, value: float) -> None:
        if pin == _BUZZER:
            self._sounds(value)
        elif pin == _DRAWER:
            self.pulled = bool(value)
            if self.pulled:
                self.opened += 1
                self.heard.append("the drawer opens")
        elif pin in _LAMPS and value:
            self.heard.append(f"{_LAMPS[pin]} lamp")

    def _sounds(self, hz: float) -> None:
        """Lamps come on between the first tone and the second; the tones of one signal stay together."""
        now_s = asyncio.get_running_loop().time()
        if hz:
            tone = "high" if hz == _HIGH_HZ else "low"
            at = next((place for place, one in enumerate(self.heard) if one is self._signal), None)
            if at is not None and now_s - self._sounded_s < _ONE_SIGNAL_S:
                self._signal = self.heard[at] = f"{self._signal}, {tone}"
            else:
                self._signal = f"{_SOUND}{tone}"
                self.heard.append(self._signal)
        self._sounded_s = now_s
