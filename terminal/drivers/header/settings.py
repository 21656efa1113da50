"""What hangs on which pin. Pins go by their BCM numbers, not by their places on the header."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Meta

from terminal.core.events import Does
from terminal.core.values import Value

Bcm = Annotated[int, Meta(ge=0, le=27)]
Level = Literal["high", "low"]
Hertz = Annotated[int, Meta(ge=100, le=10_000)]


class Buzzer(Value, frozen=True, kw_only=True):
    pin: Bcm
    sounds: Literal["pitch", "level"] = "pitch"
    """`pitch`: a passive one, given the tone itself; `level`: one with a tone of its own, on and off."""
    active: Level = "high"
    """Of `level`: what makes it sound."""
    high_hz: Hertz = 2_700
    low_hz: Hertz = 1_200


class Lamps(Value, frozen=True, kw_only=True):
    green: Bcm | None = None
    amber: Bcm | None = None
    red: Bcm | None = None
    active: Level = "high"


class Drawer(Value, frozen=True, kw_only=True):
    """The relay that a cash drawer's solenoid hangs on."""

    pin: Bcm
    active: Level = "high"
    pulse_ms: Annotated[int, Meta(ge=20, le=500)] = 100


class Button(Value, frozen=True, kw_only=True):
    """Closes its pin to ground; a resistor inside the Pi holds it high otherwise."""

    pin: Bcm
    does: Does


class Lid(Value, frozen=True, kw_only=True):
    """A switch under the lid, to ground as a button."""

    pin: Bcm
    open: Level = "high"
    """What the pin is while the case is open. `high`: a cut wire is an open case."""


class PinSettings(Value, frozen=True, kw_only=True):
    buzzer: Buzzer | None = None
    lamps: Lamps = Lamps()
    drawer: Drawer | None = None
    buttons: Annotated[tuple[Button, ...], Meta(max_length=8)] = ()
    lid: Lid | None = None
    debounce_ms: Annotated[int, Meta(ge=5, le=500)] = 30
    """A contact that stayed so long is what it is."""

    def __post_init__(self) -> None:
        """Raises ValueError: two things hang on one pin."""
        twice = [pin for pin, count in Counter(self.pins()).items() if count > 1]
        if twice:
            raise ValueError(f"more than one thing on pin {twice[0]}")

    def pins(self) -> Iterator[int]:
        """All that are used."""
        lamps = self.lamps
        yield from (pin for pin in (lamps.green, lamps.amber, lamps.red) if pin is not None)
        yield from (one.pin for one in (self.buzzer, self.drawer, self.lid, *self.buttons) if one)
