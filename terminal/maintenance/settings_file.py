"""One setting of a TOML file is changed, and all that people wrote around it stays.

Only `key = value` on one line, at the top or in a `[table]`: what stands in `[[tables]]` has no name by which
it could be asked for, and is left to an editor.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

_TABLE = re.compile(r"\s*\[([A-Za-z0-9_.\"-]+)\]\s*(#.*)?$")
_TABLES = re.compile(r"\s*\[\[")
_LINE = re.compile(r"(\s*)([A-Za-z0-9_-]+)(\s*=\s*)(.*?)(\s*(?:#[^\"']*)?)$")
_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


class NotChanged(Exception):
    """And why."""


def before_of(config: Path) -> Path:
    """Where the menu keeps what stood in the file before its last change."""
    return config.with_name(f"{config.name}.before")


def settings_in(text: str) -> list[tuple[str, str]]:
    """Names such as `counter.notice_s`, and values as they stand there."""
    return [(name, value) for _, name, value in _settings(text.splitlines())]


def changed(text: str, name: str, value: str) -> str:
    """With that value in its place; in its table where it has none yet; without it where `value` is empty.

    Raises NotChanged.
    """
    if not _NAME.fullmatch(name):
        raise NotChanged(f"{name!r} is no name of a setting, such as counter.notice_s")
    if value:
        _check(value)
    lines = text.splitlines()
    at = next((at for at, known, _ in _settings(lines) if known == name), None)
    if at is not None:
        kept = _LINE.fullmatch(lines[at])
        lines[at : at + 1] = [f"{kept[1]}{kept[2]}{kept[3]}{value}{kept[5]}"] if kept and value else []
    elif not value:
        raise NotChanged(f"{name} is not set")
    else:
        _add(lines, name, value)
    return "\n".join(lines) + "\n"


def line_of(text: str, where: str) -> int:
    """From 1, of a setting by its name, else of the table that it would stand in; 0: none can be named."""
    lines = text.splitlines()
    at = next((at for at, known, _ in _settings(lines) if known == where), None)
    if at is None:
        table = where.rpartition(".")[0]
        at = next(
            (at for at, line in enumerate(lines) if _is_table(line, where) or _is_table(line, table)), -1
        )
    return at + 1


def difference(before: str, after: str) -> list[str]:
    """Lines that go and come, with one around them."""
    found = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1)
    return [line for line in found if not line.startswith(("---", "+++"))]


def _settings(lines: list[str]) -> Iterator[tuple[int, str, str]]:
    table: str | None = ""
    for at, line in enumerate(lines):
        if _TABLES.match(line):
            table = None
        elif found := _TABLE.fullmatch(line):
            table = found[1]
        elif table is not None and (found := _LINE.fullmatch(line)) and _whole(found[4]):
            yield at, f"{table}.{found[2]}".lstrip("."), found[4]


def _whole(value: str) -> bool:
    """A list or text over several lines is none of ours."""
    try:
        tomllib.loads(f"x = {value}")
    except tomllib.TOMLDecodeError:
        return False
    return True


def _check(value: str) -> None:
    try:
        found = tomllib.loads(f"x = {value}")
    except tomllib.TOMLDecodeError:
        raise NotChanged(f'{value!r} is no value: words stand in quotes, as "info"') from None
    if list(found) != ["x"]:
        raise NotChanged("one value, on one line")


def _add(lines: list[str], name: str, value: str) -> None:
    table, _, key = name.rpartition(".")
    at = next((at for at, line in enumerate(lines) if _is_table(line, table)), None)
    if table and at is None:
        lines += ["", f"[{table}]", f"{key} = {value}"]
    else:
        lines.insert(0 if at is None else at + 1, f"{key} = {value}")


def _is_table(line: str, table: str) -> bool:
    found = _TABLE.fullmatch(line)
    return found is not None and found[1] == table
