"""Asking somebody outside to write an invoice (product.md B19): what is asked, and what is answered.

The request is an intent of the journal before anybody is asked; what will consume it is the booking that
notes the invoice's number. By the id of that booking the outside knows the request, so that the same one,
sent or answered however often, is one invoice. Whom it is for is kept beside the journal, sealed.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, Protocol

from terminal.core.buyer import Buyer
from terminal.core.commands import BookIntent, Occasion
from terminal.core.values import EntryId, Value, WalletId

INVOICE: Final = "invoice:"
"""How an intent to have an invoice written begins; the id of the sale or recharge follows."""
REQUESTS_MAX: Final = 200


def invoices(begun: BookIntent) -> EntryId | None:
    """What that intent asks an invoice for; None: it is about something else."""
    return EntryId(begun.what.removeprefix(INVOICE)) if begun.what.startswith(INVOICE) else None


class Standing(StrEnum):
    """How a request stands. All but the first two wait for people."""

    ASKED = "asked"  # not yet taken by whom it goes to
    TAKEN = "taken"  # its number is awaited
    REFUSED = "refused"  # by whom it went to, who says why
    LOST = "lost"  # the journal knows of it, and whom it is for is not kept here
    ODD = "odd"  # its number came, and the ledger does not take it: the sum is another by now


class Request(Value, frozen=True, kw_only=True, omit_defaults=True):
    """One invoice that is asked for."""

    id: EntryId
    """Of the booking that will note its number."""
    intent: EntryId
    of: EntryId
    """The sale or recharge."""
    receipt: str = ""
    at: Occasion
    """When, where and by whom it was asked for."""
    amount: int
    """Fen."""
    wallet: WalletId | None = None
    lots: tuple[EntryId, ...] = ()
    """Of value on a card that is invoiced with it."""
    buyer: Buyer | None = None
    """None: it is lost."""
    standing: Standing = Standing.ASKED
    why: str = ""
    """Of one that was refused."""
    number: str = ""
    """Of one that is odd."""

    @property
    def begun(self) -> BookIntent:
        """What the journal knows of it."""
        return BookIntent(
            id=self.intent,
            at=self.at,
            what=f"{INVOICE}{self.of}",
            amount=self.amount,
            consumed_by=self.id,
            wallet=self.wallet,
        )

    @property
    def waits_for_people(self) -> bool:
        return self.standing not in {Standing.ASKED, Standing.TAKEN}

    def __repr__(self) -> str:
        """Without whom it is for."""
        return f"Request({self.id}, {self.standing})"

    __str__ = __repr__


class Requests(Protocol):
    """Where those are kept that wait; sealed, for they name people."""

    def all(self) -> Sequence[Request]: ...

    async def put(self, requests: Sequence[Request]) -> None:
        """In the place of all before; durable when it returns. Raises LedgerClosed."""
        ...


class Outcome(StrEnum):
    WRITTEN = "written"
    TAKEN = "taken"
    REFUSED = "refused"
    UNKNOWN = "unknown"  # nobody was reached, or what came is no answer


class Said(Value, frozen=True, kw_only=True):
    outcome: Outcome
    number: str = ""
    """Of what is written."""
    why: str = ""


class Writer(Protocol):
    """Who writes invoices for the shop. Raises nothing: what nobody knows is UNKNOWN."""

    async def ask(self, request: Request) -> Said:
        """Also again, about one that was taken before: what became of it."""
        ...

    async def over(self, request: EntryId) -> None:
        """Nothing waits for that answer any more."""
        ...

    async def close(self) -> None:
        """Nobody asks any more."""
        ...


class Asker(Value, frozen=True, kw_only=True):
    """Who asks."""

    merchant: str
    site: str
    terminal: str
