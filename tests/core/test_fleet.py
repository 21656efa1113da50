from __future__ import annotations

import msgspec
import pytest

from terminal.core.accounts import told
from terminal.core.fleet import (
    FLEET_ID_MAX,
    FLEET_SITE_MAX,
    DayLimit,
    DayLimits,
    Fill,
    WorstDay,
    allows,
    card_row,
    company_row,
    fits,
    held_for,
    is_row,
    left_of,
    limits_of,
    whose_row,
    worst_day,
)
from terminal.core.money import AMOUNT_MAX
from terminal.core.values import SiteId

NOTHING = Fill()


def test_a_company_and_each_of_its_cards_has_a_row_of_the_settings() -> None:
    assert company_row("haulage") == "company:haulage"
    assert card_row("haulage", "truck-7") == "company:haulage:truck-7"
    assert is_row(company_row("haulage"))
    assert is_row(card_row("haulage", "truck-7"))
    assert not is_row("offline")
    assert not is_row("company")
    assert not is_row("companyname:x")


@pytest.mark.parametrize(
    ("key", "whose"),
    [
        ("company:haulage", ("haulage", "")),
        ("company:haulage:truck-7", ("haulage", "truck-7")),
        (f"company:{'a' * 36}:{'B' * 36}", ("a" * 36, "B" * 36)),
        ("company:_.9", ("_.9", "")),
        *(
            (key, None)
            for key in (
                "company:",
                "company:haulage:",
                "company::truck-7",
                "company:a:b:c",
                "company:a b",
                "company:a:b ",
                f"company:{'a' * 37}",
                f"company:a:{'b' * 37}",
                "company:卡",
                "xcompany:a",
            )
        ),
    ],
)
def test_a_row_names_a_company_and_perhaps_its_card(key: str, whose: tuple[str, str] | None) -> None:
    if whose is not None:
        assert whose_row(key) == whose
    else:
        with pytest.raises(ValueError, match="COMPANY or company:COMPANY:CARD"):
            whose_row(key)


@pytest.mark.parametrize(
    ("rows", "worst"),
    [
        ({}, WorstDay()),
        ({"company:a": DayLimit(fen=100, litres=10)}, WorstDay()),
        (
            {"company:a": DayLimit(fen=100, litres=10), "company:a:1": DayLimit(fen=70, litres=20)},
            WorstDay(fen=70, litres=10),
        ),
        (
            {
                "company:a": DayLimit(fen=100),
                "company:a:1": DayLimit(fen=70),
                "company:a:2": DayLimit(fen=31),
            },
            WorstDay(fen=100),
        ),
        ({"company:a": DayLimit(), "company:a:1": DayLimit(fen=70)}, WorstDay(fen=70)),
        ({"company:a": DayLimit(fen=5), "company:a:1": DayLimit()}, WorstDay(fen=5)),
        ({"company:a": DayLimit(), "company:a:1": DayLimit(litres=9)}, WorstDay(litres=9, without=1)),
        ({"company:a:1": DayLimit(fen=70, litres=2)}, WorstDay(without=1)),
        ({"company:a": DayLimit(lost=True), "company:a:1": DayLimit()}, WorstDay()),
        (
            {
                "company:a": DayLimit(fen=100, litres=9),
                "company:a:1": DayLimit(fen=70, litres=5, lost=True),
                "company:a:2": DayLimit(fen=20, litres=3),
            },
            WorstDay(fen=20, litres=3),
        ),
        (
            {
                "company:a": DayLimit(fen=0),
                "company:a:1": DayLimit(fen=9),
                "company:b:1": DayLimit(fen=9),
                "company:c": DayLimit(),
                "company:c:1": DayLimit(fen=3, litres=4),
                "company:d": DayLimit(fen=8),
                "company:d:1": DayLimit(fen=9, litres=1),
            },
            WorstDay(fen=11, litres=5, without=1),
        ),
    ],
)
def test_the_worst_day_of_a_site_is_what_all_cards_may_take_within_their_companies(
    rows: dict[str, DayLimit], worst: WorstDay
) -> None:
    assert worst_day(rows) == worst


def test_a_row_of_nobody_has_no_worst_day() -> None:
    with pytest.raises(ValueError, match="COMPANY"):
        worst_day({"company:": DayLimit()})


@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        ({}, True),
        ({"fen": 0, "litres": 0}, True),
        ({"fen": AMOUNT_MAX, "litres": 10_000_000}, True),
        ({"fen": None, "litres": None}, True),
        ({"fen": -1}, False),
        ({"litres": -1}, False),
        ({"fen": AMOUNT_MAX + 1}, False),
        ({"litres": 10_000_001}, False),
        ({"litre": 1}, False),
    ],
)
def test_a_limit_is_nothing_or_more_and_no_more_than_a_day_can_have(
    fields: dict[str, int | None],
    fits: bool,  # noqa: FBT001
) -> None:
    if fits:
        found = msgspec.convert(fields, DayLimit)
        assert (found.fen, found.litres) == (fields.get("fen"), fields.get("litres"))
    else:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(fields, DayLimit)


def test_the_name_of_an_account_has_room_for_the_longest_ids() -> None:
    site, fleet = SiteId("s" * FLEET_SITE_MAX), "c" * FLEET_ID_MAX
    longest = told(site, "litres", "2026-11-24", fleet, fleet, site).name
    assert len(longest) <= 200
    assert (FLEET_ID_MAX, FLEET_SITE_MAX) == (36, 40)


