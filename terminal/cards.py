"""`terminal cards FILE`: keys of cards, from whoever issued them, sealed to this machine.

A CSV with the columns `use,card,key`: what the key is for (`core.chips.KeyUse`), the card's UID or number,
the key in hex. Each card's own keys, diversified by whoever holds the master; a running terminal sees them at
the next card.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

from terminal.config import load_in_place
from terminal.core.chips import KeyUse
from terminal.core.hexes import hex_bytes
from terminal.store.chips import ChipFiles, ChipKey, Unusable

_COLUMNS = ["use", "card", "key"]


class BadList(Exception):
    """It cannot be used; says which line, and holds nothing of it."""


def take(config: Path, file: Path) -> int:
    """Exit 0 with how many there are now; 1 and nothing taken where anything is wrong."""
    settings = load_in_place(config)
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            count = ChipFiles(settings.file.ledger.path).put(list(keys_in(csv.reader(lines))))
    except (OSError, UnicodeDecodeError, csv.Error, BadList, Unusable, ValueError) as why:
        sys.stderr.write(f"{why}\n")
        return 1
    sys.stdout.write(f"{count} keys of cards are here now; destroy {file}\n")
    return 0


def keys_in(rows: Iterator[list[str]]) -> Iterator[ChipKey]:
    """Raises BadList."""
    if next(rows, None) != _COLUMNS:
        raise BadList(f"the first line must be {','.join(_COLUMNS)}")
    for number, row in enumerate(rows, 2):
        try:
            use, card, key = row
            found = ChipKey(use=KeyUse(use), card=card, key=hex_bytes(key))
        except ValueError:
            raise BadList(f"line {number} is no key of a card") from None
        yield found
