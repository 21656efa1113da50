"""Money is a whole number of fen. There is no other representation of it anywhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import prod
from typing import Annotated, NewType

from msgspec import Meta

from terminal.core.errors import BadAmount

Fen = NewType("Fen", int)
"""A whole number of the currency's minor unit (ISO 4217: CNY, exponent 2)."""

AMOUNT_MAX = Fen(100_000_00)
"""The largest amount a person may key for one transaction."""

Price = Annotated[int, Meta(ge=1, le=AMOUNT_MAX)]
"""Fen that somebody set: never nothing, and never more than one transaction may come to."""

PriceOrNothing = Annotated[int, Meta(ge=0, le=AMOUNT_MAX)]

CASH_STEP_MAX = 1_00
CashStep = Annotated[int, Meta(ge=1, le=CASH_STEP_MAX)]
"""Fen below which the shop handles no cash: up to one yuan."""

_AMOUNT = re.compile(r"(\d{1,9})(?:\.(\d{1,2}))?", re.ASCII)


def amount(text: str, *, at_most: Fen = AMOUNT_MAX) -> Fen:
    """What a person keyed, in yuan with at most two places: "12", "12.5", "12.50".

    Raises:
        BadAmount: not a number of that form, zero, or above `at_most`.
    """
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        raise BadAmount(f"not an amount: {len(text)} characters")
    yuan, places = found.groups(default="")
    fen = int(yuan) * 100 + int(places.ljust(2, "0"))
    if fen == 0:
        raise BadAmount("amount is zero")
    if fen > at_most:
        raise BadAmount(f"amount {fen} is above {at_most}")
    return Fen(fen)


def shown(fen: int) -> str:
    """`¥105.00`, as it stands on screens and receipts; a sum taken back is `-¥5.00`."""
    return f"{'-' if fen < 0 else ''}¥{plain(abs(fen))}"


def plain(fen: int) -> str:
    """`105.00`, for columns whose head names the currency."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def up_to_step(fen: int, step: int) -> int:
    """The least whole multiple of `step` that is no less than `fen`."""
    return -(-fen // step) * step


def half_up(numerator: int, denominator: int) -> int:
    """`numerator / denominator`, half away from zero, exactly; the rounding of every line."""
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))


def apportioned(whole: int, weights: Sequence[int]) -> list[int]:
    """`whole` shared in proportion to `weights` (each at least 1), to the unit.

    Webster's method: no share shrinks when the whole grows, so a sum cut in pieces is shared as it would be
    at once; a whole as large as all weights together gives each its weight.
    """
    if not weights:
        return []
    total, product = sum(weights), prod(weights)
    # Unit m of a weight w has its turn at (2m - 1) / w; all turns over one denominator are whole numbers.
    steps = [product // weight for weight in weights]
    shares = [whole * weight // total for weight in weights]
    everyone = range(len(weights))
    while True:
        turn, least = min(((2 * shares[one] + 1) * steps[one], one) for one in everyone)
        if sum(shares) < whole:
            shares[least] += 1
            continue
        last, most = max(((2 * shares[one] - 1) * steps[one], one) for one in everyone)
        if (last, most) <= (turn, least):
            return shares
        shares[least] += 1
        shares[most] -= 1
