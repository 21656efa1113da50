"""Every day of the year, at the counter and on paper beside it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from functools import partial
from itertools import islice, repeat
from pathlib import Path

from msgspec import Struct

from lab.days.answers import one_way, presented
from lab.days.flow import AtTheCounter, Declined, number_of
from lab.days.hand import PIN, Act, NotAnswered, at_the_counter, first, key, pick, scan, tap, touch
from lab.days.people import known, noted
from lab.days.till import Till, opened
from lab.year import oracle, shop
from lab.year.behind import Behind
from lab.year.care import Care
from terminal.core.commands import BookJoin, BookRecharge, BookRefund, BookSale
from terminal.core.errors import LedgerDamaged
from terminal.core.held_coupons import held_coupons
from terminal.core.ledger.allowances import had_of
from terminal.core.ledger.state import State
from terminal.core.money import plain
from terminal.core.policy import Policy
from terminal.core.trust import Credential, Medium
from terminal.core.values import WalletId
from terminal.core.vouchers import cashback
from terminal.desk.expiring import Expiring
from terminal.runtime.threads import Threads
from terminal.store.backup import read_only
from terminal.store.verify import verified

_GOODS = "Scan the goods, or key an amount"
_BORN = ("", "02-29", "03-31", "11-30", "moon:01-01", "moon:05-05", "moon:06-01", "leap:06-01", "moon:12-30")
"""Of those who are members when the year begins, in turn; more of them have the days between."""
_MORE_BORN = ("moon:01-15", "moon:07-07", "moon:09-09", "01-01", "12-31", "06-25")
_BACK_WITHIN = timedelta(days=7)
_DIFFERENCES_MAX = 20
_BRINGERS = 3
"""Those who joined last bring the next ones."""


class Report(Struct):
    seed: str
    days: int = 0
    done: dict[str, int] = {}
    """By what, how often."""
    differences: list[str] = []


class Year:
    def __init__(self, report: Report, till: Till, counter: AtTheCounter) -> None:
        self.dice = random.Random(report.seed)
        self.till = till
        self.counter = counter
        self.members: dict[str, oracle.Member] = {}
        self.sold: list[tuple[str, str, oracle.Sold]] = []
        """Whose, the receipt, and what it was."""
        self.done = Counter[str]()
        self.report = report
        self.day = shop.BEGINS
        self._behind = Behind(self)
        self._care = Care(self)

    async def begins(self, members: int) -> None:
        self._stands_at("09:00")
        await self._behind.begins()
        for number, born in zip(range(members), self._births(), strict=False):
            await self._begins(f"M{number}", born)

    async def lived(self, days: range) -> bool:
        """False: too much differs to go on."""
        begins = date.fromisoformat(shop.BEGINS)
        for number in days:
            self.day = str(begins + timedelta(days=number))
            await self._morning()
            await self._behind.day()
            for at in sorted(self.dice.sample(range(10 * 60, 21 * 60), self.dice.randint(0, 4))):
                self._stands_at(f"{at // 60:02}:{at % 60:02}")
                try:
                    await self._visit()
                except (Declined, NotAnswered) as fault:
                    self.report.differences.append(f"{self.day}: {fault}")
                    return False
            if len(self.report.differences) > _DIFFERENCES_MAX:
                return False
            self.report.days += 1
            self.report.done = dict(sorted(self.done.items()))
        return True

    @staticmethod
    def _births() -> Iterator[str]:
        yield from (*_BORN, *_MORE_BORN)
        yield from repeat("")

    def _stands_at(self, time: str) -> None:
        self.till.clock.stands_at(shop.house().day.wall_ms(f"{self.day}T{time}"))

    def differs(self, what: str, told: object, came: object) -> None:
        if told != came:
            self.report.differences.append(f"{self.day} {what}: by hand {told}, here {came}")

    # People.

    async def _begins(self, name: str, born: str) -> None:
        """They were members before."""
        calendar, _, day = born.rpartition(":")
        said = {{"moon": "lunar"}.get(calendar, calendar) or "solar": day} if day else {}
        fact = {"id": name, "phone": f"138{len(self.members):08}", "born": said}
        plastic = Credential(medium=Medium.UID, number=f"04{len(self.members):012X}")
        await known(self.till, name, fact, Policy(), plastic)
        self.members[name] = oracle.Member(name=name, born=born)

    async def _joins(self) -> oracle.Member:
        name, phone = f"N{len(self.members)}", f"139{len(self.members):08}"
        by = (
            self.dice.choice([one for one in self.living() if one.named][-_BRINGERS:])
            if self.often(85)
            else None
        )
        plastic = Credential(medium=Medium.UID, number=f"05{len(self.members):012X}")
        card = plastic if self.often(50) else None
        answers = {
            **self._brought_by(by),
            "Scan the newcomer's code, or key the phone number": [key(phone)],
            "The member chooses a PIN of six digits": [key(PIN)],
            "The same PIN once more": [key(PIN)],
            "Present the card that is handed out": [tap(card) if card else touch("skip")],
        }
        otherwise = {
            "Who won this member?": pick(shop.BADGE),
            "May the shop send offers?": pick("no"),
            "May partners of the shop send offers?": pick("no"),
        }
        came = await self.counter.booked(BookJoin, "member", answers, otherwise)
        noted(self.till, name, Credential(medium=Medium.PHONE, number=phone), came.command.opens, card)
        self.members[name] = one = oracle.joined(name, self.day, by)
        self._count_brought("join", one.firsts > 0)
        self.done["joined"] += 1
        return one

    def _count_brought(self, by_what: str, brought: bool) -> None:  # noqa: FBT001
        self.done[f"brought by {by_what}"] += brought

    def _count_capped(self, friends: list[oracle.Friend]) -> None:
        self.done["brought two"] += len(friends) > 1
        for one, points in zip(friends, (oracle.FRIEND, oracle.FURTHER), strict=False):
            if one.some < points:
                day = one.who.got[self.day] == oracle.FRIEND_DAY
                self.done["capped by day" if day else "capped by month"] += 1

    def _brought_by(self, one: oracle.Member | None) -> dict[str, list[Act]]:
        asked = "Which member brought them? Present the card, or key the phone number"
        if one is None:
            return {asked: [touch("skip")]}
        shows = self.till.people[one.name].shows
        if shows.medium is Medium.PHONE:
            return {asked: [touch("phone")], "Key the member's phone number": [key(shows.number)]}
        return {asked: [tap(shows)]}

    # The day.

    async def _morning(self) -> None:
        self._stands_at("04:05")
        committer, ids = self.till.ledger.committer, self.till.ids
        expiring = Expiring(
            self.till.ledger.books, committer, ids, self.till.session.occasion, sleep=_no_pause
        )
        self.done["ended"] += await expiring.round(self.day)
        await self.till.heard()
        for one in self.members.values():
            one.ends(self.day)
            await self.same(one.name)

    async def _visit(self) -> None:
        one = self.dice.choice(self.living())
        festive = [each for each in self.living() if each.celebrates(self.day, 2)]
        if festive and self.often(50):
            one = self.dice.choice(festive)
        new = [each for each in self.living() if each.by and not each.firsts and not each.principal]
        if new and self.often(20):  # Who was brought: some recharge before they buy.
            one = self.dice.choice(new)
            await self._recharges(one)
        elif self.often(7):
            one = await self._joins()
        elif self.often(5):
            one = await self._care.drawn(one)
        elif (back := self.may_come_back()) and self.often(50 if any(map(self._is_rare, back)) else 12):
            one = await self._returns(*self.dice.choice([*filter(self._is_rare, back)] or back))
        elif self.often(8):
            await self._recharges(one)
        else:
            await self._buys(one)
        await self._all_the_same(one)

    async def _all_the_same(self, one: oracle.Member) -> None:
        """With who brought them."""
        for each in (one, *islice(one.brought_by(), 2)):
            await self.same(each.name)

    def _is_rare(self, back: tuple[str, str, oracle.Sold]) -> bool:
        """Its coupon was withdrawn, or it was another holder's."""
        name, _, sale = back
        withdrawn = sale.coupon is not None and sale.coupon.withdrawn
        return withdrawn or sale.holder != self.members[name].holder

    def living(self) -> list[oracle.Member]:
        """Who may come."""
        return [one for one in self.members.values() if not one.gone]

    def may_come_back(self) -> list[tuple[str, str, oracle.Sold]]:
        since = str(date.fromisoformat(self.day) - _BACK_WITHIN)
        return [one for one in self.sold if one[2].day >= since and one[2].way]

    async def _recharges(self, one: oracle.Member) -> None:
        amount = self.dice.choice((5_000, oracle.RUNG - 1, oracle.RUNG, 30_000))
        person = self.till.people[one.name]
        at_most = Policy().recharge_at_most if one.named else Policy().unnamed_at_most
        if one.principal + amount > at_most or person.shows.medium is Medium.PHONE:
            return
        asked = {
            "Present the card to recharge": [tap(person.shows)],
            "How much is recharged?": [key(plain(amount))],
            **one_way("code", {}),
        }
        await self.counter.booked(BookRecharge, "recharge", asked)
        before = one.firsts
        one.recharges(amount, self.day)
        self._count_brought("recharge", one.firsts > before)
        self.done["recharged"] += 1

    async def _buys(self, one: oracle.Member) -> None:
        cart = {sku: self.dice.randint(1, 4) for sku in oracle.PRICES if self.often(60)} or {"G1": 1}
        if cart == {oracle.SOAP: 1}:
            cart = {oracle.SOAP: 2}  # So that there is something to pay.
        there = one.fits(cart, self.day)
        coupon = there if self.often(70) else None
        due = one.due(cart, self.day, coupon)
        paid = self._paid(one, due)
        answers = {
            _GOODS: [*self._goods(cart), touch("done")],
            **presented(self.till.people[one.name]),
            **self._payment(paid),
        }
        if there:
            answers["Which coupon comes off?"] = [first() if coupon else pick("none")]
        self.done[f"tier {one.tier(self.day)}"] += 1
        self.done["birthday"] += one.celebrates(self.day)
        came = await self.counter.booked(BookSale, "checkout", answers)
        sold = one.buys(cart, self.day, coupon, paid)
        self.done.update(dict.fromkeys(paid.parts(), 1))
        self.done["coupon"] += coupon is not None
        each = "each_spend" in oracle.triggers(self.day)
        self._count_brought("each spend" if each else "first spend", bool(sold.friends))
        if sold.friends:
            self._count_capped(sold.friends)
        self.done["soap"] += sold.soaps
        self.differs(f"{one.name} due", due, came.command.due)
        self.differs(f"{one.name} free soaps", sold.soaps, sum(each.count for each in came.command.had))
        self.differs(f"{one.name} coupons", int(coupon is not None), len(came.command.coupons_used))
        self.sold.append((one.name, number_of(came.served), sold))

    def _paid(self, one: oracle.Member, due: int) -> oracle.Paid:
        points, left = 0, due
        usable = 0 if one.owed else one.has(one.points, self.day)
        most = min(usable // 100, left // oracle.HUNDRED_POINTS) * 100
        if most and self.often(40):
            points = self.dice.randrange(100, most + 1, 100)
            left -= points // 100 * oracle.HUNDRED_POINTS
        back = min(one.usable_back(self.day), due * oracle.BACK_PAYS // 100, left)
        back = back if self.often(50) else 0
        left -= back
        stored = min(left, one.principal + one.bonus) if self.often(50 if one.named else 100) else 0
        way = self.dice.choice(("cash", "code"))
        return oracle.Paid(points, back, stored, left - stored, way)

    def often(self, percent: int) -> bool:
        return self.dice.randrange(100) < percent

    def _goods(self, cart: dict[str, int]) -> Iterator[Act]:
        for sku, pieces in cart.items():
            yield from [scan(shop.barcode(sku))] * pieces

    @staticmethod
    def _payment(paid: oracle.Paid) -> dict[str, list[Act]]:
        ways = list(paid.parts())
        asked: dict[str, list[Act]] = {}
        if paid.way == "cash" and paid.rest:
            asked["How much cash was given?"] = [key(plain(paid.rest // 10 * 10 + 100_00))]
        if len(ways) <= 1:
            return asked | {"How is it paid?": [pick(one) for one in ways]}
        *before, last = ways
        asked |= {
            "How is it paid?": [pick("split")],
            "How is a part of it paid?": [pick(one) for one in before],
            "How is the rest paid?": [pick("split")] * (len(before) - 1) + [pick(last)],
            "How much of it?": [first() for one in before if one != "points"],
        }
        if paid.points:
            asked["How many points does the member use?"] = [key(str(paid.points))]
        return {title: acts for title, acts in asked.items() if acts}

    async def _returns(self, name: str, number: str, sale: oracle.Sold) -> oracle.Member:
        answers = {
            "Scan the receipt of what comes back, or present the card": [key(number)],
            "Why does it come back?": [pick("unwanted")],
        }
        await self.counter.booked(BookRefund, "refund", answers, {"What comes back?": pick("all")})
        self.sold.remove((name, number, sale))
        self.done["brought back"] += any(one.some for one in sale.friends or ())
        one = self.members[name]
        one.returns(sale, self.day)
        self.done["returned"] += 1
        self.done["returned by another"] += sale.holder != one.holder
        self.done["returned without its coupon"] += sale.coupon is not None and sale.coupon.withdrawn
        self.done["owed"] += one.owed > 0
        return one

    # What is held.

    async def same(self, name: str) -> None:
        one, person = self.members[name], self.till.people[name]
        held = dict(self.till.held(person))
        if one.into is not None:
            self.differs(f"{name} is gone", {}, held)
            return
        if one.bought and one.named:
            holder = await self.till.holder(person)
            self.differs(f"{name} tier", one.last_tier, holder.tier)
        self.differs(f"{name} principal", one.principal, held.get("principal", 0))
        self.differs(f"{name} bonus", one.bonus, held.get("bonus", 0))
        self.differs(f"{name} points", sum(lot.left for lot in one.points), held.get("points:goods", 0))
        self.differs(f"{name} points owed", one.owed, -held.get("debt:points:goods", 0))
        self.differs(f"{name} cashback", sum(lot.left for lot in one.cashback), held.get("cashback", 0))
        self.differs(f"{name} cashback owed", one.owed_back, -held.get("debt:cashback", 0))
        asked = partial(_of_wallet, wallet=person.wallet, day=self.day)
        usable, coupons, soaps = await self.till.ledger.committer.ask(asked)
        self.differs(f"{name} cashback today", one.usable_back(self.day), usable)
        self.differs(f"{name} coupons", one.has(one.coupons, self.day), coupons)
        self.differs(f"{name} soaps of the month", one.soaps.get(self.day[:7], 0), soaps)


def _of_wallet(state: State, wallet: WalletId, day: str) -> tuple[int, int, int]:
    """What the ledger says of it on that day: usable cashback, coupons, and the month's free soaps."""
    coupons = held_coupons(state, wallet=wallet)
    counted = "soap", day[:7]
    return (
        cashback(state, wallet=wallet, business_day=day),
        sum(not one.until or day <= one.until for one in coupons),
        had_of(state, wallet=wallet, counted=[counted])[counted],
    )


async def _no_pause(_seconds: float) -> None:
    return


async def year(seed: str, days: int, members: int, path: Path, threads: Threads) -> Report:
    path.parent.mkdir(parents=True, exist_ok=True)
    till = await opened(shop.house().day, path, threads)
    lives: Year | None = None
    report = Report(seed=seed)
    try:
        for policy, part in shop.turns(0, days):
            house = shop.house(policy)
            async with at_the_counter(house, till, path.parent) as hand:
                counter = AtTheCounter(house, till, hand)
                if lives is None:
                    lives = Year(report, till, counter)
                    await lives.begins(members)
                lives.counter = counter
                if not await lives.lived(part):
                    break
    finally:
        await till.close()
    with closing(read_only(path)) as connection:
        try:
            verified(connection)
        except LedgerDamaged as damage:
            report.differences.append(f"the ledger does not agree with itself: {damage}")
    return report
