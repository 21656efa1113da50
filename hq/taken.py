"""One received entry, and what it means to headquarters."""

from __future__ import annotations

from terminal.core.commands import CouponGrant
from terminal.core.directives import Directive
from terminal.core.rights import LotTerms
from terminal.core.values import Value


class LotLine(Value, frozen=True, kw_only=True):
    """How much an entry took out of a lot (negative) or put into it."""

    account: str
    """`wallet:ID:UNIT`"""
    amount: int
    terms: LotTerms
    """As this entry says them: what headquarters noted first stands."""


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
    uncovered: tuple[tuple[str, int], ...] = ()
    """(account of the wallet, amount) that was spent beyond the rights held there."""
    loads: bool = False
    """Money came onto a wallet: the site is its home now."""
    directive: Directive | None = None
    """What it applied; its id is the entry's."""
    opens: Opened | None = None
    coupons: tuple[CouponTaken, ...] = ()
    merges: tuple[str, str] | None = None
    """(wallet, into), decided at the site."""
    cards: tuple[tuple[str, str], ...] = ()
    """(card, state) that all sites must know."""
    tier: tuple[str, str] | None = None
    """(wallet, tier)"""
    invoice: tuple[str, str] | None = None
    """(lot of principal, number)"""
    undoes: str = ""
    """Id of the entry that it undid, wholly or in part."""
    fault: str = ""
    """Why it stands in quarantine: kept verbatim in the chain, posted nowhere, shown to people."""

    @property
    def values(self) -> tuple[tuple[str, int], ...]:
        """Its postings to accounts that are held in rights."""
        return tuple((name, amount) for name, amount in self.postings if not name.startswith("site:"))
