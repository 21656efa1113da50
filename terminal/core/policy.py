"""The shop's own numbers. Every number is a setting with a default.

Each is bounded so that the ledger books whatever follows from it: a number that it would refuse is found
when the file is read, and not when the money lies on the counter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from terminal.core.approval import PERMITS, Approved, Permit
from terminal.core.card_kinds import CardKind, CardUse, may
from terminal.core.cart import LITRES_MAX, Family, Goods, Grade
from terminal.core.cashback import CashbackRate
from terminal.core.commands import Grant, Measured, PaidBy, SpendOrder
from terminal.core.commission import Rate
from terminal.core.companies import Company, check_companies
from terminal.core.consents import ConsentText
from terminal.core.coupons import CouponGrant, window
from terminal.core.forecourt import GradeName, Number
from terminal.core.gifts import Gift
from terminal.core.labels import Layout
from terminal.core.locks import lock_unit
from terminal.core.money import AMOUNT_MAX, CashStep, Price, PriceOrNothing
from terminal.core.override import CAPS, Cap
from terminal.core.packs import PackVoucher, check_count
from terminal.core.particulars import SERVES, Asked, Particular, Trade
from terminal.core.points import STANDARD, PointsEnd, PointsRate, PointsWorth
from terminal.core.referral import Referral
from terminal.core.retention import LAW_DAYS, Retention
from terminal.core.tiers import TierBy, Tiers
from terminal.core.values import Value

_PACK_MAX = 100
"""Coupons that one entry gives."""

Day = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}\Z")]
"""ISO date of a business day."""


class RungLock(Value, frozen=True, kw_only=True):
    """A locked price that comes with a recharge (product.md C4)."""

    grade: GradeName
    price: Price
    """Fen a litre, at most."""
    litres: Annotated[int, Meta(ge=1, le=LITRES_MAX)]
    """In hundredths."""
    days: Annotated[int, Meta(ge=1, le=3650)] | None = None
    """On so many days, that one too. None: it does not end."""

    def given(self, business_day: str) -> Grant:
        """On that day."""
        _, until = window(business_day, 0, self.days)
        return Grant(unit=lock_unit(self.grade, self.price), amount=self.litres, until=until)


class Rung(Value, frozen=True, kw_only=True):
    """Recharge at least `reach` fen and get `bonus` fen; the highest rung reached, once."""

    reach: Price
    bonus: PriceOrNothing
    lock: RungLock | None = None
    """What comes with it; None: no locked price."""


class PackCoupon(Value, frozen=True, kw_only=True):
    """Equal coupons of a pack."""

    kind: str
    face: PriceOrNothing
    """Fen off; 0: what the promotion of that kind says, such as a gift."""
    threshold: PriceOrNothing
    count: Annotated[int, Meta(ge=1)]
    from_day: Annotated[int, Meta(ge=0, le=3650)] = 0
    """First day of use, so many business days after they were given."""
    days: Annotated[int, Meta(ge=1, le=3650)] | None = None
    """On so many days from then on they may be used. None: they do not end."""

    def given(self, business_day: str, new_id: Callable[[], str]) -> Iterator[CouponGrant]:
        """On that day."""
        since, until = window(business_day, self.from_day, self.days)
        for _ in range(self.count):
            yield CouponGrant(
                coupon=new_id(),
                kind=self.kind,
                face=self.face,
                threshold=self.threshold,
                since=since,
                until=until,
            )


class RechargeCampaign(Value, frozen=True, kw_only=True):
    """A ladder of its own between two business days; whoever recharges gets what is more of all that run."""

    name: Annotated[str, Meta(pattern="^[^\\x00-\\x1f]{1,40}\\Z")]
    """As the receipt prints it."""
    since: Day
    until: Day
    """The last day of it."""
    ladder: Annotated[tuple[Rung, ...], Meta(min_length=1)]
    points: Annotated[int, Meta(ge=0, le=AMOUNT_MAX)] = 0
    """Goods points that come with a bonus of this ladder, once."""
    pack: tuple[PackCoupon, ...] = ()
    """Coupons that come with it, too."""
    vouchers: Annotated[tuple[PackVoucher, ...], Meta(max_length=10)] = ()
    """Cash vouchers that do."""
    instead: bool = False
    """In the place of the usual ladder, also where that would give more."""

    def __post_init__(self) -> None:
        """Raises ValueError: a day that no calendar has, an end before the beginning, too many vouchers."""
        if date.fromisoformat(self.since) > date.fromisoformat(self.until):
            raise ValueError(f"{self.name} ends before it begins")
        check_count(self.vouchers, self.name)


class Campaign(Value, frozen=True, kw_only=True):
    """What members claim with a code, once each, between two business days (product.md B5, B17)."""

    code: Annotated[str, Meta(pattern="^[0-9A-Z]{4,20}\\Z")]
    """As posters print it after `CK-`, and as it is keyed."""
    name: Annotated[str, Meta(pattern="^[^\\x00-\\x1f]{1,40}\\Z")]
    since: Day
    until: Day
    """The last day of it; what it gives has days of its own."""
    pack: Annotated[tuple[PackCoupon, ...], Meta(max_length=10)] = ()
    vouchers: Annotated[tuple[PackVoucher, ...], Meta(max_length=10)] = ()
    most: Annotated[int, Meta(ge=0, le=AMOUNT_MAX)] = 0
    """So often it is claimed here; 0: as often as there are members."""

    def __post_init__(self) -> None:
        """Raises ValueError: a day that no calendar has, an end before the beginning, too much, nothing."""
        if date.fromisoformat(self.since) > date.fromisoformat(self.until):
            raise ValueError(f"{self.name} ends before it begins")
        if sum(one.count for one in self.pack) > _PACK_MAX:
            raise ValueError(f"{self.name}: more than {_PACK_MAX} coupons")
        check_count(self.vouchers, self.name)
        if not self.pack and not self.vouchers:
            raise ValueError(f"{self.name} gives nothing")


class PointsBasis(StrEnum):
    """When money earns points."""

    SPEND = "spend"
    RECHARGE = "recharge"  # and then no sale does


class Offline(Value, frozen=True, kw_only=True):
    """Fen that may be spent beyond what is held here while headquarters cannot be reached.

    The worst that it can cost: the least of F times the wallets and S, at each site that is cut off.
    """

    secure: PriceOrNothing = 100_00
    """F of a wallet at this site, where the card or code proved itself."""
    signed: PriceOrNothing = 30_00
    open: PriceOrNothing = 0
    """A number that anybody could have copied."""
    site: PriceOrNothing = 1_000_00
    """S: of all wallets together."""


class WithoutPin(Value, frozen=True, kw_only=True):
    """Fen that a wallet may spend on one business day without its PIN, all such spends together."""

    secure: PriceOrNothing = 200_00
    signed: PriceOrNothing = 50_00
    open: PriceOrNothing = 50_00


OFFLINE_ROW = "offline"
"""Key of the row of the data set `settings` that says, in the form of `Offline`, what headquarters allows."""

NOTHING_BEYOND = Offline(secure=0, signed=0, open=0, site=0)


def stricter(one: Offline, other: Offline) -> Offline:
    """Of each the lower."""
    return Offline(
        secure=min(one.secure, other.secure),
        signed=min(one.signed, other.signed),
        open=min(one.open, other.open),
        site=min(one.site, other.site),
    )


Reason = Annotated[str, Meta(pattern="^[^\\x00-\\x1f:]{1,40}\\Z")]
"""A word of the shop's; it stands in the name of an account."""


