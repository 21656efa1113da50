"""The bank's terminal beside the till, as the counter needs it (product.md B18).

It knows no id of ours. So what its last receipt was is written down before it is told an amount: whatever
becomes of the answer, the receipt that it shows afterwards says whether the amount was taken.
"""

from __future__ import annotations

import re
from typing import Protocol

from terminal.core.acquirer import Order, Outcome, Said
from terminal.core.values import Value

CARD_PAYMENT = "card_payment:"
"""How an intent to charge a card begins; the terminal's last receipt before it follows."""
RECEIPTS = 10_000
"""Receipt numbers have four digits, and begin again at 1."""
_NAMED = re.compile(rf"{CARD_PAYMENT}(\d{{1,4}})", re.ASCII)


class Printed(Value, frozen=True, kw_only=True):
    """A receipt of the terminal: a payment."""

    number: int
    amount: int
    """Fen."""
    done: bool
    """Else it says that nothing was taken."""


class CardTerminal(Protocol):
    """Nothing of it raises: what nobody knows is None, or `UNKNOWN`, and is asked again."""

    @property
    def present(self) -> bool:
        """Whether it answers now."""
        ...

    async def last(self) -> Printed | None:
        """Its last receipt; None: it does not answer, is busy, or says none."""
        ...

    async def pay(self, order: Order) -> Said:
        """The customer presents a card there. Asked twice, it charges twice: so it is asked once."""
        ...

    async def stop(self, order: Order) -> None:
        """The customer need not present a card for it any more; returns when it has ended, or after a while.

        Nothing else that it does is stopped.
        """
        ...

    async def reverse(self, receipt: Printed) -> Said:
        """That payment is taken back, whole. UNDONE; REFUSED: it is not, surely; UNKNOWN: nobody knows."""
        ...


def receipt_after(before: int) -> int:
    """The number that follows."""
    return before % (RECEIPTS - 1) + 1


def begun_after(last: Printed) -> str:
    """The name of an intent to charge a card, after that receipt."""
    return f"{CARD_PAYMENT}{last.number}"


def before_of(what: str) -> int | None:
    """The receipt before it; None: it is no such intent."""
    found = _NAMED.fullmatch(what)
    return int(found[1]) if found else None


def after(order: Order, before: int, last: Printed | None) -> Said:
    """What became of it, by the receipt that the terminal shows now.

    The same as before: nothing was taken. The next one, over that amount: this one was. Anything else
    was done by people at the terminal itself, and nobody here knows what.
    """
    if last is None:
        return Said(outcome=Outcome.UNKNOWN)
    if last.number == before:
        return Said(outcome=Outcome.UNDONE, evidence=f"last receipt {last.number:04}")
    if last.number != receipt_after(before) or last.amount != order.amount:
        return Said(outcome=Outcome.UNKNOWN, evidence=f"last receipt {last.number:04}")
    outcome = Outcome.PAID if last.done else Outcome.UNDONE
    return Said(outcome=outcome, evidence=f"receipt {last.number:04}", receipt=last.number)
