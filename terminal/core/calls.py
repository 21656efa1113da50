"""What members have used up, by the days that a piece lasts: at the tap, whom to call (product.md D5, D6).

A cleanser lasts 80 days a piece; the same article bought again begins anew, and one that comes back whole
gives the former date back. Of articles that have no days of their own their category may have some: then any
article of it begins anew. The journal says it; nothing is kept beside it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final, Protocol

from msgspec import Struct

from terminal.core.cart import Article
from terminal.core.catalogue import Articles
from terminal.core.commands import BookSale, Measured, SaleLine
from terminal.core.following import FollowsSales
from terminal.core.habits import Habits
from terminal.core.values import EntryId, Value, WalletId

LINES_MAX: Final = 50_000
"""Lines of sales that are kept in memory; beyond them whoever was here longest ago is forgotten."""
BOUGHT_MAX: Final = 16
"""Of one member: their last ones."""

_NEVER: Final = date.max.isoformat()
_CATEGORY: Final = "category:"
"""Before its name, where a category stands in the place of a SKU."""


class UsedUp(Value, frozen=True, kw_only=True):
    name: str
    """Of the article, or of the category."""
    day: str
    """On which the last that they bought is used up."""


class Lasting(Protocol):
    def of(self, wallet: WalletId, /) -> Sequence[UsedUp]:
        """Of each article or category that has a cycle and that they bought here, as far as that is read."""
        ...

    def habits(self, wallet: WalletId, /) -> Habits:
        """What their last visits say of them, as far as that is read."""
        ...


class NothingLasts:
    """A shop that looks at no journal."""

    def of(self, _wallet: WalletId) -> Sequence[UsedUp]:
        return ()

    def habits(self, _wallet: WalletId) -> Habits:
        return Habits()


def lasting(articles: Articles) -> dict[str, Article]:
    """By SKU, those that have a cycle. Raises CatalogueUnread."""
    return {one.sku: one for one in articles.each() if one.cycle_days}


class Cycles(Struct, frozen=True):
    """So many days a piece lasts."""

    articles: Mapping[str, int]
    """By SKU."""
    categories: Mapping[str, int] = MappingProxyType({})
    """Of whatever is of one and has no days of its own."""

    def __bool__(self) -> bool:
        return bool(self.articles or self.categories)

    def what(self, line: SaleLine) -> str:
        """Whose days it has, as `days` and `called` take it; empty: nobody knows how long it lasts."""
        if line.sku in self.articles:
            return line.sku
        return f"{_CATEGORY}{line.category}" if line.category in self.categories else ""

    def days(self, what: str) -> int:
        return self.articles.get(what) or self.categories[what.removeprefix(_CATEGORY)]


def cycles_of(known: Mapping[str, Article], categories: Mapping[str, int] = MappingProxyType({})) -> Cycles:
    """`known`: by SKU."""
    return Cycles({sku: one.cycle_days for sku, one in known.items() if one.cycle_days}, categories)


def called(what: str, known: Mapping[str, Article]) -> str:
    """By the name of the article, or of the category."""
    return known[what].name if what in known else what.removeprefix(_CATEGORY)


def used_up_on(day: str, pieces: int, cycle_days: int) -> str:
    """So many pieces bought on a day; the last day of all where that lies beyond what a date can say."""
    try:
        return (date.fromisoformat(day) + timedelta(days=pieces * cycle_days)).isoformat()
    except OverflowError:
        return _NEVER


class LastBought(Value, frozen=True, kw_only=True):
    wallet: WalletId
    what: str
    """See `Cycles.what`."""
    day: str
    """Business day."""
    pieces: int

    def due(self, cycle_days: int) -> str:
        """When it is used up."""
        return used_up_on(self.day, self.pieces, cycle_days)


class _Bought(Struct):
    sale: EntryId
    line: int
    what: str
    day: str
    left: int
    """Of its quantity, of what did not come back."""
    counted: bool
    """By pieces; what is weighed lasts like one, however much it is."""

    @property
    def pieces(self) -> int:
        return self.left if self.counted else 1


class Purchases(FollowsSales):
    """What members bought of what has a cycle; told entry by entry, in the order of the journal."""

    def __init__(self, cycles: Cycles, *, since: str = "", lines_max: int = LINES_MAX) -> None:
        """`since`: of whatever is used up before that day nothing is kept."""
        self._cycles = cycles
        self._since = since
        self._lines_max = lines_max
        self._lines = 0
        self._of: OrderedDict[WalletId, list[_Bought]] = OrderedDict()
        """Whoever was here last at the end."""
        self._whose: dict[EntryId, WalletId] = {}

    @property
    def members(self) -> int:
        """Of whom anything is kept."""
        return len(self._of)

    @property
    def lines(self) -> int:
        """Of sales, that are kept."""
        return self._lines

    def _sold(self, sale: BookSale) -> None:
        if (wallet := sale.wallet) is None:
            return
        day = sale.at.business_day
        new = [
            _Bought(sale.id, at, what, day, line.quantity, line.measured is Measured.PIECE)
            for at, line in enumerate(sale.lines)
            if (what := self._cycles.what(line))
        ]
        self._keep(wallet, [*self._of.get(wallet, ()), *new])

    def _back(self, of: EntryId, line: int | None, quantity: int) -> None:
        if (wallet := self._whose.get(of)) is None:
            return
        theirs = self._of[wallet]
        for one in theirs:
            if one.sale == of and line in {None, one.line}:
                one.left = max(0, one.left - quantity) if quantity else 0
        self._keep(wallet, theirs)

    def _merged(self, wallet: WalletId, into: WalletId) -> None:
        both = [*self._of.get(into, ()), *self._of.get(wallet, ())]
        self._forget(wallet)
        self._keep(into, sorted(both, key=lambda one: one.day))

    def _given(self, wallet: WalletId) -> None:
        self._forget(wallet)

    def _keep(self, wallet: WalletId, bought: list[_Bought]) -> None:
        """In the place of what was kept of them."""
        self._forget(wallet)
        kept = self._to_come([one for one in bought if one.left])[-BOUGHT_MAX:]
        if not kept:
            return
        self._of[wallet] = kept
        self._lines += len(kept)
        self._whose.update((one.sale, wallet) for one in kept)
        while self._lines > self._lines_max:
            self._forget(next(iter(self._of)))

    def _forget(self, wallet: WalletId) -> None:
        theirs = self._of.pop(wallet, [])
        self._lines -= len(theirs)
        for one in theirs:
            self._whose.pop(one.sale, None)

    def _to_come(self, bought: list[_Bought]) -> list[_Bought]:
        """Without that of which no purchase lasts until `since`; one that does may count again."""
        by_sale: dict[tuple[str, EntryId], list[_Bought]] = {}
        for one in bought:
            by_sale.setdefault((one.what, one.sale), []).append(one)
        ahead = {what for (what, _), of in by_sale.items() if self._due(what, of) >= self._since}
        return [one for one in bought if one.what in ahead]

    def _due(self, what: str, of: list[_Bought]) -> str:
        """Of one sale."""
        return used_up_on(of[0].day, sum(one.pieces for one in of), self._cycles.days(what))

    def bought(self) -> Iterator[LastBought]:
        """Last, of each member and article or category."""
        for wallet in self._of:
            yield from self.of(wallet)

    def of(self, wallet: WalletId) -> Iterator[LastBought]:
        """Last, of each article or category."""
        theirs = self._of.get(wallet, [])
        last = {one.what: one.sale for one in theirs}
        for what, sale in last.items():
            yield _last(wallet, [one for one in theirs if one.what == what and one.sale == sale])

    def due(self, day: str) -> list[LastBought]:
        """What is used up on that day, whoever was here longest ago first."""
        return [one for one in self.bought() if one.due(self._cycles.days(one.what)) == day]


def _last(wallet: WalletId, of: list[_Bought]) -> LastBought:
    """Of one sale."""
    pieces = sum(one.pieces for one in of)
    return LastBought(wallet=wallet, what=of[0].what, day=of[0].day, pieces=pieces)
