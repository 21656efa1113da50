"""What of a voucher ended with its use: the shop has not lost it (product.md B17).

It is counted under the entry that gave the voucher, as what is had only so often is under a wallet: in the
sale, so that a void takes it back, and all sites of a chain hear of it (`core.ledger.allowances`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from terminal.core import accounts as chart
from terminal.core.accounts import Account, debt, named
from terminal.core.cart import VOUCHER
from terminal.core.commands import (
    BookDirective,
    BookJoin,
    BookRecharge,
    BookReversal,
    BookSale,
    BookVoid,
    Command,
    Grant,
    TenderKind,
)
from terminal.core.directives import HadCount, HadThere
from terminal.core.entry import Entry
from terminal.core.ledger.again import refund_of, taken
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.rules import current
from terminal.core.ledger.state import Lot, State
from terminal.core.values import EntryId, WalletId

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Of the entry that gave it, in the place of a wallet."""


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


def ended_with(books: State | Draft, gave: EntryId, unit: str) -> int:
    """Fen of that voucher that ended with its uses, as far as it is known here; of others 0.

    `gave`: the entry that it came with. What a void brought back did not end.
    """
    if not unit.startswith(VOUCHER):
        return 0
    voucher = unit.removeprefix(VOUCHER)
    here = books.balance(chart.ended(books.site, gave, voucher))
    return max(0, here + books.balance(chart.ended_elsewhere(books.site, gave, voucher)))


def ended_by(sale: Entry, unit: str) -> Iterator[tuple[EntryId, int]]:
    """(entry that gave it, fen) of that voucher that ended with that sale, as it was booked."""
    for name, amount in sale.postings:
        match chart.had_of(name):
            case gave, chart.EVER, what if _rest_in(what) == unit:
                yield EntryId(gave), amount


def given_by(state: State, unit: str, lots: Sequence[tuple[Lot, int]]) -> EntryId | None:
    """Which entry gave the voucher that lay in those lots; None: it was paid for."""
    for lot, _ in lots:
        if not lot.paid:
            return _began(state, unit, lot.lot)
    return None


def _began(state: State, unit: str, lot: str) -> EntryId:
    """What a refund laid as good again is of the lot that had paid, as far as that refund is known here."""
    while (again := refund_of(state, lot)) is not None:
        paid = state.entry(again[1])
        gave = taken(paid, unit) if paid is not None else []
        if not gave:
            break
        lot = gave[0].lot
    return EntryId(lot)


def owing(state: State, owed: Account, entry: Entry) -> int:
    """What it posted to that debt, by whatever name its wallet had then."""
    rows = ((named(name), amount) for name, amount in entry.postings)
    mine = ((one, amount) for one, amount in rows if (one.owner, one.unit) == (owed.owner, owed.unit))
    return sum(amount for one, amount in mine if current(WalletId(one.of), state) == owed.of)


def owed_no_more(state: State, held: Account, gave: EntryId) -> int:
    """Fen of a voucher that were owed here, until it was heard that they had ended with a use elsewhere."""
    said = (one for one in state.referring(gave) if gave in set_right_by(one))
    return sum(owing(state, debt(held), one) for one in said)


def set_right_by(entry: Entry) -> Collection[EntryId]:
    """Those that gave vouchers of which less is owed since, or more: other sites had used them in part."""
    match entry.payload:
        case BookDirective(directive=HadThere(hads=hads)):
            moved = {named(name).unit for name, _ in entry.postings}
            return named_with(hads, moved)
        case _:
            return ()


def named_with(hads: Iterable[HadCount], owed: Collection[str]) -> Collection[EntryId]:
    """The entries that those vouchers are counted under. `owed`: units of debts."""
    return dict.fromkeys(EntryId(one.wallet) for one in hads if f"debt:{voucher_in(one)}" in owed)


def voucher_in(had: HadCount) -> str:
    """The voucher whose rest it counts, as a unit; empty: it counts something else."""
    return _rest_in(had.what) if had.period == chart.EVER and _ID.fullmatch(had.wallet) else ""


def _rest_in(what: str) -> str:
    voucher = what.removeprefix(chart.REST_OF)
    return f"{VOUCHER}{voucher}" if voucher != what else ""


def paid_by(command: Command, unit: str) -> int:
    """Fen of it that were paid with that voucher."""
    match command:
        case BookSale(tenders=tenders):
            vouchers = (one for one in tenders if one.kind is TenderKind.VOUCHER)
            return sum(one.amount for one in vouchers if f"{VOUCHER}{one.of}" == unit)
        case _:
            return 0
