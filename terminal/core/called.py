"""What a merchant, a site and a terminal may be called, and what the code looks like that enrols one.

The standard library alone: the installer judges by it before anything is installed.
"""

from __future__ import annotations

import re
from typing import Final

IDENT: Final = r"^[A-Za-z0-9_]{1,16}$"
"""Stands in receipt numbers and account names, so nothing that separates those."""
TRAINING_SITE: Final = "TRAINING"
"""Whose entries a training ledger has; no shop is called so."""
TRAINING_IS: Final = f"{TRAINING_SITE} is what the ledger for training is called"
NOT_IN_TRAINING: Final = "the terminal is in training, which sees nothing of the shop: end that first"
CODE_CHARS_MAX: Final = 100
"""Of a code as somebody typed it; without spaces and hyphens it has 48."""
_CODE: Final = re.compile(r"([A-Z2-7]{8})([A-Z2-7]{24})([A-Z2-7]{16})")


def code_parts(text: str) -> tuple[str, str, str]:
    """Number, secret and print of a one-time code, in base32: case, spaces and hyphens do not matter.

    Raises:
        ValueError: that is no code.
    """
    found = _CODE.fullmatch(re.sub(r"[\s-]", "", text.upper()))
    if found is None:
        raise ValueError("a code has 8, 24 and 16 of the characters A-Z and 2-7")
    return found[1], found[2], found[3]
