"""Promotions for what nobody sells: they take nothing off, and no screen would say so (product.md B5)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from terminal.core.cart import COUNTED, FUEL, Article
from terminal.core.pricing.promotion import Promotion
from terminal.core.pricing.rules.friend_gets import FriendGets
from terminal.core.uses import good_for
from terminal.core.values import Value


class Stray(Value, frozen=True, kw_only=True):
    promotion: str
    """Its id."""
    sku: str
    """One of its `skus` that no article has, and no fuel of a grade; or of what it gives uses for nothing."""
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
        if isinstance(one, FriendGets) and not good_for(one.unit, named):
            yield Stray(promotion=one.id, sku=one.unit.removeprefix(COUNTED))
