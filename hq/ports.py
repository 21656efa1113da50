"""What headquarters' rules need of a database. PostgreSQL implements it, and a twin in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from hq.pot import Pot
from hq.taken import CouponTaken, Opened, Taken
from terminal.core.directives import Directive
from terminal.core.entry import GENESIS
from terminal.core.rights import LotTerms
from terminal.core.values import SiteId, Value
from terminal.core.wire.people import KeyToken, ProfileEdit
from terminal.core.wire.rights import Numbered


class SiteRow(Value, frozen=True, kw_only=True):
    """Where headquarters stands with one site. One transaction at a time holds it."""

    instance: str
    instance_no: int = 1
    """Grows whenever a person decides which of two machines is the site."""
    epoch: int = 1
    acked: int = 0
    head: bytes = GENESIS
    """Hash at `acked`."""
    said: int = 0
    """The site's own head as of its last PUSH."""
    nonce: str = ""
    """The only one that a PUSH may carry; empty: none."""
    hq_epoch: int = 0
    """Under which it was last told anything."""
    confirmed: int = 0
    """Under which it last pushed to its head; below ours: these books were restored, and may lack some."""
    seen_ms: int = 0
    written_off_ms: int = 0


class Standing(Value, frozen=True, kw_only=True):
    """How a merchant stands under an hq_epoch."""

    restoring: bool
    """A site that is not written off has yet to confirm its chain."""
    sites: int
    """Those that are not written off."""


class Claim(Value, frozen=True, kw_only=True):
    """Who had an id first."""

    site: SiteId
    seq: int
    command: bytes


class WalletRow(Value, frozen=True, kw_only=True):
    wallet: str
    root: str
    """The wallet that is left of all that were merged; itself, while it is one of its own."""
    member: str | None = None
    tier: str = "regular"
    opened_ms: int = 0
    """When headquarters heard of it first; 0: not yet."""
    opened_by: str | None = None
    """Id of the entry by which it began."""


class Family(Value, frozen=True, kw_only=True):
    """A wallet with all that were merged into it."""

    root: WalletRow
    members: tuple[str, ...]
    """Their names, the root's among them."""


class Order(Value, frozen=True, kw_only=True):
    """A directive on its way into the feed of a site."""

    site: SiteId
    id: str
    directive: Directive
    not_before_ms: int = 0
    moving: tuple[tuple[str, int], ...] = ()
    """(account, amount) that it grants, or asks to be released."""
    granted: bool = False


class AskRow(Value, frozen=True, kw_only=True):
    site: SiteId
    outcome: str
    code: str = ""


class KeyRow(Value, frozen=True, kw_only=True):
    wallet: str
    card: str | None
    state: str = ""
    """Of the card on the hot list; empty: not on it."""


class PersonRow(Value, frozen=True, kw_only=True):
    """Who holds a wallet, after all merges."""

    wallet: str
    """The root."""
    member: str | None
    tier: str
    told: str
    """The wallet whose last edit speaks: the root's own, else the newest of those merged into it."""
    edit: str
    sealed: bytes
    traces: tuple[str, ...]
    keys: tuple[KeyToken, ...]
    """All that lead to any of them and are not hot, by token."""


class SaleRow(Value, frozen=True, kw_only=True):
    """A sale as it was booked, and what undid parts of it since."""

    holder: SiteId
    """Where it may be undone; '' : nowhere until it is granted."""
    site: SiteId
    """Where it was sold."""
    seq: int
    body: bytes
    undone: tuple[bytes, ...]


class ExceptionKind:
    """What people must look at. One row for each cause, however often it is met."""

    QUARANTINE = "quarantine"  # subject: seq of the entry
    FORK = "fork"  # subject: the epoch it asks for
    NEGATIVE = "negative"  # subject: the account of value that fell below zero
    INSTANCE = "instance"  # subject: the machine that claims the site of another
    UNCOVERED = "uncovered"  # subject: id of the entry; closes itself when headquarters covers it
    BREACH = "breach"  # subject: id of the entry that took other than was directed
    RESTORE = "restore"  # subject: account@hq_epoch, granted twice across that restore; closes itself
    MERGE = "merge"  # subject: the wallet that was merged into another
    PHONE = "phone"  # subject: the wallet whose phone leads to another already
    WRITTEN_OFF = "written_off"  # subject: the site


