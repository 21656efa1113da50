"""The shop of the year, in the product's own settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lab.days.house import House
from lab.days.told import Day, End, Line, Shop, Staff
from terminal.core.cart import Article, by_barcode
from terminal.core.cashback import CashbackRate
from terminal.core.commands import PaidBy
from terminal.core.money import AMOUNT_MAX
from terminal.core.points import PointsEnd
from terminal.core.policy import Confirmed, PackCoupon, Policy, Rung, WithoutPin
from terminal.core.pricing import parsed
from terminal.core.referral import Referral, Trigger
from terminal.core.tiers import TierBy, Tiers, TierStep

BEGINS = "2024-10-01"
BADGE = "ST-0001"
_NO_PINS = WithoutPin(secure=AMOUNT_MAX, signed=AMOUNT_MAX, open=AMOUNT_MAX)
_CODES = {"G1": "6901234500011", "G2": "6901234500028", "S1": "6901234500035"}
KIND = "ten-off"


_TURNS = (
    (Trigger.JOIN,),
    (Trigger.FIRST_SPEND, Trigger.FIRST_RECHARGE),
    (Trigger.EACH_SPEND,),
    (Trigger.FIRST_RECHARGE,),
)
"""For what who brings a member is rewarded."""


def turns(begins: int, days: int) -> Iterator[tuple[Policy, range]]:
    """The shop's policy, and the days of the year on which it is that: another each thirty days."""
    while begins < days:
        until = min(days, begins - begins % 30 + 30)
        yield _policy(_TURNS[begins // 30 % len(_TURNS)]), range(begins, until)
        begins = until


def _policy(on: tuple[Trigger, ...]) -> Policy:
    return Policy(
        referral=Referral(on=on, points=40, further=15, least=40_00, a_day=50, a_month=60),
        named_cards_identified=False,
        recharge_by=(PaidBy.CASH, PaidBy.CODE),
        confirmed=(Confirmed.CODE,),
        without_pin=_NO_PINS,
        points_end=PointsEnd(years=1, on="03-31"),
        cashback=CashbackRate(
            rate_bp=300,
            at_most=3_00,
            pays_percent=50,
            days=30,
        ),
        tiers=Tiers(
            by=TierBy.SPENT,
            days=90,
            steps=(TierStep(tier="silver", reach=300_00), TierStep(tier="gold", reach=900_00)),
        ),
        recharge_ladder=(Rung(reach=200_00, bonus=25_00),),
        join_pack=(
            PackCoupon(
                kind=KIND,
                face=10_00,
                threshold=50_00,
                count=2,
                days=60,
            ),
        ),
        cash_step=10,
    )


_PROMOTIONS: tuple[tuple[str, Mapping[str, Any]], ...] = (
    (
        "tier",
        {
            "rule": "tier_price",
            "name": "tier",
            "pay": {"silver": {"goods": 95, "services": 90}, "gold": {"goods": 90, "services": 85}},
        },
    ),
    *(
        (
            f"birthday-{category}",
            {
                "rule": "birthday",
                "name": "birthday",
                "pay": pay,
                "around": 1,
                "categories": [category],
            },
        )
        for category, pay in (("goods", 93), ("services", 80))
    ),
    (
        "soap",
        {
            "rule": "entitled",
            "name": "soap",
            "to": "soap",
            "skus": ["G2"],
            "limit": {"each": "month", "times": 1},
        },
    ),
    ("points-birthday", {"rule": "points_times", "name": "birthday", "times": 2, "birthday": True}),
    ("points-gold", {"rule": "points_times", "name": "gold", "times": 3, "per": 2, "tiers": ["gold"]}),
    (
        KIND,
        {
            "rule": "coupon_amount",
            "name": "ten off",
            "less": 10_00,
            "threshold": 50_00,
        },
    ),
)


def articles() -> tuple[Article, ...]:
    return (
        Article(sku="G1", name="Cream", category="goods", price=23_45, barcodes=(_CODES["G1"],)),
        Article(sku="G2", name="Soap", category="goods", price=7_80, barcodes=(_CODES["G2"],)),
        Article(sku="S1", name="Care", category="services", price=88_00, barcodes=(_CODES["S1"],)),
    )


def barcode(sku: str) -> str:
    return _CODES[sku]


def house(policy: Policy | None = None) -> House:
    """`policy`: None for what stands in no policy. Raises ValueError: a promotion is refused."""
    tariff, refused = parsed(_PROMOTIONS)
    if refused:
        raise ValueError("; ".join(str(one) for one in refused))
    goods = articles()
    return House(
        day=_day(),
        policy=policy or Policy(),
        tariff=tariff,
        by_sku={one.sku: one for one in goods},
        by_barcode=by_barcode(goods),
        plus={},
    )


def _day() -> Day:
    begins = Line(n=1, at=f"{BEGINS}T09:00", by="A", do="shift_open", given={}, expect={})
    return Day(
        format=1,
        shop=Shop(id="year", name="Year", date=BEGINS, tz="Asia/Shanghai", business_day_cut="04:00"),
        rules={},
        staff=(Staff(id="A", role="manager", badge=BADGE, alias="A"),),
        catalogue=(),
        members=(),
        day=(begins,),
        end=End(members={}, stock={}, drawer_cash=0, liabilities={}),
    )
