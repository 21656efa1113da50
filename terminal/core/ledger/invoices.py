"""Invoices (发票): once for each fen that was paid, at recharge or at use, and taken back by a red letter.

No value moves. What may be invoiced is read off the postings of what was booked: money that came in and did
not go back. What was paid for ahead had its invoice then, unless its lot is invoiced at use (product.md B19).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from terminal.core.commands import BookFleetFunds, BookInvoice, BookRechargeRefund, BookSale, TenderKind
from terminal.core.entry import Entry
from terminal.core.errors import BadAmount, NotBookable
from terminal.core.ledger.back import money_in, rounded_by, undoing
from terminal.core.ledger.effects import Effect, LotInvoiced, Refers
from terminal.core.ledger.holds import hold_of
from terminal.core.ledger.rules import current, open_wallet
from terminal.core.ledger.state import Lot, Posted, State
from terminal.core.values import EntryId, WalletId

AT_USE = "at use"
"""Stands in the place of a number on a lot whose invoices are those of what it pays."""


def invoice(command: BookInvoice, state: State) -> Posted:
    """Raises `Refused` for what has its invoice, was not paid in money, or has another number."""
    _check_form(command)
    wallet, lot = command.wallet, None
    if wallet is not None:
        open_wallet(wallet, state)
        lot = state.lot(wallet, "principal", command.lot)
    marks: list[Effect] = []
    if wallet is not None and lot is not None:
        if command.lots:
            raise BadAmount("a lot is invoiced for what was paid for it")
        _check_number(command, lot.invoice)
        if not command.red:
            _check_stayed(command, lot, state)
        marks.append(LotInvoiced(wallet=wallet, lot=command.lot, number=_stands(command)))
    else:
        _check_number(command, standing(command.lot, state))
        if not command.red:
            _check_paid(command, state)
        if wallet is not None:
            marks += _at_use(wallet, command.lots)
    return Posted(wallet=wallet, effects=(*marks, Refers(of=command.lot)))


def as_booked(command: BookInvoice, state: State) -> tuple[Effect, ...]:
    """What it noted, whatever may be invoiced on this branch: it is written and with the member."""
    marks: list[Effect] = []
    if command.wallet is not None:
        wallet = current(command.wallet, state)
        here = [lot for lot in command.lots if state.lot(wallet, "principal", lot) is not None]
        marks = [*_at_use(wallet, here)]
        if state.lot(wallet, "principal", command.lot) is not None:
            marks.append(LotInvoiced(wallet=wallet, lot=command.lot, number=_stands(command)))
    return (*marks, Refers(of=command.lot))


def _at_use(wallet: WalletId, lots: Iterable[EntryId]) -> Iterator[Effect]:
    for lot in dict.fromkeys(lots):
        yield LotInvoiced(wallet=wallet, lot=lot, number=AT_USE)
        yield Refers(of=lot)


def _check_form(command: BookInvoice) -> None:
    if not command.number or AT_USE in {command.number, command.red}:
        raise NotBookable("an invoice without a number")
    if command.red and (command.lots or command.amount):
        raise NotBookable("a red letter takes back the whole of another")


def _stands(command: BookInvoice) -> str:
    return "" if command.red else command.number


def _check_number(command: BookInvoice, standing: str) -> None:
    if command.red != standing:
        raise NotBookable("it has its invoice, or not that one")


def standing(of: EntryId, state: State) -> str:
    """The number of the invoice that was written for it and not taken back."""
    number = ""
    for one in state.referring(of):
        if isinstance(one.payload, BookInvoice) and one.payload.lot == of:
            number = _stands(one.payload)
    return number


def _check_stayed(command: BookInvoice, lot: Lot, state: State) -> None:
    """Of what was paid for the lot, less what was paid back; nothing stayed of what was undone."""
    left = stayed(lot, state)
    if left <= 0 or command.amount not in {0, left}:
        raise BadAmount(f"{max(0, left)} of it may be invoiced")


def stayed(lot: Lot, state: State) -> int:
    """What was paid for it and not paid back, in fen."""
    left = lot.paid - rounded_by(EntryId(lot.lot), state)
    for one in undoing(EntryId(lot.lot), state):
        left = left + money_in(one) if isinstance(one.payload, BookRechargeRefund) else 0
    return left


def _check_paid(command: BookInvoice, state: State) -> None:
    paid = paid_for(command, state)
    if not 0 < command.amount == paid:
        raise BadAmount(f"{paid} of it may be invoiced")


def paid_for(command: BookInvoice, state: State) -> int:
    """Fen that came in for it, less what went back; of the lots that are invoiced at use, what they paid."""
    entries = list(entries_of(command, state))
    at_use = [_of_lot(command, lot, entries, state) for lot in dict.fromkeys(command.lots)]
    return sum(map(money_in, entries)) + sum(at_use)


def entries_of(command: BookInvoice, state: State) -> Iterator[Entry]:
    """What is invoiced, what undid it, and the fills that it ended."""
    found = state.entry(command.lot)
    if found is None or not isinstance(found.payload, BookSale | BookFleetFunds):
        raise NotBookable("no such lot, sale or payment")
    yield found
    yield from undoing(command.lot, state)
    if isinstance(found.payload, BookSale):
        wallet = found.payload.wallet
        if wallet is not None and command.wallet != current(wallet, state):
            raise NotBookable("a sale to another wallet")
        for tender in found.payload.tenders:
            if tender.kind is TenderKind.HELD:
                yield hold_of(state, EntryId(tender.of)).entry


def _of_lot(command: BookInvoice, lot: EntryId, entries: Iterable[Entry], state: State) -> int:
    """What that lot paid of it. Raises `NotBookable`: nothing, or it has its invoice."""
    known = state.lot(command.wallet, "principal", lot) if command.wallet is not None else None
    if known is None or known.invoice not in {"", AT_USE}:
        raise NotBookable("no such lot, or it has its invoice")
    if (used := used_of(known, entries, state)) <= 0:
        raise NotBookable("it paid nothing of that, or all that stayed of it has its invoice")
    return used


def used_of(lot: Lot, entries: Iterable[Entry], state: State) -> int:
    """What that lot paid of them; of a lot that was paid back no more than stayed and has no invoice yet."""
    name = EntryId(lot.lot)
    taken = _taken(name, entries)
    if undoing(name, state):
        taken = min(taken, stayed(lot, state) - sum(_invoiced_of(name, state)))
    return taken


def _taken(lot: EntryId, entries: Iterable[Entry]) -> int:
    lines = (one for entry in entries for one in entry.lots if (one.unit, one.lot) == ("principal", lot))
    return -sum(one.amount for one in lines)


def _invoiced_of(lot: EntryId, state: State) -> Iterator[int]:
    """By the invoices of what it paid that stand."""
    for one in state.referring(lot):
        written = one.payload
        if not isinstance(written, BookInvoice) or written.wallet is None:
            continue
        if standing(written.lot, state) == written.number:  # Of the lot itself none does: it was refused.
            now = replace(written, wallet=current(written.wallet, state))
            yield _taken(lot, entries_of(now, state))
