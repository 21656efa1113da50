"""Every kind of transaction in any order, on disk and in memory at once, against paper and pencil."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from terminal.core import commands as c
from terminal.core.commands import Booked, Private
from terminal.core.errors import Refused, TerminalFault
from terminal.core.ledger import kinds
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId, MemberId, SiteId, StaffId, WalletId
from terminal.store.beside import check_beside
from terminal.store.memory import MemoryLedger
from terminal.store.verify import verified
from tests.store.conftest import opened_at
from tests.store.facts import AT, an_id
from tests.store.paper import Paper

WHO = some.integers(1, 3)
FEN = some.integers(1, 20_000)
FEW = some.integers(1, 40)
PICK = some.randoms(use_true_random=False)
UNITS = ["points:goods", "count:wash", "cashback"]
NAMES = {"principal": "money", "bonus": "money", "held": "money", "count": "uses", "coupon": "coupons"}


def wallet(who: int) -> WalletId:
    return WalletId(f"w{who}")


def line(net: int, **more: Any) -> c.SaleLine:
    return c.SaleLine(
        sku="A", name="果", category="fruit", quantity=1, unit_price=net, gross=net, net=net, **more
    )


class EveryKind(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.paper = Paper()
        self.at = AT
        self.number = 0
        self.shifts = 0
        self.tried: set[str] = set()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory(prefix="ledger-")
        self.path = Path(self.folder.name) / "ledger.db"
        self.twin = MemoryLedger(SiteId("S1"))
        self.file: Any = None

    @initialize()
    def begin(self) -> None:
        self.file = self.runner.run(opened_at(self.path))
        for who in (1, 2, 3):
            opens = c.Opens(
                wallet=wallet(who),
                member=MemberId(f"m{who}") if who < 3 else None,
                card=CardId(f"c{who}"),
                commitment="",
                terms="1",
                channel="counter",
                recruiter=AT.operator,
            )
            private = Private(
                credentials=(self.key(),), phone=f"1900000030{who}", name="王小明", initials="WXM"
            )
            self.books(c.BookJoin if who < 3 else c.BookIssue, private, opens=opens)
            if who != 2:  # One begins without value, so that it can be forgotten.
                self.recharge_of(who, 9000, 1000, c.PaidBy.CASH)

    def teardown(self) -> None:
        if self.file is not None:
            self.runner.run(self.file.close())
            connection = sqlite3.connect(self.path)
            assert verified(connection).entries == self.paper.entries
            check_beside(connection)
            connection.close()
        self.runner.close()
        self.folder.cleanup()

    def key(self) -> Credential:
        return Credential(medium=Medium.EM4100, number=f"0A00BC{self.number:04X}")

    def books(self, kind: Any, private: Private | None = None, **fields: Any) -> Booked | None:
        """Submits it to both; what one books the other books, what one refuses the other refuses alike."""
        self.number += 1
        command = kind(id=an_id(self.number), at=self.at, **fields)
        self.tried.add(kinds()[kind])

        async def answered() -> list[Booked | tuple[type[Exception], str]]:
            return [await _answer(one, command, private) for one in (self.file, self.twin)]

        on_disk, in_memory = self.runner.run(answered())
        assert on_disk == in_memory
        if not isinstance(on_disk, Booked):
            assert issubclass(on_disk[0], Refused), on_disk
            return None
        self.paper.write(command)
        return on_disk

    def sells(self, who: int, *tenders: c.Tender, lines: tuple[c.SaleLine, ...] = (), **more: Any) -> None:
        due = sum(tender.amount for tender in tenders)
        lines = lines or (line(due),)
        cash = sum(tender.amount for tender in tenders if tender.kind is c.TenderKind.CASH)
        self.books(
            c.BookSale,
            wallet=wallet(who),
            card=None,
            lines=lines,
            due=due,
            tenders=tenders,
            received=cash,
            **more,
        )

    def any_of(self, pick: Any, *kinds_of: Any) -> Any:
        found = [one for one in self.paper.commands.values() if isinstance(one, kinds_of)]
        return pick.choice(found) if found else None

    @rule(who=WHO, principal=FEN, bonus=some.integers(0, 3000), by=some.sampled_from(c.PaidBy))
    def recharge(self, who: int, principal: int, bonus: int, by: c.PaidBy) -> None:
        self.recharge_of(who, principal, bonus, by)

    def recharge_of(self, who: int, principal: int, bonus: int, by: c.PaidBy) -> None:
        fields = {"principal": principal, "bonus": bonus, "received": principal, "paid_by": by}
        self.books(c.BookRecharge, wallet=wallet(who), card=None, **fields)

    @rule(who=WHO, stored=FEN, cash=FEN, points=some.integers(0, 50), back=some.integers(0, 90))
    def sale(self, who: int, stored: int, cash: int, points: int, back: int) -> None:
        self.sells(
            who,
            c.Tender(kind=c.TenderKind.STORED, amount=stored),
            c.Tender(kind=c.TenderKind.CASH, amount=cash),
            points=(c.PointsEarned(family="goods", points=points),) if points else (),
            cashback=c.Cashback(amount=back, since="2026-11-24") if back else None,
            spend_order=c.SpendOrder.PROPORTIONAL if stored % 2 else c.SpendOrder.BONUS_LAST,
        )

    @rule(who=WHO, price=FEN, uses=FEW)
    def uses_are_sold(self, who: int, price: int, uses: int) -> None:
        sells = c.Sells(unit="count:wash", amount=uses)
        self.sells(who, c.Tender(kind=c.TenderKind.CODE, amount=price), lines=(line(price, sells=sells),))

    @rule(who=WHO, units=FEW, worth=FEN, kind=some.sampled_from([c.TenderKind.POINTS, c.TenderKind.USES]))
    def units_pay(self, who: int, units: int, worth: int, kind: c.TenderKind) -> None:
        of = "goods" if kind is c.TenderKind.POINTS else "count:wash"
        self.sells(who, c.Tender(kind=kind, amount=worth, of=of, units=units))

    @rule(who=WHO, amount=some.integers(1, 300), kind=some.sampled_from(["cashback", "deposit", "fleet"]))
    def other_value_pays(self, who: int, amount: int, kind: str) -> None:
        of = {"cashback": "", "deposit": "presale:p1", "fleet": "haulage"}[kind]
        self.sells(who, c.Tender(kind=c.TenderKind(kind), amount=amount, of=of))

    @rule(who=WHO, unit=some.sampled_from(UNITS), amount=FEW)
    def grant(self, who: int, unit: str, amount: int) -> None:
        self.number += 1
        coupon = c.CouponGrant(coupon=f"k{self.number}", kind="c3", face=300, threshold=0)
        grants = (c.Grant(unit=unit, amount=amount),)
        self.books(c.BookGrant, wallet=wallet(who), why="x", grants=grants, coupons=(coupon,))

    @rule(who=WHO, pick=PICK)
    def a_coupon_is_used(self, who: int, pick: Any) -> None:
        if grant := self.any_of(pick, c.BookGrant):
            cash = c.Tender(kind=c.TenderKind.CASH, amount=100)
            self.sells(who, cash, coupons_used=(grant.coupons[0].coupon,))

    @rule(who=WHO, points=FEW)
    def redeem(self, who: int, points: int) -> None:
        self.number += 1
        coupon = c.CouponGrant(coupon=f"k{self.number}", kind="c5", face=500, threshold=0)
        earned = c.PointsEarned(family="goods", points=points)
        fields = {"points": earned, "what": "", "coupons": (coupon,)}
        self.books(c.BookRedeem, wallet=wallet(who), card=None, **fields)

    @rule(who=WHO, amount=FEN)
    def hold(self, who: int, amount: int) -> None:
        self.books(c.BookHold, wallet=wallet(who), card=None, amount=amount, for_what="pump:1")

    @rule(pick=PICK, part=some.integers(1, 100), released=some.booleans())
    def a_hold_ends(self, pick: Any, part: int, released: bool) -> None:  # noqa: FBT001
        hold = self.any_of(pick, c.BookHold)
        if hold is None:
            return
        if released:
            self.books(c.BookRelease, hold=hold.id)
        else:
            amount = max(1, hold.amount * part // 100)
            self.sells(int(hold.wallet[1:]), c.Tender(kind=c.TenderKind.HELD, amount=amount, of=hold.id))

    @rule(who=WHO, amount=FEN)
    def deposit(self, who: int, amount: int) -> None:
        fields = {"of": "presale:p1", "amount": amount, "received": amount}
        self.books(c.BookDeposit, wallet=wallet(who), card=None, **fields)

    @rule(who=WHO, amount=FEN)
    def paper_balance(self, who: int, amount: int) -> None:
        grants = (c.Grant(unit="principal", amount=amount),)
        self.books(c.BookImport, wallet=wallet(who), second=StaffId("ST-9"), paper="1", grants=grants)

    @rule(pick=PICK, kind=some.sampled_from([c.BookVoid, c.BookReversal]))
    def undo(self, pick: Any, kind: Any) -> None:
        if one := self.any_of(pick, c.BookSale, c.BookRecharge, c.BookGrant, c.BookDeposit, c.BookFleetFunds):
            self.books(kind, of=one.id, why="x")

    @rule(pick=PICK)
    def refund(self, pick: Any) -> None:
        sale = self.any_of(pick, c.BookSale)
        if sale is not None:
            returned = tuple(c.Returned(line=n, net=one.net) for n, one in enumerate(sale.lines))
            self.books(c.BookRefund, of=sale.id, returned=returned, why="x")

    @rule(pick=PICK, number=FEW)
    def invoice(self, pick: Any, number: int) -> None:
        if lot := self.any_of(pick, c.BookRecharge):
            self.books(c.BookInvoice, wallet=lot.wallet, lot=lot.id, number=str(number))

    @rule(cash=some.integers(0, 5000))
    def shift_begins(self, cash: int) -> None:
        self.shifts += 1
        self.at = replace(self.at, shift=f"shift-{self.shifts}")
        self.books(c.BookShiftOpen, opening_cash=cash)

    @rule(amount=some.integers(-9000, 9000), reason=some.sampled_from(["safe", "flowers"]))
    def cash_move(self, amount: int, reason: str) -> None:
        self.books(c.BookCashMove, amount=amount, reason=reason)

    @rule(counted=FEN)
    def shift_ends(self, counted: int) -> None:
        self.books(c.BookShiftClose, counted=counted)

    @rule(amount=FEN, by=some.sampled_from([None, *c.PaidBy]))
    def fleet_funds(self, amount: int, by: c.PaidBy | None) -> None:
        self.books(c.BookFleetFunds, company="haulage", amount=amount, paid_by=by)

    @rule(who=WHO, state=some.sampled_from(c.CardState))
    def card_state(self, who: int, state: c.CardState) -> None:
        self.books(c.BookCardState, card=CardId(f"c{who}"), state=state)

    @rule(who=WHO, replaces=some.booleans())
    def card(self, who: int, replaces: bool) -> None:  # noqa: FBT001
        old = CardId(f"c{who}") if replaces else None
        private = Private(credentials=(self.key(),))
        self.books(c.BookCard, private, wallet=wallet(who), card=CardId(f"n{self.number}"), replaces=old)

    @rule(who=WHO, to=some.integers(1, 9))
    def transfer(self, who: int, to: int) -> None:
        fields = {"to": MemberId(f"t{to}"), "commitment": "", "terms": "1"}
        self.books(c.BookTransfer, Private(name="李"), wallet=wallet(who), card=None, **fields)

    @rule(who=WHO)
    def small_things(self, who: int) -> None:
        w = wallet(who)
        self.books(c.BookTier, wallet=w, tier="gold", why="x")
        self.books(c.BookPin, Private(pin="verifier"), wallet=w)
        self.books(c.BookConsent, wallet=w, purpose="marketing", version="1", given=True)
        self.books(c.BookProfile, Private(name="王小明", phone="19000000009"), wallet=w, commitment="")
        self.books(c.BookLegalHold, member=MemberId(f"m{who}"), until="2026-11-23", why="x")
        self.books(c.BookNote, what="drawer", detail="opened without a sale")

    @rule(who=WHO, into=WHO)
    def merge(self, who: int, into: int) -> None:
        self.books(c.BookMerge, wallet=wallet(who), into=wallet(into))

    @rule(who=WHO)
    def erasure(self, who: int) -> None:
        self.books(c.BookErasure, wallet=wallet(who), member=MemberId(f"m{who}"))

    @rule(who=WHO, amount=FEN, undone=some.booleans())
    def intent(self, who: int, amount: int, undone: bool) -> None:  # noqa: FBT001
        consumer = an_id(self.number + (3 if undone else 2))
        intent = an_id(self.number + 1)
        self.books(c.BookIntent, what="code_payment", amount=amount, consumed_by=consumer)
        if undone:
            self.books(c.BookIntentEnd, intent=intent, end=c.IntentEnd.UNDONE, evidence="closed")
        before = self.paper.entries
        self.sells(who, c.Tender(kind=c.TenderKind.CODE, amount=amount))
        assert not (undone and self.paper.entries > before)

    @rule()
    def the_terminal_is_started_again(self) -> None:
        self.runner.run(self.file.close())
        self.file = self.runner.run(opened_at(self.path))

    @invariant()
    def journals_are_the_same_bytes(self) -> None:
        if self.file is not None:
            assert self.runner.run(self.file.outbox.head()) == self.runner.run(self.twin.head())

    @invariant()
    def paper_agrees(self) -> None:
        found: dict[str, int] = {}
        for account, balance in self.twin.balances.items():
            head = account.unit.partition(":")[0]
            if account.owner == "wallet":
                if head == "debt":
                    head = account.unit.split(":")[1]
                name = f"{account.of} {NAMES.get(head, head)}"
                found[name] = found.get(name, 0) + balance
            elif head == "drawer":
                assert -balance == self.paper.drawers[account.unit.partition(":")[2]]
            elif account.owner == "company":
                assert balance == self.paper.credit[account.of]
        assert {k: v for k, v in found.items() if v} == {k: v for k, v in self.paper.value.items() if v}


async def _answer(ledger: Any, command: Any, private: Private | None) -> Booked | tuple[type[Exception], str]:
    try:
        booked: Booked = await ledger.committer.submit(command, private)
    except TerminalFault as fault:
        return type(fault), str(fault)
    return booked


TestEveryKind = EveryKind.TestCase
TestEveryKind.settings = settings(
    max_examples=25,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
