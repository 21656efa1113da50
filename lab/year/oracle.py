"""What members have after a year, reckoned by hand: nothing here is the product's, and everything is short.

Dates are business days; sums are fen. The shop's rules are those of `lab.year.shop`, said again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import combinations
from typing import NamedTuple

BEGINS, TURN_DAYS = "2024-10-01", 30
PRICES = {"G1": 2_345, "G2": 780, "S1": 8_800}
SERVICES = {"S1"}
TIER_PAYS = {"silver": {"goods": 95, "services": 90}, "gold": {"goods": 90, "services": 85}}
BIRTHDAY_PAYS = {"goods": 93, "services": 80}
BIRTHDAY_AROUND = 1
COUNTED_DAYS = 90
SILVER, GOLD = 30_000, 90_000
COUPON_LESS, COUPON_FROM, COUPON_DAYS = 1_000, 5_000, 60
COUPONS = 2
BACK_BP, BACK_MOST, BACK_DAYS, BACK_PAYS = 300, 300, 30, 50
RUNG, RUNG_BONUS = 20_000, 2_500
HUNDRED_POINTS = 500
SOAP, SOAPS = "G2", 1
"""So many pieces of it are free in a month of the calendar, on one bill or on several."""

FRIEND, FURTHER = 40, 15
"""Points to who brought them, and to who had brought that one."""
FRIEND_LEAST = 4_000
FRIEND_DAY, FRIEND_MONTH = 50, 60
"""So many at most to one member."""
TRIGGERS = (("join",), ("first_spend", "first_recharge"), ("each_spend",), ("first_recharge",))
"""For what, in turns of thirty days."""

MOON = {
    (1, 1): ("2025-01-29",),
    (1, 15): ("2025-02-12",),
    (5, 5): ("2025-05-31",),
    (6, 1): ("2025-06-25",),
    (7, 7): ("2025-08-29",),
    (9, 9): ("2024-10-11",),
    (12, 30): ("2025-01-28",),  # The month has 29 days: New Year's Eve all the same.
}
"""When the moon's days were kept in that year, by any almanac."""
MOON_LEAP = {(6, 1): ("2025-07-25",)}


_NOBODY = -1


@dataclass(eq=False)
class Lot:
    """What came together: of value that ends, or begins, or counts for a time."""

    left: int
    until: str = ""
    since: str = ""
    withdrawn: bool = False
    """A coupon that the shop took back: used or not, it is nobody's again."""

    def usable(self, day: str) -> bool:
        return self.since <= day and (not self.until or day <= self.until)


@dataclass
class Paid:
    """How a bill is: value as far as it is said, and the rest `way`, in cash or by code."""

    points: int
    cashback: int
    stored: int
    rest: int
    way: str

    def parts(self) -> dict[str, int]:
        """In their order, without those that pay nothing."""
        found = {"points": self.points, "cashback": self.cashback, "stored": self.stored, self.way: self.rest}
        return {kind: some for kind, some in found.items() if some}


@dataclass
class Sold:
    """What may come back."""

    day: str
    way: str
    """Empty: in several ways, or with value."""
    points: int
    mine: Lot
    """Where those lie, with all else that ends on that day."""
    came: int
    back: Lot
    """The same of cashback."""
    counts: Lot
    coupon: Lot | None
    soaps: int
    """Free ones."""
    friends: list[Friend] | None
    """What it brought to whom; None: nothing was to be brought by it."""
    holder: int
    """Whose it was then."""

    def of_one_with(self, goes: Member, stays: Member) -> Sold:
        """Who bought it turned out to be that one."""
        self.holder = stays.holder if self.holder == goes.holder else _NOBODY
        return self


class Friend(NamedTuple):
    """Who had something for whom they brought."""

    who: Member
    some: int
    holder: int
    """Whose that was then."""


