"""One receipt of each kind, and of each thing that may stand on it. Fixed, so that what is drawn repeats."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from terminal.core.commands import (
    Balances,
    Booked,
    BookIssue,
    BookRecharge,
    BookSale,
    ClockTrust,
    CouponGrant,
    Discount,
    Measured,
    Occasion,
    Opens,
    PointsEarned,
    SaleLine,
    Tender,
    TenderKind,
)
from terminal.core.receipts import Copy, Document, ShopHead, document_of
from terminal.core.values import CardId, EntryId, MemberId, ShiftId, StaffId, TerminalId, Value, WalletId

SHOP = ShopHead(name="鲜果坊·人民路店", address="人民路 12 号", phone="0571-88886666")
STATION = ShopHead(
    name="城东加油站", address="环城东路 301 号 (East Ring Road, Exit 4)", phone="0571-81234567"
)

LANGUAGES = ("zh-Hans", "en")
WIDTHS = (32, 48)


class Specimen(Value, frozen=True, kw_only=True):
    booked: Booked
    shop: ShopHead = SHOP
    copy: Copy = Copy.ORIGINAL
    training: bool = False

    def document(self, language: str) -> Document:
        return document_of(self.booked, self.shop, language=language, copy=self.copy, training=self.training)


_AT = Occasion(
    terminal=TerminalId("T1"),
    shift=ShiftId("2026-11-24-1"),
    operator=StaffId("ST-1001"),
    business_day="2026-11-24",
    wall_ms=1_795_485_907_000,
    utc_offset_min=480,
    clock=ClockTrust.NETWORK,
    mono_ms=60_000,
    boot="b1",
)
_ID = EntryId("01936000-0000-7000-8000-000000000001")
_WALLET = WalletId("01936000-0000-7000-8000-0000000000aa")
_CARD = CardId("01936000-0000-7000-8000-0000000000cc")

_APPLES = SaleLine(
    sku="F001",
    name="红富士苹果",
    category="fruit",
    quantity=1_250,
    measured=Measured.GRAM,
    unit_price=1_280,
    gross=1_600,
    discounts=(Discount(name="会员价", amount=160), Discount(name="Wednesday fruit day", amount=40)),
    net=1_400,
)
_WATER = SaleLine(
    sku="D001", name="Spring water 550 ml", category="drinks", quantity=3, unit_price=200, gross=600, net=600
)
_LONG = SaleLine(
    sku="F777",
    name="精选进口车厘子礼盒装 Chilean cherries JJJ, gift box with ribbon 特级 5 斤装",
    category="fruit",
    quantity=1,
    unit_price=39_990,
    gross=39_990,
    net=39_990,
)
_DIESEL = SaleLine(
    sku="grade:0",
    name="0号车用柴油",
    category="diesel",
    quantity=12_034,
    measured=Measured.CENTILITRE,
    unit_price=735,
    gross=88_450,
    net=88_450,
)
_PETROL = SaleLine(
    sku="grade:92",
    name="92号车用汽油",
    category="petrol",
    quantity=3_520,
    measured=Measured.CENTILITRE,
    unit_price=785,
    gross=27_632,
    discounts=(Discount(name="入会立减", amount=300),),
    net=27_332,
)


def _pack() -> tuple[CouponGrant, ...]:
    threes = [CouponGrant(coupon=f"c3-{n}", kind="c3", face=300, threshold=20_000) for n in range(5)]
    fives = [CouponGrant(coupon=f"c5-{n}", kind="c5", face=500, threshold=30_000) for n in range(3)]
    free = CouponGrant(coupon="wash-0", kind="wash", face=1_500, threshold=0)
    return (*threes, *fives, free)


_OPENS = Opens(
    wallet=_WALLET,
    member=MemberId("01936000-0000-7000-8000-0000000000bb"),
    card=None,
    commitment="",
    terms="1",
    channel="forecourt",
    recruiter=StaffId("ST-2002"),
    coupons=_pack(),
)


def _sale(lines: tuple[SaleLine, ...], tenders: tuple[Tender, ...], **more: object) -> BookSale:
    due = sum(line.net for line in lines)
    fields = {"wallet": _WALLET, "card": _CARD} | more
    return BookSale(id=_ID, at=_AT, lines=lines, due=due, tenders=tenders, **fields)  # type: ignore[arg-type]


_STORED = Booked(
    command=_sale(
        (_APPLES, _WATER),
        (Tender(kind=TenderKind.STORED, amount=2_000),),
        points=(PointsEarned(family="goods", points=20),),
    ),
    seq=17,
    receipt_no="T1-1-17-9F3A01BC",
    principal_spent=1_500,
    bonus_spent=500,
    after=Balances(principal=8_500, bonus=0, points={"goods": 120}, coupons=2),
    card_shown="****1234",
)
_CASH = Booked(
    command=_sale(
        (
            _WATER,
            SaleLine(
                sku="",
                name="手工录入",
                category="other",
                quantity=1,
                unit_price=1_234,
                gross=1_234,
                net=1_234,
            ),
        ),
        (Tender(kind=TenderKind.CASH, amount=1_830),),
        wallet=None,
        card=None,
        rounding=4,
        received=2_000,
    ),
    seq=18,
    receipt_no="T1-1-18-00C0FFEE",
)
_SPLIT = Booked(
    command=_sale(
        (_LONG, _APPLES),
        (
            Tender(kind=TenderKind.STORED, amount=8_500),
            Tender(kind=TenderKind.CODE, amount=30_000),
            Tender(kind=TenderKind.CASH, amount=2_890),
        ),
        received=3_000,
        points=(PointsEarned(family="goods", points=413),),
    ),
    seq=19,
    receipt_no="T1-1-19-5EED5EED",
    principal_spent=8_500,
    after=Balances(points={"goods": 533}),
    card_shown="******7788",
)
_FUEL = Booked(
    command=_sale(
        (_DIESEL,),
        (Tender(kind=TenderKind.STORED, amount=88_450),),
        points=(PointsEarned(family="diesel", points=884),),
    ),
    seq=20,
    receipt_no="T1-1-20-0BADF00D",
    principal_spent=80_000,
    bonus_spent=8_450,
    after=Balances(principal=0, bonus=1_550, points={"diesel": 1_884, "petrol": 60, "goods": 5}),
    card_shown="****5678",
)
_JOIN = Booked(
    command=_sale(
        (_PETROL,),
        (Tender(kind=TenderKind.CASH, amount=27_330),),
        card=None,
        rounding=2,
        received=30_000,
        points=(PointsEarned(family="petrol", points=273),),
        opens=_OPENS,
    ),
    seq=21,
    receipt_no="T1-1-21-DEADBEEF",
    after=Balances(points={"petrol": 273}, coupons=9),
)
_RECHARGE = Booked(
    command=BookRecharge(
        id=_ID, at=_AT, wallet=_WALLET, card=_CARD, principal=100_000, bonus=15_000, received=100_000
    ),
    seq=22,
    receipt_no="T1-1-22-CAFED00D",
    after=Balances(principal=108_500, bonus=15_000, points={"goods": 120}),
    card_shown="****1234",
)
_RECHARGE_NEW = Booked(
    command=BookRecharge(
        id=_ID, at=_AT, wallet=_WALLET, card=None, principal=5_000, bonus=0, received=10_000, opens=_OPENS
    ),
    seq=23,
    receipt_no="T1-1-23-12345678",
    after=Balances(principal=5_000, coupons=9),
)
_ISSUE = Booked(command=BookIssue(id=_ID, at=_AT, opens=_OPENS), seq=24, receipt_no="")

SPECIMENS: Mapping[str, Specimen] = MappingProxyType(
    {
        "sale": Specimen(booked=_STORED),
        "sale-cash": Specimen(booked=_CASH),
        "sale-split": Specimen(booked=_SPLIT),
        "sale-duplicate": Specimen(booked=_STORED, copy=Copy.DUPLICATE),
        "sale-training": Specimen(booked=_STORED, training=True),
        "fuel": Specimen(booked=_FUEL, shop=STATION),
        "join": Specimen(booked=_JOIN, shop=STATION),
        "recharge": Specimen(booked=_RECHARGE),
        "recharge-joining": Specimen(booked=_RECHARGE_NEW, shop=STATION, copy=Copy.DUPLICATE, training=True),
    }
)

NOTHING_PRINTED = Specimen(booked=_ISSUE)
