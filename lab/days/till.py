"""One terminal of the shop on the day: the real ledger on a file, and a clock that the lines set."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from lab.days.told import Day, Line
from terminal.core.accounts import DAY_MEASURES, drawer, used
from terminal.core.calls import Cycles, Purchases
from terminal.core.canonical import decoded
from terminal.core.commands import Booked, ClockTrust, Command, Occasion, Private
from terminal.core.entry import Entry
from terminal.core.receipts import ShopHead
from terminal.core.site import Edit
from terminal.core.trust import Credential, Holder
from terminal.core.values import CardId, EntryId, ShiftId, SiteId, StaffId, TerminalId, WalletId
from terminal.desk.session import Duty, Session
from terminal.runtime.ids import Uuid7
from terminal.runtime.threads import Threads
from terminal.store.ledger import Ledger, open_ledger
from terminal.store.settings import Settings
from terminal.store.stock import StockKeeper

SITE = SiteId("S1")
_ALL = 10_000
"""More entries than a day has."""


class DayClock:
    """Stands at the line that is played."""

    def __init__(self, wall_ms: int) -> None:
        self._began = self._now = wall_ms

    def stands_at(self, wall_ms: int) -> None:
        self._now = wall_ms

    def wall_ms(self) -> int:
        return self._now

    def mono_ms(self) -> int:
        return self._now - self._began

    def unsure_ms(self) -> int:
        return 0

    @property
    def trust(self) -> ClockTrust:
        return ClockTrust.NETWORK


class Person(Struct, kw_only=True):
    """Somebody of the day, and what leads to them here."""

    name: str
    key: Credential
    shows: Credential
    """What they present."""
    wallet: WalletId
    card: CardId | None = None
    number: str = ""
    """Of the card, where the day names it."""
    company: str = ""
    """It pays ahead for its drivers; nothing of it lies on a wallet."""
    unnamed: bool = False
    """Whoever holds the card has what lies on it."""
    bought: dict[str, EntryId] = {}
    """By SKU: the sale of a count card before the day."""
    uses: dict[str, EntryId] = {}
    """By the kind of a coupon: the entry that set one used, without having been played."""


class Till:
    def __init__(self, day: Day, ledger: Ledger, stock: StockKeeper, clock: DayClock, ids: Uuid7) -> None:
        self.day = day
        self.ledger = ledger
        self.stock = stock
        self.clock = clock
        self.ids = ids
        self.people: dict[str, Person] = {}
        self.cycles = {one["sku"]: one["cycle_days"] for one in day.catalogue if one.get("cycle_days")}
        """Days that a piece lasts."""
        self.entries: list[Entry] = []
        self.balances = Counter[str]()
        """By account, as the journal has it."""
        self.unplayed: set[EntryId] = set()
        """Entries that no line played: how people stood before, and what lines that are left out came to."""
        self._by = StaffId(day.badge(day.day[0].by))
        duty = Duty(
            terminal=TerminalId("T1"),
            shift=ShiftId("before"),
            operator=self._by,
            attendant=self._by,
            shop=ShopHead(name=day.shop.name),
            utc_offset_min=day.utc_offset_min,
            day_cut_min=day.cut_min,
        )
        self.session = Session(duty, clock, boot=day.shop.id)
        """The counter's: it knows which shift this is."""

    def stands_at(self, date: str) -> None:
        """Before the day: noon of another, on which somebody came here first."""
        self.clock.stands_at(self.day.wall_ms(f"{date}T12:00"))

    def begin(self, line: Line) -> None:
        """It is that line's time, and its person stands here."""
        self.clock.stands_at(self.day.wall_ms(line.at))
        self._by = StaffId(self.day.badge(line.by))

    def occasion(self, second: str = "") -> Occasion:
        return self.session.occasion(self._by, StaffId(self.day.badge(second)) if second else None)

    @property
    def minute(self) -> int:
        return self.session.minute()

    def new_id(self) -> EntryId:
        return EntryId(self.ids.new())

    async def book(self, command: Command, private: Private | None = None) -> Booked:
        booked = await self.ledger.committer.submit(command, private)
        await self.heard()
        return booked

    async def sets_down(self, command: Command, private: Private | None = None) -> None:
        """Books what nobody played."""
        self.unplayed.add(command.id)
        await self.book(command, private)

    async def heard(self) -> list[Entry]:
        """What the journal has that was not read yet."""
        before = len(self.entries)
        for link in await self.ledger.outbox.after(len(self.entries), _ALL):
            entry = decoded(link.body)
            self.entries.append(entry)
            self.balances.update(dict(entry.postings))
        return self.entries[before:]

    async def holder(self, person: Person) -> Holder:
        """As the counter sees them. Raises Refused where their card does not work."""
        found = await self.ledger.books.holder(person.key)
        if found is None:
            raise LookupError(person.name)
        return found

    def held(self, person: Person) -> Iterator[tuple[str, int]]:
        """(unit, amount) on their wallet."""
        begins = f"wallet:{person.wallet}:"
        for account, amount in self.balances.items():
            if account.startswith(begins) and amount:
                yield account.removeprefix(begins), amount

    def used(self, company: str, card: str) -> list[int]:
        """Hundredths of litres and fen that it took on that day."""
        day = self.day.shop.date
        measures = reversed(DAY_MEASURES)
        return [self.balances[used(SITE, measure, day, company, card).name] for measure in measures]

    async def known(self, person: Person) -> Edit | None:
        """What headquarters would be told of who they are, if there were one."""
        link = self.ledger.link
        alone = link.standing()
        await link.stands(replace(alone, hq_epoch=1))
        waiting = await link.edits(_ALL)
        await link.stands(alone)
        return next((one for one in waiting if one.wallet == person.wallet), None)

    def last_bought(self, person: Person) -> dict[str, list[str | int]]:
        """Of what is used up one day: by SKU the day and the pieces."""
        of = self.purchases(self.cycles).bought()
        return {one.what: [one.day, one.pieces] for one in of if one.wallet == person.wallet}

    def purchases(self, cycles: Mapping[str, int]) -> Purchases:
        """As the journal tells them."""
        found = Purchases(Cycles(cycles))
        for entry in self.entries:
            found.add(entry)
        return found

    async def count(self, counts: Mapping[str, int]) -> None:
        """Somebody counts the shelves; pieces, or grams."""
        await self.stock.count(counts)

    async def left(self, sku: str) -> int | None:
        """On the shelf, once all that was booked is read; None: nobody counted it."""
        await self.count({})
        return self.stock.left(sku)

    async def close(self) -> None:
        await self.stock.close()
        await self.ledger.close()

    def drawer(self) -> int:
        return -self.balances[drawer(SITE, self.occasion().shift).name]


async def opened(day: Day, path: Path, threads: Threads) -> Till:
    """A shop that has nothing yet."""
    clock = DayClock(
        min(day.wall_ms(f"{one}T00:00") for one in (*map(day.came_on, day.members), day.shop.date))
    )
    ids = Uuid7(clock, random.Random(day.shop.id).randbytes)
    ledger = await open_ledger(Settings(path=path), site=SITE, clock=clock, ids=ids, threads=threads)
    stock = StockKeeper(path, ledger.outbox, ledger.books, threads)
    return Till(day, ledger, stock, clock, ids)
