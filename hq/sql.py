"""The statements, by the `-- name:` above each in its file."""

from __future__ import annotations

from importlib import resources


def _named(text: str) -> dict[str, str]:
    return {
        name.strip(): statement.strip()
        for name, _, statement in (part.partition("\n") for part in text.split("-- name:")[1:])
    }


SQL = {
    name: statement
    for file in (
        "queries.sql",
        "queries_rights.sql",
        "queries_people.sql",
        "queries_door.sql",
        "queries_sets.sql",
        "queries_phone.sql",
        "queries_lapsing.sql",
    )
    for name, statement in _named(resources.files("hq").joinpath(file).read_text()).items()
}
