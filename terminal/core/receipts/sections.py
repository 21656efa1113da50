"""What several receipts have in common: head, member's balances, coupons, foot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum

from terminal.core.accounts import TIER_FAMILY
from terminal.core.commands import Balances, Booked, CouponGrant, Grant, PointsEarned
from terminal.core.consents import ConsentText
from terminal.core.locks import LITRES, locked
from terminal.core.money import plain, shown
from terminal.core.points_notice import PointsNotice
from terminal.core.receipts.rows import Centred, Columns, Feed, QrCode, Row, Rule, Text
from terminal.core.receipts.words import Words
from terminal.core.times import local_time
from terminal.core.values import Value

_OTHERS = {
    "petrol": ("Petrol points until {day}", "Petrol points owed"),
    "diesel": ("Diesel points until {day}", "Diesel points owed"),
    "gas": ("Gas points until {day}", "Gas points owed"),
}
"""What ends soon, and what is owed."""
_POINTS = {"goods": "Goods points", "petrol": "Petrol points", "diesel": "Diesel points", "gas": "Gas points"}


class ShopHead(Value, frozen=True, kw_only=True):
    """What stands above every receipt of the shop. Any text; empty fields take no line."""

    name: str
    address: str = ""
    phone: str = ""


class Copy(StrEnum):
    ORIGINAL = "original"
    DUPLICATE = "duplicate"


class Issue(Value, frozen=True, kw_only=True):
    """Which print of a receipt this is, for whom, in which language."""

    booked: Booked
    shop: ShopHead
    language: str
    copy: Copy
    training: bool
    claim: str = ""
    """By which the customer asks for the invoice; empty: not by this receipt."""
    consent_texts: tuple[ConsentText, ...] = ()
    """What people agree to, by purpose and version, as the shop says it."""
    on_screen: bool = False
    """The preview on the page, which everybody at the counter reads: people are masked."""


def marks(issue: Issue, words: Words) -> list[Row]:
    """DUPLICATE and TRAINING, on every copy that they apply to, above and below what it says."""
    found = [
        words(key)
        for key, applies in (("DUPLICATE", issue.copy is Copy.DUPLICATE), ("TRAINING", issue.training))
        if applies
    ]
    return [Centred(text=f"*** {mark} ***", bold=True) for mark in found]


def head(issue: Issue, words: Words, title: str) -> list[Row]:
    shop, booked = issue.shop, issue.booked
    at = booked.command.at
    rows: list[Row] = [Centred(text=shop.name, big=True)]
    if shop.address:
        rows.append(Centred(text=shop.address))
    if shop.phone:
        rows.append(Centred(text=words("Tel {phone}", phone=shop.phone)))
    rows += marks(issue, words)
    rows.append(Centred(text=words(title), bold=True))
    rows += [
        Rule(),
        *([Columns(left=words("Number"), right=booked.receipt_no)] if booked.receipt_no else []),
        Columns(left=words("Time"), right=local_time(at)),
        Columns(left=words("Terminal"), right=at.terminal),
        Columns(left=words("Attendant"), right=at.operator),
    ]
    return rows


def foot(issue: Issue, words: Words) -> list[Row]:
    rows: list[Row] = [
        Rule(),
        *marks(issue, words),
        Centred(text=words("Thank you. Keep this receipt.")),
    ]
    if issue.claim:
        rows += [Feed(), Centred(text=words("Scan this for the invoice")), QrCode(text=issue.claim)]
    if issue.booked.receipt_no:
        rows += [Feed(), QrCode(text=issue.booked.receipt_no)]
    return rows


def earned(points: tuple[PointsEarned, ...], settles: Mapping[str, int], words: Words) -> list[Row]:
    """Of each family all together, whatever its lines earned; and what of them went to what was owed."""
    sums = Counter[str]()
    for given in points:
        if given.family != TIER_FAMILY:
            sums[given.family] += given.points
    rows: list[Row] = []
    for family, count in sums.items():
        if count:
            name = words("{points} earned", points=points_name(family, words))
            rows.append(Columns(left=name, right=f"+{count}"))
        if settled := settles.get(family):
            rows.append(Columns(left=words("Settles points owed"), right=str(-settled), indent=2))
    return rows


def introducer(booked: Booked, words: Words) -> list[Row]:
    """It names nobody."""
    got = (
        ("Points for who brought you", booked.introducer_earned),
        ("Uses for who brought you", booked.introducer_uses),
    )
    return [Columns(left=words(key), right=f"+{count}") for key, count in got if count]


def member(booked: Booked, words: Words) -> list[Row]:
    """The masked card and what is on it now."""
    rows = introducer(booked, words)
    if booked.card_shown:
        rows.append(Columns(left=words("Card"), right=booked.card_shown))
    if booked.after is not None:
        rows += balances(booked.after, words)
    if booked.points_owed:
        rows.append(Columns(left=words("Goods points owed"), right=str(-booked.points_owed)))
    if booked.after is not None:
        rows += _owed(booked.after, words)
    if booked.points_ending:
        ending = words("Goods points until {day}", day=booked.points_end)
        rows.append(Columns(left=ending, right=str(booked.points_ending), indent=2))
    for one in booked.points_others:
        rows += _of_others(one, words)
    if booked.tier_next:
        rows.append(Columns(left=words("Tier from the next sale on"), right=words.tier(booked.tier_next)))
    return rows


def _owed(after: Balances, words: Words) -> list[Row]:
    """Of cashback, coupons and vouchers: not what came back, and lies there until headquarters takes it."""
    cashback, _ = after.owed.get("cashback", (0, 0))
    coupons = _still_owed(after, "coupon:")
    vouchers = _still_owed(after, "voucher:")
    rows = (
        ("Cashback owed", cashback, plain(-cashback)),
        ("Coupons owed", coupons, str(-coupons)),
        ("Vouchers owed", vouchers, plain(-vouchers)),
    )
    return [Columns(left=words(key), right=right) for key, owed, right in rows if owed]


def _still_owed(after: Balances, kind: str) -> int:
    return sum(max(0, owed - there) for unit, (owed, there) in after.owed.items() if unit.startswith(kind))


def _of_others(one: PointsNotice, words: Words) -> list[Row]:
    ending, owed = _OTHERS[one.family]
    rows: list[Row] = []
    if one.owed:
        rows.append(Columns(left=words(owed), right=str(-one.owed)))
    if one.ending:
        rows.append(Columns(left=words(ending, day=one.end), right=str(one.ending), indent=2))
    return rows


def valid(until: str, words: Words) -> list[Row]:
    """Of an unnamed card."""
    return [Columns(left=words("Valid until"), right=until)] if until else []


def balances(after: Balances, words: Words) -> list[Row]:
    rows: list[Row] = [
        Columns(left=words("Principal balance"), right=plain(after.principal)),
        Columns(left=words("Bonus balance"), right=plain(after.bonus)),
        Columns(left=words("Balance after"), right=shown(after.principal + after.bonus), bold=True),
    ]
    rows += [
        Columns(left=points_name(family, words), right=str(count))
        for family, count in sorted(after.points.items())
    ]
    rows += [_left(sku, count, after, words) for sku, count in sorted(after.uses.items())]
    if after.coupons:
        rows.append(Columns(left=words("Coupons"), right=words("{count} pcs", count=str(after.coupons))))
    return rows


def _left(sku: str, count: int, after: Balances, words: Words) -> Row:
    """Of what was paid for ahead, or has a price of its own."""
    if sku.startswith(LITRES):
        return litres_left(sku, count, words)
    name = after.called.get(sku) or words.article(sku)
    return Columns(left=words("Uses left, {name}", name=name), right=words("x{count}", count=str(count)))


def litres_left(unit: str, count: int, words: Words) -> Row:
    """`count`: hundredths; paid ahead, or under a locked price."""
    if terms := locked(unit):
        grade = terms[0]
        left = words("Locked {price}, grade {grade}", price=plain(terms[1]), grade=grade)
    else:
        grade = unit.removeprefix(LITRES)
        left = words("Paid ahead, grade {grade}", grade=grade)
    return Columns(left=left, right=words.poured(count, grade=grade))


def good_at(count: int, terms: tuple[str, int], words: Words) -> str:
    """So much at a locked price. `terms`: grade, and fen for each litre, kilogram or cubic metre."""
    grade, price = terms
    quantity, unit = words.poured(count, grade=grade), words.unit(grade)
    if not unit:
        return words("Good for {quantity} at {price}", quantity=quantity, price=plain(price))
    return words("Good for {quantity} at {price}/{unit}", quantity=quantity, price=plain(price), unit=unit)


def coupon_pack(coupons: tuple[CouponGrant, ...], words: Words, title: str = "Coupon pack") -> list[Row]:
    """What was given, equal coupons on one line, and when they may be used where that is bounded."""
    kinds = Counter(
        ("" if given.face else given.kind, given.face, given.threshold, given.since, given.until)
        for given in coupons
    )
    rows: list[Row] = [Text(text=words(title), bold=True)]
    for (kind, face, threshold, since, until), count in kinds.items():
        key = "{off} off from {reach}" if threshold else "{off} off"
        what = (
            (words.coupon(kind) or words("Coupons"))
            if kind
            else words(key, off=plain(face), reach=plain(threshold))
        )
        rows.append(Columns(left=what, right=words("x{count}", count=str(count)), indent=2))
        rows += window(since, until, words)
    return rows


def vouchers(given: tuple[Grant, ...], words: Words) -> list[Row]:
    """Cash vouchers that were given, equal ones on one line; none: nothing."""
    kinds = Counter((one.amount, one.since, one.until) for one in given)
    rows: list[Row] = [Text(text=words("Cash vouchers"), bold=True)] if given else []
    for (worth, since, until), count in kinds.items():
        right = words("x{count}", count=str(count))
        rows.append(Columns(left=words("Pays {sum}", sum=plain(worth)), right=right, indent=2))
        rows += window(since, until, words)
    if given:
        rows.append(Text(text=words("Each once, without change."), indent=2))
    return rows


def locked_price(given: Grant, words: Words) -> list[Row]:
    """That was given; of what is no locked price nothing."""
    terms = locked(given.unit)
    if terms is None:
        return []
    good = good_at(given.amount, terms, words)
    rows: list[Row] = [Text(text=words("Locked price, grade {grade}", grade=terms[0]), bold=True)]
    return [*rows, Text(text=good, indent=2), *window(given.since, given.until, words)]


def window(since: str, until: str, words: Words) -> list[Row]:
    """First and last day of use, where there are such."""
    days = (("Usable from", since), ("Usable until", until))
    return [Columns(left=words(key), right=day, indent=2) for key, day in days if day]


def points_name(family: str, words: Words) -> str:
    """A family that this version does not know is printed as it is called."""
    key = _POINTS.get(family)
    return words(key) if key else family