class Cause(Value, frozen=True, kw_only=True):
    """Of an exception."""

    kind: str
    site: SiteId
    """'' : headquarters itself."""
    subject: str


class Decision(Value, frozen=True, kw_only=True):
    """Why it is open no more, and who says so; nobody, where it closed by itself."""

    words: str
    by: str = ""
    second: str = ""


OUTSTANDING_MAX = 500


class Turn(Protocol):
    """One transaction on behalf of one site, or of a whole merchant when it is `alone`.

    Everything in it becomes durable together, or nothing. Locks are taken in one order: the site's row, ids,
    pots by name, feeds by the name of their site. Turns that change which wallets are one, or what is in
    quarantine, are alone among those of their merchant.
    """

    @property
    def merchant(self) -> str: ...

    @property
    def name(self) -> SiteId: ...

    # Sites

    async def site(self) -> SiteRow | None:
        """This site's row, held until the end."""
        ...

    async def peek(self) -> SiteRow | None:
        """The same, held by nobody."""
        ...

    async def sites(self) -> Mapping[SiteId, SiteRow]: ...

    async def save(self, site: SiteRow) -> None:
        """Makes the row where there is none."""
        ...

    async def touch(self, now_ms: int) -> None:
        """It was heard of now; written down only now and then."""
        ...

    async def standing(self, hq_epoch: int) -> Standing: ...

    # Chains

    async def hashes(self, first: int, last: int) -> Sequence[bytes]:
        """The stored hashes of those seqs, both included, in order."""
        ...

    async def bodies(self, after: int, limit: int) -> Sequence[bytes]: ...

    async def claim(self, entries: Sequence[Taken]) -> Mapping[int, Claim]:
        """Takes the ids of `entries` for this site; by seq, who had the ids that were taken before."""
        ...

    async def held_here(self, accounts: Collection[str]) -> Mapping[str, int]:
        """What this site holds of them now."""
        ...

    async def append(self, entries: Sequence[Taken], now_ms: int) -> None:
        """Stores and posts, with lots. Entries with a fault are stored, not posted, and open an exception."""
        ...

    # Exceptions

    async def open_exception(
        self, kind: str, subject: str, why: str, now_ms: int, *, at: SiteId | None = None
    ) -> None:
        """Once for each cause, also when it was decided. At this site, or at another; '' : headquarters."""
        ...

    async def close_exception(self, cause: Cause, decision: Decision, now_ms: int) -> bool:
        """False when there is none that is open."""
        ...

    async def subjects(self, kind: str) -> Sequence[str]:
        """Of this site's exceptions of that kind, decided or not."""
        ...

    # Feed

    async def direct(self, hq_epoch: int, orders: Sequence[Order]) -> None: ...

    async def feed_after(self, hq_epoch: int, after: int, limit: int) -> Sequence[Numbered]: ...

    async def fed(self, hq_epoch: int) -> int:
        """The number of the last directive in this site's feed."""
        ...

    async def applied(self, seq_by_id: Mapping[str, int]) -> Mapping[str, Sequence[tuple[str, int]]]:
        """Marks this site's directives; answers those that are in its feed, with what they moved."""
        ...

    async def renumber(self, hq_epoch: int) -> None:
        """What this site has not applied, from 1, under that epoch."""
        ...

    # Rights

    async def families(self, wallets: Collection[str]) -> Mapping[str, Family]:
        """Also for wallets that nobody opened yet."""
        ...

    async def pots(self, names_by_account: Mapping[str, Sequence[str]]) -> Sequence[Pot]:
        """By account of the root, with all names it is known by at sites; held until the end."""
        ...

    async def keep(self, pots: Sequence[Pot]) -> None: ...

    async def covered(self, ids: Collection[str], now_ms: int) -> None:
        """Closes the exceptions of those overdrafts, by id of their entry, of which nothing is open."""
        ...

    async def wanting(self, accounts: Collection[str], low: int, reserve: int) -> Sequence[str]:
        """Those whose family is overdrawn or waited for; those whose reserve is short and may be filled.

        That is where the pool holds less than `low`, and this site more than `reserve`.
        """
        ...

    async def ask(self, ask: str) -> AskRow | None: ...

    async def save_ask(self, ask: str, row: AskRow, now_ms: int) -> None: ...

    async def sale(self, sale: str) -> SaleRow | None: ...

    async def terms(self, lots: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], LotTerms]:
        """Of (unit, lot), as they were laid down."""
        ...

    async def hold_sale(self, sale: str, site: SiteId) -> None: ...

    # Wallets

    async def open_wallets(self, opened: Mapping[str, Opened], now_ms: int) -> None:
        """By id of the entry that opened them; what is known already is filled in, never changed."""
        ...

    async def set_tier(self, wallet: str, tier: str) -> None: ...

    async def add_coupons(self, coupons: Sequence[CouponTaken]) -> None: ...

    async def pack(self, wallet: str) -> Sequence[str]:
        """Coupons that were given because this wallet was opened."""
        ...

    async def number_invoices(self, numbers: Mapping[str, str]) -> None: ...

    async def undo(self, undone: Mapping[int, str]) -> None:
        """By seq of the entry here, the entry that it undid."""
        ...

    async def list_cards(self, states: Mapping[str, str], now_ms: int) -> None: ...

    async def key(self, token: str) -> KeyRow | None: ...

    async def phones(self, tokens: Collection[str]) -> Mapping[str, str]:
        """The wallets that phones lead to."""
        ...

    async def edit(self, edit: ProfileEdit, now_ms: int) -> bool:
        """Keeps it; phones that lead to another wallet go on leading there. False: it was there before."""
        ...

    async def joined(self, wallet: str) -> bool:
        """Whether anything was ever told of its holder."""
        ...

    async def persons(self, roots: Collection[str]) -> Sequence[PersonRow]:
        """Those of whom anything was told, in no order."""
        ...

    # Alone

    async def conflicts(self) -> Mapping[str, str]:
        """(wallet, into) that wait to be merged."""
        ...

    async def add_conflict(self, wallet: str, into: str) -> None: ...

    async def end_conflict(self, wallet: str) -> None: ...

    async def unite(self, wallet: str, into: str) -> Sequence[str]:
        """All that led to the root `wallet` leads to the root `into`. Accounts that it touches."""
        ...

    async def ending(self) -> Sequence[str]:
        """Pool accounts of coupons that must be withdrawn."""
        ...

    async def outstanding(self) -> Sequence[str]:
        """Accounts that are overdrawn or waited for; at most `OUTSTANDING_MAX`, oldest cause first."""
        ...

    async def merged(self) -> Mapping[str, str]:
        """All wallets that lead to another, with their root."""
        ...

    async def told(self, wallet: str) -> Collection[SiteId]: ...

    async def tell(self, wallet: str, sites: Collection[SiteId]) -> None: ...

    async def write_off(self, site: SiteId) -> Sequence[str]:
        """What it held, with its lots, and the grants in transit to it, into the pool; the accounts of it."""
        ...

    async def blob(self, digest: str) -> bytes | None: ...

    async def add_blobs(self, blobs: Mapping[str, bytes]) -> None: ...


class Total(Value, frozen=True, kw_only=True):
    """One account of one family, over all sites: the two sides of what must be kept (invariant I4)."""

    account: str
    facts: int = 0
    """Loads less spends, as the sites booked them."""
    pool: int = 0
    withdrawn: int = 0
    held: int = 0
    transit: int = 0
    overdrawn: int = 0
    settled: int = 0
    """Points that went out of the pool against a debt."""


class Store(Protocol):
    def turn(self, merchant: str, site: SiteId, *, alone: bool = False) -> AbstractAsyncContextManager[Turn]:
        """Commits when the block ends, rolls back when it raises."""
        ...

    async def highest_hq_epoch(self) -> int:
        """The highest that any site was ever told."""
        ...

    async def merchants_outstanding(self) -> Sequence[str]:
        """Merchants that have any such account."""
        ...

    async def totals(self, merchant: str) -> Sequence[Total]: ...
