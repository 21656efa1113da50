"""Money onto a card, and out of it again; what the shop adds is bonus, another money (product.md B2, B3)."""

from __future__ import annotations

from collections import Counter

from terminal.core import accounts as chart
from terminal.core.commands import (
    BookRecharge,
    BookRechargeRefund,
    PaidBy,
    PointsEarned,
    RechargeRefundReason,
)
from terminal.core.entry import LotTaken
from terminal.core.errors import BadAmount, NotBookable, OverLimit, PartElsewhere
from terminal.core.ledger.back import money_in, rounded_by, still_due, take_back, undoing
from terminal.core.ledger.coupons import take_coupons
from terminal.core.ledger.debts import as_given
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.earned import lay_points
from terminal.core.ledger.effects import Refers
from terminal.core.ledger.locked import grant_locks, take_locks
from terminal.core.ledger.payers import note_payers
from terminal.core.ledger.referral import reward, rewards_back
from terminal.core.ledger.rules import (
    came_in,
    check_amount,
    check_change,
    check_holder,
    check_step,
    grant_coupons,
    grant_vouchers,
    open_wallet,
    opening,
)
from terminal.core.ledger.state import Lot, Posted, State
from terminal.core.ledger.vouchers import take_vouchers
from terminal.core.money import up_to_step
from terminal.core.values import EntryId

CASH_BACK_MAX = 100_00
"""A recharge is paid back in cash up to this much, in fen."""


def recharge(command: BookRecharge, state: State) -> Posted:
    """Raises `Refused` for amounts that cannot be, and for a wallet or card that is not there."""
    check_amount(command.principal, "principal", least=1)
    check_amount(command.bonus, "bonus")
    check_amount(command.received, "received")
    if command.received < command.principal:
        raise BadAmount("less cash than principal")
    check_change(command.rounding, command.principal, command.received, command.paid_by)
    check_holder(command.wallet, command.card, command.opens, state, day=command.at.business_day)
    draft = Draft(command.at, command.id, state)
    if command.opens is not None:
        opening(draft, command.opens)
    _lay_principal(draft, command)
    came_in(draft, command.principal - command.rounding, command.paid_by, command.through)
    draft.move(chart.cash_rounding(state.site), -command.rounding)
    if command.bonus:
        draft.lay(command.wallet, "bonus", command.bonus)
        draft.move(chart.bonus_expense(state.site), -command.bonus)
    lay_points(draft, command.wallet, _points_of(command), 0)
    grant_coupons(draft, command.wallet, command.coupons)
    grant_vouchers(draft, command.wallet, command.vouchers)
    grant_locks(draft, command.wallet, command.locks)
    reward(draft, command.wallet, command.reward, command.opens, command)
    note_payers(draft, command, command.wallet)
    return draft.posted(command.wallet)


def _lay_principal(draft: Draft, command: BookRecharge) -> None:
    """Its lot says whether it earned: what of it is spent then earns nothing, wherever it lies by then."""
    fen = command.principal
    listed = fen if any(one.family != chart.TIER_FAMILY for one in command.points) else 0
    draft.move(chart.principal(command.wallet), fen)
    lot = LotTaken(unit="principal", lot=draft.entry, amount=fen, paid=fen, listed=listed)
    draft.move_lot(lot, of=command.wallet)


def _points_of(command: BookRecharge) -> tuple[PointsEarned, ...]:
    """A campaign's gift among what was earned: it says by itself that nothing of it is counted again."""
    if any(one.base != command.principal or not one.step for one in command.points):
        raise BadAmount("points of another sum")
    if not command.gift_points:
        return command.points
    gift = PointsEarned(family="goods", points=command.gift_points, until=command.gift_until)
    return (*command.points, gift)


