"""Commands as a counter makes them, from a seed: cards given out and recharged, sales, people who join."""

from __future__ import annotations

import random
from typing import Any
from uuid import UUID

from terminal.core.commands import (
    BookIssue,
    BookRecharge,
    BookSale,
    ClockTrust,
    Command,
    CouponGrant,
    Occasion,
    Opens,
    PointsEarned,
    Private,
    SaleLine,
    Tender,
    TenderKind,
)
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId, EntryId, MemberId, ShiftId, StaffId, TerminalId, WalletId

_START_MS = 1_795_000_000_000
_GOODS = (
    ("A101", "苹果 500克", "fruit", 1290),
    ("B207", "乌龙茶", "drinks", 600),
    ("C300", "Bread", "bakery", 850),
)

Submission = tuple[Command, Private | None]


class Workload:
    """Deterministic. Each submission follows from the ones before it, as at a counter."""

    def __init__(self, seed: int | str, after: int = 0) -> None:
        """`after`: milliseconds into the day; ids and times begin there."""
        self._random = random.Random(seed)
        self._made = after
        self.cards: list[tuple[WalletId, CardId]] = []

    def issue(self) -> Submission:
        wallet, card = WalletId(self.new_id()), CardId(self.new_id())
        self.cards.append((wallet, card))
        number = f"{self._random.getrandbits(40):010X}"
        key = Credential(medium=Medium.EM4100, number=number)
        command = BookIssue(id=EntryId(self.new_id()), at=self.now(), opens=opens(wallet, None, card))
        return command, Private(credentials=(key,))

    def recharge(self, wallet: WalletId, card: CardId, principal: int = 0) -> BookRecharge:
        principal = principal or self._random.choice((5000, 10_000, 30_000))
        return BookRecharge(
            id=EntryId(self.new_id()),
            at=self.now(),
            wallet=wallet,
            card=card,
            principal=principal,
            bonus=principal // 10,
            received=principal,
        )

    def sale(self, wallet: WalletId, card: CardId, lines: int = 2) -> BookSale:
        """A full checkout: goods of several categories, paid from the card, points earned."""
        sold = tuple(line(*good) for good in self._random.sample(_GOODS, lines))
        due = sum(line.net for line in sold)
        return BookSale(
            id=EntryId(self.new_id()),
            at=self.now(),
            wallet=wallet,
            card=card,
            lines=sold,
            due=due,
            tenders=(Tender(kind=TenderKind.STORED, amount=due),),
            points=(PointsEarned(family="goods", points=due // 100),),
        )

    def join(self) -> Submission:
        wallet, member = WalletId(self.new_id()), MemberId(self.new_id())
        phone = f"1900{self._random.randrange(10**7):07d}"
        coupons = tuple(
            CouponGrant(coupon=self.new_id(), kind="c3", face=300, threshold=10_000) for _ in range(3)
        )
        command = BookSale(
            id=EntryId(self.new_id()),
            at=self.now(),
            wallet=wallet,
            card=None,
            lines=(line("92", "92#", "petrol", 20_000),),
            due=20_000,
            tenders=(Tender(kind=TenderKind.CODE, amount=20_000),),
            opens=opens(wallet, member, None, coupons),
        )
        key = Credential(medium=Medium.PHONE, number=phone)
        return command, Private(credentials=(key,), phone=phone, name="王小明", salt="00" * 16)

    def new_id(self) -> str:
        self._made += 1
        rest = self._random.getrandbits(62)
        return str(UUID(int=(_START_MS + self._made) << 80 | 7 << 76 | 2 << 62 | rest))

    def now(self) -> Occasion:
        return self.occasion(ShiftId("2026-11-24-1"), "2026-11-24")

    def occasion(self, shift: ShiftId, business_day: str) -> Occasion:
        return Occasion(
            terminal=TerminalId("T1"),
            shift=shift,
            operator=StaffId("ST-0301"),
            business_day=business_day,
            wall_ms=_START_MS + self._made,
            utc_offset_min=480,
            clock=ClockTrust.NETWORK,
            mono_ms=self._made,
            boot="5f1c1e0a-8a55-4d6c-9c3f-0d6d1d2a7b11",
        )


def line(sku: str, name: str, category: str, price: int, **more: Any) -> SaleLine:  # noqa: ANN401  fields
    fields = {"quantity": 1, "unit_price": price, "gross": price, "net": price, **more}
    return SaleLine(sku=sku, name=name, category=category, **fields)


def opens(
    wallet: WalletId, member: MemberId | None, card: CardId | None, coupons: tuple[CouponGrant, ...] = ()
) -> Opens:
    return Opens(
        wallet=wallet,
        member=member,
        card=card,
        commitment="ab" * 32 if member else "",
        terms="1",
        channel="counter",
        recruiter=StaffId("ST-0301"),
        coupons=coupons,
    )
