"""How often a person has something: so many times in each such period (product.md B7, B8)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from terminal.core.pricing.lunar import nearest_birthday
from terminal.core.pricing.visit import Visit
from terminal.core.values import Value


class Each(StrEnum):
    VISIT = "visit"  # a business day at one shop: a bill that is split is one visit
    DAY = "day"  # a business day, at all shops
    MONTH = "month"
    YEAR = "year"
    BIRTHDAY = "birthday"  # the one that is nearest, by the calendar by which it is kept
    EVER = "ever"


class Limit(Value, frozen=True, kw_only=True):
    each: Each
    times: Annotated[int, Meta(ge=1, le=99)] = 1
    """Sales; of an entitlement pieces."""

    def period(self, visit: Visit) -> str | None:
        """Which of them that day lies in, as accounts name it: `2026-11`. None: no birthday is known.

        `v` before a day: at this shop alone; `b` before a year: of that year's birthday, so that nothing
        says when it is.
        """
        day = visit.business_day
        match self.each:
            case Each.VISIT:
                return f"v{day}"
            case Each.DAY:
                return day
            case Each.MONTH:
                return day[: len("2026-11")]
            case Each.YEAR:
                return day[: len("2026")]
            case Each.BIRTHDAY:
                return _of_birthday(visit)
            case Each.EVER:
                return "ever"


def _of_birthday(visit: Visit) -> str | None:
    born = visit.buyer.born if visit.buyer else None
    kept = nearest_birthday(born, visit.day) if born else None
    return f"b{kept[0]}" if kept else None


ONCE = Limit(each=Each.EVER)
