"""Claim codes: what points paid for is collected with one, once (product.md B4)."""

from __future__ import annotations

import re
from typing import Final

from terminal.core.errors import BadClaim

SECRET_BYTES: Final = 8
_DIGITS: Final = 8
_KEYED: Final = re.compile(r"\d{9}", re.ASCII)


def new_claim(secret: bytes) -> str:
    """Eight digits that nobody can guess, and one that shows where they are keyed wrong (ISO/IEC 7812-1)."""
    number = f"{int.from_bytes(secret) % 10**_DIGITS:0{_DIGITS}d}"
    return number + str(-_sum(f"{number}0") % 10)


def claim_keyed(text: str) -> str:
    """A claim code as a person keys it, in groups or not. Raises BadClaim."""
    code = "".join(text.split()).replace("-", "")
    if not is_claim(code):
        raise BadClaim(f"{len(text)} characters")
    return code


def is_claim(code: str) -> bool:
    return _KEYED.fullmatch(code) is not None and _sum(code) % 10 == 0


def claim_shown(code: str) -> str:
    """`123 456 789`."""
    return " ".join(code[at : at + 3] for at in range(0, len(code), 3))


def _sum(number: str) -> int:
    """Every second digit from the right is doubled, and its digits added."""
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(number)))
    return sum(each // 10 + each % 10 for each in doubled)
