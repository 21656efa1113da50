"""A coupon as it is given, with a sale or with rights to it."""

from __future__ import annotations

from terminal.core.values import Value


class CouponGrant(Value, frozen=True, kw_only=True, omit_defaults=True):
    """One coupon that the transaction gives."""

    coupon: str
    """Its own id, made by the caller."""
    kind: str
    """Such as `c3`."""
    face: int
    """Fen off; 0: as its kind says, such as a piece for nothing."""
    threshold: int
    """Fen from which it may be used."""
    since: str = ""
    until: str = ""
    """First and last business day of use; empty: no bound."""

    def is_over(self, business_day: str) -> bool:
        """Whether its last day has passed."""
        return bool(self.until) and business_day > self.until
