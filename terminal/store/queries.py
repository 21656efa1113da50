"""Named SQL, read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_MARK = "-- name: "


@cache
def queries() -> dict[str, str]:
    """Every statement of `queries.sql` by its name."""
    return statements_of("queries.sql")


@cache
def statements_of(file: str) -> dict[str, str]:
    """Every statement of that file beside this one, by its name, in their order."""
    found: dict[str, str] = {}
    text = (Path(__file__).parent / file).read_text(encoding="utf-8")
    for part in text.split(_MARK)[1:]:
        name, _, statement = part.partition("\n")
        found[name.strip()] = statement.strip()
    return found
