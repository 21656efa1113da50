"""One receipt of each kind, and of each thing that may stand on it. Fixed, so that what is drawn repeats."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec.structs import replace

from terminal.core import buyer
from terminal.core.cards import CardState
from terminal.core.cart import Article, Cart, CartLine
from terminal.core.claims import ClaimForm
from terminal.core.commands import (
    BATCH,
    Agreed,
    Balances,
    BookCard,
    BookCardState,
    BookCashMove,
    BookDeposit,
    Booked,
    BookFleetFunds,
    BookGrant,
    BookImport,
    BookIntent,
    BookIntentEnd,
    BookIssue,
    BookJoin,
    BookMerge,
    BookNote,
    BookRecharge,
    BookRechargeRefund,
    BookRedeem,
    BookRefund,
    BookSale,
    BookShiftClose,
    BookTransfer,
    BookVoid,
    Cashback,
    Claim,
    ClockTrust,
    Consent,
    CouponGrant,
    Discount,
    Grant,
    Had,
    IntentEnd,
    Kept,
    Listed,
    Measured,
    Occasion,
    Opens,
    OwnSlip,
    PaidBy,
    PointsEarned,
    Private,
    Purse,
    RechargeRefundReason,
    Returned,
    SaleLine,
    Sells,
    Tender,
    TenderKind,
    Undid,
    UsesKept,
)
from terminal.core.consents import ConsentText
from terminal.core.figures import (
    CASH,
    Difference,
    GradeFigures,
    Named,
    NozzleFigures,
    ShiftFigures,
    Tallied,
    Won,
)
from terminal.core.given_back import GivenBack
from terminal.core.invoicing import INVOICE
from terminal.core.own import OwnAct, slip
from terminal.core.points_notice import PointsNotice
from terminal.core.pricing import Buyer, Priced, Visit, parsed, priced
from terminal.core.receipts import Copy, Document, ShopHead, document_of
from terminal.core.services import Service, Written
from terminal.core.shift import X_REPORT
from terminal.core.values import CardId, EntryId, MemberId, ShiftId, StaffId, TerminalId, Value, WalletId

SHOP = ShopHead(name="鲜果坊·人民路店", address="人民路 12 号", phone="0571-88886666")
STATION = ShopHead(
    name="城东加油站", address="环城东路 301 号 (East Ring Road, Exit 4)", phone="0571-81234567"
)

LANGUAGES = ("zh-Hans", "zh-Hant", "en")
WIDTHS = (32, 48)


class Specimen(Value, frozen=True, kw_only=True):
    booked: Booked
    shop: ShopHead = SHOP
    copy: Copy = Copy.ORIGINAL
    training: bool = False
    claim: str = ""
    consent_texts: tuple[ConsentText, ...] = ()
    on_screen: bool = False

    def document(self, language: str) -> Document:
        return document_of(
            self.booked,
            self.shop,
            language=language,
            copy=self.copy,
            training=self.training,
            claim=self.claim,
            consent_texts=self.consent_texts,
            on_screen=self.on_screen,
            article=lambda sku: _CALLED.get(sku, sku),
            company=lambda company: _COMPANIES.get(company, company),
        )


_CALLED = {"K03": "护理三次卡 Three treatments", "K10": "剪发十次卡 Ten haircuts"}
"""Names of count cards."""
_COMPANIES = {"haulage-1": "顺达运输有限公司"}

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

_CLAIM = ClaimForm(
    form="https://invoice.example/c?s={site}&e={entry}&a={amount}&k={check}",
    secret=b"0123456789abcdef0123456789abcdef",
    merchant="M1",
    site="S1",
)

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


def _priced() -> Priced:
    """A member price, a pack, a discount on the order and a gift, as the engine finds them."""
    durian = Article(
        sku="D01", name="榴莲", category="fruit", price=5160, member_price=4560, measured=Measured.GRAM
    )
    box = Article(sku="X01", name="果切盒", category="cut", price=1580)
    yoghurt = Article(sku="Y01", name="酸奶", category="dairy", price=890)
    counted = ((durian, 2745), (box, 2), (yoghurt, 1))
    tariff, refused = parsed(_PROMOTIONS.items())
    if refused:
        raise ValueError(refused)
    return priced(
        Cart(lines=tuple(CartLine(article=article, quantity=count) for article, count in counted)),
        Visit(business_day="2026-11-24", buyer=Buyer(tier="silver")),
        tariff,
    )


_PROMOTIONS: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {
        "member": {"rule": "member_price", "name": "会员价"},
        "breakfast": {
            "rule": "pack",
            "name": "早餐套餐",
            "price": 2170,
            "contents": [["X01", 1], ["Y01", 1]],
        },
        "less": {"rule": "spend_less", "name": "满100减12", "rungs": [{"reach": 10000, "less": 1200}]},
        "gift": {
            "rule": "spend_get",
            "name": "满88赠酸奶",
            "categories": ["fruit"],
            "reach": 8800,
            "sku": "Y01",
            "article": "酸奶",
            "price": 890,
        },
    }
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
_BY_POINTS = Booked(
    command=_sale(
        (_APPLES, _WATER),
        (
            Tender(kind=TenderKind.POINTS, amount=1_500, of="goods", units=300),
            Tender(kind=TenderKind.CODE, amount=500),
        ),
        points=(PointsEarned(family="goods", points=5, until="2027-12-31"),),
    ),
    seq=47,
    receipt_no="T1-1-47-0BADCAFE",
    after=Balances(principal=8_500, bonus=0, points={"goods": 825}),
    points_ending=620,
    points_end="2026-12-31",
    card_shown="****1234",
)
_DRINK = SaleLine(
    sku="T01",
    name="柠檬茶",
    category="drink",
    quantity=1,
    unit_price=900,
    gross=900,
    discounts=(Discount(name="银卡赠饮", amount=900),),
    net=0,
)
_ENTITLED = Booked(
    command=_sale(
        (_APPLES, _DRINK),
        (Tender(kind=TenderKind.STORED, amount=_APPLES.net),),
        had=(Had(what="drink", period="2026-11", name="银卡赠饮", count=1, most=4, left=2, places=(1,)),),
    ),
    seq=48,
    receipt_no="T1-1-48-0BADCAFE",
    principal_spent=_APPLES.net,
    after=Balances(principal=8_500, bonus=0, points={}),
    card_shown="****1234",
)
_TEN_CUTS = SaleLine(
    sku="K10",
    name="剪发十次卡 Ten haircuts",
    category="card",
    quantity=1,
    unit_price=30_000,
    gross=30_000,
    net=30_000,
    sells=Sells(unit="count:K10", amount=10, until="2027-11-24"),
)
_CARD_SOLD = Booked(
    command=_sale((_TEN_CUTS,), (Tender(kind=TenderKind.CODE, amount=30_000),)),
    seq=49,
    receipt_no="T1-1-49-0BADCAFE",
    after=Balances(principal=8_500, points={"goods": 425}, uses={"K10": 10}),
    introducer_earned=100,
    card_shown="****1234",
)
_CUT = SaleLine(
    sku="F01", name="剪发 Haircut", category="service", quantity=1, unit_price=3_800, gross=3_800, net=3_800
)
_USED = Booked(
    command=_sale(
        (_CUT, _WATER),
        (
            Tender(kind=TenderKind.USES, amount=3_800, of="count:K10", units=1, places=(0,)),
            Tender(kind=TenderKind.CODE, amount=600),
        ),
    ),
    seq=50,
    receipt_no="T1-1-50-0BADCAFE",
    after=Balances(principal=8_500, points={"goods": 431}, uses={"K10": 9}),
    card_shown="****1234",
)
_FOR_COUPONS = Booked(
    command=BookRedeem(
        id=_ID,
        at=_AT,
        wallet=_WALLET,
        card=_CARD,
        points=PointsEarned(family="goods", points=300),
        what="",
        coupons=tuple(CouponGrant(coupon=f"p-{n}", kind="c5", face=500, threshold=5_000) for n in range(2)),
    ),
    seq=51,
    receipt_no="T1-1-51-0BADCAFE",
    after=Balances(principal=8_500, points={"goods": 131}, coupons=2),
    card_shown="****1234",
)
_CREAM = SaleLine(
    sku="C07",
    name="护手霜 Hand cream",
    category="redeemed",
    quantity=1,
    unit_price=3_900,
    gross=3_900,
    net=3_900,
)
_POINTS_AND_MONEY = Booked(
    command=_sale(
        (_CREAM,),
        (
            Tender(kind=TenderKind.POINTS, amount=2_400, of="goods", units=200),
            Tender(kind=TenderKind.CASH, amount=1_500),
        ),
        received=2_000,
        points=(PointsEarned(family="goods", points=15),),
    ),
    seq=52,
    receipt_no="T1-1-52-0BADCAFE",
    after=Balances(principal=8_500, points={"goods": 135}),
    card_shown="****1234",
)
_REDEEMED = Booked(
    command=BookRedeem(
        id=_ID,
        at=_AT,
        wallet=_WALLET,
        card=_CARD,
        points=PointsEarned(family="goods", points=500),
        what="柔肤水试用装 Toner to try",
        worth=2_500,
        claim="123456782",
    ),
    seq=48,
    receipt_no="T1-1-48-0BADF00D",
    after=Balances(principal=8_500, bonus=0, points={"goods": 320}),
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
_GROUP_BUY = Booked(
    command=_sale(
        (_LONG, _APPLES),
        (
            Tender(
                kind=TenderKind.GROUP_BUY,
                amount=20_000,
                of="meituan",
                vouchers=(_ID, EntryId("01936000-0000-7000-8000-0000000000b2")),
                settles=18_800,
            ),
            Tender(
                kind=TenderKind.GROUP_BUY,
                amount=5_000,
                of="douyin",
                vouchers=(EntryId("01936000-0000-7000-8000-0000000000b3"),),
            ),
            Tender(kind=TenderKind.GROUP_BUY, amount=8_500, of="kuaishou"),
            Tender(kind=TenderKind.CODE, amount=5_000, of="wechat"),
            Tender(kind=TenderKind.CASH, amount=2_890),
        ),
        received=3_000,
    ),
    seq=19,
    receipt_no="T1-1-19-6B0B5EED",
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
    after=Balances(
        principal=0,
        bonus=1_550,
        points={"diesel": 1_884, "petrol": 60, "goods": 5},
        uses={"litres:92": 500, "litres:95@770": 16_000},
    ),
    points_others=(
        PointsNotice(family="petrol", ending=60, end="2026-12-31"),
        PointsNotice(family="diesel", ending=1_500, end="2027-03-31", owed=12),
    ),
    card_shown="****5678",
)
_GAS = Booked(
    command=_sale(
        (
            replace(
                _DIESEL, sku="fuel-CNG", name="压缩天然气", category="gas", quantity=3_141,
                measured=Measured.CENTICUBIC, unit_price=435, gross=13_663, net=13_663,
            ),
            replace(
                _DIESEL, sku="fuel-LNG", name="液化天然气", category="gas", quantity=1_000,
                measured=Measured.DECAGRAM, unit_price=620, gross=6_200, net=6_200,
            ),
        ),
        (Tender(kind=TenderKind.STORED, amount=19_863),),
        points=(PointsEarned(family="gas", points=41),),
    ),
    seq=21,
    receipt_no="T1-1-21-0BADF00D",
    principal_spent=19_863,
    after=Balances(principal=0, bonus=0, points={"gas": 141}),
    points_others=(PointsNotice(family="gas", ending=60, end="2026-12-31", owed=3),),
    card_shown="****5678",
)  # fmt: skip
_JOIN = Booked(
    command=_sale(
        (_PETROL,),
        (Tender(kind=TenderKind.CASH, amount=27_330),),
        card=None,
        rounding=2,
        received=30_000,
        points=(PointsEarned(family="petrol", points=273),),
        opens=replace(
            _OPENS,
            consents=(
                Consent(purpose="marketing", version="2026-1", given=True),
                Consent(purpose="partners", version="2026-1", given=False),
            ),
        ),
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
_ASKED = Booked(
    command=BookIntent(
        id=_ID, at=_AT, what=f"{INVOICE}{_ID}", amount=100_000, consumed_by=_ID, wallet=_WALLET
    ),
    seq=24,
    receipt_no="",
    asked=buyer.AskedFor(
        receipt="T1-1-22-CAFED00D",
        buyer=buyer.Buyer(title="杭州鲜果坊电子商务有限公司城西分公司", tax_number="91350100M000100Y43"),
    ),
)
_ASKED_BY_A_PERSON = replace(
    _ASKED, asked=buyer.AskedFor(receipt="T1-1-22-CAFED00D", buyer=buyer.Buyer(title="O'Brien"))
)
_RECHARGE_NEW = Booked(
    command=BookRecharge(
        id=_ID, at=_AT, wallet=_WALLET, card=None, principal=5_000, bonus=0, received=10_000, opens=_OPENS
    ),
    seq=23,
    receipt_no="T1-1-23-12345678",
    after=Balances(principal=5_000, coupons=9),
)
_RECHARGE_CAMPAIGN = Booked(
    command=replace(
        _RECHARGE.command,
        paid_by=PaidBy.TRANSFER,
        campaign="年终充值 New Year 2027",
        by_company=True,
        points=(PointsEarned(family="goods", points=1_000, base=100_000, step=100),),
        gift_points=100,
        coupons=(
            CouponGrant(
                coupon="c5-0",
                kind="c5",
                face=500,
                threshold=15_000,
                since="2026-11-25",
                until="2026-12-24",
            ),
        ),
        locks=(Grant(unit="litres:95@770", amount=20_000, until="2026-12-23"),),
    ),
    seq=31,
    receipt_no="T1-1-31-CAFED00E",
    after=Balances(principal=108_500, bonus=15_000, points={"goods": 120}),
    card_shown="****1234",
)
_RECHARGE_ROUNDED = Booked(
    command=replace(_RECHARGE.command, principal=1_234, bonus=0, received=2_000, rounding=4),
    seq=49,
    receipt_no="T1-1-49-CAFED010",
    after=Balances(principal=1_234),
    card_shown="****5678",
)
_RECHARGE_UNNAMED = Booked(
    command=replace(
        _RECHARGE.command,
        opens=Opens(
            wallet=_WALLET,
            member=None,
            card=_CARD,
            commitment="",
            terms="1",
            channel="counter",
            recruiter=_AT.operator,
            until="2029-11-24",
        ),
    ),
    seq=48,
    receipt_no="T1-1-48-CAFED00F",
    after=Balances(principal=100_000, bonus=15_000),
    card_shown="****5678",
)
_JOINED = Booked(
    command=BookJoin(
        id=_ID,
        at=_AT,
        opens=replace(
            _OPENS,
            card=_CARD,
            channel="counter",
            pin=True,
            consents=(
                Consent(purpose="marketing", version="1", given=True),
                Consent(purpose="partners", version="1", given=False),
                Consent(purpose="health", version="1", given=True),
                Consent(purpose="生日祝福 Birthday wishes", version="1", given=True),
            ),
        ),
    ),
    seq=32,
    receipt_no="",
    after=Balances(coupons=9),
    card_shown="****1234",
)
_DEPOSIT = Booked(
    command=BookDeposit(
        id=_ID,
        at=_AT,
        wallet=_WALLET,
        card=_CARD,
        of=f"presale:{_ID}",
        amount=10_000,
        received=20_000,
        what="精选进口车厘子礼盒装 Chilean cherries JJJ, gift box",
    ),
    seq=33,
    receipt_no="T1-1-33-0DDBA11A",
    after=Balances(principal=8_500, points={"goods": 120}),
    card_shown="****1234",
)
_DEPOSIT_BACK = Booked(
    command=BookRefund(
        id=_ID, at=_AT, of=_ID, returned=(Returned(line=0, net=10_000),), why="deposit", cash_step=10
    ),
    seq=34,
    receipt_no="T1-1-34-0DDBA11B",
    after=Balances(principal=8_500, points={"goods": 120}),
    back=GivenBack(cash=10_000, value=(("deposit", -10_000),)),
    undid=Undid(command=_DEPOSIT.command, receipt_no=_DEPOSIT.receipt_no),
)
_ORDERED = Booked(
    command=replace(
        _DEPOSIT.command, what="水果礼盒", amount=5_000, received=5_000, price=25_600, paid_by=PaidBy.CODE
    ),
    seq=52,
    receipt_no="T1-1-52-0DDBA11C",
    after=Balances(principal=8_500, points={"goods": 120}),
    card_shown="****1234",
)
_LEFT_IN_CASH = replace(
    _ORDERED,
    command=replace(
        _ORDERED.command, amount=5_004, received=6_000, rounding=4, paid_by=PaidBy.CASH, price=25_600
    ),
)
_FUNDS = Booked(
    command=BookFleetFunds(
        id=_ID, at=_AT, company="haulage-1", amount=500_000, paid_by=PaidBy.CODE, through="wechat"
    ),
    seq=53,
    receipt_no="T1-1-53-0DDBA11D",
)
_CREDIT = replace(_FUNDS, command=replace(_FUNDS.command, paid_by=None, through=""))
_OWED = replace(_FUNDS, command=replace(_FUNDS.command, paid_by=PaidBy.TRANSFER, through="", settles=True))
_SETTLED = Booked(
    command=_sale(
        (_LONG,),
        (
            Tender(kind=TenderKind.DEPOSIT, amount=10_000, of=f"presale:{_ID}"),
            Tender(kind=TenderKind.CASH, amount=29_990),
        ),
        received=30_000,
    ),
    seq=34,
    receipt_no="T1-1-34-0DDBA11B",
    after=Balances(principal=8_500, points={"goods": 120}),
    card_shown="****1234",
)
_PAPER = Booked(
    command=BookImport(
        id=_ID,
        at=replace(_AT, second=StaffId("ST-1002")),
        wallet=_WALLET,
        paper="2019-0042",
        grants=(
            Grant(unit="principal", amount=12_000),
            Grant(unit="bonus", amount=2_000),
            Grant(unit="points:goods", amount=340),
            Grant(unit="count:haircut", amount=3, until="2027-12-31"),
        ),
    ),
    seq=35,
    receipt_no="",
    after=Balances(principal=12_000, bonus=2_000, points={"goods": 340}),
)
_CARE_AFTER = Balances(principal=8_500, bonus=300, points={"goods": 120}, coupons=2)
_NEW_CARD = Booked(
    command=BookCard(id=_ID, at=_AT, wallet=_WALLET, card=CardId("c-new"), replaces=_CARD),
    seq=41,
    receipt_no="",
    after=_CARE_AFTER,
    card_shown="****5678",
)
_RENEWED = Booked(
    command=BookCardState(
        id=_ID, at=_AT, card=_CARD, state=CardState.ACTIVE, until="2029-11-24", was=CardState.EXPIRED
    ),
    seq=47,
    receipt_no="",
    after=Balances(principal=8_500),
    card_shown="****5678",
)
_GIVEN_OUT = replace(
    _RENEWED,
    command=BookCardState(
        id=_ID, at=_AT, card=_CARD, state=CardState.ACTIVE, until="2029-11-24", was=CardState.NEW
    ),
    after=Balances(),
)
_LOST = Booked(
    command=BookCardState(id=_ID, at=_AT, card=_CARD, state=CardState.LOST),
    seq=42,
    receipt_no="",
    after=_CARE_AFTER,
    card_shown="****1234",
)
_FROZEN, _AGAIN, _CANCELLED = (
    replace(_LOST, command=BookCardState(id=_ID, at=_AT, card=_CARD, state=state))
    for state in (CardState.FROZEN, CardState.ACTIVE, CardState.CANCELLED)
)
_PASSED_ON = Booked(
    command=BookTransfer(
        id=_ID,
        at=_AT,
        wallet=_WALLET,
        card=None,
        to=MemberId("m-new"),
        commitment="",
        terms="2026-2",
        cancels=(_CARD,),
    ),
    seq=43,
    receipt_no="",
    after=_CARE_AFTER,
)
_MERGED = Booked(
    command=BookMerge(id=_ID, at=_AT, wallet=WalletId("w-old"), into=_WALLET),
    seq=44,
    receipt_no="",
    after=_CARE_AFTER,
)
_MANY = Booked(
    command=BookNote(id=_ID, at=replace(_AT, second=StaffId("ST-1002")), what=BATCH, detail="3/6"),
    seq=45,
    receipt_no="T1-1-19-3C5B17E0",
    listed=Listed(
        done=("YT0021", "YT0023", "YT0024"),
        left_out=(("YT0022", 150), ("******************12345678", 0), ("YT0025", None)),
    ),
)
_MANY_READ = Listed(done=("*****0021", "*****0023", "*****0024"), left=3)
_KEPT = Kept(
    member=_OPENS.member or MemberId(""),
    private=Private(
        name="王小明",
        phone="19000000301",
        plate="浙A12345",
        told=(
            ("birthday", "leap:1990-06-01"),
            ("document", "citizen:11010519491231002X"),
            ("allergy", "青霉素"),
            ("taste", "不吃香菜, extra hot, no peanuts of any kind"),
        ),
    ),
    agreed=(
        Agreed(consent=Consent(purpose="health", version="2", given=True), when="2026-11-24 18:05:07"),
        Agreed(consent=Consent(purpose="marketing", version="1", given=False), when="2026-01-02 09:00:00"),
        Agreed(consent=Consent(purpose="生日短信", version="2", given=True), when="2026-11-24 18:05:07"),
    ),
    services=(
        Service(
            entry=_ID,
            written=Written(
                day="2026-11-20",
                done=("剪发 Cut", "染发"),
                by=StaffId("E01"),
                used=("染膏 6/0 40g",),
            ),
            remark="头皮敏感，勿用含氨产品",
        ),
    ),
    purses=(
        Purse(
            wallet=_WALLET,
            tier="gold",
            held=(
                ("bonus", 1_000),
                ("coupon:k1", 1),
                ("coupon:k2", 1),
                ("count:K03", 3),
                ("litres:92", 4_250),
                ("litres:95@780", 1_000),
                ("points:goods", 420),
                ("points:tier", 792),
                ("principal", 8_500),
                ("voucher:01a21b84-9696-7002-8137-42352d84b282", 1_000),
                ("voucher:01a21b84-9696-7002-8137-42352d84b283", 500),
            ),
            cards=("****1234", "****5678"),
            uses=(
                UsesKept(unit="count:K03", amount=1, until="2026-11-01", name="护理三次卡 Three treatments"),
                UsesKept(unit="count:K03", amount=2, until="2027-11-01", name="护理三次卡 Three treatments"),
            ),
        ),
    ),
    records_until="2031-11-24",
)
_TEXTS = (
    ConsentText(purpose="health", version="1", text="旧版"),
    ConsentText(purpose="marketing", version="2", text="新版"),
    ConsentText(
        purpose="health",
        version="2",
        text="本店为提供护理服务记录您的肤质与过敏史，仅限本店员工查看，可随时撤回。",
    ),
)


def _own(act: OwnAct, *changed: str) -> Booked:
    return Booked(
        command=slip(act, _KEPT, _ID, replace(_AT, second=StaffId("ST-1002"))),
        seq=46,
        receipt_no="",
        own=OwnSlip(kept=None if act is OwnAct.FORGOTTEN else _KEPT, changed=changed),
    )


_OWN = _own(OwnAct.SHOWN)
_ISSUE = Booked(command=BookIssue(id=_ID, at=_AT, opens=_OPENS), seq=24, receipt_no="")

_FIGURES = ShiftFigures(
    shift=ShiftId("T1-42"),
    from_ms=_AT.wall_ms - 8 * 3_600_000,
    days=(Named(name="2026-11-23", count=3, amount=4_150), Named(name="2026-11-24", count=44, amount=98_460)),
    attendants=(
        Named(name="ST-1001", count=40, amount=90_000),
        Named(name="ST-1002", count=7, amount=12_610),
    ),
    sales=Tallied(count=47, amount=102_610),
    discounts=3_250,
    overrides=(Named(name="破损", count=2, amount=450), Named(name="price match", count=1, amount=100)),
    rounding=18,
    tenders=(
        Named(name="cash", count=30, amount=41_092),
        Named(name="stored", count=12, amount=38_500),
        Named(name="code", count=8, amount=23_000),
    ),
    recharges=Tallied(count=3, amount=150_000),
    bonus=15_000,
    others=Tallied(count=1, amount=5_000),
    voids=Tallied(count=1, amount=1_200),
    refunds=Tallied(count=2, amount=3_600),
    outside=(Named(name="wechat", count=6, amount=17_800), Named(name="code", count=2, amount=5_200)),
    in_doubt=Tallied(count=1, amount=990),
    filling=Tallied(count=2, amount=60000),
    joined=4,
    opening=29_500,
    handed=30_000,
    cash_sales=41_092,
    cash_recharges=150_000,
    cash_others=5_000,
    cash_back=-4_800,
    moves=(Named(name="change", count=1, amount=20_000), Named(name="鲜花", count=2, amount=-6_000)),
    opened=(Named(name="change", count=2), Named(name="count", count=1)),
    x_reports=1,
    expected=234_792,
    recharge_rounding=7,
    commissions=(
        Named(name="ST-1001", count=5, amount=7_425),
        Named(name="ST-1003", count=1, amount=-450),
    ),
    won=(
        Won(by=StaffId("ST-1001"), day="2026-11-23", count=1),
        Won(by=StaffId("ST-1002"), day="2026-11-24", count=2),
    ),
)
_X = Booked(command=BookNote(id=_ID, at=_AT, what=X_REPORT), seq=25, receipt_no="", figures=_FIGURES)
_X_VOUCHERS = replace(
    _X,
    figures=replace(
        _FIGURES,
        outside=(Named(name="meituan", count=3, amount=9_000), Named(name="douyin", count=1, amount=2_000)),
        vouchers=(
            Named(name="meituan", count=4, amount=8_460),
            Named(name="douyin", count=1, amount=1_880),
            Named(name="kuaishou", count=1),
        ),
    ),
)
_CLOSE = BookShiftClose(id=_ID, at=_AT, counted=234_492, left=30_000)
_Z = Booked(
    command=_CLOSE,
    seq=26,
    receipt_no="T1-1-26-0DDBA115",
    figures=replace(_FIGURES, counted=234_492, left=30_000),
)
_Z_STATION = replace(
    _Z,
    figures=replace(
        _FIGURES,
        counted=234_492,
        left=30_000,
        nozzles=(
            NozzleFigures(nozzle=1, grade="92", began=123_456_700, ended=123_466_755),
            NozzleFigures(nozzle=2, grade="95", began=98_765_400, ended=98_778_240),
            NozzleFigures(nozzle=3, grade="98", began=None, ended=4_567_800),
            NozzleFigures(nozzle=4, grade="0", began=9_999_990_000, ended=5_000),
        ),
        grades=(
            GradeFigures(grade="92", sold=8_052, tested=2_000, flowed=10_055),
            GradeFigures(
                grade="95", sold=15_383, tested=0, flowed=12_840, unpaid_first=5_083, unpaid_last=2_541
            ),
            GradeFigures(grade="98", sold=0, tested=0),
            GradeFigures(grade="0", sold=15_000, tested=0),
        ),
        was_filling=Tallied(count=1, amount=20_000),
        unpaid=Tallied(count=1, amount=20_000),
        unclear=1,
    ),
)
_Z_DIFFERS = Booked(
    command=_CLOSE,
    seq=27,
    receipt_no="T1-1-27-0DDBA116",
    figures=replace(
        _FIGURES,
        counted=234_492,
        left=30_000,
        differences=(
            Difference(what=CASH, receipts=234_792, ledger=233_592),
            Difference(what="wechat", receipts=17_800, ledger=19_000),
        ),
    ),
)
_Z_UNREAD = Booked(command=_CLOSE, seq=28, receipt_no="T1-1-28-0DDBA117")
_BY_HAND = Booked(
    command=BookIntentEnd(
        id=_ID,
        at=_AT,
        intent=EntryId("01960000-0000-7000-8000-0000000000ff"),
        end=IntentEnd.DONE,
        evidence="4711",
        by_hand=PaidBy.CASH,
        amount=3_550,
        why="too_late",
    ),
    seq=50,
    receipt_no="",
)
_PAID_OUT = Booked(
    command=BookCashMove(id=_ID, at=_AT, amount=-3_550, reason="purchase"),
    seq=29,
    receipt_no="T1-1-29-0DDBA118",
)
_PAID_IN = Booked(
    command=BookCashMove(id=_ID, at=_AT, amount=20_000, reason="change"),
    seq=30,
    receipt_no="T1-1-30-0DDBA119",
)

_PROMOTED = Booked(
    command=_sale(_priced().lines, (Tender(kind=TenderKind.STORED, amount=_priced().due),)),
    seq=21,
    receipt_no="T1-1-21-7C11D0A2",
    card_shown="****1234",
    after=Balances(principal=6_683, bonus=2_000, points={"goods": 353}),
)

_COUPONS = Booked(
    command=_sale(
        (_APPLES, _WATER),
        (Tender(kind=TenderKind.STORED, amount=2_000),),
        coupons=(
            CouponGrant(
                coupon="autumn-0",
                kind="autumn",
                face=500,
                threshold=3_000,
                since="2026-12-01",
                until="2026-12-31",
            ),
            CouponGrant(coupon="tea-0", kind="tea", face=200, threshold=0, until="2026-12-08"),
            CouponGrant(coupon="tea-1", kind="tea", face=200, threshold=0, until="2026-12-08"),
        ),
    ),
    seq=31,
    receipt_no="T1-1-31-51EE70D5",
    principal_spent=2_000,
    after=Balances(principal=8_000, bonus=0, points={"goods": 120}, coupons=3),
    card_shown="****1234",
)

_GIFT = Booked(
    command=_sale(
        (
            replace(_WATER, quantity=2, gross=400, net=400),
            replace(
                _WATER,
                quantity=1,
                gross=200,
                discounts=(Discount(name="赠水券", amount=200, coupon="water-0"),),
                net=0,
            ),
        ),
        (Tender(kind=TenderKind.CODE, amount=400),),
        coupons_used=("water-0",),
        coupons=(
            CouponGrant(coupon="tea-2", kind="赠茶", face=0, threshold=0, until="2026-12-31"),
            CouponGrant(coupon="tea-3", kind="赠茶", face=0, threshold=0, until="2026-12-31"),
            CouponGrant(coupon="box-0", kind="赠果切", face=0, threshold=0, until="2026-12-31"),
        ),
        points=(PointsEarned(family="goods", points=4),),
    ),
    seq=55,
    receipt_no="T1-1-55-51EE70D7",
    after=Balances(principal=8_000, bonus=0, points={"goods": 124}, coupons=3),
    card_shown="****1234",
)


def _voucher(name: str, fen: int, since: str = "", until: str = "2026-12-24") -> Grant:
    return Grant(unit=f"voucher:{name}", amount=fen, since=since, until=until)


_VOUCHERS_GIVEN = Booked(
    command=_sale(
        (_APPLES,),
        (Tender(kind=TenderKind.CODE, amount=_APPLES.net),),
        vouchers=(
            _voucher("g-0", 2_000, since="2026-11-25"),
            _voucher("g-1", 2_000, since="2026-11-25"),
            _voucher("g-2", 500, until=""),
        ),
    ),
    seq=33,
    receipt_no="T1-1-33-51EE70D6",
    after=Balances(principal=8_000, bonus=0, points={"goods": 120}),
    card_shown="****1234",
)
_VOUCHER_SOLD = Booked(
    command=_sale(
        (
            SaleLine(
                sku="Q01",
                name="百元代金券",
                category="card",
                quantity=1,
                unit_price=9_500,
                gross=9_500,
                net=9_500,
                sells=Sells(unit="voucher:s-0", amount=10_000),
            ),
        ),
        (Tender(kind=TenderKind.CODE, amount=9_500),),
    ),
    seq=34,
    receipt_no="T1-1-34-51EE70D6",
    after=Balances(principal=8_000, bonus=0, points={"goods": 120}),
    card_shown="****1234",
)
_FOR_VOUCHER = Booked(
    command=BookRedeem(
        id=_ID,
        at=_AT,
        wallet=_WALLET,
        card=_CARD,
        points=PointsEarned(family="goods", points=400),
        what="20元代金券",
        vouchers=(_voucher("r-0", 2_000),),
    ),
    seq=52,
    receipt_no="T1-1-52-0BADCAFE",
    after=Balances(principal=8_500, points={"goods": 31}),
    card_shown="****1234",
)

_CLAIMED = Booked(
    command=BookGrant(
        id=_ID,
        at=_AT,
        wallet=_WALLET,
        why="秋季领券 Autumn coupons",
        grants=(_voucher("q-0", 1_000),),
        coupons=(
            CouponGrant(
                coupon="q-1", kind="c5", face=500, threshold=5_000, since="2026-11-25", until="2026-12-01"
            ),
        ),
        claim=Claim(code="AUTUMN26"),
    ),
    seq=53,
    receipt_no="",
    after=Balances(principal=8_500, points={"goods": 31}, coupons=1),
)

_CASHBACK = Booked(
    command=_sale(
        (
            replace(
                _APPLES,
                discounts=(Discount(name="满15减3券", amount=300, coupon="c3-0"),),
                net=_APPLES.gross - 300,
            ),
        ),
        (
            Tender(kind=TenderKind.VOUCHER, amount=500, of="v-0"),
            Tender(kind=TenderKind.CASHBACK, amount=200),
            Tender(kind=TenderKind.CODE, amount=_APPLES.gross - 300 - 700),
        ),
        coupons_used=("c3-0",),
        cashback=Cashback(amount=24, since="2026-11-25", until="2027-11-25"),
    ),
    seq=32,
    receipt_no="T1-1-32-51EE70D6",
    after=Balances(principal=8_000, bonus=0, points={"goods": 120}),
    card_shown="****1234",
)

_WEIGHED = SaleLine(
    sku="D01",
    name="马来西亚猫山王榴莲",
    category="fruit",
    quantity=2_745,
    measured=Measured.GRAM,
    unit_price=4_580,
    gross=12_572,
    discounts=(Discount(name="会员价", amount=1_255),),
    net=11_317,
)
_SOLD = BookSale(
    id=EntryId("01936000-0000-7000-8000-000000000051"),
    at=_AT,
    wallet=_WALLET,
    card=_CARD,
    lines=(_WEIGHED, _WATER, _LONG),
    due=51_907,
    tenders=(Tender(kind=TenderKind.STORED, amount=20_000), Tender(kind=TenderKind.CASH, amount=31_900)),
    rounding=7,
    received=32_000,
)
_SOLD_NO = Undid(command=_SOLD, receipt_no="T1-1-40-77AA01BC")
_REFUND = Booked(
    command=BookRefund(
        id=_ID,
        at=_AT,
        of=_SOLD.id,
        returned=(
            Returned(line=0, net=3_071, quantity=745, spoiled=True),
            Returned(line=1, net=200, quantity=1, spoiled=True),
        ),
        why="spoiled",
        cash_step=10,
    ),
    seq=51,
    receipt_no="T1-1-41-0DDBA115",
    after=Balances(principal=1_260, bonus=0, points={"goods": 4}),
    points_owed=3,
    back=GivenBack(
        cash=2_020,
        rounding=9,
        value=(("points:goods", -29), ("principal", 1_260)),
        owed=(("points:goods", 3),),
    ),
    undid=_SOLD_NO,
)
_REFUND_BLIND = Booked(
    command=BookRefund(
        id=_ID, at=_AT, of=_SOLD.id, returned=(Returned(line=0, net=3_071),), why="虫咬", cash_step=10
    ),
    seq=52,
    receipt_no="T1-1-42-5EEDED00",
    back=GivenBack(outside=(("unionpay", 1_000), ("wechat", 2_071)), value=(("coupon:k1", 1),)),
)
_REFUND_USES = Booked(
    command=BookRefund(
        id=_ID,
        at=_AT,
        of=_SOLD.id,
        returned=(Returned(line=0, net=32_000, quantity=1),),
        why="unwanted",
        cash_step=10,
    ),
    seq=54,
    receipt_no="T1-1-54-0DDBA11D",
    after=Balances(points={"goods": 80}),
    back=GivenBack(outside=(("code", 32_000),), value=(("count:K03", -3), ("points:goods", -320))),
)
_VOID = Booked(
    command=BookVoid(id=_ID, at=_AT, of=_SOLD.id, why="keyed_wrong"),
    seq=53,
    receipt_no="T1-1-43-ABBA2020",
    after=Balances(principal=20_000, bonus=0, points={"goods": 4}),
    back=GivenBack(
        cash=31_900, rounding=-7, value=(("bonus", 1_000), ("points:goods", -519), ("principal", 19_000))
    ),
    undid=_SOLD_NO,
)
_CODE_VOID = Booked(
    command=BookVoid(id=_ID, at=_AT, of=_REDEEMED.command.id, why="keyed_wrong"),
    seq=55,
    receipt_no="T1-1-55-0DDBA11E",
    after=Balances(principal=8_500, bonus=0, points={"goods": 820}),
    card_shown="****1234",
    back=GivenBack(value=(("points:goods", 500),)),
    undid=Undid(command=_REDEEMED.command, receipt_no=_REDEEMED.receipt_no),
)
_COUPONS_GIVEN = GivenBack(value=(("coupon:p-0", -1), ("coupon:p-1", -1), ("points:goods", 300)))
_COUPONS_BACK = Booked(
    command=BookRefund(id=_ID, at=_AT, of=_FOR_COUPONS.command.id, returned=(), why="unwanted"),
    seq=56,
    receipt_no="T1-1-56-0DDBA11F",
    after=Balances(principal=8_500, points={"goods": 431}),
    card_shown="****1234",
    back=_COUPONS_GIVEN,
    undid=Undid(command=_FOR_COUPONS.command, receipt_no=_FOR_COUPONS.receipt_no),
)
_RECHARGE_REFUND = Booked(
    command=BookRechargeRefund(
        id=_ID,
        at=_AT,
        wallet=_WALLET,
        lot=EntryId("01936000-0000-7000-8000-000000000050"),
        reason=RechargeRefundReason.SHOP,
        in_cash=True,
        cash_step=10,
    ),
    seq=54,
    receipt_no="T1-1-44-C0FFEE11",
    after=Balances(principal=0, bonus=0),
    back=GivenBack(cash=4_090, value=(("bonus", -500), ("principal", -3_999))),
    undid=Undid(command=_RECHARGE.command, receipt_no=_RECHARGE.receipt_no),
)
_ALL_OWED = {
    "cashback": (840, 0),
    "coupon:c3-0": (1, 0),
    "coupon:c3-1": (1, 1),
    "coupon:c3-2": (1, 0),
    "voucher:v-0": (1_000, 0),
    "voucher:v-1": (500, 0),
}
"""The second one came back, and lies there until headquarters takes it."""

SPECIMENS: Mapping[str, Specimen] = MappingProxyType(
    {
        "sale-promotions": Specimen(booked=_PROMOTED),
        "sale-coupons": Specimen(booked=_COUPONS),
        "sale-gift": Specimen(booked=_GIFT),
        "claimed": Specimen(booked=_CLAIMED),
        "sale-cashback": Specimen(booked=_CASHBACK),
        "fuel-points-settle": Specimen(booked=replace(_FUEL, points_settle={"diesel": 30}), shop=STATION),
        "sale-cashback-owed": Specimen(booked=replace(_CASHBACK, cashback_settles=16)),
        "sale-cashback-all-owed": Specimen(
            booked=replace(_CASHBACK, cashback_settles=24, after=Balances(principal=8_000, owed=_ALL_OWED))
        ),
        "sale-vouchers": Specimen(booked=_VOUCHERS_GIVEN),
        "voucher-sold": Specimen(booked=_VOUCHER_SOLD),
        "points-for-voucher": Specimen(booked=_FOR_VOUCHER),
        "sale": Specimen(booked=_STORED),
        "sale-points": Specimen(booked=_BY_POINTS),
        "sale-entitled": Specimen(booked=_ENTITLED),
        "count-card-sold": Specimen(booked=_CARD_SOLD),
        "count-card-used": Specimen(booked=_USED),
        "points-taken": Specimen(booked=_REDEEMED),
        "points-and-money": Specimen(booked=_POINTS_AND_MONEY),
        "sale-new-tier": Specimen(booked=replace(_STORED, tier_next="gold")),
        "points-for-coupons": Specimen(booked=_FOR_COUPONS),
        "sale-cash": Specimen(booked=_CASH),
        "sale-split": Specimen(booked=_SPLIT),
        "sale-group-buy": Specimen(booked=_GROUP_BUY),
        "sale-duplicate": Specimen(booked=_STORED, copy=Copy.DUPLICATE),
        "sale-training": Specimen(booked=_STORED, training=True),
        "fuel": Specimen(booked=_FUEL, shop=STATION),
        "gas": Specimen(booked=_GAS, shop=STATION),
        "join": Specimen(booked=_JOIN, shop=STATION),
        "company-credit": Specimen(booked=_CREDIT),
        "company-owed": Specimen(booked=_OWED),
        "company-paid": Specimen(booked=_FUNDS),
        "deposit": Specimen(booked=_DEPOSIT),
        "deposit-on-articles": Specimen(booked=_ORDERED),
        "deposit-back": Specimen(booked=_DEPOSIT_BACK),
        "deposit-rounded": Specimen(booked=_LEFT_IN_CASH),
        "deposit-settled": Specimen(booked=_SETTLED),
        "paper": Specimen(booked=_PAPER),
        "new-card": Specimen(booked=_NEW_CARD),
        "card-lost": Specimen(booked=_LOST),
        "card-given-out": Specimen(booked=_GIVEN_OUT),
        "card-renewed": Specimen(booked=_RENEWED),
        "card-frozen": Specimen(booked=_FROZEN),
        "card-used-again": Specimen(booked=_AGAIN),
        "card-cancelled": Specimen(booked=replace(_CANCELLED, after=Balances())),
        "passed-on": Specimen(booked=_PASSED_ON),
        "merged": Specimen(booked=_MERGED),
        "many-cards": Specimen(booked=_MANY),
        "many-cards-again": Specimen(booked=replace(_MANY, listed=_MANY_READ), copy=Copy.DUPLICATE),
        "many-cards-of-before": Specimen(
            booked=replace(_MANY, listed=None, receipt_no=""), copy=Copy.DUPLICATE
        ),
        "own-data": Specimen(booked=_OWN, consent_texts=_TEXTS),
        "own-data-on-screen": Specimen(booked=_OWN, consent_texts=_TEXTS, on_screen=True),
        "own-data-again": Specimen(booked=_OWN, copy=Copy.DUPLICATE),
        "own-data-from-the-file": Specimen(booked=replace(_OWN, own=None), copy=Copy.DUPLICATE),
        "own-consents": Specimen(booked=_own(OwnAct.CONSENTS, "health"), consent_texts=_TEXTS),
        "own-corrected": Specimen(booked=_own(OwnAct.CORRECTED, "birthday", "hair")),
        "own-copied": Specimen(booked=_own(OwnAct.COPIED)),
        "own-asked": Specimen(booked=_own(OwnAct.ASKED)),
        "own-forgotten": Specimen(booked=_own(OwnAct.FORGOTTEN)),
        "joined": Specimen(booked=_JOINED),
        "joined-by-a-friend": Specimen(booked=replace(_JOINED, introducer_earned=100)),
        "by-hand": Specimen(booked=_BY_HAND),
        "x-report": Specimen(booked=_X),
        "x-report-vouchers": Specimen(booked=_X_VOUCHERS),
        "z-report": Specimen(booked=_Z),
        "z-station": Specimen(booked=_Z_STATION),
        "z-differs": Specimen(booked=_Z_DIFFERS, copy=Copy.DUPLICATE),
        "z-unread": Specimen(booked=_Z_UNREAD),
        "paid-out": Specimen(booked=_PAID_OUT),
        "paid-in": Specimen(booked=_PAID_IN),
        "refund": Specimen(booked=_REFUND),
        "refund-count-card": Specimen(booked=_REFUND_USES),
        "refund-unread": Specimen(booked=_REFUND_BLIND, copy=Copy.DUPLICATE),
        "void": Specimen(booked=_VOID),
        "void-owed": Specimen(
            booked=replace(
                _VOID, back=GivenBack(cash=31_900, owed=(("coupon:c3-0", -1), ("voucher:v-0", -1_000)))
            )
        ),
        "refund-anew": Specimen(
            booked=replace(_COUPONS_BACK, back=replace(_COUPONS_GIVEN, anew="2026-12-23"))
        ),
        "void-claim-code": Specimen(booked=_CODE_VOID),
        "refund-points-for-coupons": Specimen(booked=_COUPONS_BACK),
        "recharge-refund": Specimen(booked=_RECHARGE_REFUND, training=True),
        "recharge": Specimen(booked=_RECHARGE),
        "invoice-asked": Specimen(booked=_ASKED),
        "invoice-asked-by-a-person": Specimen(booked=_ASKED_BY_A_PERSON, copy=Copy.DUPLICATE),
        "recharge-claim": Specimen(booked=_RECHARGE, claim=_CLAIM.of(_ID, 100_000)),
        "sale-claim": Specimen(booked=_CASH, claim=_CLAIM.of(_ID, 1_830)),
        "recharge-rounded": Specimen(booked=_RECHARGE_ROUNDED),
        "recharge-unnamed": Specimen(booked=_RECHARGE_UNNAMED),
        "recharge-campaign": Specimen(booked=_RECHARGE_CAMPAIGN),
        "recharge-joining": Specimen(booked=_RECHARGE_NEW, shop=STATION, copy=Copy.DUPLICATE, training=True),
    }
)

NOTHING_PRINTED = Specimen(booked=_ISSUE)
