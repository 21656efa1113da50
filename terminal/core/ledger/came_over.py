"""Cashback and vouchers that came with something and had ended, where it comes back: in whatever order.

What of it was used is not due any more. But what it paid may come back too, and may be good again for some
days: of goods that the shop has back nobody gets anything for that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from terminal.core.accounts import Account, debt, held_by
from terminal.core.cart import VOUCHER
from terminal.core.commands import (
    BookGrant,
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
from terminal.core.ledger.rests import ended_by, ended_with, given_with, owed_no_more, owing, undone_whole
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


def rests_stay(state: State, wallet: WalletId, unit: str, sale: Entry) -> Iterator[tuple[EntryId, int]]:
    """Of the rest of a voucher that ended with a sale which is undone in one, so many fen do not come back.

    What gave it was undone, and less was taken for the rest. With each the entry that gave it.
    """
    for gave, rest in ended_by(sale, unit):
        if (found := state.entry(gave)) is not None:
            missing = _missing(state, held_by(wallet, unit), found)
            yield gave, max(0, min(rest, rest + missing))


def _missing(state: State, held: Account, found: Entry) -> int:
    """What was to come back with all that was undone so far, and did not: it had ended, and was used.

    Negative: so much of what is to come back next need not, as it ended with its use.
    """
    due, came = came_so_far(state, held, found)
    return due - came - ended_with(state, found.id, held.unit)


def came_so_far(state: State, held: Account, found: Entry) -> tuple[int, int]:
    """What was to come back with all that was undone so far, had nothing ended; and what did, or is owed."""
    gave = found.payload
    campaign = gave.with_entry if isinstance(gave, BookGrant) and held.unit.startswith(VOUCHER) else None
    before = undoing(campaign or found.id, state)
    came = sum(_came(state, held, found.id, one) for one in before)
    due = _due(held.unit, gave, [one.payload for one in before])
    if campaign and came:  # With all of what it came with, never with a part.
        due = _given(gave, held.unit)
    return due, came - owed_no_more(state, held, found.id)


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


def _given(gave: Command, unit: str) -> int:
    match gave:
        case BookSale(cashback=Cashback(amount=amount)) if unit == CASHBACK:
            return amount
        case BookSale(vouchers=given) | BookRecharge(vouchers=given) | BookGrant(grants=given):
            return sum(one.amount for one in given if one.unit == unit)
        case _:
            return 0


def _came(state: State, held: Account, gave: EntryId, refund: Entry) -> int:
    """What that took of the lot that was given, and of what of it was good again, or is owed."""
    owed = max(0, -owing(state, debt(held), refund))
    return owed - sum(
        row.amount
        for row in taken(refund, held.unit)
        if row.lot == gave or refund_of(state, row.lot) is not None
    )


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
