"""The `book_*` commands: frozen, serialisable, each with the id its caller made.

A command says what happened at the counter. What it does to accounts is decided by one function in
`core.ledger` for each kind, inside the transaction. Submitting a command twice has one effect; the
same id with another command is refused.
"""

from __future__ import annotations

from enum import StrEnum

from terminal.core.trust import Credential
from terminal.core.values import (
    CardId,
    EntryId,
    MemberId,
    ShiftId,
    StaffId,
    TerminalId,
    Value,
    WalletId,
)


class ClockTrust(StrEnum):
    """How far the wall clock is believed; entries carry it."""

    UNKNOWN = "unknown"
    NETWORK = "network"  # the system says it is synchronised
    HEADQUARTERS = "headquarters"  # agreed with a signed hq_time


class Versions(Value, frozen=True, kw_only=True, omit_defaults=True):
    """What was in force when it was decided."""

    config: str = ""
    prices: str = ""
    promotions: str = ""
    hot_list: str = ""


class Occasion(Value, frozen=True, kw_only=True, omit_defaults=True):
    """Where, when, by whom. Order is by sequence, never by these times."""

    terminal: TerminalId
    shift: ShiftId
    operator: StaffId
    business_day: str
    """ISO date of the site's business day (product.md G1)."""
    wall_ms: int
    """Milliseconds since 1970-01-01T00:00:00Z."""
    utc_offset_min: int
    clock: ClockTrust
    mono_ms: int
    """Milliseconds of the monotonic clock of this boot."""
    boot: str
    versions: Versions = Versions()


class Measured(StrEnum):
    """In what a quantity is counted: whole pieces, grams, hundredths of a litre."""

    PIECE = "piece"
    GRAM = "gram"
    CENTILITRE = "centilitre"


class Discount(Value, frozen=True, kw_only=True):
    """One promotion that touched a line, by the name the receipt shows."""

    name: str
    amount: int


class SaleLine(Value, frozen=True, kw_only=True, omit_defaults=True):
    """One priced line. `net = gross - sum(discounts)`, all in fen."""

    sku: str
    name: str
    category: str
    quantity: int
    measured: Measured = Measured.PIECE
    unit_price: int
    """Fen a piece, a kilogram or a litre."""
    gross: int
    discounts: tuple[Discount, ...] = ()
    net: int


class TenderKind(StrEnum):
    CASH = "cash"
    STORED = "stored"  # principal and bonus, split by policy inside the transaction
    CODE = "code"  # an outside payment that the attendant confirmed


class Tender(Value, frozen=True, kw_only=True):
    kind: TenderKind
    amount: int
    """Fen of the bill that it pays; change is not in it."""


class SpendOrder(StrEnum):
    """How stored value is taken (product.md B2)."""

    BONUS_LAST = "bonus_last"
    PROPORTIONAL = "proportional"


class PointsEarned(Value, frozen=True, kw_only=True):
    family: str
    """`goods`, `petrol` or `diesel`."""
    points: int


class CouponGrant(Value, frozen=True, kw_only=True):
    """One coupon that the transaction gives."""

    coupon: str
    """Its own id, made by the caller."""
    kind: str
    """Such as `c3`."""
    face: int
    """Fen off."""
    threshold: int
    """Fen from which it may be used."""


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


class Private(Value, frozen=True, kw_only=True):
    """What must be kept with a command and never enters its entry. Goes beside it, in the same commit."""

    credentials: tuple[Credential, ...] = ()
    """Keys to the wallet that the command opens."""
    name: str = ""
    phone: str = ""
    plate: str = ""
    salt: str = ""
    """Hex; with it the commitment in `Opens` can be proven."""

    def __repr__(self) -> str:
        """Without anything a person could be known by."""
        return "Private(...)"

    __str__ = __repr__


class BookSale(Value, frozen=True, kw_only=True, omit_defaults=True, tag="sale"):
    """Goods or fuel were sold, and perhaps somebody joined with it."""

    id: EntryId
    at: Occasion
    wallet: WalletId | None
    card: CardId | None
    lines: tuple[SaleLine, ...]
    due: int
    """Sum of the nets."""
    tenders: tuple[Tender, ...]
    rounding: int = 0
    """Fen dropped from a cash payment. `due = sum(tenders) + rounding`."""
    received: int = 0
    """Cash that was handed over; the change is `received - cash tender`."""
    spend_order: SpendOrder = SpendOrder.BONUS_LAST
    points: tuple[PointsEarned, ...] = ()
    opens: Opens | None = None


class BookRecharge(Value, frozen=True, kw_only=True, omit_defaults=True, tag="recharge"):
    """Cash went into the drawer and onto a card."""

    id: EntryId
    at: Occasion
    wallet: WalletId
    card: CardId | None
    principal: int
    bonus: int
    received: int
    opens: Opens | None = None


class BookIssue(Value, frozen=True, kw_only=True, omit_defaults=True, tag="issue"):
    """A card was given out: a wallet begins, with nothing in it."""

    id: EntryId
    at: Occasion
    opens: Opens


Command = BookSale | BookRecharge | BookIssue


class Balances(Value, frozen=True, kw_only=True):
    """A wallet after the transaction."""

    principal: int = 0
    bonus: int = 0
    points: dict[str, int] = {}
    """By family."""
    coupons: int = 0


class Booked(Value, frozen=True, kw_only=True):
    """The answer after COMMIT: durable, with a number that belongs to this entry alone."""

    command: Command
    seq: int
    receipt_no: str
    """terminal-epoch-counter-HASH8; empty where the kind prints no receipt."""
    principal_spent: int = 0
    bonus_spent: int = 0
    after: Balances | None = None
    card_shown: str = ""
    """Masked number for the receipt."""
    again: bool = False
    """True when the id was booked before and this is the same answer."""
