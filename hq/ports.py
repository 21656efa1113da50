"""What headquarters' rules need of a database. PostgreSQL implements it, and a twin in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractAsyncContextManager
from enum import Enum, auto
from hashlib import sha256
from typing import Protocol

from msgspec.structs import replace

from hq.lapsing_ports import LapsingTurn
from hq.pot import LotAt, Pot
from hq.sets_ports import PersonRow, SetsTurn
from hq.taken import CouponTaken, Opened, Taken
from terminal.core.cards import CardState
from terminal.core.commands import CouponGrant
from terminal.core.directives import Directive, GivenAway
from terminal.core.entry import GENESIS
from terminal.core.fleet import WorstDay
from terminal.core.policy import Offline
from terminal.core.rights import LotTerms
from terminal.core.values import SiteId, Value, WalletId
from terminal.core.wire.people import ProfileEdit, cards_of
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
    edits: int = 0
    """Of people, that came from here and are held; it only grows."""
    forks: int = 0
    """So many in a row, each within minutes of the one before."""
    forked_ms: int = 0
    """The last one."""
    told_epoch: int = 0
    told_m: int = 0
    """The last directive of an hq_epoch before ours that it has shown it was told; see `hq.directed`."""
    heard_epoch: int = 0
    heard_m: int = 0
    """The last directive that its chain names here."""
    transit: int = 0
    """Fen in grants that were on their way to it when it was written off: it may have them."""
    unsure: bool = False
    """It had not told all that it held then, since these books were restored."""
    gone_ms: int = 0
    """When people knew that its machine sells nowhere any more; 0: it may."""

    @property
    def told(self) -> tuple[int, int]:
        return self.told_epoch, self.told_m

    @property
    def heard(self) -> tuple[int, int]:
        return self.heard_epoch, self.heard_m


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


class Applied(Value, frozen=True, kw_only=True):
    """A directive out of a site's feed, that the site says it has applied."""

    directive: Directive
    moved: tuple[tuple[str, int], ...] = ()
    """(account, amount) that it granted, or asked to be released."""


class AskRow(Value, frozen=True, kw_only=True):
    site: SiteId
    outcome: str
    code: str = ""
    body: bytes = b""
    """SHA-256 of what was asked: the same id is the same question."""


class KeyRow(Value, frozen=True, kw_only=True):
    wallet: str
    card: str | None
    state: str = ""
    """Of the card on the hot list; empty: not on it."""


class Stood(Value, frozen=True, kw_only=True):
    """A card on the hot list, or taken off it."""

    state: CardState
    said_by: SiteId
    """'' : by a person at headquarters."""


class NobodysCard(Value, frozen=True, kw_only=True):
    """Without a name, and neither replaced nor cancelled."""

    card: str
    wallet: str
    """The one that is left."""
    token: str
    """One of those that lead to it."""
    shown: str
    """Masked."""


class HolderRow(Value, frozen=True, kw_only=True):
    """Who has a wallet, as the site said whose word stands."""

    member: str | None = None
    """None: it has no name, or nothing was told of it."""
    since: int = 0
    """When it was given to them, in ms; 0: never."""

    def stands_against(self, member: str | None, since: int) -> bool:
        """Whether they have it, and not who was given it then: of two at once by name."""
        return (since, member or "") < (self.since, self.member or "") if self.since else False

    def came_after(self, edit: ProfileEdit) -> bool:
        """Whether that edit is of a person who had it before.

        A site that knows nothing of the transfer may have met who has it now, or have handed out a card that
        got its name by it: neither is.
        """
        return edit.member not in {None, self.member} and self.stands_against(edit.member, edit.since)

    def is_before(self, edit: ProfileEdit) -> bool:
        """Whether that edit knows of a later transfer: it is newer than all that was said without it.

        Also of a site whose disk was put back after its clock had run ahead: what it said by then has the
        higher turn, and whoever gave the wallet away would go on having it.
        """
        return edit.since > self.since

    def chose(self, edit: ProfileEdit) -> bool:
        """Whether they chose the PIN that is in its box, at a site that knows nothing else of them.

        Also where their own site has told nothing yet.
        """
        return edit.visitor and bool(edit.sealed) and self.member in {None, edit.member}


def of_nobody(edit: ProfileEdit) -> ProfileEdit:
    """What it says of the wallet, and nothing of whoever gave it away."""
    return replace(edit, keys=cards_of(edit), sealed=b"", traces=())


def is_forgotten(edit: ProfileEdit) -> bool:
    """Whether the site that knew whose it is does so no more."""
    return edit.member is not None and not edit.sealed and not edit.visitor


