"""How long a shop keeps what it knows of members who do not come any more, by kind (product.md G8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Annotated, Final

from msgspec import Meta
from msgspec.structs import replace

from terminal.core.commands import Private
from terminal.core.particulars import HEALTH, Particular
from terminal.core.values import MemberId, Value, WalletId

_DAYS_MAX: Final = 36_500
Days = Annotated[int, Meta(ge=1, le=_DAYS_MAX)]


LAW_DAYS: Final = 1_827
"""Five years and a day: so long records of prepaid cards are kept (preset cn-prepaid)."""


class Retention(Value, frozen=True, kw_only=True):
    """Days after they were served last."""

    document: Days = LAW_DAYS
    """Numbers of documents."""
    health: Days = LAW_DAYS
    """Skin, allergies."""
    notes: Days = LAW_DAYS
    """Hair, taste, room, car; tags, and who serves them."""
    services: Days = LAW_DAYS
    """What was done on visits."""
    member: Days | None = None
    """All that is known of a member on whose wallets nothing is left; None: it stays until they ask."""

    @property
    def of_one_site(self) -> Retention:
        """Of a site of a chain: what was done there is nowhere else. Who does not come may come elsewhere."""
        return Retention(
            document=_DAYS_MAX, health=_DAYS_MAX, notes=_DAYS_MAX, services=self.services, member=None
        )

    @property
    def soonest(self) -> int:
        """Of whom was here less long ago nothing goes."""
        return min(self.document, self.health, self.notes, self.services, self.member or LAW_DAYS)


class Idle(Value, frozen=True, kw_only=True):
    """A member who was here last on a day (ISO date), in the entry with that seq."""

    member: MemberId
    wallet: WalletId
    private: Private
    last: str
    seq: int
    served: bool = False
    """Something that was done for them is written down."""

    def __repr__(self) -> str:
        """Without anything a person could be known by."""
        return f"Idle(last={self.last})"

    __str__ = __repr__


class Parted(Value, frozen=True, kw_only=True):
    """A member who has no wallet any more."""

    member: MemberId
    until: str
    """Their records are kept until that day; empty: nobody said so."""


PARTICULARS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "document": frozenset({Particular.DOCUMENT}),
        "health": HEALTH,
        "notes": frozenset(
            {
                Particular.HAIR,
                Particular.TASTE,
                Particular.ROOM,
                Particular.VEHICLE,
                Particular.TAGS,
                Particular.STYLIST,
            }
        ),
    }
)
"""What is told of a member, by the kinds that are kept for days of their own."""


def day_after(today: str, days: int) -> str:
    """Both ISO dates."""
    try:
        return (date.fromisoformat(today) + timedelta(days=days)).isoformat()
    except OverflowError:  # A clock that was far off.
        return date.max.isoformat()


def day_before(today: str, days: int) -> str:
    """Both ISO dates. Whoever was here last on it, or before it, was here so many days ago or more."""
    try:
        return (date.fromisoformat(today) - timedelta(days=days)).isoformat()
    except (OverflowError, ValueError):  # A clock that was far off: then nobody was here so long ago.
        return ""


def lapsed(last: str, today: str, days: int | None) -> bool:
    """Whether the last visit (ISO date) is so long ago that what is kept so many days goes."""
    return days is not None and last <= day_before(today, days)


def left_of(private: Private, last: str, today: str, retention: Retention) -> Private:
    """Without what is not kept any more."""
    gone = frozenset[str]().union(
        *(what for kind, what in PARTICULARS.items() if lapsed(last, today, getattr(retention, kind)))
    )
    return replace(private, told=tuple(one for one in private.told if one[0] not in gone))
