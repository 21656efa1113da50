"""The machine's clocks, behind the `Clock` port."""

from __future__ import annotations

import time

from terminal.core.commands import ClockTrust


def mono_ns() -> int:
    """Nanoseconds since boot, for measuring ourselves; never for deciding anything."""
    return time.monotonic_ns()


class SystemClock:
    """Wall and monotonic time of this machine."""

    def __init__(self) -> None:
        self._trust = ClockTrust.UNKNOWN

    def wall_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def mono_ms(self) -> int:
        return time.monotonic_ns() // 1_000_000

    @property
    def trust(self) -> ClockTrust:
        return self._trust
