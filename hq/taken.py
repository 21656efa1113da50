"""One received entry, and what it means to headquarters."""

from __future__ import annotations

from terminal.core.commands import CouponGrant
from terminal.core.directives import Directive
from terminal.core.rights import LotTerms
from terminal.core.values import Value

COUNTED_MAX = 1 << 43
"""What the amounts of one entry come to at most, and what one account of one site may hold or owe.

88 thousand million yuan. A thousand such balances stay below 2^53, where numbers end that all can read.
"""


class LotLine(Value, frozen=True, kw_only=True):
    """How much an entry took out of a lot (negative) or put into it."""

    account: str
    """`wallet:ID:UNIT`"""
    amount: int
    terms: LotTerms
    """As this entry says them: what headquarters noted first stands."""
    listed: int = 0
    """Fen that uses which it took stand for at list price; negative: that came back."""


class Opened(Value, frozen=True, kw_only=True):
    wallet: str
    member: str | None


class CouponTaken(Value, frozen=True, kw_only=True):
    wallet: str
    terms: CouponGrant
    pack: str
    """Id of the entry by which somebody joined, where it was given for that; else empty."""


class Taken(Value, frozen=True, kw_only=True):
    """One received entry: its bytes, and what they mean as far as they could be read."""

    seq: int
    hash: bytes
    body: bytes
    id: str | None = None
    """None when it could not be read."""
    kind: str = ""
    command: bytes = b""
    """SHA-256 of the payload; id equality compares the command, not the postings."""
    postings: tuple[tuple[str, int], ...] = ()
    moves: bool = False
    """Whether it moved value between this site and the pool, and nothing else."""
    lots: tuple[LotLine, ...] = ()
    astray: tuple[tuple[str, int, int], ...] = ()
    """(account, into its lots, posted) where these differ, and nothing of the unit lies beside lots."""
    uncovered: tuple[tuple[str, int], ...] = ()
    """(account of the wallet, amount) that was spent beyond the rights held there."""
    owes: bool = False
    """Something had to come back and was not there: it may lie in the pool, or at another site."""
    raises: bool = False
    """Value that stays at home came onto an account: the pool may want some of it."""
    loads: bool = False
    """Money came onto a wallet: the site is its home now."""
    directive: Directive | None = None
    """What it applied; its id is the entry's."""
    ends: tuple[tuple[str, str], ...] = ()
    """(coupon, why) that a person withdrew there, or headquarters' directive."""
    apart: bool = False
    """A merge that it could not do: too much for one entry."""
    directed_under: int = 0
    """The hq_epoch under which the site says it was told so."""
    directed_m: int = 0
    """And its number in the feed then."""
    opens: Opened | None = None
    coupons: tuple[CouponTaken, ...] = ()
    merges: tuple[str, str] | None = None
    """(wallet, into), decided at the site."""
    cards: tuple[tuple[str, str], ...] = ()
    """(card, state) that all sites must know."""
    expired: str = ""
    """The wallet of a card that it said has expired."""
    gives: tuple[str, str] | None = None
    """(wallet, member): another person was given it there."""
    tier: tuple[str, str] | None = None
    """(wallet, tier)"""
    fell_from: str = ""
    """The tier for which the window has too little there; empty: it rose, or somebody gave it."""
    invoices: tuple[tuple[str, str], ...] = ()
    """(lot of principal, number); empty: it has none any more."""
    undoes: str = ""
    """Id of the entry that it undid, wholly or in part, or came with."""
    undoing: bool = False
    """It undid that one; otherwise it came with it."""
    again: bool = False
    """A fact that was booked again after a fork."""
    redone: str = ""
    """And its wallet."""
    erased: tuple[str, str] | None = None
    """(wallet, member) who was forgotten there; the wallet may be another's by now."""
    asked: tuple[str, str] | None = None
    """(wallet, member) who asked there to be forgotten, and waits for headquarters."""
    case_opened: str = ""
    """The device of the terminal that saw its case open."""
    uses: tuple[str, ...] = ()
    """Accounts of this site that count what companies' cards use of a day, as far as it posts to them."""
    hads: tuple[str, ...] = ()
    """The same of those that count what members had of what they have only so often."""
    fault: str = ""
    """Why it stands in quarantine: kept verbatim in the chain, posted nowhere, shown to people."""

    @property
    def plain(self) -> bool:
        """Whether it posts and that is all; most entries do."""
        return not (
            self.moves
            or self.loads
            or self.uncovered
            or self.directive
            or self.opens
            or self.coupons
            or self.ends
            or self.merges
            or self.cards
            or self.gives
            or self.tier
            or self.invoices
            or self.undoes
            or self.redone
            or self.erased
            or self.asked
            or self.case_opened
            or self.astray
            or self.owes
            or self.raises
            or self.uses
            or self.hads
        )

    @property
    def values(self) -> tuple[tuple[str, int], ...]:
        """Its postings to accounts that are held in rights."""
        return tuple((name, amount) for name, amount in self.postings if not name.startswith("site:"))
