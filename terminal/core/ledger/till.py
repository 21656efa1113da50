"""The drawer, companies, and what is done outside before it is booked (product.md B12, C5; I11)."""

from __future__ import annotations

from terminal.core import accounts as chart
from terminal.core.commands import (
    BookCashMove,
    BookFleetFunds,
    BookIntent,
    BookIntentEnd,
    BookShiftClose,
    BookShiftOpen,
)
from terminal.core.errors import BadAmount, InsufficientFunds, NotBookable, ShiftIsClosed
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.effects import IntentEnded, IntentOpened, ShiftClosed, ShiftOpened
from terminal.core.ledger.rules import check_amount, check_id, check_unit
from terminal.core.ledger.state import Posted, State
from terminal.core.money import AMOUNT_MAX

_STAYS_OURS = frozenset({"safe", "bank"})
_TO_DRAWER = "drawer"


def shift_open(command: BookShiftOpen, state: State) -> Posted:
    check_amount(command.opening_cash, "opening cash")
    if state.shift_is_open(command.at.shift) is not None:
        raise NotBookable("the shift was opened before")
    draft = Draft(command.at, command.id, state)
    draft.cash(command.opening_cash)
    draft.move(chart.in_transit(state.site, _TO_DRAWER), command.opening_cash)
    draft.effects.append(ShiftOpened(shift=command.at.shift))
    return draft.posted(None)


def cash_move(command: BookCashMove, state: State) -> Posted:
    if not 0 < abs(command.amount) <= AMOUNT_MAX:
        raise BadAmount(f"moves {command.amount}")
    check_unit(f"cash:{command.reason}", "cash")
    draft = Draft(command.at, command.id, state)
    if -command.amount > -draft.balance(chart.drawer(state.site, command.at.shift)):
        raise InsufficientFunds("so much is not in the drawer")
    draft.cash(command.amount)
    other = chart.in_transit if command.reason in _STAYS_OURS else chart.cash_moved
    draft.move(other(state.site, command.reason), command.amount)
    return draft.posted(None)


def shift_close(command: BookShiftClose, state: State) -> Posted:
    """What was counted goes on its way; over or short is booked, whatever it is."""
    check_amount(command.counted, "counted")
    check_amount(command.left, "left")
    if command.left > command.counted:
        raise BadAmount("more is left than was counted")
    if state.shift_is_open(command.at.shift) is False:
        raise ShiftIsClosed("the shift was closed before")
    draft = Draft(command.at, command.id, state)
    there = -draft.balance(chart.drawer(state.site, command.at.shift))
    draft.cash(-there)
    draft.move(chart.over_short(state.site), command.counted - there)
    draft.move(chart.in_transit(state.site, "safe"), command.left - command.counted)
    draft.move(chart.in_transit(state.site, _TO_DRAWER), -command.left)
    draft.effects.append(ShiftClosed(shift=command.at.shift))
    return draft.posted(None)


def fleet_funds(command: BookFleetFunds, state: State) -> Posted:
    check_amount(command.amount, "funds", least=1)
    check_id(command.company, "company")
    draft = Draft(command.at, command.id, state)
    draft.move(chart.company_credit(command.company), command.amount)
    if command.paid_by is None:
        draft.move(chart.receivable(state.site, command.company), -command.amount)
    else:
        draft.came_in(command.amount, command.paid_by)
    return draft.posted(None)


def intent(command: BookIntent, state: State) -> Posted:
    """Written down before the outside is asked."""
    check_amount(command.amount, "intent")
    if state.entry(command.consumed_by) is not None or state.intent_for(command.consumed_by) is not None:
        raise NotBookable("what would consume it is booked, or has an intent")
    return Posted(effects=(IntentOpened(consumed_by=command.consumed_by, amount=command.amount),))


def intent_end(command: BookIntentEnd, state: State) -> Posted:
    known = state.intent(command.intent)
    if known is None or known.end:
        raise NotBookable("no such intent is open")
    return Posted(effects=(IntentEnded(intent=command.intent, end=command.end),))
