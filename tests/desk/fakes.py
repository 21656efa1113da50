"""A counter on a bench: time, ledger and printer in the hands of the test."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from itertools import count
from types import MappingProxyType
from typing import Self

from terminal.core.acquirer import Acquirer
from terminal.core.calls import Lasting, NothingLasts
from terminal.core.card_terminal import CardTerminal
from terminal.core.cart import Article, called
from terminal.core.catalogue import Listed
from terminal.core.claims import ClaimForm
from terminal.core.command_sheet import CommandSheet
from terminal.core.commands import (
    Booked,
    BookFleetFunds,
    BookGrant,
    BookRecharge,
    ClockTrust,
    Command,
    Grant,
    Occasion,
    Opens,
    PaidBy,
    PointsEarned,
    Private,
)
from terminal.core.companies import company_called
from terminal.core.errors import LedgerClosed, TerminalFault, TooManyParked
from terminal.core.events import CardPresented, CardRemoved, CodeScanned
from terminal.core.figures import ShiftFigures, ShiftNow
from terminal.core.forecourt import Forecourt
from terminal.core.group_buy import GroupBuy
from terminal.core.invoicing import Request, Writer
from terminal.core.member_codes import Once
from terminal.core.own_wallets import OwnWallets, OwnWalletsNow
from terminal.core.parked import PARKED_MAX, ParkedCart
from terminal.core.policy import Policy
from terminal.core.pricing import Tariff
from terminal.core.receipts import ShopHead
from terminal.core.screens import Intent, Screen, State
from terminal.core.trust import Credential, Holder, Medium
from terminal.core.values import EntryId, ShiftId, SiteId, StaffId, TerminalId
from terminal.desk.beside import Beside
from terminal.desk.claims import Claims
from terminal.desk.codes import MemberCodes
from terminal.desk.counter import Counter
from terminal.desk.invoicing import Invoicing
from terminal.desk.means import Means, Shop
from terminal.desk.offers import MORE
from terminal.desk.own_data import Copies
from terminal.desk.prices import Offer
from terminal.desk.printing import Paper, Printing, no_claim
from terminal.desk.session import Duty, Session
from terminal.desk.settings import Settings, StaffKey, StaffMember
from terminal.drivers.codecs.escpos import Profile
from terminal.flows import FLOWS, Flow
from terminal.runtime.ids import Uuid7
from terminal.store.ledger import Ledger
from terminal.store.memory import MemoryLedger
from tests.flows.shop import BREAD, HOLDERS, MILK, PHONE, POLICY

NOW_MS = 1_795_478_400_000
FIRST_STEP = 1_000
MILK_CODE, BREAD_CODE = MILK.barcodes[0], BREAD.barcodes[0]
BADGE, BADGE_CARD = "ST-0301", StaffKey(medium=Medium.UID, number="04BADGE0000001")
SETTINGS = Settings(staff=(StaffMember(id=StaffId("E01"), name="加油员一", badge=BADGE, card=BADGE_CARD),))
CATALOGUE = MappingProxyType({MILK_CODE: MILK, BREAD_CODE: BREAD})
SHEET = CommandSheet(lambda message: hmac.digest(b"sheet", message, "sha256"), 1)
SHOP_HEAD = ShopHead(name="测试小店")


class ManualTime:
    """A clock and its alarms; time passes when the test says so."""

    def __init__(self, begins_ms: int = 0) -> None:
        self._ms = begins_ms
        self._ids = count()
        self._alarms: dict[int, tuple[int, Callable[[], object]]] = {}
        self.trust = ClockTrust.NETWORK
        self.off_ms = 0

    def wall_ms(self) -> int:
        return NOW_MS + self._ms

    def mono_ms(self) -> int:
        return 1_000 + self._ms

    def unsure_ms(self) -> int:
        return self.off_ms

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
        self.gate_at: type[Command] | None = None
        """The power goes while such a command is on its way."""
        self.fails_at: type[Command] | None = None
        """Such a command is never booked."""
        self.reported: list[str] = []
        self.seeds = 0
        self.no_figures = False
        self.unread = 0
        """So many times it cannot be read which shift it is."""

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

    async def recharged_for_points(self, holder: Holder, fen: int) -> None:
        """While the shop gave them for that: one for each yuan, in the moment of the last command."""
        load = BookRecharge(
            id=EntryId(f"00000000-0000-7000-8000-{len(self.answers):012d}"),
            at=next(reversed(self.answers.values())).command.at,
            wallet=holder.wallet,
            card=holder.card,
            principal=fen,
            bonus=0,
            received=fen,
            points=(PointsEarned(family="goods", points=fen // 100, base=fen, step=100),),
        )
        await super().submit(load)
        await super().printed(load.id)

    async def funded(self, company: str, fen: int) -> None:
        """In the moment of the last command."""
        funds = BookFleetFunds(
            id=EntryId(f"00000000-0000-7000-8000-{len(self.answers):012d}"),
            at=next(reversed(self.answers.values())).command.at,
            company=company,
            amount=fen,
            paid_by=PaidBy.TRANSFER,
        )
        await super().submit(funds)
        await super().printed(funds.id)

    async def gives(self, holder: Holder, grants: tuple[Grant, ...]) -> None:
        """In the moment of the last command."""
        grant = BookGrant(
            id=EntryId(f"00000000-0000-7000-8000-{len(self.answers):012d}"),
            at=next(reversed(self.answers.values())).command.at,
            wallet=holder.wallet,
            why="x",
            grants=grants,
        )
        await super().submit(grant)
        await super().printed(grant.id)

    async def knows_as(self, key: Credential, of: Credential) -> None:
        """One more key to a wallet."""
        self.keys[key.medium, key.number] = self.keys[of.medium, of.number]

    async def submit(self, command: Command, private: Private | None = None) -> Booked:
        self.submitted.append(command)
        self.private.append(private)
        if self.gate:
            await self.gate.wait()
        if self.gate_at and isinstance(command, self.gate_at):
            await asyncio.Event().wait()
        if self.fails_at and isinstance(command, self.fails_at):
            raise LedgerClosed("as the test says")
        fault = self.fails.pop(0) if self.fails else None
        if fault and not self.books_although:
            raise fault
        booked = await super().submit(command, private)
        if fault:
            raise fault
        return booked

    async def shift_now(self, terminal: TerminalId) -> ShiftNow:
        if self.unread:
            self.unread -= 1
            raise LedgerClosed("cannot be read")
        return await super().shift_now(terminal)

    async def figures(self, report: EntryId) -> ShiftFigures:
        if self.no_figures:
            raise LedgerClosed("cannot be read")
        return await super().figures(report)

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


class MemoryRequests:
    """What outlives a power cut of the requests for invoices; `fails` is what keeping them comes to."""

    def __init__(self) -> None:
        self.kept: tuple[Request, ...] = ()
        self.fails: list[TerminalFault] = []

    def all(self) -> Sequence[Request]:
        return self.kept

    async def put(self, requests: Sequence[Request]) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.kept = tuple(requests)


class FakePrinter:
    """Paper as a list of texts; `fails` is what the next prints come to."""

    def __init__(self) -> None:
        self.paper: list[str] = []
        self.fails: list[Exception] = []
        self.said: str | Exception = "ready"
        self.gate: asyncio.Event | None = None
        self.kicks = 0
        self.drawer_fails: list[Exception] = []
        self.status_gate: asyncio.Event | None = None

    async def print(self, data: bytes) -> None:
        if self.gate:
            await self.gate.wait()
        if self.fails:
            raise self.fails.pop(0)
        self.paper.append(data.decode("gbk", errors="ignore"))

    async def open_drawer(self) -> None:
        if self.drawer_fails:
            raise self.drawer_fails.pop(0)
        self.kicks += 1

    async def status(self) -> str:
        if self.status_gate:
            await self.status_gate.wait()
        if isinstance(self.said, Exception):
            raise self.said
        return self.said

    @property
    def copies(self) -> list[str]:
        """`original` or `duplicate`, in the order they came out."""
        return ["duplicate" if "重打印" in text else "original" for text in self.paper]


class FakeUsed:
    """Nonces that were used."""

    def __init__(self) -> None:
        self.nonces: set[bytes] = set()
        self.full = False
        """The disk is."""

    async def first(self, once: Once, *, now_s: int, clock_believed: bool) -> bool | None:
        _ = now_s, clock_believed
        if self.full:
            return None
        fresh = once.nonce not in self.nonces
        self.nonces.add(once.nonce)
        return fresh


class MemoryParked:
    """`ParkedCarts` that outlive a counter, not the test."""

    def __init__(self) -> None:
        self.carts: list[ParkedCart] = []

    def all(self) -> Sequence[ParkedCart]:
        return self.carts

    async def put(self, parked: ParkedCart) -> None:
        if len(self.carts) >= PARKED_MAX:
            raise TooManyParked("as the file does")
        self.carts.append(parked)

    async def take(self, id_: str) -> ParkedCart | None:
        found = next((one for one in self.carts if one.id == id_), None)
        self.carts = [one for one in self.carts if one is not found]
        return found


class Shelves:
    """The `Stock` port."""

    def __init__(self, left: Mapping[str, int]) -> None:
        self._left = left

    def left(self, sku: str, /) -> int | None:
        return self._left.get(sku)


def marked(payer: str) -> str:
    return sha256(payer.encode()).hexdigest()[:32]


class Bench:
    """A running counter, and the hands of an attendant."""

    def __init__(
        self,
        *,
        policy: Policy = POLICY,
        ledger: FaultyLedger | Ledger | None = None,
        flows: Mapping[str, Flow] | None = None,
        catalogue: Mapping[str, Article] = CATALOGUE,
        tariff: Tariff | None = None,
        articles: Sequence[Article] = (),
        parked: MemoryParked | None = None,
        settings: Settings = SETTINGS,
        time: ManualTime | None = None,
        profile: Profile | None = None,
        config: str = "",
        acquirer: Acquirer | None = None,
        group_buy: GroupBuy | None = None,
        cards: CardTerminal | None = None,
        forecourt: Forecourt | None = None,
        claim: ClaimForm | None = None,
        writer: Writer | None = None,
        requests: MemoryRequests | None = None,
        active: Callable[[], Mapping[str, str]] = dict,
        left: Mapping[str, int] | None = None,
        lasting: Lasting | None = None,
        copies: Copies | None = None,
        own_wallets: OwnWallets | None = None,
        training: bool = False,
    ) -> None:
        self.time = time or ManualTime()
        self.parked = parked or MemoryParked()
        books = ledger or FaultyLedger()
        self.ledger = books if isinstance(books, FaultyLedger) else FaultyLedger()
        """For the faults; not there when the ledger is the real one."""
        self.printer = FakePrinter()
        self.ids = Uuid7(self.time, bytes)
        duty = Duty(
            terminal=TerminalId("T1"),
            shift=ShiftId("T1-1"),
            operator=StaffId("E00"),
            attendant="店员",
            shop=SHOP_HEAD,
            config=config,
        )
        self.session = Session(duty, self.time, "boot", active=active)
        self.requests = requests or MemoryRequests()
        self.invoicing = (
            Invoicing(
                writer,
                self.requests,
                committer=books.committer,
                books=books.books,
                occasion=self.session.occasion,
                clock=self.time,
                alarms=self.time,
                at_use=False,
                again_ms=60_000,
                retry_ms_max=300_000,
            )
            if writer
            else None
        )
        asked = self.invoicing.waits_for if self.invoicing else lambda _of: None
        self.printing = Printing(
            Paper(
                printer=self.printer,
                profile=profile or Profile(),
                shop=SHOP_HEAD,
                settings=settings,
                training=training,
                article=lambda sku: called(self.counter.article, sku),
                tiers=lambda: self.counter.tier_names,
                company=lambda company: company_called(policy.companies, company),
            ),
            jobs=books.print_jobs,
            books=books.books,
            clock=self.time,
            alarms=self.time,
            claim=Claims(claim, books.committer, at_use=False, asked=asked).of if claim else no_claim,
        )
        self.beside = Beside()
        self.used = FakeUsed()
        self.codes = MemberCodes("M1", self.time, self.used)
        means = Means(
            committer=books.committer,
            books=books.books,
            printing=self.printing,
            session=self.session,
            ids=self.ids,
            secret=bytes,
            alarms=self.time,
            codes=self.codes,
            pins=books.pin_book,
            sheet=SHEET,
            parked=self.parked,
            beside=self.beside,
            acquirer=acquirer,
            marked=marked,
            group_buy=group_buy,
            cards=cards,
            forecourt=forecourt,
            invoicing=self.invoicing,
            stock=Shelves(left or {}),
            lasting=lasting or NothingLasts(),
            copies=copies,
            own_wallets=own_wallets or OwnWalletsNow(),
            change_over=self._change_over,
        )
        listed = Listed([*catalogue.values(), *articles])
        sold = Offer(articles=listed, tariff=tariff or Tariff())
        shop = Shop(policy=policy, offer=sold, settings=settings, flows=flows or FLOWS, training=training)
        devices = {"reader": "reader", "scanner": "scanner", "receipts": "printer"}
        self.counter = Counter(shop, means, devices, first_step=FIRST_STEP)
        self.screens: list[Screen] = []
        self.changed_over = 0
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        if not self.ledger.answers:
            await self.ledger.seed(self.session.occasion(), self.ids)
        self._tasks = [
            asyncio.create_task(self.counter.run()),
            asyncio.create_task(self.printing.run()),
            asyncio.create_task(self._watch()),
        ]
        if (acquiring := self.counter.acquiring) is not None:
            self._tasks.append(asyncio.create_task(acquiring.run()))
        if (filling := self.counter.filling) is not None:
            self._tasks.append(asyncio.create_task(filling.run()))
        if self.invoicing is not None:
            self._tasks.append(asyncio.create_task(self.invoicing.run()))
        await settled()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        for task in self._tasks:
            task.cancel()
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        for one in ended:
            assert isinstance(one, asyncio.CancelledError), one

    def _change_over(self) -> None:
        self.changed_over += 1

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
        """What is begun seldom may be behind one more touch."""
        shown = [(one.do, one.value) for one in self.screen.choices]
        if do == "start" and (do, value) not in shown and (MORE.do, MORE.value) in shown:
            await self.touch(MORE.do)
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

    async def lay(self, card: Credential, *, seen_ms: int | None = None) -> None:
        """`seen_ms`: when the reader saw it, where that was before it had been read."""
        seen_ns = (self.time.mono_ms() if seen_ms is None else seen_ms) * 1_000_000
        self.counter.post(CardPresented(reader="reader", credential=card, seen_ns=seen_ns))
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
