"""What counts towards a member's tier, as it lies on their wallet (product.md B8)."""

from __future__ import annotations

from terminal.core import accounts as chart
from terminal.core.accounts import TIER_FAMILY, TIER_UNIT
from terminal.core.ledger.rules import current
from terminal.core.ledger.state import State
from terminal.core.values import Value, WalletId


class TierStands(Value, frozen=True, kw_only=True):
    tier: str
    counted: int
    """In the window, today."""
    ended: int = 0
    """Lots that left it and are still there."""
    falls: bool
    """Also down, where there is too little: no other site lets it, and nobody at headquarters gave it."""


def tier_stands(state: State, *, wallet: WalletId, business_day: str) -> TierStands | None:
    """None: no such wallet, or nobody's: whoever holds an unnamed card has no tier."""
    wallet = current(wallet, state)
    known = state.wallet(wallet)
    if known is None or known.member is None:
        return None
    account = chart.points(wallet, TIER_FAMILY)
    given = chart.tier_given(state.site, wallet)
    ended = [lot.rest for lot in state.lots(wallet, TIER_UNIT) if not lot.usable(business_day)]
    there = state.balance(account) + state.balance(chart.debt(account))
    return TierStands(
        tier=known.tier,
        counted=max(0, there - sum(ended)),
        ended=len(ended),
        falls=state.alone() or (state.began_here(wallet) and not state.balance(given)),
    )
