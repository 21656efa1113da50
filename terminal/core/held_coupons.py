"""Coupons as they lie on a wallet: those that the counter may offer (product.md B5)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date, timedelta

from msgspec.structs import replace

from terminal.core import accounts as chart
from terminal.core.cart import Presented
from terminal.core.commands import BookSale, CouponGrant
from terminal.core.ledger.rules import current
from terminal.core.ledger.state import State
from terminal.core.original import Original
from terminal.core.pricing.visit import HeldCoupon
from terminal.core.times import clock_of
from terminal.core.values import WalletId

_COUPON = "coupon:"
_OWED = "debt:coupon:"
_FOR_EVER = "9999-12-31"


def held_coupons(state: State, *, wallet: WalletId, but_not: Collection[str] = ()) -> tuple[HeldCoupon, ...]:
    """Those that are held here and not owed, what ends first in front.

    `but_not`: ids of coupons that wait elsewhere.
    """
    units = [unit for unit, _ in state.holdings(current(wallet, state))]
    names = [unit.removeprefix(_COUPON) for unit in units if unit.startswith(_COUPON)]
    without = {*but_not, *(unit.removeprefix(_OWED) for unit in units)}
    found = [known[1] for name in names if name not in without and (known := state.coupon(name))]
    held = [
        HeldCoupon(
            coupon=one.coupon,
            kind=one.kind,
            face=one.face,
            threshold=one.threshold,
            since=one.since,
            until=one.until,
        )
        for one in found
    ]
    return tuple(sorted(held, key=lambda one: (one.until or _FOR_EVER, one.coupon)))


def where(state: State, *, coupon: str) -> Presented:
    """On which account that coupon is held here, if it is."""
    known = state.coupon(coupon)
    account = chart.coupon(current(known[0], state), coupon) if known else None
    held = account is not None and state.balance(account) == 1
    return Presented(coupon=coupon, account=account.name if account and held else "")


def ended_on(state: State, *, coupon: str, business_day: str) -> str:
    """Its last day, where that is over; empty: it is not, or nobody knows here."""
    known = state.coupon(coupon)
    return known[1].until if known and known[1].is_over(business_day) else ""


def given_anew(
    over: Sequence[CouponGrant], *, business_day: str, days: int, new_id: Callable[[], str]
) -> tuple[CouponGrant, ...]:
    """One in the place of each, from that day on for so many days, at least one."""
    until = (date.fromisoformat(business_day) + timedelta(days=days - 1)).isoformat()
    return tuple(replace(one, coupon=new_id(), since="", until=until) for one in over)


def used_at(sales: Sequence[Original], coupon: str) -> str:
    """When it was used, by the last of those sales that was not undone; empty: with none of them."""
    for one in sales:
        sale = one.command
        if isinstance(sale, BookSale) and coupon in sale.coupons_used and not one.gone:
            return clock_of(sale.at)
    return ""
