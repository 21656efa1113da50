"""Bytes that somebody else spelt in hex."""

from __future__ import annotations

import re
from typing import Final

_PAIRS: Final = re.compile(r"(?:[0-9A-Fa-f]{2})*")


def hex_bytes(text: str) -> bytes:
    """Two digits for each byte and nothing else. Raises ValueError, without the text.

    `bytes.fromhex` passes over blanks: its answer may have fewer bytes than were counted.
    """
    if not _PAIRS.fullmatch(text):
        raise ValueError(f"{len(text)} characters that are not pairs of hex digits")
    return bytes.fromhex(text)
