"""What several receipts have in common: head, member's balances, coupons, foot."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from terminal.core.commands import Balances, Booked, CouponGrant, Occasion, PointsEarned
from terminal.core.money import plain, shown
from terminal.core.receipts.rows import Centred, Columns, Feed, QrCode, Row, Rule, Text
from terminal.core.receipts.words import Words
from terminal.core.values import Value

_POINTS = {"goods": "Goods points", "petrol": "Petrol points", "diesel": "Diesel points"}


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
        Columns(left=words("Number"), right=booked.receipt_no),
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
    if issue.booked.receipt_no:
        rows += [Feed(), QrCode(text=issue.booked.receipt_no)]
    return rows


def local_time(at: Occasion) -> str:
    """Date and time on the wall of the shop, whatever zone this machine believes to be in."""
    try:
        there = datetime.fromtimestamp(at.wall_ms // 1000, UTC) + timedelta(minutes=at.utc_offset_min)
    except (OverflowError, OSError, ValueError):
        return f"{at.wall_ms} ms"  # A clock gone mad still leaves a receipt that can be told from others.
    return there.strftime("%Y-%m-%d %H:%M:%S")


def earned(points: tuple[PointsEarned, ...], words: Words) -> list[Row]:
    return [
        Columns(
            left=words("{points} earned", points=points_name(given.family, words)), right=f"+{given.points}"
        )
        for given in points
        if given.points
    ]


def member(booked: Booked, words: Words) -> list[Row]:
    """The masked card and what is on it now."""
    rows: list[Row] = []
    if booked.card_shown:
        rows.append(Columns(left=words("Card"), right=booked.card_shown))
    if booked.after is not None:
        rows += balances(booked.after, words)
    return rows


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
    if after.coupons:
        rows.append(Columns(left=words("Coupons"), right=words("{count} pcs", count=str(after.coupons))))
    return rows


def coupon_pack(coupons: tuple[CouponGrant, ...], words: Words) -> list[Row]:
    """What a newcomer was given, equal coupons on one line."""
    kinds = Counter((given.face, given.threshold) for given in coupons)
    rows: list[Row] = [Text(text=words("Coupon pack"), bold=True)]
    for (face, threshold), count in kinds.items():
        key = "{off} off from {reach}" if threshold else "{off} off"
        what = words(key, off=plain(face), reach=plain(threshold))
        rows.append(Columns(left=what, right=words("x{count}", count=str(count)), indent=2))
    return rows


def points_name(family: str, words: Words) -> str:
    """A family that this version does not know is printed as it is called."""
    key = _POINTS.get(family)
    return words(key) if key else family
