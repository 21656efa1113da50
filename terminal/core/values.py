"""The base of every value that is booked, shown or sent."""

from __future__ import annotations

from typing import NewType

from msgspec import Struct

from terminal.core.called import TRAINING_SITE

EntryId = NewType("EntryId", str)
"""UUIDv7 in its 36-character form (RFC 9562 section 5.7), made by the caller before it submits."""

MemberId = NewType("MemberId", str)
WalletId = NewType("WalletId", str)
CardId = NewType("CardId", str)
"""Our own name for a card. Its number stays in the store and never enters an entry or a log."""

SiteId = NewType("SiteId", str)
TerminalId = NewType("TerminalId", str)
ShiftId = NewType("ShiftId", str)
StaffId = NewType("StaffId", str)

TRAINING = SiteId(TRAINING_SITE)
"""Whose entries a training ledger has; no shop is called so."""


INTEGER_MAX = 2**53 - 1
"""Beyond this JSON numbers are not exact in every language (RFC 7493 section 2.2)."""


class Value(Struct, frozen=True, forbid_unknown_fields=True):
    """A frozen fact; what crosses a thread, a file or the wire.

    Subclasses say `frozen=True, kw_only=True` again: msgspec and mypy do not inherit it.
    """
