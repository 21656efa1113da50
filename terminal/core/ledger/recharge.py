"""Money onto a card, and out of it again; what the shop adds is bonus, another money (product.md B2, B3)."""

from __future__ import annotations

from terminal.core import accounts as chart
from terminal.core.commands import BookRecharge, BookRechargeRefund, PaidBy, RechargeRefundReason
from terminal.core.errors import BadAmount, NotBookable, OverLimit
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.effects import Undoes
from terminal.core.ledger.rules import check_amount, check_holder, open_wallet, opening
from terminal.core.ledger.state import Lot, Posted, State

CASH_BACK_MAX = 100_00
"""A recharge is paid back in cash up to this much, in fen."""


def recharge(command: BookRecharge, state: State) -> Posted:
    """Raises `Refused` for amounts that cannot be, and for a wallet or card that is not there."""
    check_amount(command.principal, "principal", least=1)
    check_amount(command.bonus, "bonus")
    check_amount(command.received, "received")
    if command.received < command.principal:
        raise BadAmount("less cash than principal")
    check_holder(command.wallet, command.card, command.opens, state)
    draft = Draft(command.at, command.id, state)
    if command.opens is not None:
        opening(draft, command.opens)
    draft.lay(command.wallet, "principal", command.principal, paid=command.principal)
    draft.came_in(command.principal, command.paid_by)
    if command.bonus:
        draft.lay(command.wallet, "bonus", command.bonus)
        draft.move(chart.bonus_expense(state.site), -command.bonus)
    return draft.posted(command.wallet)


def recharge_refund(command: BookRechargeRefund, state: State) -> Posted:
    """Raises `Refused` where there is no such lot, it was refunded, or more is paid out than may be."""
    open_wallet(command.wallet, state)
    check_amount(command.listed, "taken at list price")
    check_amount(command.agreed, "agreed")
    paid_in = state.lot(command.wallet, "principal", command.lot)
    given = state.lot(command.wallet, "bonus", command.lot)
    if paid_in is None or any(
        isinstance(later.payload, BookRechargeRefund) for later in state.referring(command.lot)
    ):
        raise NotBookable("no such recharge of this wallet, or it was refunded")
    back = max(command.agreed, owed(command, paid_in, given))
    if back > paid_in.paid:
        raise BadAmount("more than was paid in")
    if command.in_cash and back > CASH_BACK_MAX:
        raise OverLimit("so much goes to an account of the same name")
    draft = Draft(command.at, command.id, state)
    draft.take_lot(command.wallet, "principal", command.lot, paid_in.rest)
    if given is not None:
        draft.take_lot(command.wallet, "bonus", command.lot, given.rest)
        draft.move(chart.bonus_expense(state.site), given.rest)
    if back:
        draft.came_in(-back, PaidBy.CASH if command.in_cash else PaidBy.TRANSFER)
    ended = chart.forfeited(state.site) if back < paid_in.rest else chart.refund_compensation(state.site)
    draft.move(ended, paid_in.rest - back)
    draft.effects.append(Undoes(of=command.lot))
    return draft.posted(command.wallet)


def owed(command: BookRechargeRefund, paid_in: Lot, given: Lot | None) -> int:
    """What the rule of each reason pays back, in fen."""
    principal, bonus = paid_in.paid, given.laid if given else 0
    spent = principal - paid_in.rest + (bonus - given.rest if given else 0)
    if command.reason is RechargeRefundReason.COOLING_OFF:
        return paid_in.rest
    if command.reason is RechargeRefundReason.MEMBER:
        return max(0, principal - command.listed)
    # Rounded up: a fen in doubt is the member's.
    return principal - spent * principal // (principal + bonus)
