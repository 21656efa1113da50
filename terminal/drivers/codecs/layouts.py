"""Keyboard layouts that scanners are set to: which character a key of linux/input-event-codes.h stands for.

The US one is what a scanner has that nobody set up, and the only one in which every printable character of
ASCII is one key, with Shift or without.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from terminal.core.values import Value


class LayoutName(StrEnum):
    US = "us"
    GB = "gb"
    DE = "de"
    FR = "fr"


class Layout(Value, frozen=True, kw_only=True):
    """Characters by key code."""

    plain: Mapping[int, str]
    shifted: Mapping[int, str]
    third: Mapping[int, str] = {}
    """With AltGr. Empty: this layout has none, and the key is an Alt like the other."""
    dead: frozenset[str] = frozenset()
    """They stand for themselves only before Space."""


def _keyed(rows: Mapping[int, str]) -> dict[int, str]:
    return {first + at: char for first, row in rows.items() for at, char in enumerate(row)}


_US = Layout(
    plain=_keyed(
        {2: "1234567890-=", 15: "\tqwertyuiop[]", 30: "asdfghjkl;'`", 43: "\\zxcvbnm,./", 57: " ", 86: "\\"}
    ),
    shifted=_keyed(
        {2: "!@#$%^&*()_+", 15: "\tQWERTYUIOP{}", 30: 'ASDFGHJKL:"~', 43: "|ZXCVBNM<>?", 57: " ", 86: "|"}
    ),
)
_GB = Layout(
    plain={**_US.plain, 43: "#"},
    shifted={**_US.shifted, 3: '"', 4: "£", 40: "@", 41: "¬", 43: "~"},
)
_DE = Layout(
    plain=_keyed(
        {2: "1234567890ß´", 15: "\tqwertzuiopü+", 30: "asdfghjklöä^", 43: "#yxcvbnm,.-", 57: " ", 86: "<"}
    ),
    shifted=_keyed(
        {2: '!"§$%&/()=?`', 15: "\tQWERTZUIOPÜ*", 30: "ASDFGHJKLÖÄ°", 43: "'YXCVBNM;:_", 57: " ", 86: ">"}
    ),
    third=_keyed({3: "²³", 8: "{[]}\\", 16: "@", 18: "€", 27: "~", 50: "µ", 86: "|"}),
    dead=frozenset("^´`"),
)
_FR = Layout(
    plain=_keyed(
        {2: "&é\"'(-è_çà)=", 15: "\tazertyuiop^$", 30: "qsdfghjklmù²", 43: "*wxcvbn,;:!", 57: " ", 86: "<"}
    ),
    shifted=_keyed(
        {2: "1234567890°+", 15: "\tAZERTYUIOP¨£", 30: "QSDFGHJKLM%", 43: "µWXCVBN?./§", 57: " ", 86: ">"}
    ),
    third=_keyed({3: "~#{[|`\\^@]}", 18: "€"}),
    dead=frozenset("^¨~`"),
)

LAYOUTS: Final[Mapping[LayoutName, Layout]] = MappingProxyType(
    {LayoutName.US: _US, LayoutName.GB: _GB, LayoutName.DE: _DE, LayoutName.FR: _FR}
)