@dataclass(eq=False)
class Member:
    name: str
    named: bool = True
    """Else whoever holds the card has what is on it, and nothing that is a person's."""
    holder: int = 0
    """So often it went to another person."""
    gone: bool = False
    """The card without a name was cancelled: nothing leads there."""
    into: Member | None = None
    """With whom they turned out to be one."""
    into_holder: int = 0
    """Whose that was then."""
    merged: bool = False
    """Somebody turned out to be one with them."""
    born: str = ""
    """`09-17` by the sun; `moon:05-05`, `leap:06-01` by the moon; empty: it was not said."""
    principal: int = 0
    bonus: int = 0
    points: list[Lot] = field(default_factory=list)
    owed: int = 0
    """Points that came back and were spent by then: settled from the next ones."""
    touched: list[Lot] = field(default_factory=list)
    """What was taken from last."""
    cashback: list[Lot] = field(default_factory=list)
    owed_back: int = 0
    """The same of cashback."""
    counts: list[Lot] = field(default_factory=list)
    coupons: list[Lot] = field(default_factory=list)

    soaps: dict[str, int] = field(default_factory=dict)
    """By month, how many they had free."""
    by: Member | None = None
    """Who brought them."""
    by_holder: int = 0
    """Whose that was then."""
    firsts: int = 0
    """So often something of theirs counted for who brought them."""
    got: dict[str, int] = field(default_factory=dict)
    """By day and by month, for whom they brought."""
    last_tier: str = "regular"
    """As it was told when they were here last."""
    bought: int = 0

    # What they are.

    def tier(self, day: str) -> str:
        counted = sum(one.left for one in self.counts if one.usable(day))
        if not self.named:
            return "regular"
        return "gold" if counted >= GOLD else "silver" if counted >= SILVER else "regular"

    def celebrates(self, day: str, around: int = 0) -> bool:
        there = date.fromisoformat(day)
        return any(abs((there - one).days) <= around for one in self._birthdays(there))

    def _birthdays(self, near: date) -> list[date]:
        calendar, _, said = self.born.rpartition(":")
        if not said:
            return []
        month, day = (int(one) for one in said.split("-"))
        if calendar:
            by_moon = MOON_LEAP if calendar == "leap" else MOON
            return [date.fromisoformat(one) for one in by_moon[month, day]]
        found = []
        for year in (near.year - 1, near.year, near.year + 1):
            leap = year % 4 == 0
            found.append(date(year, month, 28 if (month, day) == (2, 29) and not leap else day))
        return found

    # What they pay.

    def due(self, cart: dict[str, int], day: str, coupon: Lot | None) -> int:
        """The least of all that they may be asked: a price is left where a coupon is worth more."""
        sums = self._sums(cart, day)
        return min(one for one in sums if one >= COUPON_FROM) - COUPON_LESS if coupon else min(sums)

    def fits(self, cart: dict[str, int], day: str) -> Lot | None:
        """The coupon that takes something off: the first that ends."""
        sums = self._sums(cart, day)
        with_it = [one - COUPON_LESS for one in sums if one >= COUPON_FROM]
        if not with_it or min(with_it) >= min(sums):
            return None
        there = [one for one in self.coupons if one.left and one.usable(day)]
        return min(there, key=lambda one: one.until, default=None)

    def free(self, cart: dict[str, int], day: str, coupon: Lot | None) -> int:
        """How many soaps of it are."""
        asked = self.due(cart, day, coupon) + (COUPON_LESS if coupon else 0)
        return max(soaps for fen, soaps in self._ways(cart, day) if fen == asked)

    def _sums(self, cart: dict[str, int], day: str) -> set[int]:
        return {fen for fen, _ in self._ways(cart, day)}

    def _ways(self, cart: dict[str, int], day: str) -> set[tuple[int, int]]:
        """Whatever price is left out, on every line that has it; and how many soaps are free then."""
        left = max(0, SOAPS * self.named - self.soaps.get(_month(day), 0))
        some = min(left, cart.get(SOAP, 0))
        found = set()
        for fen, chosen in self._prices(cart, day):
            found.add((fen, 0))
            pieces = cart.get(SOAP, 0)
            less = _line(SOAP, pieces, chosen) - PRICES[SOAP] * (pieces - some)
            if some and less > 0:
                found.add((fen - less, some))
        return found

    def _prices(self, cart: dict[str, int], day: str) -> list[tuple[int, tuple[dict[str, int], ...]]]:
        tier, birthday = TIER_PAYS.get(self.tier(day), {}), {}
        if self.celebrates(day, BIRTHDAY_AROUND):
            birthday = BIRTHDAY_PAYS
        prices = [tier, *({what: pay} for what, pay in birthday.items())]
        return [
            (sum(_line(sku, pieces, chosen) for sku, pieces in cart.items()), chosen)
            for count in range(len(prices) + 1)
            for chosen in combinations(prices, count)
        ]

    # What they do.

    def has(self, lots: list[Lot], day: str) -> int:
        return sum(one.left for one in lots if one.usable(day))

    def usable_back(self, day: str) -> int:
        """Cashback: what is owed of it is left alone."""
        return max(0, self.has(self.cashback, day) - self.owed_back)

    def take(self, lots: list[Lot], amount: int, day: str) -> int:
        """What is first to end goes first. How much was not there."""
        self.touched = []
        for one in sorted(lots, key=lambda lot: (not lot.until, lot.until)):
            if one.usable(day):
                part = min(one.left, amount)
                one.left -= part
                amount -= part
                self.touched += [one] if part else []
        return amount

    def buys(self, cart: dict[str, int], day: str, coupon: Lot | None, paid_by: Paid) -> Sold:
        """In the tier that they were in until then."""
        points, cashback, stored, way = paid_by.points, paid_by.cashback, paid_by.stored, paid_by.way
        due, tier, birthday = self.due(cart, day, coupon), self.tier(day), self.celebrates(day)
        soaps = self.free(cart, day, coupon)
        self.soaps[_month(day)] = self.soaps.get(_month(day), 0) + soaps
        rest = due - points // 100 * HUNDRED_POINTS - cashback - stored
        paid = rest // 10 * 10 if way == "cash" else rest
        self.take(self.cashback, cashback, day)
        self.take(self.points, points, day)
        of_principal = min(stored, self.principal)
        friends = self._spends(paid + of_principal, day)
        self.principal -= of_principal
        self.bonus -= stored - of_principal
        if coupon:
            coupon.left = 0
        earns = (paid + of_principal) // 100
        times, per = (3, 2) if tier == "gold" else (1, 1)
        earned = earns * times * (2 if birthday else 1) // per
        mine = self._earn(earned, points, points_until(day))
        came = min(paid * BACK_BP // 10_000, BACK_MOST)
        settled = min(self.owed_back, max(0, came - cashback))
        self.owed_back -= settled
        back = Lot(came - settled, _after(day, BACK_DAYS), _after(day, 1))
        counts = Lot((paid + of_principal) * self.named, _after(day, COUNTED_DAYS - 1))
        self.cashback.append(back)
        self.counts.append(counts)
        self.bought += 1
        self.last_tier = self.tier(day)
        whole = not (points or cashback or stored)
        return Sold(
            day, way if whole else "", earned, mine, came, back, counts, coupon, soaps, friends, self.holder
        )

    def _earn(self, earned: int, used: int, until: str) -> Lot:
        """Of what comes beyond what goes, what is owed is settled first.

        It joins what ends on the same day, but not what the same sale was paid with.
        """
        settled = min(self.owed, max(0, earned - used))
        self.owed -= settled
        alike = (one for one in self.points if one.left and one.until == until and one not in self.touched)
        lot = next(alike, None)
        if lot is None:
            lot = Lot(0, until)
            self.points.append(lot)
        lot.left += earned - settled
        return lot

    def recharges(self, amount: int, day: str) -> None:
        self.principal += amount
        self.bonus += RUNG_BONUS if amount >= RUNG else 0
        if "first_recharge" in triggers(day) and amount >= FRIEND_LEAST and not self.firsts:
            self._brings(day)
        self.last_tier = self.tier(day)

    def returns(self, sale: Sold, day: str) -> None:
        """All of it: what it had brought goes; what of that was spent, or had settled a debt, is owed."""
        there = min(sale.points, sale.mine.left)
        sale.mine.left -= there
        self.owed += sale.points - there
        self.owed_back += sale.came - sale.back.left
        for one in (sale.back, sale.counts):
            one.left = 0
        if sale.coupon and not sale.coupon.withdrawn:
            sale.coupon.left = 1
        if sale.holder == self.holder:
            self.soaps[_month(sale.day)] -= sale.soaps
            self.firsts -= sale.friends is not None
        for friend in sale.friends or ():
            friend.who.now().loses(friend.some)
            if earner := friend.who.still(friend.holder):
                earner.has_room_again(friend.some, sale.day)
        self.last_tier = self.tier(day)

    # Whose it is.

    def goes_to_another(self, day: str) -> None:
        """All that lies there goes along, and nothing else that was somebody's."""
        self.named, self.born = True, ""
        self.holder += 1
        self.soaps.clear()
        self.firsts, self.got = 0, {}
        self.last_tier = self.tier(day)

    def keeps_the_card(self) -> bool:
        """A card without a name: what was paid in, or has a last day, is its holder's."""
        return bool(self.principal + self.bonus + sum(one.left for one in self.cashback))

    def ends_with_the_card(self) -> None:
        """What was only given; what is owed stays owed."""
        self.gone = True
        for lots in (self.points, self.cashback, self.counts):
            for one in lots:
                one.left = 0

    def becomes_one_with(self, stays: Member, day: str) -> None:
        """All that lies here lies there from now on, after what lay there."""
        stays.principal += self.principal
        stays.bonus += self.bonus
        stays.owed += self.owed
        stays.owed_back += self.owed_back
        stays._for_good().left += self._for_good().left
        self._for_good().left = 0
        stays.points += [one for one in self.points if one.until]
        stays.cashback += self.cashback
        stays.counts += self.counts
        stays.coupons += self.coupons
        for here, there in ((self.soaps, stays.soaps), (self.got, stays.got)):
            there.update({period: count + there.get(period, 0) for period, count in here.items()})
        stays.firsts += self.firsts
        stays.bought += self.bought
        stays.last_tier = stays.tier(day)
        if self.named and not stays.born:
            stays.born = self.born
        stays.merged = True
        self.into, self.into_holder, self.gone = stays, stays.holder, True
        self.points, self.cashback, self.counts, self.coupons = [], [], [], []

    def brought_by(self) -> Iterator[Member]:
        """Whoever brought them, and whoever brought these."""
        by = self.bringer()
        while by is not None:
            yield by
            by = by.bringer()

    def bringer(self) -> Member | None:
        """Not of whoever was given one of the two cards since."""
        return None if self.by is None or self.holder else self.by.still(self.by_holder)

    def named_before(self) -> Iterator[Member]:
        """Whoever was named when they joined, and when these did, whoever has their cards by now."""
        by = self.by
        while by is not None:
            yield by.now()
            by = by.now().by

    def now(self) -> Member:
        """Who they turned out to be."""
        return self.into.now() if self.into else self

    def still(self, holder: int) -> Member | None:
        """The same, where it is whose it was then: nobody was given it since, nor what it became one with."""
        if self.holder != holder:
            return None
        return self.into.still(self.into_holder) if self.into else self

    # Who brought them.

    def joins(self, day: str) -> None:
        if "join" in triggers(day):
            self._brings(day)

    def _spends(self, fen: int, day: str) -> list[Friend] | None:
        if fen < FRIEND_LEAST:
            return None
        if "each_spend" in triggers(day) or ("first_spend" in triggers(day) and not self.firsts):
            return self._brings(day)
        return None

    def _brings(self, day: str) -> list[Friend] | None:
        """Two people at most, each as far as there is room; it counts though there is none."""
        if self.bringer() is None:
            return None
        self.firsts += 1
        nearest = zip(self.brought_by(), (FRIEND, FURTHER), strict=False)
        return [Friend(who, who.gets(points, day), who.holder) for who, points in nearest]

    def gets(self, points: int, day: str) -> int:
        month = _month(day)
        room = min(FRIEND_DAY - self.got.get(day, 0), FRIEND_MONTH - self.got.get(month, 0))
        some = min(points, max(0, room))  # Whoever turned out to be two may have had more than one may.
        for period in (day, month):
            self.got[period] = self.got.get(period, 0) + some
        settled = min(self.owed, some)
        self.owed -= settled
        self._for_good().left += some - settled
        return some

    def loses(self, points: int) -> None:
        """What is spent by now is owed."""
        lot = self._for_good()
        there = min(points, lot.left)
        lot.left -= there
        self.owed += points - there

    def has_room_again(self, points: int, given: str) -> None:
        """On the day on which it was given."""
        for period in (given, _month(given)):
            self.got[period] -= points

    def _for_good(self) -> Lot:
        """Points without an end."""
        lot = next((one for one in self.points if not one.until), None)
        if lot is None:
            lot = Lot(0)
            self.points.append(lot)
        return lot

    def ends(self, day: str) -> None:
        """In the morning. What ends settles what is owed of it first."""
        self.owed -= min(self.owed, _over(self.points, day))
        self.owed_back -= min(self.owed_back, _over(self.cashback, day))
        for lots in (self.points, self.cashback, self.counts):
            lots[:] = [one for one in lots if one.left and (not one.until or day <= one.until)]


def _over(lots: list[Lot], day: str) -> int:
    return sum(one.left for one in lots if one.until and one.until < day)


def _line(sku: str, pieces: int, prices: Sequence[dict[str, int]]) -> int:
    """The best of them, or the list's."""
    gross, what = PRICES[sku] * pieces, "services" if sku in SERVICES else "goods"
    return min((gross * one.get(what, 100) * 2 + 100) // 200 for one in ({}, *prices))


def joined(name: str, day: str, by: Member | None) -> Member:
    """At the counter, with the pack."""
    until = _after(day, COUPON_DAYS - 1)
    held, whose = [Lot(1, until) for _ in range(COUPONS)], by.holder if by else 0
    one = Member(name=name, coupons=held, by=by, by_holder=whose)
    one.joins(day)
    return one


def withdraws(members: Iterable[Member]) -> int:
    """All coupons that were ever given, held and used. How many were not withdrawn before."""
    those = [coupon for one in members for coupon in one.coupons if not coupon.withdrawn]
    for coupon in those:
        coupon.left, coupon.withdrawn = 0, True
    return len(those)


def triggers(day: str) -> tuple[str, ...]:
    """On that day."""
    since = date.fromisoformat(day) - date.fromisoformat(BEGINS)
    return TRIGGERS[since.days // TURN_DAYS % len(TRIGGERS)]


def _month(day: str) -> str:
    return day[:7]


def points_until(day: str) -> str:
    """All of one year end together."""
    return f"{int(day[:4]) + 1}-03-31"


def _after(day: str, days: int) -> str:
    return str(date.fromisoformat(day) + timedelta(days=days))
