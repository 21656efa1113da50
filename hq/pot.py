"""One account of value as headquarters sees it: what lies in the pool, what each site holds, what is owed.

Pure. A store fills a pot under a lock, the rules change it, the store keeps what changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from terminal.core.commands import CouponGrant
from terminal.core.ledger.rights import WHOLE_LOTS
from terminal.core.rights import LotPart, LotTerms
from terminal.core.values import INTEGER_MAX, SiteId, Value

POOL = SiteId("")
"""As a holder: headquarters itself."""

IN_LOTS = frozenset({"principal", "bonus", "cashback", *WHOLE_LOTS})
"""All of it lies in lots; points may lie beside theirs."""

STAYS = frozenset({"held", "deposit", "debt"})
"""Never in the pool: promised to something that is under way at a site, or owed."""

_FOR_EVER = "9999-12-31"


class Held(Value, frozen=True, kw_only=True):
    """What one site holds, under the name it knows the wallet by."""

    site: SiteId
    account: str
    balance: int
    loaded_ms: int
    seen_ms: int
    """When the site was heard of last."""
    kept_ms: int = 0
    """When it gave less than it was asked for, last."""
    gone: bool = False
    """The site is written off."""


class Overdraft(Value, frozen=True, kw_only=True):
    """Spent beyond rights by one entry; of site '' : what headquarters lacks after a restore."""

    site: SiteId
    id: str
    account: str
    lot: str = ""
    """The lot that is lacking, where it is known."""
    amount: int
    rest: int
    opened_ms: int

    @property
    def key(self) -> tuple[SiteId, str, str, str]:
        return self.site, self.id, self.account, self.lot


class Moving(Value, frozen=True, kw_only=True):
    """A grant in transit, or a release that was directed, until the site applies it."""

    id: str
    site: SiteId
    account: str
    granted: bool
    amount: int


class LotAt(Value, frozen=True, kw_only=True):
    """What of a lot a site holds."""

    site: SiteId
    lot: str
    rest: int


class Waiting(Value, frozen=True, kw_only=True):
    """What an ask still waits for."""

    ask: str
    site: SiteId
    account: str
    amount: int
    until_ms: int


def unit_of(account: str) -> str:
    return account.split(":", 2)[2]


def head_of(account: str) -> str:
    return unit_of(account).partition(":")[0]


def is_value(account: str) -> bool:
    return account.startswith(("wallet:", "company:")) and head_of(account) != "debt"


def is_debt(account: str) -> bool:
    """What is owed at sites. In its pool lies what was settled, and no site was told of yet."""
    return account.startswith(("wallet:", "company:")) and head_of(account) == "debt"


@dataclass(slots=True, kw_only=True)
class Pot:
    account: str
    """By the name of the wallet that is left."""
    balance: int = 0
    withdrawn: int = 0
    loaded: tuple[int, int] = (0, 0)
    """Both, as they were found."""
    ends: bool = False
    """A coupon that was withdrawn, or of a welcome pack whose wallet was merged into another: what comes of
    it ends."""
    why: str = ""
    """Why it was withdrawn: sites that hold it are told."""
    coupon: CouponGrant | None = None
    lots: dict[str, LotPart] = field(default_factory=dict)
    """In the pool."""
    held: list[Held] = field(default_factory=list)
    overdrafts: dict[tuple[SiteId, str, str, str], Overdraft] = field(default_factory=dict)
    """Those with something open."""
    moving: list[Moving] = field(default_factory=list)
    waiting: dict[str, Waiting] = field(default_factory=dict)
    given_at: list[LotAt] = field(default_factory=list)
    """Of uses that are owed, the lots at sites that nobody paid for."""
    withheld: frozenset[str] = frozenset()
    """Such lots in the pool: they go nowhere while it is owed."""
    changed_lots: set[str] = field(default_factory=set)
    changed_overdrafts: dict[tuple[SiteId, str, str, str], Overdraft] = field(default_factory=dict)
    changed_kept: list[Held] = field(default_factory=list)
    changed_waiting: dict[str, str] = field(default_factory=dict)
    """By ask, under which account it waits."""

    @property
    def in_lots(self) -> bool:
        return head_of(self.account) in IN_LOTS

    @property
    def open(self) -> int:
        """Spent beyond rights and not covered."""
        return sum(one.rest for one in self.overdrafts.values())

    def held_at(self, site: SiteId) -> int:
        return sum(one.balance for one in self.held if one.site == site)

    def granted_to(self, site: SiteId) -> int:
        return sum(one.amount for one in self.moving if one.granted and one.site == site)

    def in_transit(self, held: Held | None = None) -> int:
        """Granted and under way, to all sites or to that account of one."""
        return sum(
            one.amount
            for one in self.moving
            if one.granted and (held is None or (one.site, one.account) == (held.site, held.account))
        )

    def released_by(self, site: SiteId | None = None) -> int:
        """Directed and under way, of one site or of all."""
        return sum(
            one.amount for one in self.moving if not one.granted and (site is None or one.site == site)
        )

    def home(self) -> SiteId | None:
        """Where money came onto it last."""
        loaded = [one for one in self.held if one.loaded_ms and not one.gone]
        return max(loaded, key=lambda one: (one.loaded_ms, one.site)).site if loaded else None

    def put(self, amount: int, lots: Mapping[str, LotPart]) -> None:
        """Into the pool, with the lots it lies in. Raises ValueError for more than directives can name."""
        self.balance += amount
        for lot, part in lots.items():
            there = self.lots.get(lot)
            self.lots[lot] = replace(part, amount=part.amount + (there.amount if there else 0))
            self.changed_lots.add(lot)
        if max([self.balance, *(self.lots[lot].amount for lot in lots)]) > INTEGER_MAX:
            raise ValueError(f"the pool of {self.account} would hold more than 2^53 - 1")

    def free(self) -> int:
        """What can be given from the pool: nothing goes without its lots."""
        if self.ends:
            return 0
        kept = sum(part.amount for lot, part in self.lots.items() if lot in self.withheld)
        there = self.balance - kept
        return min(there, sum(part.amount for part in self.lots.values()) - kept) if self.in_lots else there

    def take(self, amount: int, *, first: str = "") -> list[LotPart]:
        """So much out of the pool, which holds it; what ends first goes first. Answers the parts of lots."""
        self.balance -= amount
        taken: list[LotPart] = []
        for lot, part in sorted(self.lots.items(), key=lambda one: (one[0] != first, *_order(one[1].terms))):
            some = min(amount, part.amount)
            if some:
                taken.append(LotPart(terms=part.terms, amount=some))
                self._leave(lot, part.amount - some)
                amount -= some
        return taken

    def take_whole(self, amount: int) -> tuple[int, list[LotPart]]:
        """Lots that are not cut: as many as fit into `amount`, and the first one though it is more.

        None beyond what lies here: a site may have said more of a lot than it gave back.
        """
        taken: list[LotPart] = []
        given = 0
        free = self.free()
        for lot, part in sorted(self.lots.items(), key=lambda one: _order(one[1].terms)):
            if lot in self.withheld:
                continue
            if (given and given + part.amount > amount) or given + part.amount > free:
                break
            taken.append(part)
            given += part.amount
            self._leave(lot, 0)
        self.balance -= given
        return given, taken

    def _leave(self, lot: str, rest: int) -> None:
        self.changed_lots.add(lot)
        if rest:
            self.lots[lot] = LotPart(terms=self.lots[lot].terms, amount=rest)
        else:
            del self.lots[lot]

    def owe(self, one: Overdraft) -> None:
        """More of it where one entry says it twice: a grant may name a lot in two of its rights."""
        if (there := self.overdrafts.get(one.key)) is not None:
            one = replace(one, amount=there.amount + one.amount, rest=there.rest + one.rest)
        self.overdrafts[one.key] = self.changed_overdrafts[one.key] = one

    def pay(self, one: Overdraft, amount: int) -> Overdraft:
        """So much of it is open no more."""
        left = replace(one, rest=one.rest - amount)
        self.changed_overdrafts[one.key] = left
        if left.rest:
            self.overdrafts[one.key] = left
        else:
            del self.overdrafts[one.key]
        return left

    def kept(self, site: SiteId, now_ms: int) -> None:
        """That site has just given less than it was asked for."""
        self.held = [replace(one, kept_ms=now_ms) if one.site == site else one for one in self.held]
        self.changed_kept = [
            *(one for one in self.changed_kept if one.site != site),
            *(one for one in self.held if one.site == site),
        ]

    def kept_at(self, site: SiteId) -> int:
        return max((one.kept_ms for one in self.held if one.site == site), default=0)

    def wait(self, one: Waiting | None, ask: str) -> None:
        row = self.waiting.get(ask) or one
        if row is None:
            return
        self.changed_waiting[ask] = row.account
        if one is None:
            self.waiting.pop(ask, None)
        else:
            self.waiting[ask] = one


def _order(terms: LotTerms) -> tuple[str, str]:
    """Ids of lots sort by their age (UUIDv7)."""
    return terms.until or _FOR_EVER, terms.lot
