"""Where this terminal stands and who is at its drawer: what every entry says about its occasion."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from terminal.core.commands import Occasion, Versions
from terminal.core.commands.occasion import VERSION_DIGITS
from terminal.core.ports import Clock
from terminal.core.pricing.visit import MINUTES_A_DAY
from terminal.core.receipts import ShopHead
from terminal.core.trust import Credential
from terminal.core.values import ShiftId, StaffId, TerminalId, Value
from terminal.core.wire.sets import SetName
from terminal.desk.settings import StaffMember


class Duty(Value, frozen=True, kw_only=True):
    """One attendant at one drawer."""

    terminal: TerminalId
    shift: ShiftId
    operator: StaffId
    attendant: str
    """The operator's name, for the screen."""
    shop: ShopHead
    utc_offset_min: int = 480
    day_cut_min: int = 0
    """Minutes after midnight at which the site's business day begins."""
    config: str = ""
    """SHA-256 of the terminal's files, in hex; empty: not said."""


class Session:
    """Turns a duty and a clock into occasions. `boot` names this run of the machine."""

    def __init__(
        self, duty: Duty, clock: Clock, boot: str, *, active: Callable[[], Mapping[str, str]] = dict
    ) -> None:
        """`active`: hashes of the manifests by which data sets are read now."""
        self.duty = duty
        self._clock = clock
        self._boot = boot
        self._active = active
        self.sold_by: Mapping[str, str] = {}
        """Hashes of the manifests by which this customer is told prices."""

    def occasion(
        self,
        operator: StaffId | None = None,
        second: StaffId | None = None,
        *,
        sold_by: Mapping[str, str] | None = None,
    ) -> Occasion:
        """`sold_by`: in the place of what this customer is told prices by."""
        duty, wall_ms = self.duty, self._clock.wall_ms()
        return Occasion(
            terminal=duty.terminal,
            shift=duty.shift,
            operator=operator or duty.operator,
            business_day=business_day(wall_ms, duty.utc_offset_min, duty.day_cut_min),
            wall_ms=wall_ms,
            utc_offset_min=duty.utc_offset_min,
            clock=self._clock.trust,
            mono_ms=self._clock.mono_ms(),
            boot=self._boot,
            versions=self._versions(self.sold_by if sold_by is None else sold_by),
            second=second,
        )

    def _versions(self, sold: Mapping[str, str]) -> Versions:
        digits = VERSION_DIGITS
        return Versions(
            config=self.duty.config[:digits],
            prices=sold.get(SetName.PRICES, "")[:digits],
            promotions=sold.get(SetName.PROMOTIONS, "")[:digits],
            hot_list=self._active().get(SetName.CARDS, "")[:digits],
        )

    def turns_to(self, shift: ShiftId, operator: StaffId, attendant: str) -> None:
        """From now on that shift, and whoever is at the drawer in it."""
        self.duty = replace(self.duty, shift=shift, operator=operator, attendant=attendant)

    def mono_ms(self) -> int:
        return self._clock.mono_ms()

    def minute(self) -> int:
        """Of the local day."""
        return minute_of(self._clock.wall_ms(), self.duty.utc_offset_min)

    def time_shown(self, wall_ms: int | None = None) -> str:
        """`14:05`, as the shop's clocks show it; now, where no time is given."""
        there = datetime.fromtimestamp((self._clock.wall_ms() if wall_ms is None else wall_ms) // 1000, UTC)
        return f"{there + timedelta(minutes=self.duty.utc_offset_min):%H:%M}"


def minute_of(wall_ms: int, utc_offset_min: int) -> int:
    """Of the local day, 0 to 1439."""
    return (wall_ms // 60_000 + utc_offset_min) % MINUTES_A_DAY


def business_day(wall_ms: int, utc_offset_min: int, day_cut_min: int) -> str:
    """ISO date of the business day: until the cut it is still yesterday."""
    there = datetime.fromtimestamp(wall_ms // 1000, UTC) + timedelta(minutes=utc_offset_min - day_cut_min)
    return there.date().isoformat()


class Roster:
    """Whose badge is whose."""

    def __init__(self, staff: Sequence[StaffMember]) -> None:
        self._badges = {member.badge: member.id for member in staff if member.badge}
        self._cards = {(member.card.medium, member.card.number): member.id for member in staff if member.card}

    def by_badge(self, badge: str) -> StaffId | None:
        return self._badges.get(badge)

    def by_card(self, credential: Credential) -> StaffId | None:
        return self._cards.get((credential.medium, credential.number))
