"""Promotions out of the terminal's own file; what is wrong with one is told with all else that is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from terminal.core.pricing import Tariff, parsed
from terminal.core.shape import Problem, joined


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
