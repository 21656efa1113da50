"""Whom an invoice is written to (抬头, 税号): how each is spelt, and what is refused (product.md B19).

What is keyed here is somebody's own: it stands in no entry, log or error text.
"""

from __future__ import annotations

import re
from typing import Final

from terminal.core.errors import BadTaxNumber, BadTitle
from terminal.core.values import Value

TITLE_CHARS_MAX: Final = 60
"""Of a keyed answer a screen takes no more than 64."""

_FORM = re.compile(r"[A-Z0-9]{15,20}", re.ASCII)
_SIGNS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""Of a unified social credit code: I, O, S, V and Z are in none."""
_CODE_CHARS: Final = 18


class Buyer(Value, frozen=True, kw_only=True, omit_defaults=True):
    title: str
    tax_number: str = ""
    """Empty: a person."""

    def __repr__(self) -> str:
        """Without anybody's name."""
        return "Buyer(...)"

    __str__ = __repr__


class AskedFor(Value, frozen=True, kw_only=True):
    """What the slip of a request says, and no entry does."""

    receipt: str
    buyer: Buyer


def title(text: str) -> str:
    """A person's or company's name, one space between its words. Raises BadTitle."""
    said = " ".join(text.split())
    if len(said) > TITLE_CHARS_MAX or not said.isprintable() or not any(map(str.isalpha, said)):
        raise BadTitle(f"{len(text)} characters")
    return said


def tax_number(text: str) -> str:
    """15 to 20 letters and digits; those of 18 are unified social credit codes (GB 32100-2015).

    Raises BadTaxNumber, also where the check digit is another.
    """
    number = text.upper().replace(" ", "").replace("-", "")
    if not _FORM.fullmatch(number):
        raise BadTaxNumber(f"{len(text)} characters")
    if len(number) == _CODE_CHARS and not _is_credit_code(number):
        raise BadTaxNumber("its check digit is another")
    return number


def _is_credit_code(number: str) -> bool:
    """Modulo 31, weighed by powers of 3 (GB 32100-2015): all of it comes to nought."""
    if not set(number) <= set(_SIGNS):
        return False
    weighed = sum(_SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(number[:-1]))
    return (weighed + _SIGNS.index(number[-1])) % len(_SIGNS) == 0
