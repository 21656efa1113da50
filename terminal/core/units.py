"""In what is counted, and in what priced."""

from __future__ import annotations

from terminal.core.commands import Measured

POURED = frozenset({Measured.CENTILITRE, Measured.DECAGRAM, Measured.CENTICUBIC})
"""Out of a dispenser, by hundredths of what is priced."""
UNITS = {Measured.PIECE: 1, Measured.GRAM: 1000, **dict.fromkeys(POURED, 100)}
"""How many of what is counted make what is priced: a piece, a kilogram, a litre, a cubic metre."""


def in_litres(_grade: str) -> Measured:
    """In what a grade is, where nobody says otherwise."""
    return Measured.CENTILITRE
