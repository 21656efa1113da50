"""The chart of accounts: who owns a balance, in which measure it is counted, what it may become.

Amounts are credits. What a wallet holds and what the shop has earned is positive; what the shop has
in its hands (the drawer), still gets (an acquirer) or has given away (an expense) is negative. So a
recharge of 100 yuan in cash reads `principal +10000, drawer -10000`, and every entry sums to zero in
each measure.
"""

from __future__ import annotations

from enum import StrEnum

from terminal.core.values import ShiftId, SiteId, Value, WalletId

FEN = "fen"


class Owner(StrEnum):
    WALLET = "wallet"
    SITE = "site"


class Account(Value, frozen=True, kw_only=True):
    """One balance: an owner and the unit that is counted there."""

    owner: Owner
    of: str
    """Id of the owner."""
    unit: str
    """Such as `principal`, `points:goods`, `coupon:c3-18f2`, `drawer:2026-11-24`, `revenue:fruit`."""

    @property
    def name(self) -> str:
        """How it stands in an entry: `wallet:ID:principal`."""
        return f"{self.owner}:{self.of}:{self.unit}"

    @property
    def measure(self) -> str:
        """What its amounts count. Postings sum to zero in each measure."""
        return measure_of(self.unit)

    @property
    def may_be_negative(self) -> bool:
        """Value never goes below zero; assets, expenses and the other side of a grant do."""
        return self.owner is Owner.SITE


def measure_of(unit: str) -> str:
    """Points and uses are counted in their own measure, coupons one by one, all else is money."""
    head, _, rest = unit.partition(":")
    if head in {"points", "count", "litres"}:
        return unit
    if head == "coupon":  # Each has an account of its own, and one is one.
        return head
    if head == "issued":  # The shop's side of a grant: issued:points:goods.
        return measure_of(rest)
    return FEN


def principal(wallet: WalletId) -> Account:
    return Account(owner=Owner.WALLET, of=wallet, unit="principal")


def bonus(wallet: WalletId) -> Account:
    return Account(owner=Owner.WALLET, of=wallet, unit="bonus")


def points(wallet: WalletId, family: str) -> Account:
    """Goods, petrol and diesel points are three accounts."""
    return Account(owner=Owner.WALLET, of=wallet, unit=f"points:{family}")


def coupon(wallet: WalletId, coupon_id: str) -> Account:
    """Holds 1 while the coupon may be used, else 0."""
    return Account(owner=Owner.WALLET, of=wallet, unit=f"coupon:{coupon_id}")


def drawer(site: SiteId, shift: ShiftId) -> Account:
    return Account(owner=Owner.SITE, of=site, unit=f"drawer:{shift}")


def revenue(site: SiteId, category: str) -> Account:
    return Account(owner=Owner.SITE, of=site, unit=f"revenue:{category}")


def bonus_expense(site: SiteId) -> Account:
    return Account(owner=Owner.SITE, of=site, unit="bonus_expense")


def outside(site: SiteId, tender: str) -> Account:
    """What an acquirer still owes the shop."""
    return Account(owner=Owner.SITE, of=site, unit=f"outside:{tender}")


def cash_rounding(site: SiteId) -> Account:
    return Account(owner=Owner.SITE, of=site, unit="cash_rounding")


def issued(site: SiteId, unit: str) -> Account:
    """The shop's side of points, coupons and uses that it gave: the negative of what members hold."""
    return Account(owner=Owner.SITE, of=site, unit=f"issued:{unit}")
