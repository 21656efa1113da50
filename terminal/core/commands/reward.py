"""What whoever brought a member is given when that member buys, recharges or joins (product.md B9)."""

from __future__ import annotations

from terminal.core.coupons import CouponGrant
from terminal.core.values import Value


class Reward(Value, frozen=True, kw_only=True, omit_defaults=True):
    """By which setting it is judged. To whom it goes the ledger knows: whoever was named at joining."""

    points: int
    """Goods points that do not end; of a gift what it counts as."""
    further: int = 0
    """To whoever brought those who brought them; nobody beyond is given anything."""
    a_day: int
    """So many one of them is given on a business day, whatever for; not what is above."""
    a_month: int
    """The same of a calendar month."""
    always: bool = False
    """Whether each time counts; else only the first of a member."""
    gift: CouponGrant | None = None
    """Goods or a service in place of points: to the nearest alone, where there is room for all of it."""
