"""How often somebody without a certificate may knock."""

from __future__ import annotations

from collections import OrderedDict

from terminal.core.ports import Clock

ADDRESSES_MAX = 4_096


class Knocks:
    """So many at once from one address, then one each `every_ms`; addresses are forgotten, oldest first."""

    def __init__(self, clock: Clock, *, at_once: int, every_ms: int) -> None:
        self._clock = clock
        self._every_ms = every_ms
        self._room_ms = at_once * every_ms
        self._free_ms: OrderedDict[str, int] = OrderedDict()
        """When an address would be as good as one that never knocked."""

    def allowed(self, address: str) -> bool:
        now_ms = self._clock.mono_ms()
        free_ms = max(self._free_ms.pop(address, now_ms), now_ms) + self._every_ms
        allowed = free_ms - now_ms <= self._room_ms
        self._free_ms[address] = free_ms if allowed else free_ms - self._every_ms
        if len(self._free_ms) > ADDRESSES_MAX:
            self._free_ms.popitem(last=False)
        return allowed

    def spent(self, address: str) -> bool:
        """Whether the next one would be too many; it is not counted."""
        now_ms = self._clock.mono_ms()
        free_ms = max(self._free_ms.get(address, now_ms), now_ms) + self._every_ms
        return free_ms - now_ms > self._room_ms
