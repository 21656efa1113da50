"""In what is counted, and in what priced."""

from __future__ import annotations

from terminal.core.commands import Measured

UNITS = {Measured.PIECE: 1, Measured.GRAM: 1000, Measured.CENTILITRE: 100}
"""How many of what is counted make what is priced: a piece, a kilogram, a litre."""
