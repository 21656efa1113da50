"""A counter on a bench: time, ledger and printer in the hands of the test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from itertools import count
from types import MappingProxyType
from typing import Self

from terminal.core.cart import Article
from terminal.core.commands import Booked, BookRecharge, ClockTrust, Command, Occasion, Opens, Private
from terminal.core.errors import TerminalFault
from terminal.core.events import CardPresented, CardRemoved, CodeScanned
from terminal.core.policy import Policy
from terminal.core.receipts import ShopHead
from terminal.core.screens import Intent, Screen, State
from terminal.core.trust import Credential, Medium
from terminal.core.values import EntryId, ShiftId, SiteId, StaffId, TerminalId
from terminal.desk.counter import Counter, Means, Shop
from terminal.desk.printing import Paper, Printing
from terminal.desk.session import Duty, Session
from terminal.desk.settings import BadgeCard, Settings, StaffMember
from terminal.drivers.codecs.escpos import Profile
from terminal.flows import FLOWS, Flow
from terminal.runtime.ids import Uuid7
from terminal.store.ledger import Ledger
from terminal.store.memory import MemoryLedger
from tests.flows.shop import BREAD, HOLDERS, MILK, PHONE, POLICY

NOW_MS = 1_795_478_400_000
FIRST_STEP = 1_000
MILK_CODE, BREAD_CODE = MILK.barcodes[0], BREAD.barcodes[0]
BADGE, BADGE_CARD = "ST-0301", BadgeCard(medium=Medium.UID, number="04BADGE0000001")
SETTINGS = Settings(staff=(StaffMember(id=StaffId("E01"), name="加油员一", badge=BADGE, card=BADGE_CARD),))
CATALOGUE = MappingProxyType({MILK_CODE: MILK, BREAD_CODE: BREAD})
SHOP_HEAD = ShopHead(name="测试小店")


class ManualTime:
    """A clock and its alarms; time passes when the test says so."""

    def __init__(self) -> None:
        self._ms = 0
        self._ids = count()
        self._alarms: dict[int, tuple[int, Callable[[], object]]] = {}
        self.trust = ClockTrust.NETWORK

    def wall_ms(self) -> int:
        return NOW_MS + self._ms

    def mono_ms(self) -> int:
        return 1_000 + self._ms

    def after(self, ms: int, ring: Callable[[], object]) -> Callable[[], None]:
        alarm = next(self._ids)
        self._alarms[alarm] = (self._ms + ms, ring)

        def stop() -> None:
            self._alarms.pop(alarm, None)

        return stop

    async def pause(self, ms: int) -> None:
        over = asyncio.get_running_loop().create_future()
        self.after(ms, lambda: over.done() or over.set_result(None))
        await over

    async def pass_s(self, seconds: float) -> None:
        """Rings what is due, in order, with the loop settled in between."""
        until = self._ms + round(seconds * 1000)
        while due := [one for one in self._alarms.items() if one[1][0] <= until]:
            alarm, (at, ring) = min(due, key=lambda one: one[1][0])
            del self._alarms[alarm]
            self._ms = at
            ring()
            await settled()
        self._ms = until
        await settled()


async def settled() -> None:
    """Until everything that can go on has gone on."""
    for _ in range(100):
        await asyncio.sleep(0)


class FaultyLedger(MemoryLedger):
    """The ledger's twin, with its members; `fails` is what the next submissions come to."""

    def __init__(self) -> None:
        super().__init__(SiteId("S1"))
        self.submitted: list[Command] = []
        self.private: list[Private | None] = []
        self.fails: list[Exception] = []
        self.books_although = False
        """The next failure comes after the entry was committed."""
        self.look_up_fails: list[TerminalFault] = []
        self.gate: asyncio.Event | None = None
        self.reported: list[str] = []
        self.seeds = 0

    async def seed(self, at: Occasion, ids: Uuid7) -> None:
        """Members and cards as the flows' tests know them; their receipts were printed long ago."""
        for key, holder in HOLDERS.items():
            opens = Opens(
                wallet=holder.wallet,
                member=holder.member,
                card=holder.card,
                commitment="",
                terms="1",
                channel="counter",
                recruiter=at.operator,
            )
            load = BookRecharge(
                id=EntryId(ids.new()),
                at=at,
                wallet=holder.wallet,
                card=holder.card,
                principal=holder.principal,
                bonus=holder.bonus,
                received=holder.principal,
                opens=opens,
            )
            await super().submit(load, Private(credentials=(key,)))
            await super().printed(load.id)
        self.seeds = len(self.answers)

    async def knows_as(self, key: Credential, of: Credential) -> None:
        """One more key to a wallet."""
        self.keys[key.medium, key.number] = self.keys[of.medium, of.number]

    async def submit(self, command: Command, private: Private | None = None) -> Booked:
        self.submitted.append(command)
        self.private.append(private)
        if self.gate:
            await self.gate.wait()
        fault = self.fails.pop(0) if self.fails else None
        if fault and not self.books_although:
            raise fault
        booked = await super().submit(command, private)
        if fault:
            raise fault
        return booked

    async def look_up(self, entry: EntryId) -> Booked | None:
        if self.look_up_fails:
            raise self.look_up_fails.pop(0)
        return await super().look_up(entry)

    async def printed(self, entry: EntryId) -> None:
        self.reported.append("printed")
        await super().printed(entry)

    async def doubtful(self, entry: EntryId, why: str) -> None:
        self.reported.append("doubtful")
        await super().doubtful(entry, why)


