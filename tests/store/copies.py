"""What tests of backups share: a clock that is set, and a member with a name."""

from __future__ import annotations

from terminal.core.commands import BookJoin, ClockTrust, Private
from terminal.core.trust import Credential, Medium
from tests.store.facts import AT, an_id, opens

NAME, NUMBER = "王小明", "19000000301"
PHONE = Credential(medium=Medium.PHONE, number=NUMBER)


class At:
    """A clock that is set."""

    trust = ClockTrust.UNKNOWN

    def __init__(self, ms: int = 1_795_000_000_000) -> None:
        self.ms = ms

    def wall_ms(self) -> int:
        return self.ms

    def mono_ms(self) -> int:
        return 0


def join(entry: int, who: int = 7) -> tuple[BookJoin, Private]:
    private = Private(credentials=(PHONE,), name=NAME, initials="WXM", phone=NUMBER)
    return BookJoin(id=an_id(entry), at=AT, opens=opens(who, member=True)), private
