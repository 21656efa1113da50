from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core.cart import Cart
from terminal.core.commands import Tender, TenderKind
from terminal.core.payment import Payment, Payments, points_for
from terminal.core.policy import Policy
from terminal.core.pricing import Birthday, Buyer, Priced, parsed, priced
from terminal.core.pricing.rules.points_times import PointsTimes
from terminal.core.pricing.used import priced_with_uses
from terminal.core.screens import says
from tests.core.pricing.goods import CREAM, FACIAL, GUEST, MEMBER, MILK, sold, tariff

GOLD = {"rule": "points_times", "times": 6, "per": 5, "tiers": ["silver"]}
TODAY = {"rule": "points_times", "times": 2, "birthday": True}


def times(*goods: Any, to: Any = MEMBER, **promotions: dict[str, Any]) -> tuple[tuple[int, int], ...]:
    return sold(*goods, to=to, **promotions).times


def test_a_tier_has_its_own() -> None:
    assert times((CREAM, 1), gold=GOLD) == ((6, 5),)
    assert times((CREAM, 1), gold={**GOLD, "tiers": ["gold"]}) == ()
    assert times((CREAM, 1), to=GUEST, gold={**GOLD, "tiers": []}) == ()


def test_all_that_fit_are_multiplied_with_each_other_in_least_terms() -> None:
    half = {"rule": "points_times", "times": 5, "per": 3, "days": [28]}
    assert times((CREAM, 1), gold=GOLD, day=half) == ((2, 1),)
    assert times((CREAM, 1), gold=GOLD, day={**half, "days": [27]}) == ((6, 5),)


def test_what_it_names_alone_is_multiplied_line_by_line() -> None:
    twice = {"rule": "points_times", "times": 2, "categories": ["service"]}
    none = {"rule": "points_times", "times": 0, "skus": ["Y"]}
    found = times((CREAM, 1), (FACIAL, 1), (MILK, 1), twice=twice, none=none)
    assert found == ((1, 1), (2, 1), (0, 1))


def test_on_the_birthday_and_around_it() -> None:
    def born(day: int) -> Any:
        return replace(MEMBER, buyer=Buyer(born=Birthday(month=10, day=day)))

    assert [times((CREAM, 1), to=born(day), day=TODAY) for day in (28, 29)] == [((2, 1),), ()]
    around = {**TODAY, "around": 1}
    assert [times((CREAM, 1), to=born(day), day=around) for day in (29, 30)] == [((2, 1),), ()]
    assert times((CREAM, 1), day=TODAY) == ()
    assert times((CREAM, 1), to=replace(MEMBER, buyer=None), day={**TODAY, "members": False}) == ()


def test_what_keeps_it_from_a_visit_is_said() -> None:
    day = PointsTimes(id="day", name="day", times=2, birthday=True)
    assert day.refuses(MEMBER) == says("On the birthday")
    assert PointsTimes(id="day", name="day", times=2).refuses(GUEST) == says("For members")


def test_what_is_in_a_pack_and_what_is_scanned_in_time_is_multiplied_and_a_gift_is_not() -> None:
    pack = {"rule": "pack", "price": 200_00, "contents": [["P", 1], ["Y", 1]]}
    gift = {"rule": "spend_get", "sku": "G", "article": "g", "price": 1_00}
    assert times((CREAM, 1), (MILK, 1), gold=GOLD, pack=pack, gift=gift) == ((6, 5), (6, 5), (1, 1))
    evening = {"rule": "points_times", "times": 3, "opens": "20:00", "closes": "22:00"}
    cart = Cart().scanned(CREAM, 21 * 60).scanned(MILK, 10 * 60)
    assert priced(cart, MEMBER, tariff(evening=evening)).times == ((3, 1), (1, 1))


def test_it_changes_no_price_and_nothing_is_said_of_one_that_does_not_fit() -> None:
    plain, more = sold((CREAM, 1)), sold((CREAM, 1), gold={**GOLD, "tiers": ["gold"]}, day=TODAY)
    assert (more.due, more.missed, more.touched, more.times) == (plain.due, (), (), ())


@pytest.mark.parametrize(
    "wrong", [{"times": 21}, {"times": -1}, {}, {"times": 1, "per": 0}, {"times": 1, "per": 21}]
)
def test_a_factor_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    _, refused = parsed([("x", {"rule": "points_times", "name": "x", **wrong})])
    assert [one.id for one in refused] == ["x"]


@given(st.integers(0, 20), st.integers(1, 20))
def test_whatever_it_is_the_bill_is_the_same(times: int, per: int) -> None:
    bill = sold((CREAM, 1), (MILK, 2), one={"rule": "points_times", "times": times, "per": per})
    other: Priced = replace(bill, times=())
    assert other == sold((CREAM, 1), (MILK, 2))


def test_beside_what_a_count_card_pays_the_lines_that_earn_are_named_where_they_stand() -> None:
    cart = Cart().scanned(FACIAL).scanned(CREAM).scanned(MILK)
    cart = replace(cart, lines=(replace(cart.lines[0], used="count:F"), *cart.lines[1:]))
    bill = priced_with_uses(cart, MEMBER, tariff(gold={**GOLD, "skus": ["P"]}))
    uses = Payment(tender=Tender(kind=TenderKind.USES, amount=168_00, of="count:F", units=1))
    cash = Payment(tender=Tender(kind=TenderKind.CASH, amount=206_90))
    found = points_for(bill, Payments(parts=(uses, cash)), Policy(), "2026-10-28")
    assert [(one.points, one.base, one.places) for one in found] == [(237, 198_00, (1,)), (8, 8_90, (2,))]
