"""What people see of the way to headquarters. Never sent: both kinds of face show it."""

from __future__ import annotations

from enum import StrEnum

from terminal.core.values import Value


class LinkCondition(StrEnum):
    ONLINE = "online"
    OFFLINE = "offline"
    FORK = "fork"  # the chains differ: selling and forwarding pause until it is healed
    REFUSED = "refused"  # another machine speaks for this site: nothing is sold here


class LinkTrouble(StrEnum):
    """Why there is no way to headquarters, as far as it changes what to do about it."""

    UNREACHED = "unreached"  # no answer, or none in time
    REFUSED = "refused"  # headquarters answered, and takes nothing from this site as it stands
    FAILING = "failing"  # headquarters has a fault of its own
    UNREADABLE = "unreadable"  # what answered is not headquarters, or speaks another version
    RESTORED = "restored"  # headquarters holds less than it said, and has not begun a new epoch
    NOT_ENROLLED = "not_enrolled"  # no certificate yet, or one that is no longer let in


class LinkState(Value, frozen=True, kw_only=True):
    """What people see of the way to headquarters."""

    condition: LinkCondition
    why: str = ""
    """For the technician; empty when all is well."""
    trouble: LinkTrouble | None = None
    """With `offline`."""
    drift_ms: int | None = None
    """Our clock less headquarters', as measured last, to a second; None before it told us its time."""

    @property
    def online(self) -> bool:
        return self.condition is LinkCondition.ONLINE
