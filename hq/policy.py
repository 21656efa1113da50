"""What a chain decides about rights. Amounts in fen."""

from __future__ import annotations

from terminal.core.ranks import BY_CUSTOM, rank
from terminal.core.values import Value


class Policy(Value, frozen=True, kw_only=True):
    reserve: int = 200_00
    """Of principal and of bonus a wallet's home leaves so much in the pool, for the other sites."""
    reserve_low: int = 50_00
    """The home is asked for more once the pool holds less than this."""
    ask_ms: int = 120_000
    """So long an ask waits for what other sites release; what comes later stays in the pool."""
    again_ms: int = 10_000
    """A site that gave less than was asked keeps it for a customer, and is not asked again for so long."""
    online_ms: int = 60_000
    """A site that was heard of within this time counts as online."""
    tiers: tuple[str, ...] = BY_CUSTOM
    """Lowest first, where the chain published no order of its own (`hq.ladder`)."""

    def rank(self, tier: str) -> int:
        return rank(tier, self.tiers)
