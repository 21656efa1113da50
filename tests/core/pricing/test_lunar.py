from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from terminal.core.lunar_years import YEARS
from terminal.core.pricing.lunar import days_from_birthday
from terminal.core.pricing.visit import Birthday


@pytest.mark.parametrize(
    ("month", "day", "kept"),
    [
        (1, 1, "2026-02-17"),  # Spring Festival
        (1, 15, "2026-03-03"),  # Lantern Festival
        (5, 5, "2026-06-19"),  # Dragon Boat
        (8, 15, "2026-09-25"),  # Mid-Autumn
        (9, 9, "2026-10-18"),  # Double Ninth
        (1, 1, "2027-02-06"),
        (1, 1, "2030-02-03"),
        (8, 15, "2033-09-08"),
        (1, 1, "2034-02-19"),
    ],
)
def test_feasts_of_the_moon(month: int, day: int, kept: str) -> None:
    assert days_from_birthday(Birthday(month=month, day=day, lunar=True), date.fromisoformat(kept)) == 0


def test_a_leap_month_is_kept_where_there_is_one_and_else_in_its_namesake() -> None:
    leap, plain = (Birthday(month=6, day=1, lunar=True, leap=leap) for leap in (True, False))
    assert days_from_birthday(leap, date(2025, 7, 25)) == 0
    assert days_from_birthday(plain, date(2025, 6, 25)) == 0
    assert days_from_birthday(leap, date(2026, 7, 14)) == days_from_birthday(plain, date(2026, 7, 14)) == 0
    before = Birthday(month=5, day=1, lunar=True, leap=True)
    assert days_from_birthday(before, date(2025, 5, 27)) == 0
    after = Birthday(month=7, day=1, lunar=True, leap=True)
    assert days_from_birthday(after, date(2025, 8, 23)) == 0


def test_day_30_is_kept_on_the_29th_of_a_short_month() -> None:
    born = Birthday(month=12, day=30, lunar=True)
    assert days_from_birthday(born, date(2025, 1, 28)) == 0  # the 29th is the last of that year
    assert days_from_birthday(born, date(2024, 2, 9)) == 0
    assert days_from_birthday(Birthday(month=12, day=29, lunar=True), date(2024, 2, 8)) == 0


def test_by_the_sun_29_february_is_kept_on_the_28th() -> None:
    born = Birthday(month=2, day=29)
    assert days_from_birthday(born, date(2026, 2, 28)) == 0
    assert days_from_birthday(born, date(2028, 2, 29)) == 0


def test_the_nearest_birthday_may_be_in_another_year() -> None:
    assert days_from_birthday(Birthday(month=1, day=1), date(2026, 12, 30)) == 2
    assert days_from_birthday(Birthday(month=12, day=31), date(2026, 1, 2)) == 2
    assert days_from_birthday(Birthday(month=7, day=1), date(2026, 7, 4)) == 3


def test_beyond_the_table_no_birthday_is_near() -> None:
    born = Birthday(month=1, day=1, lunar=True)
    assert days_from_birthday(born, date(2150, 1, 1)) == 366
    assert days_from_birthday(born, date(2020, 1, 25)) == 0


def test_the_months_that_come_twice() -> None:
    twice = {year: leap for year, (_, leap, _) in YEARS.items() if leap}
    assert twice == {
        2020: 4, 2023: 2, 2025: 6, 2028: 5, 2031: 3, 2033: 11, 2036: 6, 2039: 5, 2042: 2, 2044: 7,
        2047: 5, 2050: 3, 2052: 8, 2055: 6, 2058: 4, 2061: 3, 2063: 7, 2066: 5, 2069: 4, 2071: 8,
        2074: 6, 2077: 4, 2080: 3, 2082: 7, 2085: 5, 2088: 4, 2090: 8, 2093: 6, 2096: 4, 2099: 2,
    }  # fmt: skip


def test_one_year_follows_the_other() -> None:
    years = sorted(YEARS)
    assert years == list(range(2020, 2101))
    for year, following in pairwise(years):
        first, leap, long = YEARS[year]
        assert len(long) == 12 + bool(leap)
        days = sum(29 + int(one) for one in long)
        then = date.fromisoformat(f"{following}-{YEARS[following][0]}")
        assert (then - date.fromisoformat(f"{year}-{first}")).days == days
