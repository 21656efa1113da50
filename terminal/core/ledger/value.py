"""Value that is given, redeemed, left, taken over, moved or ends (product.md B4-B6)."""

from __future__ import annotations

from terminal.core import accounts as chart
from terminal.core.commands import (
    BookDeposit,
    BookExpiry,
    BookImport,
    BookRedeem,
)
from terminal.core.entry import POSTINGS_MAX
from terminal.core.errors import BadAmount, NotBookable, SheetTaken
from terminal.core.ledger.claimed import begins
from terminal.core.ledger.coupons import COUPONS, end_coupons
from terminal.core.ledger.draft import Draft, Terms
from terminal.core.ledger.effects import Refers
from terminal.core.ledger.gifts import GIVEN, check_grants
from terminal.core.ledger.rules import (
    LINES_MAX,
    came_in,
    check_amount,
    check_change,
    check_holder,
    check_unit,
    grant_coupons,
    grant_vouchers,
    open_wallet,
)
from terminal.core.ledger.sale import TAX_BP_MAX
from terminal.core.ledger.sheets import sheet, taken_over
from terminal.core.ledger.state import Posted, State
from terminal.core.ledger.taxes import tax_in

_OWNERS = ("presale", "session")


def imported(command: BookImport, state: State) -> Posted:
    open_wallet(command.wallet, state)
    if command.at.second is None:
        raise NotBookable("a paper balance under one signature")
    check_grants(command.grants, "principal", *GIVEN)
    if (first := taken_over(state, command.paper)) is not None:
        raise SheetTaken(f"on {first.at.business_day}, by {first.id}")
    draft = Draft(command.at, command.id, state)
    for one in command.grants:
        head = one.unit.partition(":")[0]
        paid = one.amount if head == "principal" else 0
        draft.lay(
            command.wallet, one.unit, one.amount, paid=paid, terms=Terms(one.since, one.until, one.sold)
        )
        counted = head in {"points", "count", "litres"}
        other = chart.issued(state.site, one.unit) if counted else chart.imported(state.site)
        draft.move(other, -one.amount)
    draft.effects.append(Refers(of=sheet(command.paper)))
    return draft.posted(command.wallet)


def redeem(command: BookRedeem, state: State) -> Posted:
    check_holder(command.wallet, command.card, None, state, day=command.at.business_day)
    check_amount(command.points.points, "points", least=1)
    check_amount(command.worth, "worth")
    if not 0 <= command.tax_bp <= TAX_BP_MAX:
        raise BadAmount("a tax rate that is none")
    if not command.what and not command.coupons:
        raise NotBookable("points for nothing")
    unit = f"points:{command.points.family}"
    check_unit(unit, "points")
    draft = Draft(command.at, command.id, state)
    draft.take(command.wallet, unit, command.points.points)
    draft.issue(unit, -command.points.points)
    if command.worth:  # At retail price, and what it costs the shop to have promised it.
        tax = tax_in(command.worth, command.tax_bp)
        draft.move(chart.revenue(state.site, "redeemed"), command.worth - tax)
        draft.move(chart.tax(state.site), tax)
        draft.move(chart.points_expense(state.site), -command.worth)
    grant_coupons(draft, command.wallet, command.coupons)
    grant_vouchers(draft, command.wallet, command.vouchers)
    if command.claim:
        begins(draft, command.claim)
    return draft.posted(command.wallet)


def expiry(command: BookExpiry, state: State) -> Posted:
    """Counted and paid uses never end this way (product.md B6).

    Of so many lots as an entry can name; what is left is asked for again. What ends settles what is owed of
    it first: an entry that added to the debt had to leave both where they were.
    """
    open_wallet(command.wallet, state)
    if command.unit == COUPONS:
        draft = Draft(command.at, command.id, state)
        end_coupons(draft, command.wallet)
        return draft.posted(command.wallet)
    head = check_unit(command.unit, "points", "cashback", "voucher")
    day = command.at.business_day
    over = [lot for lot in state.lots(command.wallet, command.unit) if lot.until and lot.until < day]
    if not over:
        raise NotBookable("nothing of it has ended")
    over = over[:POSTINGS_MAX]
    draft = Draft(command.at, command.id, state)
    for lot in over:
        draft.take_lot(command.wallet, command.unit, lot.lot, lot.rest)
    ended = sum(lot.rest for lot in over)
    if state.alone():
        owed = chart.debt(chart.held_by(command.wallet, command.unit))
        settled = min(-state.balance(owed), ended)
        draft.move(owed, settled)
        ended -= settled
    if head == "points":
        draft.issue(command.unit, -ended)
    else:
        draft.move(chart.forfeited(state.site), ended)
    return draft.posted(command.wallet)


def deposit(command: BookDeposit, state: State) -> Posted:
    check_holder(command.wallet, command.card, None, state, day=command.at.business_day)
    check_amount(command.amount, "deposit", least=1)
    check_amount(command.received, "received", least=command.amount)
    if command.price:
        check_amount(command.price, "price", least=command.amount)
    check_unit(command.of, *_OWNERS)
    if len(command.ordered) > LINES_MAX:
        raise NotBookable("more lines than one sale may have")
    for one in command.ordered:
        check_amount(one.quantity, "quantity", least=1)
        check_amount(one.unit_price, "unit price", least=1)
    check_change(command.rounding, command.amount, command.received, command.paid_by)
    draft = Draft(command.at, command.id, state)
    draft.move(chart.held_by(command.wallet, f"deposit:{command.of}"), command.amount)
    came_in(draft, command.amount - command.rounding, command.paid_by, command.through)
    draft.move(chart.cash_rounding(state.site), -command.rounding)
    return draft.posted(command.wallet)
