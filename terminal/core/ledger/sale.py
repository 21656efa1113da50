"""Goods or fuel were sold: what pays goes down, what was earned goes up (product.md B1, C2)."""

from __future__ import annotations

from terminal.core import accounts as chart
from terminal.core.commands import BookSale, SaleLine, TenderKind
from terminal.core.errors import BadAmount, CouponNotUsable, NotBookable
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.rules import (
    LINES_MAX,
    check_amount,
    check_holder,
    check_unit,
    grant_coupons,
    opening,
)
from terminal.core.ledger.state import Posted, State
from terminal.core.ledger.tenders import pay
from terminal.core.money import half_up


def sale(command: BookSale, state: State) -> Posted:
    """Raises `Refused` where sums do not agree, the wallet is unknown or holds too little."""
    _check_sums(command)
    if command.wallet is None:
        _check_without_wallet(command)
    else:
        check_holder(command.wallet, command.card, command.opens, state)
    draft = Draft(command.at, command.id, state)
    for tender in command.tenders:
        pay(draft, command, tender)
    if command.rounding:
        draft.move(chart.cash_rounding(state.site), -command.rounding)
    for line in command.lines:
        _income(draft, command, line)
    _rewards(draft, command)
    return draft.posted(command.wallet)


def _check_sums(command: BookSale) -> None:
    if not 1 <= len(command.lines) <= LINES_MAX:
        raise NotBookable(f"{len(command.lines)} lines")
    for line in command.lines:
        check_amount(line.gross, "a line")
        off = [discount.amount for discount in line.discounts]
        if line.quantity <= 0 or min(off, default=0) < 0 or line.net != line.gross - sum(off) or line.net < 0:
            raise BadAmount("a line's net is not its gross less its discounts")
        if not 0 <= line.tax_bp <= 10_000:  # noqa: PLR2004  a hundred percent
            raise BadAmount("a tax rate that cannot be")
    check_amount(command.due, "due")
    check_amount(command.received, "received")
    _check_tenders(command)
    if command.due != sum(line.net for line in command.lines):
        raise BadAmount("due is not the sum of the nets")
    if command.due != sum(tender.amount for tender in command.tenders) + command.rounding:
        raise BadAmount("tenders do not pay what is due")


def _check_tenders(command: BookSale) -> None:
    kinds = [(tender.kind, tender.of) for tender in command.tenders]
    if len(set(kinds)) < len(kinds) or any(tender.amount <= 0 for tender in command.tenders):
        raise BadAmount("a tender twice, or of nothing")
    cash = sum(tender.amount for tender in command.tenders if tender.kind is TenderKind.CASH)
    if command.rounding < 0 or (command.rounding and not cash) or command.received < cash:
        raise BadAmount("rounding without cash, or less cash than its tender")
    if not command.due and not any(line.discounts for line in command.lines):
        raise BadAmount("nothing is due and nothing was taken off")


def _check_without_wallet(command: BookSale) -> None:
    """What it pays with and sells is refused where that is booked."""
    given = (command.points, command.cashback, command.coupons_used, command.coupons)
    if any((command.card, command.opens, *given)):
        raise NotBookable("a sale without a wallet gives and takes nothing of one")


def tax_of(line: SaleLine) -> int:
    """The part of a line's net that is tax (product.md G3)."""
    return half_up(line.net * line.tax_bp, 10_000 + line.tax_bp) if line.tax_bp else 0


def _income(draft: Draft, command: BookSale, line: SaleLine) -> None:
    site = draft.site
    if line.sells is not None:
        _sell(draft, command, line)
        return
    tax = tax_of(line)
    draft.move(chart.revenue(site, line.category), line.gross - tax)
    if tax:
        draft.move(chart.tax(site), tax)
    if off := line.gross - line.net:
        draft.move(chart.samples(site) if line.sample else chart.discount(site), -off)


def _sell(draft: Draft, command: BookSale, line: SaleLine) -> None:
    """Paid now, used later: a debt of the shop, no revenue yet."""
    sells, wallet = line.sells, command.wallet
    if sells is None or wallet is None:
        raise NotBookable("nobody to sell it to")
    check_amount(sells.amount, "what is sold", least=1)
    head = check_unit(sells.unit, "count", "litres", "voucher")
    draft.lay(wallet, sells.unit, sells.amount, paid=line.net, window=("", sells.until))
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
    families = [earned.family for earned in command.points]
    if len(set(families)) < len(families):
        raise BadAmount("points of one family twice")
    for earned in command.points:
        check_amount(earned.points, "points", least=1)
        unit = f"points:{earned.family}"
        check_unit(unit, "points")
        draft.lay(wallet, unit, earned.points, window=("", earned.until))
        draft.issue(unit, earned.points)
    if command.cashback is not None:
        check_amount(command.cashback.amount, "cashback", least=1)
        back = command.cashback
        draft.lay(wallet, "cashback", back.amount, window=(back.since, back.until))
        draft.move(chart.cashback_expense(draft.site), -back.amount)
    for one in command.coupons_used:
        _use_coupon(draft, command, one)
    grant_coupons(draft, wallet, command.coupons)


def _use_coupon(draft: Draft, command: BookSale, coupon: str) -> None:
    known, wallet = draft.state.coupon(coupon), command.wallet
    if known is None or wallet is None or known[0] != wallet:
        raise CouponNotUsable("no such coupon of this wallet")
    terms, day, account = known[1], command.at.business_day, chart.coupon(wallet, coupon)
    if draft.balance(account) != 1 or terms.since > day or (terms.until and day > terms.until):
        raise CouponNotUsable("the coupon is used, or not of today")
    if sum(line.gross for line in command.lines) < terms.threshold:
        raise CouponNotUsable("the bill does not reach the coupon's threshold")
    draft.move(account, -1)
    draft.issue("coupon", -1)