@pytest.mark.parametrize(
    ("company", "card", "limits"),
    [
        (None, None, DayLimits()),
        (None, DayLimit(fen=5, litres=6), DayLimits(card_fen=5, card_litres=6)),
        (
            DayLimit(fen=7, litres=8),
            None,
            DayLimits(card_fen=0, card_litres=0, company_fen=7, company_litres=8),
        ),
        (DayLimit(fen=7), DayLimit(litres=6), DayLimits(card_litres=6, company_fen=7)),
        (DayLimit(), DayLimit(), DayLimits()),
    ],
)
def test_a_card_that_its_company_does_not_name_takes_nothing(
    company: DayLimit | None, card: DayLimit | None, limits: DayLimits
) -> None:
    assert limits_of(company, card) == limits


@pytest.mark.parametrize(
    ("limits", "card", "company", "left"),
    [
        (DayLimits(), Fill(fen=9, litres=9), Fill(fen=9, litres=9), DayLimit()),
        (DayLimits(card_fen=100), Fill(fen=30), Fill(fen=90), DayLimit(fen=70)),
        (DayLimits(card_fen=100, company_fen=110), Fill(fen=30), Fill(fen=90), DayLimit(fen=20)),
        (DayLimits(card_fen=100, company_fen=190), Fill(fen=30), Fill(fen=90), DayLimit(fen=70)),
        (DayLimits(card_fen=100), Fill(fen=100), NOTHING, DayLimit(fen=0)),
        (DayLimits(card_fen=100), Fill(fen=101), NOTHING, DayLimit(fen=0)),
        (DayLimits(company_litres=40), Fill(litres=1), Fill(litres=39), DayLimit(litres=1)),
        (DayLimits(card_litres=40, company_litres=90), Fill(litres=1), Fill(litres=1), DayLimit(litres=39)),
        (DayLimits(card_fen=3, card_litres=5), Fill(fen=1, litres=2), NOTHING, DayLimit(fen=2, litres=3)),
    ],
)
def test_what_is_left_is_the_least_of_what_the_card_and_the_company_have_left(
    limits: DayLimits, card: Fill, company: Fill, left: DayLimit
) -> None:
    assert left_of(limits, card=card, company=company) == left


@pytest.mark.parametrize(
    ("left", "fen", "price", "fill"),
    [
        (DayLimit(), 20000, 750, Fill(fen=20000, litres=2667)),  # 26.6666 litres
        (DayLimit(fen=15000), 20000, 750, Fill(fen=15000, litres=2000)),
        (DayLimit(fen=15000), 14999, 750, Fill(fen=14999, litres=2000)),
        (DayLimit(litres=2000), 20000, 750, Fill(fen=15000, litres=2000)),
        (DayLimit(litres=1999), 20000, 750, Fill(fen=14992, litres=1999)),  # 149.925 yuan
        (DayLimit(fen=100, litres=2000), 20000, 750, Fill(fen=100, litres=14)),
        (DayLimit(fen=20000, litres=1), 20000, 799, Fill(fen=7, litres=1)),
        (DayLimit(fen=0), 20000, 750, NOTHING),
        (DayLimit(litres=0), 20000, 750, NOTHING),
        (DayLimit(), 0, 750, NOTHING),
        (DayLimit(), 1, 1, Fill(fen=1, litres=100)),
        (DayLimit(), 100, 101, Fill(fen=100, litres=100)),
    ],
)
def test_only_the_part_that_fits_is_authorised(left: DayLimit, fen: int, price: int, fill: Fill) -> None:
    assert fits(left, fen=fen, price=price) == fill


@pytest.mark.parametrize(
    ("left", "most", "held"),
    [
        (DayLimit(), 20000, 7384),  # 10.00 litres at 7.38, and half a hundredth of a litre.
        (DayLimit(), 7384, 7384),
        (DayLimit(), 7383, 7383),
        (DayLimit(fen=7383), 20000, 7383),
        (DayLimit(fen=7381), 7382, 7381),
        (DayLimit(fen=7385), 20000, 7384),
        (DayLimit(fen=0), 20000, 0),
    ],
)
def test_what_the_dispenser_may_show_for_the_litres_is_held_as_far_as_it_is_left(
    left: DayLimit, most: int, held: int
) -> None:
    assert held_for(Fill(fen=7380, litres=1000), left, most=most, price=738) == held


@pytest.mark.parametrize("price", [1, 99, 100, 101, 733, 799])
def test_however_the_dispenser_rounds_no_more_litres_than_are_left_are_poured(price: int) -> None:
    for litres in range(40):
        fill = fits(DayLimit(litres=litres), fen=10**6, price=price)
        poured_at_most = -(-fill.fen * 100 // price)
        assert poured_at_most <= fill.litres <= litres


@pytest.mark.parametrize(
    ("left", "wanted", "allowed"),
    [
        (DayLimit(), Fill(fen=10**9, litres=10**6), True),
        (DayLimit(fen=10), Fill(fen=10, litres=10**6), True),
        (DayLimit(fen=10), Fill(fen=11), False),
        (DayLimit(litres=10), Fill(fen=10**9, litres=10), True),
        (DayLimit(litres=10), Fill(litres=11), False),
        (DayLimit(fen=0, litres=0), Fill(), True),
        (DayLimit(fen=10, litres=10), Fill(fen=10, litres=11), False),
        (DayLimit(fen=10, litres=10), Fill(fen=11, litres=10), False),
    ],
)
def test_up_to_what_is_left_is_allowed(left: DayLimit, wanted: Fill, allowed: bool) -> None:  # noqa: FBT001
    assert allows(left, wanted) is allowed
