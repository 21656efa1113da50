"""Moments as the shop's wall clock shows them, whatever zone this machine believes to be in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from terminal.core.commands import ClockTrust, Occasion
from terminal.core.values import EntryId


def local_time(at: Occasion) -> str:
    """Date and time on the wall of the shop."""
    return time_of(at.wall_ms, at.utc_offset_min)


def clock_of(at: Occasion) -> str:
    """`10:42`."""
    return local_time(at)[11:16]


def made_ms(entry: EntryId) -> int:
    """When its id was made, by the clock of whoever made it (RFC 9562 section 5.7), in ms since 1970."""
    return int(entry.replace("-", "")[:12], 16)


def made_then(entry: EntryId, ms: int) -> EntryId:
    """That id as if made then, in ms since 1970: as good as the one that was drawn. Raises OverflowError."""
    time = ms.to_bytes(6, "big").hex()
    return EntryId(f"{time[:8]}-{time[8:]}{entry[13:]}")


def time_of(wall_ms: int, utc_offset_min: int) -> str:
    try:
        there = datetime.fromtimestamp(wall_ms // 1000, UTC) + timedelta(minutes=utc_offset_min)
    except (OverflowError, OSError, ValueError):
        return f"{wall_ms} ms"  # A clock gone mad still leaves a receipt that can be told from others.
    return there.strftime("%Y-%m-%d %H:%M:%S")


def utc_day(wall_ms: int) -> str:
    """ISO, whatever the shop's wall shows: of what is known by its time alone."""
    return time_of(wall_ms, 0)[: len("2026-11-24")]


def is_certain(at: Occasion) -> bool:
    """Whether somebody vouches for its day. Else it may be any year, and nothing ends by it."""
    return at.clock is not ClockTrust.UNKNOWN
