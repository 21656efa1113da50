"""The people of the fleet: who carries which card, what they bought where, what they were told.

Everything here is what a person could know: what a receipt says, what a screen showed. The checks hold the
machines to it.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

from terminal.core.commands import (
    Booked,
    BookGrant,
    BookIntent,
    BookIssue,
    BookJoin,
    BookRecharge,
    BookRedeem,
    BookRefund,
    BookSale,
    ClockTrust,
    Command,
    CouponGrant,
    Grant,
    Occasion,
    Opens,
    PointsEarned,
    Private,
    Returned,
    SaleLine,
    Tender,
    TenderKind,
)
from terminal.core.ports import Clock, Ids
from terminal.core.rights import Floor
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId, EntryId, MemberId, ShiftId, SiteId, StaffId, TerminalId, WalletId

_PHONES = 14
"""So few that people join twice."""
_PRICES = (100, 4_500)
_REGULAR, _PAID = 0.75, 0.8
_NEWEST = 60
"""Of sales and coupons: what somebody still thinks of."""


@dataclass(frozen=True)
class Purse:
    wallet: WalletId
    card: CardId | None
    key: Credential
    member: MemberId | None = None


@dataclass(frozen=True)
class Bought:
    entry: EntryId
    site: SiteId
    wallet: WalletId
    due: int


@dataclass
class Town:
    dice: random.Random
    purses: list[Purse] = field(default_factory=list)
    bought: list[Bought] = field(default_factory=list)
    coupons: list[tuple[WalletId, str]] = field(default_factory=list)
    told: dict[EntryId, tuple[SiteId, Booked]] = field(default_factory=dict)
    """What was answered as booked, and where."""
    receipts: dict[str, EntryId] = field(default_factory=dict)
    doubled: list[str] = field(default_factory=list)
    """Numbers that two transactions were given."""
    counts: Counter[str] = field(default_factory=Counter)
    regulars: dict[SiteId, list[Purse]] = field(default_factory=dict)
    paid: dict[EntryId, bool] = field(default_factory=dict)
    """What became of payments by code, as the provider's list shows it."""

    def hears(self, site: SiteId, booked: Booked) -> None:
        """The screen says so: from here on it must be true for ever."""
        entry = booked.command.id
        self.told[entry] = site, booked
        self.counts[type(booked.command).__name__] += 1
        if booked.receipt_no and self.receipts.setdefault(booked.receipt_no, entry) != entry:
            self.doubled.append(booked.receipt_no)

    def somebody(self, at: SiteId) -> Purse:
        """Most go where they have been before."""
        regulars = self.regulars.get(at, [])
        return self.dice.choice(regulars if regulars and self.dice.random() < _REGULAR else self.purses)

    def was_served(self, at: SiteId, purse: Purse) -> None:
        if purse not in self.regulars.setdefault(at, []):
            self.regulars[at].append(purse)

    def has_bought(self, booked: Booked, site: SiteId, wallet: WalletId, due: int) -> None:
        self.bought.append(Bought(booked.command.id, site, wallet, due))

    def some_purchase(self) -> Bought | None:
        return self.dice.choice(self.bought[-_NEWEST:]) if self.bought else None

    def some_coupon(self) -> tuple[Purse, str] | None:
        if not self.coupons:
            return None
        wallet, coupon = self.dice.choice(self.coupons[-_NEWEST:])
        return next(purse for purse in self.purses if purse.wallet == wallet), coupon

    def pays(self, intent: EntryId) -> bool:
        """What the payer's bank has decided, once for ever."""
        return self.paid.setdefault(intent, self.dice.random() < _PAID)


