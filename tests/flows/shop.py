"""The people, cards and goods of the dialogues."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.core.cart import Article, Cart, Family, Fill, Grade
from terminal.core.policy import PackCoupon, Policy, Rung
from terminal.core.trust import Credential, Holder, Medium
from terminal.core.values import CardId, MemberId, WalletId

MILK = Article(sku="M01", name="牛奶", category="dairy", price=3_50, barcodes=("6901234567892",))
BREAD = Article(sku="B01", name="面包", category="bakery", price=12_34, barcodes=("6909876543212",))
GOODS = Cart().scanned(MILK).scanned(MILK).scanned(BREAD)
GOODS_DUE = 19_34

WANG_CARD = Credential(medium=Medium.UID, number="04A1B2C3D4E5F6")
WANG = Holder(
    wallet=WalletId("w-wang"),
    member=MemberId("m-wang"),
    card=CardId("c-wang"),
    name_shown="王**",
    number_shown="****E5F6",
    tier="regular",
    principal=100_00,
    bonus=10_00,
    points=5,
    coupons=0,
)
UNNAMED_CARD = Credential(medium=Medium.EM4100, number="0A00123456")
UNNAMED = replace(
    WANG,
    wallet=WalletId("w-none"),
    member=None,
    card=CardId("c-none"),
    name_shown="",
    principal=50_00,
    bonus=0,
)
STRANGER = Credential(medium=Medium.UID, number="04FFFFFFFFFFFF")
PHONE = Credential(medium=Medium.PHONE, number="19000000301")
HOLDERS = {WANG_CARD: WANG, UNNAMED_CARD: UNNAMED}

PETROL = Grade(grade="92", name="92号汽油", family=Family.PETROL, price=7_38)
DIESEL = Grade(grade="0", name="0号柴油", family=Family.DIESEL, price=7_05)
FILL = Fill(grade=PETROL, centilitres=27_10)
FILL_DUE = 200_00

POLICY = Policy(
    recharge_ladder=(Rung(reach=100_00, bonus=10_00), Rung(reach=500_00, bonus=60_00)),
    join_pack=(
        PackCoupon(kind="c3", face=3_00, threshold=100_00, count=2),
        PackCoupon(kind="c18", face=18_00, threshold=400_00, count=1),
    ),
    grades=(PETROL, DIESEL),
    terms="2026-1",
)
