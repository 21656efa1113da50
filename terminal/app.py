"""The composition root: every part is made and connected here, and nowhere else.

Readers live first. The page, the way to headquarters and the technician's socket are imported after
that, in a thread, so that a card that is tapped meanwhile is heard.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import signal
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from terminal.config import BadConfig, File, Settings, built_input, built_printer, load_in_place
from terminal.core.acquirer import Acquirer
from terminal.core.cart import called
from terminal.core.catalogue import Listed
from terminal.core.chips import InTurn
from terminal.core.commands import Booked, Kept
from terminal.core.companies import company_called
from terminal.core.errors import (
    LedgerHeld,
    SecondMissing,
    TerminalFault,
)
from terminal.core.events import CaseOpened, DeviceChanged, DeviceHealth
from terminal.core.group_buy import GroupBuy
from terminal.core.invoicing import Asker, invoices
from terminal.core.policy import InvoiceAt
from terminal.core.ports import CardDevice, CardFaces, ChipReader, ForecourtDevice, InputDevice, Sam
from terminal.core.staff import Role
from terminal.core.stock import Uncounted
from terminal.core.values import ShiftId, StaffId
from terminal.core.wire.link import LinkCondition
from terminal.desk.alarms import Alarms, LoopAlarms
from terminal.desk.beside import Beside
from terminal.desk.codes import MemberCodes
from terminal.desk.counter import Counter
from terminal.desk.forgetting import Forgetting
from terminal.desk.invoicing import Invoicing
from terminal.desk.lasting import LastingGoods
from terminal.desk.lid import Lid
from terminal.desk.means import Means, Shop
from terminal.desk.prices import Offer
from terminal.desk.printing import Paper, Printing, no_claim
from terminal.desk.published import Own, Published
from terminal.desk.session import Duty, Session
from terminal.drivers.codecs.escpos import Profile
from terminal.maintenance.room import Bookable
from terminal.promoted import for_nothing
from terminal.runtime import log as logs
from terminal.runtime import uncaught
from terminal.runtime.clock import SystemClock, boot_id
from terminal.runtime.ending import Ending
from terminal.runtime.garbage import collect_seldom
from terminal.runtime.ids import Uuid7
from terminal.runtime.notify import Notifier, keep_alive, notifier_of_this_process
from terminal.runtime.steps import reached
from terminal.runtime.supervisor import DEVICE, DEVICE_BACKOFF, Service, Supervisor
from terminal.sheet_key import command_sheet
from terminal.store.catalogue import CatalogueFiles
from terminal.store.chips import ChipFiles
from terminal.store.committer import WALK_S
from terminal.store.ledger import THREADS, Ledger, News, open_ledger
from terminal.store.own_wallets import OwnWalletsFile
from terminal.store.parked import ParkedFile
from terminal.store.stock import StockKeeper
from terminal.store.used_codes import UsedCodes
from terminal.uplink.day_limits import FleetLimits
from terminal.uplink.far_prover import FarProver

if TYPE_CHECKING:
    from terminal.asked import Asked
    from terminal.desk.chain_tiers import ChainTiers
    from terminal.desk.expiring import Expiring
    from terminal.desk.keying import Keying
    from terminal.desk.own_data import Copies
    from terminal.desk.parting import Parting
    from terminal.desk.retaining import Retaining
    from terminal.kiosk.server import Kiosk
    from terminal.maintenance.socket import Answering
    from terminal.outside import Outside

log = logging.getLogger(__name__)

SOCKET_S = 1.0
"""So long it waits for the technician's socket before it says that it is ready."""
READERS_S = 3.0
"""So long the rest of the start waits for devices that do not say how they are."""
TURN_S = 1.0
"""Between two looks whether a tool has let go of the ledger."""
TURNS = 60
"""So many, within what systemd lets a start take; then it ends, and is started anew."""
STOP_S = 1.0
"""So long services may take to end; then the ledger is closed whether they have or not."""
END_S = 1.8
"""After this the process ends even where a thread of a device still hangs."""
_READS = {"reader", "scanner"}
_NOBODY = StaffId("ST-0000")


