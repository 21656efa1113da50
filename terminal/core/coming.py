"""Who was served by an entry that moves nothing of theirs: they are not forgotten that day (product.md G8).

By what is booked of itself nobody was: not by what is not kept any more, nor by many cards at once.
"""

from __future__ import annotations

from typing import Final

from terminal.core.commands import (
    OWN_DATA,
    BookCard,
    BookCardState,
    BookConsent,
    BookMerge,
    BookNote,
    BookPin,
    BookProfile,
    BookService,
    CardState,
    wallet_of,
)
from terminal.core.entry import Entry
from terminal.core.values import StaffId, WalletId

KINDS: Final = frozenset({"card", "card_state", "consent", "merge", "note", "pin", "profile", "service"})
"""Of entries by which somebody may have been."""
RETENTION: Final = StaffId("retention")
"""By whom, as an entry says by which something is not kept any more."""


def attended(entry: Entry) -> WalletId | None:
    """Whose holder had something changed, written down or shown. None: nobody, or it is told otherwise."""
    wallet = entry.wallet or wallet_of(entry.payload)
    match entry.payload:
        case BookNote(what=what, detail=detail) if what == OWN_DATA:
            return WalletId(detail.partition(":")[2])
        case BookMerge(into=into):
            return into
        case BookCardState(batch="", state=state) if state is not CardState.EXPIRED:
            return wallet
        case BookService(ends=False) | BookCard() | BookConsent() | BookPin():
            return wallet
        case BookProfile() if entry.at.operator != RETENTION:
            return wallet
    return None
