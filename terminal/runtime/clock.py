"""The machine's clocks, behind the `Clock` port, and how far the wall clock is believed.

A machine without a battery for its clock begins anywhere. It is believed when headquarters said the same in
a signed answer, or when the system says that it is synchronised; a jump afterwards ends that belief.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from terminal.core.commands import ClockTrust

AGREES_MS = 2_000
"""Less than this between two clocks is the way there and back, and a second of a tariff."""
BELIEVED_MS = 24 * 3600 * 1000
"""So long what headquarters said holds: a crystal drifts some seconds a day."""
_ASKED_EVERY_MS = 60_000
_TIME_ERROR = 5
"""adjtimex(2): the clock is not synchronised."""
_TIMEX_BYTES = 512
"""More than `struct timex` has on any machine; all zero: nothing is set."""


def mono_ns() -> int:
    """Nanoseconds since boot, for measuring ourselves; never for deciding anything."""
    return time.monotonic_ns()


def kernel_says_synchronised() -> bool:
    """By adjtimex(2), as chrony, ntpd and systemd-timesyncd leave it. False where it cannot be asked."""
    import ctypes  # noqa: PLC0415  after the readers live

    try:
        state = int(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)))
    except (OSError, AttributeError):
        return False
    return 0 <= state < _TIME_ERROR


class TrustState:
    """How far a wall clock is believed. Times in; nothing is read here but what it is given."""

    def __init__(self, synchronised: Callable[[], bool]) -> None:
        self._synchronised = synchronised
        self._agreed: tuple[int, int] | None = None
        """(wall less monotonic, monotonic) when headquarters said the same time."""
        self._contradicted: int | None = None
        """Wall less monotonic when headquarters said another."""
        self._asked: tuple[int, int, bool] | None = None
        """(wall less monotonic, monotonic, what it said) when the system was asked last."""

    def compared(self, drift_ms: int, wall_ms: int, mono_ms: int) -> None:
        """Our clock less headquarters', as a signed answer has just said."""
        offset = wall_ms - mono_ms
        if abs(drift_ms) <= AGREES_MS:
            self._agreed, self._contradicted = (offset, mono_ms), None
        else:
            self._agreed, self._contradicted = None, offset

    def trust(self, wall_ms: int, mono_ms: int) -> ClockTrust:
        offset = wall_ms - mono_ms
        if self._agreed is not None:
            agreed, since = self._agreed
            if abs(offset - agreed) <= AGREES_MS and mono_ms - since <= BELIEVED_MS:
                return ClockTrust.HEADQUARTERS
        if self._contradicted is not None and abs(offset - self._contradicted) <= AGREES_MS:
            return ClockTrust.UNKNOWN  # Whoever set it: headquarters says otherwise, and nobody set it since.
        return ClockTrust.NETWORK if self._system_says(offset, mono_ms) else ClockTrust.UNKNOWN

    def _system_says(self, offset: int, mono_ms: int) -> bool:
        """Asked now and then, and whenever the clock was set."""
        known = self._asked
        if known is None or mono_ms - known[1] > _ASKED_EVERY_MS or abs(offset - known[0]) > AGREES_MS:
            known = self._asked = (offset, mono_ms, self._synchronised())
        return known[2]


class SystemClock:
    """Wall and monotonic time of this machine."""

    def __init__(self) -> None:
        self._trust = TrustState(kernel_says_synchronised)

    def wall_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def mono_ms(self) -> int:
        return time.monotonic_ns() // 1_000_000

    def compared(self, drift_ms: int) -> None:
        """Our clock less headquarters', as a signed answer has just said."""
        self._trust.compared(drift_ms, self.wall_ms(), self.mono_ms())

    @property
    def trust(self) -> ClockTrust:
        return self._trust.trust(self.wall_ms(), self.mono_ms())
