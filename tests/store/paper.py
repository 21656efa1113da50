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
        self.holds: dict[str, list[Line]] = {}
        """What a hold set aside, in the order in which it is used."""
        self.merged: dict[str, str] = {}
        self.last_days: dict[str, str] = {}
        """Of coupons."""

    def write(self, command: Any) -> None:
        """Only what was booked is written."""
        lines = list(self.of(command))
        some = getattr(command, "coupons", ())
        self.last_days |= {one.coupon: one.until for one in some if one.until}
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

    def ends(self, command: c.BookExpiry | c.BookWithdrawal) -> Iterator[Line]:
        """Of coupons those whose last day is over, or that one; of any other unit all: it ends on one day."""
        if isinstance(command, c.BookWithdrawal):
            here = f"coupon:{command.coupon}"
            yield from ((owner, what, -1) for (owner, what), has in self.has.items() if what == here and has)
            return
        over = [command.unit]
        if command.unit == "coupon":
            last, day = self.last_days, command.at.business_day
            over = [f"coupon:{one}" for one in last if last[one] < day]
        yield from ((command.wallet, unit, -self.held(command.wallet, unit)) for unit in over)

    def of(self, command: Any) -> Iterator[Line]:  # noqa: C901, PLR0912  one case a kind
        match command:
            case c.BookRecharge(wallet=w, principal=principal, bonus=bonus):
                yield from ((w, "principal", principal), (w, "bonus", bonus))
                yield from came_in(command.paid_by, principal)
            case c.BookSale():
                yield from self.sale(command)
            case c.BookVoid() | c.BookReversal() | c.BookRefund():  # All that was sold or left.
                yield from negative(self.lines[command.of])
                yield from self.gifts_back(command.of)
                if isinstance(command, c.BookRefund):
                    yield from self.kept_in_refund(self.commands[command.of])
            case c.BookRechargeRefund():  # And of recharges that nothing was spent of.
                recharge = self.commands[command.lot]
                by = self.way_back(command, recharge)
                w, principal, bonus = recharge.wallet, recharge.principal, recharge.bonus
                yield from ((w, "principal", -principal), (w, "bonus", -bonus), *came_in(by, -principal))
            case c.BookGrant(wallet=w) | c.BookImport(wallet=w):
                yield from ((w, one.unit, one.amount) for one in command.grants)
                yield from ((w, f"coupon:{one.coupon}", 1) for one in getattr(command, "coupons", ()))
            case c.BookRedeem(wallet=w):
                yield w, f"points:{command.points.family}", -command.points.points
                yield from ((w, f"coupon:{one.coupon}", 1) for one in command.coupons)
            case c.BookExpiry() | c.BookWithdrawal():
                yield from self.ends(command)
            case c.BookDirective(directive=Grant(rights=rights)):
                yield from ((*whose(one.account), one.amount) for one in rights)
            case c.BookRightsBack(wants=wants):
                yield from ((*(of := whose(one.account)), -min(one.amount, self.held(*of))) for one in wants)
            case c.BookHold():
                held = self.holds[command.id] = list(self.set_aside(command))
                yield from negative(held)
                yield command.id, "held", command.amount
            case c.BookRelease():
                yield from self.freed(command.hold, 0)
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
                    yield from self.freed(tender.of, tender.units or tender.amount)
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

    def way_back(self, command: c.BookRechargeRefund, recharge: c.BookRecharge) -> c.PaidBy:
        """The way it came, unless it goes out of the drawer; what came in cash is sent to its owner."""
        if command.in_cash:
            return c.PaidBy.CASH
        return c.PaidBy.TRANSFER if recharge.paid_by is c.PaidBy.CASH else recharge.paid_by

    def parts(self, wallet: str, amount: int, order: c.SpendOrder) -> tuple[int, int]:
        """So much principal, so much bonus."""
        principal, bonus = self.held(wallet, "principal"), self.held(wallet, "bonus")
        paid = min(amount, principal)
        if order is c.SpendOrder.PROPORTIONAL:  # Of the bonus whole fen.
            paid = amount - amount * bonus // (principal + bonus)
        return paid, amount - paid

    def set_aside(self, hold: c.BookHold) -> Iterator[Line]:
        w = hold.wallet or ""
        if hold.company or hold.unit:
            yield hold.company or w, hold.unit or "credit", hold.amount
        else:
            parts = self.parts(w, hold.amount, c.SpendOrder.BONUS_LAST)
            yield from ((w, what, part) for what, part in zip(("principal", "bonus"), parts, strict=True))

    def freed(self, hold: str, used: int) -> Iterator[Line]:
        """What a hold did not need goes back; principal was used first."""
        yield hold, "held", -sum(amount for _, _, amount in self.holds[hold])
        for owner, what, amount in self.holds[hold]:
            yield owner, what, max(0, amount - used)
            used = max(0, used - amount)

    def gifts_back(self, of: str) -> Iterator[Line]:
        undone = {one.of for one in self.commands.values() if isinstance(one, c.BookVoid | c.BookReversal)}
        for gift in self.commands.values():
            if isinstance(gift, c.BookGrant) and gift.with_entry == of and gift.id not in undone:
                yield from negative(self.lines[gift.id])

    def kept_in_refund(self, sale: Any) -> Iterator[Line]:
        """Unlike in a void: a hold whose fill comes back is none any more, who joined keeps the pack."""
        if not isinstance(sale, c.BookSale):
            return
        for tender in sale.tenders:
            if tender.kind is c.TenderKind.HELD:
                yield from self.freed(tender.of, 0)
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
