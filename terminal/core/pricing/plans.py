"""What is compared: which packs are taken, which line prices are left out, what comes on top."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from msgspec import Struct

from terminal.core.pricing.basket import Basket
from terminal.core.pricing.order import Order, Orders
from terminal.core.pricing.outlook import Outlook
from terminal.core.pricing.promotion import LinePrice, Part
from terminal.core.pricing.sight import Sight
from terminal.core.pricing.tariff import Live
from terminal.core.pricing.visit import Visit

TRIES_MAX = 256
"""So many choices of line prices to leave out are compared at most: all that there are of eight."""


class Choice(Struct, frozen=True):
    """A line price that a part may have."""

    saves: int
    place: int
    """In `Live.lines`."""


class Plan(Struct, frozen=True, kw_only=True):
    """One combination, and what it takes off."""

    live: Live
    basket: Basket
    chosen: Sequence[Choice | None]
    """By part."""
    order: Order
    off: int


class Without(Struct, frozen=True, kw_only=True):
    """What it comes to when some line prices are left out."""

    instead: dict[int, tuple[Choice | None, int]]
    """By part, what it has now, and how much more it costs."""
    lost: int


class Way:
    """One way to take packs, with what may come on top of it."""

    def __init__(self, live: Live, one: Basket, lines: Lines, orders: Orders) -> None:
        self._live = live
        self._basket = one
        self._choices = lines.choices(one.parts)
        self._orders = orders
        self._usual = [some[0] if some else None for some in self._choices]
        self._picked = [(at, pick) for at, pick in enumerate(self._usual) if pick]
        packed = {at: net for taken in one.taken for at, net in taken.nets.items()}
        self._nets = [
            packed.get(at, part.gross - (pick.saves if pick else 0))
            for at, (part, pick) in enumerate(zip(one.parts, self._usual, strict=True))
        ]
        self._saved = sum([part.gross for part in one.parts]) - sum(self._nets)
        self._in_lines = sum([pick.saves for _, pick in self._picked])
        self._outlook = orders.outlook(self._nets)

    @property
    def promises(self) -> int:
        """No less than comes off with the best price for each line."""
        return self._saved + self._outlook.most(0)

    def usual(self) -> Plan:
        """With the best price for each line."""
        return self._plan(self._usual, self._nets, self._outlook)

    def without(self, best: Plan) -> Plan:
        """With line prices left out, where that takes more off; else `best`."""
        least = min([_step(some) for some in self._choices if some], default=None)
        if least is None:
            return best
        near = self._outlook.near(least, self._in_lines, best.off - self._saved)
        if near is None:
            return best
        most = self._saved + self._outlook.most(self._in_lines)

        def hopeful(some: Sequence[int]) -> Without | None:
            one = self._without(some)
            return one if most - one.lost > best.off else None

        places = sorted({one.place for some in self._choices for one in some})
        for one in islice(_left_out(places, hopeful), TRIES_MAX):
            brings = self._outlook.most(one.lost) - one.lost if one.lost >= near else 0
            if brings + self._saved > best.off:
                chosen, nets = list(self._usual), list(self._nets)
                for at, (pick, fen) in one.instead.items():
                    chosen[at] = pick
                    nets[at] += fen
                best = _better(best, self._plan(chosen, nets))
        return best

    def _plan(
        self, chosen: Sequence[Choice | None], nets: Sequence[int], outlook: Outlook | None = None
    ) -> Plan:
        order = self._orders.best(nets, outlook)
        off = self._saved - (sum(nets) - sum(self._nets)) + order.off
        return Plan(live=self._live, basket=self._basket, chosen=chosen, order=order, off=off)

    def _without(self, some: Sequence[int]) -> Without:
        instead: dict[int, tuple[Choice | None, int]] = {}
        for at, pick in self._picked:
            if pick.place in some:
                other = next((one for one in self._choices[at] if one.place not in some), None)
                instead[at] = (other, pick.saves - (other.saves if other else 0))
        return Without(instead=instead, lost=sum([fen for _, fen in instead.values()]))


def _step(choices: Sequence[Choice]) -> int:
    """So many fen a part costs more at least if it costs more at all."""
    saves = [one.saves for one in choices]
    return next(saves[0] - other for other in (*saves, 0) if other < saves[0])


def _better(best: Plan, found: Plan) -> Plan:
    """Of equal plans the first."""
    return found if found.off > best.off else best


def _left_out(places: Sequence[int], hopeful: Callable[[Sequence[int]], Without | None]) -> Iterator[Without]:
    """All of them, then the fewest first. What is hopeless is so with more left out too."""
    if everything := hopeful(places):
        yield everything
    waiting = deque[tuple[int, ...]]([()])
    while waiting:
        some = waiting.popleft()
        for place in places:
            longer = (*some, place)
            if (not some or place > some[-1]) and (one := hopeful(longer)):
                waiting.append(longer)
                yield one


def best_of(some: Sequence[Way]) -> Plan:
    """Of equal plans the first, and one that has the best price for each line."""
    first, *others = some
    best = first.usual()
    for way in others:
        if way.promises > best.off:
            best = _better(best, way.usual())
    for way in some:
        best = way.without(best)
    return best


class Lines:
    """What each line may cost by itself: found once for all ways that leave so many pieces of it."""

    def __init__(self, live: Live, seen: Sight, visit: Visit) -> None:
        self._live = live
        self._visit = visit
        self._prices: dict[int, list[tuple[int, LinePrice]]] = {}
        for at, one in enumerate(live.lines):
            for place in seen.open.get(one.id, ()):
                self._prices.setdefault(place, []).append((at, one))
        self._found: dict[tuple[int, int], list[Choice]] = {}

    def choices(self, parts: Sequence[Part]) -> list[list[Choice]]:
        """By part, the prices that are better than the list, the best first."""
        found = [list(self._of(part)) for part in parts]
        _leave_one(found, self._live)
        return found

    def _of(self, part: Part) -> list[Choice]:
        if part.pack:
            return []
        key = (part.place, part.quantity)
        found = self._found.get(key)
        if found is None:
            nets = [(at, one.net(part, self._visit)) for at, one in self._prices.get(part.place, ())]
            better = [
                Choice(part.gross - net, at) for at, net in nets if net is not None and net < part.gross
            ]
            found = self._found[key] = sorted(better, key=lambda one: -one.saves)
        return found


def _leave_one(choices: Sequence[list[Choice]], live: Live) -> None:
    """A price for one line a sale stays with the line where it saves most."""
    for place in (at for at, one in enumerate(live.lines) if one.ONE_LINE):
        found = [(one.saves, at) for at, some in enumerate(choices) for one in some if one.place == place]
        best = max(found, key=lambda each: each[0], default=None)
        for saves, at in found:
            if (saves, at) != best:
                choices[at].remove(Choice(saves, place))