class EditKept(Enum):
    WHOLE = auto()
    CARDS = auto()
    """At most these: who has the wallet is known from elsewhere, or this site has said something newer."""
    GIVEN_ON = auto()
    """Its cards, of nobody: a chain said that whoever it is of gave the wallet away since."""
    NOTHING = auto()
    """It is of a person who had the wallet before whoever a profile told of."""


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
    NEGATIVE = "negative"  # subject: the account of value below zero, or of a coupon that is more than one
    INSTANCE = "instance"  # subject: the machine that claims the site of another
    UNCOVERED = "uncovered"  # subject: id of the entry; closes itself when headquarters covers it
    BREACH = "breach"  # subject: id of the entry that took other than was directed
    RESTORE = "restore"  # subject: account@hq_epoch, granted twice across that restore; closes itself
    MERGE = "merge"  # subject: the wallet that was merged into another
    APART = "apart"  # subject: the wallet that a site could not merge; closes itself when it is done there
    GIVEN_TWICE = "given_twice"  # subject: the wallet that two sites gave to two people
    PHONE = "phone"  # subject: the wallet whose phone leads to another already
    WRITTEN_OFF = "written_off"  # subject: the site
    RETURNED = "returned"  # subject: the machine by which a site calls that was written off
    CLONE = "clone"  # subject: the machine that forks again and again: two disks of it may take turns
    LOST = "lost"  # subject: epoch:head that the site once said, and does not reach any more
    REPLAYED = "replayed"  # subject: token@counter of a URL that a site took while it was apart
    TWICE = "twice"  # subject: id of the entry by which an old disk undid what another site might
    LATE = "late"  # subject: first-last seq of what was taken in of a site that was written off
    CASE = "case"  # subject: id of the entry that says that the case of a terminal was opened
    PART = "part"  # subject: hash of what is kept of a data set and has another one
    LOTS = "lots"  # subject: id of the entry that put into lots, or took out, other than it posted
    COPY = "copy"  # subject: the hq_epoch that began because these books were an older copy


COUNTERS_KEPT = 64
"""Below the highest one of a card."""


class CounterSeen(Value, frozen=True, kw_only=True):
    """A counter of a card that counts."""

    site: SiteId
    report: bytes = b""
    """Of a site that told it afterwards; empty: it asked at once."""


class Cause(Value, frozen=True, kw_only=True):
    """Of an exception."""

    kind: str
    site: SiteId
    """'' : headquarters itself."""
    subject: str


class Late(Value, frozen=True, kw_only=True):
    """What moved at a site after it was written off, by the names that it knows accounts by."""

    amounts: dict[str, int]
    lots: tuple[tuple[str, str, int], ...]
    """(account, lot, amount)"""


class Decision(Value, frozen=True, kw_only=True):
    """Why it is open no more, and who says so; nobody, where it closed by itself."""

    words: str
    by: str = ""
    second: str = ""


class Noted(Value, frozen=True, kw_only=True):
    """An exception, as it stands."""

    why: str
    opened_ms: int
    decision: Decision | None
    """None: it is open."""
    decided_ms: int

    @property
    def seen(self) -> str:
        return seen_as(self.opened_ms, self.why)


def seen_as(opened_ms: int, why: str) -> str:
    """Names what somebody has seen of an exception: another thing once it grew or opened again."""
    return sha256(f"{opened_ms} {why}".encode()).hexdigest()[:16]


class BeyondCounting(Exception):
    """An account or a lot of a site would hold or owe more than `taken.COUNTED_MAX`; nothing happened."""


OUTSTANDING_MAX = 500


