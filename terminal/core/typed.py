"""A number, one digit after the other, where no keyboard is: the same forms as on the page's pad."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from terminal.core.errors import NumberFull
from terminal.core.screens import Keying

_MONEY, _POURED = r"\d{0,6}(\.\d{0,2})?", r"\d{0,4}(\.\d{0,2})?"
FORMS: Final[Mapping[Keying, str]] = MappingProxyType(
    {
        Keying.AMOUNT: _MONEY,
        Keying.CASH: _MONEY,
        Keying.LITRES: _POURED,
        Keying.KILOGRAMS: _POURED,
        Keying.CUBIC_METRES: _POURED,
        Keying.TOTAL: r"\d{0,10}(\.\d{0,2})?",
        Keying.PHONE: r"\d{0,11}",
        Keying.PIECES: r"\d{0,3}",
        Keying.COUNT: r"\d{0,7}",
        Keying.DAY: r"\d{0,8}",
        Keying.PIN: r"\d{0,12}",
        Keying.WEIGHT: r"\d{0,4}(\.\d{0,3})?",
    }
)
"""What is a number, as far as it has come. Words, names and receipts are none."""
_FORMS: Final = MappingProxyType({keying: re.compile(form, re.ASCII) for keying, form in FORMS.items()})
_COUNT_NOTHING: Final = frozenset({Keying.PHONE, Keying.PIN, Keying.DAY})
"""A nought in front stays."""
PRIVATE: Final = _COUNT_NOTHING
"""Never said aloud at a pump."""


class Erase(StrEnum):
    LAST = "last"
    ALL = "all"


POINT: Final = "."


def longer(typed: str, key: str, keying: Keying) -> str:
    """With one more digit, or `POINT`. Raises NumberFull: such a number has no place for it."""
    if key == POINT and not typed:
        longer_ = "0."
    elif typed == "0" and key != POINT and keying not in _COUNT_NOTHING:
        longer_ = key
    else:
        longer_ = typed + key
    if not _FORMS[keying].fullmatch(longer_):
        raise NumberFull(f"{len(typed)} characters of {keying}")
    return longer_


def shorter(typed: str, erase: Erase) -> str:
    return typed[:-1] if erase is Erase.LAST else ""


def finished(typed: str) -> str:
    """As it is handed over: no point at its end."""
    return typed.removesuffix(POINT)


def seen(typed: str, keying: Keying | None) -> str:
    """As it may stand on a screen: of a PIN how long it is."""
    return "●" * len(typed) if keying is Keying.PIN else typed