def recharge_refund(command: BookRechargeRefund, state: State) -> Posted:
    """Raises `Refused` where there is no such lot, it was undone, nothing of it is left, or too much is paid.

    Once its rule has paid back, what comes back to the lot (a fill that is released, goods that are returned)
    is paid back as it lies there; never more in all than was paid in.
    """
    open_wallet(command.wallet, state)
    check_amount(command.listed, "taken at list price")
    check_amount(command.agreed, "agreed")
    check_step(command.cash_step)
    paid_in = state.lot(command.wallet, "principal", command.lot)
    given = state.lot(command.wallet, "bonus", command.lot)
    before = undoing(command.lot, state)
    if paid_in is None or not all(isinstance(one.payload, BookRechargeRefund) for one in before):
        raise NotBookable("no such recharge of this wallet, or it was undone")
    if before and not paid_in.rest:
        raise NotBookable("it was refunded, and nothing came back since")
    away = elsewhere(paid_in, given, state)
    _check_here(command, paid_in, away, state)
    dropped = rounded_by(command.lot, state)
    stayed = paid_in.paid - dropped + sum(map(money_in, before))
    back = min(paid_in.rest if before else owed(command, paid_in, given, away), stayed)
    back = max(command.agreed, min(back, paid_in.rest) if away else back)
    if back > stayed:
        raise BadAmount("more than was paid in")
    paid = min(stayed, up_to_step(back, command.cash_step)) if command.in_cash else back
    if command.in_cash and paid > CASH_BACK_MAX:
        raise OverLimit("so much goes to an account of the same name")
    draft = Draft(command.at, command.id, state)
    draft.take_lot(command.wallet, "principal", command.lot, paid_in.rest)
    if given is not None:
        draft.take_lot(command.wallet, "bonus", command.lot, given.rest)
        draft.move(chart.bonus_expense(state.site), given.rest)
    if paid:
        came_in(draft, -paid, *_way_back(command, state))
    draft.move(chart.cash_rounding(state.site), back - paid)
    ended = chart.forfeited(state.site) if back < paid_in.rest else chart.refund_compensation(state.site)
    draft.move(ended, paid_in.rest - back)
    counted = stayed + dropped  # Points were given for all that lies on the card.
    _points_back(draft, command, (counted, counted - back), first=not before)
    draft.effects.append(Refers(of=command.lot))
    return draft.posted(command.wallet)


def _points_back(draft: Draft, command: BookRechargeRefund, stayed: tuple[int, int], *, first: bool) -> None:
    """Counted again on the money that stays; a campaign's gifts go with the bonus, at the first refund."""
    found = draft.state.entry(command.lot)
    if found is None or not isinstance(found.payload, BookRecharge):
        return
    came = found.payload
    before, after = stayed
    given = Counter[str]()
    for one in came.points:
        given[f"points:{one.family}"] += one.left(before) - one.left(after)
    if first:
        given["points:goods"] += came.gift_points
        take_coupons(draft, command.wallet, came.coupons)
        take_vouchers(draft, command.wallet, found, came.vouchers, lambda fen: fen)
        take_locks(draft, command.wallet, command.lot, came.locks)
        rewards_back(draft, as_given(found), lambda points: points, whole=True)
    for unit, part in given.items():
        laid = [lot for lot in as_given(found).lots if lot.unit == unit]
        due = still_due(draft, command.wallet, unit, part, laid)
        take_back(draft, chart.held_by(command.wallet, unit), due, laid)
        draft.issue(unit, -due)


def _check_here(command: BookRechargeRefund, paid_in: Lot, away: int, state: State) -> None:
    """Raises `PartElsewhere` where nobody knows here what of it was spent."""
    if away and not command.agreed:
        raise PartElsewhere(f"{away} of it came not here, or went and did not come back")
    if away and command.agreed > paid_in.rest:  # Another shop may pay out the rest, as agreed there.
        raise PartElsewhere(f"{away} of it came not here, or went and did not come back, and was to be paid")
    if any(unit == "principal" for unit, _ in state.overdrawn(command.wallet)):
        raise PartElsewhere(
            "what was spent beyond what is held here is not covered: nobody knows whose it was"
        )


def _way_back(command: BookRechargeRefund, state: State) -> tuple[PaidBy, str]:
    """As it came in; what came in cash, or at another site, goes to an account of the same name."""
    if command.in_cash:
        return PaidBy.CASH, ""
    came = state.entry(command.lot)
    if came is None or not isinstance(came.payload, BookRecharge) or came.payload.paid_by is PaidBy.CASH:
        return PaidBy.TRANSFER, ""
    return came.payload.paid_by, came.payload.through


def elsewhere(paid_in: Lot, given: Lot | None, state: State) -> int:
    """Principal and bonus of it that lie with headquarters or another site, or were spent there."""
    came = sum(
        part.amount
        for entry in state.referring(EntryId(paid_in.lot))
        if not isinstance(entry.payload, BookRechargeRefund)
        for part in entry.lots
        if part.lot == paid_in.lot and part.unit in {"principal", "bonus"}
    )
    if state.entry(EntryId(paid_in.lot)) is None:  # Another site's.
        came -= paid_in.laid + (given.laid if given else 0)
    return max(0, -came)


def owed(command: BookRechargeRefund, paid_in: Lot, given: Lot | None, away: int) -> int:
    """What the rule of each reason pays back, in fen; what lies elsewhere was not spent.

    Raises `BadAmount` for a list price below what was spent: goods are sold at it, or for less.
    """
    principal, bonus = paid_in.paid, given.laid if given else 0
    spent = principal - paid_in.rest + (bonus - given.rest if given else 0) - away
    if command.reason is RechargeRefundReason.COOLING_OFF:
        return paid_in.rest
    if command.reason is RechargeRefundReason.MEMBER:
        if command.listed < spent:
            raise BadAmount("less at list price than was spent of it")
        return max(0, principal - command.listed)
    # Rounded up: a fen in doubt is the member's.
    return principal - spent * principal // (principal + bonus)
