"""What a person takes off a line, beside all promotions: for a reason, within a cap (product.md B13)."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from terminal.core.commands import Discount, SaleLine
from terminal.core.money import Fen, PriceOrNothing, half_up
from terminal.core.staff import Role
from terminal.core.units import UNITS
from terminal.core.values import StaffId, Value

Percent = Annotated[int, Meta(ge=1, le=100)]


class Override(Value, frozen=True, kw_only=True):
    """Of a line either another price or so much off; what promotions left is never raised by it."""

    reason: str
    by: StaffId
    price: PriceOrNothing | None = None
    """Fen a piece, a kilogram or a litre."""
    percent: int = 0

    def off(self, line: SaleLine) -> int:
        """Fen that come off what promotions left."""
        if self.price is None:
            return half_up(line.net * self.percent, 100)
        return max(0, line.net - half_up(line.quantity * self.price, UNITS[line.measured]))


class Cap(Value, frozen=True, kw_only=True):
    """From which role on a person may take so much off a line."""

    role: Role
    percent: Percent


CAPS = (Cap(role=Role.SHIFT_LEAD, percent=20), Cap(role=Role.MANAGER, percent=100))


def taken_off(line: SaleLine, override: Override | None) -> SaleLine:
    """The line as it is booked."""
    off = override.off(line) if override else 0
    if override is None or not off:
        return line
    given = Discount(name=override.reason, amount=off, by=override.by)
    return replace(line, discounts=(*line.discounts, given), net=line.net - off)


def by_people(line: SaleLine) -> Fen:
    """Fen of its discounts that people gave."""
    return Fen(sum(one.amount for one in line.discounts if one.by is not None))
