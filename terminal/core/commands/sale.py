"""Goods or fuel for money: lines, tenders, and what a customer earns with them."""

from __future__ import annotations

from enum import StrEnum

from terminal.core.commands.grant import Grant
from terminal.core.commands.had import Had
from terminal.core.commands.occasion import Occasion
from terminal.core.commands.opens import Opens
from terminal.core.commands.pumps import PumpRecord
from terminal.core.commands.reward import Reward
from terminal.core.coupons import CouponGrant
from terminal.core.fleet import FleetCard
from terminal.core.rights import Floor
from terminal.core.sold import Scope
from terminal.core.values import CardId, EntryId, StaffId, Value, WalletId


class Measured(StrEnum):
    """In what a quantity is counted: pieces, grams, hundredths of a litre or of what gas is sold by."""

    PIECE = "piece"
    GRAM = "gram"
    CENTILITRE = "centilitre"
    DECAGRAM = "decagram"  # hundredths of a kilogram
    CENTICUBIC = "centicubic"  # hundredths of a cubic metre


class Discount(Value, frozen=True, kw_only=True, omit_defaults=True):
    """One promotion that touched a line, by the name the receipt shows; or what a person took off it."""

    name: str
    """Of what a person took off, the reason."""
    amount: int
    by: StaffId | None = None
    """Who answers for it (product.md B13). None: a promotion."""
    coupon: str = ""
    """Which of the coupons that the sale uses took it off."""


class Commission(Value, frozen=True, kw_only=True, omit_defaults=True):
    """What whoever did a service earns with it (product.md B13)."""

    by: StaffId
    amount: int
    """Fen."""


class Sells(Value, frozen=True, kw_only=True, omit_defaults=True):
    """What a line puts on the wallet instead of into the bag: uses, litres, a cash voucher."""

    unit: str
    """`count:haircut`, `litres:92` (hundredths), `voucher:ID` (fen)."""
    amount: int
    until: str = ""
    """Last business day of use."""
    uses_of: tuple[str, ...] = ()
    """Of uses, SKUs of the services that each may be of, for ever; empty: what the catalogue says."""
    scope: Scope | None = None
    """Of uses, where and when they are good; None: everywhere, always."""


class Locked(Value, frozen=True, kw_only=True):
    """Litres at a locked price that a line was sold at."""

    place: int
    """Which line of the sale: all of it."""
    unit: str
    """`litres:95@770`: the grade, and fen a litre."""
    litres: int
    """In hundredths."""


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
    tax_bp: int = 0
    """Tax rate in hundredths of a percent; the net includes it (product.md G3)."""
    sells: Sells | None = None
    sample: bool = False
    """Given to be tried: its discount is the cost of samples."""
    commission: Commission | None = None

    @property
    def goods(self) -> int:
        """Fen of it that cash vouchers and cashback may pay: nothing of a voucher that is sold."""
        return 0 if self.sells is not None and self.sells.unit.startswith("voucher:") else self.net


class TenderKind(StrEnum):
    CASH = "cash"
    STORED = "stored"  # principal and bonus, split by policy inside the transaction
    CODE = "code"  # an outside payment that the attendant confirmed
    CARD = "card"  # the bank's terminal
    POINTS = "points"  # `of` the family, `units` of them
    VOUCHER = "voucher"  # `of` its id; used whole: no change, no rest
    CASHBACK = "cashback"
    DEPOSIT = "deposit"  # `of` what it was left for: presale:ID, session:ID
    USES = "uses"  # `of` the unit (count:haircut, litres:92), `units` of them
    FLEET = "fleet"  # `of` the company
    HELD = "held"  # `of` the hold's entry; `units` of litres where those are held, or counted by day
    GROUP_BUY = "group_buy"  # `of` the platform; `vouchers` that were verified for this sale


class Tender(Value, frozen=True, kw_only=True, omit_defaults=True):
    kind: TenderKind
    amount: int
    """Fen of the bill that it pays; change is not in it."""
    of: str = ""
    units: int = 0
    places: tuple[int, ...] = ()
    """Of uses, the lines of the sale that they pay whole; empty: a share of every line."""
    as_sold: tuple[int, ...] = ()
    """Of `places`, those that only a use pays which was sold for it: the shop sells none for it by then."""
    offered: str = ""
    """Of uses, local time (`HH:MM`) at which they were offered, that are not good at every hour."""
    fleet: FleetCard | None = None
    """Of a company's credit: which card takes it, within which limits of the day. None: nobody counts it."""
    vouchers: tuple[EntryId, ...] = ()
    """Of a platform's vouchers, the intents under which they were verified: one each."""
    settles: int = 0
    """Fen that the platform said it will pay the shop for them; 0: it did not say."""
    payer: str = ""
    """Mark of who paid outside, 32 hex digits: the same for the same one at a site. Empty: nobody knows."""

    @property
    def for_goods(self) -> bool:
        """Whether it pays for no cash voucher: those that cost less than they pay would buy ever more."""
        return self.kind in {TenderKind.VOUCHER, TenderKind.CASHBACK, TenderKind.USES}


class SpendOrder(StrEnum):
    """How stored value is taken (product.md B2)."""

    BONUS_LAST = "bonus_last"
    PROPORTIONAL = "proportional"


