"""A coupon as it is given, with a sale or with rights to it."""

from __future__ import annotations

from datetime import date, timedelta

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


def window(business_day: str, from_day: int, days: int | None) -> tuple[str, str]:
    """First and last business day of use, as a grant says them, of what is given on that day.

    `from_day`: begins so many days after it; `days`: may be used on so many, None: does not end.
    """
    since = date.fromisoformat(business_day) + timedelta(days=from_day)
    until = (since + timedelta(days=days - 1)).isoformat() if days else ""
    return since.isoformat() if from_day else "", until
