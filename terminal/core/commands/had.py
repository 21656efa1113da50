"""What a member has only so often: a free drink a visit, a trial once a person (product.md B7, B8)."""

from __future__ import annotations

import re
from typing import Final

from terminal.core.values import Value

HAD_NAME: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f:]{1,64}")
"""By what it is counted, as account names hold it."""
HAD_PERIOD: Final = re.compile(r"ever|[bv]?\d{4}(-\d{2}){0,2}", re.ASCII)


class Had(Value, frozen=True, kw_only=True, omit_defaults=True):
    """So much of it was had with a sale."""

    what: str
    """Id of the promotion, or the name of the entitlement."""
    period: str
    """For which it is counted: `ever`, `2026`, `2026-11`, `2026-11-24`, `v2026-11-24`, `b2026`."""
    name: str
    """As the receipt calls it."""
    count: int
    most: int
    """So much of it there is in all in such a period."""
    left: int = 0
    """Of that after this sale, as far as the counter knew."""
    places: tuple[int, ...] = ()
    """Lines of the sale that have it; empty: all."""
