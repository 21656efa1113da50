"""What came of a line, in the words of the day."""

from __future__ import annotations

from collections.abc import Sequence

from lab.days.told import Facts
from lab.days.totals import moved, points_of
from terminal.core.cart import Family
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

_FUELS = frozenset({Family.PETROL, Family.DIESEL})
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
    if one.measured is Measured.CENTILITRE:
        return {
            "sku": one.sku,
            "litres": one.quantity,
            "price": one.unit_price,
            "list": one.gross,
            "discounts": [each.amount for each in one.discounts],
            "net": one.net,
        }
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


def earned_said(sale: BookSale) -> int | dict[str, int]:
    """Of fuel by its family; of goods the days need none."""
    by_family = {one.family: one.points for one in sale.points if one.family in _FUELS}
    return {f"points_{family}": points for family, points in by_family.items()} or points_of(sale.points)


def sale_said(sale: BookSale, entry: Entry, hold: Entry | None = None) -> Facts:
    """`hold`: what set its value aside; the sale gives back what it did not need."""
    moves = (entry, hold) if hold else (entry,)
    spent = {unit: -sum(moved(one, "wallet", unit) for one in moves) for unit in ("principal", "bonus")}
    tenders: dict[str, int] = {}
    for one in sale.tenders:
        stored = one.kind in {TenderKind.STORED, TenderKind.HELD}
        tenders |= spent if stored else {_CALLED.get(one.kind, one.kind.value): one.amount}
    found: Facts = {
        "lines": [line_said(one) for one in sale.lines if not one.sample],
        "due": sale.due,
        "rounding": sale.rounding,
        "tenders": {name: fen for name, fen in tenders.items() if fen},
        "points_earned": earned_said(sale),
        "points_redeemed": sum(one.units for one in sale.tenders if one.kind is TenderKind.POINTS),
    }
    if sale.coupons:
        (found["coupon_unlocked"],) = [one.kind for one in sale.coupons]
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