class Turn(SetsTurn, LapsingTurn, Protocol):
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

    async def peeks(self, sites: Collection[SiteId]) -> Mapping[SiteId, SiteRow]:
        """Those of them that are known, held by nobody."""
        ...

    async def sites(self) -> Mapping[SiteId, SiteRow]: ...

    async def save(self, site: SiteRow) -> None:
        """Makes the row where there is none."""
        ...

    async def touch(self, now_ms: int) -> None:
        """It was heard of now; written down only now and then."""
        ...

    async def standing(self, hq_epoch: int) -> Standing: ...

    # Epochs

    @property
    def raised(self) -> int:
        """The hq_epoch that headquarters last began by itself for this merchant; 0: none."""
        ...

    async def raise_to(self, hq_epoch: int) -> None:
        """In a turn that is alone: whoever comes after sees it, in whatever process."""
        ...

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

    async def uses_counted(self) -> Mapping[str, int]:
        """By account, what companies' cards used of all days at all sites, where it is not zero."""
        ...

    async def hads_counted(self) -> Mapping[str, int]:
        """By account, what members had at all sites of what they have only so often, where it is not zero.

        And what they were given for whom they brought, by day and month.
        """
        ...

    async def extend(
        self, site: SiteRow, entries: Sequence[Taken], now_ms: int, *, claimed: bool
    ) -> Mapping[int, Claim]:
        """Saves the row of a site that is known, stores `entries` and posts them, with lots, all at once.

        Entries with a fault are stored, not posted, and open an exception. Unless `claimed` says that it was
        done, ids are taken as well: where some were taken before, nothing else happens, and the answer says
        by seq who had them. For entries without a fault.

        Raises:
            BeyondCounting
        """
        ...

    async def post_again(self, entry: Taken, now_ms: int) -> None:
        """What `extend` stored with a fault, and has none: it is posted, and is in quarantine no more.

        In a turn that is alone and holds the site's row; its id was claimed.

        Raises:
            BeyondCounting
        """
        ...

    # Exceptions

    async def open_exception(  # noqa: PLR0913
        self,
        kind: str,
        subject: str,
        why: str,
        now_ms: int,
        *,
        at: SiteId | None = None,
        since_ms: int | None = None,
    ) -> None:
        """Once for each cause, also when it was decided. At this site, or at another; '' : headquarters.

        `since_ms`: of a cause that can grow, when it last did. It opens again where it was decided before
        that, and says `why` anew where it is open.
        """
        ...

    async def close_exception(self, cause: Cause, decision: Decision, now_ms: int) -> bool:
        """False when there is none that is open."""
        ...

    async def noted(self, cause: Cause) -> Noted | None:
        """Held until the end. None: there never was one."""
        ...

    async def subjects(self, kind: str) -> Sequence[str]:
        """Of this site's exceptions of that kind, decided or not."""
        ...

    # Feed

    async def direct(self, hq_epoch: int, orders: Sequence[Order]) -> None: ...

    async def feed_after(self, hq_epoch: int, after: int, limit: int) -> Sequence[Numbered]: ...

    async def fed(self, hq_epoch: int, sites: Collection[SiteId]) -> Mapping[SiteId, int]:
        """The number of the last directive in the feed of each that has any."""
        ...

    async def feed_heads(self, hq_epoch: int, sites: Collection[SiteId]) -> Mapping[SiteId, int]:
        """The number of the last directive of each, where there is one."""
        ...

    async def applied(self, seq_by_id: Mapping[str, int]) -> Mapping[str, Applied]:
        """Marks this site's directives; answers those that are in its feed."""
        ...

    async def directed(self, directive: Directive) -> Mapping[SiteId, bool]:
        """The sites of this merchant that have exactly this one in their feed, and whether it was applied."""
        ...

    async def uncover(self, names: Collection[str], amount: int, hq_epoch: int) -> None:
        """So much less of an account, by any of its names, is covered by what this site has not applied.

        Of what was directed under lower epochs, and is yet to be numbered anew under this one.
        """
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

    async def lots_at(self, names: Collection[str]) -> Sequence[LotAt]:
        """What sites that are not written off hold in lots, under those names of one account."""
        ...

    async def unpaid(self, unit: str, lots: Collection[str]) -> AbstractSet[str]:
        """Those of them that nobody paid for, and that were not taken over from paper: there it was paid."""
        ...

    async def wanting(self, accounts: Collection[str], low: int, reserve: int) -> Sequence[str]:
        """Those whose family is overdrawn, owes or is waited for; whose reserve is short and may be filled.

        And coupons that were withdrawn. A reserve is short where the pool holds less than `low`, and may be
        filled where this site holds more than `reserve`.
        """
        ...

    async def asks(self, ids: Collection[str]) -> Mapping[str, AskRow]:
        """Those of them that were answered."""
        ...

    async def save_asks(self, rows: Mapping[str, AskRow], now_ms: int) -> None: ...

    async def sale(self, sale: str) -> SaleRow | None: ...

    async def terms(self, lots: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], LotTerms]:
        """Of (unit, lot), as they were laid down."""
        ...

    async def hold_sale(self, sale: str, site: SiteId) -> None: ...

    # Wallets

    async def open_wallets(self, opened: Mapping[str, Opened], now_ms: int) -> None:
        """By id of the entry that opened them; what is known already is filled in, never changed."""
        ...

    async def began_at(self, wallets: Collection[str]) -> Mapping[str, SiteId]:
        """By wallet, the site whose entry opened it; of those that are not written off."""
        ...

    async def set_tier(self, wallet: str, tier: str) -> None:
        """Also of a wallet that nobody opened yet."""
        ...

    async def add_coupons(self, coupons: Sequence[CouponTaken]) -> None: ...

    async def end_coupons(self, ended: Mapping[str, str]) -> None:
        """By coupon, why it was withdrawn; of one that was, the first reason stays."""
        ...

    async def coupons_of(
        self, kind: str, wallets: Collection[str] | None, after: str, limit: int
    ) -> Sequence[tuple[str, str]]:
        """(coupon, wallet that it was given to) by coupon, beyond `after`; None: of everybody.

        Those that were withdrawn already are among them: it may have been cut short.
        """
        ...

    async def coupon(self, coupon: str) -> str | None:
        """The wallet that it was given to; None: no entry gave it."""
        ...

    async def coupon_terms(self, coupons: Collection[str]) -> Sequence[CouponGrant]:
        """Of those that an entry gave, by their ids."""
        ...

    async def end_kind(self, kind: str, why: str) -> None:
        """All coupons of that kind that are added from now on are withdrawn. `why` empty: no more."""
        ...

    async def kinds_ended(self) -> Mapping[str, str]:
        """By kind, why."""
        ...

    async def pack(self, wallet: str) -> Sequence[str]:
        """Coupons that were given because this wallet was opened."""
        ...

    async def number_invoices(self, numbers: Mapping[str, str]) -> None: ...

    async def undo(self, undone: Mapping[int, str]) -> None:
        """By seq of the entry here, the entry that it undid."""
        ...

    async def list_cards(self, states: Mapping[str, str], now_ms: int) -> Collection[str]:
        """Those of them that stood otherwise, or nowhere, before. What is final stays as it is."""
        ...

    async def stood(self, card: str) -> Stood | None:
        """How it stands, held until the end; None: nobody ever said anything of it."""
        ...

    async def leads_to(self, card: str) -> str | None:
        """The wallet of that card; None: it leads nowhere."""
        ...

    async def nobodys_cards(
        self, tokens: Collection[str] | None, before_ms: int, tier: str
    ) -> Sequence[NobodysCard]:
        """By card. `tokens`: only what these lead to; None, 0 and '': whatever it is."""
        ...

    async def waits(self, directive: Directive) -> bool:
        """Whether this site has that one in its feed, and has not applied it."""
        ...

    async def told_given(self, wallet: WalletId) -> Sequence[tuple[GivenAway, int | None]]:
        """Of this site's feed those that say to whom that wallet was given, and where its chain applied them.

        In the order of the feed; None: it has not applied it.
        """
        ...

    async def keys(self, tokens: Collection[str]) -> Mapping[str, KeyRow]:
        """Those of them that lead anywhere."""
        ...

    async def phones(self, tokens: Collection[str]) -> Mapping[str, str]:
        """The wallets that phones lead to."""
        ...

    async def gave_phones(self, tokens: Collection[str], wallet: str, member: str) -> None:
        """They led to that wallet of that member, who gave it away."""
        ...

    async def rejoined(self, wallets: Collection[str]) -> Sequence[str]:
        """Those of them to which a phone leads that led to another until that was given away, in order."""
        ...

    async def forget_phones(self, members: Collection[str]) -> None:
        """That they gave one away: whoever is forgotten is newly welcome."""
        ...

    async def note_edits(self, edits: Collection[str]) -> Collection[str]:
        """Those of these ids that never came before."""
        ...

    async def edit(self, edit: ProfileEdit, now_ms: int) -> EditKept:
        """Keeps it; keys that lead to another wallet go on leading there."""
        ...

    async def has(self, wallet: str) -> HolderRow:
        """Who has it, by the chains and the profiles: whichever told of the later transfer."""
        ...

    async def told_of(self, wallet: str) -> HolderRow:
        """Of whom a profile told last, though it may have been given on since."""
        ...

    async def gave(self, wallet: str, has: HolderRow, *, itself: bool) -> bool:
        """As the chain of a site says. Whether they have it by that, whom nothing had said to have it.

        `itself`: the site gave it; else it was told so, which is kept where it is news alone.

        The later one stands, of two at once whoever's id comes last. Of whoever had it before nothing is
        left: their phones lead to it no more, and nothing knows their name and PIN.
        """
        ...

    async def told_alone(self) -> Sequence[tuple[str, HolderRow]]:
        """By wallet, those of whom a profile told that they were given it, and no chain that it gave it."""
        ...

    async def holders(self, wallets: Collection[str]) -> Mapping[str, HolderRow]:
        """By wallet, whose each is, or was when it was merged into another; those of nobody are left out.

        By the chains and the profiles: whichever told of the later transfer. `since`: 0, it was never given.
        """
        ...

    async def joined(self, wallet: str) -> bool:
        """Whether anything was ever told of its holder."""
        ...

    async def persons(self, roots: Collection[str], *, hot: bool = False) -> Sequence[PersonRow]:
        """Those of whom anything was told, in no order. `hot`: with keys that are on the hot list too."""
        ...

    async def counter_rises(self, card: bytes, counter: int, site: SiteId) -> bool:
        """Whether it is higher than all that were seen of that card, by its token; then it is the highest."""
        ...

    async def counter_late(self, card: bytes, counter: int, seen: CounterSeen) -> CounterSeen | None:
        """Where it was seen before, of the last `COUNTERS_KEPT`; None: nowhere, and from now on there."""
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
        """Accounts of coupons that must end, where they lie in the pool or, withdrawn, at a site."""
        ...

    async def outstanding(self) -> Sequence[str]:
        """Accounts that are overdrawn or waited for; at most `OUTSTANDING_MAX`, oldest cause first."""
        ...

    async def merged(self) -> Mapping[str, str]:
        """All wallets that lead to another, with their root."""
        ...

    async def told(self, wallet: str) -> Collection[SiteId]: ...

    async def tell(self, wallet: str, sites: Collection[SiteId]) -> None: ...

    async def in_transit(self, site: SiteId) -> int:
        """Fen in grants that are on their way to that site."""
        ...

    async def write_off(self, site: SiteId) -> Sequence[str]:
        """What it held, with its lots, and the grants in transit to it, into the pool; the accounts of it."""
        ...

    async def came_late(self, site: SiteId, accounts: Collection[str]) -> Late:
        """What entries moved there since it was written off; written off too, it lies nowhere then."""
        ...

    async def of_dead(self, ids: Collection[str]) -> Collection[str]:
        """Those of these entries that a site booked which is written off."""
        ...


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
    """What went out of the pool against a debt, whether or not the site that owed it was told."""


