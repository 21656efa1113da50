"""How a wallet begins, what is given with it, and what must stay beside the entry."""

from __future__ import annotations

from terminal.core.commands.grant import Grant
from terminal.core.coupons import CouponGrant
from terminal.core.trust import Credential
from terminal.core.values import CardId, MemberId, StaffId, Value, WalletId


class Consent(Value, frozen=True, kw_only=True):
    """Yes or no to one purpose, by the version of its words (product.md G7)."""

    purpose: str
    """`marketing`, `partners`, `health`, ..."""
    version: str
    given: bool


class Opens(Value, frozen=True, kw_only=True, omit_defaults=True):
    """A wallet that begins in this transaction: a member who joins, or an unnamed card."""

    wallet: WalletId
    member: MemberId | None
    card: CardId | None
    commitment: str
    """Salted SHA-256 of the personal data, hex; empty for an unnamed card."""
    terms: str
    """Version of the terms accepted."""
    channel: str
    """`forecourt`, `counter`, ..."""
    recruiter: StaffId
    coupons: tuple[CouponGrant, ...] = ()
    consents: tuple[Consent, ...] = ()
    """What was asked at joining, each apart."""
    pin: bool = False
    """A PIN was chosen in the same go. Its verifier travels in `Private`."""
    until: str = ""
    """Last business day on which its unnamed card pays; empty: it does not end."""
    introduced_by: WalletId | None = None
    """Of the member who brought them."""
    kind: str = ""
    """Of its card (`core.card_kinds`); empty: none was given."""
    new: bool = False
    """Its card lies in a box, and pays when it is given out: until it is activated. It has no name on it."""
    boxed: CardId | None = None
    """The new card out of the box that had the number of its card: that one ends, nothing lies on it."""
    vouchers: tuple[Grant, ...] = ()
    """Cash vouchers that it begins with, each `voucher:ID` of its own."""


class Private(Value, frozen=True, kw_only=True, omit_defaults=True):
    """What must be kept with a command and never enters its entry. Goes beside it, in the same commit."""

    credentials: tuple[Credential, ...] = ()
    """Keys to the wallet that the command opens."""
    name: str = ""
    phone: str = ""
    plate: str = ""
    told: tuple[tuple[str, str], ...] = ()
    """What else the shop asked, by its name (`core.particulars`)."""
    salt: str = ""
    """Hex; with it the commitment in `Opens` can be proven."""
    initials: str = ""
    """Pinyin initials of the name (WXM), by which people are searched; a blank between its ways."""
    pin: str = ""
    """Verifier of the PIN, made by whoever asked for it; never the PIN."""
    service: str = ""
    """What was done on a visit (`core.services`), as it is sealed."""
    remark: str = ""
    """What the next one should know, beside that: it may be about health, and goes when that consent does."""

    def __repr__(self) -> str:
        """Without anything a person could be known by."""
        return "Private(...)"

    __str__ = __repr__
