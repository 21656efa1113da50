"""In what is counted, and in what priced."""

from __future__ import annotations

from terminal.core.commands import Measured
from terminal.core.money import plain

POURED = frozenset({Measured.CENTILITRE, Measured.DECAGRAM, Measured.CENTICUBIC})
"""Out of a dispenser, by hundredths of what is priced."""
UNITS = {Measured.PIECE: 1, Measured.GRAM: 1000, **dict.fromkeys(POURED, 100)}
"""How many of what is counted make what is priced: a piece, a kilogram, a litre, a cubic metre."""
SIGNS = {Measured.CENTILITRE: "L", Measured.DECAGRAM: "kg", Measured.CENTICUBIC: "m3"}
"""What the price of what is poured is of, where no more than ASCII may stand."""


def with_sign(hundredths: int, measured: Measured | None) -> str:
    """`35.20 L`; what nobody says the measure of has none."""
    return f"{plain(hundredths)} {SIGNS[measured]}" if measured in SIGNS else plain(hundredths)


def in_litres(_grade: str) -> Measured:
    """In what a grade is, where nobody says otherwise."""
    return Measured.CENTILITRE
