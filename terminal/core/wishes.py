"""Members who asked to be forgotten and had to wait: by no entry, or by one that headquarters hears of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from terminal.core.commands import ErasureReason
from terminal.core.values import MemberId, StaffId, Value, WalletId


class Wish(Value, frozen=True, kw_only=True):
    member: MemberId
    wallet: WalletId
    """One of theirs now; the one by which they asked, where they have none any more."""
    operator: StaffId
    """Who took it."""
    second: StaffId | None
    """Who approved it."""
    why: ErasureReason | None = None
    kept: bool
    """Records of them are kept until a day."""
    told: bool
    """It is an entry: headquarters says when."""


class Wishes(Protocol):
    async def waiting(self, after: str, limit: int) -> Sequence[Wish]:
        """By member, those beyond `after`."""
        ...