def run(path: Path) -> int:
    """`terminal run`. Raises BadConfig."""
    notifier = notifier_of_this_process()
    settings = load_in_place(path)
    _check_keys(settings.file)
    logs.begin(settings.file.terminal.log, journal="JOURNAL_STREAM" in os.environ)
    try:
        asyncio.run(_until_told_to_stop(settings, notifier))
    except Exception as fault:
        why = logs.told(fault)
        notifier.status(why)
        if isinstance(fault, TerminalFault):
            log.error("the terminal cannot run: %s", why)  # noqa: TRY400  a fault that is known says enough
        else:
            log.exception("the terminal cannot run")
        return 1
    return 0


def _check_keys(file: File) -> None:
    """Only who runs as the terminal can say. Raises BadConfig."""
    if not (
        file.webhook.url or file.invoice.url or file.invoice.claim or file.acquirer.url or file.group_buy.url
    ):
        return
    from terminal.uplink.given import problems_of  # noqa: PLC0415  only where a key was given

    if found := problems_of(
        hook=file.webhook, invoices=file.invoice, acquirer=file.acquirer, group_buy=file.group_buy
    ):
        raise BadConfig(found)


async def _until_told_to_stop(settings: Settings, notifier: Notifier) -> None:
    """The shop's own counter first, also after a power cut; training and back as often as somebody asks."""
    asyncio.get_running_loop().set_exception_handler(uncaught.of_loop)
    shop = Terminal(settings, notifier)
    while await shop.run():
        from terminal.training import trained  # noqa: PLC0415  only who learns waits for it

        try:
            goes_on = await Terminal(trained(settings, shop.offer), notifier).run()
        except (TerminalFault, OSError) as fault:  # The shop's own counter needs nothing of it.
            log.error("no training: why=%s", logs.told(fault))  # noqa: TRY400  a fault that is known says enough
            goes_on = True
        if not goes_on:
            return
        shop = Terminal(settings, notifier)


