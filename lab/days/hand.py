"""A hand at the terminal's own counter, on the till's ledger: asked by its screens, it answers them."""

from __future__ import annotations

import asyncio
import hmac
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from lab.days.house import House
from lab.days.till import Till
from terminal.core.cart import Article
from terminal.core.catalogue import Listed
from terminal.core.command_sheet import CommandSheet
from terminal.core.events import CardPresented, CardRemoved, CodeScanned
from terminal.core.forecourt import Nozzle
from terminal.core.receipts import ShopHead
from terminal.core.screens import Intent, Screen, State
from terminal.core.staff import Role
from terminal.core.trust import Credential
from terminal.core.values import StaffId
from terminal.desk.codes import MemberCodes
from terminal.desk.counter import Counter
from terminal.desk.means import Means, Shop
from terminal.desk.offers import MORE
from terminal.desk.prices import Offer
from terminal.desk.printing import Paper, Printing
from terminal.desk.settings import Settings, StaffMember
from terminal.drivers.codecs.escpos import Profile
from terminal.drivers.virtual.forecourt import Forecourt, Near
from terminal.store.parked import ParkedFile
from terminal.store.used_codes import UsedCodes

PIN = "135790"
"""Of everybody who has one."""
_READER, _SCANNER = "reader", "scanner"
_WAITS = frozenset(
    {
        State.IDLE,
        State.CART,
        State.READY,
        State.KEYING,
        State.CHOOSING,
        State.CONFIRM,
        State.APPROVED,
        State.DECLINED,
        State.SAYING,
    }
)
_PATIENCE_S = 60
_SCREENS_MAX = 20
"""More than any flow has left when it is cancelled."""
_ROLES: Mapping[str, Role] = {
    "manager": Role.MANAGER,
    "station_manager": Role.MANAGER,
    "shift_lead": Role.SHIFT_LEAD,
}


class NotAnswered(Exception):
    """The counter asks what the day says nothing of, or does not go on."""


class Act(Struct, frozen=True):
    """What a hand does at one screen: a touch, a card or a scan."""

    do: str
    value: str = ""
    card: Credential | None = None


def touch(do: str, value: str = "") -> Act:
    return Act(do, value)


def pick(value: str) -> Act:
    return Act("pick", value)


def key(text: str) -> Act:
    return Act("key", text)


def scan(text: str) -> Act:
    return Act("scan", text)


def first() -> Act:
    """Whatever button stands first."""
    return Act("first")


def tap(card: Credential) -> Act:
    return Act("tap", card=card)


_ALWAYS = {
    "{name} keys the PIN": Act("key", PIN),
    "The member keys the PIN": Act("key", PIN),
}

Answers = Mapping[str, Sequence[Act]]
"""By the question, as the counter words it in English: what is done each time it is asked."""


class Served(Struct):
    """What was seen from the first touch until the counter is at rest again."""

    approved: list[Screen] = []
    refused: Screen | None = None
    """The first screen that said no."""
    confirmed: Screen | None = None
    """The last question before it was booked."""
    cart: Screen | None = None
    """The last that showed goods."""


class _NoAlarms:
    """Whoever stands there answers at once."""

    def after(self, _ms: int, _ring: Callable[[], object]) -> Callable[[], None]:
        return lambda: None

    async def pause(self, ms: int) -> None:
        await asyncio.sleep(ms / 1000)


