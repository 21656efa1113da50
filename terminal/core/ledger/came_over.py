"""Cashback and vouchers that came with something and had ended, where it comes back: in whatever order.

What of it was used is not due any more. But what it paid may come back too, and may be good again for some
days: of goods that the shop has back nobody gets anything for that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from terminal.core.accounts import Account, debt, held_by, named
from terminal.core.commands import (
    BookRecharge,
    BookRefund,
    BookSale,
    Cashback,
    Command,
    Returned,
)
from terminal.core.entry import Entry, LotTaken
from terminal.core.ledger.again import came_again, refund_of, taken
from terminal.core.ledger.back import has_ended, lies_in, undoing
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.points_over import points_stay
from terminal.core.ledger.rests import ended_by, ended_with, given_with, rest_of, undone_whole
from terminal.core.ledger.rules import current
from terminal.core.ledger.shares import returned_of, rewarding
from terminal.core.ledger.state import State
from terminal.core.values import EntryId, WalletId

CASHBACK = "cashback"


def gift_due(
    draft: Draft, held: Account, found: Entry, part: int, laid: list[LotTaken]
) -> tuple[int, list[LotTaken]]:
    """Of cashback or a voucher of `found` a part is to come back, in fen: how much does, out of which lots.

    Not what of a voucher ended with its use: the shop has not lost that. Of what has ended what lies there,
    and what of it lies there as good again; for this part, and for those before for which it was not there.
    """
    missing = _missing(draft.state, held, found)
    if not has_ended(draft, laid):
        return max(0, part + min(0, missing)), laid
    lots = laid + _good_again(draft.state, held, found.id)
    there = sum(min(lot.amount, lies_in(draft, held, lot.lot)) for lot in lots)
    return max(0, min(part + missing, there)), lots


def gift_stays(draft: Draft, wallet: WalletId, unit: str, lot: str) -> int:
    """So much of what comes back to that lot, in fen, came with what came back too: it stays over."""
    found = draft.state.entry(EntryId(lot))
    if found is None:
        return 0
    held = held_by(wallet, unit)
    return max(0, _missing(draft.state, held, found) - lies_in(draft, held, lot))


def not_again(draft: Draft, wallet: WalletId, unit: str, lot: str) -> int:
    """The same of cashback, a voucher or points."""
    if unit.startswith("points:"):
        return points_stay(draft, unit, lot)
    return gift_stays(draft, wallet, unit, lot)


def rest_stays(state: State, wallet: WalletId, unit: str, sale: Entry) -> int:
    """Of the rest of a voucher that ended with a sale which is undone in one, so many fen do not come back.

    What gave it was undone, and less was taken for the rest.
    """
    said = (one for one in state.referring(rest_of(unit)) if one.id == sale.id)
    return sum(_stays(state, held_by(wallet, unit), one, ended_by(state, one, unit)) for one in said)


def _stays(state: State, held: Account, sale: Entry, rest: int) -> int:
    gave = (found for row in taken(sale, held.unit) if (found := state.entry(EntryId(row.lot))))
    return min(rest, sum(max(0, rest + _missing(state, held, found)) for found in gave))


def _missing(state: State, held: Account, found: Entry) -> int:
    """What was to come back with all that was undone so far, and did not: it had ended, and was used.

    Negative: so much of what is to come back next need not, as it ended with its use.
    """
    before = undoing(found.id, state)
    due = _due(held.unit, found.payload, [one.payload for one in before])
    came = sum(_came(state, held, found.id, one) for one in before)
    return due - came - ended_with(state, held.unit)


def _due(unit: str, gave: Command, undone: Sequence[Command]) -> int:
    """So much of it, in fen. Of cashback of a sale that was undone in one all came back, or is owed: 0."""
    if any(map(undone_whole, undone)):
        return sum(one.amount for one in given_with(gave) if one.unit == unit)
    match gave:
        case BookSale():
            given, returned = _given(gave, unit), list[Returned]()
            for one in undone:
                match one:
                    case BookRefund(returned=more):
                        returned += more
            back, out_of = rewarding(gave, returned_of([line.net for line in gave.lines], returned))
            return given - given * (out_of - back) // out_of
        case BookRecharge() if undone:
            return _given(gave, unit)
        case _:
            return 0


def _given(gave: BookSale | BookRecharge, unit: str) -> int:
    match gave:
        case BookSale(cashback=Cashback(amount=amount)) if unit == CASHBACK:
            return amount
        case _:
            return sum(one.amount for one in gave.vouchers if one.unit == unit)


def _came(state: State, held: Account, gave: EntryId, refund: Entry) -> int:
    """What that took of the lot that was given, and of what of it was good again, or is owed."""
    owed = max(0, -_owing(state, debt(held), refund))
    return owed - sum(
        row.amount
        for row in taken(refund, held.unit)
        if row.lot == gave or refund_of(state, row.lot) is not None
    )


def _owing(state: State, owed: Account, refund: Entry) -> int:
    """What it posted to that debt, by whatever name its wallet had then."""
    rows = ((named(name), amount) for name, amount in refund.postings)
    mine = ((one, amount) for one, amount in rows if (one.owner, one.unit) == (owed.owner, owed.unit))
    return sum(amount for one, amount in mine if current(WalletId(one.of), state) == owed.of)


def _good_again(state: State, held: Account, gave: EntryId) -> list[LotTaken]:
    """What of the lot that was given lies in lots of refunds: as if so much had been laid in each."""
    unit, gone = held.unit, Counter[str]()
    for one in undoing(gave, state):
        for row in taken(one, unit):
            gone[row.lot] += row.amount
    refunds = (refund_of(state, lot.lot) for lot in state.lots(WalletId(held.of), unit))
    return [
        LotTaken(unit=unit, lot=one[0].id, amount=came_again(state, unit, gave, *one) + gone[one[0].id])
        for one in refunds
        if one is not None
    ]
