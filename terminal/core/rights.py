"""Value that moves between headquarters' pool and a site: by account, with the lots it lies in.

Every unit of a wallet sits with exactly one holder, the pool or one site. What a site holds is what its
ledger says: the balance of the account. A grant raises it, a release lowers it; both are entries of the
site, and the other side of them is the site's account `rights:UNIT`.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from terminal.core.coupons import CouponGrant
from terminal.core.values import INTEGER_MAX, EntryId, Value

_Amount = Annotated[int, Meta(ge=1, le=INTEGER_MAX)]
_Account = Annotated[str, Meta(max_length=200, pattern=r"^[a-z]+:[^:\x00-\x1f\x7f]+:[^\x00-\x1f\x7f]+\Z")]
_LOTS_MAX = 200


class LotTerms(Value, frozen=True, kw_only=True, omit_defaults=True):
    """What a lot was when it was laid down, the same wherever a part of it lies; and what was used of it."""

    unit: str
    lot: str
    """Id of the entry that laid it down first."""
    laid: _Amount
    """All of it."""
    paid: int = 0
    """What was paid for all of it."""
    since: str = ""
    until: str = ""
    invoice: str = ""
    listed: int = 0
    """Of a count card: what its uses stood for by now, at list price, in fen. Of principal: what of it earned
    points as it was recharged."""
    sold: str = ""
    """Of a count card: what it was sold as (`core.sold`)."""


class LotPart(Value, frozen=True, kw_only=True):
    """So much of that lot."""

    terms: LotTerms
    amount: _Amount


class Want(Value, frozen=True, kw_only=True):
    """An account, and how much of it."""

    account: _Account
    amount: _Amount


class Right(Value, frozen=True, kw_only=True, omit_defaults=True):
    """What a grant brings to one account."""

    account: _Account
    """`wallet:ID:principal`, `wallet:ID:coupon:ID`, `company:ID:credit`, ..."""
    amount: _Amount
    lots: Annotated[tuple[LotPart, ...], Meta(max_length=_LOTS_MAX)] = ()
    """Their sum is `amount` where the unit lies in lots; the rest of points lies beside them."""
    coupon: CouponGrant | None = None
    """Terms, where it is a coupon."""


class SaleRight(Value, frozen=True, kw_only=True, omit_defaults=True):
    """The right to undo one sale, whole: it moves like a coupon, with the facts it is decided by."""

    sale: EntryId
    entry: bytes
    """The sale's body as it was booked."""
    undone: tuple[bytes, ...] = ()
    """Bodies of the entries that undid parts of it or came with it, oldest first."""
    lots: tuple[LotTerms, ...] = ()
    """Of the lots that it names."""
    coupons: Annotated[tuple[CouponGrant, ...], Meta(max_length=_LOTS_MAX)] = ()
    """Terms of those that came off it: they come back where it is undone."""


class Floor(Value, frozen=True, kw_only=True):
    """How far value may be spent beyond what is held here, while headquarters cannot be reached, in fen.

    Set by whoever decides at the counter, from the policy, the trust in what was presented, and the link.
    """

    wallet: int
    """F: of this wallet at this site, in all."""
    site: int
    """S: of all wallets at this site, in all."""
