"""The machine's clocks, behind the `Clock` port, and how far the wall clock is believed.

A machine without a battery for its clock begins anywhere. It is believed when headquarters said the same in
a signed answer, or when the system says that it is synchronised; a jump afterwards ends that belief. Where
nobody keeps the system's clock, our wall clock is set right by what headquarters said, until somebody sets
the system's: for ourselves, not for the machine.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from terminal.core.commands import ClockTrust

AGREES_MS = 2_000
"""Less than this between two clocks is the way there and back, and a second of a tariff."""
BELIEVED_MS = 24 * 3600 * 1000
"""So long what headquarters said holds: a crystal drifts some seconds a day."""
_ASKED_EVERY_MS = 60_000
_TIME_ERROR = 5
"""adjtimex(2): the clock is not synchronised."""
_REST_BYTES = 512
"""More than `struct timex` has on any machine behind what is read of it."""
_US_PER_MS = 1_000
_DRIFT_PER = 10_000
"""A crystal is off by up to one in so many, 100 ppm."""


def mono_ns() -> int:
    """Nanoseconds since boot, for measuring ourselves; never for deciding anything."""
    return time.monotonic_ns()


def kernel_error_ms() -> int | None:
    """How far the kernel says that its clock may be off, by adjtimex(2).

    As chrony, ntpd and systemd-timesyncd leave it. None: it is not synchronised, or cannot be asked.
    """
    import ctypes  # noqa: PLC0415  after the readers live

    class Timex(ctypes.Structure):
        """All zero: nothing is set."""

        _fields_ = (
            ("modes", ctypes.c_uint),
            ("offset", ctypes.c_long),
            ("freq", ctypes.c_long),
            ("maxerror", ctypes.c_long),  # microseconds
            ("rest", ctypes.c_char * _REST_BYTES),
        )

    told = Timex()
    try:
        state = int(ctypes.CDLL(None).adjtimex(ctypes.byref(told)))
    except (OSError, AttributeError):
        return None
    return -(-int(told.maxerror) // _US_PER_MS) if 0 <= state < _TIME_ERROR else None


class TrustState:
    """How far a wall clock is believed. Times in; nothing is read here but what it is given."""

    def __init__(self, error_ms: Callable[[], int | None]) -> None:
        """`error_ms`: how far the system says that its clock may be off; None: it does not know."""
        self._error_ms = error_ms
        self._agreed: tuple[int, int, int] | None = None
        """(wall less monotonic, monotonic, how far apart) when headquarters said the same time."""
        self._contradicted: int | None = None
        """Wall less monotonic when headquarters said another."""
        self._set_right = 0, 0
        """(wall less monotonic then, what is added to the wall clock)."""
        self._asked: tuple[int, int, int | None] | None = None
        """(wall less monotonic, monotonic, what it said) when the system was asked last."""

    def compared(self, drift_ms: int, took_ms: int, wall_ms: int, mono_ms: int) -> None:
        """Our clock, as it was set right by then, less headquarters', as a signed answer has just said.

        `took_ms`: how long that answer was waited for. It came at some moment of that time: after a longer
        wait nobody's clock is set by it.
        """
        offset = wall_ms - mono_ms
        if abs(drift_ms) <= AGREES_MS:
            self._agreed, self._contradicted = (offset, mono_ms, abs(drift_ms)), None
        elif took_ms <= AGREES_MS and self._system_says(offset, mono_ms) is None:
            right = self.right_ms(wall_ms, mono_ms) - drift_ms
            self._set_right = (offset, right)
            self._agreed, self._contradicted = (offset, mono_ms, took_ms), None
        else:
            self._agreed, self._contradicted = None, offset

    def right_ms(self, wall_ms: int, mono_ms: int) -> int:
        """What is added to the machine's wall clock; 0 as soon as somebody has set that."""
        offset, right = self._set_right
        return right if abs(wall_ms - mono_ms - offset) <= AGREES_MS else 0

    def trust(self, wall_ms: int, mono_ms: int) -> ClockTrust:
        return self._judged(wall_ms - mono_ms, mono_ms)[0]

    def unsure_ms(self, wall_ms: int, mono_ms: int) -> int:
        """How far it may be off while it is believed, as whoever vouches for it says."""
        return self._judged(wall_ms - mono_ms, mono_ms)[1]

    def _judged(self, offset: int, mono_ms: int) -> tuple[ClockTrust, int]:
        if self._agreed is not None:
            agreed, since, apart = self._agreed
            moved, passed = abs(offset - agreed), mono_ms - since
            if moved <= AGREES_MS and passed <= BELIEVED_MS:
                return ClockTrust.HEADQUARTERS, apart + moved + passed // _DRIFT_PER
        if self._contradicted is not None and abs(offset - self._contradicted) <= AGREES_MS:
            return ClockTrust.UNKNOWN, 0  # Headquarters says otherwise, and nobody set it since.
        error_ms = self._system_says(offset, mono_ms)
        return (ClockTrust.UNKNOWN, 0) if error_ms is None else (ClockTrust.NETWORK, error_ms)

    def _system_says(self, offset: int, mono_ms: int) -> int | None:
        """Asked now and then, and whenever the clock was set."""
        known = self._asked
        if known is None or mono_ms - known[1] > _ASKED_EVERY_MS or abs(offset - known[0]) > AGREES_MS:
            known = self._asked = (offset, mono_ms, self._error_ms())
        return known[2]


class SystemClock:
    """Wall and monotonic time of this machine."""

    def __init__(self) -> None:
        self._trust = TrustState(kernel_error_ms)

    def wall_ms(self) -> int:
        return self._machine_ms() + self.right_ms()

    def mono_ms(self) -> int:
        return time.monotonic_ns() // 1_000_000

    def compared(self, drift_ms: int, took_ms: int) -> None:
        """`wall_ms` less headquarters', as a signed answer has just said that came after `took_ms`."""
        self._trust.compared(drift_ms, took_ms, self._machine_ms(), self.mono_ms())

    def right_ms(self) -> int:
        """By how much headquarters' time sets us right: the machine's own clock is behind by so much."""
        return self._trust.right_ms(self._machine_ms(), self.mono_ms())

    @property
    def trust(self) -> ClockTrust:
        return self._trust.trust(self._machine_ms(), self.mono_ms())

    def unsure_ms(self) -> int:
        """How far the wall clock may be off while it is believed."""
        return self._trust.unsure_ms(self._machine_ms(), self.mono_ms())

    @staticmethod
    def _machine_ms() -> int:
        return time.time_ns() // 1_000_000


def boot_id() -> str:
    """Names this run of the machine, whose monotonic clock entries carry."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return os.urandom(16).hex()
