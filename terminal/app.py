"""The composition root: every part is made and connected here, and nowhere else.

Readers live first. The page, the way to headquarters and the technician's socket are imported after
that, in a thread, so that a card that is tapped meanwhile is heard.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import aclosing, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from terminal.config import Settings, built_input, built_printer, load
from terminal.core.errors import AnotherMachine, ChainsDiffer, LedgerHeld, SecondMissing, TerminalFault
from terminal.core.events import DeviceChanged, DeviceHealth
from terminal.core.hook import Held
from terminal.core.ports import InputDevice
from terminal.core.values import ShiftId, StaffId
from terminal.core.wire.link import LinkCondition, LinkState
from terminal.desk.alarms import LoopAlarms
from terminal.desk.counter import Counter, Means, Shop
from terminal.desk.printing import Paper, Printing
from terminal.desk.session import Duty, Session
from terminal.drivers.codecs.escpos import Profile
from terminal.maintenance.room import Bookable
from terminal.runtime import log as logs
from terminal.runtime.clock import SystemClock
from terminal.runtime.ending import Ending
from terminal.runtime.ids import Uuid7
from terminal.runtime.notify import Notifier, keep_alive, notifier_of_this_process
from terminal.runtime.steps import reached
from terminal.runtime.supervisor import Backoff, Service, Supervisor
from terminal.store.ledger import Ledger, News, open_ledger

if TYPE_CHECKING:
    from terminal.checkup import Verdict
    from terminal.door import Door
    from terminal.kiosk.server import Kiosk
    from terminal.maintenance.facts import DeviceFacts, Facts
    from terminal.maintenance.socket import Answering, Answers
    from terminal.uplink.settings import Hook
    from terminal.uplink.uplink import Uplink
    from terminal.uplink.webhook import Webhook

log = logging.getLogger(__name__)

SOCKET_S = 1.0
"""So long it waits for the technician's socket before it says that it is ready."""
READERS_S = 3.0
"""So long the rest of the start waits for devices that do not say how they are."""
STOP_S = 1.0
"""So long services may take to end; then the ledger is closed whether they have or not."""
END_S = 1.8
"""After this the process ends even where a thread of a device still hangs."""
_DEVICE_BACKOFF = Backoff(first_ms=250, most_ms=4_000, healthy_ms=30_000)
"""Somebody plugs it back in and wants to see it work."""
_DEVICE = "device."
"""In front of a device's name, as in its path in the configuration: a shop may call one `counter`."""
_NOBODY = StaffId("ST-0000")
_STOPS = {LinkCondition.FORK: ChainsDiffer, LinkCondition.REFUSED: AnotherMachine}
"""When nothing may be sold, and what the attendant is told."""


def run(path: Path) -> int:
    """`terminal run`. Raises BadConfig."""
    notifier = notifier_of_this_process()
    settings = load(path)
    logs.begin(settings.file.terminal.log, journal="JOURNAL_STREAM" in os.environ)
    try:
        asyncio.run(Terminal(settings, notifier).run())
    except Exception as fault:
        why = logs.told(fault)
        notifier.status(why)
        if isinstance(fault, TerminalFault):
            log.error("the terminal cannot run: %s", why)  # noqa: TRY400  a fault that is known says enough
        else:
            log.exception("the terminal cannot run")
        return 1
    return 0


