"""One line of what the doctor answers."""

from __future__ import annotations

from datetime import UTC, datetime

from terminal.core.values import Value


class Finding(Value, frozen=True, kw_only=True):
    subject: str
    well: bool
    reason: str
    next_step: str = ""
    amber: bool = False
    """Well as yet, and not for long."""


def day(wall_ms: int) -> str:
    """As findings name one, of UTC."""
    return datetime.fromtimestamp(wall_ms / 1000, UTC).date().isoformat()
