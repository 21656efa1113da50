"""Promotions that are not had in the same sale: which of them stay, in every way that is compared."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar

from msgspec.structs import replace

from terminal.core.pricing.promotion import Promotion
from terminal.core.pricing.sight import Sight
from terminal.core.pricing.tariff import Live

WAYS_MAX = 32
"""So many ways to keep rivals apart are compared: those of the first promotions first."""

P = TypeVar("P", bound=Promotion)


def kept_apart(live: Live, rivals: Mapping[str, Collection[str]], seen: Sight) -> list[Live]:
    """What may be had together, each time as much as may be."""
    if not rivals:
        return [live]
    near = {one.id: rivals.get(one.id, ()) for one in live.all() if seen.there(one)}
    return [_without(live, out) for out in islice(_out(near), WAYS_MAX)]


def _out(rivals: Mapping[str, Collection[str]]) -> Iterator[frozenset[str]]:
    """What is left out so that no two rivals stay: with the first that has some, then without it."""
    first = next((id_ for id_, others in rivals.items() if any(one in rivals for one in others)), None)
    if first is None:
        yield frozenset()
        return
    for gone in (frozenset(rivals[first]) & rivals.keys(), frozenset({first})):
        others = {id_: some for id_, some in rivals.items() if id_ not in gone}
        for out in _out(others):
            yield out | gone


def _without(live: Live, out: Collection[str]) -> Live:
    return replace(
        live,
        lines=_stay(live.lines, out),
        packs=_stay(live.packs, out),
        orders=_stay(live.orders, out),
        coupons=[(held, one) for held, one in live.coupons if one.id not in out],
        gifts=_stay(live.gifts, out),
        later=_stay(live.later, out),
    )


def _stay(some: Sequence[P], out: Collection[str]) -> list[P]:
    return [one for one in some if one.id not in out]
