"""A whole day: each line is played or left out, and everybody is looked up after it."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import closing
from pathlib import Path

from msgspec import Struct

from lab.days.effects import NotSet, drawer_holds, set_to
from lab.days.flow import Declined, NotOnPaper
from lab.days.hand import PIN, NotAnswered, at_the_counter, staff_of
from lab.days.house import House
from lab.days.lines import NAMES, NOT_COMPARED, left_out
from lab.days.people import KEPT, as_counted, beside, employed, holds, kept, known, knows, stands
from lab.days.play import Play
from lab.days.through import Ordered
from lab.days.till import Till, opened
from lab.days.told import Day, Facts, Line
from lab.days.totals import differing, of_entry, of_line, of_session
from lab.fleet.loop import ran
from lab.fleet.threads import InlineThreads
from terminal.core.errors import LedgerDamaged, Refused
from terminal.core.policy import Policy
from terminal.runtime.threads import Threads
from terminal.store.backup import read_only
from terminal.store.verify import verified

_CLOSES = frozenset({"shift_close", "closing"})
_POSSIBLE = re.compile(r"\d+ possible|used at \d\d:\d\d")
"""What reasons have in common, whatever their words."""


class Report(Struct, kw_only=True):
    """What became of one day."""

    shop: str
    date: str
    played: list[int] = []
    """Numbers of its lines."""
    in_part: dict[int, list[str]] = {}
    """Of those that were played: what was taken from the day, or not compared, and why."""
    left_out: dict[int, str] = {}
    not_kept: list[str] = []
    """Facts about members that the terminal does not keep; of one alone where it keeps them of others."""
    differences: list[str] = []


def walked(house: House, path: Path) -> Report:
    """On a clock that stands still while something goes on: what never comes is not waited for."""
    report, _ = ran(0, lambda loop: _walked(house, path, InlineThreads(loop)))
    return report


async def _walked(house: House, path: Path, threads: Threads) -> Report:
    till = await opened(house.day, path, threads)
    walk = Walk(house, till)
    try:
        await walk.before()
        async with at_the_counter(house, till, path.parent) as hand:
            await walk.day(Play(house, till, hand))
    finally:
        await till.close()
    with closing(read_only(path)) as connection:
        try:
            verified(connection)
        except LedgerDamaged as damage:
            walk.report.differences.append(f"the ledger does not agree with itself: {damage}")
    return walk.report


class Walk:
    def __init__(self, house: House, till: Till) -> None:
        self._house = house
        self._day: Day = house.day
        self._till = till
        self._expected: dict[str, Facts] = {}
        self._stock: dict[str, int] = {
            one["sku"]: one["stock"] for one in house.day.catalogue if "stock" in one
        }
        self._drawer: int | None = None
        """As the day says; None: before the shift and after it."""
        self._counted: object = None
        """What must have lain in the drawer when it was counted."""
        self._left_out = Counter[str]()
        """Totals of what was not played."""
        self._not_kept: set[str] = set()
        self.report = Report(shop=self._day.shop.id, date=self._day.shop.date)

    async def before(self) -> None:
        """Everybody and everything as the day finds it."""
        first = self._day.day[0]
        for fact in sorted(self._day.members, key=self._day.came_on):
            self._till.stands_at(self._day.came_on(fact))
            await knows(self._till, fact, self._house.policy)
        self._till.begin(first)
        for fact in self._day.members:
            await holds(self._till, fact, self._house)
            self._expect(fact["id"], fact)
        await self._till.count(self._stock)
        for one in staff_of(self._house):
            await employed(self._till, one.id, PIN)
        await self._everybody("before the first line")

    async def day(self, play: Play) -> None:
        for line in self._day.day:
            await self._line(line, play)
        await self._end()
        for name, order in play.orders.items():
            await self._picked_up(name, order, play)
        self.report.not_kept = sorted(self._not_kept)

    def _expect(self, name: str, facts: Facts) -> None:
        person = self._till.people[name]
        known = kept(person, facts)
        self._not_kept |= {
            f"{name}'s {fact}" if fact in KEPT else fact for fact in facts.keys() - known.keys() - {"id"}
        }
        self._expected[name] = self._expected.get(name, {}) | known

    def _differs(self, where: str, what: str, said: object, came: object) -> None:
        self.report.differences.append(f"{where}: {what}: the day says {said}, it is {came}")

    # One line.

    async def _line(self, line: Line, play: Play) -> None:
        self._till.begin(line)
        why = left_out(line, play.sales)
        if why is None:
            await self._played(line, play)
            await self._joins(line)
            self._gone(line)
        else:
            self.report.left_out[line.n] = why
            self._left_out.update(of_line(line))
            await self._joins(line)
            await self._as_told(line)
        for name, facts in line.expect.get("after", {}).items():
            self._expect(name, facts)
        self._stock |= line.expect.get("stock", {})
        if line.do not in _CLOSES:
            self._drawer = line.expect.get("drawer_cash", self._drawer)
        await self._everybody(_where(line))

    async def _played(self, line: Line, play: Play) -> None:
        self.report.played.append(line.n)
        if "closing_session" in line.expect:
            self._left_out.update(of_session(line))
            await drawer_holds(self._till, line.expect["drawer_cash"])
        entries = len(self._till.entries)
        try:
            came = {"outcome": "approved", **await play.line(line)}
        except (Refused, Declined) as refusal:
            came = {"outcome": "declined", "code": refusal.code, "reason": str(refusal)}
            if len(self._till.entries) != entries:
                self._differs(_where(line), "declined", "nothing is booked", "something was")
        except (NotAnswered, NotOnPaper, LookupError) as fault:
            self._differs(_where(line), "line", "it can be played", repr(fault))
            return
        if line.do in _CLOSES:
            self._drawer = None
            self._counted = came.get("expected_cash")
            if line.expect.get("drawer_cash", self._counted) != self._counted:
                self._differs(_where(line), "drawer", line.expect["drawer_cash"], self._counted)
            self._totals(line)
        self._compare(line, came)
        apart = [*play.apart, *[NOT_COMPARED[key] for key in line.expect if key in NOT_COMPARED]]
        if apart:
            self.report.in_part[line.n] = list(dict.fromkeys(apart))

    def _compare(self, line: Line, came: Facts) -> None:
        expect = {"rounding": 0, **line.expect} if "rounding" in came else line.expect
        for key, said in expect.items():
            told = _plain(key, said)
            if key in NAMES or key in NOT_COMPARED:
                continue
            if key not in came:
                self._differs(_where(line), key, said, "not known here")
            elif _plain(key, came[key]) != told:
                self._differs(_where(line), key, told, _plain(key, came[key]))
        for key in came.keys() - expect.keys():
            if came[key]:
                self._differs(_where(line), key, "nothing", came[key])

    async def _joins(self, line: Line) -> None:
        """Who the day says joined and did not by being played."""
        joined = line.expect.get("joined")
        if joined and joined not in self._till.people:
            await known(self._till, joined, line.given, Policy())

    async def _as_told(self, line: Line) -> None:
        """A line that is left out leaves what the day says."""
        for name, facts in line.expect.get("after", {}).items():
            await self._set(line, name, facts)
        if "drawer_cash" in line.expect:
            await drawer_holds(self._till, line.expect["drawer_cash"])
        if "stock" in line.expect:
            await self._till.count(line.expect["stock"])

    def _gone(self, line: Line) -> None:
        """Accounts that the day says are no more; at the end they must be gone."""
        numbers = {fact["card"]: fact["id"] for fact in self._day.members if "issued" in fact}
        for card in line.expect.get("preview", {}).get("cancel", ()):
            self._expected.pop(numbers.get(card, ""), None)

    async def _set(self, line: Line, name: str, facts: Facts) -> None:
        try:
            await set_to(self._till, self._till.people[name], facts)
        except NotSet as fault:
            self._differs(_where(line), "cannot be booked", facts, fault)

    # Everything.

    async def _everybody(self, where: str) -> None:
        for name, facts in self._expected.items():
            try:
                now = await stands(self._till, self._till.people[name], facts)
            except LookupError:
                self._differs(where, name, "there", "gone")
                continue
            for fact, came in now.items():
                told = as_counted(fact, facts[fact])
                if came != told:
                    self._differs(where, f"{name}'s {fact}", told, came)
            if silent := facts.keys() - now.keys():
                self._differs(where, f"{name}", sorted(silent), "not looked at")
            if more := beside(self._till, self._till.people[name], facts):
                self._differs(where, f"{name}'s wallet", "nothing of it", more)
        for sku, told in self._stock.items():
            left = await self._till.left(sku)
            if left != told:
                self._differs(where, f"stock of {sku}", told, left)
        if self._drawer is not None and self._drawer != (there := self._till.drawer()):
            self._differs(where, "drawer", self._drawer, there)

    def _totals(self, line: Line) -> None:
        totals = Counter(self._left_out)
        for entry in self._till.entries:
            if entry.id not in self._till.unplayed:
                totals.update(of_entry(entry))
        for name, (told, came) in differing(totals, line.expect["z"]).items():
            self._differs(_where(line), f"total {name}", told, came)

    async def _end(self) -> None:
        end = self._day.end
        if end.members.keys() != self._expected.keys():
            self._differs("at the end", "members", sorted(end.members), sorted(self._expected))
        for name, facts in end.members.items():
            self._expect(name, facts)
        if end.stock.keys() != self._stock.keys():
            self._differs("at the end", "stock", sorted(end.stock), sorted(self._stock))
        self._stock |= end.stock
        await self._everybody("at the end")
        if end.drawer_cash != self._counted:
            self._differs("at the end", "drawer", end.drawer_cash, self._counted)
        for unit, told in end.liabilities.items():
            held = self._till.balances.items()
            came = sum(amount for of, amount in held if _owed(of, unit))
            if came != told:
                self._differs("at the end", f"{unit} owed", told, came)
        for name in self._till.people.keys() - self._expected.keys():
            if await self._till.ledger.books.holder(self._till.people[name].key) is not None:
                self._differs("at the end", name, "gone", "there")

    async def _picked_up(self, name: str, order: Ordered, play: Play) -> None:
        """On the day that was named: all of it, settled by the deposit first."""
        said, expect = order.line.given, order.line.expect
        where = f"{name} ({order.number}) picked up on {said['pickup']}"
        self._till.stands_at(said["pickup"])
        try:
            came = await play.picked_up(order)
        except (Refused, Declined, NotAnswered, NotOnPaper, LookupError) as fault:
            self._differs(where, "order", "it can be settled", repr(fault))
            return
        listed = sum(line["list"] for line in came["lines"])
        tenders = came["tenders"]
        rest = listed - expect["deposit"]
        told = {"deposit": expect["deposit"], "code": came["due"] - expect["deposit"]}
        if (tenders, rest) != (told, expect["rest_at_pickup"]):
            self._differs(where, "order", (told, expect["rest_at_pickup"]), (tenders, rest))
        for sku, count in said["items"]:
            if sku in self._stock:
                self._stock[sku] -= count
            if (left := await self._till.left(sku)) != self._stock.get(sku):
                self._differs(where, f"stock of {sku}", self._stock.get(sku), left)
        held = dict(self._till.held(self._till.people[said["member"]]))
        if more := {unit: fen for unit, fen in held.items() if unit.startswith("deposit:")}:
            self._differs(where, "deposit", "settled", more)


def _owed(account: str, unit: str) -> bool:
    owner, _, what = account.split(":", 2)
    return what == unit if owner == "wallet" else owner == "company" and unit == "principal"


def _where(line: Line) -> str:
    return f"line {line.n} ({line.do})"


def _plain(key: str, said: object) -> object:
    """So that it can be compared: names of promotions are free, the order of tenders is not."""
    if key == "lines" and isinstance(said, list):
        return [one | {"discounts": [_fen(each) for each in one["discounts"]]} for one in said]
    if key in {"tenders", "tenders_back"} and isinstance(said, dict):
        return list(said.items())
    if key == "reason" and (possible := _POSSIBLE.search(str(said))):
        return possible[0]
    return said


def _fen(discount: object) -> object:
    return discount[1] if isinstance(discount, list) else discount
