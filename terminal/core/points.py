"""How many points a sale earns. Never on bonus, points or vouchers."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from terminal.core.cart import CENTILITRES_MAX, Family
from terminal.core.commands import Measured, PointsEarned, SaleLine, Tender
from terminal.core.money import AMOUNT_MAX
from terminal.core.values import Value


class Basis(StrEnum):
    """What points are given for."""

    PAID = "paid"  # fen paid in cash, code and principal
    LITRES = "litres"  # hundredths of a litre, as far as they were paid so


class PointsRate(Value, frozen=True, kw_only=True):
    """`points` for each whole `step` of the basis."""

    family: Family
    basis: Basis = Basis.PAID
    step: Annotated[int, Meta(ge=1, le=AMOUNT_MAX)] = 100
    points: Annotated[int, Meta(ge=0, le=AMOUNT_MAX)] = 1

    @property
    def at_most(self) -> int:
        """What the largest sale there may be earns."""
        fuel = self.basis is Basis.LITRES and self.family is not Family.GOODS
        base = CENTILITRES_MAX if fuel else AMOUNT_MAX
        return base // self.step * self.points


STANDARD = (
    PointsRate(family=Family.GOODS),
    PointsRate(family=Family.PETROL, basis=Basis.LITRES),
    PointsRate(family=Family.DIESEL, step=500),
)
"""One a whole yuan of goods, one a whole litre of petrol, one a whole five yuan of diesel."""


def earned(
    lines: Sequence[SaleLine],
    tenders: Sequence[Tender],
    *,
    bonus_spent: int = 0,
    rates: Sequence[PointsRate] = STANDARD,
) -> tuple[PointsEarned, ...]:
    """Points of a sale; `bonus_spent` is the part of its stored-value tender that `split` took from bonus.

    What earns is shared over the families in proportion to what their lines cost, so that goods and fuel on
    one receipt never earn twice for one fen; the costliest family takes what rounding leaves.
    """
    due = {family: sum(line.net for line in lines if family_of(line) is family) for family in Family}
    total = sum(due.values())
    paid = sum(tender.amount for tender in tenders) - bonus_spent
    if total <= 0 or paid <= 0:
        return ()
    shares = {family: paid * fen // total for family, fen in due.items()}
    shares[max(due, key=lambda family: due[family])] += paid - sum(shares.values())
    found: list[PointsEarned] = []
    for rate in rates:
        base = shares[rate.family]
        if rate.basis is Basis.LITRES:
            # Fen dropped from cash do not shorten the litres; the part that bonus paid does.
            litres = sum(line.quantity for line in lines if family_of(line) is rate.family)
            base = litres * (total - bonus_spent) // total
        if points := base // rate.step * rate.points:
            found.append(PointsEarned(family=rate.family, points=points))
    return tuple(found)


def family_of(line: SaleLine) -> Family:
    """Fuel lines carry their family as category, all else is goods."""
    if line.measured is Measured.CENTILITRE and line.category in {Family.PETROL, Family.DIESEL}:
        return Family(line.category)
    return Family.GOODS
