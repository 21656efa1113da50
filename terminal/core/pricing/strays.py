"""Promotions for what nobody sells: they take nothing off, and no screen would say so (product.md B5)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from terminal.core.cart import FUEL, Article
from terminal.core.pricing.promotion import Promotion
from terminal.core.values import Value


class Stray(Value, frozen=True, kw_only=True):
    promotion: str
    """Its id."""
    sku: str
    """One of its `skus`, which no article has, and no fuel of a grade."""
    fuel: str = ""
    """What fuel of the grade is called whose own name that is; empty: no grade has it."""


def strays(
    promotions: Iterable[Promotion], named: Callable[[str], Article | None], grades: Collection[str]
) -> Iterator[Stray]:
    """`named`: what is sold under a SKU. `grades`: as the policy names them."""
    fuels = {f"{FUEL}{grade}" for grade in grades}
    for one in promotions:
        for sku in one.skus:
            if sku not in fuels and named(sku) is None:
                fuel = f"{FUEL}{sku}" if sku in grades else ""
                yield Stray(promotion=one.id, sku=sku, fuel=fuel)
