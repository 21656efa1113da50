"""Goods or fuel were sold: what pays goes down, what was earned goes up (product.md B1, C2)."""

from __future__ import annotations

from collections import Counter

from terminal.core.accounts import (
    bonus,
    cash_rounding,
    drawer,
    issued,
    outside,
    points,
    principal,
    revenue,
)
from terminal.core.commands import BookSale, TenderKind
from terminal.core.entry import LotTaken
from terminal.core.errors import BadAmount, NotBookable
from terminal.core.ledger.rules import LINES_MAX, Postings, check_amount, check_holder, opening, taken
from terminal.core.ledger.state import Posted, State
from terminal.core.spending import Spent, split


def sale(command: BookSale, state: State) -> Posted:
    """Raises `Refused` where sums do not agree, the wallet is unknown or holds too little."""
    _check_sums(command)
    if command.wallet is None:
        if command.card or command.opens or command.points or _paid(command, TenderKind.STORED):
            raise NotBookable("a sale without a wallet has no card, points or stored value")
    else:
        check_holder(command.wallet, command.card, command.opens, state)
    spent = _spent(command, state)
    postings = _payment(command, spent, state)
    postings += _income(command, state)
    postings += _rewards(command, state)
    return Posted(
        postings=tuple(postings),
        lots=_lots(command, spent, state),
        wallet=command.wallet,
        principal_spent=spent.principal,
        bonus_spent=spent.bonus,
    )


def _check_sums(command: BookSale) -> None:
    if not 1 <= len(command.lines) <= LINES_MAX:
        raise NotBookable(f"{len(command.lines)} lines")
    for line in command.lines:
        check_amount(line.gross, "a line")
        off = [discount.amount for discount in line.discounts]
        if line.quantity <= 0 or min(off, default=0) < 0 or line.net != line.gross - sum(off) or line.net < 0:
            raise BadAmount("a line's net is not its gross less its discounts")
    check_amount(command.due, "due", least=1)
    check_amount(command.received, "received")
    kinds = [tender.kind for tender in command.tenders]
    if len(set(kinds)) < len(kinds) or any(tender.amount <= 0 for tender in command.tenders):
        raise BadAmount("a tender twice, or of nothing")
    if command.due != sum(line.net for line in command.lines):
        raise BadAmount("due is not the sum of the nets")
    if command.due != sum(tender.amount for tender in command.tenders) + command.rounding:
        raise BadAmount("tenders do not pay what is due")
    cash = _paid(command, TenderKind.CASH)
    if command.rounding < 0 or (command.rounding and not cash) or command.received < cash:
        raise BadAmount("rounding without cash, or less cash than its tender")


def _paid(command: BookSale, kind: TenderKind) -> int:
    return sum(tender.amount for tender in command.tenders if tender.kind is kind)


def _spent(command: BookSale, state: State) -> Spent:
    amount = _paid(command, TenderKind.STORED)
    if command.wallet is None or not amount:
        return Spent(principal=0, bonus=0)
    return split(
        amount,
        principal=state.balance(principal(command.wallet)),
        bonus=state.balance(bonus(command.wallet)),
        order=command.spend_order,
    )


def _lots(command: BookSale, spent: Spent, state: State) -> tuple[LotTaken, ...]:
    if command.wallet is None:
        return ()
    return taken(command.wallet, "principal", spent.principal, state) + taken(
        command.wallet, "bonus", spent.bonus, state
    )


def _payment(command: BookSale, spent: Spent, state: State) -> Postings:
    site = state.site
    postings: Postings = []
    if cash := _paid(command, TenderKind.CASH):
        postings.append((drawer(site, command.at.shift), -cash))
    if code := _paid(command, TenderKind.CODE):
        postings.append((outside(site, TenderKind.CODE), -code))
    if command.rounding:
        postings.append((cash_rounding(site), -command.rounding))
    if command.wallet is not None and spent.principal:
        postings.append((principal(command.wallet), -spent.principal))
    if command.wallet is not None and spent.bonus:
        postings.append((bonus(command.wallet), -spent.bonus))
    return postings


def _income(command: BookSale, state: State) -> Postings:
    earned: Counter[str] = Counter()
    for line in command.lines:
        earned[line.category] += line.net
    return [(revenue(state.site, category), net) for category, net in earned.items() if net]


def _rewards(command: BookSale, state: State) -> Postings:
    if command.wallet is None:
        return []
    postings = opening(command.opens, state) if command.opens else []
    families = [earned.family for earned in command.points]
    if len(set(families)) < len(families) or any(earned.points <= 0 for earned in command.points):
        raise BadAmount("points of one family twice, or none")
    for earned in command.points:
        account = points(command.wallet, earned.family)
        check_amount(earned.points, "points")
        postings += [(account, earned.points), (issued(state.site, account.unit), -earned.points)]
    return postings
