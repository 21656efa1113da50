"""Every kind of transaction in any order, on disk and in memory at once, against paper and pencil."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from msgspec.structs import astuple, replace

from terminal.core import commands as c
from terminal.core.accounts import Account, Owner
from terminal.core.commands import Booked, Private
from terminal.core.directives import Directed, Grant
from terminal.core.errors import IdReused, Refused, TerminalFault
from terminal.core.ledger import kind_of, kinds
from terminal.core.ledger.debts import SETTLING
from terminal.core.rights import Right, Want
from terminal.core.services import Written, text_of
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId, MemberId, SiteId, StaffId, WalletId
from terminal.store.beside import check_beside
from terminal.store.memory import MemoryLedger
from terminal.store.verify import verified
from tests.store.conftest import opened_at
from tests.store.facts import AT, an_id, opens
from tests.store.paper import Paper

MANY = settings(
    max_examples=25,
    stateful_step_count=50,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
ACCOUNTS = "SELECT owner, unit, balance FROM accounts WHERE balance <> 0"
LOTS = """SELECT wallet, unit, lot, rest, laid, paid, since, until, invoice, listed, sold FROM lots
    ORDER BY seq, lot"""
IN_HAND = {"drawer", "outside", "receivable"}
"""Of the shop's accounts, those that people can count."""

IN_MONEY = {c.TenderKind.CASH, c.TenderKind.CODE, c.TenderKind.DEPOSIT}

WHO = some.integers(1, 3)
FEN = some.integers(1, 20_000)
FEW = some.integers(1, 40)
PICK = some.randoms(use_true_random=False)
UNITS = ["points:goods", "count:wash", "cashback"]
ENDS = "points:petrol"
"""All of it ends on one day, so that pencil and paper need not know lots."""
ROAMS = "points:diesel"
"""Nothing else moves it."""
LAST_DAY = "2026-11-24"
DAYS = ["2026-11-24", "2026-11-25"]


def wallet(who: int) -> WalletId:
    return WalletId(f"w{who}")


def line(net: int, **more: Any) -> c.SaleLine:
    return c.SaleLine(
        sku="A", name="果", category="fruit", quantity=1, unit_price=net, gross=net, net=net, **more
    )


def ends(grant: c.BookGrant) -> bool:
    """What ended is owed when its grant is undone: paper does not tell that from what was used."""
    return any(one.unit == ENDS for one in grant.grants) or any(one.until for one in grant.coupons)


