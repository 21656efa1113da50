"""Which time a command goes by that is typed beside the terminal: what makes certificates, and judges dates.

The terminal's own, where it runs: it alone knows what headquarters said of the machine's clock.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from terminal.core.commands import ClockTrust
from terminal.core.values import Value
from terminal.maintenance.socket import Unanswered, asked
from terminal.runtime.clock import SystemClock

_ASK_S = 30.0
_MS_PER_S = 1_000
_LAST_S = 253_402_300_799
"""The last second of the year 9999, behind which nothing can be said as a date."""


class NotBelieved(Exception):
    """What the clock says, and what to do."""


class _Clock(Value, frozen=True, kw_only=True, forbid_unknown_fields=False):
    wall_ms: int
    trust: ClockTrust


class _Ledger(Value, frozen=True, kw_only=True, forbid_unknown_fields=False):
    believed_ms: int | None = None


class _Seen(Value, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """Of `Facts`, what is needed here."""

    clock: _Clock
    ledger: _Ledger = _Ledger()


def now_ms(socket: Path, *, vouched: bool) -> int:
    """Unix time. `vouched`: whoever types it says that the clock is right. Raises NotBelieved."""
    seen = _seen(socket)
    if vouched or seen.clock.trust is not ClockTrust.UNKNOWN:
        return seen.clock.wall_ms
    raise NotBelieved(_why(seen.clock.wall_ms))


def past_ms(socket: Path, *, vouched: bool, say: Callable[[str], object]) -> int:
    """As `now_ms`; where nobody vouches for the clock, what was believed last and so is past for sure.

    `say`: is told so. Raises NotBelieved: nothing ever was.
    """
    seen = _seen(socket)
    if vouched or seen.clock.trust is not ClockTrust.UNKNOWN:
        return seen.clock.wall_ms
    if (believed_ms := seen.ledger.believed_ms) is None:
        raise NotBelieved(_why(seen.clock.wall_ms))
    say(f"the clock is not believed: dates are judged by {_shown(believed_ms)}, the last time that was\n")
    return believed_ms


def _seen(socket: Path) -> _Seen:
    try:
        return asked(socket, "doctor", _Seen, within_s=_ASK_S)
    except Unanswered:
        clock = SystemClock()
        return _Seen(clock=_Clock(wall_ms=clock.wall_ms(), trust=clock.trust))


def _why(wall_ms: int) -> str:
    return (
        f"the clock is not believed; it says {_shown(wall_ms)}."
        " Where that is right, say --clock-is-right;"
        " else let the network or headquarters set it (sudo terminal menu, 3)"
    )


def _shown(at_ms: int) -> str:
    at_s = min(max(at_ms // _MS_PER_S, 0), _LAST_S)
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d %H:%M} UTC"
