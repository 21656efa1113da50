"""The chart of accounts: who owns a balance, in which measure it is counted, what it may become.

Amounts are credits. What a wallet holds and what the shop has earned is positive; what the shop has
in its hands (the drawer), still gets (an acquirer) or has given away (an expense) is negative. So a
recharge of 100 yuan in cash reads `principal +10000, drawer -10000`, and every entry sums to zero in
each measure. Debts are accounts of their own, at or below zero; no account of value goes below zero.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

from terminal.core.values import EntryId, ShiftId, SiteId, StaffId, Value, WalletId

FEN = "fen"

_OWN_MEASURE = frozenset({"points", "count", "litres"})
_OTHER_SIDE = frozenset({"issued", "debt", "rights"})
_NAMES_FIRST = frozenset({"overdraft", "held"})
_CREDIT = "credit"
USED, _ELSEWHERE, _TOLD = "used", "elsewhere", "told"
_OF_DAYS = frozenset({USED, _ELSEWHERE, _TOLD})
REWARDED, BROUGHT, INTRODUCED = "rewarded", "brought", "introduced"
REWARDED_AS = "referral.points"
"""As what headquarters tells other sites what was given for whom somebody brought."""
HAD, _HAD_ELSEWHERE, _HAD_TOLD = "had", "had_elsewhere", "had_told"
EVER = "ever"
"""In the place of a period: in all."""
REST_OF = "rest."
"""What ended of a voucher is counted by this and its id."""
_CLAIMS = "claims"
_TIER_GIVEN = "tier_given"
_COUNTED_AS = {
    "coupon": "coupon",
    **dict.fromkeys((REWARDED, BROUGHT, INTRODUCED), REWARDED),
    **dict.fromkeys((HAD, _HAD_ELSEWHERE, _HAD_TOLD, _CLAIMS, _TIER_GIVEN), HAD),
}
"""Coupons each have an account of their own, and one is one; the others count what was given or had, and hold
nothing."""
DAY_MEASURES = ("fen", "litres")
"""In what a company's uses of a day are counted: money, hundredths of a litre."""


class Owner(StrEnum):
    WALLET = "wallet"
    COMPANY = "company"
    SITE = "site"


class Account(Value, frozen=True, kw_only=True):
    """One balance: an owner and the unit that is counted there."""

    owner: Owner
    of: str
    """Id of the owner; without a colon."""
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
    def is_debt(self) -> bool:
        """At or below zero."""
        return self.owner is not Owner.SITE and self.unit.startswith("debt:")

    def may_hold(self, balance: int) -> bool:
        """Whether such a balance is possible at all; the file checks the same."""
        if self.owner is Owner.SITE:
            return True
        if self.is_debt:
            return balance <= 0
        return balance >= 0 and (balance <= 1 or not self.unit.startswith("coupon:"))


def named(name: str) -> Account:
    """The account that stands in an entry by that name. Raises ValueError."""
    owner, of, unit = name.split(":", 2)
    return Account(owner=Owner(owner), of=of, unit=unit)


@lru_cache(maxsize=1024)
def measure_of(unit: str) -> str:
    """Points, uses and litres are counted in their own measure, coupons one by one, all else is money."""
    head, _, rest = unit.partition(":")
    if head in _OWN_MEASURE:
        return unit
    if head in _COUNTED_AS:
        return _COUNTED_AS[head]
    if head in _OTHER_SIDE:  # The other side of what wallets hold, and what is owed.
        return measure_of(rest)
    if head in _OF_DAYS:  # used:fen:DAY:COMPANY:CARD counts, and moves no money.
        return f"{USED}:{rest.partition(':')[0]}"
    if head in _NAMES_FIRST:  # overdraft:OWNER:UNIT, held:HOLD:UNIT, held:HOLD
        return measure_of(rest.partition(":")[2])
    return FEN


# A wallet's.


def held_by(wallet: WalletId, unit: str) -> Account:
    return Account(owner=Owner.WALLET, of=wallet, unit=unit)


def principal(wallet: WalletId) -> Account:
    return held_by(wallet, "principal")


def bonus(wallet: WalletId) -> Account:
    return held_by(wallet, "bonus")


TIER_FAMILY = "tier"
"""Of points that count towards a tier alone: they pay for nothing, and are shown nowhere as points."""
TIER_UNIT = f"points:{TIER_FAMILY}"