class SettingsGiven(Value, frozen=True, kw_only=True):
    """What a site was given of the settings."""

    applied: bool
    offline: Offline | None
    """None: these settings say nothing of it."""
    day: WorstDay


class SiteAtRisk(Value, frozen=True, kw_only=True):
    site: str
    seen_ms: int
    said: int
    acked: int
    written_off_ms: int
    gone_ms: int
    unsure: bool
    held: int
    """Of a site that was written off: fen that it held then, and in grants on their way to it."""
    open: int
    """Fen of principal that it has given beyond rights, and nobody covered."""
    an_entry: int
    """Fen that its last entries moved, each on average."""
    given: tuple[SettingsGiven, ...]
    """In their order."""


class ApartAtRisk(Value, frozen=True, kw_only=True):
    """Of what is counted in its own measure at one site, or at headquarters (site '')."""

    site: str
    kind: str
    """One of `hq.totals.APART`."""
    held: int
    """Of a site that was written off: what it held then, and what was on its way to it."""
    open: int
    """Spent beyond rights, by facts that were booked again after a fork; at headquarters: at two places."""


class AtRisk(Value, frozen=True, kw_only=True):
    """What is known of what a merchant may lose; `hq.exposure` says what follows from it."""

    wallets: int
    lacking: int
    """Fen that were spent at two places and have not come back: headquarters' own to cover."""
    sites: tuple[SiteAtRisk, ...]
    """By name."""
    apart: tuple[ApartAtRisk, ...] = ()
    """By site and kind, where there is any."""


LOOKED_AT = 1_000
"""Entries of a site from which it is told what one of them moves."""


class Store(Protocol):
    def turn(
        self, merchant: str, site: SiteId, *, alone: bool = False, hold: bool = False
    ) -> AbstractAsyncContextManager[Turn]:
        """Commits when the block ends, rolls back when it raises. `hold`: the site's row, at once."""
        ...

    async def highest_hq_epoch(self) -> int:
        """The highest that any site was ever told, or that was begun for it."""
        ...

    async def merchants_known(self) -> Sequence[str]:
        """That have a site."""
        ...

    async def merchants_outstanding(self) -> Sequence[str]:
        """Merchants that have any such account."""
        ...

    async def merchants_changed(self, limit: int) -> Sequence[str]:
        """Those of whom something is in `changed`."""
        ...

    async def sites_to_look_at(self, now_ms: int, limit: int) -> Sequence[tuple[str, SiteId]]:
        """Whose data sets may have to be made anew; (merchant, '') is what all of its sites share."""
        ...

    async def totals(self, merchant: str) -> Sequence[Total]: ...

    async def at_risk(self, merchant: str) -> AtRisk: ...
