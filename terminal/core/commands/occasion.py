"""Where, when and by whom: what every command says of its moment."""

from __future__ import annotations

from enum import StrEnum

from terminal.core.values import ShiftId, StaffId, TerminalId, Value


class ClockTrust(StrEnum):
    """How far the wall clock is believed; entries carry it."""

    UNKNOWN = "unknown"
    NETWORK = "network"  # the system says it is synchronised
    HEADQUARTERS = "headquarters"  # agreed with a signed hq_time


VERSION_DIGITS = 8


class Versions(Value, frozen=True, kw_only=True, omit_defaults=True):
    """What was in force when it was decided: the first hex digits of a SHA-256, empty where there is none."""

    config: str = ""
    """Of the terminal's own files."""
    prices: str = ""
    """Of the manifest of that data set, as `promotions`: by which this customer was told prices."""
    promotions: str = ""
    hot_list: str = ""
    """Of the manifest of `cards`."""


class Occasion(Value, frozen=True, kw_only=True, omit_defaults=True):
    """Where, when, by whom. Order is by sequence, never by these times."""

    terminal: TerminalId
    shift: ShiftId
    operator: StaffId
    business_day: str
    """ISO date of the site's business day (product.md G1)."""
    wall_ms: int
    """Milliseconds since 1970-01-01T00:00:00Z."""
    utc_offset_min: int
    clock: ClockTrust
    mono_ms: int
    """Milliseconds of the monotonic clock of this boot."""
    boot: str
    versions: Versions = Versions()
    second: StaffId | None = None
    """Who approved it besides the operator (product.md B13, B14)."""
