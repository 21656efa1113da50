"""Who pays outside is known again by a mark: who brought a member earns nothing by what they paid (B9).

A mark is a keyed hash of what the acquirer calls the payer. It stands in the command, beside the payment;
which wallets it has paid for is kept by references, so that a fork and a copy see it like all else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from terminal.core.commands import BookRecharge, BookSale, Command, Tender, TenderKind
from terminal.core.errors import NotBookable
from terminal.core.ledger.allowances import theirs
from terminal.core.ledger.draft import Draft, between
from terminal.core.ledger.effects import Refers
from terminal.core.ledger.holds import hold_of
from terminal.core.ledger.rules import paid_for, payers_of, refer_once
from terminal.core.ledger.state import State
from terminal.core.values import EntryId, WalletId

_MARK = re.compile(r"[0-9a-f]{32}")


def marks_in(command: Command | None) -> tuple[str, ...]:
    """Of whoever paid for it outside, as far as that is known."""
    match command:
        case BookSale(tenders=tenders):
            return tuple(dict.fromkeys(one.payer for one in tenders if one.payer))
        case BookRecharge(payer=payer) if payer:
            return (payer,)
        case _:
            return ()


def note_payers(draft: Draft, command: BookSale | BookRecharge, wallet: WalletId) -> None:
    """Raises `NotBookable` for what is no mark."""
    marks = marks_in(command)
    if not all(map(_MARK.fullmatch, marks)):
        raise NotBookable("who paid is said by no mark")
    for about in named_by(marks, wallet):
        refer_once(draft, about)


def named_by(marks: Collection[str], wallet: WalletId) -> Iterator[EntryId]:
    """What an entry with those marks refers to, where none before it did."""
    if marks:
        yield payers_of(wallet)
    for mark in marks:
        yield paid_for(mark, wallet)


def payers(draft: Draft, command: BookSale | BookRecharge | None) -> Collection[str]:
    """Also of who paid for the stored value that it takes, as far as that came in here."""
    lots = (draft.state.entry(EntryId(lot)) for lot in _taken(draft, command))
    return {*marks_in(command), *(mark for lot in lots if lot is not None for mark in marks_in(lot.payload))}


def _taken(draft: Draft, command: BookSale | BookRecharge | None) -> Iterator[str]:
    """Lots of principal. Where it was held the hold took it, and all that the sale moves comes back."""
    held = [one for one in _tenders(command) if one.kind is TenderKind.HELD]
    if not held:
        yield from draft.lots_of("principal")
    for one in held:
        taken = hold_of(draft.state, EntryId(one.of)).lots
        yield from (lot.lot for lot in between(taken, 0, one.amount) if lot.unit == "principal")


def _tenders(command: BookSale | BookRecharge | None) -> Sequence[Tender]:
    return command.tenders if isinstance(command, BookSale) else ()


def paid_before(state: State, wallet: WalletId, marks: Collection[str]) -> bool:
    """Whether one of them has paid for whoever holds that wallet, by any wallet of theirs."""
    if not marks:
        return False
    wallets = theirs(wallet, state, payers_of)
    return any(state.referring(paid_for(mark, one)) for one in wallets for mark in marks)


def paid_by_both(draft: Draft, wallet: WalletId, into: WalletId) -> None:
    """Who paid for either has paid for both."""
    if draft.state.referring(payers_of(wallet)):
        draft.effects.append(Refers(of=payers_of(into)))