class Confirmed(StrEnum):
    """A payment outside, of which the attendant alone says that it arrived. They are counted by shift."""

    CODE = "code"  # the customer scanned the shop's own code
    CARD = "card"  # the bank's terminal, that nobody has wired to this one


Purpose = Annotated[str, Meta(pattern="^[^\\x00-\\x1f]{1,40}\\Z")]


class InvoiceAt(StrEnum):
    """When value on a card is invoiced; never both (product.md B19)."""

    RECHARGE = "recharge"
    USE = "use"


class JoinPin(StrEnum):
    """Whether a PIN is chosen while somebody joins at the counter."""

    NEVER = "never"
    OFFERED = "offered"
    REQUIRED = "required"


class CashReason(Value, frozen=True, kw_only=True):
    """Why cash is put into the drawer or taken out, and how much at once."""

    reason: Reason
    """`safe` and `bank` keep it the shop's; any other is an income or an expense of that name."""
    at_most: Price


class RefundReason(Value, frozen=True, kw_only=True):
    """Why goods come back."""

    reason: Reason
    spoiled: bool = False
    """They cannot be sold again."""


class NozzleHere(Value, frozen=True, kw_only=True):
    """One of a station that nobody has wired to this terminal."""

    number: Number
    grade: GradeName


CategoryName = Annotated[str, Meta(min_length=1, max_length=64)]
CycleDays = Annotated[int, Meta(ge=1, le=3_660)]


