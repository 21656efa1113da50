"""From a cart to priced lines, from a sum to what is paid in cash, from an amount to its bonus.

Pure: what is shown before the customer confirms is what is booked.
"""

from __future__ import annotations

from collections.abc import Sequence

from terminal.core.cart import Cart, CartLine, Fill
from terminal.core.commands import Measured, SaleLine
from terminal.core.errors import BadAmount, OverLimit
from terminal.core.money import AMOUNT_MAX, Fen, half_up
from terminal.core.policy import Rung
from terminal.core.values import Value

_UNITS = {Measured.PIECE: 1, Measured.GRAM: 1000, Measured.CENTILITRE: 100}
"""How many of what is counted make what is priced: a piece, a kilogram, a litre."""


class Priced(Value, frozen=True, kw_only=True):
    """Lines with their prices, each rounded half up to the fen; `due` is the sum of their nets."""

    lines: tuple[SaleLine, ...]
    due: Fen


def priced(cart: Cart) -> Priced:
    """The price of what is on the counter.

    Raises:
        OverLimit: more than one transaction may be.
    """
    return _summed([_line(line) for line in cart.lines])


def filled(fill: Fill) -> Priced:
    """The price of a fill: litres to 0.01 times the price a litre.

    Raises:
        OverLimit: more than one transaction may be.
        BadAmount: so little that it costs nothing.
    """
    grade = fill.grade
    gross = half_up(fill.centilitres * grade.price, _UNITS[Measured.CENTILITRE])
    if gross <= 0:
        raise BadAmount(f"{fill.centilitres} centilitres cost {gross}")
    line = SaleLine(
        sku=f"fuel-{grade.grade}",
        name=grade.name,
        category=grade.family,
        quantity=fill.centilitres,
        measured=Measured.CENTILITRE,
        unit_price=grade.price,
        gross=gross,
        net=gross,
    )
    return _summed([line])


def in_cash(due: Fen, step: int) -> tuple[Fen, Fen]:
    """(what is paid, what is dropped) when `due` is paid in cash: down to a whole `step`, never up.

    A sum below one step is paid as it is: rounding never gives goods away.
    """
    dropped = due % step if due >= step else 0
    return Fen(due - dropped), Fen(dropped)


def bonus_for(principal: int, ladder: Sequence[Rung]) -> Fen:
    """What a recharge earns: the highest rung it reaches, once."""
    reached = [rung for rung in ladder if rung.reach <= principal]
    return Fen(max(reached, key=lambda rung: rung.reach).bonus) if reached else Fen(0)


def _line(line: CartLine) -> SaleLine:
    article = line.article
    gross = half_up(line.quantity * article.price, _UNITS[article.measured])
    return SaleLine(
        sku=article.sku,
        name=article.name,
        category=article.category,
        quantity=line.quantity,
        measured=article.measured,
        unit_price=article.price,
        gross=gross,
        net=gross,
    )


def _summed(lines: list[SaleLine]) -> Priced:
    due = sum(line.net for line in lines)
    if due > AMOUNT_MAX:
        raise OverLimit(f"{due} is above {AMOUNT_MAX}")
    return Priced(lines=tuple(lines), due=Fen(due))
