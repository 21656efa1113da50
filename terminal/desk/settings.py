"""What the shop decides about its counter."""

from __future__ import annotations

from terminal.core.trust import Medium
from terminal.core.values import StaffId, Value


class BadgeCard(Value, frozen=True, kw_only=True):
    """A card that is a badge, as its reader reports it."""

    medium: Medium
    number: str


class StaffMember(Value, frozen=True, kw_only=True):
    id: StaffId
    name: str
    badge: str = ""
    """Printed badge code, `ST-` and 4 to 8 digits."""
    card: BadgeCard | None = None


class Settings(Value, frozen=True, kw_only=True):
    language: str = "zh-Hans"
    """Of receipts, BCP 47."""
    staff: tuple[StaffMember, ...] = ()
    question_s: int = 90
    """A question left unanswered this long cancels what was begun."""
    notice_s: int = 8
    """A sentence or a refusal leaves the screen after this."""
    approved_s: int = 30
    """The end of a sale leaves the screen after this, or with the next customer."""
    print_within_s: int = 600
    """A receipt not printed this long after its sale is printed only when somebody asks for it."""
    printer_check_s: int = 20
    """How often an idle printer is asked how it is, and a broken one is tried again."""
