"""What a transaction comes to, where policy asks whether one person may do it alone (product.md B13).

What undoes an original counts with all that was undone of it before on the same business day: cut in pieces
it takes the same role as in one.
"""

from __future__ import annotations

from terminal.core.commands import (
    BookCashMove,
    BookDeposit,
    BookFleetFunds,
    BookGrant,
    BookImport,
    BookIntentEnd,
    BookInvoice,
    BookRecharge,
    BookRechargeRefund,
    BookRedeem,
    BookRefund,
    BookSale,
    BookVoid,
    Command,
)
from terminal.core.given_back import given_back
from terminal.core.ledger.back import money_in, undoing
from terminal.core.ledger.invoices import stayed
from terminal.core.ledger.recharge import recharge_refund
from terminal.core.ledger.state import State
from terminal.core.values import EntryId

_MONEY = ("principal", "bonus", "cashback", "voucher:")


def worth(command: Command, state: State) -> int:
    """Fen; 0 of what has no sum. Raises what the ledger refuses a recharge refund for."""
    match command:
        case BookRefund(returned=()):  # Of a redemption, whole.
            return _of_original(command.of, state)
        case BookRefund() | BookRechargeRefund():
            return _undone_now(command, state) + _undone_before(command, state)
        case BookVoid(of=of):
            return _of_original(of, state)
        case BookInvoice():
            return _invoiced(command, state)
        case _:
            return abs(_sum_of(command))


def _of_original(of: EntryId, state: State) -> int:
    found = state.entry(of)
    return _sum_of(found.payload) if found else 0


def _sum_of(command: Command) -> int:
    match command:
        case BookSale(due=fen) | BookRecharge(principal=fen):
            return fen
        case BookRedeem(worth=fen, costs=costs):  # Of coupons it says only what the points come to.
            return max(fen, costs)
        case BookDeposit(amount=fen) | BookCashMove(amount=fen) | BookFleetFunds(amount=fen):
            return fen
        case BookIntentEnd(amount=fen):
            return fen
        case BookGrant(grants=grants) | BookImport(grants=grants):
            return sum(one.amount for one in grants if one.unit.startswith(_MONEY))
        case _:
            return 0


def _undone_now(command: BookRefund | BookRechargeRefund, state: State) -> int:
    if isinstance(command, BookRefund):
        return sum(one.net for one in command.returned)
    return given_back(recharge_refund(command, state).postings).money


def _undone_before(command: BookRefund | BookRechargeRefund, state: State) -> int:
    """On the same business day, by others."""
    of = command.of if isinstance(command, BookRefund) else command.lot
    fen = 0
    for one in undoing(of, state):
        if one.at.business_day != command.at.business_day or one.id == command.id:
            continue
        if isinstance(one.payload, BookRefund):
            fen += sum(came.net for came in one.payload.returned)
        else:
            fen -= money_in(one)
    return fen


def _invoiced(command: BookInvoice, state: State) -> int:
    """A red letter comes to what the invoice did that it takes back."""
    if command.red:
        written = [
            one.payload
            for one in state.referring(command.lot)
            if isinstance(one.payload, BookInvoice) and one.payload.number == command.red
        ]
        return _invoiced(written[-1], state) if written else 0
    if command.amount or command.wallet is None:
        return command.amount
    lot = state.lot(command.wallet, "principal", command.lot)
    return stayed(lot, state) if lot else 0
