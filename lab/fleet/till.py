"""What the attendant of one machine keys in, as commands."""

from __future__ import annotations

from msgspec.structs import replace

from lab.fleet.town import DAY_LIMITS, STEPS, Bought, Kept, Purse, Town
from terminal.core.commands import (
    BookCardState,
    BookExpiry,
    BookFleetFunds,
    BookGrant,
    BookHold,
    BookIntent,
    BookIssue,
    BookJoin,
    BookProfile,
    BookRecharge,
    BookRedeem,
    BookRefund,
    BookRelease,
    BookSale,
    BookTier,
    BookTransfer,
    CardState,
    Claim,
    Command,
    CouponGrant,
    FleetCard,
    Grant,
    Had,
    Occasion,
    Opens,
    PaidBy,
    PointsEarned,
    Private,
    Returned,
    Reward,
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
_DAY, _DAY_BEFORE = "2026-11-24", "2026-11-23"
_A_LITRE, _CARDS, _NAMED = 750, 3, 0.7
_BROUGHT, _GIFTS = 0.6, 0.3
_TEA, _OVER, _CLAIMED = 0.3, 0.2, 0.5
TEA = Had(what="tea", period=_DAY[: len("2026-11")], name="tea", count=1, most=2)
"""Twice a month, wherever they buy."""
REWARD = Reward(points=40, further=10, a_day=150, a_month=150, always=True)
"""Whoever brought a member, for each of its sales; sometimes a coupon in its place."""


class Till:
    """Of one machine."""

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
            business_day=_DAY,
            wall_ms=self._clock.wall_ms(),
            utc_offset_min=480,
            clock=self._clock.trust,
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
        by = self._town.some_member(self._site) if self._dice.random() < _BROUGHT else None
        opens = replace(self._opens(purse, (welcome,)), introduced_by=by.wallet if by else None)
        command = BookJoin(id=self.new_id(), at=self.at(), opens=opens)
        return command, self._private(key), purse

    def profile(self, purse: Purse) -> tuple[Command, Private]:
        """A name was corrected."""
        command = BookProfile(id=self.new_id(), at=self.at(), wallet=purse.wallet, commitment="cd" * 32)
        return command, self._private(purse.key)

    def _private(self, phone: Credential) -> Private:
        name = f"王{self._dice.randrange(10**6):06d}"
        return Private(credentials=(phone,), name=name, phone=phone.number, salt="00" * 16)

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

    def sale(
        self,
        purse: Purse,
        due: int,
        floor: Floor | None,
        coupons: tuple[str, ...] = (),
        vouchers: tuple[Grant, ...] = (),
    ) -> Command:
        line = SaleLine(
            sku="A101", name="苹果", category="fruit", quantity=1, unit_price=due, gross=due, net=due
        )
        points = due // 100
        earned = (PointsEarned(family="goods", points=points),) if points else ()
        return BookSale(
            id=self.new_id(),
            at=self.at(),
            wallet=purse.wallet,
            card=None,
            lines=(line,),
            due=due,
            tenders=(Tender(kind=TenderKind.STORED, amount=due),),
            points=(*earned, *STEPS.counting((), due, _DAY)),
            coupons_used=coupons,
            vouchers=vouchers,
            floor=floor,
            reward=self._reward() if purse.member is not None else None,
            had=(TEA,) if purse.member is not None and self._dice.random() < _TEA else (),
        )

    def _reward(self) -> Reward:
        if self._dice.random() >= _GIFTS:
            return REWARD
        gift = CouponGrant(coupon=self.new_id(), kind="thanks", face=200, threshold=0)
        return replace(REWARD, further=0, gift=gift)

    def refund(self, bought: Bought, net: int) -> Command:
        return BookRefund(
            id=self.new_id(),
            at=self.at(),
            of=bought.entry,
            returned=(Returned(line=0, net=net),),
            why="spoiled",
        )

    def coupon(self, purse: Purse) -> tuple[Command, CouponGrant]:
        """Some are over before they come; some a member claims, once in all."""
        until = _DAY_BEFORE if self._dice.random() < _OVER else ""
        one = CouponGrant(coupon=self.new_id(), kind="c3", face=300, threshold=0, until=until)
        claims = purse.member is not None and self._dice.random() < _CLAIMED
        given = BookGrant(
            id=self.new_id(),
            at=self.at(),
            wallet=purse.wallet,
            why="autumn",
            coupons=(one,),
            claim=Claim(code="AUTUMN26") if claims else None,
        )
        return given, one

    def expiry(self, purse: Purse) -> Command:
        return BookExpiry(id=self.new_id(), at=self.at(), wallet=purse.wallet, unit="coupon")

    def given(self, purse: Purse, unit: str, amount: int) -> Command:
        """Uses, litres, cashback or a voucher, for nothing."""
        return BookGrant(
            id=self.new_id(),
            at=self.at(),
            wallet=purse.wallet,
            why="jubilee",
            grants=(Grant(unit=unit, amount=amount),),
        )

    def paid_with(self, purse: Purse | None, tender: Tender) -> Command:
        """A sale that one tender pays whole."""
        due = tender.amount
        line = SaleLine(
            sku="B201", name="服务", category="service", quantity=1, unit_price=due, gross=due, net=due
        )
        return BookSale(
            id=self.new_id(),
            at=self.at(),
            wallet=purse.wallet if purse else None,
            card=None,
            lines=(line,),
            due=due,
            tenders=(tender,),
        )

    def uses(self, purse: Purse, unit: str, units: int) -> Command:
        return self.paid_with(purse, Tender(kind=TenderKind.USES, amount=3_000, of=unit, units=units))

    def fuel_on_credit(self, company: str, due: int) -> Command:
        """Mostly by a card of the company, which has limits of the day."""
        card = None
        if self._dice.random() < _NAMED:
            name, litres = f"truck-{self._dice.randrange(_CARDS)}", due * 100 // _A_LITRE
            card = FleetCard(card=name, litres=litres, limits=DAY_LIMITS)
        return self.paid_with(None, Tender(kind=TenderKind.FLEET, amount=due, of=company, fleet=card))

    def fleet_funds(self, company: str) -> Command:
        """Half of them pay ahead, half are given credit."""
        amount = self._dice.randrange(5_000, 60_000)
        paid_by = PaidBy.TRANSFER if self._dice.random() < 0.5 else None  # noqa: PLR2004
        return BookFleetFunds(id=self.new_id(), at=self.at(), company=company, amount=amount, paid_by=paid_by)

    def hold(self, purse: Purse, amount: int, coupon: str) -> Command:
        """Before the nozzle is released."""
        return BookHold(
            id=self.new_id(),
            at=self.at(),
            wallet=purse.wallet,
            card=None,
            amount=amount,
            for_what="pump:3",
            coupon=coupon,
        )

    def filled(self, kept: Kept, due: int, *, takes: bool) -> Command:
        """What was set aside and did not flow goes back, and the coupon unless it takes something off."""
        sale = self.paid_with(kept.purse, Tender(kind=TenderKind.HELD, amount=due, of=kept.hold))
        used = (kept.coupon,) if kept.coupon and takes else ()
        return replace(sale, coupons_used=used) if isinstance(sale, BookSale) else sale

    def release(self, kept: Kept) -> Command:
        return BookRelease(id=self.new_id(), at=self.at(), hold=kept.hold)

    def transfer(self, purse: Purse) -> tuple[BookTransfer, Private, Purse]:
        """All of it to somebody who is nobody's member yet, or is; cards are not handed over."""
        key = Credential(medium=Medium.PHONE, number=f"191{self._dice.getrandbits(26):08d}")
        theirs = Purse(purse.wallet, None, key, MemberId(self.new_id()))
        command = BookTransfer(
            id=self.new_id(),
            at=self.at(),
            wallet=purse.wallet,
            card=None,
            to=theirs.member or MemberId(""),
            commitment="ef" * 32,
            terms="1",
        )
        return command, self._private(key), theirs

    def tier(self, purse: Purse, tier: str) -> Command:
        return BookTier(id=self.new_id(), at=self.at(), wallet=purse.wallet, tier=tier, why="turnover")

    def card_state(self, card: CardId, state: CardState) -> Command:
        return BookCardState(id=self.new_id(), at=self.at(), card=card, state=state)

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
