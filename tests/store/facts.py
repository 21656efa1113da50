"""Commands as a counter would make them, with ids that repeat."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from terminal.core.commands import (
    BookGrant,
    BookIssue,
    BookRecharge,
    BookSale,
    BookTransfer,
    ClockTrust,
    CouponGrant,
    Occasion,
    Opens,
    PointsEarned,
    Private,
    SaleLine,
    SpendOrder,
    Tender,
    TenderKind,
)
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId, EntryId, MemberId, ShiftId, StaffId, TerminalId, WalletId


def an_id(number: int) -> EntryId:
    return EntryId(str(UUID(int=1_790_000_000_000 << 80 | 7 << 76 | 2 << 62 | number)))


AT = Occasion(
    terminal=TerminalId("T1"),
    shift=ShiftId("2026-11-24"),
    operator=StaffId("ST-0301"),
    business_day="2026-11-24",
    wall_ms=1_795_000_000_000,
    utc_offset_min=480,
    clock=ClockTrust.UNKNOWN,
    mono_ms=1000,
    boot="b1",
)

CARD = Credential(medium=Medium.EM4100, number="0A00BC614E")
PHONE = Credential(medium=Medium.PHONE, number="19000000301")


def opens(number: int = 1, *, member: bool = False, coupons: int = 0) -> Opens:
    return Opens(
        wallet=WalletId(f"w{number}"),
        member=MemberId(f"m{number}") if member else None,
        card=None if member else CardId(f"c{number}"),
        commitment="",
        terms="1",
        channel="counter",
        recruiter=StaffId("ST-0301"),
        coupons=tuple(
            CouponGrant(coupon=f"k{number}-{n}", kind="c3", face=300, threshold=10000) for n in range(coupons)
        ),
    )


def issue(entry: int, number: int = 1) -> tuple[BookIssue, Private]:
    key = Credential(medium=Medium.EM4100, number=f"0A00BC{number:04X}")
    return BookIssue(id=an_id(entry), at=AT, opens=opens(number)), Private(credentials=(key,))


def recharge(entry: int, number: int = 1, principal: int = 10000, bonus: int = 0) -> BookRecharge:
    return BookRecharge(
        id=an_id(entry),
        at=AT,
        wallet=WalletId(f"w{number}"),
        card=CardId(f"c{number}"),
        principal=principal,
        bonus=bonus,
        received=principal,
    )


def sale(
    entry: int,
    amount: int = 1000,
    *,
    number: int | None = None,
    stored: int = 0,
    points: int = 0,
    order: SpendOrder = SpendOrder.BONUS_LAST,
    begins: Opens | None = None,
) -> BookSale:
    tenders = [Tender(kind=TenderKind.STORED, amount=stored)] if stored else []
    if amount - stored:
        tenders.append(Tender(kind=TenderKind.CASH, amount=amount - stored))
    wallet = begins.wallet if begins else WalletId(f"w{number}") if number else None
    card = begins.card if begins else CardId(f"c{number}") if number else None
    return BookSale(
        id=an_id(entry),
        at=AT,
        wallet=wallet,
        card=card,
        lines=(
            SaleLine(
                sku="A1",
                name="苹果",
                category="fruit",
                quantity=1,
                unit_price=amount,
                gross=amount,
                net=amount,
            ),
        ),
        due=amount,
        tenders=tuple(tenders),
        received=amount - stored,
        spend_order=order,
        points=(PointsEarned(family="goods", points=points),) if points else (),
        opens=begins,
    )


def transfer(entry: int, number: int = 1) -> BookTransfer:
    """To somebody who is not known yet."""
    wallet, to = WalletId(f"w{number}"), MemberId(f"m{100 + number}")
    return BookTransfer(id=an_id(entry), at=AT, wallet=wallet, card=None, to=to, commitment="", terms="1")


async def pin_told(ledger: Any, number: int = 1) -> str:
    """What headquarters is told of that wallet's PIN."""
    (edit,) = [one for one in await ledger.link.edits(100) if one.wallet == f"w{number}"]
    return edit.known.pin if edit.known is not None else ""


async def since_told(ledger: Any, number: int = 1) -> int:
    """What headquarters is told of when that wallet was given to its holder."""
    (since,) = [one.since for one in await ledger.link.edits(100) if one.wallet == f"w{number}"]
    return int(since)


def coupons(entry: int, first: int, count: int, number: int = 1) -> BookGrant:
    ids = (f"k{n}" for n in range(first, first + count))
    terms = tuple(CouponGrant(coupon=one, kind="fuel", face=200, threshold=0) for one in ids)
    return BookGrant(id=an_id(entry), at=AT, wallet=WalletId(f"w{number}"), why="x", coupons=terms)
