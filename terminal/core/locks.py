"""Litres at a locked price: so many of a grade until a day, for no more than that a litre (product.md C4).

They lie on a wallet as `litres:GRADE@PRICE`, in lots that end. They pay nothing: a sale takes them for what
it sold at that price, and what it took less stands as a discount on its line.
"""

from __future__ import annotations

import re

from terminal.core.money import AMOUNT_MAX
from terminal.core.values import Value

LITRES = "litres:"
"""How units of litres begin."""
_LOCK = re.compile(r"litres:([0-9A-Za-z-]{1,8})@([1-9]\d{0,7})", re.ASCII)


class Lock(Value, frozen=True, kw_only=True):
    """What is left of one locked price, as far as it may be used that day."""

    unit: str
    grade: str
    price: int
    """Fen a litre."""
    left: int
    """Hundredths of a litre."""


def lock_unit(grade: str, price: int) -> str:
    """`price`: fen a litre."""
    return f"{LITRES}{grade}@{price}"


def locked(unit: str) -> tuple[str, int] | None:
    """Grade and fen a litre; None: no litres at a locked price."""
    found = _LOCK.fullmatch(unit)
    if found is None or int(found[2]) > AMOUNT_MAX:
        return None
    return found[1], int(found[2])
