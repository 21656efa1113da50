"""What of a recharge or a sale may still be invoiced, as a counter asks before it writes (product.md B19)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from terminal.core.commands import BookInvoice, BookRecharge, BookSale
from terminal.core.ledger.invoices import AT_USE, entries_of, paid_for, standing, stayed, used_of
from terminal.core.ledger.rules import current
from terminal.core.ledger.state import State
from terminal.core.values import EntryId, Value, WalletId


class Invoiceable(Value, frozen=True, kw_only=True):
    """Of one recharge or sale."""

    of: EntryId
    wallet: WalletId | None
    amount: int = 0
    """Fen that came in, stayed, and have no invoice yet."""
    lots: tuple[EntryId, ...] = ()
    """Lots of principal that paid and are invoiced here."""
    number: str = ""
    """Of the invoice that stands for it."""
    day: str = ""
    """Business day on which that one was written."""
    at_use: bool = False
    """What it paid for has the invoices, or will have."""


def invoiceable(state: State, of: EntryId, *, at_use: bool) -> Invoiceable | None:
    """None: no such recharge or sale. `at_use`: lots without an invoice are invoiced by what they pay."""
    found = state.entry(of)
    if found is None or not isinstance(found.payload, BookRecharge | BookSale):
        return None
    wallet = current(found.payload.wallet, state) if found.payload.wallet is not None else None
    if isinstance(found.payload, BookRecharge):
        return _of_recharge(state, of, wallet, at_use=at_use)
    if number := standing(of, state):
        return Invoiceable(of=of, wallet=wallet, number=number, day=_day(state, of, number))
    asked = BookInvoice(id=of, at=found.at, wallet=wallet, lot=of, number="")
    lots = tuple(_open_lots(asked, state)) if at_use else ()
    amount = max(0, paid_for(replace(asked, lots=lots), state))
    return Invoiceable(of=of, wallet=wallet, amount=amount, lots=lots)


def number_of(state: State, of: EntryId, wallet: WalletId | None = None) -> str:
    """Of the invoice that stands for it; empty: none does, or what it paid for has its own.

    `wallet`: on which the lot of a recharge lies that was booked elsewhere.
    """
    found = state.entry(of)
    if found is not None and isinstance(found.payload, BookRecharge):
        wallet = found.payload.wallet
    lot = state.lot(current(wallet, state), "principal", of) if wallet is not None else None
    if lot is None:
        return standing(of, state)
    return "" if lot.invoice == AT_USE else lot.invoice


def _of_recharge(state: State, of: EntryId, wallet: WalletId | None, *, at_use: bool) -> Invoiceable:
    lot = state.lot(wallet, "principal", of) if wallet is not None else None
    if lot is None or lot.invoice == AT_USE or (at_use and not lot.invoice):
        return Invoiceable(of=of, wallet=wallet, at_use=True)
    if lot.invoice:
        return Invoiceable(of=of, wallet=wallet, number=lot.invoice, day=_day(state, of, lot.invoice))
    return Invoiceable(of=of, wallet=wallet, amount=max(0, stayed(lot, state)))


def _open_lots(asked: BookInvoice, state: State) -> Iterator[EntryId]:
    """Lots that paid for it, have no invoice of their own, and of which something may still have one."""
    entries = list(entries_of(asked, state))
    moved = (one.lot for entry in entries for one in entry.lots if one.unit == "principal")
    for lot in dict.fromkeys(moved):
        known = state.lot(asked.wallet, "principal", lot) if asked.wallet is not None else None
        if known and known.invoice in {"", AT_USE} and used_of(known, entries, state) > 0:
            yield EntryId(lot)


def _day(state: State, of: EntryId, number: str) -> str:
    """On which it was written; empty where that was at another site."""
    written = [
        one.at.business_day
        for one in state.referring(of)
        if isinstance(one.payload, BookInvoice) and one.payload.number == number
    ]
    return written[-1] if written else ""