class PointsEarned(Value, frozen=True, kw_only=True, omit_defaults=True):
    family: str
    """`goods`, `petrol` or `diesel`."""
    points: int
    until: str = ""
    """Last business day of use; empty: they do not expire."""
    base: int = 0
    """What they were earned by: fen paid, or hundredths of a litre."""
    step: int = 0
    """`each` points for every `per` whole steps of the base; 0: nobody says how they were counted."""
    each: int = 1
    per: int = 1
    places: tuple[int, ...] = ()
    """Which lines of the sale earned them; empty: all of the family, at one rate."""

    def left(self, base: int) -> int:
        """What so much of the base would have earned."""
        return base // self.step * self.each // self.per


class Cashback(Value, frozen=True, kw_only=True, omit_defaults=True):
    """Money earned back with a sale, usable from `since` (product.md B17)."""

    amount: int
    since: str
    until: str = ""


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
    cashback: Cashback | None = None
    coupons_used: tuple[str, ...] = ()
    """Their effect stands as a discount on the lines."""
    coupons: tuple[CouponGrant, ...] = ()
    """What is given with the sale."""
    opens: Opens | None = None
    floor: Floor | None = None
    """How far stored value may go below what is held here; None: not at all."""
    by_pin: bool = False
    """The PIN of the wallet was keyed for it, and right."""
    reward: Reward | None = None
    """What it brings whoever brought the buyer; None: nothing."""
    had: tuple[Had, ...] = ()
    """What of it the buyer has only so often."""
    by_code: tuple[str, ...] = ()
    """Those of `coupons_used` whose codes were handed over: whoever has the code needs no PIN."""
    bringer: tuple[Grant, ...] = ()
    """Uses that whoever brought the buyer gets for it."""
    locked: tuple[Locked, ...] = ()
    """What of the member's litres at a locked price its lines were sold at."""
    vouchers: tuple[Grant, ...] = ()
    """Cash vouchers that are given with it, each `voucher:ID`; they go back as cashback does."""
    record: PumpRecord | None = None
    """The fill of it that a dispenser recorded; None: what fuel it sells was keyed, or it sells none."""
    car: str = ""
    """The site's mark of the car that was filled (`core.usual`); empty: nobody said which. Tells no plate."""


class RechargeRefundReason(StrEnum):
    """Whose wish it is decides what is paid back (product.md B3)."""

    COOLING_OFF = "cooling_off"
    MEMBER = "member"
    SHOP = "shop"


class Returned(Value, frozen=True, kw_only=True, omit_defaults=True):
    """So much of one line comes back."""

    line: int
    """Index in the lines of the sale."""
    net: int
    """Fen of that line's net that are undone, discounts already in it; 0 of what cost nothing."""
    quantity: int = 0
    """So many pieces, grams or hundredths of a litre come with it; 0: nobody counted."""
    spoiled: bool = False
    """It cannot be sold again."""
    wish: RechargeRefundReason | None = None
    """Of a count card that was begun: by whose wish, `member` or `shop`, what is left of it ends."""
    favour: int = 0
    """Fen of the net that are more than the rule of that wish gives; a second person stands behind them."""


class BookVoid(Value, frozen=True, kw_only=True, omit_defaults=True, tag="void"):
    """A whole transaction is undone in the shift that booked it."""

    id: EntryId
    at: Occasion
    of: EntryId
    why: str
    to_shelf: bool = True
    """Of points that were taken for goods: whether these come back. Not what nobody had collected."""


class BookReversal(Value, frozen=True, kw_only=True, omit_defaults=True, tag="reversal"):
    """The terminal undoes what turned out not to have happened outside. No person decides it."""

    id: EntryId
    at: Occasion
    of: EntryId
    why: str


class BookRefund(Value, frozen=True, kw_only=True, omit_defaults=True, tag="refund"):
    """Later, whole or in part: each kind of value goes back as it was taken, never as another."""

    id: EntryId
    at: Occasion
    of: EntryId
    """A sale, a deposit or a redemption."""
    returned: tuple[Returned, ...]
    """Of a deposit so much of line 0; none of a redemption, which comes back whole."""
    why: str
    cash_step: int = 1
    """Cash goes back in whole multiples of so many fen: in all no less than its share, nor more than came."""
    coupons: tuple[CouponGrant, ...] = ()
    """In the place of those that come back over, one each, in the order in which the sale used them; none:
    they come back as they are."""
    to_shelf: bool = True
    """Of points that were taken for goods: whether these come back. Not what nobody had collected, or what
    is spoiled."""
    anew: str = ""
    """Last business day of points, cashback, vouchers that come back and had ended; empty: they stay so."""


class BookRechargeRefund(Value, frozen=True, kw_only=True, omit_defaults=True, tag="recharge_refund"):
    """One recharge is ended: what is left of its principal is paid out, its bonus ends."""

    id: EntryId
    at: Occasion
    wallet: WalletId
    lot: EntryId
    reason: RechargeRefundReason
    listed: int = 0
    """For `member`: what was taken with this lot, at list price, in fen; never less than was spent of it."""
    agreed: int = 0
    """What the terms give the member, where that is more than the rule."""
    in_cash: bool = False
    """At most 100 yuan; else the way it came in, or to an account of the same name."""
    cash_step: int = 1
    """Cash is rounded up to a whole multiple of so many fen, where no more is paid than was paid in."""
    by_pin: bool = False
    """The PIN of the wallet was keyed for it, and right."""
