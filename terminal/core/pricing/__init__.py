"""What things cost: one way, for every flow.

`priced` is the engine; a promotion is a file in `rules`; what a shop has is its `Tariff`.
"""

from __future__ import annotations

from terminal.core.pricing.earned import earned
from terminal.core.pricing.engine import Priced, priced
from terminal.core.pricing.less import less
from terminal.core.pricing.locked import priced_with_locks
from terminal.core.pricing.promotion import GivenCoupon, GivenVoucher, NotYet
from terminal.core.pricing.sharing import given_back, shared
from terminal.core.pricing.sums import in_cash, rung_for
from terminal.core.pricing.tariff import Refusal, Tariff, parsed
from terminal.core.pricing.used import priced_with_uses
from terminal.core.pricing.visit import Benefits, Birthday, Buyer, Counted, HeldCoupon, TierAlone, Visit

__all__ = [
    "Benefits",
    "Birthday",
    "Buyer",
    "Counted",
    "GivenCoupon",
    "GivenVoucher",
    "HeldCoupon",
    "NotYet",
    "Priced",
    "Refusal",
    "Tariff",
    "TierAlone",
    "Visit",
    "earned",
    "given_back",
    "in_cash",
    "less",
    "parsed",
    "priced",
    "priced_with_locks",
    "priced_with_uses",
    "rung_for",
    "shared",
]
