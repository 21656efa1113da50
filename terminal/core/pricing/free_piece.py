"""A piece that a gift coupon makes free stands on a line of its own: it comes back by itself, for nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from terminal.core.commands import Discount
from terminal.core.money import half_up
from terminal.core.pricing.promotion import Part
from terminal.core.pricing.sharing import shared


class Row(NamedTuple):
    """What becomes one line, and what comes off it."""

    part: Part
    off: tuple[Discount, ...]


def rows(parts: Sequence[Part], offs: Sequence[Sequence[Discount]], free: int | None) -> list[Row]:
    """`free`: the part of which the last discount makes one piece free; it follows the rest of its pieces."""
    found: list[Row] = []
    for at, (part, off) in enumerate(zip(parts, offs, strict=True)):
        if at == free and part.quantity > 1:
            found += _apart(part, off)
        else:
            found.append(Row(part, tuple(off)))
    return found


def _apart(part: Part, off: Sequence[Discount]) -> Iterator[Row]:
    *others, gift = off
    unit = half_up(part.gross, part.quantity)
    shares = shared(unit - gift.amount, [one.amount for one in others])
    stays = [one.amount - share for one, share in zip(others, shares, strict=True)]
    rest = replace(part, quantity=part.quantity - 1, gross=part.gross - unit)
    yield Row(rest, _so_much(others, stays))
    yield Row(replace(part, quantity=1, gross=unit), (*_so_much(others, shares), gift))


def _so_much(some: Sequence[Discount], fen: Sequence[int]) -> tuple[Discount, ...]:
    """Of each so much; none of which nothing is left."""
    return tuple(replace(one, amount=amount) for one, amount in zip(some, fen, strict=True) if amount)
