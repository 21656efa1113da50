"""What comes back of a sale, and what of a later one it pays (product.md B17)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated

from msgspec import Meta

from terminal.core.commands import Cashback, Tender, TenderKind
from terminal.core.money import AMOUNT_MAX, Fen, PriceOrNothing
from terminal.core.values import Value

_WHOLE = 10_000
_EARNING = frozenset({TenderKind.CASH, TenderKind.CODE, TenderKind.CARD})
"""What was paid with value that the shop gave, or took before, brings none back."""


class CashbackRate(Value, frozen=True, kw_only=True):
    """What comes back of a sale, and how much of a later one it may pay."""

    rate_bp: Annotated[int, Meta(ge=0, le=_WHOLE)] = 0
    """Hundredths of a percent of what was paid in cash or outside; 0: nothing comes back."""
    at_most: PriceOrNothing = 0
    """Fen that come back of one sale at most; 0: no bound."""
    pays_percent: Annotated[int, Meta(ge=0, le=100)] = 100
    """Of a bill, what cashback may pay."""
    days: Annotated[int, Meta(ge=0, le=3650)] = 0
    """So long it may be used, from the day after the sale; 0: it does not end."""
    tiers: tuple[str, ...] = ()
    """Whose members get it, in the place of points; empty: everybody, beside them."""

    def gives(self, tier: str) -> bool:
        return self.rate_bp > 0 and (not self.tiers or tier in self.tiers)

    def instead_of_points(self, tier: str) -> bool:
        return self.gives(tier) and bool(self.tiers)

    def of(self, tenders: Sequence[Tender], business_day: str) -> Cashback | None:
        """What so paid a sale of that day brings back, usable from the next business day."""
        paid = sum(one.amount for one in tenders if one.kind in _EARNING)
        amount = min(paid * self.rate_bp // _WHOLE, self.at_most or AMOUNT_MAX)
        if not amount:
            return None
        sold = date.fromisoformat(business_day)
        until = (sold + timedelta(days=self.days)).isoformat() if self.days else ""
        return Cashback(amount=amount, since=(sold + timedelta(days=1)).isoformat(), until=until)

    def most(self, held: int, due: int, left: int) -> Fen:
        """What of those held may pay of what is left of a bill of `due`."""
        return Fen(min(held, due * self.pays_percent // 100, left))
