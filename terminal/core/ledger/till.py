"""The drawer, companies, and what is done outside before it is booked (product.md B12, C5; I11)."""

from __future__ import annotations

from terminal.core import accounts as chart
from terminal.core.accounts import named
from terminal.core.acquirer import CODE_PAYMENT, Wallet, payment_of, undoing_of
from terminal.core.card_terminal import before_of
from terminal.core.commands import (
    BookCashMove,
    BookDeposit,
    BookFleetFunds,
    BookIntent,
    BookIntentEnd,
    BookInvoice,
    BookRecharge,
    BookSale,
    BookShiftClose,
    BookShiftOpen,
    Command,
    IntentEnd,
    PaidBy,
    TenderKind,
)
from terminal.core.entry import Entry
from terminal.core.errors import BadAmount, NotBookable, NotInDrawer, ShiftIsClosed
from terminal.core.group_buy import is_platform, verifying
from terminal.core.invoicing import invoices
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.effects import IntentEnded, IntentOpened, ShiftClosed, ShiftOpened
from terminal.core.ledger.pumps import check_pumps
from terminal.core.ledger.rules import came_in, check_amount, check_id, check_unit
from terminal.core.ledger.state import Intent, Posted, State
from terminal.core.money import AMOUNT_MAX
from terminal.core.values import EntryId

_STAYS_OURS = frozenset({"safe", "bank"})
_TO_DRAWER = "drawer"
_WALLETS = frozenset[str](Wallet)


def shift_open(command: BookShiftOpen, state: State) -> Posted:
    check_amount(command.opening_cash, "opening cash")
    check_pumps(command.pumps)
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
        raise NotInDrawer("so much is not in the drawer")
    draft.cash(command.amount)
    other = chart.in_transit if command.reason in _STAYS_OURS else chart.cash_moved
    draft.move(other(state.site, command.reason), command.amount)
    return draft.posted(None)


def shift_close(command: BookShiftClose, state: State) -> Posted:
    """What was counted goes on its way; over or short is booked, whatever it is."""
    check_amount(command.counted, "counted")
    check_amount(command.left, "left")
    check_pumps(command.pumps)
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
    owed = chart.receivable(state.site, command.company)
    if command.paid_by is None:
        if command.settles:
            raise NotBookable("a debt is settled by money")
        draft.move(owed, -command.amount)
    else:
        came_in(draft, command.amount, command.paid_by, command.through)
    if command.settles and draft.balance(owed) + command.amount > 0:
        raise BadAmount("more than the company owes here")
    draft.move(owed if command.settles else chart.company_credit(command.company), command.amount)
    return draft.posted(None)


def intent(command: BookIntent, state: State) -> Posted:
    """Written down before the outside is asked."""
    check_amount(command.amount, "intent")
    if state.entry(command.consumed_by) is not None or state.intent_for(command.consumed_by) is not None:
        raise NotBookable("what would consume it is booked, or has an intent")
    if (voucher := verifying(command.what)) and state.entry(voucher[1]) is not None:
        raise NotBookable("the sale that it is verified for is booked")
    return Posted(effects=(IntentOpened(consumed_by=command.consumed_by, amount=command.amount),))


def intent_end(command: BookIntentEnd, state: State) -> Posted:
    known = state.intent(command.intent)
    if known is None or known.end:
        raise NotBookable("no such intent is open")
    if command.end is IntentEnd.DONE and _verifies(state, command.intent):
        raise NotBookable("a voucher is used by its sale alone")
    ended = IntentEnded(intent=command.intent, end=command.end)
    if command.by_hand is None:
        return Posted(effects=(ended,))
    draft = Draft(command.at, command.id, state)
    _by_hand(draft, command, known, command.by_hand)
    draft.effects.append(ended)
    return draft.posted(None)


def _verifies(state: State, intent: EntryId) -> tuple[str, EntryId] | None:
    """The platform and the sale of a voucher's intent; None: it is none."""
    match state.entry(intent):
        case Entry(payload=BookIntent(what=what)):
            return verifying(what)
    return None


def _by_hand(draft: Draft, command: BookIntentEnd, known: Intent, by: PaidBy) -> None:
    """The acquirer still owes it to the shop, and the shop pays all that should have gone back through it."""
    if command.end is not IntentEnd.DONE or by not in {PaidBy.CASH, PaidBy.TRANSFER}:
        raise NotBookable("by hand a refund is paid, in cash or by transfer")
    begun = draft.state.entry(command.intent)
    back = undoing_of(begun.payload) if begun else None
    undone = draft.state.entry(back) if back else None
    through, most = _through(draft.state, command.intent), known.amount
    owed = 0
    for name, amount in undone.postings if undone else ():
        account = named(name)
        if account.unit.removeprefix("outside:") in through:
            part = min(amount, most) if through != _WALLETS else amount  # One voucher of several.
            draft.move(account, -part)
            owed += part
    if not command.amount == owed == most:
        raise NotBookable("a refund that was not booked, or another sum")
    came_in(draft, -owed, by, "")


def _through(state: State, intent: EntryId) -> frozenset[str]:
    """By whom the money came that such an intent gives back."""
    match state.entry(intent):
        case Entry(payload=BookIntent() as begun) if is_platform(of := payment_of(begun)):
            return frozenset({of})
        case Entry(payload=BookIntent() as begun) if voucher := _verifies(state, EntryId(payment_of(begun))):
            return frozenset({voucher[0]})
        case _:
            return _WALLETS


def check_consumer(asked: BookIntent, command: Command) -> None:
    """Raises NotBookable: that is not what was begun outside, and would end it by mistake."""
    for kind, way, what in (
        (TenderKind.CODE, PaidBy.CODE, asked.what == CODE_PAYMENT),
        (TenderKind.CARD, PaidBy.CARD, before_of(asked.what) is not None),
    ):
        if what and (paid := _paid(command, kind, way)) < asked.amount:
            raise NotBookable(f"{asked.amount} were asked for by {kind}; it takes {paid}")
    if asked.what == "pump_preset" and not isinstance(command, BookSale):
        raise NotBookable("a pump was released for a sale")
    if (of := invoices(asked)) is not None and not _notes_invoice(command, of):
        raise NotBookable("an invoice was asked for, and it notes none of that")


def _notes_invoice(command: Command, of: EntryId) -> bool:
    return isinstance(command, BookInvoice) and command.lot == of and not command.red


def _paid(command: Command, kind: TenderKind, way: PaidBy) -> int:
    match command:
        case BookSale(tenders=tenders):
            return sum(one.amount for one in tenders if one.kind is kind)
        case BookRecharge(principal=amount) | BookDeposit(amount=amount) | BookFleetFunds(amount=amount):
            return amount if command.paid_by is way else 0
        case _:
            return 0
