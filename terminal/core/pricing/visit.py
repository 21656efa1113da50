"""Who buys, and when: all that a promotion may ask about beside the goods."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Annotated, NamedTuple, Protocol

from msgspec import Meta

from terminal.core.locks import Lock
from terminal.core.screens import Message, says
from terminal.core.trust import Holder
from terminal.core.values import Value

DAY = r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\Z"
Day = Annotated[str, Meta(pattern=DAY, description="a day like 2026-09-25")]

MINUTES_A_DAY = 24 * 60


class Birthday(Value, frozen=True, kw_only=True):
    """Month and day, in the calendar by which the member keeps it."""

    month: Annotated[int, Meta(ge=1, le=12)]
    day: Annotated[int, Meta(ge=1, le=31)]
    lunar: bool = False
    leap: bool = False
    """Born in a lunar leap month."""


class HeldCoupon(Value, frozen=True, kw_only=True):
    """A coupon that its owner holds, as it was given."""

    coupon: str
    kind: str
    """The promotion that says what it is worth, or none: then it is worth its face."""
    face: int = 0
    threshold: int = 0
    since: str = ""
    until: str = ""
    """First and last business day of use; empty: no bound."""

    def refuses(self, business_day: str) -> Message | None:
        """What keeps it from being used on that day. None: nothing does."""
        if business_day < self.since:
            return says("From {day}", day=self.since)
        if self.until and business_day > self.until:
            return says("It ended on {day}", day=self.until)
        return None


class Counted(NamedTuple):
    """What a member has only so often, and the period that it is counted for."""

    what: str
    """Id of the promotion, or the name of the entitlement."""
    period: str
    """See `core.pricing.limit`."""


class Buyer(Value, frozen=True, kw_only=True):
    """What a member brings to the counter."""

    tier: str = ""
    born: Birthday | None = None
    newcomer: bool = False
    """Joins with this sale, or joined today."""
    filled: bool = False
    """Of a newcomer: this is not their first fill."""
    coupons: tuple[HeldCoupon, ...] = ()
    """Those that may be used for this sale; the best of them is."""
    locks: tuple[Lock, ...] = ()
    """Their litres at locked prices that may be used that day, the lowest price first."""
    had: Mapping[Counted, int] | None = None
    """How much they have had of what is had only so often. None: nobody knows, and none of it is had."""


class Visit(Value, frozen=True, kw_only=True):
    """One sale's moment, people and member."""

    business_day: str
    minute: int = 0
    """Of the local day, 0 to 1439."""
    buyer: Buyer | None = None
    """None: nobody showed a card."""
    people: int = 1
    """Who came together, the buyer among them."""
    friend: bool = False
    """Somebody was brought along for the first time."""

    @property
    def day(self) -> date:
        return date.fromisoformat(self.business_day)


class Benefits(Protocol):
    """What is known of a member beside the money: birthday, entitlements, what they had before.

    Not their coupons: which of them may come off is said at the counter.
    """

    async def of(self, holder: Holder) -> Buyer: ...

    async def had(self, holder: Holder, counted: Collection[Counted]) -> Mapping[Counted, int] | None:
        """How much of each. None: nobody knows."""
        ...

    async def locks(self, holder: Holder) -> tuple[Lock, ...]:
        """Their litres at locked prices that are good that day; none where nobody knows."""
        ...

    async def filled(self, holder: Holder) -> bool:
        """Whether fuel was sold to them here before; not where nobody knows."""
        ...


class TierAlone:
    """Where nothing but the tier is kept."""

    async def of(self, holder: Holder) -> Buyer:
        return Buyer(tier=holder.tier)

    async def had(self, holder: Holder, counted: Collection[Counted]) -> None:
        del holder, counted

    async def locks(self, holder: Holder) -> tuple[Lock, ...]:
        del holder
        return ()

    async def filled(self, holder: Holder) -> bool:
        del holder
        return False
