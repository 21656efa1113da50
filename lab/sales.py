"""Sales of every way of paying, and how they are undone: a part of a shop's day from a seed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from lab.purses import Done, Purse, Staff
from lab.workload import Submission, Workload, line, opens
from terminal.core import commands as c
from terminal.core.trust import Credential, Medium
from terminal.core.values import EntryId, MemberId, ShiftId, WalletId

_FIRST_DAY = date(2026, 11, 24)
_FAR_TOO_MUCH = 10_000_000
_REFUNDED = frozenset({"cash", "code", "stored", "points", "cashback", "deposit", "fleet"})
"""Ways of paying whose sales are refunded in parts."""
_PARTLY = 0.5


class Sales(Workload):
    """With a memory of what each wallet surely holds, so that most of it is accepted."""

    COMPANY, PRESALE, WASH, DIESEL = "haulage", "presale:p1", "count:wash", "litres:0"
    LOCK = "litres:92@741"
    TRUCK = "truck-7"

    def __init__(self, seed: int | str) -> None:
        super().__init__(seed)
        self.staff = Staff(self._random)
        self.company = Purse(WalletId(""))
        self.intents: list[tuple[EntryId, EntryId, int]] = []
        """(intent, what consumes it, amount) of those that are open."""
        self.dead: list[tuple[EntryId, int]] = []
        """(id, amount) of bookings whose intent ended without them."""
        self.strangers: list[tuple[EntryId, int]] = []
        """Sales to people without a wallet that have no invoice yet, and what they paid."""
        self.in_drawer = 0
        """At least."""
        self._days = 0

    # What all kinds need.

    def books(
        self,
        kind: Callable[..., c.Command],
        purse: Purse | None,
        private: c.Private | None = None,
        /,
        **fields: object,
    ) -> Submission:
        if purse is not None:
            purse.moves += 1
        return kind(**{"id": EntryId(self.new_id()), "at": self.now(), **fields}), private

    def may_be_undone(self, purse: Purse | None, entry: EntryId | None = None) -> Done:
        """To be called before anything about the purse changes."""
        done = Done.of(entry or EntryId(self.new_id()), self.shift, purse)
        self.staff.done.append(done)
        return done

    def begins(self, wallet: WalletId, member: MemberId) -> c.Opens:
        return opens(wallet, member, None)

    def card_kind(self) -> str:
        """What a card is for; of most nobody says."""
        return self._random.choice(("", "", "fuel", "groceries"))

    def new_wallet(self) -> WalletId:
        return WalletId(self.new_id())

    def new_key(self) -> Credential:
        return Credential(medium=Medium.EM4100, number=f"{self._random.getrandbits(40):010X}")

    def new_coupon(self, purse: Purse) -> c.CouponGrant:
        coupon = c.CouponGrant(coupon=self.new_id(), kind="c3", face=300, threshold=1000)
        purse.coupons.append(coupon.coupon)
        return coupon

    def somebody_new(self) -> c.Private:
        phone = f"1900{self._random.randrange(10**7):07d}"
        name, initials = self._random.choice((("王小明", "WXM"), ("李雷", "LL"), ("Ann", "A")))
        key = Credential(medium=Medium.PHONE, number=phone)
        salt = f"{self._random.getrandbits(128):032x}"
        return c.Private(credentials=(key,), name=name, initials=initials, phone=phone, salt=salt)

    def day(self, further: int = 0) -> str:
        return (_FIRST_DAY + timedelta(days=self._days + further)).isoformat()

    def next_day(self) -> None:
        self._days += 1

    @property
    def shift(self) -> str:
        return f"{self.day()}-1"

    def now(self) -> c.Occasion:
        return self.occasion(ShiftId(self.shift), self.day())

    # Sales.

    def sells(
        self,
        purse: Purse | None,
        *tenders: c.Tender,
        lines: tuple[c.SaleLine, ...] = (),
        entry: EntryId | None = None,
        **more: object,
    ) -> Submission:
        """Goods of two kinds unless said otherwise; call `may_be_undone` before, with that `entry`."""
        due = sum(tender.amount for tender in tenders)
        tea = due // 3 + 1
        lines = lines or (line("B207", "乌龙茶", "drinks", tea), line("A101", "苹果", "fruit", due - tea))
        fields = {
            "id": entry or EntryId(self.new_id()),
            "wallet": purse.wallet if purse else None,
            "card": purse.pays_with() if purse else None,
            "lines": tuple(one for one in lines if one.gross),
            "due": due,
            "tenders": tenders,
            "received": sum(tender.amount for tender in tenders if tender.kind is c.TenderKind.CASH),
        }
        command, _ = self.books(c.BookSale, purse, **{**fields, **more})
        if (done := self._last_done(command.id)) is not None and isinstance(command, c.BookSale):
            done.remembers(command, in_parts={tender.kind for tender in tenders} <= _REFUNDED)
        return command, None

    def _last_done(self, entry: EntryId) -> Done | None:
        last = self.staff.done[-1] if self.staff.done else None
        return last if last is not None and last.entry == entry else None

    def sale_to_a_stranger(self) -> Submission:
        done, amount = self.may_be_undone(None), self._random.randint(100, 9000)
        self.strangers.append((done.entry, amount))
        return self.sells(None, cash(amount), entry=done.entry)

    def sale_from_the_card(self) -> Submission | None:
        if (purse := self.staff.customer(lambda purse: purse.money)) is None:
            return None
        done, amount = self.may_be_undone(purse), self._random.randint(1, purse.money)
        more = self._random.choice((0, 200))
        purse.money -= amount
        purse.points += 7
        purse.cashback += 90
        return self.sells(
            purse,
            c.Tender(kind=c.TenderKind.STORED, amount=amount),
            *([cash(more)] if more else []),
            entry=done.entry,
            points=(c.PointsEarned(family="goods", points=7),),
            cashback=c.Cashback(amount=90, since=self.day()),
            spend_order=self._random.choice(list(c.SpendOrder)),
        )

    def sale_with_a_coupon(self) -> Submission | None:
        if (purse := self.staff.customer(lambda purse: purse.coupons)) is None:
            return None
        done, used = self.may_be_undone(purse), purse.coupons.pop()
        off = c.Discount(name="c3", amount=300)
        sold = line("C300", "Bread", "bakery", 1700, discounts=(off,), net=1400, tax_bp=900)
        return self.sells(purse, cash(1400), lines=(sold,), entry=done.entry, coupons_used=(used,))

    def sale_that_joins(self) -> Submission:
        command, private = self.join()
        if isinstance(command, c.BookSale) and command.opens is not None:
            self.staff.purses.append(Purse(command.opens.wallet, command.opens.member, moves=1))
        return command, private

    def sale_for_points(self) -> Submission | None:
        return self._spent("points", c.TenderKind.POINTS, "goods", in_units=True)

    def uses_used(self) -> Submission | None:
        return self._spent("uses", c.TenderKind.USES, self.WASH, in_units=True)

    def sale_for_cashback(self) -> Submission | None:
        return self._spent("cashback", c.TenderKind.CASHBACK)

    def sale_for_what_was_left(self) -> Submission | None:
        return self._spent("left", c.TenderKind.DEPOSIT, self.PRESALE)

    def _spent(
        self, what: str, kind: c.TenderKind, of: str = "", *, in_units: bool = False
    ) -> Submission | None:
        if (purse := self.staff.customer(lambda purse: getattr(purse, what))) is None:
            return None
        done, part = self.may_be_undone(purse), self._random.randint(1, getattr(purse, what))
        setattr(purse, what, getattr(purse, what) - part)
        worth, units = (part * 10, part) if in_units else (part, 0)
        return self.sells(purse, c.Tender(kind=kind, amount=worth, of=of, units=units), entry=done.entry)

    def uses_sold(self) -> Submission | None:
        return self._put_on_the_wallet(self.WASH, 10, "uses")

    def litres_sold(self) -> Submission | None:
        return self._put_on_the_wallet(self.DIESEL, 1700, "litres")

    def locked_sold(self) -> Submission | None:
        return self._put_on_the_wallet(self.LOCK, 2600, "locked")

    def locked_used(self) -> Submission | None:
        """Fuel at the price that was locked: its litres pay nothing, they only let it be sold so."""
        if (purse := self.staff.customer(lambda purse: purse.locked)) is None:
            return None
        done, litres = self.may_be_undone(purse), self._random.randint(1, purse.locked)
        purse.locked -= litres
        due = max(1, litres * 741 // 100)
        sold = line(
            "92", "92#", "petrol", due, quantity=litres, measured=c.Measured.CENTILITRE, unit_price=741
        )
        used = (c.Locked(place=0, unit=self.LOCK, litres=litres),)
        return self.sells(purse, cash(due), lines=(sold,), entry=done.entry, locked=used)

    def sale_that_gives_a_voucher(self) -> Submission | None:
        if (purse := self.staff.customer()) is None:
            return None
        done, amount, voucher = self.may_be_undone(purse), self._random.randint(3000, 9000), self.new_id()
        purse.vouchers.append((voucher, 700))
        given = (c.Grant(unit=f"voucher:{voucher}", amount=700, until=self.day(30)),)
        return self.sells(purse, cash(amount), entry=done.entry, vouchers=given)

    def voucher_sold(self) -> Submission | None:
        return self._put_on_the_wallet(f"voucher:{self.new_id()}", 2000, "")

    def _put_on_the_wallet(self, unit: str, amount: int, counted: str) -> Submission | None:
        if (purse := self.staff.customer()) is None:
            return None
        done = self.may_be_undone(purse)
        if counted:
            setattr(purse, counted, getattr(purse, counted) + amount)
        else:
            purse.vouchers.append((unit.partition(":")[2], amount))
        sold = line("S1", "洗车", "services", 1900, sells=c.Sells(unit=unit, amount=amount))
        paid = c.Tender(kind=c.TenderKind.CODE, amount=1900)
        return self.sells(purse, paid, lines=(sold,), entry=done.entry)

    def voucher_used(self) -> Submission | None:
        if (purse := self.staff.customer(lambda purse: purse.vouchers)) is None:
            return None
        done, (of, amount) = self.may_be_undone(purse), purse.vouchers.pop()
        paid = c.Tender(kind=c.TenderKind.VOUCHER, amount=amount - 100, of=of)
        return self.sells(purse, paid, cash(500), entry=done.entry)

    def sale_to_a_company(self) -> Submission | None:
        if not self.company.money:
            return None
        done, amount = self.may_be_undone(self.company), self._random.randint(1, self.company.money)
        self.company.money -= amount
        self.company.moves += 1
        fleet = c.FleetCard(card=self.TRUCK, litres=amount // 7)
        paid = c.Tender(kind=c.TenderKind.FLEET, amount=amount, of=self.COMPANY, fleet=fleet)
        return self.sells(None, paid, entry=done.entry)

    def holder(self) -> Purse | None:
        """Somebody of whose value something is on hold, or the company."""
        purse = self.staff.customer(lambda purse: purse.holds)
        return self._random.choice([one for one in (purse, self.company) if one and one.holds] or [None])

    def sale_for_what_is_held(self) -> Submission | None:
        if (purse := self.holder()) is None:
            return None
        hold, amount, what, coupon = purse.holds.pop()
        paid = self._random.randint(1, amount)
        setattr(purse, what, getattr(purse, what) + amount - paid)
        units = paid if what == "litres" else 0
        tender = c.Tender(kind=c.TenderKind.HELD, amount=paid, of=hold, units=units)
        if purse is self.company:
            purse.moves += 1
        used = (coupon,) if coupon and paid % 2 else ()  # Else it goes back.
        purse.coupons += [coupon] if coupon and not used else []
        return self.sells(None if purse is self.company else purse, tender, coupons_used=used)

    def sale_that_was_intended(self) -> Submission | None:
        if not self.intents:
            return None
        _, entry, amount = self.intents.pop(0)
        purse = self.staff.customer()
        self.may_be_undone(purse, entry)
        return self.sells(purse, c.Tender(kind=c.TenderKind.CODE, amount=amount), entry=entry)

    def sale_after_its_intent(self) -> Submission | None:
        """Refused: its intent had ended."""
        if not self.dead:
            return None
        entry, amount = self.dead.pop()
        return self.sells(None, c.Tender(kind=c.TenderKind.CODE, amount=amount), entry=entry)

    def sale_of_too_much(self) -> Submission | None:
        """Refused."""
        if (purse := self.staff.customer()) is None:
            return None
        paid = c.Tender(kind=c.TenderKind.STORED, amount=_FAR_TOO_MUCH)
        purse.moves -= 1
        return self.sells(purse, paid)

    # Undone.

    def void(self) -> Submission | None:
        return self._undo(c.BookVoid, self.shift)

    def reversal(self) -> Submission | None:
        return self._undo(c.BookReversal, None)

    def _undo(self, kind: Callable[..., c.Command], shift: str | None) -> Submission | None:
        if (done := self.staff.undoable(shift)) is None:
            return None
        done.forget()
        self.in_drawer = 0
        return self.books(kind, None, of=done.entry, why="keyed twice")

    def refund(self) -> Submission | None:
        if (done := self.staff.refundable()) is None:
            return None
        place = self._random.choice([place for place, rest in enumerate(done.rest) if rest])
        whole = self._random.random() >= _PARTLY
        net = done.rest[place] if whole else self._random.randint(1, done.rest[place])
        done.rest[place] -= net
        self.in_drawer = 0
        if done.purse is not None:
            done.purse.points = max(0, done.purse.points - 7)
            done.purse.cashback = max(0, done.purse.cashback - 90)
            done.purse.vouchers = [one for one in done.purse.vouchers if one[0] not in done.gave]
        returned = (c.Returned(line=place, net=net),)
        return self.books(c.BookRefund, done.purse, of=done.entry, returned=returned, why="not fresh")


def cash(amount: int) -> c.Tender:
    return c.Tender(kind=c.TenderKind.CASH, amount=amount)
