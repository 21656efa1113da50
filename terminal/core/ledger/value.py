"""Value that is given, redeemed, set aside, left, taken over, moved or ends (product.md B4-B6, C7)."""

from __future__ import annotations

from terminal.core import accounts as chart
from terminal.core.commands import (
    BookDeposit,
    BookExpiry,
    BookGrant,
    BookHold,
    BookImport,
    BookInvoice,
    BookMerge,
    BookRedeem,
    BookRelease,
    Grant,
    SpendOrder,
)
from terminal.core.entry import LotTaken
from terminal.core.errors import BadAmount, FillNotSettled, InsufficientFunds, NotBookable
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.effects import LotInvoiced, Undoes, WalletMerged
from terminal.core.ledger.rules import (
    check_amount,
    check_holder,
    check_unit,
    current,
    grant_coupons,
    open_wallet,
)
from terminal.core.ledger.state import Lot, Posted, State
from terminal.core.ledger.tenders import held_lots, release
from terminal.core.spending import split
from terminal.core.values import SiteId, WalletId

GRANTS_MAX = 50
_GIVEN = ("bonus", "cashback", "points", "count", "litres", "voucher")
_OWNERS = ("presale", "session")


def grant(command: BookGrant, state: State) -> Posted:
    """Raises `Refused` for what cannot be given."""
    open_wallet(command.wallet, state)
    if not command.grants and not command.coupons:
        raise NotBookable("nothing is given")
    if command.with_entry is not None and state.entry(command.with_entry) is None:
        raise NotBookable("comes with an entry that is not here")
    draft = Draft(command.at, command.id, state)
    _check_grants(command.grants, *_GIVEN)
    for one in command.grants:
        head = one.unit.partition(":")[0]
        draft.lay(command.wallet, one.unit, one.amount, window=(one.since, one.until))
        draft.move(_cost_of(state.site, one.unit, head), -one.amount)
    grant_coupons(draft, command.wallet, command.coupons)
    return draft.posted(command.wallet)


def imported(command: BookImport, state: State) -> Posted:
    open_wallet(command.wallet, state)
    if command.second == command.at.operator:
        raise NotBookable("the second signature is the first one's")
    _check_grants(command.grants, "principal", *_GIVEN)
    draft = Draft(command.at, command.id, state)
    for one in command.grants:
        head = one.unit.partition(":")[0]
        paid = one.amount if head == "principal" else 0
        draft.lay(command.wallet, one.unit, one.amount, paid=paid, window=(one.since, one.until))
        counted = head in {"points", "count", "litres"}
        other = chart.issued(state.site, one.unit) if counted else chart.imported(state.site)
        draft.move(other, -one.amount)
    return draft.posted(command.wallet)


def _check_grants(grants: tuple[Grant, ...], *heads: str) -> None:
    if len(grants) > GRANTS_MAX:
        raise NotBookable("too many grants")
    for one in grants:
        check_unit(one.unit, *heads)
        check_amount(one.amount, "a grant", least=1)


def _cost_of(site: SiteId, unit: str, head: str) -> chart.Account:
    if head == "bonus":
        return chart.bonus_expense(site)
    if head == "cashback":
        return chart.cashback_expense(site)
    if head == "voucher":
        return chart.voucher_expense(site)
    return chart.issued(site, unit)


def redeem(command: BookRedeem, state: State) -> Posted:
    check_holder(command.wallet, command.card, None, state)
    check_amount(command.points.points, "points", least=1)
    check_amount(command.worth, "worth")
    if not command.what and not command.coupons:
        raise NotBookable("points for nothing")
    unit = f"points:{command.points.family}"
    check_unit(unit, "points")
    draft = Draft(command.at, command.id, state)
    draft.take(command.wallet, unit, command.points.points)
    draft.issue(unit, -command.points.points)
    if command.worth:  # At retail price, and what it costs the shop to have promised it.
        draft.move(chart.revenue(state.site, "redeemed"), command.worth)
        draft.move(chart.points_expense(state.site), -command.worth)
    grant_coupons(draft, command.wallet, command.coupons)
    return draft.posted(command.wallet)


def expiry(command: BookExpiry, state: State) -> Posted:
    """Counted and paid uses never end this way (product.md B6)."""
    open_wallet(command.wallet, state)
    head = check_unit(command.unit, "points", "cashback", "voucher")
    day = command.at.business_day
    over = [lot for lot in state.lots(command.wallet, command.unit) if lot.until and lot.until < day]
    if not over:
        raise NotBookable("nothing of it has ended")
    draft = Draft(command.at, command.id, state)
    for lot in over:
        draft.take_lot(command.wallet, command.unit, lot.lot, lot.rest)
    ended = sum(lot.rest for lot in over)
    if head == "points":
        draft.issue(command.unit, -ended)
    else:
        draft.move(chart.forfeited(state.site), ended)
    return draft.posted(command.wallet)