class Terminal:
    """One terminal, from its settings until it is told to stop, or to change over."""

    def __init__(self, settings: Settings, notifier: Notifier) -> None:
        self._settings = settings
        self._notifier = notifier
        self._clock = SystemClock()
        self._chips = ChipFiles(settings.file.ledger.path)
        self._prover = FarProver()
        here = settings.file.terminal
        self._codes = MemberCodes(here.merchant, self._clock, UsedCodes(settings.file.ledger.path))
        self._ids = Uuid7(self._clock, os.urandom)
        self._silent = {device.name for device in settings.devices if device.kind in _READS}
        """Input devices that have not yet said how they are."""
        self._all_heard = asyncio.Event()
        self._beside = Beside()
        self._cards = _bank_terminal(settings, self._clock)
        self._forecourt = _forecourt(settings, self._clock)
        self._stop_asked = asyncio.Event()
        self._changes_over = False
        self._outside: Outside | None = None
        """None until the readers live."""
        self._ledger: Ledger
        self._counter: Counter
        self._bookable: Bookable
        self._printing: Printing
        self._invoicing: Invoicing | None
        self._lid: Lid
        self._published: Published
        self._chain_tiers: ChainTiers | None = None
        self._stock: StockKeeper
        self._lasting: LastingGoods
        self._supervisor: Supervisor

    @property
    def offer(self) -> Offer:
        """What it sold by last."""
        return self._counter.offer

    async def run(self) -> bool:
        """Until SIGTERM or SIGINT; True: somebody wants to change over to training, or back.

        What was booked is durable long before; the file is closed in order.
        """
        stop = self._stop_asked
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        try:
            opened = await self._opened_in_turn(stop)
        except LedgerHeld:
            raise  # Whoever holds it has the page, too.
        except TerminalFault as fault:
            if self._settings.training:
                raise
            from terminal.closed import Closed  # noqa: PLC0415  only for a shop that cannot sell

            opened = await Closed(self._settings, self._notifier, self._duty(), fault).until(
                self._opened, stop
            )
        if opened is None:
            return False
        self._ledger = opened
        ending = Ending()
        try:
            self._printing = self._made_counter()
            async with asyncio.TaskGroup() as group:
                self._supervisor = Supervisor(
                    group,
                    clock=self._clock,
                    sleep=asyncio.sleep,
                    chance=_chance,
                    on_health=self._health_changed,
                )
                starting = group.create_task(self._start())
                await stop.wait()
                starting.cancel()
                await self._stop(ending)
        finally:
            await self._ledger.close()
        return self._changes_over

    def _change_over(self) -> None:
        self._changes_over = True
        self._stop_asked.set()

    async def _opened_in_turn(self, stop: asyncio.Event) -> Ledger | None:
        """A tool may have it just now, as a backup does that began sooner: that is waited for.

        A terminal that has it is not: it listens on its socket. None: told to stop meanwhile.
        """
        for _ in range(TURNS):
            try:
                return await self._opened()
            except LedgerHeld as held:
                from terminal.maintenance.socket import listened  # noqa: PLC0415  seldom held

                if await asyncio.to_thread(listened, self._settings.file.terminal.socket):
                    raise
                self._notifier.status(f"waits: {held}")
                self._notifier.alive()
            with suppress(TimeoutError):
                async with asyncio.timeout(TURN_S):
                    await stop.wait()
                    return None
        return await self._opened()

    async def _opened(self) -> Ledger:
        ledger = await open_ledger(
            self._settings.file.ledger,
            site=self._settings.file.terminal.site_id,
            clock=self._clock,
            ids=self._ids,
            news=News(
                changed=self._ledger_changed,
                second=self._second_changed,
                trouble=self._ledger_troubled,
                slow=partial(self._notifier.extend, WALK_S),
            ),
        )
        if self._settings.shop_ledger is not None:
            try:
                ledger.pin_book.lent(self._settings.shop_ledger)
            except sqlite3.Error as fault:
                log.warning("whoever looks after the terminal ends training at the page: why=%s", fault)
        return ledger

    async def _start(self) -> None:
        service = self._supervisor.start
        service(Service(name="watchdog", run=self._watched))
        service(Service(name="counter", run=self._counter.run))
        service(Service(name="lid", run=self._lid.run))
        inputs = self._inputs()
        prover = InTurn((*(one for one in inputs if isinstance(one, Sam)), self._prover))
        for device in inputs:
            if isinstance(device, ChipReader):
                device.give(self._chips, self._chips, prover)
            if isinstance(device, CardFaces):
                self._counter.faces(partial(self._show_face, device))
            self._beside.add(device)
            listen = partial(self._listen, device)
            service(Service(name=DEVICE + device.name, run=listen, backoff=DEVICE_BACKOFF))
        with suppress(TimeoutError):
            async with asyncio.timeout(READERS_S if self._silent else 0):
                await self._all_heard.wait()
        reached("terminal.readers_ready")
        service(Service(name="printing", run=self._printing.run))
        service(Service(name="published", run=self._published.run))
        if self._chain_tiers is not None:
            service(Service(name="chain-tiers", run=self._chain_tiers.run))
        if (acquiring := self._counter.acquiring) is not None:
            service(Service(name="acquiring", run=acquiring.run))
        if (filling := self._counter.filling) is not None:
            service(Service(name="filling", run=filling.run))
        if self._invoicing is not None:
            service(Service(name="invoicing", run=self._invoicing.run))
        if not self._settings.training:
            service(Service(name="stock", run=self._stock.run))
            service(Service(name="lasting", run=self._lasting.run))
        await self._finish_merges(service)
        service(Service(name="forgetting", run=self._made_forgetting().run))
        if not self._settings.training:
            service(Service(name="keying", run=self._made_keying().run))
            service(Service(name="retaining", run=self._made_retaining().run))
            service(Service(name="parting", run=self._made_parting().run))
            service(Service(name="expiring", run=self._made_expiring().run))
        kiosk = await self._opened_page()
        answering = await self._opened_outside()
        kiosk_url = await kiosk.url()
        with suppress(TimeoutError):  # A terminal that cannot be asked still sells.
            async with asyncio.timeout(SOCKET_S):
                await answering.listens.wait()
        # Collecting first would cost a tenth of the whole start for the little that could go.
        collect_seldom()
        self._notifier.ready()
        self._tell_systemd()
        said = {
            "event": "ready",
            "kiosk": kiosk_url,
            "link": str(kiosk.link),
            "pid": os.getpid(),
            "training": self._settings.training,
        }
        sys.stdout.write(msgspec.json.encode(said).decode() + "\n")
        sys.stdout.flush()
        reached("terminal.ready")

    async def _watched(self) -> None:
        await keep_alive(self._notifier, self._ledger.committer, self._clock.mono_ms)

    def _inputs(self) -> list[InputDevice]:
        """All that are listened to; some of them the counter asks, too."""
        asked = {"printer", "bank_terminal", "forecourt"}
        inputs: list[InputDevice] = [
            built_input(one, self._clock) for one in self._settings.devices if one.kind not in asked
        ]
        if self._cards is not None:
            inputs.append(self._cards)
        if self._forecourt is not None:
            inputs.append(self._forecourt)
        return inputs

    def _made_forgetting(self) -> Forgetting:
        ledger = self._ledger
        return Forgetting(ledger.wishes, ledger.committer, self._ids, self._counter.occasion)

    async def _finish_merges(self, service: Callable[[Service], object]) -> None:
        """Before anybody can pay from either of the two, if it does not take too long."""
        from terminal.desk.merging import Merging  # noqa: PLC0415  once the counter sells

        merging = Merging(self._ledger.committer, self._ids, self._counter.occasion, self._printing)
        with suppress(TerminalFault, TimeoutError):
            async with asyncio.timeout(READERS_S):
                await merging.round()
        service(Service(name="merging", run=merging.run))

    def _made_expiring(self) -> Expiring:
        from terminal.desk.expiring import Expiring  # noqa: PLC0415  once the counter sells

        ledger = self._ledger
        return Expiring(
            ledger.books,
            ledger.committer,
            self._ids,
            self._counter.occasion,
            reserved=self._counter.waited_for,
        )

    def _made_chain_tiers(self) -> ChainTiers:
        from terminal.desk.chain_tiers import ChainTiers  # noqa: PLC0415  only where there is a headquarters

        link = self._ledger.link
        return ChainTiers(self._ledger.sets, lambda: link.standing().sets, self._counter.calls)

    def _made_keying(self) -> Keying:
        from terminal.desk.keying import Keying  # noqa: PLC0415  once the counter sells

        return Keying(self._ledger.people)

    def _made_retaining(self) -> Retaining:
        from terminal.desk.retaining import Retaining  # noqa: PLC0415  once the counter sells

        file = self._settings.file
        kept = file.policy.retention
        if file.headquarters.url:
            kept = kept.of_one_site
        return Retaining(self._ledger.people, kept, self._ids, self._counter.occasion)

    def _made_parting(self) -> Parting:
        from terminal.desk.parting import Parting  # noqa: PLC0415  once the counter sells

        days = self._settings.file.policy.records_days
        return Parting(self._ledger.people, days, self._ids, self._counter.occasion)

    def _made_counter(self) -> Printing:
        file, alarms, ledger = self._settings.file, LoopAlarms(), self._ledger
        chosen = self._settings.printer
        printer = built_printer(chosen, self._clock) if chosen else None
        paper = Paper(
            printer=printer,
            profile=getattr(printer, "profile", Profile()),
            shop=file.shop,
            settings=file.counter,
            logo=self._settings.logo,
            training=self._settings.training,
            consent_texts=file.policy.consent_texts,
            article=self._called,
            coupon=self._coupon,
            tiers=lambda: self._counter.tier_names,
            company=lambda company: company_called(self._counter.policy.companies, company),
            measured=file.policy.measured,
        )
        session = Session(self._duty(), self._clock, boot_id(), active=lambda: ledger.link.standing().sets)
        self._invoicing = self._made_invoicing(session, alarms)
        printing = Printing(
            paper,
            jobs=ledger.print_jobs,
            books=ledger.books,
            clock=self._clock,
            alarms=alarms,
            claim=self._claim(),
        )
        self._lid = Lid(ledger.committer, self._ids, session)
        self._stock = StockKeeper(file.ledger.path, ledger.outbox, ledger.books, THREADS)
        self._lasting = LastingGoods(
            ledger.outbox,
            lambda: self._counter.offer.articles,
            file.policy.cycle_days,
            file.policy.keyed_article.sku,
        )
        means = Means(
            committer=ledger.committer,
            books=ledger.books,
            printing=printing,
            session=session,
            ids=self._ids,
            secret=os.urandom,
            alarms=alarms,
            codes=self._codes,
            pins=ledger.pin_book,
            sheet=command_sheet(self._settings),
            parked=ParkedFile(file.ledger.path.with_suffix(".parked")),
            acquirer=self._acquirer(),
            marked=ledger.marked,
            group_buy=self._group_buy(),
            cards=self._cards,
            forecourt=self._forecourt,
            day_limits=FleetLimits(ledger.link, ledger.sets).of,
            invoicing=self._invoicing,
            beside=self._beside,
            stock=Uncounted() if self._settings.training else self._stock,
            lasting=self._lasting,
            copies=self._copies(),
            own_wallets=OwnWalletsFile(file.ledger.path.with_suffix(".own-wallets"), ledger.marked),
            change_over=self._change_over,
        )
        listed = self._settings.sold or Listed(self._settings.articles, self._settings.version)
        catalogues = CatalogueFiles(file.ledger.path, listed, THREADS)
        own = Own(catalogues=catalogues, tariff=self._settings.tariff)
        for stray in for_nothing(own.tariff, own.offer.articles, file.policy.grades):
            log.warning("a promotion is for what nobody sells: %s", stray)
        shop = Shop(
            policy=file.policy,
            offer=own.offer,
            settings=file.counter,
            training=self._settings.training,
        )
        kinds = {device.name: device.kind for device in self._settings.devices}
        self._counter = Counter(shop, means, kinds, first_step=self._clock.wall_ms())
        self._published = Published(
            own, ledger.sets, active=lambda: ledger.link.standing().sets, sells=self._counter.sells
        )
        self._published.employs = self._counter.employs
        if file.headquarters.url and not self._settings.training:
            self._chain_tiers = self._made_chain_tiers()
        self._bookable = Bookable(self._counter.closed_by)
        self._second_changed()
        return printing

    def _copies(self) -> Copies | None:
        """None: members take no files along."""
        folder, ledger = self._settings.file.counter.own_data_folder, self._settings.file.ledger.path
        if folder is None:
            return None

        async def copy(kept: Kept, name: str) -> None:
            from terminal.own_data import copied  # noqa: PLC0415  seldom asked for

            await asyncio.to_thread(copied, kept, ledger, folder / name)

        return copy

    def _made_invoicing(self, session: Session, alarms: Alarms) -> Invoicing | None:
        """None: invoices are written by hand alone. Raises OSError or ValueError: nobody knows who asks."""
        file, ledger = self._settings.file, self._ledger
        settings, here = file.invoice, file.terminal
        if not settings.url and settings.folder is None:
            return None
        from terminal.uplink.invoice_writers import writer_of  # noqa: PLC0415  only where somebody writes them

        asker = Asker(merchant=here.merchant, site=here.site, terminal=here.id)
        return Invoicing(
            writer_of(settings, asker, self._clock),
            ledger.requests,
            committer=ledger.committer,
            books=ledger.books,
            occasion=session.occasion,
            clock=self._clock,
            alarms=alarms,
            at_use=file.policy.invoice_at is InvoiceAt.USE,
            again_ms=round(settings.again_s * 1000),
            retry_ms_max=round(settings.retry_s_max * 1000),
        )

    def _claim(self) -> Callable[[Booked], Awaitable[str]]:
        """For receipts. Raises OSError or ValueError: nobody could check one."""
        file = self._settings.file
        if not file.invoice.claim:
            return no_claim
        from terminal.core.claims import ClaimForm  # noqa: PLC0415  only where there is one
        from terminal.desk.claims import Claims  # noqa: PLC0415
        from terminal.uplink.webhook import secret_of  # noqa: PLC0415

        form = ClaimForm(
            form=file.invoice.claim,
            secret=secret_of(file.invoice),
            merchant=file.terminal.merchant,
            site=file.terminal.site,
        )
        at_use = file.policy.invoice_at is InvoiceAt.USE
        asked = self._invoicing.waits_for if self._invoicing else lambda _of: None
        return Claims(form, self._ledger.committer, at_use=at_use, asked=asked).of

    def _acquirer(self) -> Acquirer | None:
        """None: there is none. Raises OSError or ValueError: nobody can say who asks it."""
        settings = self._settings.file.acquirer
        if not settings.url:
            return None
        from terminal.uplink.acquirer import HttpAcquirer, secret_of  # noqa: PLC0415  only where there is one

        return HttpAcquirer(settings, secret_of(settings))

    def _group_buy(self) -> GroupBuy | None:
        """None: nobody verifies vouchers. Raises OSError or ValueError: nobody can say who asks."""
        settings = self._settings.file.group_buy
        if not settings.url:
            return None
        from terminal.uplink.group_buy import HttpGroupBuy, secret_of  # noqa: PLC0415  only where there is one

        return HttpGroupBuy(settings, secret_of(settings))

    def _called(self, sku: str) -> str:
        return called(self._counter.article, sku)

    def _coupon(self, kind: str) -> str:
        return self._counter.offer.tariff.coupon_name(kind)

    def _show_face(self, rewriter: CardFaces, booked: Booked) -> None:
        from terminal.core.receipts.face import face_of  # noqa: PLC0415  only where there is a rewriter

        file = self._settings.file
        columns, language = rewriter.columns, file.counter.language
        lines = face_of(
            booked,
            file.shop,
            language=language,
            columns=columns,
            measured=file.policy.measured,
            article=self._called,
        )
        if lines:
            rewriter.show(lines)

    def _duty(self) -> Duty:
        here, staff = self._settings.file.terminal, self._settings.file.counter.staff
        sells = [one for one in staff if one.role is not Role.TECHNICIAN]
        at_drawer = next((one for one in sells if one.id == here.operator), next(iter(sells), None))
        return Duty(
            terminal=here.terminal_id,
            shift=ShiftId(f"{here.id}-1"),
            operator=at_drawer.id if at_drawer else _NOBODY,
            attendant=at_drawer.name if at_drawer else "",
            shop=self._settings.file.shop,
            utc_offset_min=here.utc_offset_min,
            day_cut_min=here.day_cut_min,
            config=self._settings.version,
        )

    async def _opened_page(self) -> Kiosk:
        await asyncio.to_thread(importlib.import_module, "terminal.kiosk.server")
        from terminal.core.texts import TABLES  # noqa: PLC0415  after the readers live
        from terminal.kiosk.server import Kiosk  # noqa: PLC0415
        from terminal.kiosk.sessions import beside  # noqa: PLC0415

        file = self._settings.file
        sessions = beside(self._settings.shop_ledger or file.ledger.path, file.kiosk.link_file)
        kiosk = Kiosk(self._counter, file.kiosk, texts=TABLES, sessions=sessions)
        self._supervisor.start(Service(name="kiosk", run=kiosk.run))
        if file.join_page.address:
            await self._opened_join_page()
        if file.till_page.address:
            await self._opened_till_page(kiosk)
        return kiosk

    async def _opened_till_page(self, kiosk: Kiosk) -> None:
        await asyncio.to_thread(importlib.import_module, "terminal.kiosk.till_page")
        from terminal.kiosk.handhelds import beside  # noqa: PLC0415  only where it is configured
        from terminal.kiosk.till_page import Till  # noqa: PLC0415

        file = self._settings.file
        handhelds = beside(self._settings.shop_ledger or file.ledger.path)
        till = Till(kiosk, file.till_page, handhelds, self._clock)
        self._supervisor.start(Service(name="till_page", run=till.run))

    async def _opened_join_page(self) -> None:
        await asyncio.to_thread(importlib.import_module, "terminal.kiosk.join_page")
        from terminal.core.particulars import Particular  # noqa: PLC0415  only where it is configured
        from terminal.core.texts import TABLES  # noqa: PLC0415  only where it is configured
        from terminal.flows.join_here import asked_of  # noqa: PLC0415  only where it is configured
        from terminal.kiosk.join_page import AT_ONCE, EVERY_MS, Joining  # noqa: PLC0415
        from terminal.runtime.knocks import Knocks  # noqa: PLC0415

        file, knocks = self._settings.file, Knocks(self._clock, at_once=AT_ONCE, every_ms=EVERY_MS)
        cars = any(one.of is Particular.PLATE for one in asked_of(file.policy))
        page = Joining(
            file.join_page,
            file.shop.name,
            texts=TABLES,
            knocks=knocks,
            cars=cars,
            at_pumps=file.policy.phones_at_pumps,
        )
        self._supervisor.start(Service(name="join_page", run=page.run))

    async def _opened_outside(self) -> Answering:
        """What the attendant does not see: headquarters and the technician."""
        for heavy in ("terminal.outside", "terminal.asked"):
            await asyncio.to_thread(importlib.import_module, heavy)
        from terminal.asked import FOR_TECHNICIANS  # noqa: PLC0415  after the readers live
        from terminal.maintenance.facts import disk_of  # noqa: PLC0415
        from terminal.maintenance.metrics import CONTENT_TYPE  # noqa: PLC0415
        from terminal.maintenance.room import watch_room  # noqa: PLC0415
        from terminal.maintenance.socket import Answering  # noqa: PLC0415

        file, service = self._settings.file, self._supervisor.start
        self._outside = outside = self._made_outside()
        self._codes.believe(outside.door.code_keys)
        for begun in await self._ledger.books.open_intents():
            if invoices(begun) is not None:
                continue
            log.warning("begun outside and not ended: what=%s id=%s", begun.what, begun.id)
        outside.open()
        asked = self._asked(outside)
        answering = Answering(
            file.terminal.socket,
            asked.answers(),
            asked.pages(),
            page_type=CONTENT_TYPE,
            for_group=FOR_TECHNICIANS,
        )
        service(Service(name="maintenance", run=answering.run))
        look = partial(disk_of, file.ledger.path)
        service(Service(name="disk", run=partial(watch_room, look, self._bookable.room, asyncio.sleep)))
        mend = partial(self._bookable.mend, self._ledger.try_to_write, asyncio.sleep)
        service(Service(name="mending", run=mend))
        return answering

    def _made_outside(self) -> Outside:
        from terminal.outside import Inside, Outside  # noqa: PLC0415  after the readers live

        inside = Inside(
            file=self._settings.file,
            ledger=self._ledger,
            counter=self._counter,
            supervisor=self._supervisor,
            prover=self._prover,
            clock=self._clock,
            ids=self._ids,
        )
        return Outside(inside, self._tell_systemd)

    def _asked(self, outside: Outside) -> Asked:
        from terminal.asked import Asked, Known  # noqa: PLC0415  after the readers live

        known = Known(
            file=self._settings.file,
            shop_ledger=self._settings.shop_ledger or self._settings.file.ledger.path,
            ledger=self._ledger,
            counter=self._counter,
            published=self._published,
            stock=self._stock,
            printing=self._printing,
            bookable=self._bookable,
            supervisor=self._supervisor,
            outside=outside,
            invoicing=self._invoicing,
            chips=self._chips,
            clock=self._clock,
            beside=self._beside,
            devices=self._settings.devices,
            change_over=self._change_over,
            restart=self._stop_asked.set,
        )
        return Asked(known)

    async def _listen(self, device: InputDevice) -> None:
        async with aclosing(device.events()) as events:
            async for event in events:
                if isinstance(event, DeviceChanged):
                    self._device_heard(event)
                if isinstance(event, CaseOpened):
                    self._lid.opened(event.device)
                self._counter.post(event)

    def _device_heard(self, event: DeviceChanged) -> None:
        if event.health is DeviceHealth.READY:
            self._supervisor.ready(DEVICE + event.device)
        self._silent.discard(event.device)
        if not self._silent:
            self._all_heard.set()

    def _health_changed(self, name: str, health: DeviceHealth, why: str) -> None:
        if not name.startswith(DEVICE):
            return
        event = DeviceChanged(device=name.removeprefix(DEVICE), health=health, why=why)
        if health is DeviceHealth.DOWN:
            self._device_heard(event)
        self._counter.post(event)

    def _ledger_changed(self) -> None:
        waiting = self._ledger.outbox.waiting()
        if self._outside is not None:
            self._outside.waits(waiting)
        self._counter.waiting_changed(waiting)
        self._published.look()
        if self._chain_tiers is not None:
            self._chain_tiers.look()
        self._stock.look()
        self._lasting.look()
        self._tell_systemd()

    def _second_changed(self) -> None:
        second = self._ledger.second
        if second is None:
            return
        required = self._settings.file.ledger.second_required
        missing = SecondMissing(f"{second.path}: {second.why}")
        self._bookable.second(missing if required and not second.level else None)
        self._counter.second_changed(behind=not required and not second.level)

    def _ledger_troubled(self, fault: TerminalFault | None) -> None:
        self._bookable.ledger(fault)

    def _tell_systemd(self) -> None:
        condition = self._outside.condition if self._outside else LinkCondition.OFFLINE
        self._notifier.status(f"{condition}, {self._ledger.outbox.waiting()} waiting")

    async def _stop(self, ending: Ending) -> None:
        if not self._changes_over:
            self._notifier.stopping()
        ending.within(END_S)
        self._supervisor.stop()
        if late := await self._supervisor.ended(STOP_S):
            log.warning("not ended in %s s: %s", STOP_S, ", ".join(late))
        await self._ledger.close()
        ending.durable()
        if self._changes_over:
            ending.over()


def _chance() -> float:
    """From [0, 1). The module `random` would cost every start another millisecond."""
    return int.from_bytes(os.urandom(4), "big") / 2**32


def _bank_terminal(settings: Settings, clock: SystemClock) -> CardDevice | None:
    """The counter asks it, and it is listened to like every device."""
    for device in settings.devices:
        if device.kind == "bank_terminal" and isinstance(built := built_input(device, clock), CardDevice):
            return built
    return None


def _forecourt(settings: Settings, clock: SystemClock) -> ForecourtDevice | None:
    for device in settings.devices:
        if device.kind == "forecourt" and isinstance(built := built_input(device, clock), ForecourtDevice):
            return built
    return None
