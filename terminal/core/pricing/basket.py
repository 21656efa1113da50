"""The cart as the engine works on it: parts, and which of their pieces packs take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from terminal.core.cart import Cart, CartLine
from terminal.core.commands import Measured
from terminal.core.money import half_up
from terminal.core.pricing.promotion import PackPrice, Part
from terminal.core.pricing.sharing import shared
from terminal.core.pricing.sight import Sight
from terminal.core.units import UNITS

WAYS_MAX = 32
"""So many ways to take packs out of one cart are compared; those with more packs first."""


class Taken(Struct, frozen=True, kw_only=True):
    """A pack's hold on the parts: what each of them costs then."""

    pack: PackPrice
    nets: dict[int, int]
    """By place in `Basket.parts`."""


class Basket(Struct, frozen=True, kw_only=True):
    """One way to lay the cart out."""

    parts: list[Part]
    taken: tuple[Taken, ...] = ()


def basket(cart: Cart) -> Basket:
    return Basket(parts=[_part(place, line, line.quantity) for place, line in enumerate(cart.lines)])


def ways(plain: Basket, packs: Sequence[PackPrice], seen: Sight) -> list[Basket]:
    """The cart with packs taken, in every number of each that it has goods for; without any comes last."""
    found: list[Basket] = []
    for one in _ways(plain, packs, seen):
        found.append(one)
        if len(found) == WAYS_MAX:
            found[-1] = plain
            break
    return found


def _ways(one: Basket, packs: Sequence[PackPrice], seen: Sight) -> Iterator[Basket]:
    if not packs:
        yield one
        return
    pack, *others = packs
    for times in range(_most(one, pack, seen), 0, -1):
        taken = _with(one, pack, times, seen)
        if _saves(taken):
            yield from _ways(taken, others, seen)
    yield from _ways(one, others, seen)


def _saves(one: Basket) -> bool:
    """Whether the last pack costs less than its goods."""
    nets = one.taken[-1].nets
    return sum(nets.values()) < sum(one.parts[at].gross for at in nets)


def _most(one: Basket, pack: PackPrice, seen: Sight) -> int:
    there: dict[str, int] = {}
    for at in _fitting(one, pack, seen):
        part = one.parts[at]
        there[part.article.sku] = there.get(part.article.sku, 0) + part.quantity
    return min(there.get(sku, 0) // count for sku, count in pack.contents)


def _fitting(one: Basket, pack: PackPrice, seen: Sight) -> list[int]:
    """Places of the pieces that it may take."""
    reached = seen.reached(pack, one.parts)
    return [at for at in reached if one.parts[at].article.measured is Measured.PIECE]


def _with(one: Basket, pack: PackPrice, times: int, seen: Sight) -> Basket:
    """Its goods stand together where the first of them stood; what is left of a line stays in its place."""
    took = _places(one, pack, times, seen)
    together = {at: _of(one.parts[at], count, pack=True) for at, count in sorted(took.items())}
    parts: list[Part] = []
    moved: dict[int, int] = {}
    first = min(together)
    for at, part in enumerate(one.parts):
        if at == first:
            start = len(parts)
            parts += together.values()
        left = part.quantity - took.get(at, 0)
        if left:
            moved[at] = len(parts)
            parts.append(part if at not in together else _of(part, left))
    prices = shared(pack.price * times, [part.gross for part in together.values()])
    held = [Taken(pack=old.pack, nets={moved[at]: net for at, net in old.nets.items()}) for old in one.taken]
    now = Taken(pack=pack, nets=dict(enumerate(prices, start=start)))
    return Basket(parts=parts, taken=(*held, now))


def _places(one: Basket, pack: PackPrice, times: int, seen: Sight) -> dict[int, int]:
    """How many pieces of which part it takes: of one article the dearest first."""
    took: dict[int, int] = {}
    fitting = _fitting(one, pack, seen)
    for sku, count in pack.contents:
        lacking = count * times
        places = [at for at in fitting if one.parts[at].article.sku == sku]
        for at in sorted(places, key=lambda at: -one.parts[at].article.price):
            if lacking:
                took[at] = min(lacking, one.parts[at].quantity)
                lacking -= took[at]
    return took


def _of(part: Part, quantity: int, *, pack: bool = False) -> Part:
    """So many pieces of it."""
    return Part(
        place=part.place,
        line=part.line,
        quantity=quantity,
        gross=quantity * part.article.price,
        pack=pack,
    )


def _part(place: int, line: CartLine, quantity: int) -> Part:
    article = line.article
    gross = line.labelled
    if gross is None:
        gross = half_up(quantity * article.price, UNITS[article.measured])
    return Part(place=place, line=line, quantity=quantity, gross=gross)
