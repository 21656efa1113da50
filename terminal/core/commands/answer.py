"""What the ledger answers."""

from __future__ import annotations

from terminal.core.commands.union import Command
from terminal.core.values import Value


class Balances(Value, frozen=True, kw_only=True):
    """A wallet after the transaction."""

    principal: int = 0
    bonus: int = 0
    points: dict[str, int] = {}
    """By family."""
    coupons: int = 0


class Booked(Value, frozen=True, kw_only=True):
    """The answer after COMMIT: durable, with a number that belongs to this entry alone."""

    command: Command
    seq: int
    receipt_no: str
    """terminal-epoch-counter-HASH8; empty where the kind prints no receipt."""
    principal_spent: int = 0
    bonus_spent: int = 0
    after: Balances | None = None
    card_shown: str = ""
    """Masked number for the receipt."""
    again: bool = False
    """True when the id was booked before and this is the same answer."""
