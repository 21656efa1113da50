"""What still can be used of a configuration that cannot, for whoever looks after the terminal.

Nothing is sold by it: a start uses the whole file, or ends.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from msgspec import Struct, structs

from terminal.config import FILE_BYTES_MAX, BadConfig, File, Here, Settings, converted, devices_in, load
from terminal.core.pricing import Tariff
from terminal.core.receipts.sections import ShopHead
from terminal.core.shape import Problem
from terminal.maintenance.settings_file import line_of

LEFT_OUT_MAX = 16
"""Lines and tables, before nothing of it is believed."""
_SETTING = re.compile(r"\s*[A-Za-z0-9_-]+\s*=")
_LINE = re.compile(r"\(at line (\d+)")
"""As `tomllib` says where it stopped; else it was at the end."""
UNKNOWN = "?"
"""What stands for a name that has no default."""
_NAMELESS: Mapping[type[Struct], Struct] = MappingProxyType(
    {Here: Here(merchant=UNKNOWN, site=UNKNOWN, id=UNKNOWN), ShopHead: ShopHead(name="")}
)


class Salvaged(Struct, frozen=True, kw_only=True):
    settings: Settings
    """What can be used of the file, and defaults for the rest; `?` for what has none."""
    problems: tuple[str, ...] = ()
    """All that is wrong with it, with the line where there is one; empty: nothing, and `settings` are all."""
    places: tuple[str, ...] = ()
    """Of `problems` only where each is: what stands there may be somebody's name."""
    text: str = ""
    """The file's, as far as it can be read."""


def salvaged(path: Path) -> Salvaged:
    try:
        return Salvaged(settings=load(path), text=_text(path))
    except BadConfig as bad:
        problems = bad.problems
    text = _text(path)
    data, folder = _tables(text), path.parent
    devices = devices_in(data.get("device"), folder, [])
    usable = {
        "terminal": _NAMELESS[Here],
        "shop": _NAMELESS[ShopHead],
        **_usable(File, data, folder),
    }
    settings = Settings(
        file=File(**usable),
        articles=(),
        tariff=Tariff(),
        devices=devices,
        printer=next((one for one in devices if one.kind == "printer"), None),
    )
    return Salvaged(
        settings=settings,
        problems=tuple(_told(one, text) for one in problems),
        places=tuple(_place(one, text) for one in problems),
        text=text,
    )


def _text(path: Path) -> str:
    try:
        with path.open("rb") as opened:
            return opened.read(FILE_BYTES_MAX).decode(errors="replace")
    except OSError:
        return ""


def _told(problem: Problem, text: str) -> str:
    line = line_of(text, problem.where)
    return f"line {line}: {problem}" if line else str(problem)


def _place(problem: Problem, text: str) -> str:
    if line := line_of(text, problem.where):
        return f"line {line}: {problem.where}"
    found = _LINE.search(problem.what)
    return f"line {found[1]}" if found else problem.where or "all of it"


def _tables(text: str) -> Mapping[str, Any]:
    """Without settings that are no TOML, else without their table: none comes under another's heading."""
    lines = text.replace("\r\n", "\n").split("\n")
    for _ in range(LEFT_OUT_MAX):
        try:
            return tomllib.loads("\n".join(lines))
        except tomllib.TOMLDecodeError as fault:
            found = _LINE.search(str(fault))
            at = min(int(found[1]) if found else len(lines), len(lines)) - 1
        except RecursionError:
            break
        if _SETTING.match(lines[at]):
            del lines[at]
            continue
        headings = [place for place, line in enumerate(lines) if line.lstrip().startswith("[")]
        first = max((one for one in headings if one <= at), default=0)
        after = min((one for one in headings if one > at), default=len(lines))
        del lines[first:after]
    return {}


def _usable(kind: type[Struct], data: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Fields that can be used, by name; of a table in which one cannot, the others."""
    found: dict[str, Any] = {}
    for field in structs.fields(kind):
        value = data.get(field.encode_name)
        if value is None:
            continue
        used = converted(value, field.type, "", folder, [])
        if used is None and isinstance(field.type, type) and issubclass(field.type, Struct):
            used = _without_what_is_wrong(field.type, value, folder)
        if used is not None:
            found[field.name] = used
    return found


def _without_what_is_wrong(kind: type[Struct], value: object, folder: Path) -> Struct | None:
    if not isinstance(value, Mapping):
        return None
    try:
        usable = _usable(kind, value, folder)
        return structs.replace(_NAMELESS[kind], **usable) if kind in _NAMELESS else kind(**usable)
    except (TypeError, ValueError):  # What it needs is not there, or two that are do not go together.
        return None
