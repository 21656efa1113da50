"""A shop's day in which every kind of transaction happens, from a seed; a few of them are refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from lab.directions import Directions
from lab.purses import Purse
from lab.workload import Submission
from terminal.core import commands as c
from terminal.core.services import Written, text_of
from terminal.core.values import CardId, EntryId, MemberId, StaffId

_GUESTS = 0.6
_KEPT = 0.4
_DIES = 0.5
_CASH_BACK_MAX = 10_000


class EveryKind(Directions):
    """Deterministic. Deals its kinds like a deck of cards, so that a day has nearly all of them."""

    def __init__(self, seed: int | str) -> None:
        super().__init__(seed)
        self._deck: list[Callable[[EveryKind], Submission | None]] = []
        self._must: list[Submission] = []
        self._over: list[EntryId] = []
        """Holds that were released."""

    def submissions(self, count: int) -> Iterator[Submission]:
        for _ in range(count):
            yield self._must.pop() if self._must else self._dealt()

    def _dealt(self) -> Submission:
        """The first card that can be played now; the others stay for later."""
        while True:
            for place, card in enumerate(self._deck):
                if (played := card(self)) is not None:
                    del self._deck[place]
                    return played
            self._deck += self._random.sample(_DECK, len(_DECK))

    # Cards and the people behind them.

    def issues(self) -> Submission:
        command, private = self.issue()
        if isinstance(command, c.BookIssue):
            command = replace(command, opens=replace(command.opens, kind=self.card_kind()))
        wallet, card = self.cards[-1]
        self.staff.purses.append(Purse(wallet, card=card))
        return command, private

    def joins(self) -> Submission:
        wallet, member = self.new_wallet(), MemberId(self.new_id())
        guest = self._random.random() < _GUESTS
        self.staff.purses.append(Purse(wallet, member, guest=guest))
        begins = self.begins(wallet, member)
        return self.books(c.BookJoin, None, self.somebody_new(), opens=begins)

    def guest(self) -> Submission:
        """A member of another shop stands here for the first time."""
        return self.books(c.BookGuest, None, wallet=self.new_wallet(), tier="gold")

    def card(self) -> Submission | None:
        if (purse := self.staff.anybody()) is None:
            return None
        old, purse.card, purse.active = purse.card, CardId(self.new_id()), True
        fields = {"wallet": purse.wallet, "card": purse.card, "replaces": old, "kind": self.card_kind()}
        return self.books(c.BookCard, purse, c.Private(credentials=(self.new_key(),)), **fields)

    def card_state(self) -> Submission | None:
        if (purse := self.staff.anybody(lambda purse: purse.card)) is None:
            return None
        states = [c.CardState.FROZEN, c.CardState.EXPIRED]
        if purse.member:
            states.append(c.CardState.LOST)
        state = self._random.choice(states) if purse.active else c.CardState.ACTIVE
        purse.active = state is c.CardState.ACTIVE
        return self.books(c.BookCardState, purse, card=purse.card, state=state)

    def transfer(self) -> Submission | None:
        if (purse := self.staff.customer(lambda purse: purse.member)) is None:
            return None
        purse.member, purse.kept = MemberId(self.new_id()), False
        cancels, purse.card = (purse.card,) if purse.card else (), None
        fields = {"wallet": purse.wallet, "card": None, "to": purse.member, "terms": "1", "cancels": cancels}
        return self.books(c.BookTransfer, purse, self.somebody_new(), commitment="cd" * 32, **fields)

    def tier(self) -> Submission | None:
        tier = self._random.choice(("silver", "gold", "regular"))
        fell_from = "gold" if tier == "regular" else ""
        return self._about_somebody(c.BookTier, tier=tier, why="12 months", fell_from=fell_from)

    def pin(self) -> Submission | None:
        return self._about_somebody(c.BookPin, c.Private(pin=f"v1:{self._random.getrandbits(64):016x}"))

    def consent(self) -> Submission | None:
        given = self._random.choice((True, False))
        return self._about_somebody(c.BookConsent, purpose="marketing", version="2", given=given)

    def _about_somebody(
        self, kind: Callable[..., c.Command], private: c.Private | None = None, **fields: object
    ) -> Submission | None:
        purse = self.staff.anybody()
        return self.books(kind, purse, private, wallet=purse.wallet, **fields) if purse else None

    def profile(self) -> Submission | None:
        if (purse := self.staff.anybody(lambda purse: purse.member)) is None:
            return None
        return self.books(
            c.BookProfile, purse, self.somebody_new(), wallet=purse.wallet, commitment="ef" * 32
        )

    def service(self) -> Submission | None:
        """What was done is written down, or nothing of it is kept any more."""
        if (purse := self.staff.anybody(lambda purse: purse.member)) is None:
            return None
        if self._random.random() < _KEPT:
            return self.books(c.BookService, purse, wallet=purse.wallet, ends=True)
        written = Written(day=self.day(0), done=("剪发",), by=StaffId("E01"))
        private = c.Private(service=text_of(written), remark="敏感")
        return self.books(c.BookService, purse, private, wallet=purse.wallet, commitment="ab" * 32)

    def erasure(self) -> Submission | None:
        purse = self.staff.anybody(lambda purse: purse.guest and not purse.kept)
        if purse is None:
            return None
        self.staff.purses.remove(purse)
        return self.books(c.BookErasure, purse, wallet=purse.wallet, member=purse.member)

    def erasure_too_soon(self) -> Submission | None:
        """Records are kept: refused."""
        if (purse := self.staff.anybody(lambda purse: purse.guest and purse.kept)) is None:
            return None
        return self.books(c.BookErasure, None, wallet=purse.wallet, member=purse.member)

    def legal_hold(self) -> Submission | None:
        if (purse := self.staff.anybody(lambda purse: purse.member)) is None:
            return None
        purse.kept = self._random.random() < _KEPT
        until = self.day(30) if purse.kept else ""
        return self.books(c.BookLegalHold, purse, member=purse.member, until=until, why="a dispute")

    def note(self) -> Submission:
        return self.books(c.BookNote, None, what="drawer", detail="opened without a sale")

    # Value.

    def recharges(self) -> Submission | None:
        if (purse := self.staff.customer()) is None:
            return None
        principal = self._random.choice((5000, 10_000, 30_000))
        bonus = self._random.choice((0, principal // 10))
        done = self.may_be_undone(purse)
        command, private = self.books(
            c.BookRecharge,
            purse,
            id=done.entry,
            wallet=purse.wallet,
            card=purse.pays_with(),
            principal=principal,
            bonus=bonus,
            received=principal,
            paid_by=self._random.choice(list(c.PaidBy)),
        )
        purse.money += principal + bonus
        purse.lots.append((command.id, principal + bonus))
        purse.bills.append(command.id)
        return command, private

    def recharge_refund(self) -> Submission | None:
        if (purse := self.staff.customer(lambda purse: purse.lots)) is None:
            return None
        lot, value = purse.lots.pop(self._random.randrange(len(purse.lots)))
        purse.money = max(0, purse.money - value)
        in_cash = value <= _CASH_BACK_MAX and self._random.choice((True, False))
        self.in_drawer = 0 if in_cash else self.in_drawer
        reason = self._random.choice(list(c.RechargeRefundReason))
        fields = {"wallet": purse.wallet, "lot": lot, "reason": reason, "in_cash": in_cash}
        if reason is c.RechargeRefundReason.MEMBER:
            fields["listed"] = self._random.choice((0, value))  # Nothing was taken with it, or all of it.
        return self.books(c.BookRechargeRefund, purse, **fields)

    def invoice(self) -> Submission | None:
        if (purse := self.staff.customer(lambda purse: purse.bills)) is None:
            return None
        number = f"INV-{self._random.randrange(10**8):08d}"
        purse.invoices.append((purse.bills[-1], number))
        return self.books(c.BookInvoice, purse, wallet=purse.wallet, lot=purse.bills.pop(), number=number)

    def red_letter(self) -> Submission | None:
        if (purse := self.staff.customer(lambda purse: purse.invoices)) is None:
            return None
        lot, red = purse.invoices.pop()
        number = f"RED-{self._random.randrange(10**8):08d}"
        return self.books(c.BookInvoice, purse, wallet=purse.wallet, lot=lot, number=number, red=red)

    def invoice_of_a_sale(self) -> Submission | None:
        """To a stranger who paid cash; refused where the sale was undone, or came back in part."""
        if not self.strangers:
            return None
        sale, amount = self.strangers.pop()
        number = f"INV-{self._random.randrange(10**8):08d}"
        return self.books(c.BookInvoice, None, wallet=None, lot=sale, number=number, amount=amount)

    def grant(self) -> Submission | None:
        if (purse := self.staff.customer()) is None:
            return None
        unit, name, amount = self._random.choice(
            (
                ("bonus", "money", 500),
                ("cashback", "cashback", 300),
                ("points:goods", "points", 40),
                (self.WASH, "uses", 5),
            )
        )
        done = self.may_be_undone(purse)
        setattr(purse, name, getattr(purse, name) + amount)
        coupon = self.new_coupon(purse)
        grants = (c.Grant(unit=unit, amount=amount),)
        fields = {"wallet": purse.wallet, "why": "birthday", "grants": grants, "coupons": (coupon,)}
        return self.books(c.BookGrant, purse, id=done.entry, **fields)

    def grant_that_ends(self) -> Submission | None:
        if (purse := self.staff.customer()) is None:
            return None
        unit = self._random.choice(("points:diesel", f"voucher:{self.new_id()}", "coupon"))
        purse.ending.append((unit, self.day()))
        if unit == "coupon":
            coupon = c.CouponGrant(coupon=self.new_id(), kind="c3", face=300, threshold=0, until=self.day())
            return self.books(c.BookGrant, purse, wallet=purse.wallet, why="today only", coupons=(coupon,))
        grants = (c.Grant(unit=unit, amount=700, until=self.day()),)
        return self.books(c.BookGrant, purse, wallet=purse.wallet, why="today only", grants=grants)

    def expiry(self) -> Submission | None:
        def over(purse: Purse) -> list[tuple[str, str]]:
            return [one for one in purse.ending if one[1] < self.day()]

        if (purse := self.staff.customer(over)) is None:
            return None
        unit = self._random.choice(over(purse))[0]
        purse.ending = [one for one in purse.ending if one[0] != unit or one[1] >= self.day()]
        return self.books(c.BookExpiry, purse, wallet=purse.wallet, unit=unit)

    def withdrawal(self) -> Submission | None:
        if (purse := self.staff.customer(lambda purse: purse.coupons)) is None:
            return None
        return self.books(c.BookWithdrawal, purse, coupon=purse.coupons.pop(), why="printed twice")

    def redeem(self) -> Submission | None:
        if (purse := self.staff.customer(lambda purse: purse.points)) is None:
            return None
        done = self.may_be_undone(purse)
        taken = self._random.randint(1, purse.points)
        purse.points -= taken
        points = c.PointsEarned(family="goods", points=taken)
        what, worth = self._random.choice((("a mug", 900), ("", 0)))
        if what:
            purse.mugs.append((done.entry, taken))
        coupons = () if what else (self.new_coupon(purse),)
        fields = {"wallet": purse.wallet, "card": purse.pays_with(), "points": points}
        return self.books(
            c.BookRedeem, purse, id=done.entry, what=what, worth=worth, coupons=coupons, **fields
        )

    def mug_back(self) -> Submission | None:
        """Refused where it was undone at once."""
        if (purse := self.staff.customer(lambda purse: purse.mugs)) is None:
            return None
        redeemed, points = purse.mugs.pop()
        purse.points += points
        return self.books(c.BookRefund, purse, of=redeemed, returned=(), why="broken")

    def gift_with_a_sale(self) -> Submission | None:
        """To whoever recommended the customer, say."""
        sale = self.staff.refundable()
        if sale is None or (purse := self.staff.customer()) is None:
            return None
        grants = (c.Grant(unit="points:petrol", amount=30), c.Grant(unit="bonus", amount=100))
        fields = {"wallet": purse.wallet, "why": "friend", "with_entry": sale.entry, "grants": grants}
        return self.books(c.BookGrant, purse, **fields)

    def hold(self) -> Submission | None:
        purse = self.staff.customer(lambda purse: purse.money or purse.litres)
        if purse is None:
            return None
        what = self._random.choice([name for name in ("money", "litres") if getattr(purse, name)])
        unit = self.DIESEL if what == "litres" else ""
        fields: dict[str, object] = {"wallet": purse.wallet, "card": purse.pays_with(), "unit": unit}
        return self._held(purse, what, fields)

    def hold_for_a_company(self) -> Submission | None:
        fleet = c.FleetCard(card=self.TRUCK)
        fields: dict[str, object] = {"wallet": None, "card": None, "company": self.COMPANY, "fleet": fleet}
        return self._held(self.company, "money", fields) if self.company.money else None

    def _held(self, purse: Purse, what: str, fields: dict[str, object]) -> Submission:
        amount = self._random.randint(1, getattr(purse, what))
        setattr(purse, what, getattr(purse, what) - amount)
        coupon = purse.coupons.pop() if what == "money" and purse.coupons else ""
        fields |= {"for_what": "pump:3", "coupon": coupon, "kind": self.card_kind()}
        command, private = self.books(c.BookHold, purse, amount=amount, **fields)
        purse.holds.append((command.id, amount, what, coupon))
        return command, private

    def release(self) -> Submission | None:
        if (purse := self.holder()) is None:
            return None
        hold, amount, what, coupon = purse.holds.pop()
        setattr(purse, what, getattr(purse, what) + amount)
        purse.coupons += [coupon] if coupon else []
        self._over.append(hold)
        return self.books(c.BookRelease, purse, hold=hold)

    def release_twice(self) -> Submission | None:
        """Refused."""
        return self.books(c.BookRelease, None, hold=self._over.pop()) if self._over else None

    def deposit(self) -> Submission | None:
        if (purse := self.staff.customer()) is None:
            return None
        done, amount = self.may_be_undone(purse), self._random.randint(1000, 9000)
        purse.left += amount
        purse.deposits.append((done.entry, amount))
        fields = {"of": self.PRESALE, "amount": amount, "received": amount, "card": purse.pays_with()}
        return self.books(c.BookDeposit, purse, id=done.entry, wallet=purse.wallet, **fields)

    def deposit_back(self) -> Submission | None:
        """Refused where it was undone at once."""
        if (purse := self.staff.customer(lambda purse: purse.deposits and purse.left)) is None:
            return None
        left, amount = purse.deposits.pop()
        amount = self._random.randint(1, min(amount, purse.left))
        purse.left -= amount
        self.in_drawer = 0
        returned = (c.Returned(line=0, net=amount),)
        return self.books(c.BookRefund, purse, of=left, returned=returned, why="does not come")

    def paper_balance(self) -> Submission | None:
        if (purse := self.staff.customer()) is None:
            return None
        done = self.may_be_undone(purse)
        grants = (c.Grant(unit="principal", amount=6000), c.Grant(unit="points:goods", amount=25))
        purse.money += 6000
        purse.points += 25
        at = replace(self.now(), second=StaffId("ST-0302"))
        fields = {"at": at, "wallet": purse.wallet, "paper": done.entry, "grants": grants}
        return self.books(c.BookImport, purse, id=done.entry, **fields)

    def merge(self) -> Submission | None:
        if (pair := self.two_that_merge()) is None:
            return None
        gone, into = pair
        return self.books(c.BookMerge, into, wallet=gone.wallet, into=into.wallet)

    def merge_in_parts(self) -> Submission | None:
        """All that can go ahead does, and nothing comes between."""
        if (pair := self.two_that_merge()) is None:
            return None
        fields = {"wallet": pair[0].wallet, "into": pair[1].wallet}
        begins = self.books(c.BookMergePart, pair[1], begins=True, **fields)
        part = self.books(c.BookMergePart, pair[1], **fields)
        self._must += [self.books(c.BookMerge, pair[1], **fields), part]
        return begins

    # The till, companies, and what is done outside.

    def shift_close(self) -> Submission:
        self.in_drawer = 0
        counted = self._random.randint(0, 20_000)
        closed = self.books(c.BookShiftClose, None, counted=counted, left=counted // 2)
        self.next_day()
        self._must.append(self.books(c.BookShiftOpen, None, opening_cash=counted // 2))
        return closed

    def cash_move(self) -> Submission:
        out = self.in_drawer and self._random.choice((True, False))
        amount = -self._random.randint(1, self.in_drawer) if out else self._random.randint(100, 9000)
        self.in_drawer += amount
        return self.books(
            c.BookCashMove, None, amount=amount, reason=self._random.choice(("safe", "flowers"))
        )

    def fleet_funds(self) -> Submission:
        done, amount = self.may_be_undone(self.company), self._random.randint(10_000, 50_000)
        self.company.money += amount
        paid_by = self._random.choice((None, *c.PaidBy))
        fields = {"company": self.COMPANY, "amount": amount, "paid_by": paid_by}
        return self.books(c.BookFleetFunds, self.company, id=done.entry, **fields)

    def intent(self) -> Submission:
        what, amount = self._random.choice(("code_payment", "pump_preset")), self._random.randint(500, 9000)
        consumer = EntryId(self.new_id())
        command, private = self.books(c.BookIntent, None, what=what, amount=amount, consumed_by=consumer)
        self.intents.append((command.id, consumer, amount))
        return command, private

    def intent_end(self) -> Submission | None:
        if not self.intents:
            return None
        intent, consumer, amount = self.intents.pop(self._random.randrange(len(self.intents)))
        end = self._random.choice(list(c.IntentEnd))
        if self._random.random() < _DIES:
            self.dead.append((consumer, amount))
        return self.books(
            c.BookIntentEnd, None, intent=intent, end=end, evidence="the provider's number 4711"
        )


_DEALT: dict[Callable[[EveryKind], Submission | None], int] = {
    EveryKind.issues: 2,
    EveryKind.joins: 3,
    EveryKind.guest: 1,
    EveryKind.card: 1,
    EveryKind.card_state: 2,
    EveryKind.transfer: 1,
    EveryKind.tier: 1,
    EveryKind.pin: 1,
    EveryKind.consent: 1,
    EveryKind.profile: 1,
    EveryKind.service: 2,
    EveryKind.erasure: 1,
    EveryKind.erasure_too_soon: 1,
    EveryKind.legal_hold: 1,
    EveryKind.note: 1,
    EveryKind.recharges: 4,
    EveryKind.recharge_refund: 1,
    EveryKind.invoice: 1,
    EveryKind.red_letter: 1,
    EveryKind.invoice_of_a_sale: 1,
    EveryKind.grant: 2,
    EveryKind.grant_that_ends: 2,
    EveryKind.expiry: 3,
    EveryKind.withdrawal: 1,
    EveryKind.redeem: 1,
    EveryKind.hold: 2,
    EveryKind.hold_for_a_company: 1,
    EveryKind.release: 1,
    EveryKind.release_twice: 1,
    EveryKind.deposit: 2,
    EveryKind.deposit_back: 1,
    EveryKind.mug_back: 1,
    EveryKind.gift_with_a_sale: 2,
    EveryKind.paper_balance: 1,
    EveryKind.merge: 1,
    EveryKind.merge_in_parts: 1,
    EveryKind.shift_close: 3,
    EveryKind.cash_move: 1,
    EveryKind.fleet_funds: 1,
    EveryKind.intent: 3,
    EveryKind.intent_end: 1,
    EveryKind.rights_come: 2,
    EveryKind.rights_go: 1,
    EveryKind.rights_back: 1,
    EveryKind.other_direction: 2,
    EveryKind.directed_merge: 1,
    EveryKind.directed_withdrawal: 1,
    EveryKind.directed_lapse: 1,
    EveryKind.void: 1,
    EveryKind.reversal: 1,
    EveryKind.refund: 2,
    EveryKind.sale_to_a_stranger: 1,
    EveryKind.sale_from_the_card: 3,
    EveryKind.sale_with_a_coupon: 1,
    EveryKind.sale_that_joins: 1,
    EveryKind.sale_for_points: 1,
    EveryKind.uses_sold: 1,
    EveryKind.uses_used: 1,
    EveryKind.litres_sold: 1,
    EveryKind.locked_sold: 1,
    EveryKind.locked_used: 1,
    EveryKind.sale_that_gives_a_voucher: 1,
    EveryKind.voucher_sold: 1,
    EveryKind.voucher_used: 1,
    EveryKind.sale_for_cashback: 1,
    EveryKind.sale_for_what_was_left: 1,
    EveryKind.sale_to_a_company: 1,
    EveryKind.sale_for_what_is_held: 2,
    EveryKind.sale_that_was_intended: 1,
    EveryKind.sale_after_its_intent: 1,
    EveryKind.sale_of_too_much: 1,
}
"""How often each is in the deck."""
_DECK = [card for card, times in _DEALT.items() for _ in range(times)]
