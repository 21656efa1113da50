"""A header that is not there: as much of RPi.GPIO's module as the product uses, with its rules.

Used in the module's place. Like it, it refuses pins that were not set up, or were set up the other way round,
a second edge detection or PWM on one pin, and calls back in a thread that is not its caller's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from weakref import WeakValueDictionary

PINS = 28


class VirtualGpio:
    """One header. `on_change(pin, value)` is told of outputs: 0 or 1, or the Hz of a wave."""

    BCM, BOARD = 11, 10
    OUT, IN = 0, 1
    LOW, HIGH = 0, 1
    PUD_OFF, PUD_DOWN, PUD_UP = 20, 21, 22
    RISING, FALLING, BOTH = 31, 32, 33

    def __init__(self, on_change: Callable[[int, float], None] = lambda _pin, _value: None) -> None:
        self._on_change = on_change
        self._mode: int | None = None
        self._directions: dict[int, int] = {}
        self._levels: dict[int, int] = {}
        self._outside: dict[int, int] = {}
        """What buttons and switches do to pins, whether anybody listens or not."""
        self._heard: dict[int, Callable[[int], None]] = {}
        self.waves: WeakValueDictionary[int, VirtualWave] = WeakValueDictionary()

    # The module's interface.

    def setwarnings(self, value: bool) -> None:  # noqa: FBT001  its interface
        """There are none."""

    def setmode(self, new_mode: int) -> None:
        if self._mode not in {None, new_mode}:
            raise ValueError("A different mode has already been set!")
        self._mode = new_mode

    def setup(
        self, chanlist: int, direction: int, pull_up_down: int = PUD_OFF, initial: int | None = None
    ) -> None:
        if self._mode is None:
            raise RuntimeError("Please set pin numbering mode using GPIO.setmode(GPIO.BOARD) or (GPIO.BCM)")
        if not 0 <= chanlist < PINS:
            raise ValueError("The channel sent is invalid on a Raspberry Pi")
        self._directions[chanlist] = direction
        if direction == self.IN:
            self._levels[chanlist] = int(pull_up_down == self.PUD_UP)
        else:
            self._write(chanlist, int(bool(initial)))

    def output(self, channel: int, value: int) -> None:
        self._insist(channel, self.OUT, "The GPIO channel has not been set up as an OUTPUT")
        self._write(channel, int(bool(value)))

    def input(self, channel: int) -> int:
        if channel not in self._directions:
            raise RuntimeError("You must setup() the GPIO channel first")
        return self._outside.get(channel, self._levels[channel])

    def add_event_detect(self, channel: int, edge: int, callback: Callable[[int], None]) -> None:
        self._insist(channel, self.IN, "You must setup() the GPIO channel as an input first")
        if channel in self._heard or edge != self.BOTH:
            raise RuntimeError("Conflicting edge detection already enabled for this GPIO channel")
        self._heard[channel] = callback

    def PWM(self, channel: int, frequency: float) -> VirtualWave:  # noqa: N802  its name
        self._insist(channel, self.OUT, "You must setup() the GPIO channel as an output first")
        if channel in self.waves:
            raise RuntimeError("A PWM object already exists for this GPIO channel")
        wave = VirtualWave(lambda value: self._on_change(channel, value), frequency)
        self.waves[channel] = wave
        return wave

    def cleanup(self, chanlist: list[int]) -> None:
        for channel in chanlist:
            self._directions.pop(channel, None)
            self._heard.pop(channel, None)

    # Hands.

    def pull(self, pin: int, *, up: bool) -> None:
        """What a button or a switch does; returns when its edge has been told."""
        before, self._outside[pin] = self._outside.get(pin, 1), int(up)
        callback = self._heard.get(pin)
        if callback is not None and before != int(up):
            thread = threading.Thread(target=callback, args=(pin,))
            thread.start()
            thread.join()

    @property
    def claimed(self) -> frozenset[int]:
        return frozenset(self._directions)

    def _insist(self, channel: int, direction: int, why: str) -> None:
        if self._directions.get(channel) != direction:
            raise RuntimeError(why)

    def _write(self, channel: int, value: int) -> None:
        if self._levels.get(channel) != value:
            self._levels[channel] = value
            self._on_change(channel, value)


class VirtualWave:
    """`PWM`: tells its Hz while it sounds, and 0 when it stops."""

    def __init__(self, tell: Callable[[float], None], frequency: float) -> None:
        self._tell = tell
        self._frequency = frequency
        self._runs = False

    def start(self, dc: float) -> None:
        if not 0 <= dc <= 100:  # noqa: PLR2004  percent
            raise ValueError("dutycycle must have a value from 0.0 to 100.0")
        self._runs = True
        self._tell(self._frequency)

    def ChangeFrequency(self, frequency: float) -> None:  # noqa: N802  its name
        if frequency <= 0:
            raise ValueError("frequency must be greater than 0.0")
        self._frequency = frequency
        if self._runs:
            self._tell(frequency)

    def stop(self) -> None:
        if self._runs:
            self._runs = False
            self._tell(0)
