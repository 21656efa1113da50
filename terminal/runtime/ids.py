"""Ids: UUIDv7 from a given clock and given randomness, so that a simulation repeats exactly."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from terminal.core.ports import Clock

_COUNTER_MAX = (1 << 12) - 1


class Uuid7:
    """RFC 9562 section 5.7, method 1: `rand_a` counts within one millisecond, so ids of a process ascend."""

    def __init__(self, clock: Clock, random: Callable[[int], bytes]) -> None:
        self._clock = clock
        self._random = random
        self._last_ms = 0
        self._counter = 0

    def new(self) -> str:
        now = self._clock.wall_ms()
        if now > self._last_ms:
            self._last_ms, self._counter = now, 0
        elif self._counter < _COUNTER_MAX:
            self._counter += 1
        else:  # More than 4096 in one millisecond, or a clock set back: run ahead of it.
            self._last_ms, self._counter = self._last_ms + 1, 0
        rest = int.from_bytes(self._random(8), "big") & ((1 << 62) - 1)
        value = self._last_ms << 80 | 7 << 76 | self._counter << 64 | 2 << 62 | rest
        return str(UUID(int=value))