def points(wallet: WalletId, family: str) -> Account:
    return held_by(wallet, f"points:{family}")


def coupon(wallet: WalletId, coupon_id: str) -> Account:
    """Holds 1 while the coupon may be used, else 0."""
    return held_by(wallet, f"coupon:{coupon_id}")


def held(wallet: WalletId, hold: str, unit: str = "") -> Account:
    """Set aside by one hold, until it is settled or released; without a unit: stored value."""
    return held_by(wallet, f"held:{hold}:{unit}" if unit else f"held:{hold}")


def debt(account: Account) -> Account:
    """What a wallet owes of a unit that it no longer had when it had to give it back."""
    return Account(owner=account.owner, of=account.of, unit=f"debt:{account.unit}")


def company_credit(company: str) -> Account:
    """What a company's cards may still take."""
    return Account(owner=Owner.COMPANY, of=company, unit=_CREDIT)


def credit_held(company: str, hold: str) -> Account:
    """Set aside of a company's credit by one hold."""
    return Account(owner=Owner.COMPANY, of=company, unit=f"held:{hold}:{_CREDIT}")


# The site's.


def of_site(site: SiteId, unit: str) -> Account:
    return Account(owner=Owner.SITE, of=site, unit=unit)


def drawer(site: SiteId, shift: ShiftId) -> Account:
    return of_site(site, f"drawer:{shift}")


def revenue(site: SiteId, category: str) -> Account:
    return of_site(site, f"revenue:{category}")


def deferred(site: SiteId, unit: str) -> Account:
    """Paid for and not yet used: count cards and prepaid litres, by unit."""
    return of_site(site, f"deferred:{unit}")


def tax(site: SiteId) -> Account:
    return of_site(site, "tax")


def discount(site: SiteId) -> Account:
    return of_site(site, "discount")


def samples(site: SiteId) -> Account:
    return of_site(site, "samples")


def bonus_expense(site: SiteId) -> Account:
    return of_site(site, "bonus_expense")


def points_expense(site: SiteId) -> Account:
    return of_site(site, "points_expense")


def cashback_expense(site: SiteId) -> Account:
    return of_site(site, "cashback_expense")


def voucher_expense(site: SiteId) -> Account:
    """Vouchers given, and what sold ones are worth above their price."""
    return of_site(site, "voucher_expense")


def refund_compensation(site: SiteId) -> Account:
    """What a refund pays above what was left of the principal."""
    return of_site(site, "refund_compensation")


def forfeited(site: SiteId) -> Account:
    """Value that ended without being spent, by its terms: the rest of a voucher, of a refunded recharge."""
    return of_site(site, "forfeited")


def outside(site: SiteId, tender: str) -> Account:
    """What an acquirer, a bank or a customer's bank transfer still owes the shop."""
    return of_site(site, f"outside:{tender}")


def cash_rounding(site: SiteId) -> Account:
    return of_site(site, "cash_rounding")


def over_short(site: SiteId) -> Account:
    return of_site(site, "over_short")


def in_transit(site: SiteId, to: str) -> Account:
    """Cash that left a drawer for the safe, the bank or the next shift."""
    return of_site(site, f"in_transit:{to}")


def cash_moved(site: SiteId, reason: str) -> Account:
    return of_site(site, f"cash_moved:{reason}")


def receivable(site: SiteId, company: str) -> Account:
    """Credit given to a company and not yet paid."""
    return of_site(site, f"receivable:{company}")


def commission(site: SiteId, staff: StaffId) -> Account:
    """What the shop owes whoever did a service."""
    return of_site(site, f"commission:{staff}")


def commission_expense(site: SiteId) -> Account:
    return of_site(site, "commission_expense")


def imported(site: SiteId) -> Account:
    """The other side of paper balances taken over."""
    return of_site(site, "imported")


def prepaid_difference(site: SiteId) -> Account:
    """What a bill says a use is worth, less what was paid for it ahead."""
    return of_site(site, "prepaid_difference")


def overdraft(site: SiteId, account: Account) -> Account:
    """What was spent of that account beyond the rights held here."""
    return of_site(site, f"overdraft:{account.of}:{account.unit}")


