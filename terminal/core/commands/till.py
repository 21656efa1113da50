"""The drawer and the shift; companies that pay for their fleet; what is done outside before it is booked."""

from __future__ import annotations

from enum import StrEnum

from terminal.core.commands.occasion import Occasion
from terminal.core.commands.pumps import Pumps
from terminal.core.commands.value import PaidBy
from terminal.core.values import EntryId, Value, WalletId


class BookShiftOpen(Value, frozen=True, kw_only=True, omit_defaults=True, tag="shift_open"):
    """A shift begins with what is counted into its drawer."""

    id: EntryId
    at: Occasion
    """`at.shift` is the one that begins."""
    opening_cash: int
    pumps: Pumps | None = None
    """Of a station: what the totalisers say when it begins; None: what the last close said."""


class BookCashMove(Value, frozen=True, kw_only=True, omit_defaults=True, tag="cash_move"):
    """Cash put into the drawer (positive) or taken out of it (negative), with its reason."""

    id: EntryId
    at: Occasion
    amount: int
    reason: str
    """`safe` and `bank` keep it the shop's; any other reason is an expense or an income of that name."""


class BookShiftClose(Value, frozen=True, kw_only=True, omit_defaults=True, tag="shift_close"):
    """Z: the drawer was counted blind; what is over or short is booked, the cash goes on its way."""

    id: EntryId
    at: Occasion
    counted: int
    left: int = 0
    """What stays as the next shift's opening cash."""
    pumps: Pumps | None = None
    """Of a station: its totalisers and what is not paid, when it ends."""


class BookFleetFunds(Value, frozen=True, kw_only=True, omit_defaults=True, tag="fleet_funds"):
    """A company pays ahead, is given credit (`paid_by` None) or pays that back (product.md C5)."""

    id: EntryId
    at: Occasion
    company: str
    amount: int
    paid_by: PaidBy | None
    through: str = ""
    """By whom an outside payment came; empty: by its kind."""
    settles: bool = False
    """It pays what the company owes, and adds nothing to what its cards may spend."""


class IntentEnd(StrEnum):
    DONE = "done"
    UNDONE = "undone"  # the outside confirmed that our id is cancelled; "not found" is no answer


class BookIntent(Value, frozen=True, kw_only=True, omit_defaults=True, tag="intent"):
    """Something is about to be done outside (a code payment, a pump, a card write): written down first."""

    id: EntryId
    at: Occasion
    what: str
    """`code_payment`, `pump_preset`, `card_write`, ..."""
    amount: int
    consumed_by: EntryId
    """The `book_*` that will use it."""
    wallet: WalletId | None = None


class BookIntentEnd(Value, frozen=True, kw_only=True, omit_defaults=True, tag="intent_end"):
    """How it ended, by what the outside said."""

    id: EntryId
    at: Occasion
    intent: EntryId
    end: IntentEnd
    evidence: str
    """The outside's own number or words; no personal data."""
    by_hand: PaidBy | None = None
    """How people paid what the acquirer refuses to give back: in cash, or by transfer."""
    amount: int = 0
    """Fen that they paid: all of it."""
    why: str = ""
    """Of what was paid by hand: the reason."""
