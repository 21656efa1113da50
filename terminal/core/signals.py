"""What a result sounds and lights like, as data in one place, and which screen is which result.

A scanner's own beep means decoded, not accepted: the terminal answers every presentation a second time.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from terminal.core.errors import (
    CardGone,
    CardNotGenuine,
    CardReplayed,
    CardSwapped,
    CardTorn,
    CodeUsed,
    IdReused,
    Refused,
    TerminalFault,
)
from terminal.core.screens import Screen, State
from terminal.core.values import Value


class Cue(StrEnum):
    """A result, as people away from the screen are told of it."""

    ACCEPTED = "accepted"
    OFFLINE = "offline"  # booked here, and headquarters does not have it yet
    USED = "used"  # already used, duplicate
    REJECTED = "rejected"
    FAULT = "fault"


class Pitch(StrEnum):
    HIGH = "high"
    LOW = "low"


class Lamp(StrEnum):
    GREEN = "green"
    AMBER = "amber"
    RED = "red"


class Tone(Value, frozen=True):
    pitch: Pitch
    ms: int


class Signal(Value, frozen=True, kw_only=True):
    """Tones one after the other, and lamps from the first of them on."""

    tones: tuple[Tone, ...]
    lamps: frozenset[Lamp]
    shine_ms: int | None = None
    """None: until the next signal."""
    blinks: bool = False


GAP_MS = 80
"""Silence between two tones."""
BLINK_MS = 500
"""So long a blinking lamp is on, and so long it is off."""
_SHINE_MS = 1_000
_HIGH, _HIGH_AFTER, _LOW = Tone(Pitch.HIGH, 80), Tone(Pitch.HIGH, 120), Tone(Pitch.LOW, 240)
_LONG = Tone(Pitch.LOW, 700)
"""Lengths tell them apart too, where a buzzer has one pitch."""

SIGNALS: Mapping[Cue, Signal] = MappingProxyType(
    {
        Cue.ACCEPTED: Signal(tones=(_HIGH, _HIGH), lamps=frozenset({Lamp.GREEN}), shine_ms=_SHINE_MS),
        Cue.OFFLINE: Signal(
            tones=(_HIGH_AFTER, _LOW), lamps=frozenset({Lamp.GREEN, Lamp.AMBER}), shine_ms=_SHINE_MS
        ),
        Cue.USED: Signal(tones=(_LOW, _LOW), lamps=frozenset({Lamp.AMBER}), shine_ms=_SHINE_MS),
        Cue.REJECTED: Signal(tones=(_LONG,), lamps=frozenset({Lamp.RED})),
        Cue.FAULT: Signal(tones=(_LONG,) * 4, lamps=frozenset({Lamp.RED}), blinks=True),
    }
)


class Moment(Value, frozen=True, kw_only=True):
    """What sounds and shines at one moment of a signal."""

    pitch: Pitch | None
    lamps: frozenset[Lamp]
    next_ms: int | None
    """From the beginning of the signal: when something changes; None: never again."""


DARK = Moment(pitch=None, lamps=frozenset(), next_ms=None)


def moment(signal: Signal, ms: int) -> Moment:
    """`ms` after its beginning."""
    pitch, heard_ms = _heard(signal, ms)
    lit, seen_ms = _seen(signal, ms)
    changes = [one for one in (heard_ms, seen_ms) if one is not None]
    return Moment(pitch=pitch, lamps=lit, next_ms=min(changes, default=None))


def _heard(signal: Signal, ms: int) -> tuple[Pitch | None, int | None]:
    begins = 0
    for tone in signal.tones:
        if ms < begins:
            return None, begins
        ends = begins + tone.ms
        if ms < ends:
            return tone.pitch, ends
        begins = ends + GAP_MS
    return None, None


def _seen(signal: Signal, ms: int) -> tuple[frozenset[Lamp], int | None]:
    if signal.shine_ms is not None:
        return (signal.lamps, signal.shine_ms) if ms < signal.shine_ms else (frozenset(), None)
    if not signal.blinks:
        return signal.lamps, None
    turn = ms // BLINK_MS
    return (frozenset() if turn % 2 else signal.lamps), (turn + 1) * BLINK_MS


_OF_CARDS = (CardTorn, CardSwapped, CardGone, CardNotGenuine)
"""Faults of what was presented, not of the terminal."""


def _codes(*kinds: type[TerminalFault]) -> frozenset[str]:
    """Theirs, and those of everything that is one of them."""
    found: set[str] = set()
    for kind in kinds:
        found |= {kind.code} | _codes(*kind.__subclasses__())
    return frozenset(found)


_USED = _codes(CodeUsed, CardReplayed, IdReused)
_REJECTED = _codes(Refused, *_OF_CARDS) - {TerminalFault.code}


def cue_of(code: str) -> Cue:
    """Of a refusal or fault that is known by its code."""
    if code in _USED:
        return Cue.USED
    return Cue.REJECTED if code in _REJECTED else Cue.FAULT


def cue_for(before: State, screen: Screen, *, presented: bool, forwarded: bool) -> Cue | None:
    """What the screen that follows `before` is told by; None: by nothing.

    Args:
        before: the state of the screen before.
        screen: the one that is shown now.
        presented: it answers a card, code or badge.
        forwarded: what is booked now reaches headquarters now, or there is none.
    """
    if screen.state is State.CLOSED:
        return Cue.FAULT
    if screen.code:
        return cue_of(screen.code)
    if screen.state is State.APPROVED and before is not State.APPROVED:
        return Cue.ACCEPTED if forwarded else Cue.OFFLINE
    return Cue.ACCEPTED if presented else None
