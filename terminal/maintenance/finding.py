"""One line of what the doctor answers."""

from __future__ import annotations

from terminal.core.values import Value


class Finding(Value, frozen=True, kw_only=True):
    subject: str
    well: bool
    reason: str
    next_step: str = ""
    amber: bool = False
    """Well as yet, and not for long."""
