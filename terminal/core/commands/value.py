"""Commands that put value on a wallet, take it off outside a sale, or set it aside."""

from __future__ import annotations

from enum import StrEnum

from terminal.core.commands.occasion import Occasion
from terminal.core.commands.opens import CouponGrant, Opens
from terminal.core.commands.sale import PointsEarned
from terminal.core.values import CardId, EntryId, StaffId, Value, WalletId


class PaidBy(StrEnum):
    """How money came in or went out where it is not a sale's tender."""

    CASH = "cash"
    CODE = "code"  # the customer's payment code, or the shop's fixed one
    CARD = "card"  # the bank's terminal
    TRANSFER = "transfer"  # to or from an account of the same name


class BookRecharge(Value, frozen=True, kw_only=True, omit_defaults=True, tag="recharge"):
    """Money came in and went onto a card."""

    id: EntryId
    at: Occasion
    wallet: WalletId
    card: CardId | None
    principal: int
    bonus: int
    received: int
    """What was handed over; the change is `received - principal`."""
    paid_by: PaidBy = PaidBy.CASH
    terms: str = ""
    """Version of the terms this lot is under."""
    opens: Opens | None = None


class BookIssue(Value, frozen=True, kw_only=True, omit_defaults=True, tag="issue"):
    """A card was given out: a wallet begins, with nothing in it."""

    id: EntryId
    at: Occasion
    opens: Opens


class Grant(Value, frozen=True, kw_only=True, omit_defaults=True):
    """Something given: `amount` of `unit`, usable from `since` until `until` (business days, inclusive)."""

    unit: str
    """`bonus`, `cashback`, `points:goods`, `count:haircut`, `litres:92`, `voucher:ID`."""
    amount: int
    since: str = ""
    until: str = ""


class BookGrant(Value, frozen=True, kw_only=True, omit_defaults=True, tag="grant"):
    """The shop gives: a campaign, a birthday, a referral, a correction in the member's favour."""

    id: EntryId
    at: Occasion
    wallet: WalletId
    why: str
    """Name of the campaign or rule."""
    with_entry: EntryId | None = None
    """The sale it came with: undone, it takes this back too."""
    grants: tuple[Grant, ...] = ()
    coupons: tuple[CouponGrant, ...] = ()


class BookRedeem(Value, frozen=True, kw_only=True, omit_defaults=True, tag="redeem"):
    """Points became goods, a service or coupons, to be collected with a claim code (product.md B4)."""

    id: EntryId
    at: Occasion
    wallet: WalletId
    card: CardId | None
    points: PointsEarned
    """What is taken."""
    what: str
    """The article or service, as the receipt shows it; empty for coupons alone."""
    worth: int = 0
    """Fen at retail price."""
    coupons: tuple[CouponGrant, ...] = ()


class BookExpiry(Value, frozen=True, kw_only=True, omit_defaults=True, tag="expiry"):
    """Lots of points, cashback or a voucher whose last day has passed are written off."""

    id: EntryId
    at: Occasion
    wallet: WalletId
    unit: str


class BookHold(Value, frozen=True, kw_only=True, omit_defaults=True, tag="hold"):
    """Value is set aside before the nozzle is released (product.md C7)."""

    id: EntryId
    at: Occasion
    wallet: WalletId
    card: CardId | None
    amount: int
    """Fen, principal first."""
    for_what: str
    """Such as `pump:3`."""


class BookRelease(Value, frozen=True, kw_only=True, omit_defaults=True, tag="release"):
    """What a hold did not use goes back to where it came from."""

    id: EntryId
    at: Occasion
    hold: EntryId


class BookDeposit(Value, frozen=True, kw_only=True, omit_defaults=True, tag="deposit"):
    """Money is left for something later: a presale, a session. The shop owes it (product.md B16, D2)."""

    id: EntryId
    at: Occasion
    wallet: WalletId
    card: CardId | None
    of: str
    """`presale:ID` or `session:ID`."""
    amount: int
    received: int
    paid_by: PaidBy = PaidBy.CASH


class BookImport(Value, frozen=True, kw_only=True, omit_defaults=True, tag="import"):
    """A paper balance is taken over under two signatures (product.md B14)."""

    id: EntryId
    at: Occasion
    wallet: WalletId
    second: StaffId
    paper: str
    """Number of the sheet."""
    grants: tuple[Grant, ...]
    """`principal` may be among them."""


class BookMerge(Value, frozen=True, kw_only=True, omit_defaults=True, tag="merge"):
    """Two wallets turn out to be one person's: all that `wallet` holds moves to `into`."""

    id: EntryId
    at: Occasion
    wallet: WalletId
    into: WalletId


class BookInvoice(Value, frozen=True, kw_only=True, omit_defaults=True, tag="invoice"):
    """An invoice (发票) was asked for a lot, once (product.md B19)."""

    id: EntryId
    at: Occasion
    wallet: WalletId
    lot: EntryId
    number: str
