"""What a refund laid as good again, and of which lots it had been."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile

from terminal.core.commands import BookRefund
from terminal.core.entry import Entry, LotTaken
from terminal.core.ledger.back import undoing
from terminal.core.ledger.debts import as_given
from terminal.core.ledger.draft import between
from terminal.core.ledger.state import State
from terminal.core.values import EntryId


def refund_of(state: State, lot: str) -> tuple[Entry, EntryId] | None:
    """The refund that laid it, and what that undid; None: it was laid by none."""
    found = state.entry(EntryId(lot))
    return (found, found.payload.of) if found and isinstance(found.payload, BookRefund) else None


def came_again(state: State, unit: str, lot: str, refund: Entry, of: EntryId) -> int:
    """Of what that lot had paid of the entry `of`, what that refund of it laid as good again."""
    paid = state.entry(of)
    earlier = takewhile(lambda one: one.id != refund.id, undoing(of, state))
    after, now = sum(row.amount for one in earlier for row in laid(one, unit)), laid(refund, unit)
    gave = taken(paid, unit) if paid is not None else []
    came = between(gave, after, after + sum(row.amount for row in now))
    return -sum(row.amount for row in (*came, *now) if row.lot == lot)


def taken(entry: Entry, unit: str) -> list[LotTaken]:
    """As if no debt had been settled with it."""
    return [row for row in as_given(entry).lots if row.unit == unit and row.amount < 0]


def laid(entry: Entry, unit: str) -> list[LotTaken]:
    return [row for row in entry.lots if row.unit == unit and row.amount > 0]


def good_until(lots: Iterable[LotTaken]) -> str:
    """Last business day of what a refund laid as good again; what came back as it was says none there."""
    return max((row.until for row in lots), default="")
