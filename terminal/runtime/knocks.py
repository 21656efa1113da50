"""How often somebody without a certificate may knock."""

from __future__ import annotations

from collections import OrderedDict
from ipaddress import IPv4Address, ip_address

from terminal.core.ports import Clock

ADDRESSES_MAX = 4_096
HOST_BITS = 64
"""Of an IPv6 address: whoever has one has the whole /64, and could come from a new address each time."""


class Knocks:
    """So many at once from one address, then one each `every_ms`; addresses are forgotten, oldest first."""

    def __init__(self, clock: Clock, *, at_once: int, every_ms: int) -> None:
        self._clock = clock
        self._every_ms = every_ms
        self._room_ms = at_once * every_ms
        self._free_ms: OrderedDict[str, int] = OrderedDict()
        """When an address would be as good as one that never knocked."""

    def allowed(self, address: str) -> bool:
        address, now_ms = _counted_as(address), self._clock.mono_ms()
        free_ms = max(self._free_ms.pop(address, now_ms), now_ms) + self._every_ms
        allowed = free_ms - now_ms <= self._room_ms
        self._free_ms[address] = free_ms if allowed else free_ms - self._every_ms
        if len(self._free_ms) > ADDRESSES_MAX:
            self._free_ms.popitem(last=False)
        return allowed

    def spent(self, address: str) -> bool:
        """Whether the next one would be too many; it is not counted."""
        address, now_ms = _counted_as(address), self._clock.mono_ms()
        free_ms = max(self._free_ms.get(address, now_ms), now_ms) + self._every_ms
        return free_ms - now_ms > self._room_ms


def _counted_as(address: str) -> str:
    """Its network where it is of IPv6, as IPv4 where it is mapped; what is no address is itself."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, IPv4Address):
        return str(ip)
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return f"{int(ip) >> HOST_BITS:x}/{HOST_BITS}"
