from __future__ import annotations

from msgspec.structs import replace

from terminal.core.cart import Family, Fill, Grade
from terminal.core.pricing import Buyer, priced
from tests.core.pricing.goods import GUEST, MEMBER, MILK, sold, tariff, why

CUT = {"rule": "litre_cut", "cut": {"silver": {"petrol": 20}, "regular": {"petrol": 10}}}
PETROL = Grade(grade="92", name="92", family=Family.PETROL, price=7_38)


def due(litres: int, buyer: Buyer | None, price: int = 7_38) -> int:
    fill = Fill(grade=replace(PETROL, price=price), centilitres=litres)
    return priced(fill.cart, replace(MEMBER, buyer=buyer), tariff(cut=CUT)).due


def test_so_much_is_off_each_litre_by_tier() -> None:
    assert due(41_05, Buyer(tier="regular")) == 302_95 - 4_11
    assert due(41_05, Buyer(tier="silver")) == 302_95 - 8_21


def test_a_newcomers_first_fill_has_none() -> None:
    assert due(41_05, Buyer(tier="regular", newcomer=True)) == 302_95
    assert due(41_05, Buyer(tier="gold")) == due(41_05, None) == 302_95


def test_the_second_fill_has_one_on_the_day_of_joining_too() -> None:
    assert due(41_05, Buyer(tier="regular", newcomer=True, filled=True)) == 302_95 - 4_11


def test_it_never_gives_money_back_and_is_for_what_is_poured() -> None:
    assert due(1_00, Buyer(tier="silver"), price=15) == 0
    assert sold((MILK, 1), cut={**CUT, "cut": {"silver": {"dairy": 8_90}}}).due == 8_90
    assert sold((MILK, 1), to=GUEST, cut={**CUT, "members": False}).due == 8_90


def test_it_says_why_not() -> None:
    def said(buyer: Buyer | None, **more: object) -> str:
        fill = Fill(grade=PETROL, centilitres=41_05)
        return why(priced(fill.cart, replace(MEMBER, buyer=buyer), tariff(cut={**CUT, **more})), "cut")

    assert said(Buyer(tier="regular", newcomer=True)) == "From the next fill on"
    assert said(Buyer(tier="gold")) == "For another tier"
    assert said(Buyer(tier="gold", newcomer=True, filled=True)) == "For another tier"
    assert said(None) == "For members"
    assert said(None, members=False) == "For other articles"
    assert said(Buyer(tier="silver"), cut={"silver": {"diesel": 20}}) == "For other articles"
