"""What came of a line, in the words of the day."""

from __future__ import annotations

from collections.abc import Sequence

from lab.days.told import Facts
from lab.days.totals import moved, points_of
from terminal.core.commands import (
    Booked,
    BookSale,
    Measured,
    RechargeRefundReason,
    SaleLine,
    Tender,
    TenderKind,
)
from terminal.core.entry import Entry

_CALLED = {TenderKind.POINTS: "points_value", TenderKind.CASHBACK: "cashback_used"}
"""As days call them, where that is not their kind."""


def reason_said(said: str) -> RechargeRefundReason:
    for begins, reason in (
        ("within 7 days", RechargeRefundReason.COOLING_OFF),
        ("shop", RechargeRefundReason.SHOP),
    ):
        if said.startswith(begins):
            return reason
    return RechargeRefundReason.MEMBER


def line_said(one: SaleLine) -> Facts:
    return {
        "sku": one.sku,
        "grams" if one.measured is Measured.GRAM else "qty": one.quantity,
        "list": one.gross,
        "discounts": [each.amount for each in one.discounts],
        "net": one.net,
    }


def tenders_said(tenders: Sequence[Tender], booked: Booked) -> dict[str, int]:
    """In their order; stored value by the money that the ledger took of it."""
    found: dict[str, int] = {}
    for one in tenders:
        if one.kind is TenderKind.STORED:
            found |= {"principal": booked.principal_spent, "bonus": booked.bonus_spent}
        else:
            found[_CALLED.get(one.kind, one.kind.value)] = one.amount
    return {name: fen for name, fen in found.items() if fen}


def sale_said(sale: BookSale, entry: Entry) -> Facts:
    spent = {unit: -moved(entry, "wallet", unit) for unit in ("principal", "bonus")}
    tenders: dict[str, int] = {}
    for one in sale.tenders:
        stored = one.kind is TenderKind.STORED
        tenders |= spent if stored else {_CALLED.get(one.kind, one.kind.value): one.amount}
    found: Facts = {
        "lines": [line_said(one) for one in sale.lines if not one.sample],
        "due": sale.due,
        "rounding": sale.rounding,
        "tenders": {name: fen for name, fen in tenders.items() if fen},
        "points_earned": points_of(sale.points),
        "points_redeemed": sum(one.units for one in sale.tenders if one.kind is TenderKind.POINTS),
    }
    if samples := [one.sku for one in sale.lines if one.sample]:
        (found["gift"],) = samples
    if sale.cashback:
        found["cashback_earned"] = sale.cashback.amount
    if sale.received:
        found |= {"received": sale.received, "change": sale.received - tenders.get("cash", 0)}
    return found


def back_said(entry: Entry) -> dict[str, int]:
    """What a refund gave back, by what it had been paid with."""
    found = {
        "points_value": moved(entry, "site", "points_expense"),
        "principal": moved(entry, "wallet", "principal"),
        "bonus": moved(entry, "wallet", "bonus"),
        "cash": moved(entry, "site", "drawer:"),
    }
    found |= {
        name.rpartition(":")[2]: amount
        for name, amount in entry.postings
        if ":outside:" in name and amount > 0
    }
    return {name: fen for name, fen in found.items() if fen > 0}
