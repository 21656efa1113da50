"""How many points a sale earns. Never on bonus, points or vouchers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from enum import StrEnum
from math import gcd
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from terminal.core.cart import CENTILITRES_MAX, FUELS, Family
from terminal.core.commands import PointsEarned, SaleLine, Tender, TenderKind
from terminal.core.errors import BadQuantity
from terminal.core.money import AMOUNT_MAX, Fen, PriceOrNothing
from terminal.core.units import POURED
from terminal.core.values import Value


class Basis(StrEnum):
    """What points are given for."""

    PAID = "paid"  # fen paid in cash, code and principal
    LITRES = "litres"  # hundredths of a litre, as far as they were paid so


class PointsRate(Value, frozen=True, kw_only=True):
    """`points` for every `per` whole steps of the basis: 6 for 5, where a yuan earns one and a fifth."""

    family: Family
    basis: Basis = Basis.PAID
    step: Annotated[int, Meta(ge=1, le=AMOUNT_MAX)] = 100
    points: Annotated[int, Meta(ge=0, le=AMOUNT_MAX)] = 1
    per: Annotated[int, Meta(ge=1, le=AMOUNT_MAX)] = 1

    @property
    def at_most(self) -> int:
        """What the largest sale there may be earns."""
        fuel = self.basis is Basis.LITRES and self.family is not Family.GOODS
        base = CENTILITRES_MAX if fuel else AMOUNT_MAX
        return self.of(base)

    def of(self, base: int) -> int:
        return base // self.step * self.points // self.per


Factor = tuple[int, int]
"""Times, and divided by."""
_ONCE: Factor = (1, 1)


class PointsEnd(Value, frozen=True, kw_only=True):
    """When points end: all that were earned in one year on one day of a later one."""

    years: Annotated[int, Meta(ge=0, le=10)] = 0
    """So many years after that in which they were earned; 0: never."""
    on: Annotated[str, Meta(pattern=r"^\d{2}-\d{2}\Z")] = "12-31"
    """Month and day: the last on which they may be used."""
    notice_days: Annotated[int, Meta(ge=0, le=366)] = 60
    """So long before it receipts and screens say what ends."""

    def __post_init__(self) -> None:
        """Raises ValueError: a day that not every year has."""
        date.fromisoformat(f"2001-{self.on}")

    def until(self, business_day: str) -> str:
        """Last business day of what is earned on that one; empty: none."""
        return f"{int(business_day[:4]) + self.years}-{self.on}" if self.years else ""

    def ended(self, points: Sequence[PointsEarned], business_day: str) -> tuple[PointsEarned, ...]:
        """What was earned on that day, with when it ends."""
        return tuple(replace(one, until=self.until(business_day)) for one in points)


class PointsWorth(Value, frozen=True, kw_only=True):
    """What goods points pay: whole steps of `points`, each `fen` of a bill (product.md B4)."""

    points: Annotated[int, Meta(ge=1, le=AMOUNT_MAX)] = 100
    fen: PriceOrNothing = 5_00
    """0: they pay for nothing."""
    least: Annotated[int, Meta(ge=1, le=AMOUNT_MAX)] = 100
    """From so many on."""

    def most(self, held: int, due: int) -> int:
        """How many of those held may pay for `due` fen: whole steps, never more than it costs."""
        if not self.fen:
            return 0
        points = min(held // self.points, due // self.fen) * self.points
        return points if points >= self.least else 0

    def wanted(self, due: int) -> int:
        """How many would pay for as much of `due` fen as points can."""
        return self.most(AMOUNT_MAX, due)

    def pays(self, points: int) -> bool:
        """Whether so many may be used at once."""
        return points >= self.least and points % self.points == 0

    def of(self, points: int) -> Fen:
        """What so many pay."""
        return Fen(points // self.points * self.fen)


_KEYED = re.compile(r"\d{1,8}", re.ASCII)


def points_keyed(text: str) -> int:
    """How many a person keyed. Raises BadQuantity."""
    if not _KEYED.fullmatch(text.strip()):
        raise BadQuantity(f"not a count: {len(text)} characters")
    return int(text)


EARN_NOTHING = frozenset(
    {
        TenderKind.POINTS,
        TenderKind.VOUCHER,
        TenderKind.CASHBACK,
        TenderKind.USES,
        TenderKind.FLEET,
        TenderKind.GROUP_BUY,
    }
)
"""What was given, or earned when it was bought (product.md B4); what a company pays. Of a platform's voucher
see decision 32.
"""

STANDARD = (
    PointsRate(family=Family.GOODS),
    PointsRate(family=Family.PETROL, basis=Basis.LITRES),
    PointsRate(family=Family.DIESEL, step=500),
    PointsRate(family=Family.GAS, basis=Basis.LITRES),
)
"""One a whole yuan of goods, one a whole litre of petrol, one a whole five yuan of diesel, one a
whole kilogram or cubic metre of gas."""


def earned(
    lines: Sequence[SaleLine],
    tenders: Sequence[Tender],
    *,
    bonus_spent: int = 0,
    rates: Sequence[PointsRate] = STANDARD,
    times: Sequence[Factor] = (),
) -> tuple[PointsEarned, ...]:
    """Points of a sale; `bonus_spent` is the part of its stored-value tender that `split` took from bonus.

    `times`: by line, what its points are multiplied by. What earns is shared over what is of one family and
    multiplied alike, in proportion to what its lines cost: no fen earns twice. What rounding leaves earns
    nothing, so that more spent, on whatever it is, never earns less.
    """
    groups = _groups(lines, times)
    total = sum(line.net for line in lines)
    given = bonus_spent + sum(tender.amount for tender in tenders if tender.kind in EARN_NOTHING)
    paid = sum(tender.amount for tender in tenders) - given
    if total <= 0 or paid <= 0:
        return ()
    found: list[PointsEarned] = []
    for rate in rates:
        alike = groups[rate.family]
        for factor, places in alike.items():
            base = paid * sum(lines[at].net for at in places) // total
            if rate.basis is Basis.LITRES:
                # Fen dropped from cash do not shorten the litres; what was given before does.
                base = sum(lines[at].quantity for at in places) * (total - given) // total
            at = tuple(places) if len(alike) > 1 else ()
            found += _earned(_multiplied(rate, factor), base, at)
    return tuple(found)


def recharged(principal: int, rates: Sequence[PointsRate]) -> tuple[PointsEarned, ...]:
    """Points of so much principal, by the rate of goods."""
    return tuple(one for rate in rates if rate.family is Family.GOODS for one in _earned(rate, principal, ()))


def _groups(lines: Sequence[SaleLine], times: Sequence[Factor]) -> dict[Family, dict[Factor, list[int]]]:
    """Places of the lines by what they are and what they are multiplied by; families in their own order."""
    found: dict[Family, dict[Factor, list[int]]] = {family: {} for family in Family}
    for at, line in enumerate(lines):
        factor = times[at] if times else _ONCE
        found[family_of(line)].setdefault(factor, []).append(at)
    return found


def _multiplied(rate: PointsRate, factor: Factor) -> PointsRate:
    """Never so much that the largest sale would earn more than can be booked: then as if it were not said."""
    up, down = rate.points * factor[0], rate.per * factor[1]
    common = gcd(up, down)
    many = replace(rate, points=up // common, per=down // common)
    return many if max(many.points, many.per, many.at_most) <= AMOUNT_MAX else rate


def _earned(rate: PointsRate, base: int, places: tuple[int, ...]) -> Iterator[PointsEarned]:
    if points := rate.of(base):
        yield PointsEarned(
            family=rate.family,
            points=points,
            base=base,
            step=rate.step,
            each=rate.points,
            per=rate.per,
            places=places,
        )


def family_of(line: SaleLine) -> Family:
    """Fuel lines carry their family as category, all else is goods."""
    if line.measured in POURED and line.category in FUELS:
        return Family(line.category)
    return Family.GOODS
