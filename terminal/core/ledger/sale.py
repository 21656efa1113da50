"""Goods or fuel were sold: what pays goes down, what was earned goes up (product.md B1, C2)."""

from __future__ import annotations

from terminal.core import accounts as chart
from terminal.core.commands import BookSale, SaleLine, Tender, TenderKind
from terminal.core.errors import BadAmount, NotBookable
from terminal.core.ledger.allowances import count_had
from terminal.core.ledger.coupons import use_coupon
from terminal.core.ledger.draft import Draft, Terms
from terminal.core.ledger.earned import lay_points
from terminal.core.ledger.friends import give_bringer
from terminal.core.ledger.holds import set_aside
from terminal.core.ledger.locked import take_locked
from terminal.core.ledger.payers import marks_in, note_payers
from terminal.core.ledger.pumps import check_record
from terminal.core.ledger.referral import reward
from terminal.core.ledger.rules import (
    LINES_MAX,
    check_amount,
    check_holder,
    check_id,
    check_unit,
    grant_coupons,
    grant_vouchers,
    opening,
)
from terminal.core.ledger.state import Posted, State
from terminal.core.ledger.taxes import paid_ahead, tax_of
from terminal.core.ledger.tenders import pay
from terminal.core.sold import SoldAs, spelt

TAX_BP_MAX = 10_000
"""A hundred percent."""


def sale(command: BookSale, state: State) -> Posted:
    """Raises `Refused` where sums do not agree, the wallet is unknown or holds too little."""
    _check_sums(command)
    if command.wallet is None:
        _check_without_wallet(command)
    else:
        check_holder(command.wallet, command.card, command.opens, state, day=command.at.business_day)
    draft = Draft(command.at, command.id, state)
    for tender in command.tenders:
        pay(draft, command, tender)
    if command.rounding:
        draft.move(chart.cash_rounding(state.site), -command.rounding)
    ahead = paid_ahead(command)
    for at, line in enumerate(command.lines):
        _income(draft, command, line, tax=0 if at in ahead else tax_of(line))
        _commission(draft, line)
    _rewards(draft, command)
    return draft.posted(command.wallet)


def _check_sums(command: BookSale) -> None:
    if not 1 <= len(command.lines) <= LINES_MAX:
        raise NotBookable(f"{len(command.lines)} lines")
    for line in command.lines:
        check_amount(line.gross, "a line")
        net = line.gross
        for discount in line.discounts:
            check_amount(discount.amount, "a discount")
            if discount.coupon and discount.coupon not in command.coupons_used:
                raise NotBookable("a coupon takes something off and is not used")
            net -= discount.amount
        if line.quantity <= 0 or line.net != net or net < 0:
            raise BadAmount("a line's net is not its gross less its discounts")
        if not 0 <= line.tax_bp <= TAX_BP_MAX:
            raise BadAmount("a tax rate that cannot be")
    check_record(command)
    check_amount(command.due, "due")
    check_amount(command.received, "received")
    _check_tenders(command)
    if command.due != sum(line.net for line in command.lines):
        raise BadAmount("due is not the sum of the nets")
    if command.due != sum(tender.amount for tender in command.tenders) + command.rounding:
        raise BadAmount("tenders do not pay what is due")


def _check_tenders(command: BookSale) -> None:
    kinds = [(tender.kind, tender.of) for tender in command.tenders]
    if len(set(kinds)) < len(kinds) or any(_is_nothing(tender) for tender in command.tenders):
        raise BadAmount("a tender twice, or of nothing")
    if any(one.kind is not TenderKind.GROUP_BUY and (one.vouchers or one.settles) for one in command.tenders):
        raise NotBookable("vouchers of a platform that pay nothing")
    cash = sum(tender.amount for tender in command.tenders if tender.kind is TenderKind.CASH)
    if command.rounding < 0 or (command.rounding and not cash) or command.received < cash:
        raise BadAmount("rounding without cash, or less cash than its tender")
    for_goods = sum(tender.amount for tender in command.tenders if tender.for_goods)
    if for_goods > sum(line.goods for line in command.lines):
        raise NotBookable("vouchers, cashback or uses that pay for a voucher")
    if not command.due and not any(line.discounts for line in command.lines):
        raise BadAmount("nothing is due and nothing was taken off")
    _check_places(command)


