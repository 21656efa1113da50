from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.cart import Cart, CartLine
from terminal.core.pricing import Buyer, Visit, priced
from terminal.core.pricing.basket import basket
from terminal.core.pricing.promotion import Coupon, Gift, Later, LinePrice, OrderDiscount, PointsFactor
from terminal.core.texts.prices_zh import ZH_HANS
from tests.core.pricing.goods import BOX, GUEST, MEMBER, sold, tariff, why

HALF = {"rule": "percent_off", "pay": 50}


def applies(visit: Visit = MEMBER, **said: object) -> bool:
    return bool(sold((BOX, 1), to=visit, half={**HALF, **said}).touched)


def test_it_runs_from_its_first_to_its_last_day() -> None:
    assert applies(since="2026-10-28", until="2026-10-28")
    assert not applies(since="2026-10-29")
    assert not applies(until="2026-10-27")


def test_it_is_spoken_of_before_it_begins_if_it_was_announced() -> None:
    coming = {**HALF, "since": "2026-11-01"}
    assert sold((BOX, 1), half=coming).missed == ()
    for announced in ("2026-10-01", "2026-10-28"):
        assert why(sold((BOX, 1), half={**coming, "announced": announced}), "half") == "From 2026-11-01"
    assert sold((BOX, 1), half={**coming, "announced": "2026-10-29"}).missed == ()
    assert sold((BOX, 1), half={**HALF, "until": "2026-10-27"}).missed == ()
    for until in ("2026-10-28", "2026-12-31"):
        assert why(sold((BOX, 1), to=GUEST, half={**HALF, "members": True, "until": until}), "half")


def test_one_that_ended_says_when() -> None:
    (one,) = tariff(half={**HALF, "until": "2026-10-27"}).promotions
    refusal = one.refuses(MEMBER)
    assert refusal is not None
    assert refusal.text.format(**refusal.values) == "It ended on 2026-10-27"
    assert refusal.text in ZH_HANS


def test_it_may_be_for_members_or_some_tiers() -> None:
    assert applies(members=True)
    assert not applies(GUEST, members=True)
    assert applies(tiers=["silver", "gold"])
    assert not applies(GUEST, tiers=["silver"])
    bill = sold((BOX, 1), half={**HALF, "tiers": ["gold"]})
    assert why(bill, "half") == "For another tier"
    assert applies(GUEST)


def test_it_may_be_for_days_of_the_week_or_the_month() -> None:
    assert applies(weekdays=[3])
    assert applies(days=[28])
    assert applies(weekdays=[3], days=[28])
    assert not applies(weekdays=[1, 2, 4])
    assert not applies(days=[27])
    assert not applies(weekdays=[3], days=[27])
    assert not applies(weekdays=[4], days=[28])
    assert why(sold((BOX, 1), half={**HALF, "days": [1]}), "half") == "Not today"


@pytest.mark.parametrize(
    ("hours", "first", "last", "count"),
    [
        ({}, 0, 1439, 1440),
        ({"opens": "20:00"}, 1200, 1439, 240),
        ({"closes": "08:00"}, 0, 479, 480),
        ({"opens": "09:00", "closes": "09:00"}, 0, 1439, 1440),
        ({"opens": "20:00", "closes": "00:00"}, 1200, 1439, 240),
    ],
)
def test_without_one_end_it_is_open_from_or_to_midnight(
    hours: dict[str, str], first: int, last: int, count: int
) -> None:
    (one,) = tariff(half={**HALF, **hours}).promotions
    found = [minute for minute in range(24 * 60) if one.open_at(minute)]
    assert (found[0], found[-1], len(found)) == (first, last, count)
    line = CartLine(article=BOX, quantity=1)
    for minute in (0, 600, 1300):
        cart = Cart(lines=(replace(line, minute=minute),))
        assert bool(priced(cart, MEMBER, tariff(half={**HALF, **hours})).touched) is (minute in found)


@pytest.mark.parametrize(
    ("opens", "closes", "minutes"),
    [("20:00", "22:00", [1200, 1319]), ("22:00", "02:00", [1320, 1439, 0, 119]), ("08:30", "08:31", [510])],
)
def test_it_is_open_from_one_minute_to_before_another(opens: str, closes: str, minutes: list[int]) -> None:
    found = [
        minute
        for minute in range(24 * 60)
        if tariff(half={**HALF, "opens": opens, "closes": closes}).promotions[0].open_at(minute)
    ]
    assert set(minutes) <= set(found)
    length = int(closes[:2]) * 60 + int(closes[3:]) - int(opens[:2]) * 60 - int(opens[3:])
    assert len(found) == length % 1440


def test_a_closed_one_says_when_it_is_open() -> None:
    bill = sold((BOX, 1), half={**HALF, "opens": "20:00", "closes": "22:00"})
    assert why(bill, "half") == "From 20:00 to 22:00"
    other = sold((BOX, 1), half={**HALF, "opens": "20:00", "closes": "22:00", "skus": ["Q"]})
    assert why(other, "half") == "For other articles"


def test_a_visit_may_be_anybodys() -> None:
    assert applies(replace(GUEST, buyer=Buyer()), members=True)


def test_a_stage_alone_is_no_rule() -> None:
    (part,) = basket(Cart(lines=(CartLine(article=BOX, quantity=1),))).parts
    for unfinished in (
        lambda: LinePrice(id="a", name="a").net(part, MEMBER),
        lambda: OrderDiscount(id="a", name="a").amounts(1),
        lambda: OrderDiscount(id="a", name="a").step(1),
        lambda: Later(id="a", name="a").given(MEMBER),
        lambda: PointsFactor(id="a", name="a").factor,
        lambda: Coupon(id="a", name="a").amount(1, 1),
    ):
        with pytest.raises(NotImplementedError):
            unfinished()


def test_nothing_need_be_spent_where_nothing_is_said_of_it() -> None:
    gift = {"rule": "spend_get", "sku": "G", "article": "G", "price": 1}
    coupon = {"rule": "coupon_amount", "less": 1}
    one, other = tariff(g=gift, c=coupon).promotions
    assert isinstance(one, Coupon)
    assert (one.threshold, one.one_piece, one.alone, one.on_list) == (0, False, False, False)
    assert isinstance(other, Gift)
    assert (other.reach, other.count, other.sample, other.category) == (0, 1, False, "gift")
