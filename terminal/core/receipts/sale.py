"""The receipt of a sale: goods or fuel, and of a membership that began with it."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.core.cart import COUNTED, VOUCHER
from terminal.core.commands import BookSale, Measured, SaleLine, Sells, Tender, TenderKind
from terminal.core.locks import LITRES, locked
from terminal.core.money import plain, shown
from terminal.core.receipts.join import agreed
from terminal.core.receipts.rows import Centred, Columns, Row, Rule, Text
from terminal.core.receipts.sections import (
    Issue,
    coupon_pack,
    earned,
    foot,
    good_at,
    head,
    member,
    vouchers,
    window,
)
from terminal.core.receipts.words import Words
from terminal.core.units import POURED

TENDERS: Mapping[str, str] = {
    TenderKind.CASH: "Cash",
    TenderKind.STORED: "Stored value",
    TenderKind.CODE: "Code payment",
    TenderKind.CARD: "Bank card",
    TenderKind.POINTS: "Paid in points",
    TenderKind.VOUCHER: "Voucher",
    TenderKind.CASHBACK: "Cashback",
    TenderKind.DEPOSIT: "Left before",
    TenderKind.USES: "Paid ahead",
    TenderKind.FLEET: "Company account",
    TenderKind.HELD: "Held before",
    TenderKind.GROUP_BUY: "Group-buy voucher",
}

WALLETS: Mapping[str, str] = {"wechat": "WeChat Pay", "alipay": "Alipay", "unionpay": "UnionPay"}
"""Whose code was charged, where an acquirer did it."""
PLATFORMS: Mapping[str, str] = {"meituan": "Meituan", "douyin": "Douyin"}
"""Of which platform a voucher is; others go by their own name."""
_THROUGH: Mapping[str, str] = {**WALLETS, "meituan": "Meituan voucher", "douyin": "Douyin voucher"}


def rows(sale: BookSale, issue: Issue, words: Words) -> list[Row]:
    fuel = any(line.measured in POURED for line in sale.lines)
    made = head(issue, words, "Fuel" if fuel else "Sale")
    made.append(Rule())
    for line in sale.lines:
        made += _line(line, words)
    made += [Rule(), Columns(left=words("Total"), right=shown(sale.due), big=True)]
    made += _paid(sale, issue, words)
    about = (
        earned(sale.points, issue.booked.points_settle, words)
        + _cashback(sale, issue, words)
        + _had(sale, words)
    )
    about += member(issue.booked, words)
    if about:
        made += [Rule(), *about]
    if sale.opens is not None:
        made += [Rule(), Centred(text=words("Welcome as a member"), bold=True)]
        made.append(Columns(left=words("Terms accepted"), right=sale.opens.terms))
        made += agreed(sale.opens, words)
        if sale.opens.coupons:
            made += coupon_pack(sale.opens.coupons, words)
        made += vouchers(sale.opens.vouchers, words)
    if sale.coupons:
        made += [Rule(), *coupon_pack(sale.coupons, words, "Coupons for another day")]
    if sale.vouchers:
        made += [Rule(), *vouchers(sale.vouchers, words)]
    return made + foot(issue, words)


def _cashback(sale: BookSale, issue: Issue, words: Words) -> list[Row]:
    """What came back, what of it goes to what is owed, and when the rest may be used."""
    back, settles = sale.cashback, issue.booked.cashback_settles
    if back is None:
        return []
    rows: list[Row] = [Columns(left=words("Cashback earned"), right=f"+{plain(back.amount)}")]
    if settles:
        rows.append(Columns(left=words("Settles cashback owed"), right=plain(-settles), indent=2))
    return [*rows, *(window(back.since, back.until, words) if settles < back.amount else [])]


def _had(sale: BookSale, words: Words) -> list[Row]:
    """How much is left of what the member has only so often."""
    return [Columns(left=words("Left of {name}", name=one.name), right=str(one.left)) for one in sale.had]


def _line(line: SaleLine, words: Words) -> list[Row]:
    """Name; quantity and unit price with the gross; each promotion by its name; the net where it differs."""
    made: list[Row] = [
        Text(text=line.name),
        Columns(left=quantity(line, words), right=plain(line.gross), indent=2),
    ]
    made += [Columns(left=given.name, right=plain(-given.amount), indent=2) for given in line.discounts]
    if line.discounts:
        made.append(Columns(left="", right=plain(line.net)))
    if line.sells is not None and line.sells.unit.startswith((COUNTED, LITRES)):
        made += _uses(line.sells, words)
    if line.sells is not None and line.sells.unit.startswith(VOUCHER):
        made += _voucher(line.sells, words)
    return made


def _voucher(sells: Sells, words: Words) -> list[Row]:
    pays = words("Pays {sum}", sum=plain(sells.amount))
    return [Text(text=pays, indent=2), Text(text=words("Each once, without change."), indent=2)]


def _uses(sells: Sells, words: Words) -> list[Row]:
    good = words("Good for {count} uses", count=str(sells.amount))
    if terms := locked(sells.unit):
        good = good_at(sells.amount, terms, words)
    elif sells.unit.startswith(LITRES):
        grade = sells.unit.removeprefix(LITRES)
        good = words("Good for {quantity}", quantity=words.poured(sells.amount, grade=grade))
    made: list[Row] = [Text(text=good, indent=2)]
    if sells.until:
        made.append(Columns(left=words("Usable until"), right=sells.until, indent=2))
    return made


def quantity(line: SaleLine, words: Words) -> str:
    """`2 x 3.50`, `1.250 kg x 12.80/kg`, `35.20 L x 7.85/L`, exactly as booked."""
    price = plain(line.unit_price)
    match line.measured:
        case Measured.PIECE:
            return words("{quantity} x {price}", quantity=str(line.quantity), price=price)
        case Measured.GRAM:
            weight = f"{line.quantity // 1000}.{line.quantity % 1000:03d}"
            return words("{weight} kg x {price}/kg", weight=weight, price=price)
        case Measured.CENTILITRE:
            return words("{litres} L x {price}/L", litres=plain(line.quantity), price=price)
        case Measured.DECAGRAM:
            return words("{weight} kg x {price}/kg", weight=plain(line.quantity), price=price)
        case Measured.CENTICUBIC:
            return words("{volume} m3 x {price}/m3", volume=plain(line.quantity), price=price)


def _paid(sale: BookSale, issue: Issue, words: Words) -> list[Row]:
    made: list[Row] = []
    if sale.rounding:
        made.append(Columns(left=words("Cash rounding"), right=plain(-sale.rounding)))
    for tender in sale.tenders:
        if not tender.amount:  # Held, and a coupon left nothing to pay.
            continue
        name = _THROUGH.get(tender.of, TENDERS[tender.kind])
        made.append(Columns(left=words(name), right=plain(tender.amount)))
        if tender.units:
            made.append(Text(text=_units(sale, tender, words), indent=2))
        if len(tender.vouchers) > 1:
            made.append(Text(text=words("x{count}", count=str(len(tender.vouchers))), indent=2))
        if tender.kind is TenderKind.STORED:
            made += _spent(issue, words)
        elif tender.kind is TenderKind.CASH and sale.received:
            made += [
                Columns(left=words("Received"), right=plain(sale.received)),
                Columns(left=words("Change"), right=plain(sale.received - tender.amount)),
            ]
    return made


def _units(sale: BookSale, tender: Tender, words: Words) -> str:
    """Of what is not money, as it was taken: of fuel as its line is counted."""
    if tender.kind is TenderKind.HELD or tender.of.startswith(LITRES):
        poured = next((line.measured for line in sale.lines if line.measured in POURED), None)
        return words.poured(tender.units, measured=poured)
    return words("x{count}", count=str(tender.units))


def _spent(issue: Issue, words: Words) -> list[Row]:
    booked = issue.booked
    spent = (("Principal spent", booked.principal_spent), ("Bonus spent", booked.bonus_spent))
    return [Columns(left=words(key), right=plain(fen), indent=2) for key, fen in spent if fen]
