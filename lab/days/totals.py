"""The totals of the day: of what was played by the journal, of what was left out as the day tells it.

`code`, `principal`, `bonus` and their like are net of what was given back, `code` with recharges and
deposits; sales before refunds; refunds and points taken back are sums of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lab.days.told import Facts, Line
from terminal.core import commands as c
from terminal.core.accounts import TIER_FAMILY, TIER_UNIT
from terminal.core.entry import Entry
from terminal.core.ledger.referral import rewarded
from terminal.core.shift import ahead_of

_TENDERS = {
    c.TenderKind.CASH: "cash_sales",
    c.TenderKind.CODE: "code",
    c.TenderKind.CARD: "code",
    c.TenderKind.POINTS: "points_value",
    c.TenderKind.VOUCHER: "voucher",
    c.TenderKind.CASHBACK: "cashback_used",
    c.TenderKind.DEPOSIT: "deposit_used",
    c.TenderKind.FLEET: "fleet",
}


FEN_A_POINT = 5
"""What all five shops give points back for, and take them for."""


def of_entry(entry: Entry) -> Counter[str]:
    sums = Counter[str]()
    match entry.payload:
        case c.BookShiftOpen(opening_cash=opening):
            sums["opening_cash"] = opening
        case c.BookSale() as sale:
            sums.update(_sold(sale))
            sums.update({unit: -moved(entry, "wallet", unit) for unit in ("principal", "bonus")})
            sums["points_gifted"] = sum(one.points for one in rewarded(entry))
        case c.BookHold() | c.BookRelease():
            sums.update({unit: -moved(entry, "wallet", unit) for unit in ("principal", "bonus")})
        case c.BookRecharge(principal=principal, bonus=bonus, paid_by=paid_by) as came:
            sums["cash_recharge" if paid_by is c.PaidBy.CASH else "code"] += principal
            sums.update({"recharge_principal": principal, "bonus_given": bonus})
            sums["points_earned"] = points_of(came.points)
            sums["points_gifted"] = came.gift_points
        case c.BookRefund(returned=returned):
            sums["refunds_net"] += sum(one.net for one in returned)
            sums.update({unit: -moved(entry, "wallet", unit) for unit in ("principal", "bonus")})
            sums.update(_paid_back(entry))
        case c.BookRechargeRefund():
            sums.update(_paid_back(entry))
            sums["recharge_refunded"] = sums["cash_refunds"] - sums["code"]
        case c.BookDeposit(amount=amount, rounding=rounding, paid_by=paid_by):
            sums["cash_sales" if paid_by is c.PaidBy.CASH else "code"] += amount - rounding
        case c.BookCashMove(amount=amount):
            sums["paid_out" if amount < 0 else "paid_in"] += abs(amount)
        case c.BookGrant(grants=grants):
            points = sum(one.amount for one in grants if one.unit.startswith("points:"))
            sums["points_gifted"] += points
        case _:
            pass
    return sums


def _sold(sale: c.BookSale) -> Counter[str]:
    sums = Counter[str]()
    for tender in sale.tenders:
        if tender.kind in _TENDERS:
            sums[_TENDERS[tender.kind]] += tender.amount
        elif tender.kind is c.TenderKind.HELD and sale.wallet is None:
            sums["fleet"] += tender.amount
    ahead = ahead_of(sale)  # It was a sale when it was bought, and stands at list price.
    sums["sales_list"] = sum(line.gross for line in sale.lines) - ahead
    sums["sales_net"] = sale.due - ahead
    sums["sales_discount"] = sums["sales_list"] - sums["sales_net"]
    sums["rounding"] = sale.rounding
    sums["points_earned"] = points_of(sale.points)
    sums["points_redeemed"] = sum(one.units for one in sale.tenders if one.kind is c.TenderKind.POINTS)
    return sums


def _paid_back(entry: Entry) -> Counter[str]:
    worth = moved(entry, "site", "points_expense")
    given_back = worth // FEN_A_POINT
    came = moved(entry, "wallet", "points:") + moved(entry, "wallet", "debt:points:")
    return Counter(
        {
            "cash_refunds": moved(entry, "site", "drawer:"),
            "code": -moved(entry, "site", "outside:"),
            "rounding": -moved(entry, "site", "cash_rounding"),
            "points_value": -worth,
            "points_given_back": given_back,
            "points_taken_back": given_back - came,
        }
    )


def points_of(earned: Sequence[c.PointsEarned]) -> int:
    """What counts towards a tier is none."""
    return sum(one.points for one in earned if one.family != TIER_FAMILY)


def moved(entry: Entry, owner: str, unit: str) -> int:
    """Of all accounts of such an owner whose unit begins so; what counts towards a tier is no points."""
    named = ((name.split(":", 2), amount) for name, amount in entry.postings if not name.endswith(TIER_UNIT))
    return sum(amount for (of, _, what), amount in named if of == owner and what.startswith(unit))


def of_line(line: Line) -> Counter[str]:
    """Of a line that was left out, or of what of it was: `closing_session` of the last."""
    expect = line.expect
    if expect["outcome"] == "declined" or line.do == "call_list":
        return Counter()
    return _told(expect, line.do)


def _told(expect: Facts, do: str) -> Counter[str]:
    sums = Counter[str]()
    for tender, fen in expect.get("tenders", {}).items():
        cash = "cash_recharge" if do == "recharge" else "cash_sales"
        sums[cash if tender == "cash" else tender] += fen
    for tender, fen in expect.get("tenders_back", {}).items():
        sums["cash_refunds" if tender == "cash" else tender] += fen if tender == "cash" else -fen
    due = expect.get("due", 0)
    lines = expect.get("lines", [{"list": due, "net": due}])
    sums["sales_list"] += sum(one["list"] for one in lines)
    sums["sales_net"] += sum(one["net"] for one in lines)
    sums["sales_discount"] = sums["sales_list"] - sums["sales_net"]
    sums["recharge_refunded" if do == "refund_recharge" else "refunds_net"] += expect.get("amount", 0)
    if do == "recharge":
        sums.update({"recharge_principal": expect["principal"], "bonus_given": expect["bonus"]})
    earned = expect.get("points_earned", 0)
    sums["points_earned"] += sum(earned.values()) if isinstance(earned, dict) else earned
    sums["points_gifted"] += expect.get("gift_points", 0) + sum(expect.get("referral", {}).values())
    sums["rounding"] += expect.get("rounding", 0) + expect.get("rounding_to_member", 0)
    for name in ("points_redeemed", "points_taken_back", "points_given_back"):
        sums[name] += expect.get(name, 0)
    return sums


def of_session(line: Line) -> Counter[str]:
    """What a line that ends the day tells of the session that it ends."""
    return _told(line.expect.get("closing_session", {}), line.do)


def differing(totals: Counter[str], told: dict[str, int]) -> dict[str, tuple[int, int]]:
    """By name, as the day says and as it is; a total that the day does not name is nothing."""
    both = {name: (told.get(name, 0), totals[name]) for name in {*told, *totals}}
    return {name: pair for name, pair in sorted(both.items()) if pair[0] != pair[1]}
