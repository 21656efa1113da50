"""What each way of paying takes from whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from terminal.core import accounts as chart
from terminal.core.commands import BookSale, Tender, TenderKind
from terminal.core.errors import InsufficientFunds, NotBookable
from terminal.core.ledger.allowances import count
from terminal.core.ledger.day_limits import take_of_day
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.group_buy import verified
from terminal.core.ledger.holds import captured, check_pays, earned_by
from terminal.core.ledger.listed import listed_upto
from terminal.core.ledger.rests import given_by
from terminal.core.ledger.rules import check_amount, check_id, check_unit
from terminal.core.ledger.sold_for import good_for, moment
from terminal.core.ledger.taxes import earned_taxes
from terminal.core.spending import split
from terminal.core.values import WalletId

Payer = Callable[[Draft, BookSale, Tender, WalletId], None]


def pay(draft: Draft, command: BookSale, tender: Tender) -> None:
    """Raises `Refused` where it is not there, or may not be used today."""
    kind = tender.kind
    if tender.fleet is not None and kind is not TenderKind.FLEET:
        raise NotBookable("a company's card, and no credit of a company")
    if kind is TenderKind.CASH:
        draft.cash(tender.amount)
    elif kind in {TenderKind.CODE, TenderKind.CARD}:
        if tender.of:
            check_unit(f"outside:{tender.of}", "outside")
        draft.move(chart.outside(draft.site, tender.of or kind), -tender.amount)
    elif kind is TenderKind.FLEET:
        check_id(tender.of, "company")
        credit = chart.company_credit(tender.of)
        if draft.balance(credit) < tender.amount:
            raise InsufficientFunds("the company's credit does not reach")
        draft.move(credit, -tender.amount)
        if tender.fleet is not None:
            take_of_day(draft, tender.of, tender.fleet, tender.amount)
    elif kind in _BEGUN:
        _BEGUN[kind](draft, command, tender)
    elif command.wallet is None:
        raise NotBookable(f"{kind} without a wallet")
    else:
        _PAYERS[kind](draft, command, tender, command.wallet)


def _stored(draft: Draft, command: BookSale, tender: Tender, wallet: WalletId) -> None:
    held = draft.balance(chart.principal(wallet)), draft.balance(chart.bonus(wallet))
    uncovered = max(0, tender.amount - sum(held))
    if uncovered:
        _check_floor(draft, command, wallet, uncovered)
        draft.overdraw(chart.principal(wallet), uncovered)
    spent = split(tender.amount - uncovered, principal=held[0], bonus=held[1], order=command.spend_order)
    for unit, amount in (("principal", spent.principal), ("bonus", spent.bonus)):
        if amount:
            draft.take(wallet, unit, amount)


def _check_floor(draft: Draft, command: BookSale, wallet: WalletId, uncovered: int) -> None:
    """Raises where it would go below F of the wallet or S of the site (invariant I5)."""
    floor = command.floor
    open_here = max(0, -draft.balance(chart.overdraft(draft.site, chart.principal(wallet))))
    if floor is None or open_here + uncovered > floor.wallet:
        raise InsufficientFunds(f"{uncovered} more than is held here")
    if draft.state.open_overdraft() + uncovered > floor.site:
        raise InsufficientFunds("this site has spent all that it may without headquarters")


def _points(draft: Draft, command: BookSale, tender: Tender, wallet: WalletId) -> None:
    del command
    check_amount(tender.units, "points", least=1)
    unit = f"points:{tender.of}"
    draft.take(wallet, unit, tender.units)
    draft.issue(unit, -tender.units)
    draft.move(chart.points_expense(draft.site), -tender.amount)


def _voucher(draft: Draft, command: BookSale, tender: Tender, wallet: WalletId) -> None:
    """Whole: no change, no rest (product.md B17). Who undoes what gave it asks for the rest that ended."""
    del command
    unit = f"voucher:{tender.of}"
    account = chart.held_by(wallet, unit)
    whole = draft.balance(account) + draft.balance(chart.debt(account))
    if whole < tender.amount:
        raise InsufficientFunds("the voucher is used, or worth less")
    lots = draft.take(wallet, unit, whole)
    if rest := whole - tender.amount:
        draft.move(chart.forfeited(draft.site), rest)
        if (gave := given_by(draft.state, unit, lots)) is not None:
            count(draft, chart.ended(draft.site, gave, tender.of), rest)


def _cashback(draft: Draft, command: BookSale, tender: Tender, wallet: WalletId) -> None:
    del command
    draft.take(wallet, "cashback", tender.amount)


def _deposit(draft: Draft, command: BookSale, tender: Tender, wallet: WalletId) -> None:
    del command
    account = chart.held_by(wallet, f"deposit:{tender.of}")
    if draft.balance(account) < tender.amount:
        raise InsufficientFunds("less was left for it")
    draft.move(account, -tender.amount)


def _uses(draft: Draft, command: BookSale, tender: Tender, wallet: WalletId) -> None:
    """Uses and litres paid ahead: what was paid for them is earned now (product.md B6)."""
    check_amount(tender.units, "uses", least=1)
    check_pays(tender.of, "count", "litres")
    listed = partial(listed_upto, command, tender)
    if tender.places:
        when = moment(command.at, tender.offered)
        lines = [command.lines[at] for at in tender.places]
        good = (
            good_for(draft.state, tender.of, command.lines[at].sku, when, as_sold=at in tender.as_sold)
            for at in tender.places
        )
        wants = zip((line.quantity for line in lines), good, strict=True)
        taken = draft.take_each(wallet, tender.of, wants, listed=listed)
        for line, tax in zip(lines, earned_taxes(lines, taken), strict=True):
            draft.move(chart.revenue(draft.site, line.category), -tax)
            draft.move(chart.tax(draft.site), tax)
    else:
        taken = draft.take(wallet, tender.of, tender.units, listed=listed)
    earned = sum(earned_by(lot, units) for lot, units in taken)
    draft.issue(tender.of, -tender.units)
    draft.move(chart.deferred(draft.site, tender.of), -earned)
    draft.move(chart.prepaid_difference(draft.site), earned - tender.amount)


_BEGUN: Final[Mapping[TenderKind, Callable[[Draft, BookSale, Tender], None]]] = MappingProxyType(
    {
        TenderKind.HELD: captured,
        TenderKind.GROUP_BUY: verified,
    }
)
"""What an entry before the sale set aside for it, or verified."""
_PAYERS: Final[Mapping[TenderKind, Payer]] = MappingProxyType(
    {
        TenderKind.STORED: _stored,
        TenderKind.POINTS: _points,
        TenderKind.VOUCHER: _voucher,
        TenderKind.CASHBACK: _cashback,
        TenderKind.DEPOSIT: _deposit,
        TenderKind.USES: _uses,
    }
)
