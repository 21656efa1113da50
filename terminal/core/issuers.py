"""Which numbers are those of bank cards (ISO/IEC 7812-1: issuer ranges, check digit of annex B)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

PAN_DIGITS: Final = range(12, 20)
"""ISO/IEC 7812-1 allows 8 to 19; nobody has issued shorter ones than Maestro's 12."""

_ISSUERS: Final = re.compile(
    r"""
      220[0-4]                                              # Mir
    | 222[1-9] | 22[3-9]\d | 2[3-6]\d\d | 27[01]\d | 2720    # Mastercard
    | 30[0-5]\d | 309\d | 3[4-9]\d\d                         # Diners, American Express, JCB
    | [456]\d\d\d                                            # Visa, Mastercard, Maestro, UnionPay, Discover
    | 81[0-7]\d                                              # UnionPay
    | 9[04568]\d\d | 9792                                    # national ones: older cards of China, Troy
    """,
    re.VERBOSE | re.ASCII,
)
_RUN = re.compile(r"\d{12,}", re.ASCII)
_UNTIL_YEAR_MONTH: Final = re.compile(r"=\d\d(?:0[1-9]|1[0-2])\d{3}", re.ASCII)
"""Behind the number on track 2: until when it is valid, and the service code (ISO/IEC 7813, 5.2.2)."""
_DIGITS = re.compile(r"\d+", re.ASCII)


def of_a_bank(number: str, *, checked: bool = True) -> bool:
    """Whether such a number may be a bank card's. `checked`: only where its check digit fits, too."""
    if not _DIGITS.fullmatch(number) or len(number) not in PAN_DIGITS or not _ISSUERS.match(number):
        return False
    return not checked or luhn(number)


def banks_digits(text: str) -> Iterator[int]:
    """Places of digits that may be a bank card's number, whatever else stands there.

    A run whose check digit fits, by itself or where the separator behind it was lost; or one in an issuer's
    range that goes on like a track 2: of that a digit may have been lost.
    """
    for run in _RUN.finditer(text):
        digits = run.group()
        starts = (digits[:size] for size in PAN_DIGITS if size < len(digits))
        goes_on = _UNTIL_YEAR_MONTH.match(text, run.end()) is not None
        alone = len(digits) in PAN_DIGITS and luhn(digits)
        like_track_2 = goes_on and of_a_bank(digits, checked=False)
        joined = len(digits) not in PAN_DIGITS and any(of_a_bank(start) for start in starts)
        if alone or like_track_2 or joined:
            yield from range(*run.span())


def luhn(number: str) -> bool:
    """Whether the last of these digits is the check digit of the others."""
    total = 0
    for at, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + at % 2)
        total += value - 9 * (value > 9)  # noqa: PLR2004  the sum of its two digits
    return total % 10 == 0
