"""Rows to the bytes of customer displays of two lines: CD5220, and Epson's ESC/POS (DM-D).

Sources: CD5220 command set as in the manuals of its many clones; Epson, ESC/POS for customer displays.
"""

from __future__ import annotations

from enum import StrEnum

from terminal.core.receipts.legible import legible, width
from terminal.core.values import Value
from terminal.drivers.codecs.escpos import Charset, cell

_INIT = b"\x1b@"
_CLEAR = b"\x0c"
_OVERWRITE = b"\x1f\x01"
_CURSOR_OFF = b"\x1fC\x00"
_CD5220_LINES = (b"\x1bQA", b"\x1bQB")


class Commands(StrEnum):
    """How a display is spoken to. Many have a switch for it."""

    CD5220 = "cd5220"
    ESCPOS = "escpos"


class Letters(StrEnum):
    """What it can write beside ASCII: letters of two bytes in two columns."""

    ASCII = "ascii"
    GBK = "gbk"
    BIG5 = "big5"
    UTF8 = "utf-8"


class DisplayProfile(Value, frozen=True, kw_only=True):
    commands: Commands = Commands.CD5220
    letters: Letters = Letters.ASCII
    columns: int = 20


def begun(profile: DisplayProfile) -> bytes:
    """Once, after it was plugged in: as it left its maker, and empty."""
    if profile.commands is Commands.CD5220:
        return _INIT + _CLEAR
    return _INIT + _OVERWRITE + _CURSOR_OFF + _CLEAR


def shown(rows: tuple[tuple[str, str], tuple[str, str]], profile: DisplayProfile) -> bytes:
    """Both rows, each a label and a value, over whatever stood there; all blank clears it.

    No text can be a command: only printable ASCII and multi-byte letters of the set leave here.
    """
    lines = [_line(label, value, profile) for label, value in rows]
    if not any(line.strip() for line in lines):
        return _CLEAR
    if profile.commands is Commands.CD5220:
        return b"".join(
            head + _spelled(line, profile.letters) + b"\r"
            for head, line in zip(_CD5220_LINES, lines, strict=True)
        )
    return b"".join(
        b"\x1f$\x01" + bytes([row]) + _spelled(line, profile.letters) for row, line in enumerate(lines, 1)
    )


def _line(label: str, value: str, profile: DisplayProfile) -> str:
    """As wide as the display. The value stays whole; a label that it has no letters for stays away."""
    value = "".join(char for char in legible(value) if char.isascii())[: profile.columns]
    label = legible(label)
    if profile.letters is Letters.ASCII and not label.isascii():
        label = ""
    room = profile.columns - len(value) - bool(value)
    while width(label) > max(0, room):
        label = label[:-1]
    return label + " " * (profile.columns - width(label) - len(value)) + value


def _spelled(line: str, letters: Letters) -> bytes:
    if letters is Letters.ASCII:
        return line.encode("ascii")
    return b"".join(cell(char, Charset(letters.value)) for char in line)
