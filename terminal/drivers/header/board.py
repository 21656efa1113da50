"""Pins through the interface of RPi.GPIO: RPi.GPIO itself, or rpi-lgpio, which also knows the Pi 5.

Both are called `RPi.GPIO`, and only one of them is ever installed.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, cast

from terminal.core.errors import DeviceMissing
from terminal.core.signals import Lamp, Pitch
from terminal.drivers.header.settings import Level, PinSettings

_DUTY_PERCENT = 50.0
_PIPE = ".lgd-nfy"


class Wave(Protocol):
    """`RPi.GPIO.PWM`. The pin is low when it is stopped."""

    def start(self, dc: float) -> None: ...
    def ChangeFrequency(self, frequency: float) -> None: ...  # noqa: N802  its name
    def stop(self) -> None: ...


class Gpio(Protocol):
    """As much of the module as is used. Raises RuntimeError, or what its library raises."""

    BCM: int
    IN: int
    OUT: int
    BOTH: int
    PUD_UP: int

    def setwarnings(self, value: bool) -> None: ...  # noqa: FBT001
    def setmode(self, new_mode: int) -> None: ...
    def setup(
        self, chanlist: int, direction: int, pull_up_down: int = ..., initial: int | None = ...
    ) -> None: ...
    def output(self, channel: int, value: int) -> None: ...
    def input(self, channel: int) -> int: ...
    def add_event_detect(self, channel: int, edge: int, callback: Callable[[int], None]) -> None: ...
    def PWM(self, channel: int, frequency: float) -> Wave: ...  # noqa: N802  its name
    def cleanup(self, chanlist: list[int]) -> None: ...


def module() -> Gpio:
    """Imports it: tenths of a second on a Pi. Raises DeviceMissing."""
    try:
        return cast("Gpio", importlib.import_module("RPi.GPIO"))
    except Exception as fault:  # noqa: BLE001  RuntimeError off a Pi, OSError where it may not leave a pipe, ...
        raise DeviceMissing(f"RPi.GPIO cannot be used: {_why(fault)}") from None
    finally:
        _take_pipe_away()


def _why(fault: Exception) -> str:
    if isinstance(fault, FileNotFoundError) and str(fault.filename).startswith(_PIPE):
        return f"its library may not leave a pipe in {Path.cwd()}"
    return f"{type(fault).__name__} {fault}"


def _take_pipe_away() -> None:
    """rpi-lgpio puts a pipe into whatever folder the process is in, and leaves it there for ever.

    Once it is imported both ends are open, and nobody needs the name.
    """
    notified = getattr(sys.modules.get("lgpio"), "_notify_thread", None)
    number = getattr(notified, "_notify", None)
    if number is not None:
        with contextlib.suppress(OSError):
            Path(f"{_PIPE}{number}").unlink()


class Board:
    """Claimed pins, everything silent, dark and shut."""

    def __init__(self, gpio: Gpio, settings: PinSettings) -> None:
        self._gpio = gpio
        self._settings = settings
        self._wave: Wave | None = None
        self._pitch: Pitch | None = None
        self._lit: frozenset[Lamp] = frozenset()
        self._pulses = False

    def claim(self, on_edge: Callable[[int], None]) -> None:
        """`on_edge` is called in a thread of the library's own."""
        gpio, settings = self._gpio, self._settings
        gpio.setwarnings(False)  # noqa: FBT003  its interface
        gpio.setmode(gpio.BCM)
        for pin, active in self._outputs():
            gpio.setup(pin, gpio.OUT, initial=_level(active, on=False))
        if settings.buzzer and settings.buzzer.sounds == "pitch":
            self._wave = gpio.PWM(settings.buzzer.pin, settings.buzzer.high_hz)
        for pin in self._inputs():
            gpio.setup(pin, gpio.IN, pull_up_down=gpio.PUD_UP)
            gpio.add_event_detect(pin, gpio.BOTH, callback=on_edge)

    def release(self) -> None:
        """Everything off, then let go; whatever of it still works."""
        with contextlib.suppress(Exception):
            self.drawer(on=False)
        with contextlib.suppress(Exception):
            self.sound(None)
        with contextlib.suppress(Exception):
            self.shine(frozenset())
        self._wave = None  # RPi.GPIO stops it once more when it goes, and the pin must still be ours then.
        with contextlib.suppress(Exception):
            self._gpio.cleanup(list(self._settings.pins()))

    def sound(self, pitch: Pitch | None) -> None:
        buzzer = self._settings.buzzer
        if buzzer is None or pitch is self._pitch:
            return
        self._pitch = pitch
        if self._wave is None:
            self._gpio.output(buzzer.pin, _level(buzzer.active, on=pitch is not None))
        elif pitch is None:
            self._wave.stop()
        else:
            self._wave.ChangeFrequency(buzzer.high_hz if pitch is Pitch.HIGH else buzzer.low_hz)
            self._wave.start(_DUTY_PERCENT)

    def shine(self, lit: frozenset[Lamp]) -> None:
        lamps = self._settings.lamps
        for lamp, pin in ((Lamp.GREEN, lamps.green), (Lamp.AMBER, lamps.amber), (Lamp.RED, lamps.red)):
            if pin is not None and (lamp in lit) is not (lamp in self._lit):
                self._gpio.output(pin, _level(lamps.active, on=lamp in lit))
        self._lit = lit

    def drawer(self, *, on: bool) -> None:
        drawer = self._settings.drawer
        if drawer is not None and on is not self._pulses:
            self._gpio.output(drawer.pin, _level(drawer.active, on=on))
            self._pulses = on

    def closed(self, pin: int) -> bool:
        """A contact to ground is."""
        return not self._gpio.input(pin)

    def _outputs(self) -> Iterator[tuple[int, Level]]:
        settings = self._settings
        lamps = settings.lamps
        for pin in (lamps.green, lamps.amber, lamps.red):
            if pin is not None:
                yield pin, lamps.active
        if settings.buzzer:
            pitched = settings.buzzer.sounds == "pitch"
            yield settings.buzzer.pin, "high" if pitched else settings.buzzer.active
        if settings.drawer:
            yield settings.drawer.pin, settings.drawer.active

    def _inputs(self) -> Iterator[int]:
        yield from (button.pin for button in self._settings.buttons)
        if self._settings.lid:
            yield self._settings.lid.pin


def _level(active: Level, *, on: bool) -> int:
    return int(on is (active == "high"))
