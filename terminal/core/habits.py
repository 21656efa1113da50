"""What last visits say of a member: who served them, and what is bought together (product.md D5).

What it says can be told in one sentence each. It is told entry by entry, in the order of the journal; of
members, visits and baskets a bounded number is kept, the last.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from itertools import permutations
from typing import Final

from msgspec import Struct

from terminal.core.commands import BookSale
from terminal.core.following import FollowsSales
from terminal.core.values import EntryId, StaffId, Value, WalletId

VISITS_MAX: Final = 5
"""Of one member."""
MEMBERS_MAX: Final = 5_000
"""Beyond them whoever was here longest ago is forgotten."""
BASKETS_MAX: Final = 2_000
"""Sales, of anybody, by which it is reckoned what is bought together."""
GOODS_MAX: Final = 6
"""Articles of one sale that are looked at: the first."""
TOGETHER_MIN: Final = 3
"""So often two articles were bought together before the one is recommended with the other."""
USUAL_MIN: Final = 2
"""Visits after which somebody is the usual one."""


class Usual(Value, frozen=True, kw_only=True):
    """Who served them in most of their last visits: in `times` of `visits` in which anybody is named."""

    staff: StaffId
    times: int
    visits: int


class Together(Value, frozen=True, kw_only=True):
    """An article that they did not buy lately, and one of theirs with which it was bought so often."""

    name: str
    bought: str
    times: int


class Habits(Value, frozen=True, kw_only=True):
    usual: Usual | None = None
    together: Together | None = None


class _Line(Struct):
    at: int
    """Place in the sale."""
    sku: str
    name: str
    by: StaffId | None
    quantity: int


class _Visit(Struct):
    day: str
    lines: list[_Line]


class _Beside(Struct):
    name: str
    counts: Counter[str]
    """By SKU: in how many baskets it lay beside that."""


class Visits(FollowsSales):
    """The last of everybody."""

    def __init__(self, keyed: str, members_max: int = MEMBERS_MAX, baskets_max: int = BASKETS_MAX) -> None:
        """`keyed`: SKU of whatever is sold by its amount alone: nobody knows what it was."""
        self._keyed = keyed
        self._members_max = members_max
        self._baskets_max = baskets_max
        self._of: OrderedDict[WalletId, list[_Visit]] = OrderedDict()
        """Whoever was here last at the end."""
        self._baskets: OrderedDict[EntryId, _Visit] = OrderedDict()
        self._beside: dict[str, _Beside] = {}
        """By SKU, of what lay in a basket with anything else."""

    def _sold(self, sale: BookSale) -> None:
        lines = [
            _Line(at, line.sku, line.name, line.commission.by if line.commission else None, line.quantity)
            for at, line in enumerate(sale.lines)
            if line.sku != self._keyed and not line.sample
        ]
        visit = _Visit(sale.at.business_day, lines)
        self._baskets[sale.id] = visit
        self._count(visit, 1)
        while len(self._baskets) > self._baskets_max:
            _, oldest = self._baskets.popitem(last=False)
            self._count(oldest, -1)
        if sale.wallet is not None:
            self._keep(sale.wallet, [*self._of.get(sale.wallet, ()), visit])

    def _back(self, of: EntryId, line: int | None, quantity: int) -> None:
        visit = self._baskets.get(of)
        if visit is None:
            return  # Too long ago to be reckoned by.
        self._count(visit, -1)
        for one in visit.lines:
            if line in {None, one.at}:
                one.quantity = max(0, one.quantity - quantity) if quantity else 0
        visit.lines = [one for one in visit.lines if one.quantity]
        self._count(visit, 1)

    def _merged(self, wallet: WalletId, into: WalletId) -> None:
        both = [*self._of.get(into, ()), *self._of.pop(wallet, ())]
        self._keep(into, sorted(both, key=lambda one: one.day))

    def _given(self, wallet: WalletId) -> None:
        self._keep(wallet, [])

    def _keep(self, wallet: WalletId, visits: list[_Visit]) -> None:
        """In the place of what was kept of them."""
        self._of.pop(wallet, None)
        if kept := [one for one in visits if one.lines][-VISITS_MAX:]:
            self._of[wallet] = kept
        while len(self._of) > self._members_max:
            self._of.popitem(last=False)

    def _count(self, visit: _Visit, by: int) -> None:
        names = {one.sku: one.name for one in visit.lines}
        for one, other in permutations(list(names)[:GOODS_MAX], 2):
            beside = self._beside.setdefault(one, _Beside(names[one], Counter()))
            beside.name = names[one]
            beside.counts[other] += by
            if not beside.counts[other]:
                del beside.counts[other]
            if not beside.counts:
                del self._beside[one]

    @property
    def members(self) -> int:
        """Of whom anything is kept."""
        return len(self._of)

    @property
    def articles(self) -> int:
        """That lay in a basket with anything else."""
        return len(self._beside)

    def of(self, wallet: WalletId) -> Habits:
        visits = self._of.get(wallet, [])
        return Habits(usual=_usual(visits), together=self._together(visits))

    def _together(self, visits: list[_Visit]) -> Together | None:
        """What was bought most often with anything of theirs."""
        theirs = {line.sku: line.name for visit in visits for line in visit.lines}
        best: tuple[int, str, str] | None = None
        for sku, name in theirs.items():
            for other, times in self._beside[sku].counts.items() if sku in self._beside else ():
                if other not in theirs and times >= TOGETHER_MIN and (best is None or times > best[0]):
                    best = times, other, name
        if best is None:
            return None
        times, other, name = best
        return Together(name=self._beside[other].name, bought=name, times=times)


def _usual(visits: list[_Visit]) -> Usual | None:
    """Whoever served them in more than half of the visits in which anybody is named."""
    served = [list(dict.fromkeys(line.by for line in visit.lines if line.by)) for visit in visits]
    named = [staff for staff in served if staff]
    ranked = Counter(one for staff in named for one in staff).most_common(1)
    if not ranked:
        return None
    ((most, times),) = ranked
    if times < USUAL_MIN or 2 * times <= len(named):
        return None
    return Usual(staff=most, times=times, visits=len(named))
