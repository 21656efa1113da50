"""What of a voucher ended with its use: the shop has not lost it (product.md B17)."""

from __future__ import annotations

from collections.abc import Sequence

from terminal.core.cart import VOUCHER
from terminal.core.commands import (
    BookJoin,
    BookRecharge,
    BookReversal,
    BookSale,
    BookVoid,
    Command,
    Grant,
    TenderKind,
)
from terminal.core.entry import Entry
from terminal.core.ledger.again import laid, taken
from terminal.core.ledger.back import undoing
from terminal.core.ledger.rules import standing_for
from terminal.core.ledger.state import State
from terminal.core.values import EntryId


def given_with(command: Command) -> Sequence[Grant]:
    """Those that came with it and that nobody paid for: what is used by then is owed."""
    match command:
        case BookSale() | BookRecharge() if command.opens is not None:
            return (*command.vouchers, *command.opens.vouchers)
        case BookSale() | BookRecharge():
            return command.vouchers
        case BookJoin():
            return command.opens.vouchers
        case _:
            return ()


def undone_whole(command: Command) -> bool:
    """Whether it undoes an entry in one, as if that had never been."""
    return isinstance(command, BookVoid | BookReversal)


def rest_of(unit: str) -> EntryId:
    """A sale that used that voucher for less than it was worth refers to it: no entry has that id."""
    return standing_for(f"rest: {unit}")


def ended_with(state: State, unit: str) -> int:
    """Fen of that voucher that ended with its uses here, and that no void brought back; of others 0."""
    return sum(ended_by(state, one, unit) for one in state.referring(rest_of(unit)))


def ended_by(state: State, sale: Entry, unit: str) -> int:
    """Fen of it that ended with that sale. Of one that was booked again and did not hold it: 0."""
    gone = -sum(row.amount for row in taken(sale, unit))
    voids = [one for one in undoing(sale.id, state) if undone_whole(one.payload)]
    paid = sum(amount for of, amount in _vouchers(sale.payload) if of == unit)
    kept = sum(row.amount for one in voids for row in laid(one, unit)) if voids else paid
    return max(0, gone - kept)


def used_in(command: Command) -> Sequence[str]:
    """The vouchers of ours that pay a part of it, as units."""
    return [unit for unit, _ in _vouchers(command)]


def _vouchers(command: Command) -> Sequence[tuple[str, int]]:
    """Those of ours that pay a part of it, by unit, and how many fen each."""
    match command:
        case BookSale(tenders=tenders):
            return [(f"{VOUCHER}{one.of}", one.amount) for one in tenders if one.kind is TenderKind.VOUCHER]
        case _:
            return ()
