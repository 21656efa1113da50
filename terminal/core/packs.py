"""Cash vouchers that are given together, with a campaign, a sale, a recharge, a join or for points (B17)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Annotated

from msgspec import Meta

from terminal.core.commands import Grant
from terminal.core.coupons import window
from terminal.core.money import Price
from terminal.core.values import Value

VOUCHERS_MAX = 50
"""Cash vouchers that one entry gives."""


class PackVoucher(Value, frozen=True, kw_only=True):
    """Equal cash vouchers (product.md B17)."""

    worth: Price
    """Fen that each pays, once: it gives no change, and its rest ends."""
    count: Annotated[int, Meta(ge=1, le=VOUCHERS_MAX)] = 1
    from_day: Annotated[int, Meta(ge=0, le=3650)] = 0
    """First day of use, so many business days after they were given."""
    days: Annotated[int, Meta(ge=1, le=3650)] | None = None
    """On so many days from then on they may be used. None: they do not end."""

    def given(self, business_day: str, new_id: Callable[[], str]) -> Iterator[Grant]:
        """On that day."""
        since, until = window(business_day, self.from_day, self.days)
        for _ in range(self.count):
            yield Grant(unit=f"voucher:{new_id()}", amount=self.worth, since=since, until=until)


def packed(pack: Iterable[PackVoucher], business_day: str, new_id: Callable[[], str]) -> tuple[Grant, ...]:
    """Each of them as it is booked on that day."""
    return tuple(voucher for one in pack for voucher in one.given(business_day, new_id))


def check_count(pack: Iterable[PackVoucher], name: str) -> None:
    """Raises ValueError: more than one entry gives."""
    if sum(one.count for one in pack) > VOUCHERS_MAX:
        raise ValueError(f"{name}: more than {VOUCHERS_MAX} vouchers")
