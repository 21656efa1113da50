"""What is known of a station's nozzles at a moment (product.md C9)."""

from __future__ import annotations

from terminal.core.values import Value

PUMP_TEST = "pump_test"
"""What a note is called that says: so much was dispensed for a check, and poured back into the tank."""


class AtNozzle(Value, frozen=True, kw_only=True, omit_defaults=True):
    """So much at one nozzle: on its totaliser, in one fill, or back in the tank."""

    nozzle: int
    grade: str
    centilitres: int
    """Hundredths of a litre, or of what gas is sold by."""
    fen: int = 0
    """Of a fill, what the dispenser asks for it."""


class PumpRecord(Value, frozen=True, kw_only=True):
    """What a dispenser recorded of one fill: where its sale is voided, it waits to be paid by this."""

    nozzle: int
    grade: str
    price: int
    """Fen a litre, of the moment when it was released."""
    centilitres: int
    fen: int


class Pumps(Value, frozen=True, kw_only=True, omit_defaults=True):
    totals: tuple[AtNozzle, ...] = ()
    """What their totalisers say; empty: nobody read them."""
    unpaid: tuple[AtNozzle, ...] = ()
    """Fills that ended, and that nobody has paid; one by one as far as an entry has room for them."""
    tested: tuple[AtNozzle, ...] = ()
    """Of a pump test."""
    unclear: int = 0
    """So many records of dispensers cannot be sold as they are."""
    further: int = 0
    """So many more fills that nobody has paid."""
    further_fen: int = 0
    """What dispensers ask for those together."""
