"""Cashback that came with a sale and had ended, where the sale comes back: in whatever order others do.

What of it was used is not due any more. But what it paid may come back too, and may be good again for some
days: of goods that the shop has back nobody gets anything for that.
"""

from __future__ import annotations

from collections import Counter
from itertools import takewhile

from terminal.core.accounts import Account, debt, held_by
from terminal.core.commands import BookRefund, BookSale, Cashback, Returned
from terminal.core.entry import Entry, LotTaken
from terminal.core.ledger.back import has_ended, lies_in, undoing
from terminal.core.ledger.debts import as_given
from terminal.core.ledger.draft import Draft, between
from terminal.core.ledger.shares import returned_of, rewarding
from terminal.core.ledger.state import State
from terminal.core.values import EntryId, WalletId

CASHBACK = "cashback"


def cashback_due(
    draft: Draft, wallet: WalletId, found: Entry, part: int, laid: list[LotTaken]
) -> tuple[int, list[LotTaken]]:
    """Of the cashback of `found` a part is to come back, in fen: how much does, and out of which lots.

    Of what has ended what lies there, and what of it lies there as good again; for this part, and for those
    before for which it was not there.
    """
    if not has_ended(draft, laid):
        return part, laid
    lots = laid + _good_again(draft.state, wallet, found.id)
    held = held_by(wallet, CASHBACK)
    there = sum(min(lot.amount, lies_in(draft, held, lot.lot)) for lot in lots)
    return min(part + _missing(draft.state, held, found), there), lots


def not_again(draft: Draft, wallet: WalletId, unit: str, lot: str) -> int:
    """So much of what comes back to that lot, in fen, came with goods that came back too: it stays over."""
    found = draft.state.entry(EntryId(lot))
    if unit != CASHBACK or found is None:
        return 0
    held = held_by(wallet, unit)
    return max(0, _missing(draft.state, held, found) - lies_in(draft, held, lot))


def _missing(state: State, held: Account, found: Entry) -> int:
    """What was to come back with all that was undone so far, and did not: it had ended, and was used."""
    before, returned = undoing(found.id, state), list[Returned]()
    for one in before:
        if not isinstance(one.payload, BookRefund):  # All of it came back, or is owed.
            return 0
        returned += one.payload.returned
    match found.payload:
        case BookSale(lines=lines, cashback=Cashback(amount=given)) as sale:
            undone, out_of = rewarding(sale, returned_of([line.net for line in lines], returned))
            due = given - given * (out_of - undone) // out_of
            return max(0, due - sum(_came(state, held, found.id, one) for one in before))
        case _:
            return 0


def _came(state: State, held: Account, sale: EntryId, refund: Entry) -> int:
    """What that refund took out of the lot of its sale, and out of what of it was good again, or is owed."""
    owed = max(0, -Counter(dict(refund.postings))[debt(held).name])
    return owed - sum(
        row.amount for row in _taken(refund) if row.lot == sale or _refund(state, row.lot) is not None
    )


def _good_again(state: State, wallet: WalletId, sale: EntryId) -> list[LotTaken]:
    """What of the lot of that sale lies in lots of refunds: as if so much had been laid in each."""
    gone = Counter[str]()
    for one in undoing(sale, state):
        for row in _taken(one):
            gone[row.lot] += row.amount
    refunds = (_refund(state, lot.lot) for lot in state.lots(wallet, CASHBACK))
    return [
        LotTaken(unit=CASHBACK, lot=one[0].id, amount=_came_again(state, sale, *one) + gone[one[0].id])
        for one in refunds
        if one is not None
    ]


def _came_again(state: State, lot: EntryId, refund: Entry, of: EntryId) -> int:
    """Of what that lot had paid, what that refund laid as good again."""
    paid = state.entry(of)
    earlier = takewhile(lambda one: one.id != refund.id, undoing(of, state))
    after, laid = sum(row.amount for one in earlier for row in _laid(one)), _laid(refund)
    taken = _taken(paid) if paid is not None else []
    came = between(taken, after, after + sum(row.amount for row in laid))
    return -sum(row.amount for row in (*came, *laid) if row.lot == lot)


def _taken(entry: Entry) -> list[LotTaken]:
    """As if no debt had been settled with it."""
    return [row for row in as_given(entry).lots if row.unit == CASHBACK and row.amount < 0]


def _laid(entry: Entry) -> list[LotTaken]:
    return [row for row in entry.lots if row.unit == CASHBACK and row.amount > 0]


def _refund(state: State, lot: str) -> tuple[Entry, EntryId] | None:
    """That laid it, and what it undid; None: it was laid by none."""
    found = state.entry(EntryId(lot))
    return (found, found.payload.of) if found and isinstance(found.payload, BookRefund) else None
