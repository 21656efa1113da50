"""What a shop gives."""

from __future__ import annotations

from terminal.core.values import Value


class Grant(Value, frozen=True, kw_only=True, omit_defaults=True):
    """Something given: `amount` of `unit`, usable from `since` until `until` (business days, inclusive)."""

    unit: str
    """`bonus`, `cashback`, `points:goods`, `count:haircut`, `litres:92`, `voucher:ID`."""
    amount: int
    since: str = ""
    until: str = ""
    sold: str = ""
    """Of uses, the version of the count card (`core.sold`); empty: what the catalogue says."""
