"""What a member brings beside the money, as the counter knows it when they stand there (product.md D5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from terminal.core.calls import UsedUp
from terminal.core.commands import Private
from terminal.core.particulars import Calendar, Particular
from terminal.core.pricing.lunar import days_from_birthday
from terminal.core.pricing.visit import Birthday
from terminal.core.screens import Message, says
from terminal.core.values import Value

SOON_DAYS: Final = 7
USED_UP_MAX: Final = 3
"""Articles: what is used up longest is told of last, and not at all beyond these."""


class Picture(Value, frozen=True, kw_only=True):
    born: Birthday | None = None
    joined: str = ""
    """Business day; empty: not here."""
    last: str = ""
    """Business day of their last transaction here; empty: they had none."""
    ends: tuple[str, ...] = ()
    """Last days of the coupons that they hold, the first first; without those that have none."""

    def __repr__(self) -> str:
        """Without anything a person could be known by."""
        return "Picture(...)"

    __str__ = __repr__


NOTHING: Final = Picture()


def born(private: Private | None) -> Birthday | None:
    """As they said it when they joined."""
    said = dict(private.told).get(Particular.BIRTHDAY, "") if private is not None else ""
    calendar, _, day = said.rpartition(":")
    try:
        month, day_of_month = map(int, day.split("-")[1:])
    except ValueError:
        return None
    moon = calendar in {Calendar.MOON, Calendar.LEAP}
    return Birthday(month=month, day=day_of_month, lunar=moon, leap=calendar == Calendar.LEAP)


def notes(picture: Picture, today: str, used_up: Sequence[UsedUp] = ()) -> tuple[Message, ...]:
    """Each a short word for the attendant; never the birthday itself."""
    return *_notes(picture, today), *_used_up(used_up, today)


def _notes(picture: Picture, today: str) -> Iterator[Message]:
    if picture.born is not None and (days := _until(picture.born, today)) is not None:
        yield says("Birthday today") if not days else says("Birthday in {days} day(s)", days=str(days))
    last = _soon(today)
    if soon := [day for day in picture.ends if today <= day <= last]:
        yield says("Coupons that end by {day}: {count}", day=soon[-1], count=str(len(soon)))
    if picture.joined == today:
        yield says("New today")
    elif picture.last and picture.last < today:
        yield says("Last here on {day}", day=picture.last)


def _used_up(used_up: Sequence[UsedUp], today: str) -> Iterator[Message]:
    soon = _soon(today)
    near = sorted((one for one in used_up if one.day <= soon), key=lambda one: one.day, reverse=True)
    for one in near[:USED_UP_MAX]:
        yield says("{name}: used up on {day}", name=one.name, day=one.day)


def _soon(today: str) -> str:
    """The last day of those that are near."""
    return (date.fromisoformat(today) + timedelta(days=SOON_DAYS)).isoformat()


def _until(birthday: Birthday, today: str) -> int | None:
    """Days until it is kept next; None: not soon."""
    day = date.fromisoformat(today)
    soon = range(SOON_DAYS + 1)
    return next((few for few in soon if not days_from_birthday(birthday, day + timedelta(days=few))), None)
