"""Carts that wait while another customer is served (挂单)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from terminal.core.cart import Cart, Presented
from terminal.core.values import Value

PARKED_MAX = 20
FRESH_MS = 15 * 60_000
"""So long a parked cart keeps the prices at which it was scanned."""


class ParkedCart(Value, frozen=True, kw_only=True):
    id: str
    cart: Cart
    wall_ms: int
    business_day: str
    due: int
    """Fen, as it was shown."""

    def fresh(self, wall_ms: int) -> bool:
        """Whether it keeps its prices, and its coupons for itself; a clock that went back ends that."""
        return 0 <= wall_ms - self.wall_ms <= FRESH_MS


def reserved(parked: Sequence[ParkedCart], wall_ms: int) -> tuple[Presented, ...]:
    """Coupons that carts keep for themselves meanwhile."""
    return tuple(coupon for one in parked if one.fresh(wall_ms) for coupon in one.cart.coupons)


class ParkedCarts(Protocol):
    """Durable: they outlive a restart."""

    def all(self) -> Sequence[ParkedCart]:
        """The oldest first."""
        ...

    async def put(self, parked: ParkedCart) -> None:
        """Raises TooManyParked, or LedgerClosed where the disk does not take it."""
        ...

    async def take(self, id_: str) -> ParkedCart | None:
        """It waits no more. None: somebody took it."""
        ...
