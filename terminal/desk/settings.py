"""What the shop decides about its counter."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from msgspec import Meta

from terminal.core.staff import Role
from terminal.core.trust import Medium
from terminal.core.values import StaffId, Value


class StaffKey(Value, frozen=True, kw_only=True):
    """A card as its reader reports it; of memberships also a phone."""

    medium: Medium
    number: str


class StaffMember(Value, frozen=True, kw_only=True):
    id: StaffId
    name: str
    badge: str = ""
    """Printed badge code, `ST-` and 4 to 8 digits."""
    card: StaffKey | None = None
    own: tuple[StaffKey, ...] = ()
    """Of their own membership here: they do not recharge it, nor take back for it."""
    role: Role = Role.ATTENDANT
    """Where nobody is shift lead or manager, everybody may do everything."""


class Settings(Value, frozen=True, kw_only=True):
    language: str = "zh-Hans"
    """Of receipts, BCP 47."""
    staff: tuple[StaffMember, ...] = ()
    own_data_folder: Path | None = None
    """Where files are written that members take along, a stick; none: only the console writes them."""
    command_sheet: Annotated[int, Meta(ge=1, le=9_999)] = 1
    """Edition of the printed codes that answer the screen: raised, those of before are good no more."""
    question_s: int = 90
    """A question left unanswered this long cancels what was begun."""
    notice_s: int = 8
    """A sentence or a refusal leaves the screen after this."""
    approved_s: int = 30
    """The end of a sale leaves the screen after this, or with the next customer."""
    print_within_s: int = 600
    """A receipt not printed this long after its sale is printed only when somebody asks for it."""
    printer_check_ms: Annotated[int, Meta(ge=200, le=60_000)] = 1_000
    """Between two looks at an idle printer, and between two tries at a broken one: with what it takes to
    answer, so late is noticed that it has gone or is back."""