class Till:
    """What the attendant of one machine keys in, as commands."""

    def __init__(self, town: Town, site: SiteId, clock: Clock, ids: Ids) -> None:
        self._town = town
        self._site = site
        self._clock = clock
        self._ids = ids
        self._dice = town.dice

    def new_id(self) -> EntryId:
        return EntryId(self._ids.new())

    def at(self) -> Occasion:
        return Occasion(
            terminal=TerminalId(f"{self._site}-1"),
            shift=ShiftId("fleet-1"),
            operator=StaffId("ST-0301"),
            business_day="2026-11-24",
            wall_ms=self._clock.wall_ms(),
            utc_offset_min=480,
            clock=ClockTrust.UNKNOWN,
            mono_ms=self._clock.mono_ms(),
            boot="fleet",
        )

    def issue(self) -> tuple[Command, Private, Purse]:
        key = Credential(medium=Medium.EM4100, number=f"{self._dice.getrandbits(40):010X}")
        purse = Purse(WalletId(self.new_id()), CardId(self.new_id()), key)
        command = BookIssue(id=self.new_id(), at=self.at(), opens=self._opens(purse, ()))
        return command, Private(credentials=(key,)), purse

    def join(self) -> tuple[Command, Private, Purse]:
        """With a welcome pack; perhaps the second time."""
        phone = f"190{self._dice.randrange(_PHONES):08d}"
        key = Credential(medium=Medium.PHONE, number=phone)
        purse = Purse(WalletId(self.new_id()), None, key, MemberId(self.new_id()))
        welcome = CouponGrant(coupon=self.new_id(), kind="welcome", face=300, threshold=0)
        command = BookJoin(id=self.new_id(), at=self.at(), opens=self._opens(purse, (welcome,)))
        private = Private(credentials=(key,), name="王小明", phone=phone, salt="00" * 16)
        return command, private, purse

    def _opens(self, purse: Purse, coupons: tuple[CouponGrant, ...]) -> Opens:
        return Opens(
            wallet=purse.wallet,
            member=purse.member,
            card=purse.card,
            commitment="ab" * 32 if purse.member else "",
            terms="1",
            channel="counter",
            recruiter=StaffId("ST-0301"),
            coupons=coupons,
        )

    def recharge(self, purse: Purse) -> Command:
        principal = self._dice.randrange(1_000, 15_000)
        return BookRecharge(
            id=self.new_id(),
            at=self.at(),
            wallet=purse.wallet,
            card=purse.card,
            principal=principal,
            bonus=principal // self._dice.choice((5, 10)),
            received=principal,
        )

    def price(self) -> int:
        return self._dice.randrange(*_PRICES)

    def sale(self, purse: Purse, due: int, floor: Floor | None, coupons: tuple[str, ...] = ()) -> Command:
        line = SaleLine(
            sku="A101", name="苹果", category="fruit", quantity=1, unit_price=due, gross=due, net=due
        )
        points = due // 100
        return BookSale(
            id=self.new_id(),
            at=self.at(),
            wallet=purse.wallet,
            card=None,
            lines=(line,),
            due=due,
            tenders=(Tender(kind=TenderKind.STORED, amount=due),),
            points=(PointsEarned(family="goods", points=points),) if points else (),
            coupons_used=coupons,
            floor=floor,
        )

    def refund(self, bought: Bought, net: int) -> Command:
        return BookRefund(
            id=self.new_id(),
            at=self.at(),
            of=bought.entry,
            returned=(Returned(line=0, net=net),),
            why="spoiled",
        )

    def coupon(self, purse: Purse) -> tuple[Command, str]:
        name = self.new_id()
        one = CouponGrant(coupon=name, kind="c3", face=300, threshold=0)
        return BookGrant(
            id=self.new_id(), at=self.at(), wallet=purse.wallet, why="autumn", coupons=(one,)
        ), name

    def uses(self, purse: Purse) -> Command:
        """Ten haircuts, given."""
        return BookGrant(
            id=self.new_id(),
            at=self.at(),
            wallet=purse.wallet,
            why="jubilee",
            grants=(Grant(unit="count:haircut", amount=10),),
        )

    def haircut(self, purse: Purse) -> Command:
        line = SaleLine(
            sku="H1", name="Haircut", category="hair", quantity=1, unit_price=3_000, gross=3_000, net=3_000
        )
        return BookSale(
            id=self.new_id(),
            at=self.at(),
            wallet=purse.wallet,
            card=None,
            lines=(line,),
            due=3_000,
            tenders=(Tender(kind=TenderKind.USES, amount=3_000, of="count:haircut", units=1),),
        )

    def redeem(self, purse: Purse, points: int) -> Command:
        return BookRedeem(
            id=self.new_id(),
            at=self.at(),
            wallet=purse.wallet,
            card=None,
            points=PointsEarned(family="goods", points=points),
            what="Mug",
            worth=points * 5,
        )

    def intent(self, purse: Purse) -> Command:
        """A payment by code is about to be asked for; its recharge will consume it."""
        return BookIntent(
            id=self.new_id(),
            at=self.at(),
            what="code_payment",
            amount=self._dice.randrange(500, 5_000),
            consumed_by=self.new_id(),
            wallet=purse.wallet,
        )