class EveryKind(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.paper = Paper()
        self.at = AT
        self.number = 0
        self.shifts = 0
        self.keys: list[Credential] = []
        self.sent: list[tuple[Any, Private | None, Booked]] = []
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory(prefix="ledger-")
        self.path = Path(self.folder.name) / "ledger.db"
        self.twin = MemoryLedger(SiteId("S1"))
        self.file: Any = None

    @initialize()
    def begin(self) -> None:
        self.file = self.runner.run(opened_at(self.path))
        for who in (1, 2, 3):
            begins = replace(opens(who, member=who < 3), card=CardId(f"c{who}"))
            private = Private(
                credentials=(self.key(),), phone=f"1900000030{who}", name="王小明", initials="WXM"
            )
            self.books(c.BookJoin if who < 3 else c.BookIssue, private, opens=begins)
            if who != 2:  # One begins without value, so that it can be forgotten.
                self.recharge_of(who, 9000, 1000, c.PaidBy.CASH)

    def teardown(self) -> None:
        if self.file is not None:
            self.runner.run(self.file.close())
            connection = sqlite3.connect(self.path)
            assert verified(connection).entries == len(self.paper.commands)
            check_beside(connection)
            connection.close()
        self.runner.close()
        self.folder.cleanup()

    def key(self) -> Credential:
        self.keys.append(Credential(medium=Medium.EM4100, number=f"0A00BC{self.number:04X}"))
        return self.keys[-1]

    def books(self, kind: Any, private: Private | None = None, **fields: Any) -> Booked | None:
        """Submits it to both; what one books the other books, what one refuses the other refuses alike."""
        self.number += 1
        command = kind(id=an_id(self.number), at=self.at, **fields)
        before = Counter(self.twin.balances)
        answer = self.both(command, private)
        if not isinstance(answer, Booked):
            assert issubclass(answer[0], Refused), answer
            return None
        self.paper.write(command)
        self.debts_are_settled_first(before, SETTLING.get(kind_of(command), ()))
        self.sent.append((command, private, answer))
        return answer

    def debts_are_settled_first(self, before: Counter[Account], units: tuple[str, ...]) -> None:
        """Without headquarters. Two wallets that became one may bring a debt, and the points for it.

        What adds to a debt itself settles none of it.
        """
        for account, balance in self.twin.balances.items():
            given = replace(account, unit=account.unit.removeprefix("debt:"))
            if account.is_debt and balance and balance >= before[account] and given.unit.startswith(units):
                assert self.twin.balance(given) <= before[given], given

    def both(self, command: Any, private: Private | None = None) -> Booked | tuple[type[Exception], str]:
        async def answered() -> list[Booked | tuple[type[Exception], str]]:
            return [await _answer(one, command, private) for one in (self.file, self.twin)]

        on_disk, in_memory = self.runner.run(answered())
        assert on_disk == in_memory
        return on_disk

    def sells(
        self,
        who: int,
        *tenders: c.Tender,
        lines: tuple[c.SaleLine, ...] = (),
        private: Private | None = None,
        **more: Any,
    ) -> None:
        due = sum(tender.amount for tender in tenders)
        lines = lines or (line(due),)
        cash = sum(tender.amount for tender in tenders if tender.kind is c.TenderKind.CASH)
        self.books(
            c.BookSale,
            private,
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

    def recharge_of(self, who: int, principal: int, bonus: int, by: c.PaidBy) -> Booked | None:
        fields = {"principal": principal, "bonus": bonus, "received": principal, "paid_by": by}
        return self.books(c.BookRecharge, wallet=wallet(who), card=None, **fields)

    @rule(who=WHO, stored=FEN, cash=FEN, points=some.integers(0, 50), back=some.integers(0, 90))
    def sale(self, who: int, stored: int, cash: int, points: int, back: int) -> None:
        coupon = c.CouponGrant(coupon=f"s{self.number}", kind="c3", face=300, threshold=0)
        self.sells(
            who,
            c.Tender(kind=c.TenderKind.STORED, amount=stored),
            c.Tender(kind=c.TenderKind.CASH, amount=cash),
            points=(c.PointsEarned(family="goods", points=points),) if points else (),
            cashback=c.Cashback(amount=back, since="2026-11-24") if back else None,
            coupons=(coupon,) if points % 3 else (),
            spend_order=c.SpendOrder.PROPORTIONAL if stored % 2 else c.SpendOrder.BONUS_LAST,
        )

    @rule(amount=FEN)
    def sale_to_a_stranger(self, amount: int) -> None:
        cash = c.Tender(kind=c.TenderKind.CASH, amount=amount)
        fields = {"lines": (line(amount),), "due": amount, "tenders": (cash,), "received": amount}
        self.books(c.BookSale, wallet=None, card=None, **fields)

    @rule(who=some.integers(10, 12), amount=FEN, coupons=some.integers(0, 3))
    def somebody_joins_with_a_sale(self, who: int, amount: int, coupons: int) -> None:
        phone = Credential(medium=Medium.PHONE, number=f"190000000{who}")
        self.keys.append(phone)
        private = Private(credentials=(phone,), phone=phone.number)
        cash = c.Tender(kind=c.TenderKind.CASH, amount=amount)
        points = (c.PointsEarned(family="goods", points=1),)
        self.sells(who, cash, private=private, points=points, opens=opens(who, member=True, coupons=coupons))

    @rule(who=WHO, principal=FEN, bonus=some.integers(0, 3000), in_cash=some.booleans())
    def recharge_and_back(self, who: int, principal: int, bonus: int, in_cash: bool) -> None:  # noqa: FBT001
        lot = self.recharge_of(who, principal, bonus, c.PaidBy.CASH)
        if lot is not None:
            fields = {"reason": c.RechargeRefundReason.COOLING_OFF, "in_cash": in_cash}
            self.books(c.BookRechargeRefund, wallet=wallet(who), lot=lot.command.id, **fields)

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

    @rule(who=WHO, pick=PICK, unit=some.sampled_from([*UNITS, "bonus"]), amount=FEW)
    def a_gift_comes_with_it(self, who: int, pick: Any, unit: str, amount: int) -> None:
        if with_it := self.any_of(pick, c.BookSale, c.BookRecharge, c.BookDeposit):
            coupon = c.CouponGrant(coupon=f"g{self.number}", kind="c3", face=300, threshold=0)
            grants = (c.Grant(unit=unit, amount=amount),)
            fields = {"with_entry": with_it.id, "grants": grants, "coupons": (coupon,)}
            self.books(c.BookGrant, wallet=wallet(who), why="a friend", **fields)

    @rule(who=WHO, pick=PICK, gross=FEN)
    def a_coupon_pays_all_of_it(self, who: int, pick: Any, gross: int) -> None:
        grant = self.any_of(pick, c.BookGrant)
        if grant is not None and grant.coupons:
            free = replace(line(gross), net=0, discounts=(c.Discount(name="c3", amount=gross),))
            self.sells(who, lines=(free,), coupons_used=(grant.coupons[0].coupon,))

    @rule(who=WHO, amount=FEW)
    def points_that_end(self, who: int, amount: int) -> None:
        grants = (c.Grant(unit=ENDS, amount=amount, until=LAST_DAY),)
        self.books(c.BookGrant, wallet=wallet(who), why="x", grants=grants)

    @rule(who=WHO)
    def a_coupon_that_ends(self, who: int) -> None:
        self.number += 1
        coupon = c.CouponGrant(coupon=f"e{self.number}", kind="c3", face=1, threshold=0, until=LAST_DAY)
        self.books(c.BookGrant, wallet=wallet(who), why="x", coupons=(coupon,))

    @rule(pick=PICK)
    def a_coupon_is_withdrawn(self, pick: Any) -> None:
        grant = self.any_of(pick, c.BookGrant)
        if grant is not None and grant.coupons:
            self.books(c.BookWithdrawal, coupon=grant.coupons[0].coupon, why="misprinted")

    @rule(who=WHO, day=some.sampled_from(DAYS), unit=some.sampled_from([ENDS, "coupon"]))
    def they_end(self, who: int, day: str, unit: str) -> None:
        self.at = replace(self.at, business_day=day)
        self.books(c.BookExpiry, wallet=wallet(who), unit=unit)

    @rule(who=WHO, amount=FEW)
    def rights_come(self, who: int, amount: int) -> None:
        right = Right(account=f"wallet:{wallet(who)}:{ROAMS}", amount=amount)
        directed = Directed(hq_epoch=1, m=self.number + 1)
        self.books(c.BookDirective, directed=directed, directive=Grant(rights=(right,)))

    @rule(who=WHO, amount=FEW)
    def rights_go(self, who: int, amount: int) -> None:
        want = Want(account=f"wallet:{wallet(who)}:{ROAMS}", amount=amount)
        self.books(c.BookRightsBack, wants=(want,))

    @rule(who=WHO, pick=PICK)
    def a_coupon_is_used(self, who: int, pick: Any) -> None:
        grant = self.any_of(pick, c.BookGrant)
        if grant is not None and grant.coupons:
            cash = c.Tender(kind=c.TenderKind.CASH, amount=100)
            self.sells(who, cash, coupons_used=(grant.coupons[0].coupon,))

    @rule(who=WHO, points=FEW)
    def redeem(self, who: int, points: int) -> None:
        self.number += 1
        coupon = c.CouponGrant(coupon=f"k{self.number}", kind="c5", face=500, threshold=0)
        earned = c.PointsEarned(family="goods", points=points)
        fields = {"points": earned, "what": "", "coupons": (coupon,)}
        self.books(c.BookRedeem, wallet=wallet(who), card=None, **fields)

    @rule(who=WHO, amount=FEN, what=some.sampled_from(["stored", "litres:0", "haulage"]))
    def hold(self, who: int, amount: int, what: str) -> None:
        fields: dict[str, Any] = {"wallet": wallet(who), "card": None, "amount": amount}
        if what == "haulage":
            fields |= {"wallet": None, "company": what}
        elif what != "stored":
            fields |= {"unit": what, "amount": amount % 100}
        self.books(c.BookHold, for_what="pump:1", **fields)

    @rule(who=WHO, price=FEN, litres=FEW)
    def litres_are_sold(self, who: int, price: int, litres: int) -> None:
        sells = c.Sells(unit="litres:0", amount=litres)
        self.sells(who, c.Tender(kind=c.TenderKind.CODE, amount=price), lines=(line(price, sells=sells),))

    @rule(pick=PICK, part=some.integers(1, 100), released=some.booleans())
    def a_hold_ends(self, pick: Any, part: int, released: bool) -> None:  # noqa: FBT001
        hold = self.any_of(pick, c.BookHold)
        if hold is None:
            return
        if released:
            self.books(c.BookRelease, hold=hold.id)
        else:
            amount = max(1, hold.amount * part // 100)
            units = amount if hold.unit else 0
            held = c.Tender(kind=c.TenderKind.HELD, amount=amount, of=hold.id, units=units)
            self.sells(int((hold.wallet or "w1")[1:]), held)

    @rule(who=WHO, amount=FEN)
    def deposit(self, who: int, amount: int) -> None:
        fields = {"of": "presale:p1", "amount": amount, "received": amount}
        self.books(c.BookDeposit, wallet=wallet(who), card=None, **fields)

    @rule(who=WHO, amount=FEN)
    def paper_balance(self, who: int, amount: int) -> None:
        grants = (c.Grant(unit="principal", amount=amount),)
        one, self.at = self.at, replace(self.at, second=StaffId("ST-9"))
        self.books(c.BookImport, wallet=wallet(who), paper=f"{self.number}", grants=grants)
        self.at = one

    @rule(pick=PICK, kind=some.sampled_from([c.BookVoid, c.BookReversal]))
    def undo(self, pick: Any, kind: Any) -> None:
        one = self.any_of(pick, c.BookSale, c.BookRecharge, c.BookGrant, c.BookDeposit, c.BookFleetFunds)
        if one is not None and not (isinstance(one, c.BookGrant) and ends(one)):
            self.books(kind, of=one.id, why="x")

    @rule(pick=PICK)
    def refund(self, pick: Any) -> None:
        one = self.any_of(pick, c.BookSale, c.BookDeposit, c.BookRedeem)
        if one is None:
            return
        nets = [line.net for line in getattr(one, "lines", ())]
        nets = [one.amount] if isinstance(one, c.BookDeposit) else nets
        returned = tuple(c.Returned(line=n, net=net) for n, net in enumerate(nets))
        self.books(c.BookRefund, of=one.id, returned=returned, why="x")

    @rule(pick=PICK, number=FEW)
    def invoice(self, pick: Any, number: int) -> None:
        one = self.any_of(pick, c.BookRecharge, c.BookSale, c.BookFleetFunds)
        if one is None:
            return
        amount = getattr(one, "principal", 0) or getattr(one, "amount", 0)
        if isinstance(one, c.BookSale):
            amount = sum(tender.amount for tender in one.tenders if tender.kind in IN_MONEY)
        fields = {"wallet": getattr(one, "wallet", None), "lot": one.id, "number": str(number)}
        if self.books(c.BookInvoice, amount=amount, **fields) is None:
            self.books(c.BookInvoice, red=str(number), **fields)

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
        written = Written(day="2026-11-24", done=("剪发",), by=StaffId("E01"))
        private = Private(service=text_of(written), remark="敏感")
        self.books(c.BookService, private, wallet=w, commitment="ab")
        self.books(c.BookLegalHold, member=MemberId(f"m{who}"), until="2026-11-23", why="x")
        self.books(c.BookNote, what="drawer", detail="opened without a sale")
        self.books(c.BookGuest, wallet=WalletId(f"far{self.number}"), tier="gold")

    @rule(who=WHO, into=WHO, parts=some.integers(0, 2))
    def merge(self, who: int, into: int, parts: int) -> None:
        """Of what goes ahead pencil and paper know nothing: the merge itself follows at once."""
        ahead = {"wallet": wallet(who), "into": wallet(into)}
        if who != into and parts and self.books(c.BookMergePart, begins=True, **ahead) is not None:
            self.books(c.BookMergePart, **ahead)
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
        before = len(self.paper.commands)
        self.sells(who, c.Tender(kind=c.TenderKind.CODE, amount=amount))
        assert not (undone and len(self.paper.commands) > before)

    @rule(pick=PICK)
    def the_same_again(self, pick: Any) -> None:
        command, private, before = pick.choice(self.sent)
        assert self.both(command, private) == replace(before, again=True)

    @rule(pick=PICK, operator=some.integers(400, 499))
    def the_same_id_with_another_body(self, pick: Any, operator: int) -> None:
        command, private, _ = pick.choice(self.sent)
        other = replace(command, at=replace(command.at, operator=f"ST-0{operator}"))
        answer = self.both(other, private)
        assert not isinstance(answer, Booked)
        assert answer[0] is IdReused

    @rule()
    def the_terminal_is_started_again(self) -> None:
        self.runner.run(self.file.close())
        self.file = self.runner.run(opened_at(self.path))

    @invariant()
    def journals_are_the_same_bytes(self) -> None:
        if self.file is not None:
            head = self.runner.run(self.twin.head())
            assert self.runner.run(self.file.outbox.head()) == head
            assert head[0] == len(self.paper.commands)

    @invariant()
    def every_balance_and_every_lot_is_the_same(self) -> None:
        if self.file is None:
            return
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as file:
            on_disk = {f"{owner}:{unit}": n for owner, unit, n in file.execute(ACCOUNTS)}
            lots = defaultdict(list)
            for owner, unit, *lot in file.execute(LOTS):
                lots[owner, unit].append(tuple(lot))
        assert on_disk == {account.name: n for account, n in self.twin.balances.items() if n}
        found = {(owner, unit): self.twin.lots_ever(owner, unit) for owner, unit in self.twin.laid}
        assert lots == {of: list(map(astuple, laid)) for of, laid in found.items() if laid}

    @invariant()
    def paper_agrees(self) -> None:
        found: Counter[tuple[str, str]] = Counter()
        for account, balance in self.twin.balances.items():
            if account.unit.startswith("held:"):  # Whoever's it is.
                found[account.unit.split(":")[1], "held"] += balance
            elif account.owner is not Owner.SITE:
                found[account.of, account.unit.removeprefix("debt:")] += balance
            elif account.unit.partition(":")[0] in IN_HAND:
                found["shop", account.unit] -= balance
        assert +found == +self.paper.has
        assert -found == -self.paper.has

    @invariant()
    def cards_and_phones_lead_to_the_same(self) -> None:
        """The counter's own question, answered by the file's readers and by its twin."""
        for key in self.keys if self.file is not None else ():
            on_disk, in_memory = (self.runner.run(_holder(one, key)) for one in (self.file, self.twin))
            assert on_disk == in_memory


async def _holder(ledger: Any, key: Credential) -> Any:
    try:
        return await ledger.books.holder(key)
    except Refused as refusal:
        return type(refusal)


async def _answer(ledger: Any, command: Any, private: Private | None) -> Booked | tuple[type[Exception], str]:
    try:
        booked: Booked = await ledger.committer.submit(command, private)
    except TerminalFault as fault:
        return type(fault), str(fault)
    return booked


def test_any_order_of_transactions_comes_to_what_paper_says() -> None:
    run_state_machine_as_test(EveryKind, settings=MANY)


class _Last:
    def choice(self, found: list[Any]) -> Any:
        return found[-1]


def test_every_kind_of_transaction_is_among_them() -> None:
    machine, pick = EveryKind(), _Last()
    steps: list[Callable[[], Any]] = [
        machine.begin,
        lambda: machine.erasure(2),
        lambda: machine.shift_begins(5000),
        lambda: machine.recharge_and_back(1, 900, 100, in_cash=True),
        lambda: machine.sale(1, 4001, 700, 50, 30),
        lambda: machine.a_gift_comes_with_it(3, pick, "bonus", 40),
        lambda: machine.refund(pick),
        lambda: machine.uses_are_sold(1, 9000, 7),
        lambda: machine.units_pay(1, 3, 500, c.TenderKind.USES),
        lambda: machine.undo(pick, c.BookReversal),
        lambda: machine.grant(1, "points:goods", 40),
        lambda: machine.a_coupon_pays_all_of_it(1, pick, 500),
        lambda: machine.refund(pick),
        lambda: machine.redeem(1, 30),
        lambda: machine.refund(pick),
        lambda: machine.recharge(1, 1000, 0, c.PaidBy.CARD),
        lambda: machine.invoice(pick, 17),
        lambda: machine.invoice(pick, 17),
        lambda: machine.undo(pick, c.BookVoid),
        lambda: machine.points_that_end(1, 9),
        lambda: machine.they_end(1, "2026-11-25", ENDS),
        lambda: machine.a_coupon_that_ends(1),
        lambda: machine.they_end(1, "2026-11-25", "coupon"),
        lambda: machine.grant(1, "points:goods", 5),
        lambda: machine.a_coupon_is_withdrawn(pick),
        lambda: machine.rights_come(1, 8),
        lambda: machine.rights_go(1, 9),
        lambda: machine.hold(1, 5000, "stored"),
        lambda: machine.a_hold_ends(pick, 50, released=True),
        lambda: machine.litres_are_sold(1, 9000, 31),
        lambda: machine.hold(1, 30, "litres:0"),
        lambda: machine.a_hold_ends(pick, 50, released=False),
        lambda: machine.refund(pick),
        lambda: machine.deposit(1, 400),
        lambda: machine.refund(pick),
        lambda: machine.paper_balance(1, 700),
        lambda: machine.cash_move(-200, "flowers"),
        lambda: machine.fleet_funds(8000, None),
        lambda: machine.hold(1, 5000, "haulage"),
        lambda: machine.a_hold_ends(pick, 50, released=False),
        lambda: machine.card_state(1, c.CardState.FROZEN),
        lambda: machine.card(1, replaces=True),
        lambda: machine.transfer(1, 5),
        lambda: machine.small_things(1),
        lambda: machine.intent(1, 600, undone=True),
        lambda: machine.merge(1, 3, 1),  # Refused: the name would go.
        lambda: machine.merge(3, 1, 1),
        lambda: machine.shift_ends(100),
    ]
    try:
        for step in steps:
            step()
            machine.paper_agrees()
            machine.every_balance_and_every_lot_is_the_same()
    finally:
        machine.teardown()
    assert {kinds()[type(command)] for command in machine.paper.commands.values()} == set(kinds().values())
