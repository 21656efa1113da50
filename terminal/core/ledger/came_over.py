"""Cashback that came with a sale and had ended, where the sale comes back: in whatever order others do.

What of it was used is not due any more. But what it paid may come back too, and may be good again for some
days: of goods that the shop has back nobody gets anything for that.
"""

from __future__ import annotations

from collections import Counter

from terminal.core.accounts import Account, debt, held_by
from terminal.core.commands import BookRefund, BookSale, Cashback, Returned
from terminal.core.entry import Entry, LotTaken
from terminal.core.ledger.again import came_again, refund_of, taken
from terminal.core.ledger.back import has_ended, lies_in, undoing
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.points_over import points_stay
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


def cashback_stays(draft: Draft, wallet: WalletId, lot: str) -> int:
    """So much of what comes back to that lot, in fen, came with goods that came back too: it stays over."""
    found = draft.state.entry(EntryId(lot))
    if found is None:
        return 0
    held = held_by(wallet, CASHBACK)
    return max(0, _missing(draft.state, held, found) - lies_in(draft, held, lot))


def not_again(draft: Draft, wallet: WalletId, unit: str, lot: str) -> int:
    """The same of cashback or points; refunds of vouchers do not meet, and nothing of these stays over."""
    if unit == CASHBACK:
        return cashback_stays(draft, wallet, lot)
    return points_stay(draft, unit, lot)


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
        row.amount
        for row in taken(refund, CASHBACK)
        if row.lot == sale or refund_of(state, row.lot) is not None
    )


def _good_again(state: State, wallet: WalletId, sale: EntryId) -> list[LotTaken]:
    """What of the lot of that sale lies in lots of refunds: as if so much had been laid in each."""
    gone = Counter[str]()
    for one in undoing(sale, state):
        for row in taken(one, CASHBACK):
            gone[row.lot] += row.amount
    refunds = (refund_of(state, lot.lot) for lot in state.lots(wallet, CASHBACK))
    return [
        LotTaken(
            unit=CASHBACK, lot=one[0].id, amount=came_again(state, CASHBACK, sale, *one) + gone[one[0].id]
        )
        for one in refunds
        if one is not None
    ]
