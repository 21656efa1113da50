"""What a careful person with paper and pencil would have written down, for every kind of transaction.

Knows no postings, lots or measures: only what each wallet can still use, and what lies where.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from terminal.core import commands as c


class Paper:
    def __init__(self) -> None:
        self.value: Counter[str] = Counter()
        """By wallet and kind: `w1 money` (principal, bonus and what is held), `w1 points`, `w1 uses`, ..."""
        self.drawers: Counter[str] = Counter()
        self.credit: Counter[str] = Counter()
        self.commands: dict[str, Any] = {}
        self.merged: dict[str, str] = {}
        self.entries = 0

    def write(self, command: Any) -> None:
        """One line more; only what was booked is written."""
        self.entries += 1
        self.commands[command.id] = command
        if isinstance(command, c.BookMerge):
            self.merge(command.wallet, command.into)
        else:
            self.line(command, 1, command.at.shift)

    def add(self, wallet: str | None, name: str, amount: int) -> None:
        """To where that wallet's value is now."""
        while wallet in self.merged:
            wallet = self.merged[wallet]
        self.value[f"{wallet} {name}"] += amount

    def merge(self, wallet: str, into: str) -> None:
        self.merged[wallet] = into
        for name in [name for name in self.value if name.startswith(f"{wallet} ")]:
            self.value[f"{into} {name.partition(' ')[2]}"] += self.value.pop(name)

    def line(self, command: Any, sign: int, shift: str) -> None:  # noqa: C901  one case a kind
        match command:
            case c.BookRecharge(wallet=w, principal=principal, bonus=bonus):
                self.add(w, "money", sign * (principal + bonus))
                self.money_in(command.paid_by, sign * principal, shift)
            case c.BookSale():
                self.sale(command, sign, shift)
            case c.BookVoid() | c.BookReversal() | c.BookRefund():
                # The pencil only knows refunds of all that was sold.
                self.line(self.commands[command.of], -1, shift)
            case c.BookGrant(wallet=w) | c.BookImport(wallet=w):
                for one in command.grants:
                    self.give(w, one.unit, sign * one.amount)
                self.add(w, "coupons", sign * len(getattr(command, "coupons", ())))
            case c.BookRedeem(wallet=w):
                self.add(w, "points", -sign * command.points.points)
                self.add(w, "coupons", sign * len(command.coupons))
            case c.BookDeposit(wallet=w, amount=amount):
                self.add(w, "deposit", sign * amount)
                self.money_in(command.paid_by, sign * amount, shift)
            case c.BookShiftOpen():
                self.drawers[shift] += command.opening_cash
            case c.BookCashMove():
                self.drawers[shift] += command.amount
            case c.BookShiftClose():
                self.drawers[shift] = 0
            case c.BookFleetFunds():
                self.credit[command.company] += sign * command.amount
                self.money_in(command.paid_by, sign * command.amount, shift)
            case _:
                """Holds stay money; cards, tiers, consents, intents and notes move nothing."""

    def sale(self, sale: c.BookSale, sign: int, shift: str) -> None:
        w = sale.wallet
        for tender in sale.tenders:
            match tender.kind:
                case c.TenderKind.CASH:
                    self.drawers[shift] += sign * tender.amount
                case c.TenderKind.STORED | c.TenderKind.HELD:
                    self.add(w, "money", -sign * tender.amount)
                case c.TenderKind.POINTS | c.TenderKind.USES:
                    name = "points" if tender.kind is c.TenderKind.POINTS else "uses"
                    self.add(w, name, -sign * tender.units)
                case c.TenderKind.CASHBACK | c.TenderKind.DEPOSIT:
                    self.add(w, tender.kind, -sign * tender.amount)
                case c.TenderKind.FLEET:
                    self.credit[tender.of] -= sign * tender.amount
                case _:
                    """Outside: nothing of ours moves."""
        for line in sale.lines:
            if line.sells:
                self.give(w, line.sells.unit, sign * line.sells.amount)
        self.add(w, "points", sign * sum(one.points for one in sale.points))
        self.add(w, "coupons", sign * (len(sale.coupons) - len(sale.coupons_used)))
        if sale.cashback:
            self.add(w, "cashback", sign * sale.cashback.amount)

    def give(self, wallet: str | None, unit: str, amount: int) -> None:
        head = unit.partition(":")[0]
        name = {"principal": "money", "bonus": "money", "count": "uses"}.get(head, head)
        self.add(wallet, name, amount)

    def money_in(self, paid_by: c.PaidBy | None, amount: int, shift: str) -> None:
        if paid_by is c.PaidBy.CASH:
            self.drawers[shift] += amount
