"""What a careful person with paper and pencil would have written down, for every kind of transaction.

Knows no accounts, postings, lots or measures: only what everybody can still use, and where the money is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from terminal.core import commands as c
from terminal.core.directives import Grant

Line = tuple[str, str, int]
"""Whose, what, how much more of it; `cash` is in the drawer of the shift that it is written in."""


class Paper:
    def __init__(self) -> None:
        self.has: Counter[tuple[str, str]] = Counter()
        """By owner (a wallet, a company, `shop`) and what it is; less what is owed of it."""
        self.commands: dict[str, Any] = {}
        self.lines: dict[str, list[Line]] = {}
        self.holds: dict[str, tuple[int, int]] = {}
        """Principal and bonus that a hold set aside."""
        self.merged: dict[str, str] = {}

    def write(self, command: Any) -> None:
        """Only what was booked is written."""
        lines = list(self.of(command))
        self.commands[command.id], self.lines[command.id] = command, lines
        for owner, what, amount in lines:
            here = f"drawer:{command.at.shift}" if what == "cash" else what
            self.has[self.now(owner), here] += amount
        if isinstance(command, c.BookMerge):
            self.merged[command.wallet] = command.into

    def now(self, owner: str) -> str:
        """Where that wallet's value is by now."""
        while owner in self.merged:
            owner = self.merged[owner]
        return owner

    def held(self, owner: str, what: str) -> int:
        return self.has[self.now(owner), what]

    def of(self, command: Any) -> Iterator[Line]:  # noqa: C901, PLR0912  one case a kind
        match command:
            case c.BookRecharge(wallet=w, principal=principal, bonus=bonus):
                yield from ((w, "principal", principal), (w, "bonus", bonus))
                yield from came_in(command.paid_by, principal)
            case c.BookSale():
                yield from self.sale(command)
            case c.BookVoid() | c.BookReversal():
                yield from negative(self.lines[command.of])
            case c.BookRefund():  # The pencil only knows refunds of all that was sold.
                yield from negative(self.lines[command.of])
                yield from self.kept_in_refund(self.commands[command.of])
            case c.BookRechargeRefund():  # And of recharges that nothing was spent of.
                recharge = self.commands[command.lot]
                by = c.PaidBy.CASH if command.in_cash else c.PaidBy.TRANSFER
                w, principal, bonus = recharge.wallet, recharge.principal, recharge.bonus
                yield from ((w, "principal", -principal), (w, "bonus", -bonus), *came_in(by, -principal))
            case c.BookGrant(wallet=w) | c.BookImport(wallet=w):
                yield from ((w, one.unit, one.amount) for one in command.grants)
                yield from ((w, f"coupon:{one.coupon}", 1) for one in getattr(command, "coupons", ()))
            case c.BookRedeem(wallet=w):
                yield w, f"points:{command.points.family}", -command.points.points
                yield from ((w, f"coupon:{one.coupon}", 1) for one in command.coupons)
            case c.BookExpiry(wallet=w, unit=unit):  # All of that unit ends on one day.
                yield w, unit, -self.held(w, unit)
            case c.BookDirective(directive=Grant(rights=rights)):
                yield from ((*whose(one.account), one.amount) for one in rights)
            case c.BookRightsBack(wants=wants):
                yield from ((*(of := whose(one.account)), -min(one.amount, self.held(*of))) for one in wants)
            case c.BookHold(wallet=w, amount=amount):
                principal, bonus = self.holds[command.id] = self.parts(w, amount, c.SpendOrder.BONUS_LAST)
                yield from ((w, "principal", -principal), (w, "bonus", -bonus))
                yield w, f"held:{command.id}", amount
            case c.BookRelease():
                yield from self.freed(self.commands[command.hold].wallet, command.hold, 0)
            case c.BookDeposit(wallet=w):
                yield from (
                    (w, f"deposit:{command.of}", command.amount),
                    *came_in(command.paid_by, command.amount),
                )
            case c.BookMerge(wallet=w, into=into):
                for (owner, what), amount in list(self.has.items()):
                    if owner == w:
                        yield from ((w, what, -amount), (into, what, amount))
            case c.BookShiftOpen():
                yield "shop", "cash", command.opening_cash
            case c.BookCashMove():
                yield "shop", "cash", command.amount
            case c.BookShiftClose():
                yield "shop", "cash", -self.has["shop", f"drawer:{command.at.shift}"]
            case c.BookFleetFunds():
                yield command.company, "credit", command.amount
                yield from came_in(command.paid_by, command.amount, f"receivable:{command.company}")
            case _:
                """Cards, people, consents, invoices, intents and notes move nothing."""

    def sale(self, sale: c.BookSale) -> Iterator[Line]:
        w = sale.wallet or ""
        for tender in sale.tenders:
            match tender.kind:
                case c.TenderKind.CASH | c.TenderKind.CODE:
                    yield from came_in(c.PaidBy(tender.kind), tender.amount)
                case c.TenderKind.STORED:
                    principal, bonus = self.parts(w, tender.amount, sale.spend_order)
                    yield from ((w, "principal", -principal), (w, "bonus", -bonus))
                case c.TenderKind.HELD:
                    yield from self.freed(w, tender.of, tender.amount)
                case c.TenderKind.POINTS | c.TenderKind.USES:
                    family = "points:" if tender.kind is c.TenderKind.POINTS else ""
                    yield w, f"{family}{tender.of}", -tender.units
                case c.TenderKind.CASHBACK | c.TenderKind.DEPOSIT:
                    yield w, f"{tender.kind}:{tender.of}".removesuffix(":"), -tender.amount
                case c.TenderKind.FLEET:
                    yield tender.of, "credit", -tender.amount
        yield from ((w, line.sells.unit, line.sells.amount) for line in sale.lines if line.sells)
        yield from ((w, f"points:{one.family}", one.points) for one in sale.points)
        yield from ((w, f"coupon:{one}", -1) for one in sale.coupons_used)
        yield from ((w, f"coupon:{one.coupon}", 1) for one in sale.coupons)
        yield from pack(sale)
        if sale.cashback:
            yield w, "cashback", sale.cashback.amount

    def parts(self, wallet: str, amount: int, order: c.SpendOrder) -> tuple[int, int]:
        """So much principal, so much bonus."""
        principal, bonus = self.held(wallet, "principal"), self.held(wallet, "bonus")
        paid = min(amount, principal)
        if order is c.SpendOrder.PROPORTIONAL:  # Half up to the fen.
            paid = (2 * amount * principal + principal + bonus) // (2 * (principal + bonus))
        return paid, amount - paid

    def freed(self, wallet: str, hold: str, used: int) -> Iterator[Line]:
        """What a hold did not need goes back; principal was used first."""
        principal, bonus = self.holds[hold]
        paid = min(used, principal)
        yield from ((wallet, "principal", principal - paid), (wallet, "bonus", bonus - (used - paid)))
        yield wallet, f"held:{hold}", -(principal + bonus)

    def kept_in_refund(self, sale: c.BookSale) -> Iterator[Line]:
        """Unlike in a void: a hold whose fill comes back is none any more, who joined keeps the pack."""
        w = sale.wallet or ""
        for tender in sale.tenders:
            if tender.kind is c.TenderKind.HELD:
                yield from self.freed(w, tender.of, 0)
        yield from pack(sale)


def pack(sale: c.BookSale) -> Iterator[Line]:
    return (
        ((sale.opens.wallet, f"coupon:{one.coupon}", 1) for one in sale.opens.coupons)
        if sale.opens
        else iter(())
    )


def negative(lines: list[Line]) -> Iterator[Line]:
    return ((owner, what, -amount) for owner, what, amount in lines)


def whose(account: str) -> tuple[str, str]:
    _, owner, what = account.split(":", 2)
    return owner, what


def came_in(paid_by: c.PaidBy | None, amount: int, owed: str = "") -> Iterator[Line]:
    yield "shop", "cash" if paid_by is c.PaidBy.CASH else f"outside:{paid_by}" if paid_by else owed, amount
