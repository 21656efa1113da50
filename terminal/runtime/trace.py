"""What devices say, as it comes: handed to whoever records it, or played in the place of a device.

Drivers say `noted` where they read; in a shop that costs one look into an empty table.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterable
from enum import StrEnum

from terminal.core.commands import ClockTrust
from terminal.core.errors import DeviceMissing
from terminal.core.ports import Clock
from terminal.core.values import Value


class What(StrEnum):
    IN = "in"
    """Bytes of the device: of a line, or what a card answered. Empty: the card did not."""
    SENT = "sent"
    """To the device; `data` is how many bytes, four of them. What they were may be somebody's."""
    KEY = "key"
    """Of a device that types: two bytes of key code, one of what happened to it."""
    LOST = "lost"
    """The kernel dropped key events."""
    SLOT = "slot"
    """Of a chip card reader: four bytes of pcscd's state, then the answer to reset. `place`: which slot."""
    OPENED = "opened"
    """A card was connected; one byte of protocol. Empty: it could not be."""
    ASKED = "asked"
    """The first four bytes of a command to a card. What it carries may be a key, and is never noted."""


class Record(Value, frozen=True, kw_only=True):
    at_ms: int
    """Since the recording began."""
    what: What
    data: bytes = b""
    place: str = ""


_AFTER_MS = 60_000
"""So much of its own time a driver may go on waiting behind the last record."""

RECORDS_MAX = 8_000
BYTES_MAX = 300_000


class Recording:
    """What one device said, up to a limit. Any thread may note."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began_ms = clock.mono_ms()
        self._bytes = 0
        self.records: list[Record] = []

    @property
    def full(self) -> bool:
        return len(self.records) >= RECORDS_MAX or self._bytes >= BYTES_MAX

    def note(self, what: What, data: bytes, place: str) -> None:
        if not self.full:
            self._bytes += len(data)
            at_ms = self._clock.mono_ms() - self._began_ms
            self.records.append(Record(at_ms=at_ms, what=what, data=data, place=place))


class Playback:
    """Records in the place of a device, in a time of their own that passes when somebody waits."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._records = [one for one in records if one.what is not What.SENT]
        self._at = 0
        self._ends_ms = max((one.at_ms for one in self._records), default=0) + _AFTER_MS
        self.now_ms = 0
        self.strayed = ""
        """Where the driver asked something else than when it was recorded."""

    def mono_ms(self) -> int:
        """As `Clock`."""
        return self.now_ms

    def wall_ms(self) -> int:
        return self.now_ms

    @property
    def trust(self) -> ClockTrust:
        return ClockTrust.UNKNOWN

    @property
    def places(self) -> list[str]:
        """Slots of a chip card reader."""
        return sorted({one.place for one in self._records if one.place})

    @property
    def ahead(self) -> Record | None:
        """None: this was all."""
        return self._records[self._at] if self._at < len(self._records) else None

    def taken(self) -> Record:
        """The next one, at its time. Raises DeviceMissing: this was all."""
        record = self.ahead
        if record is None:
            raise DeviceMissing("the recording ends here")
        self._at += 1
        self.now_ms = max(self.now_ms, record.at_ms)
        return record

    def within(self, ms: int | None) -> Record | None:
        """The next one, if it came in that time; else time passes. Raises DeviceMissing, as `taken`."""
        record = self.ahead
        if record is None and self.now_ms > self._ends_ms:
            return self.taken()
        if ms is not None and (record is None or record.at_ms - self.now_ms > ms):
            self.now_ms += ms
            return None
        return self.taken()


_recorded: dict[str, Callable[[What, bytes, str], None]] = {}
_played: dict[str, Playback] = {}


def noted(device: str, what: What, data: bytes = b"", place: str = "") -> None:
    """The device of that name said this now."""
    if note := _recorded.get(device):
        note(what, data, place)


def played(device: str) -> Playback | None:
    """What is to be read in the place of the device; None: the device."""
    return _played.get(device)


@contextlib.contextmanager
def recorded(device: str, clock: Clock) -> Generator[Recording, None, None]:
    """Raises ValueError: somebody else records it now."""
    if device in _recorded:
        raise ValueError(f"{device} is being recorded already")
    recording = Recording(clock)
    _recorded[device] = recording.note
    try:
        yield recording
    finally:
        del _recorded[device]


@contextlib.contextmanager
def playing(device: str, records: Iterable[Record]) -> Generator[Playback, None, None]:
    """Whoever opens that device meanwhile reads these."""
    playback = Playback(records)
    _played[device] = playback
    try:
        yield playback
    finally:
        del _played[device]
