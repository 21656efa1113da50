"""The people of the fleet: who carries which card, what they bought where, what they were told.

Everything here is what a person could know: what a receipt says, what a screen showed. The checks hold the
machines to it.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

from hq.policy import Policy
from terminal.core.commands import Booked, BookIntent, BookIntentEnd
from terminal.core.fleet import DayLimits
from terminal.core.rights import Floor
from terminal.core.tiers import TierBy, Tiers, TierStep
from terminal.core.trust import Credential
from terminal.core.values import CardId, EntryId, MemberId, SiteId, WalletId

_REGULAR, _PAID = 0.75, 0.8
_NEWEST = 60
"""Of sales and coupons: what somebody still thinks of."""


POLICY = Policy(reserve=50_00, reserve_low=12_50)
"""Small, so that a short day reaches every limit."""
FLOOR = Floor(wallet=30_00, site=200_00)
TIERS = POLICY.tiers
STEPS = Tiers(
    by=TierBy.SPENT, steps=(TierStep(tier=TIERS[1], reach=60_00), TierStep(tier=TIERS[2], reach=150_00))
)
"""What counts towards them is what was spent."""
DAY_LIMITS = DayLimits(card_fen=200_00, card_litres=2_600, company_fen=350_00, company_litres=4_600)
"""Of each company and of each of its cards: reached on most days."""


@dataclass(frozen=True)
class Purse:
    wallet: WalletId
    card: CardId | None
    key: Credential
    member: MemberId | None = None


@dataclass(frozen=True)
class Bought:
    entry: EntryId
    site: SiteId
    wallet: WalletId
    due: int


@dataclass(frozen=True)
class Kept:
    """Set aside at a pump, with a coupon or without."""

    hold: EntryId
    site: SiteId
    purse: Purse
    amount: int
    coupon: str


@dataclass
class Town:
    dice: random.Random
    token_key: bytes
    """By which every site of the merchant finds the same card and phone."""
    purses: list[Purse] = field(default_factory=list)
    bought: list[Bought] = field(default_factory=list)
    coupons: list[tuple[WalletId, str]] = field(default_factory=list)
    wanted_at: dict[str, set[SiteId]] = field(default_factory=dict)
    """By coupon, the sites where somebody came with it."""
    over: dict[str, SiteId] = field(default_factory=dict)
    """Coupons whose last day had passed when they were given, and where that was."""
    vouchers: list[tuple[Purse, str]] = field(default_factory=list)
    given: dict[EntryId, Purse] = field(default_factory=dict)
    """By the transfer, who had the wallet before it."""
    kept: list[Kept] = field(default_factory=list)
    """What stands at pumps, and nobody has settled."""
    told: dict[EntryId, tuple[SiteId, Booked]] = field(default_factory=dict)
    """What was answered as booked, and where."""
    receipts: dict[str, EntryId] = field(default_factory=dict)
    doubled: list[str] = field(default_factory=list)
    """Numbers that two transactions were given."""
    counts: Counter[str] = field(default_factory=Counter)
    regulars: dict[SiteId, list[Purse]] = field(default_factory=dict)
    named: dict[EntryId, str] = field(default_factory=dict)
    """By the entry that said so, what somebody's name is from then on."""
    paid: dict[EntryId, bool] = field(default_factory=dict)
    """What became of payments by code, as the provider's list shows it."""

    def hears(self, site: SiteId, booked: Booked) -> None:
        """The screen says so: from here on it must be true for ever."""
        entry = booked.command.id
        self.told[entry] = site, booked
        self.counts[type(booked.command).__name__] += 1
        if booked.receipt_no and self.receipts.setdefault(booked.receipt_no, entry) != entry:
            self.doubled.append(booked.receipt_no)

    def begun_outside(self, site: SiteId) -> set[EntryId]:
        """Intents that were told as booked there, and of whose end nobody was told."""
        open_here: dict[EntryId, EntryId] = {}
        for where, booked in self.told.values():
            if where == site and isinstance(booked.command, BookIntent):
                open_here[booked.command.id] = booked.command.consumed_by
        ended = {
            booked.command.intent
            for _, booked in self.told.values()
            if isinstance(booked.command, BookIntentEnd)
        }
        return {one for one, by in open_here.items() if one not in ended and by not in self.told}

    def somebody(self, at: SiteId) -> Purse:
        """Most go where they have been before."""
        regulars = self.regulars.get(at, [])
        return self.dice.choice(regulars if regulars and self.dice.random() < _REGULAR else self.purses)

    def was_served(self, at: SiteId, purse: Purse) -> None:
        if purse not in self.regulars.setdefault(at, []):
            self.regulars[at].append(purse)

    def has_bought(self, booked: Booked, site: SiteId, wallet: WalletId, due: int) -> None:
        self.bought.append(Bought(booked.command.id, site, wallet, due))

    def is_given(self, entry: EntryId, purse: Purse, to: Purse) -> None:
        """From now on the other comes with that wallet."""
        self.given[entry] = purse
        for known in (self.purses, *self.regulars.values()):
            known[:] = [to if one is purse else one for one in known]

    def some_kept(self, at: SiteId) -> Kept | None:
        """Is settled, or given up, from here on."""
        here = [one for one in self.kept if one.site == at]
        if not here:
            return None
        one = self.dice.choice(here)
        self.kept.remove(one)
        return one

    def some_purchase(self) -> Bought | None:
        return self.dice.choice(self.bought[-_NEWEST:]) if self.bought else None

    def some_coupon(self) -> tuple[Purse, str] | None:
        if not self.coupons:
            return None
        wallet, coupon = self.dice.choice(self.coupons[-_NEWEST:])
        return next(purse for purse in self.purses if purse.wallet == wallet), coupon

    def comes_with(self, coupon: str, site: SiteId) -> None:
        sites = self.wanted_at.setdefault(coupon, set())
        if sites and site not in sites:
            self.counts["coupons raced for"] += len(sites) == 1
        sites.add(site)

    def some_member(self, at: SiteId) -> Purse | None:
        """Who was served there."""
        members = [purse for purse in self.regulars.get(at, ()) if purse.member is not None]
        return self.dice.choice(members) if members else None

    def some_voucher(self) -> tuple[Purse, str] | None:
        return self.dice.choice(self.vouchers[-_NEWEST:]) if self.vouchers else None

    def pays(self, intent: EntryId) -> bool:
        """What the payer's bank has decided, once for ever."""
        return self.paid.setdefault(intent, self.dice.random() < _PAID)