def _is_nothing(tender: Tender) -> bool:
    """A hold of which a coupon left nothing to pay is settled by its sale all the same."""
    return tender.amount < 0 if tender.kind is TenderKind.HELD else tender.amount <= 0


def _check_places(command: BookSale) -> None:
    """What uses say that they pay: whole lines, each of them once."""
    named = [at for tender in command.tenders for at in tender.places]
    if len(set(named)) < len(named) or not set(named) <= set(range(len(command.lines))):
        raise BadAmount("a line that is not there, or is paid twice")
    for tender in command.tenders:
        lines = [command.lines[at] for at in tender.places]
        paid = sum(line.net for line in lines), sum(line.quantity for line in lines)
        if not all(line.goods for line in lines):
            raise BadAmount("uses of what costs nothing, or of a voucher that is sold")
        if lines and (tender.kind is not TenderKind.USES or paid != (tender.amount, tender.units)):
            raise BadAmount("uses pay other lines than they name")
        if not set(tender.as_sold) <= set(tender.places):
            raise BadAmount("a use as it was sold, of a line that it does not pay")


def _check_without_wallet(command: BookSale) -> None:
    """What it pays with and sells is refused where that is booked."""
    given = (
        command.points,
        command.cashback,
        command.coupons_used,
        command.coupons,
        command.reward,
        command.had,
        command.bringer,
        command.locked,
        command.vouchers,
        marks_in(command),
    )
    if any((command.card, command.opens, *given)):
        raise NotBookable("a sale without a wallet gives and takes nothing of one")


def _income(draft: Draft, command: BookSale, line: SaleLine, *, tax: int) -> None:
    """`tax`: of what is paid with money or value; what uses pay is taxed where they are taken."""
    site = draft.site
    if line.sells is not None:
        _sell(draft, command, line)
        return
    draft.move(chart.revenue(site, line.category), line.gross - tax)
    if tax:
        draft.move(chart.tax(site), tax)
    if off := line.gross - line.net:
        draft.move(chart.samples(site) if line.sample else chart.discount(site), -off)


def _commission(draft: Draft, line: SaleLine) -> None:
    earned = line.commission
    if earned is None:
        return
    check_id(earned.by, "who did it")
    check_amount(earned.amount, "commission", least=1)
    if earned.amount > line.net:
        raise BadAmount("more commission than the line brings")
    draft.move(chart.commission(draft.site, earned.by), earned.amount)
    draft.move(chart.commission_expense(draft.site), -earned.amount)


def _sell(draft: Draft, command: BookSale, line: SaleLine) -> None:
    """Paid now, used later: a debt of the shop, no revenue yet."""
    sells, wallet = line.sells, command.wallet
    if sells is None or wallet is None:
        raise NotBookable("nobody to sell it to")
    check_amount(sells.amount, "what is sold", least=1)
    head = check_unit(sells.unit, "count", "litres", "voucher")
    sold = spelt(SoldAs(name=line.name, uses_of=sells.uses_of, scope=sells.scope)) if sells.uses_of else ""
    draft.lay(wallet, sells.unit, sells.amount, paid=line.net, terms=Terms(until=sells.until, sold=sold))
    if head == "voucher":
        draft.move(chart.voucher_expense(draft.site), line.net - sells.amount)
    else:
        draft.issue(sells.unit, sells.amount)
        draft.move(chart.deferred(draft.site, sells.unit), line.net)


def _rewards(draft: Draft, command: BookSale) -> None:
    wallet = command.wallet
    if wallet is None:
        return
    if command.opens:
        opening(draft, command.opens)
    lay_points(draft, wallet, command.points, len(command.lines))
    if command.cashback is not None:
        check_amount(command.cashback.amount, "cashback", least=1)
        back = command.cashback
        draft.lay(wallet, "cashback", back.amount, terms=Terms(back.since, back.until))
        draft.move(chart.cashback_expense(draft.site), -back.amount)
    aside = set_aside(command, draft.state)
    for one in command.coupons_used:
        use_coupon(draft, command, wallet, one, aside=one in aside)
    take_locked(draft, command, wallet)
    grant_coupons(draft, wallet, command.coupons)
    grant_vouchers(draft, wallet, command.vouchers)
    count_had(draft, command, wallet)
    give_bringer(draft, command, wallet)
    reward(draft, wallet, command.reward, command.opens, command)
    note_payers(draft, command, wallet)
