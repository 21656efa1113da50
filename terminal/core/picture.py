"""What a member brings beside the money, as the counter knows it when they stand there (product.md D5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from terminal.core.calls import UsedUp
from terminal.core.commands import Private
from terminal.core.habits import Habits
from terminal.core.money import shown
from terminal.core.particulars import TAGS_JOINED, Calendar, Particular, tags_of
from terminal.core.pricing.lunar import nearest_birthday
from terminal.core.pricing.visit import Birthday
from terminal.core.screens import Message, says
from terminal.core.services import Service
from terminal.core.values import StaffId, Value
from terminal.core.vouchers import HeldVoucher

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
    tags: tuple[str, ...] = ()
    """What the shop calls them by itself."""
    stylist: StaffId | None = None
    """Who serves them, by their wish."""

    def __repr__(self) -> str:
        """Without anything a person could be known by."""
        return "Picture(...)"

    __str__ = __repr__


NOTHING: Final = Picture()


class Seen(Value, frozen=True, kw_only=True):
    """What the journal says of them beside that (`core.calls`, `core.habits`)."""

    used_up: Sequence[UsedUp] = ()
    habits: Habits = Habits()
    served: Service | None = None
    """What was done on their last visit, where that is written down."""
    vouchers: Sequence[HeldVoucher] = ()
    """Cash vouchers that pay today, what ends first in front."""


UNSEEN: Final = Seen()


def born(private: Private | None) -> Birthday | None:
    """As they said it when they joined."""
    if not (said := _said(private, Particular.BIRTHDAY)):
        return None
    calendar, _, day = said.rpartition(":")
    try:
        month, day_of_month = map(int, day.split("-")[1:])
    except ValueError:
        return None
    moon = calendar in {Calendar.MOON, Calendar.LEAP}
    return Birthday(month=month, day=day_of_month, lunar=moon, leap=calendar == Calendar.LEAP)


def _said(private: Private | None, what: Particular) -> str | None:
    return dict(private.told).get(what) if private is not None else None


def stylist(private: Private | None) -> StaffId | None:
    """Who serves them, as somebody wrote down."""
    said = _said(private, Particular.STYLIST)
    return StaffId(said) if said else None


def tags(private: Private | None) -> tuple[str, ...]:
    return tags_of(dict(private.told)) if private is not None else ()


def pictured(private: Private | None, *, joined: str, last: str, ends: Iterable[str]) -> Picture:
    """`ends`: last days of all coupons that they hold, empty where one has none."""
    return Picture(
        born=born(private),
        tags=tags(private),
        stylist=stylist(private),
        joined=joined,
        last=last,
        ends=tuple(sorted(day for day in ends if day)),
    )


def notes(
    picture: Picture, today: str, seen: Seen = UNSEEN, called: Callable[[StaffId], str] = lambda _staff: ""
) -> tuple[Message, ...]:
    """Each a short word for the attendant; never the birthday itself.

    `called`: the name of somebody who works here, empty of anybody else.
    """
    return (
        *_notes(picture, today),
        *_vouchers(seen.vouchers),
        *_served(picture, seen.habits, called),
        *_done(seen.served, called),
        *_used_up(seen.used_up, today),
        *_recommended(seen.habits),
    )


def _vouchers(held: Sequence[HeldVoucher]) -> Iterator[Message]:
    """All together, and when the first of them ends."""
    if held:
        count, fen = str(len(held)), shown(sum(one.fen for one in held))
        if until := held[0].until:
            yield says(
                "Cash vouchers: {count}, {sum}, the first until {day}", count=count, sum=fen, day=until
            )
        else:
            yield says("Cash vouchers: {count}, {sum}", count=count, sum=fen)


def _served(picture: Picture, habits: Habits, called: Callable[[StaffId], str]) -> Iterator[Message]:
    """By their own wish before what they usually have."""
    if picture.tags:
        yield says("Tags: {names}", names=TAGS_JOINED.join(picture.tags))
    usual = habits.usual
    if picture.stylist is not None and (name := called(picture.stylist)):
        yield says("Asks for {name}", name=name)
    elif usual is not None and (name := called(usual.staff)):
        times, visits = str(usual.times), str(usual.visits)
        yield says(
            "Mostly served by {name}: {times} of {visits} visits", name=name, times=times, visits=visits
        )


def _done(served: Service | None, called: Callable[[StaffId], str]) -> Iterator[Message]:
    """Never the remark: that is read by who asks for it."""
    if served is not None:
        said = served.written
        name = called(said.by) or said.by
        yield says(
            "Done on {day}: {done}, by {name}", day=said.day, done=TAGS_JOINED.join(said.done), name=name
        )


def _recommended(habits: Habits) -> Iterator[Message]:
    if (one := habits.together) is not None:
        times = str(one.times)
        yield says(
            "Recommend {name}: bought {times} times with {bought}",
            name=one.name,
            times=times,
            bought=one.bought,
        )


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
    if (nearest := nearest_birthday(birthday, day)) is None:
        return None
    days = (nearest[1] - day).days
    return days if 0 <= days <= SOON_DAYS else None
