"""Promotions out of the terminal's own file; what is wrong with one is told with all else that is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from terminal.core.cart import Grade
from terminal.core.catalogue import Articles
from terminal.core.errors import CatalogueUnread
from terminal.core.pricing import Tariff, parsed
from terminal.core.pricing.strays import strays
from terminal.core.shape import Problem, joined

_TOLD_MAX = 100


def promoted(*files: Mapping[str, Any]) -> tuple[Tariff, list[Problem]]:
    """From the `[promotion.ID]` tables of each file, as they are written."""
    tariff, refused = parsed(one for data in files for one in _tables(data))
    return tariff, [
        Problem(where=".".join(filter(None, (joined("promotion", one.id), each.where))), what=each.what)
        for one in refused
        for each in one.problems
    ]


def _tables(data: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """By name; one that is no table was refused with the shape of the file."""
    tables = data.get("promotion")
    for name, table in tables.items() if isinstance(tables, Mapping) else ():
        if isinstance(table, Mapping):
            yield name, table


def for_nothing(tariff: Tariff, articles: Articles, grades: Iterable[Grade]) -> tuple[str, ...]:
    """What promotions are for and nobody sells, each in a few words; the first hundred.

    None are told while the catalogue cannot be read: that is a finding of its own.
    """
    names = [one.grade for one in grades]
    try:
        found = list(islice(strays(tariff.promotions, articles.named, names), _TOLD_MAX))
    except CatalogueUnread:
        return ()
    return tuple(
        f"{one.sku} ({one.promotion}{f'; the fuel is {one.fuel}' if one.fuel else ''})" for one in found
    )