class Terminal:
    """One terminal, from its settings until it is told to stop."""

    def __init__(self, settings: Settings, notifier: Notifier) -> None:
        self._settings = settings
        self._notifier = notifier
        self._clock = SystemClock()
        self._ids = Uuid7(self._clock, os.urandom)
        self._link = LinkState(condition=LinkCondition.OFFLINE)
        self._silent = {device.name for device in settings.devices if device.kind != "printer"}
        """Input devices that have not yet said how they are."""
        self._all_heard = asyncio.Event()
        self._offset_ms = 0
        """Of our wall clock to the monotonic one when `_link` was told."""
        self._hook: LinkState | None = None
        self._hook_held: tuple[Held, ...] = ()
        self._feed_why = ""
        """What headquarters' feed waits for."""
        self._waiting = 0
        self._acked_mono_ms: int | None = None
        """Of the last acknowledgement of this run."""
        self._forwards = False
        self._door: Door
        self._ledger: Ledger
        self._counter: Counter
        self._bookable: Bookable
        self._printing: Printing
        self._supervisor: Supervisor

    async def run(self) -> None:
        """Until SIGTERM or SIGINT. What was booked is durable long before; the file is closed in order."""
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        try:
            self._ledger = await self._opened()
        except LedgerHeld:
            raise  # Whoever holds it has the page, too.
        except TerminalFault as fault:
            from terminal.closed import Closed  # noqa: PLC0415  only for a shop that cannot sell

            opened = await Closed(self._settings, self._notifier, self._duty(), fault).until(
                self._opened, stop
            )
            if opened is None:
                return
            self._ledger = opened
        ending = Ending()
        self._waiting = self._ledger.outbox.waiting()
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

    async def _opened(self) -> Ledger:
        return await open_ledger(
            self._settings.file.ledger,
            site=self._settings.file.terminal.site_id,
            clock=self._clock,
            ids=self._ids,
            news=News(
                changed=self._ledger_changed, second=self._second_changed, trouble=self._ledger_troubled
            ),
        )

    async def _start(self) -> None:
        service = self._supervisor.start
        service(Service(name="watchdog", run=partial(keep_alive, self._notifier)))
        service(Service(name="counter", run=self._counter.run))
        for device in self._settings.devices:
            if device.kind != "printer":
                listen = partial(self._listen, built_input(device, self._clock))
                service(Service(name=_DEVICE + device.name, run=listen, backoff=_DEVICE_BACKOFF))
        with suppress(TimeoutError):
            async with asyncio.timeout(READERS_S if self._silent else 0):
                await self._all_heard.wait()
        reached("terminal.readers_ready")
        service(Service(name="printing", run=self._printing.run))
        kiosk = await self._opened_page()
        answering = await self._opened_outside()
        kiosk_url = await kiosk.url()
        with suppress(TimeoutError):  # A terminal that cannot be asked still sells.
            async with asyncio.timeout(SOCKET_S):
                await answering.listens.wait()
        # What is here now stays; later collections need not look at it. Collecting it first would cost a
        # tenth of the whole start for the little that could go.
        gc.freeze()
        gc.enable()
        self._notifier.ready()
        self._tell_systemd()
        said = {"event": "ready", "kiosk": kiosk_url, "pid": os.getpid()}
        sys.stdout.write(msgspec.json.encode(said).decode() + "\n")
        sys.stdout.flush()
        reached("terminal.ready")

    def _made_counter(self) -> Printing:
        file, alarms, ledger = self._settings.file, LoopAlarms(), self._ledger
        chosen = self._settings.printer
        printer = built_printer(chosen, self._clock) if chosen else None
        paper = Paper(
            printer=printer,
            profile=getattr(printer, "profile", Profile()),
            shop=file.shop,
            settings=file.counter,
        )
        printing = Printing(
            paper, jobs=ledger.print_jobs, books=ledger.books, clock=self._clock, alarms=alarms
        )
        means = Means(
            committer=ledger.committer,
            books=ledger.books,
            printing=printing,
            session=Session(self._duty(), self._clock, _boot()),
            ids=self._ids,
            secret=os.urandom,
            alarms=alarms,
        )
        catalogue = {code: article for article in self._settings.articles for code in article.barcodes}
        shop = Shop(policy=file.policy, catalogue=catalogue, settings=file.counter)
        kinds = {device.name: device.kind for device in self._settings.devices}
        self._counter = Counter(shop, means, kinds, first_step=self._clock.wall_ms())
        self._bookable = Bookable(self._counter.closed_by)
        self._second_changed()
        return printing

    def _duty(self) -> Duty:
        here, staff = self._settings.file.terminal, self._settings.file.counter.staff
        at_drawer = next((one for one in staff if one.id == here.operator), next(iter(staff), None))
        return Duty(
            terminal=here.terminal_id,
            shift=ShiftId(f"{here.id}-1"),
            operator=at_drawer.id if at_drawer else _NOBODY,
            attendant=at_drawer.name if at_drawer else "",
            shop=self._settings.file.shop,
            utc_offset_min=here.utc_offset_min,
            day_cut_min=here.day_cut_min,
        )

    async def _opened_page(self) -> Kiosk:
        await asyncio.to_thread(importlib.import_module, "terminal.kiosk.server")
        from terminal.core.texts import TABLES  # noqa: PLC0415  after the readers live
        from terminal.kiosk.server import Kiosk  # noqa: PLC0415

        kiosk = Kiosk(self._counter, self._settings.file.kiosk, texts=TABLES)
        self._supervisor.start(Service(name="kiosk", run=kiosk.run))
        return kiosk

    async def _opened_outside(self) -> Answering:
        """What the attendant does not see: headquarters and the technician."""
        for heavy in ("terminal.uplink.uplink", "terminal.door"):
            await asyncio.to_thread(importlib.import_module, heavy)
        from terminal.door import Door  # noqa: PLC0415
        from terminal.maintenance.facts import disk_of  # noqa: PLC0415  after the readers live
        from terminal.maintenance.room import watch_room  # noqa: PLC0415
        from terminal.maintenance.socket import Answering  # noqa: PLC0415

        file = self._settings.file
        self._door = door = Door(
            file,
            self._ledger,
            hq_ms=lambda: self._clock.wall_ms() - (self._drift_ms() or 0),
            on_enrolled=self._open_uplink,
        )
        self._open_uplink()
        if file.webhook.url:
            self._supervisor.start(Service(name="webhook", run=self._made_webhook(file.webhook).run))
        answers: Answers = {"doctor": self._facts, "verify": self._verdict, "enrol": door.enrolled_by}
        answering = Answering(file.terminal.socket, answers)
        self._supervisor.start(Service(name="maintenance", run=answering.run))
        look = partial(disk_of, file.ledger.path)
        self._supervisor.start(
            Service(name="disk", run=partial(watch_room, look, self._bookable.room, asyncio.sleep))
        )
        mend = partial(self._bookable.mend, self._ledger.try_to_write, asyncio.sleep)
        self._supervisor.start(Service(name="mending", run=mend))
        return answering

    def _open_uplink(self) -> None:
        """At the start, or when the machine was enrolled: from then on there is a headquarters."""
        if not self._door.url or self._forwards:
            return
        self._forwards = True
        uplink = self._made_uplink()
        self._counter.asks(uplink.asker)
        self._supervisor.start(Service(name="uplink", run=uplink.run))
        self._supervisor.start(Service(name="standing", run=self._door.standing.run))

    def _made_webhook(self, settings: Hook) -> Webhook:
        from terminal.uplink.backoff import Backoff as Pauses  # noqa: PLC0415  after the readers live
        from terminal.uplink.webhook import HttpsPost, Webhook, secret_of  # noqa: PLC0415

        return Webhook(
            self._ledger.outbox,
            self._ledger.hook,
            HttpsPost(settings.url, deadline_s=settings.deadline_s),
            secret=secret_of(settings),
            backoff=Pauses(os.urandom, longest_s=settings.retry_s_max),
            clock=self._clock,
            heartbeat_s=settings.heartbeat_s,
            on_state=self._hook_changed,
        )

    def _made_uplink(self) -> Uplink:
        from terminal.uplink.talk import Who  # noqa: PLC0415  after the readers live
        from terminal.uplink.uplink import Outside, Site, Uplink  # noqa: PLC0415

        here, ledger, door = self._settings.file.terminal, self._ledger, self._door
        return Uplink(
            Site(ledger=ledger.link, outbox=ledger.outbox, committer=ledger.committer, sets=ledger.sets),
            self._settings.file.headquarters,
            Who(merchant=here.merchant, site=here.site_id, instance=ledger.instance),
            Outside(
                courier=door.courier(),
                clock=self._clock,
                ids=self._ids,
                random=os.urandom,
                occasion=self._counter.occasion,
                box_key=door.box_key,
                hq_box_key=door.hq_box_key,
                on_state=self._link_changed,
                on_feed=self._feed_changed,
                on_drift=self._clock.compared,
            ),
        )

    async def _facts(self, _said: tuple[str, ...] = ()) -> Facts:
        """For the doctor, while the terminal runs."""
        from terminal import checkup  # noqa: PLC0415  seldom asked for
        from terminal.maintenance import facts  # noqa: PLC0415

        here, ledger = self._settings.file.terminal, self._settings.file.ledger
        second = await asyncio.to_thread(checkup.second_facts, ledger, here.site_id, self._ledger.second)
        seen = await asyncio.to_thread(checkup.ledger_facts, ledger.path, ledger.verified_at_start)
        seen = msgspec.structs.replace(seen, holder=f"process {os.getpid()}")
        acked_ms = self._acked_mono_ms
        return facts.Facts(
            terminal=f"{here.site}/{here.id}",
            running=True,
            pid=os.getpid(),
            devices=tuple(self._standings()),
            ledger=seen,
            second=second,
            queue=facts.QueueFacts(
                configured=bool(self._door.url),
                waiting=self._ledger.outbox.waiting(),
                acked=await self._ledger.outbox.acked(),
                online=self._link.online,
                why=self._link.why,
                trouble=self._link.trouble,
                forked=self._link.condition is LinkCondition.FORK,
                feed=self._feed_why,
                acked_age_ms=None if acked_ms is None else self._clock.mono_ms() - acked_ms,
            ),
            enrolment=self._door.facts(),
            webhook=facts.HookFacts(online=self._hook.online, why=self._hook.why, held=self._hook_held)
            if self._hook
            else None,
            clock=checkup.clock_facts(self._clock, self._drift_ms()),
            disk=facts.disk_of(ledger.path),
        )

    def _drift_ms(self) -> int | None:
        """What headquarters said, and what somebody has set our clock by since then."""
        if self._link.drift_ms is None:
            return None
        return self._link.drift_ms + self._clock.wall_ms() - self._clock.mono_ms() - self._offset_ms

    def _standings(self) -> Iterator[DeviceFacts]:
        """Devices as the counter shows them; services are well unless they lie down."""
        from terminal.maintenance.facts import DeviceFacts  # noqa: PLC0415

        standings = dict(self._supervisor.standings)
        for shown in self._counter.view().status.devices:
            supervised = standings.pop(_DEVICE + shown.name, None)
            crashes = supervised.crashes if supervised else 0
            printer = shown.kind == "printer"
            yield DeviceFacts(
                name=shown.name,
                kind=shown.kind,
                health=shown.health,
                why=shown.why,
                crashes=crashes,
                receipts=self._printing.waiting if printer else 0,
                left=printer and self._printing.left,
            )
        for name, standing in standings.items():
            down = standing.health is DeviceHealth.DOWN
            health = DeviceHealth.DOWN if down else DeviceHealth.READY
            yield DeviceFacts(
                name=name, kind="service", health=health, why=standing.why, crashes=standing.crashes
            )

    async def _verdict(self, _said: tuple[str, ...] = ()) -> Verdict:
        from terminal.checkup import verdict_on  # noqa: PLC0415  seldom asked for

        file = self._settings.file
        return await asyncio.to_thread(verdict_on, file.ledger, file.terminal.site_id)

    async def _listen(self, device: InputDevice) -> None:
        async with aclosing(device.events()) as events:
            async for event in events:
                if isinstance(event, DeviceChanged):
                    self._device_heard(event)
                self._counter.post(event)

    def _device_heard(self, event: DeviceChanged) -> None:
        if event.health is DeviceHealth.READY:
            self._supervisor.ready(_DEVICE + event.device)
        self._silent.discard(event.device)
        if not self._silent:
            self._all_heard.set()

    def _health_changed(self, name: str, health: DeviceHealth, why: str) -> None:
        if not name.startswith(_DEVICE):
            return
        event = DeviceChanged(device=name.removeprefix(_DEVICE), health=health, why=why)
        if health is DeviceHealth.DOWN:
            self._device_heard(event)
        self._counter.post(event)

    def _ledger_changed(self) -> None:
        waiting = self._ledger.outbox.waiting()
        if waiting < self._waiting:
            self._acked_mono_ms = self._clock.mono_ms()
        self._waiting = waiting
        self._counter.waiting_changed(waiting)
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

    def _link_changed(self, state: LinkState) -> None:
        self._link = state
        self._offset_ms = self._clock.wall_ms() - self._clock.mono_ms()
        self._counter.uplink_changed(
            online=state.online,
            waiting=self._ledger.outbox.waiting(),
            stops=_STOPS.get(state.condition),
        )
        self._tell_systemd()

    def _hook_changed(self, state: LinkState, held: tuple[Held, ...]) -> None:
        self._hook, self._hook_held = state, held
        self._counter.hook_changed(refuses=bool(held))
        if not self._door.url:
            self._link_changed(state)

    def _feed_changed(self, why: str) -> None:
        self._feed_why = why

    def _tell_systemd(self) -> None:
        self._notifier.status(f"{self._link.condition}, {self._ledger.outbox.waiting()} waiting")

    async def _stop(self, ending: Ending) -> None:
        self._notifier.stopping()
        ending.within(END_S)
        self._supervisor.stop()
        if late := await self._supervisor.ended(STOP_S):
            log.warning("not ended in %s s: %s", STOP_S, ", ".join(late))
        await self._ledger.close()
        ending.durable()


def _chance() -> float:
    """From [0, 1). The module `random` would cost every start another millisecond."""
    return int.from_bytes(os.urandom(4), "big") / 2**32


def _boot() -> str:
    """Names this run of the machine, whose monotonic clock entries carry."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return os.urandom(16).hex()