def hold(command: BookHold, state: State) -> Posted:
    """Principal first, whatever the shop's order of spending is: it must be known before the fill ends."""
    check_holder(command.wallet, command.card, None, state)
    check_amount(command.amount, "hold", least=1)
    draft = Draft(command.at, command.id, state)
    spent = split(
        command.amount,
        principal=draft.balance(chart.principal(command.wallet)),
        bonus=draft.balance(chart.bonus(command.wallet)),
        order=SpendOrder.BONUS_LAST,
    )
    for unit, amount in (("principal", spent.principal), ("bonus", spent.bonus)):
        if amount:
            draft.take(command.wallet, unit, amount)
    draft.move(chart.held(command.wallet, command.id), command.amount)
    return draft.posted(command.wallet)


def released(command: BookRelease, state: State) -> Posted:
    found = state.entry(command.hold)
    if found is None or not isinstance(found.payload, BookHold):
        raise NotBookable("no such hold")
    wallet = current(found.payload.wallet, state)
    lots = held_lots(state, command.hold, wallet)
    draft = Draft(command.at, command.id, state)
    account = chart.held(wallet, command.hold)
    if draft.balance(account) != found.payload.amount:
        raise InsufficientFunds("it was settled or released")
    draft.move(account, -found.payload.amount)
    release(draft, wallet, lots, after=0)
    draft.effects.append(Undoes(of=command.hold))
    return draft.posted(wallet)


def deposit(command: BookDeposit, state: State) -> Posted:
    check_holder(command.wallet, command.card, None, state)
    check_amount(command.amount, "deposit", least=1)
    check_amount(command.received, "received", least=command.amount)
    check_unit(command.of, *_OWNERS)
    draft = Draft(command.at, command.id, state)
    draft.move(chart.held_by(command.wallet, f"deposit:{command.of}"), command.amount)
    draft.came_in(command.amount, command.paid_by)
    return draft.posted(command.wallet)


def merge(command: BookMerge, state: State) -> Posted:
    """All of it moves, debts too, lot by lot; what is on hold must be settled first."""
    open_wallet(command.wallet, state)
    open_wallet(command.into, state)
    if command.wallet == command.into:
        raise BadAmount("a wallet into itself")
    draft = Draft(command.at, command.id, state)
    moved(draft, command.wallet, command.into)
    return draft.posted(command.into)


def moved(draft: Draft, wallet: WalletId, into: WalletId) -> None:
    """What was spent beyond the rights held here goes along: it is covered for the one that is left."""
    for unit, _ in draft.state.holdings(wallet):
        if unit.startswith("held:"):
            raise FillNotSettled("a fill is not settled yet")
        balance = draft.balance(chart.held_by(wallet, unit))
        draft.move(chart.held_by(wallet, unit), -balance)
        draft.move(chart.held_by(into, unit), balance)
        for lot in draft.state.lots(wallet, unit):
            _move_lot(draft, unit, lot, wallet, into)
    owed = draft.balance(chart.overdraft(draft.site, wallet, "principal"))
    draft.move(chart.overdraft(draft.site, wallet, "principal"), -owed)
    draft.move(chart.overdraft(draft.site, into, "principal"), owed)
    draft.effects.append(WalletMerged(wallet=wallet, into=into))


def _move_lot(draft: Draft, unit: str, lot: Lot, wallet: WalletId, into: WalletId) -> None:
    used = lot.laid - lot.rest
    left_paid = lot.paid - lot.paid * used // lot.laid
    draft.move_lot(LotTaken(unit=unit, lot=lot.lot, amount=-lot.rest, wallet=wallet))
    draft.move_lot(
        LotTaken(
            unit=unit,
            lot=lot.lot,
            amount=lot.rest,
            wallet=into,
            paid=left_paid,
            since=lot.since,
            until=lot.until,
            invoice=lot.invoice,
        )
    )


def invoice(command: BookInvoice, state: State) -> Posted:
    """Once a lot, never both at recharge and at use (product.md B19)."""
    open_wallet(command.wallet, state)
    lot = state.lot(command.wallet, "principal", command.lot)
    if lot is None or lot.invoice or not command.number:
        raise NotBookable("no such lot, or it has its invoice")
    number = LotInvoiced(wallet=command.wallet, lot=command.lot, number=command.number)
    return Posted(wallet=command.wallet, effects=(number,))