class Policy(Value, frozen=True, kw_only=True):
    points: tuple[PointsRate, ...] = STANDARD
    points_basis: PointsBasis = PointsBasis.SPEND
    """What fen points are given for: never both for one."""
    points_end: PointsEnd = PointsEnd()
    gifts: Annotated[tuple[Gift, ...], Meta(max_length=100)] = ()
    """What points are taken for, besides bills."""
    points_worth: PointsWorth = PointsWorth()
    tiers: Tiers = Tiers()
    cashback: CashbackRate = CashbackRate()
    card_kinds: Annotated[tuple[CardKind, ...], Meta(max_length=20)] = ()
    """What cards are for, by kind; of the first are those that were given none. None: every card for all."""
    recharge_ladder: tuple[Rung, ...] = ()
    recharge_campaigns: Annotated[tuple[RechargeCampaign, ...], Meta(max_length=50)] = ()
    campaigns: Annotated[tuple[Campaign, ...], Meta(max_length=50)] = ()
    """Coupons that members claim at the counter; of one code twice the first that runs counts."""
    recharge_by: Annotated[tuple[PaidBy, ...], Meta(min_length=1)] = (PaidBy.CASH,)
    """How money may come in for a recharge, in the order of the buttons."""
    transfer_from_company: Price = 5_000_00
    """What a company recharges from so much on comes by bank transfer alone (preset cn-prepaid)."""
    transfer_from_person: Price = 50_000_00
    """The same of a person (preset cn-prepaid)."""
    identity_from: Price = 10_000_00
    """A card without a name takes less than this at once: who buys more is known (preset cn-prepaid)."""
    recharge_at_most: Price = 5_000_00
    """Principal a member may hold after a recharge (preset cn-prepaid)."""
    unnamed_at_most: PriceOrNothing = 1_000_00
    """Principal an unnamed card may hold after a recharge (preset cn-prepaid)."""
    unnamed_valid_years: Annotated[int, Meta(ge=3, le=100)] = 3
    """An unnamed card that is handed out pays so long, never under 3 years (preset cn-prepaid)."""
    unnamed_rewards: bool = True
    """Whether unnamed cards earn points and recharge bonus."""
    card_stays: bool = False
    """Whether a card that pays or is recharged must lie on the reader until that is booked."""
    spend_order: SpendOrder = SpendOrder.BONUS_LAST
    cash_step: CashStep = 10
    """Cash drops what is below so many fen, as a printed discount; paid back it is rounded to the member."""
    confirmed: tuple[Confirmed, ...] = ()
    """How goods may be paid outside on the attendant's word."""
    join_pack: tuple[PackCoupon, ...] = ()
    join_vouchers: Annotated[tuple[PackVoucher, ...], Meta(max_length=10)] = ()
    """Cash vouchers that a newcomer gets beside it."""
    referral: Referral = Referral()
    """What whoever brings a member earns; nothing, unless it says for what."""
    shift_required: bool = False
    """Whether nothing is sold before somebody has counted the drawer; else a shift begins by itself."""
    paid_in: Annotated[tuple[CashReason, ...], Meta(min_length=1, max_length=8)] = (
        CashReason(reason="change", at_most=2_000_00),
        CashReason(reason="safe", at_most=5_000_00),
        CashReason(reason="other", at_most=200_00),
    )
    """Why cash may be put into the drawer."""
    paid_out: Annotated[tuple[CashReason, ...], Meta(min_length=1, max_length=8)] = (
        CashReason(reason="safe", at_most=50_000_00),
        CashReason(reason="bank", at_most=50_000_00),
        CashReason(reason="purchase", at_most=500_00),
        CashReason(reason="other", at_most=200_00),
    )
    drawer_reasons: Annotated[tuple[Reason, ...], Meta(min_length=1, max_length=8)] = (
        "change",
        "count",
        "other",
    )
    """Why the drawer may be opened without a sale."""
    denominations: Annotated[tuple[Price, ...], Meta(min_length=1, max_length=16)] = (
        100_00, 50_00, 20_00, 10_00, 5_00, 1_00, 50, 10,
    )  # fmt: skip
    """Notes and coins that are counted, largest first."""
    shift_by_pin: bool = False
    """Whether whoever opens a shift says by badge and PIN who they are; then nothing is sold before it."""
    coupon_anew_days: Annotated[int, Meta(ge=0, le=3650)] = 0
    """A coupon that a refund brings back over is given anew for so many days, that one too; 0: never."""
    points_anew_days: Annotated[int, Meta(ge=0, le=3650)] = 0
    """Points, cashback, vouchers that a refund brings back over are good for so many days more; 0: not."""
    refund_reasons: Annotated[tuple[RefundReason, ...], Meta(min_length=1, max_length=8)] = (
        RefundReason(reason="spoiled", spoiled=True),
        RefundReason(reason="wrong"),
        RefundReason(reason="unwanted"),
        RefundReason(reason="other"),
    )
    """Why goods may come back."""
    void_reasons: Annotated[tuple[Reason, ...], Meta(min_length=1, max_length=8)] = (
        "keyed_wrong",
        "left",
        "other",
    )
    """Why a transaction may be undone in its own shift."""
    cooling_off_days: Annotated[int, Meta(ge=0, le=3650)] = 7
    """So long after a recharge a member may have its principal back for no reason (preset cn-prepaid)."""
    second_person: tuple[Approved, ...] = ()
    """What a second person approves."""
    own_points: bool = False
    """Whether attendants earn points and coupons with what they sell themselves."""
    override_reasons: Annotated[tuple[Reason, ...], Meta(max_length=8)] = ("破损", "临期", "比价", "其他")
    """Why a person may take something off a line, as the receipt says it; none: nobody may."""
    overrides: tuple[Cap, ...] = CAPS
    """From which role on how much; somebody of it beside them asks for it."""
    commissions: Annotated[tuple[Rate, ...], Meta(max_length=500)] = ()
    """What whoever did a service earns with it."""
    permits: tuple[Permit, ...] = PERMITS
    """What is done alone from which role on, where somebody is shift lead or manager."""
    training: bool = True
    """Whether the counter can be used for training."""
    terms: str = "1"
    invoice_at: InvoiceAt = InvoiceAt.RECHARGE
    """A lot that has its invoice keeps it, whatever is said later."""
    trade: Trade = Trade.SHOP
    """Decides what newcomers are asked, where `join_fields` does not."""
    join_fields: Annotated[tuple[Asked, ...], Meta(max_length=len(Particular))] = ()
    """In the order of the questions, in the place of the trade's."""
    consents: Annotated[tuple[Purpose, ...], Meta(max_length=8)] = ("marketing", "partners")
    """What newcomers may agree to, each apart; `health` is asked by itself, before what it is about."""
    consent_version: str = "1"
    """Of the words by which they are asked."""
    consent_texts: Annotated[tuple[ConsentText, ...], Meta(max_length=100)] = ()
    """Those words, of this version and of earlier ones: slips say what somebody agreed to."""
    named_cards_identified: bool = True
    """Whether who gets a card in their name shows a document (preset cn-prepaid)."""
    retention: Retention = Retention()
    """How long what is known of members who do not come any more is kept, by kind."""
    records_days: Annotated[int, Meta(ge=0, le=36_500)] = LAW_DAYS
    """So long after somebody last paid for value their records are kept, whatever they ask; 0: not at all
    (preset cn-prepaid)."""
    services: bool | None = None
    """Whether what was done on a visit is written down; None: where the trade does so."""
    join_pin: JoinPin = JoinPin.OFFERED
    grades: tuple[Grade, ...] = ()
    companies: Annotated[tuple[Company, ...], Meta(max_length=500)] = ()
    """Whose vehicles fuel on their account."""
    nozzles: Annotated[tuple[NozzleHere, ...], Meta(max_length=99)] = ()
    """Whose totalisers are keyed with a shift, where no forecourt controller tells them."""
    postpay: bool = True
    """Whether a nozzle is released for what is paid afterwards; else value is held before."""
    phones_at_pumps: bool = True
    """Whether drivers show codes on their phones at the pumps; else they do so in the shop alone."""
    without_pin: WithoutPin = WithoutPin()
    offline: Offline = Offline()
    """Of a shop without headquarters; where there is one, no more than that allows either."""
    scale_labels: tuple[Layout, ...] = ()
    """How the shop's scales print; none: in-store codes are articles' own."""
    cycle_days: Annotated[dict[CategoryName, CycleDays], Meta(max_length=200)] = {}
    """By category: so many days a piece lasts of whatever has no `cycle_days` of its own."""
    keyed_article: Goods = Goods(sku="KEYED", name="商品", category="goods")
    """What an amount keyed without a barcode is booked as."""

    def __post_init__(self) -> None:
        """Raises ValueError.

        Words or a kind there twice, words of no version in force, too many vouchers, tiers out of reach.
        """
        check_companies(self.companies)
        if self.tiers.steps and self.tiers.by is TierBy.POINTS and not self._goods_earn:
            raise ValueError("tiers: by points, and policy.points gives none for goods: nobody reaches one")
        check_count(self.join_vouchers, "join_vouchers")
        if len({one.number for one in self.nozzles}) < len(self.nozzles):
            raise ValueError("nozzles: one number is there twice")
        if len({one.name for one in self.card_kinds}) < len(self.card_kinds):
            raise ValueError("card_kinds: one name is there twice")
        texts = [(one.purpose, one.version) for one in self.consent_texts]
        if len(set(texts)) < len(texts):
            raise ValueError("consent_texts: one purpose has the same version twice")
        for purpose, _ in texts:
            if (purpose, self.consent_version) not in texts:
                raise ValueError(
                    f"consent_texts: {purpose} lacks the words of version {self.consent_version}"
                )

    @property
    def _goods_earn(self) -> bool:
        """Bought or recharged, by the same rate."""
        return any(rate.family is Family.GOODS and rate.points for rate in self.points)

    def card_may(self, kind: str, use: CardUse) -> bool:
        """Whether a card of that kind is for it."""
        return may(self.card_kinds, kind, use)

    def grade(self, grade: str) -> Grade | None:
        """None: this station does not name it."""
        return next((one for one in self.grades if one.grade == grade), None)

    def measured(self, grade: str) -> Measured:
        """In what that grade is counted; one that is not named in litres."""
        return next((one.unit.measured for one in self.grades if one.grade == grade), Measured.CENTILITRE)

    @property
    def keeps_services(self) -> bool:
        """Whether what was done on a visit is written down."""
        return self.trade in SERVES if self.services is None else self.services

    @property
    def shift_first(self) -> bool:
        return self.shift_required or self.shift_by_pin
