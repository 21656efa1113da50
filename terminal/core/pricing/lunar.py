"""When a birthday is kept, by the sun or by the moon."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from terminal.core.lunar_years import YEARS
from terminal.core.pricing.visit import Birthday

_FAR = 366
"""Days: no birthday is near."""


def days_from_birthday(born: Birthday, day: date) -> int:
    """Days from `day` to the nearest birthday, before or after; 366 where the calendar is not known."""
    nearest = nearest_birthday(born, day)
    return abs((nearest[1] - day).days) if nearest else _FAR


def nearest_birthday(born: Birthday, day: date) -> tuple[int, date] | None:
    """Of which year, of the sun or of the moon, and when it is kept; of two as near the first.

    None: the calendar is not known.
    """
    years = range(day.year - 1, day.year + 2)
    kept = [(year, _lunar(born, year) if born.lunar else _solar(born, year)) for year in years]
    known = [(year, one) for year, one in kept if one]
    return min(known, key=lambda each: abs((each[1] - day).days), default=None)


def _solar(born: Birthday, year: int) -> date:
    """29 February is kept on the 28th in a year that has none."""
    return date(year, born.month, min(born.day, monthrange(year, born.month)[1]))


def _lunar(born: Birthday, year: int) -> date | None:
    """Day 30 is kept on the 29th of a short month; a leap month's in its namesake, where it is not there."""
    known = YEARS.get(year)
    if known is None:
        return None
    first, leap, long = known
    place = born.month - 1
    if leap and (born.month > leap or (born.month == leap and born.leap)):
        place += 1
    before = sum(29 + int(one) for one in long[:place])
    day = min(born.day, 29 + int(long[place]))
    return date.fromisoformat(f"{year}-{first}") + timedelta(days=before + day - 1)