def overdrawn(overdraft_unit: str) -> Account:
    """The account that was spent of; credit is a company's, held or not, all else a wallet's."""
    _, of, unit = overdraft_unit.split(":", 2)
    head, _, rest = unit.partition(":")
    kept = rest.partition(":")[2] if head == "held" else unit
    owner = Owner.COMPANY if kept == _CREDIT else Owner.WALLET
    return Account(owner=owner, of=of, unit=unit)


def rights(site: SiteId, unit: str) -> Account:
    """The other side of what headquarters granted to this site, covered for it, or took back."""
    return of_site(site, f"rights:{unit}")


def used(site: SiteId, measure: str, day: str, company: str, card: str) -> Account:
    """What that card took of the company's credit here on a business day; without a card: what all took."""
    return of_site(site, f"{USED}:{measure}:{day}:{company}:{card}")


def elsewhere(site: SiteId, measure: str, day: str, company: str, card: str) -> Account:
    """The same of all other sites, as far as headquarters told this one."""
    return of_site(site, f"{_ELSEWHERE}:{measure}:{day}:{company}:{card}")


def told(site: SiteId, measure: str, day: str, company: str, card: str, by: SiteId) -> Account:  # noqa: PLR0913, PLR0917  what it is named by
    """The part of `elsewhere` that is of one of them."""
    return of_site(site, f"{_TOLD}:{measure}:{day}:{company}:{card}:{by}")


def rewarded(site: SiteId, period: str, wallet: WalletId) -> Account:
    """Points that came here to whoever holds that wallet for whom they brought, in a day or month (ISO)."""
    return of_site(site, f"{REWARDED}:{period}:{wallet}")


def rewarded_elsewhere(site: SiteId, period: str, wallet: WalletId) -> Account:
    """The same of all other sites, as far as headquarters told this one."""
    return had_elsewhere(site, wallet, period, REWARDED_AS)


def brought(site: SiteId, newcomer: WalletId, wallet: WalletId, coupon: str = "") -> Account:
    """The same of all that was given for one newcomer, and was not taken back; of a coupon by itself."""
    return of_site(site, f"{BROUGHT}:{newcomer}:{wallet}" + (f":{coupon}" if coupon else ""))


def introduced(site: SiteId, wallet: WalletId) -> Account:
    """How often what whoever holds that wallet did here was rewarded to who brought them."""
    return of_site(site, f"{INTRODUCED}:{wallet}")


def had(site: SiteId, wallet: WalletId, period: str, what: str) -> Account:
    """How much of what is had only so often whoever holds that wallet had here in that period."""
    return of_site(site, f"{HAD}:{wallet}:{period}:{what}")


def had_of(name: str) -> tuple[WalletId, str, str] | None:
    """Under what name, of which period and what `had` counts by that account; None: it is none of these."""
    match name.split(":"):
        case ["site", _, "had", wallet, period, what]:
            return WalletId(wallet), period, what
    return None


def had_elsewhere(site: SiteId, wallet: WalletId, period: str, what: str) -> Account:
    """The same of all other sites, as far as headquarters told this one."""
    return of_site(site, f"{_HAD_ELSEWHERE}:{wallet}:{period}:{what}")


def had_told(site: SiteId, wallet: WalletId, period: str, what: str, by: SiteId) -> Account:
    """The part of `had_elsewhere` that is of one of them."""
    return of_site(site, f"{_HAD_TOLD}:{by}:{wallet}:{period}:{what}")


def ended(site: SiteId, gave: EntryId, voucher: str) -> Account:
    """Fen of a voucher that ended with its uses here; counted under the entry that gave it."""
    return had(site, WalletId(gave), EVER, f"{REST_OF}{voucher}")


def ended_elsewhere(site: SiteId, gave: EntryId, voucher: str) -> Account:
    """The same of all other sites, as far as headquarters told this one."""
    return had_elsewhere(site, WalletId(gave), EVER, f"{REST_OF}{voucher}")


def claims(site: SiteId, code: str) -> Account:
    """How often the coupons of that campaign were claimed here."""
    return of_site(site, f"{_CLAIMS}:{code}")


def tier_given(site: SiteId, wallet: WalletId) -> Account:
    """1 where somebody at headquarters gave that wallet the tier that stands; else 0."""
    return of_site(site, f"{_TIER_GIVEN}:{wallet}")


def issued(site: SiteId, unit: str) -> Account:
    """The shop's side of points, coupons and uses that it gave: the negative of what members hold."""
    return of_site(site, f"issued:{unit}")