class Hand:
    def __init__(self, counter: Counter, staff: Sequence[StaffMember], pumps: Forecourt) -> None:
        self.counter = counter
        self.staff = staff
        self.pumps = pumps

    def hangs_up(self, nozzle: int) -> None:
        """And the counter looks what flowed."""
        self.pumps.hang(nozzle)
        if self.counter.filling is not None:
            self.counter.filling.look()

    def fuel_costs(self, prices: Mapping[str, Article]) -> None:
        """The station's own prices, by SKU, from the next customer on; dispensers show theirs."""
        offer = self.counter.offer
        others = (one for one in offer.articles.each() if one.sku not in prices)
        self.counter.sells(replace(offer, articles=Listed([*others, *prices.values()])))

    def dispensers_show(self, totals: Mapping[str, int]) -> None:
        """By nozzle: they measure finer than anybody books."""
        for number, total in totals.items():
            self.pumps.nozzles[int(number)] = replace(self.pumps.nozzles[int(number)], total=total)

    @property
    def screen(self) -> Screen:
        return self.counter.view().screen

    async def serve(self, flow: str, answers: Answers, otherwise: Mapping[str, Act]) -> Served:
        """One flow from its button to its end; what the counter refuses is left. Raises NotAnswered.

        `otherwise`: what may be asked, and is answered so, as often as it is.
        """
        left = {title: deque(acts) for title, acts in answers.items()}
        served = Served()
        await self._start(flow)
        try:
            while (screen := self.screen).state is not State.IDLE:
                self._look(served, screen)
                known = {**_ALWAYS, **otherwise}
                await self._do(_leave(screen) if served.refused else self._answer(screen, left, known))
        except NotAnswered:
            await self._leave_it()
            raise
        over = {title: [*acts] for title, acts in left.items() if acts}
        if over and served.refused is None:
            raise NotAnswered(f"never asked: {over}")
        return served

    async def _start(self, flow: str) -> None:
        await self._rest()
        shown = [(one.do, one.value) for one in self.screen.choices]
        if ("start", flow) not in shown and (MORE.do, MORE.value) in shown:
            await self._do(touch(MORE.do, MORE.value))
        await self._do(touch("start", flow))
        await self._seen(lambda screen: screen.state in _WAITS and screen.state is not State.IDLE)

    @staticmethod
    def _look(served: Served, screen: Screen) -> None:
        if screen.state is State.CART:
            served.cart = screen
        if screen.state is State.CONFIRM:
            served.confirmed = screen
        if screen.state is State.APPROVED:
            served.approved.append(screen)
        if screen.code and served.refused is None:
            served.refused = screen

    @staticmethod
    def _answer(screen: Screen, left: Mapping[str, deque[Act]], otherwise: Mapping[str, Act]) -> Act:
        if screen.state in {State.APPROVED, State.SAYING, State.DECLINED}:
            return touch("done")
        acts = left.get(screen.title.text)
        if acts:
            return acts.popleft()
        if screen.title.text in otherwise:
            return otherwise[screen.title.text]
        if screen.state is State.CONFIRM:
            return touch("confirm")
        for one in screen.choices:
            if one.label.text == "Leave it out":
                return touch(one.do, one.value)
        raise NotAnswered(f"{screen.title.text} {[(one.do, one.value) for one in screen.choices]}")

    async def _leave_it(self) -> None:
        """Cancelled, whatever is asked."""
        for _ in range(_SCREENS_MAX):
            if self.screen.state is State.IDLE:
                return
            await self._do(_leave(self.screen))
        raise NotAnswered(f"it cannot be left: {self.screen.title.text}")

    async def _do(self, act: Act) -> None:
        step = self.screen.step
        if act.do == "first":
            button = self.screen.choices[0]
            act = touch(button.do, button.value)
        if act.card is not None:
            self.counter.post(CardPresented(reader=_READER, credential=act.card))
            self.counter.post(CardRemoved(reader=_READER))
        elif act.do == "scan":
            self.counter.post(CodeScanned(scanner=_SCANNER, text=act.value))
        elif not self.counter.intend(Intent(step=step, do=act.do, value=act.value)):
            raise NotAnswered(f"{act.do} {act.value} does not count at {self.screen.title.text}")
        await self._seen(lambda screen: screen.step > step and screen.state in _WAITS)

    async def _rest(self) -> None:
        """The idle screen is shown again once it is known which shift this is."""
        await self._seen(lambda screen: screen.state is State.IDLE and bool(screen.choices))

    async def _seen(self, wanted: Callable[[Screen], bool]) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                async for view in self.counter.changes():
                    if wanted(view.screen):
                        break
        except TimeoutError:
            raise NotAnswered(f"nothing follows {self.screen.title.text}") from None


def _leave(screen: Screen) -> Act:
    return touch("cancel" if any(one.do == "cancel" for one in screen.choices) else "done")


@asynccontextmanager
async def at_the_counter(house: House, till: Till, folder: Path) -> AsyncGenerator[Hand, None]:
    pumps = Forecourt(*_nozzles(house))
    counter, printing = _made(house, till, folder, pumps)
    tasks = [asyncio.create_task(one.run()) for one in (counter, printing)]
    if counter.filling is not None:
        tasks.append(asyncio.create_task(counter.filling.run()))
    try:
        yield Hand(counter, staff_of(house), pumps)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def staff_of(house: House) -> tuple[StaffMember, ...]:
    return tuple(
        StaffMember(
            id=StaffId(one.badge), name=one.alias, badge=one.badge, role=_ROLES.get(one.role, Role.ATTENDANT)
        )
        for one in house.day.staff
    )


def _nozzles(house: House) -> Iterator[Nozzle]:
    told = house.day.fuel_at(house.day.day[0].at)
    for one in house.day.nozzles:
        yield Nozzle(number=one["nozzle"], grade=one["grade"], price=told[one["grade"]]["price"])


def _made(house: House, till: Till, folder: Path, pumps: Forecourt) -> tuple[Counter, Printing]:
    ledger, alarms = till.ledger, _NoAlarms()
    settings = Settings(staff=staff_of(house))
    paper = Paper(printer=None, profile=Profile(), shop=ShopHead(name=house.day.shop.name), settings=settings)
    printing = Printing(paper, jobs=ledger.print_jobs, books=ledger.books, clock=till.clock, alarms=alarms)
    means = Means(
        committer=ledger.committer,
        books=ledger.books,
        printing=printing,
        session=till.session,
        ids=till.ids,
        secret=bytes,
        alarms=alarms,
        codes=MemberCodes(house.day.shop.id, till.clock, UsedCodes(folder / "ledger.db")),
        pins=ledger.pin_book,
        sheet=CommandSheet(lambda message: hmac.digest(b"day", message, "sha256"), 1),
        parked=ParkedFile(folder / "parked"),
        stock=till.stock,
        forecourt=Near(pumps) if house.day.nozzles else None,
    )
    offer = Offer(articles=Listed([*house.by_sku.values()]), tariff=house.tariff)
    shop = Shop(policy=house.policy, offer=offer, settings=settings)
    devices = {_READER: "reader", _SCANNER: "scanner"}
    return Counter(shop, means, devices, first_step=till.clock.wall_ms()), printing
