"""Commands that put value on a wallet, take it off outside a sale, or set it aside."""

from __future__ import annotations

from enum import StrEnum

from terminal.core.commands.grant import Grant
from terminal.core.commands.occasion import Occasion
from terminal.core.commands.opens import Opens
from terminal.core.commands.reward import Reward
from terminal.core.commands.sale import PointsEarned
from terminal.core.coupons import CouponGrant
from terminal.core.fleet import FleetCard
from terminal.core.values import CardId, EntryId, Value, WalletId


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
    """What was handed over; the change is `received - principal + rounding`."""
    paid_by: PaidBy = PaidBy.CASH
    through: str = ""
    """By whom it came, as `of` of a sale's tender: `wechat`, `unionpay`, ...; empty: by its kind."""
    terms: str = ""
    """Version of the terms this lot is under."""
    campaign: str = ""
    """By whose ladder the bonus was given; empty: by the usual one."""
    by_company: bool = False
    """A company paid, whose members or staff hold the card."""
    points: tuple[PointsEarned, ...] = ()
    """What it earns, where points are for recharging and not for spending."""
    gift_points: int = 0
    """Goods points of a campaign; they go with the bonus when the recharge is paid back."""
    gift_until: str = ""
    """Last business day of those; of earned ones beside them the same."""
    rounding: int = 0
    """Fen that its change was rounded up by, to what cash there is."""
    coupons: tuple[CouponGrant, ...] = ()
    """What a campaign gives with it; they end when it is paid back."""
    opens: Opens | None = None
    reward: Reward | None = None
    """What it brings whoever brought the holder; None: nothing."""
    payer: str = ""
    """Mark of who paid outside, as of a tender."""
    vouchers: tuple[Grant, ...] = ()
    """Cash vouchers that a campaign gives with it; they end when it is paid back."""
    locks: tuple[Grant, ...] = ()
    """Litres at a locked price that come with it; what is left of them ends when it is paid back."""


class BookIssue(Value, frozen=True, kw_only=True, omit_defaults=True, tag="issue"):
    """A card was given out: a wallet begins, with nothing in it."""

    id: EntryId
    at: Occasion
    opens: Opens
    batch: str = ""
    """Of work on many cards at once."""


class Claim(Value, frozen=True, kw_only=True, omit_defaults=True):
    """A member claimed what a campaign gives, once a person (product.md B5)."""

    code: str
    """Of the campaign."""
    most: int = 0
    """So often it may be claimed at this site; 0: as often as there are people."""


class BookGrant(Value, frozen=True, kw_only=True, omit_defaults=True, tag="grant"):
    """The shop gives: a campaign, a birthday, a referral, a correction in the member's favour."""

    id: EntryId
    at: Occasion
    wallet: WalletId
    why: str
    """Name of the campaign or rule."""
    with_entry: EntryId | None = None
    """What it came with, such as a sale: whatever undoes that takes it back, and what is spent is owed."""
    grants: tuple[Grant, ...] = ()
    coupons: tuple[CouponGrant, ...] = ()
    claim: Claim | None = None
    """By which it was claimed; None: nobody did."""


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
    claim: str = ""
    """By which it is collected, once; empty: it was handed over at once."""
    by_pin: bool = False
    """The PIN of the wallet was keyed for it, and right."""
    costs: int = 0
    """Fen that the points come to, for which a PIN is asked; 0: `worth`, as entries had it before."""
    sku: str = ""
    """Of the article, one piece of which leaves the shelf when it is handed over; empty: of none."""
    tax_bp: int = 0
    """Tax rate in hundredths of a percent; `worth` includes it."""
    vouchers: tuple[Grant, ...] = ()
    """Cash vouchers that the points became, called together by `what`."""

    @property
    def called(self) -> str:
        """What the points became, in a word: of coupons their kind."""
        return self.what or self.coupons[0].kind


class BookExpiry(Value, frozen=True, kw_only=True, omit_defaults=True, tag="expiry"):
    """What has ended is written off: lots of points, cashback or a voucher, or a wallet's coupons."""

    id: EntryId
    at: Occasion
    wallet: WalletId
    unit: str
    """`coupon` for all of them that lie here and have ended, 100 at once."""


