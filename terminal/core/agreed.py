"""What was agreed when a deposit was left stands when the goods are picked up (product.md B16)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from terminal.core.cart import Cart, CartLine
from terminal.core.commands import Ordered


def ordered(cart: Cart, keyed: str) -> tuple[Ordered, ...]:
    """What of a cart has a price that can be looked up again.

    `keyed`: the SKU of amounts that were keyed. Those, and labels of a scale, say their own price each time.
    """
    return tuple(
        Ordered(sku=line.article.sku, quantity=line.quantity, unit_price=line.article.price)
        for line in cart.lines
        if line.labelled is None and line.article.sku != keyed
    )


def at_agreed(cart: Cart, agreed: Sequence[Ordered]) -> Cart:
    """At the lower of today's price and the one that was agreed, for no more than was ordered.

    What a person took something off, or was weighed and labelled elsewhere, stays as it is. Promotions come
    off afterwards.
    """
    left = [one.quantity for one in agreed]
    return replace(cart, lines=tuple(part for line in cart.lines for part in _parts(line, agreed, left)))


def _parts(line: CartLine, agreed: Sequence[Ordered], left: list[int]) -> Iterator[CartLine]:
    """`left`: of each that was agreed, what no line before has taken."""
    rest, article = line.quantity, line.article
    fixed = line.labelled is not None or line.override is not None
    for at, one in enumerate(() if fixed else agreed):
        if one.sku != article.sku or one.unit_price >= article.price:
            continue
        part = min(rest, left[at])
        if part:
            left[at] -= part
            rest -= part
            yield replace(line, article=replace(article, price=one.unit_price), quantity=part)
    if rest:
        yield replace(line, quantity=rest)
