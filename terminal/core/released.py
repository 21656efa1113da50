"""What a nozzle was released for, and the dispenser's record held against it (product.md C2, C7)."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.core.commands import BookHold
from terminal.core.forecourt import Dispensed


def for_pump(nozzle: int) -> str:
    """What value is held for."""
    return f"pump:{nozzle}"


def as_released(told: Dispensed, hold: BookHold | None) -> Dispensed:
    """At the price of the authorisation, fen a litre, whichever the record says.

    `hold`: what was set aside for it; None, or one of before its price was written down: as it is told.
    """
    return replace(told, price=hold.price) if hold is not None and hold.price else told


def is_released(told: Dispensed, hold: BookHold | None) -> bool:
    """Whether it is of that nozzle and grade; where nothing was held nobody knows, and it is."""
    return hold is None or (hold.for_what == for_pump(told.nozzle) and hold.grade in {"", told.grade})