class BookWithdrawal(Value, frozen=True, kw_only=True, omit_defaults=True, tag="withdrawal"):
    """A coupon that is held here ends before its time, by a person's word (product.md B5)."""

    id: EntryId
    at: Occasion
    coupon: str
    why: str
    """In the words of whoever says so; names nobody."""


class BookHold(Value, frozen=True, kw_only=True, omit_defaults=True, tag="hold"):
    """Value is set aside before the nozzle is released (product.md C7)."""

    id: EntryId
    at: Occasion
    wallet: WalletId | None
    """None where a company pays, whoever drives."""
    card: CardId | None
    amount: int
    """Fen; of stored value principal first. Hundredths where litres are held."""
    for_what: str
    """Such as `pump:3`."""
    unit: str = ""
    """`litres:92`, paid ahead; empty: stored value, or the company's credit."""
    company: str = ""
    """Whose credit is held."""
    fleet: FleetCard | None = None
    """Which of its cards takes it, within which limits of the day. None: nobody counts it."""
    kind: str = ""
    """Of the card that was presented (`core.card_kinds`): its sale is priced by it, and earns."""
    coupon: str = ""
    """Set aside too: it comes off what flows where that reaches its threshold, whatever day it is then."""
    by_pin: bool = False
    """The PIN of the wallet was keyed for it, and right."""
    grade: str = ""
    """What the nozzle was released for; empty: of before that was written down."""
    price: int = 0
    """Fen a litre that the dispenser showed then; 0: of before that was written down."""

    @property
    def worth(self) -> int:
        """Fen that may flow by it; of litres at that price, rounded up."""
        return -(-self.amount * self.price // 100) if self.unit else self.amount


class BookRelease(Value, frozen=True, kw_only=True, omit_defaults=True, tag="release"):
    """What a hold did not use goes back to where it came from."""

    id: EntryId
    at: Occasion
    hold: EntryId


class Ordered(Value, frozen=True, kw_only=True):
    """So much of one article was ordered at that price."""

    sku: str
    quantity: int
    """Pieces or grams."""
    unit_price: int
    """Fen a piece or a kilogram, at list price."""


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
    """What was handed over; the change is `received - amount + rounding`."""
    paid_by: PaidBy = PaidBy.CASH
    through: str = ""
    """By whom it came, as `of` of a sale's tender: `wechat`, `unionpay`, ...; empty: by its kind."""
    what: str = ""
    """The article or order that it is for, as the receipt shows it."""
    price: int = 0
    """What that is at list price, so that it is known what is left to pay; 0: nobody said."""
    rounding: int = 0
    """Fen that its change was rounded up by, to what cash there is: so much of it was never paid in."""
    ordered: tuple[Ordered, ...] = ()
    """Articles whose price stands until they are picked up."""

    @property
    def rest(self) -> int:
        """Fen left to pay at list price, where that is known."""
        return max(0, self.price - self.amount)


class BookImport(Value, frozen=True, kw_only=True, omit_defaults=True, tag="import"):
    """A paper balance is taken over under two signatures, the operator's and `second` (product.md B14)."""

    id: EntryId
    at: Occasion
    wallet: WalletId
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
    tier: str = ""
    """What `into` has from now on, where `wallet` had the higher one; empty: it keeps its own."""


class BookMergePart(Value, frozen=True, kw_only=True, omit_defaults=True, tag="merge_part"):
    """Ahead of a merge of more than one entry can name: so many of its lots and coupons as fit move now."""

    id: EntryId
    at: Occasion
    wallet: WalletId
    into: WalletId
    begins: bool = False
    """Nothing moves yet: it says that somebody here decided it, so that it is gone on with after a cut."""
    tier: str = ""
    """Of one that begins: see `BookMerge.tier`."""


class BookInvoice(Value, frozen=True, kw_only=True, omit_defaults=True, tag="invoice"):
    """An invoice (发票) was written, once, or taken back by a red letter (product.md B19)."""

    id: EntryId
    at: Occasion
    wallet: WalletId | None
    """None where a stranger or a company paid."""
    lot: EntryId
    """What it is for: a lot of principal, a sale, or a company's payment."""
    number: str
    amount: int = 0
    """Fen; of a lot it may be left out: all that was paid for it and not paid back."""
    red: str = ""
    """Number of the invoice that this one takes back, whole."""
    lots: tuple[EntryId, ...] = ()
    """Lots of principal that paid and are invoiced at use: here, and never for themselves."""
