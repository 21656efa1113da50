"""Who did the service on a line of the cart: at first whoever is at the drawer (product.md B13)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from terminal.core.cart import Cart, CartLine
from terminal.core.commission import Rates
from terminal.core.screens import Choice, Line, says
from terminal.core.values import StaffId
from terminal.desk.shift import Shifts

DONE_BY = Choice(do="pick", value="done_by", label=says("Who did it"))


class Doing:
    def __init__(self, rates: Rates, shifts: Shifts, choose: Callable[[str], Awaitable[StaffId]]) -> None:
        """`choose`: by badge, or by name."""
        self._rates = rates
        self._shifts = shifts
        self._choose = choose

    def asks(self, line: CartLine) -> bool:
        """Whether anybody earns with it."""
        return bool(self._rates.of(line.article))

    async def done(self, cart: Cart, place: int) -> Cart:
        """Raises Cancelled."""
        return cart.done_by(place, await self._choose("Who did it?"))

    def line(self, line: CartLine) -> Line:
        """By whom it is up to now."""
        who = line.done_by or self._shifts.operator
        member = self._shifts.member(who)
        return Line(label=says("Done by"), value=member.name if member else who)
