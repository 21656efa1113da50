"""Worked days of shops, played on the product: what each line says must come out, to the fen.

    python -m lab days FOLDER [--json]

FOLDER holds one file a day (its shape: tests/days/README.md). The shop's rules become promotions, prices
and settings; its members are booked as they stood; then every line is played at its time of day at the
terminal's own counter, on a ledger on a file: a hand answers its screens as the line says. Compared are the
line's own figures, those on the receipt too, and, after each line, all that is known of everybody, the drawer
and the shelves. What the counter cannot do yet is left out, or done by hand, and listed with its reason; what
the day says came of it is booked, so that the lines after it find what they need. Exit 1 when a line
comes out otherwise than the day says; 2 when a file, or a rule in it, cannot be read.
"""

from __future__ import annotations

from lab.days.command import main

__all__ = ["main"]