class FakePrinter:
    """Paper as a list of texts; `fails` is what the next prints come to."""

    def __init__(self) -> None:
        self.paper: list[str] = []
        self.fails: list[Exception] = []
        self.said: str | Exception = "ready"
        self.gate: asyncio.Event | None = None

    async def print(self, data: bytes) -> None:
        if self.gate:
            await self.gate.wait()
        if self.fails:
            raise self.fails.pop(0)
        self.paper.append(data.decode("gbk", errors="ignore"))

    async def status(self) -> str:
        if isinstance(self.said, Exception):
            raise self.said
        return self.said

    @property
    def copies(self) -> list[str]:
        """`original` or `duplicate`, in the order they came out."""
        return ["duplicate" if "重打印" in text else "original" for text in self.paper]


class Bench:
    """A running counter, and the hands of an attendant."""

    def __init__(
        self,
        *,
        policy: Policy = POLICY,
        ledger: FaultyLedger | Ledger | None = None,
        flows: Mapping[str, Flow] | None = None,
        catalogue: Mapping[str, Article] = CATALOGUE,
    ) -> None:
        self.time = ManualTime()
        books = ledger or FaultyLedger()
        self.ledger = books if isinstance(books, FaultyLedger) else FaultyLedger()
        """For the faults; not there when the ledger is the real one."""
        self.printer = FakePrinter()
        self.ids = Uuid7(self.time, bytes)
        self.printing = Printing(
            Paper(printer=self.printer, profile=Profile(), shop=SHOP_HEAD, settings=SETTINGS),
            jobs=books.print_jobs,
            books=books.books,
            clock=self.time,
            alarms=self.time,
        )
        duty = Duty(
            terminal=TerminalId("T1"),
            shift=ShiftId("S1"),
            operator=StaffId("E00"),
            attendant="店员",
            shop=SHOP_HEAD,
        )
        self.session = Session(duty, self.time, "boot")
        means = Means(
            committer=books.committer,
            books=books.books,
            printing=self.printing,
            session=self.session,
            ids=self.ids,
            secret=bytes,
            alarms=self.time,
        )
        shop = Shop(policy=policy, catalogue=catalogue, settings=SETTINGS, flows=flows or FLOWS)
        devices = {"reader": "reader", "scanner": "scanner", "receipts": "printer"}
        self.counter = Counter(shop, means, devices, first_step=FIRST_STEP)
        self.screens: list[Screen] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        if not self.ledger.answers:
            await self.ledger.seed(self.session.occasion(), self.ids)
        self._tasks = [
            asyncio.create_task(self.counter.run()),
            asyncio.create_task(self.printing.run()),
            asyncio.create_task(self._watch()),
        ]
        await settled()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        for task in self._tasks:
            task.cancel()
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        for one in ended:
            assert isinstance(one, asyncio.CancelledError), one

    async def _watch(self) -> None:
        async for view in self.counter.changes():
            self.screens.append(view.screen)

    # What is seen

    @property
    def screen(self) -> Screen:
        return self.counter.view().screen

    @property
    def title(self) -> str:
        return self.screen.title.text

    @property
    def state(self) -> State:
        return self.screen.state

    @property
    def booked(self) -> list[Booked]:
        """Beside what the members began with."""
        return list(self.ledger.answers.values())[self.ledger.seeds :]

    # What hands do

    async def touch(self, do: str, value: str = "") -> bool:
        counted = self.counter.intend(Intent(step=self.screen.step, do=do, value=value))
        await settled()
        return counted

    async def key(self, text: str) -> bool:
        return await self.touch("key", text)

    async def scan(self, *codes: str) -> None:
        """All of them before the counter gets a chance to answer."""
        for code in codes:
            self.counter.post(CodeScanned(scanner="scanner", text=code))
        await settled()

    async def tap(self, card: Credential) -> None:
        """Onto the reader and away again."""
        await self.lay(card)
        await self.lift()

    async def lay(self, card: Credential) -> None:
        self.counter.post(CardPresented(reader="reader", credential=card))
        await settled()

    async def lift(self) -> None:
        self.counter.post(CardRemoved(reader="reader"))
        await settled()

    async def to_confirm(self, card: Credential) -> None:
        """Two pieces of milk, up to the last question, from the card."""
        await self.scan(MILK_CODE, MILK_CODE)
        await self.touch("done")
        await self.tap(card)
        await self.touch("pick", "stored")
        assert self.state is State.CONFIRM


JOIN_CODE = f"JOIN:{PHONE.number}"
