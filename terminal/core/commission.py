"""What whoever did a service earns with it, by article or category (product.md B13, C6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from terminal.core.cart import Goods
from terminal.core.commands import Commission, SaleLine
from terminal.core.money import half_up
from terminal.core.values import StaffId, Value

_Name = Annotated[str, Meta(min_length=1, max_length=64)]


class Rate(Value, frozen=True, kw_only=True):
    """Of one article, or of all of a category; the article's own counts first."""

    sku: _Name | None = None
    category: _Name | None = None
    bp: Annotated[int, Meta(ge=1, le=10_000)]
    """Hundredths of a percent of what the line comes to, discounts taken off."""

    def __post_init__(self) -> None:
        """Raises ValueError: of neither or of both."""
        if (self.sku is None) == (self.category is None):
            raise ValueError("a commission is of an article or of a category")


class Rates:
    def __init__(self, rates: Sequence[Rate] = ()) -> None:
        """Of one named twice the first counts."""
        self._of: Mapping[tuple[str | None, str | None], int] = MappingProxyType(
            {(one.sku, one.category): one.bp for one in reversed(rates)}
        )

    def of(self, goods: Goods | SaleLine) -> int:
        """Hundredths of a percent; 0: nobody earns with it."""
        return self._of.get((goods.sku, None)) or self._of.get((None, goods.category), 0)

    def __bool__(self) -> bool:
        return bool(self._of)

    def earned(self, line: SaleLine, by: StaffId) -> SaleLine:
        """The line as it is booked."""
        fen = half_up(line.net * self.of(line), 10_000)
        return replace(line, commission=Commission(by=by, amount=fen)) if fen else line


def credited(lines: Sequence[SaleLine], by: StaffId) -> tuple[SaleLine, ...]:
    """The same, earned by whoever scanned a badge for them, whoever is at the drawer."""
    return tuple(
        replace(line, commission=replace(line.commission, by=by)) if line.commission else line
        for line in lines
    )
