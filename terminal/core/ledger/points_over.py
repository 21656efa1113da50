"""Points that came with a sale and had ended, where the sale comes back: in whatever order others do.

All points that end on one day lie in one lot, so that nobody can say which of them paid what. Of goods that
came back the points are those that came back over: as many less are good again. For that the refunds that
meet in a lot which has ended refer to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import takewhile

from terminal.core.accounts import held_by
from terminal.core.commands import BookRefund, BookSale, Returned
from terminal.core.entry import Entry, LotTaken
from terminal.core.ledger.again import came_again, laid, refund_of, taken
from terminal.core.ledger.back import has_ended, lies_in, undoing
from terminal.core.ledger.debts import as_given
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.effects import Refers
from terminal.core.ledger.legs import points_due, shares_of
from terminal.core.ledger.rules import standing_for
from terminal.core.ledger.shares import returned_of
from terminal.core.ledger.state import State
from terminal.core.values import EntryId, WalletId


def points_back(
    draft: Draft, wallet: WalletId, unit: str, part: int, lots: list[LotTaken]
) -> tuple[int, list[LotTaken]]:
    """Of points that were laid in `lots` so many are to come back: how many do, and out of which lots.

    Of what has ended first what of it is good again, then what lies there.
    """
    if not has_ended(draft, lots):
        return part, lots
    lot = lots[0].lot
    _meets(draft, unit, lot)
    found = [*_good_again(draft.state, wallet, unit, lot), *lots]
    held = held_by(wallet, unit)
    there = sum(min(one.amount, lies_in(draft, held, one.lot)) for one in found)
    return min(part, there), found


def points_stay(draft: Draft, unit: str, lot: str) -> int:
    """So many of those that come back to that lot came with goods that came back too: they stay over."""
    missing = _missing(draft.state, unit, lot)
    if missing:
        _meets(draft, unit, lot)
    return missing


def _meets(draft: Draft, unit: str, lot: str) -> None:
    """Both may be of one sale."""
    one = Refers(of=met_in(unit, lot))
    if one not in draft.effects:
        draft.effects.append(one)


def met_in(unit: str, lot: str) -> EntryId:
    """What the refunds that meet there refer to: no entry has that id."""
    return standing_for(f"over: {unit} {lot}")


def _met(state: State, unit: str, lot: str) -> Iterator[tuple[Entry, BookRefund]]:
    """Oldest first."""
    for one in state.referring(met_in(unit, lot)):
        if isinstance(one.payload, BookRefund):
            yield one, one.payload


def _good_again(state: State, wallet: WalletId, unit: str, lot: str) -> list[LotTaken]:
    """What of that lot lies in lots of refunds: as if so much had been laid in each."""
    gone = Counter[str]()
    for one, _ in _met(state, unit, lot):
        for row in taken(one, unit):
            gone[row.lot] += row.amount
    refunds = (refund_of(state, one.lot) for one in state.lots(wallet, unit))
    return [
        LotTaken(unit=unit, lot=one[0].id, amount=came_again(state, unit, lot, *one) + gone[one[0].id])
        for one in refunds
        if one is not None
    ]


def _missing(state: State, unit: str, lot: str) -> int:
    """What was to come back of that lot, was not good again by then, and has not stayed over since."""
    missing = 0
    for one, command in _met(state, unit, lot):
        stayed = sum(row.amount for row in laid(one, unit) if row.lot == lot)
        missing += _lacked(state, one, command, unit, lot) - stayed
    return missing


def _lacked(state: State, refund: Entry, command: BookRefund, unit: str, lot: str) -> int:
    """Of what its sale had laid there, so much it was to take and did not find as good again."""
    match state.entry(command.of):
        case Entry(payload=BookSale() as sale) as sold if lot in {row.lot for row in laid(sold, unit)}:
            rows = list[Returned]()
            for one in takewhile(lambda one: one.id != refund.id, undoing(sold.id, state)):
                rows += one.payload.returned if isinstance(one.payload, BookRefund) else ()
            nets = [line.net for line in sale.lines]
            spans = (returned_of(nets, some) for some in (rows, [*rows, *command.returned]))
            due = points_due(sale, shares_of(state, as_given(sold), sale, *spans))[unit]
            return due + sum(row.amount for row in taken(refund, unit) if row.lot != lot)
        case _:
            return 0
