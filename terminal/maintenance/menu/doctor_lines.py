"""Of what the doctor says, the part that an item is about, in whatever language it was said."""

from __future__ import annotations

from collections.abc import Iterable

from terminal.maintenance.doctor_zh import ZH
from terminal.maintenance.sentences import CHINESE, Sentences

WHOLE = ("doctor", "--whole")
"""The command whose lines they are: on a console's 24 rows what is green gives way to what is red."""


def about(lines: Iterable[str], *subjects: str) -> tuple[str, ...]:
    """Lines of those subjects, each with the ones below that belong to it."""
    called = [*subjects, *(Sentences(one, ZH).in_chinese(name) for one in CHINESE for name in subjects)]
    found, told = [], False
    for line in lines:
        if not line.startswith(" "):
            _, _, rest = line.partition(" ")
            told = any(rest.lstrip().startswith(f"{one} ") for one in called)
        if told:
            found.append(line)
    return tuple(found)
