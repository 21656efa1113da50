"""Receipts on paper, beside the sale and never in its way.

An ORIGINAL is made from memory by the call that committed, once. Whatever may already be on paper, and
whatever comes out of the file after a restart, says DUPLICATE. A sale stands without its paper. A receipt
that cannot be drawn or sent is told and left to Reprint: those behind it print.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from msgspec import Struct

from terminal.core.commands import Booked, Measured
from terminal.core.consents import ConsentText
from terminal.core.errors import PrinterFault, PrinterSilent, TerminalFault
from terminal.core.events import DeviceHealth
from terminal.core.ports import Books, Clock, PosPrinter, PrintJobs
from terminal.core.receipts import Copy, Document, ShopHead, as_html, document_of, drawn, has_paper
from terminal.core.tier_names import NO_NAMES, Shown
from terminal.core.units import in_litres
from terminal.core.values import EntryId
from terminal.desk.alarms import Alarms
from terminal.desk.printer_state import PrinterState, as_printer_fault, broken
from terminal.desk.settings import Settings
from terminal.desk.shown import takes_cash
from terminal.drivers.codecs.escpos import Bitmap, Profile, encoded
from terminal.runtime.log import told
from terminal.runtime.steps import reached

log = logging.getLogger(__name__)

QUEUE_MAX = 50
"""Receipts that may wait for paper; the oldest is left to Reprint."""

DOUBTS_MAX = 2
"""After so many doubtful tries a receipt is left to Reprint: a printer must not pour out copies."""

LATE_MS = 800
"""A printer that rested well and has not answered for so long is shown as gone; with the pause before, within
two seconds. Its driver may wait longer, and says why."""

DRAWER_MS = 10_000
"""A printer that is back later opens no drawer: the customer has the change, nobody looks at the drawer."""

FIRST_CHECK_MS = 2_000
"""After the start. Readers and page come first."""


class Job(Struct, eq=False):
    booked: Booked
    copy: Copy
    asked_ms: int
    """Monotonic."""
    doubts: int = 0


class Paper(Struct, frozen=True, kw_only=True):
    """The printer, if this terminal has one, and what goes onto its paper."""

    printer: PosPrinter | None
    profile: Profile
    shop: ShopHead
    settings: Settings
    logo: Bitmap | None = None
    training: bool = False
    consent_texts: tuple[ConsentText, ...] = ()
    article: Callable[[str], str] = str
    """What the shop calls it today, by its SKU."""
    coupon: Callable[[str], str] = str
    """The same, by its kind; empty: nothing by now."""
    tiers: Callable[[], Shown] = lambda: NO_NAMES
    """What they are called by now."""
    company: Callable[[str], str] = str
    """Its name, by its id."""
    measured: Callable[[str], Measured] = in_litres
    """In what that grade is."""


async def no_claim(_booked: Booked) -> str:
    """Where the shop offers none."""
    return ""


class Printing:
    """One receipt after the other: call `run` under supervision."""

    def __init__(  # noqa: PLR0913  what it needs of the outside, each by its name
        self,
        paper: Paper,
        *,
        jobs: PrintJobs,
        books: Books,
        clock: Clock,
        alarms: Alarms,
        claim: Callable[[Booked], Awaitable[str]] = no_claim,
    ) -> None:
        """`claim`: what a receipt offers the customer now to ask for the invoice by; raises nothing."""
        self._paper = paper
        self._claim = claim
        self._jobs = jobs
        self._books = books
        self._clock = clock
        self._alarms = alarms
        self._queue: deque[Job] = deque()
        self._stir = asyncio.Event()
        self._recovered = False
        self._drawer_until_ms: int | None = None
        """A drawer is still to be opened, if the printer takes it until then."""
        self._untold: PrinterFault | None = None
        """Why the last receipt was left to Reprint; shown until somebody presses it, or there is another."""
        self._ours: set[EntryId] = set()
        """Booked by this run while the receipts of the run before are still being read."""
        self.last: Booked | None = None
        """What Reprint prints."""
        self.state = PrinterState(health=DeviceHealth.STARTING)
        self._silent = ""
        """Why it never says how it is."""
        self._answer_ms = 0
        """How long it took to say that it is well, the last time: some are slow, and not late."""
        self.on_state: Callable[[PrinterState], None] = lambda _state: None

    def expect(self, entry: EntryId) -> None:
        """Said before it is booked: its receipt is ours to print, not one that a power cut left behind."""
        if not self._recovered:
            self._ours.add(entry)

    def original(self, booked: Booked) -> None:
        """The first print of what was committed a moment ago."""
        now_ms = self._clock.mono_ms()
        if self._paper.profile.drawer and takes_cash(booked):
            self._drawer_until_ms = now_ms + DRAWER_MS
            self._stir.set()
        if not has_paper(booked.command):
            return
        self.last, self._untold = booked, None
        self._add(Job(booked=booked, copy=Copy.ORIGINAL, asked_ms=now_ms))

    def again(self, booked: Booked | None = None) -> bool:
        """Print that receipt once more, else the last. False when there is none.

        One that still waits for paper is not printed twice: it is tried now.
        """
        asked = booked or self.last
        if asked is None:
            return False
        if self.last is None or asked.command.id == self.last.command.id:
            self._untold = None
        if not self._waits(asked.command.id):
            self._add(Job(booked=asked, copy=Copy.DUPLICATE, asked_ms=self._clock.mono_ms()))
        self._stir.set()
        return True

    @property
    def waiting(self) -> int:
        """Receipts that wait for paper."""
        return len(self._queue)

    @property
    def left(self) -> bool:
        """One was given up, and nobody has pressed Reprint since."""
        return self._untold is not None

    async def preview(self, booked: Booked) -> str:
        """The receipt as HTML; empty where it cannot be drawn: the sale stands."""
        claim = await self._claim(booked)
        try:
            document = self._document(booked, Copy.ORIGINAL, claim, on_screen=True)
            return as_html(drawn(document, self._paper.profile.columns)) if document.rows else ""
        except Exception as fault:  # noqa: BLE001  what is booked is shown as booked, with or without a picture
            log.error("no preview: receipt=%s why=%s", booked.receipt_no, told(fault))  # noqa: TRY400  texts of foreign exceptions stay out of the log
            return ""

    async def run(self) -> None:
        if not self._recovered:
            await self._recover()
            self._recovered = True
            self._ours.clear()
            self._tell(self.state)
        while True:
            await self._open_drawer()
            if self._queue:
                await self._print(self._queue[0])
            elif not await self._rested(self._check_ms()):
                await self._check()

    async def _open_drawer(self) -> None:
        """Apart from the receipt: change is given while the roll is empty, too. Once, unless nothing left."""
        until_ms, self._drawer_until_ms = self._drawer_until_ms, None
        printer = self._paper.printer
        if until_ms is None or printer is None or self._clock.mono_ms() > until_ms:
            return
        try:
            await printer.open_drawer()
        except Exception as caught:  # noqa: BLE001  as with a receipt
            fault = as_printer_fault(caught)
            log.warning("drawer not opened: sent=%s why=%s", fault.sent, told(fault))
            if not fault.sent and self._drawer_until_ms is None:
                self._drawer_until_ms = until_ms

    async def _recover(self) -> None:
        """What was committed before this start and never reported as printed: recent ones as DUPLICATE.

        The others are left to Reprint: their customers have gone.
        """
        try:
            waiting = await self._books.waiting_prints()
            found = [await self._books.booked(entry) for entry in waiting[-QUEUE_MAX:]]
        except Exception as fault:  # noqa: BLE001  paper is not worth a printer that stands still
            log.warning("waiting receipts not read: why=%s", told(fault))
            return
        left = [booked for booked in found if booked is not None and booked.command.id not in self._ours]
        for booked in left:
            age_ms = self._clock.wall_ms() - booked.command.at.wall_ms
            if 0 <= age_ms <= self._within_ms:
                self._add(Job(booked=booked, copy=Copy.DUPLICATE, asked_ms=self._clock.mono_ms()))
            else:
                log.info("left to reprint: receipt=%s age_ms=%d", booked.receipt_no, age_ms)
        if left and self.last is None:
            self.last = left[-1]

    async def _print(self, job: Job) -> None:
        """One try. Until the printer says otherwise, whatever was handed to it may be on paper."""
        if self._clock.mono_ms() - job.asked_ms > self._within_ms:
            return self._give_up(job, "too old", PrinterFault("a receipt waited too long", sent=False))
        printer = self._paper.printer
        if printer is None:
            return self._done(job)
        claim = await self._claim(job.booked)
        try:
            data = self._bytes(job, claim)
        except Exception as fault:  # noqa: BLE001  the next try would draw the same
            return self._give_up(job, "not drawn", PrinterFault(f"not drawn: {told(fault)}", sent=False))
        if not data:
            return self._done(job)
        copy, job.copy = job.copy, Copy.DUPLICATE
        reached("print.before")
        try:
            await printer.print(data)
        except Exception as caught:  # noqa: BLE001  a defect of a driver must not hold up the receipts behind
            not_printed = as_printer_fault(caught)
            if not not_printed.sent:
                job.copy = copy
            return await self._failed(job, not_printed)
        reached("print.sent")
        self._done(job)
        if self.state.health is DeviceHealth.STARTING:  # Nobody has asked yet whether it says anything.
            await self._check()
        else:
            self._tell(self._well())
        await self._report(self._jobs.printed(job.booked.command.id))
        return None

    async def _failed(self, job: Job, fault: PrinterFault) -> None:
        state = broken(fault)
        # It is tried every second: what stays as it is fills no log.
        level = logging.WARNING if fault.sent or state != self.state else logging.DEBUG
        log.log(
            level, "not printed: receipt=%s sent=%s why=%s", job.booked.receipt_no, fault.sent, told(fault)
        )
        self._tell(state)
        if fault.sent:
            job.doubts += 1
            await self._report(self._jobs.doubtful(job.booked.command.id, str(fault)))
        if job.doubts >= DOUBTS_MAX:
            return self._give_up(job, "in doubt too often", fault)
        await self._rested(self._paper.settings.printer_check_ms)
        return None

    async def _check(self) -> None:
        """Nothing to print: is the printer well?"""
        if self._paper.printer is None:
            return None
        # Not at the start: what the driver needs is being loaded.
        rested_well = self.state.health is DeviceHealth.READY
        late_ms = max(LATE_MS, 2 * self._answer_ms)
        on_time = self._alarms.after(late_ms, self._late) if rested_well else lambda: None
        asked_ms = self._clock.mono_ms()
        try:
            said = await self._paper.printer.status()
        except Exception as fault:  # noqa: BLE001  as with a receipt
            return self._seen(broken(as_printer_fault(fault)))
        finally:
            on_time()
        self._silent = said if said.startswith("unknown") else ""
        if self._silent or said.startswith("ready"):
            self._answer_ms = self._clock.mono_ms() - asked_ms
            return self._seen(self._well())
        return self._seen(broken(PrinterFault(said)))

    def _late(self) -> None:
        self._seen(broken(PrinterSilent("no answer yet", sent=False)))

    def _check_ms(self) -> int:
        """Soon after the start, when nobody knows yet how the printer is; then now and again."""
        if self._paper.printer and self.state.health is DeviceHealth.STARTING:
            return FIRST_CHECK_MS
        return self._paper.settings.printer_check_ms

    async def _rested(self, ms: int) -> bool:
        """Waits that long, or until there is something to do: then True."""
        rung = False

        def ring() -> None:
            nonlocal rung
            rung = True
            self._stir.set()

        stop = self._alarms.after(ms, ring)
        try:
            await self._stir.wait()
        finally:
            stop()
            self._stir.clear()
        return not rung

    async def _report(self, told_to_ledger: Awaitable[None]) -> None:
        """A row that could not be updated only means one more DUPLICATE after a restart."""
        try:
            await told_to_ledger
        except TerminalFault as fault:
            log.warning("print job not updated: why=%s", told(fault))

    def _add(self, job: Job) -> None:
        if len(self._queue) >= QUEUE_MAX:
            # Not the head: it may be at the printer at this moment.
            lost = self._queue[1]
            del self._queue[1]
            log.warning("left to reprint: receipt=%s why=queue full", lost.booked.receipt_no)
        self._queue.append(job)
        self._stir.set()

    def _waits(self, entry: EntryId) -> bool:
        return any(job.booked.command.id == entry for job in self._queue)

    def _done(self, job: Job) -> None:
        self._queue.remove(job)

    def _give_up(self, job: Job, why: str, fault: PrinterFault) -> None:
        log.warning("left to reprint: receipt=%s why=%s fault=%s", job.booked.receipt_no, why, told(fault))
        self._done(job)
        self._untold = fault
        self._tell(broken(fault))

    def _well(self) -> PrinterState:
        """The printer is; a receipt that it did not print is still to be reprinted."""
        left = self._untold
        advice, code = (left.for_attendant, left.code) if left else ("", "")
        health = DeviceHealth.UNKNOWN if self._silent else DeviceHealth.READY
        return PrinterState(health=health, why=self._silent, code=code, advice=advice)

    def _seen(self, state: PrinterState) -> None:
        """By looking, every second: told where it is news."""
        if state != self.state:
            self._tell(state)

    def _tell(self, state: PrinterState) -> None:
        self.state = state
        self.on_state(state)

    def _bytes(self, job: Job, claim: str) -> bytes:
        document = self._document(job.booked, job.copy, claim)
        if not document.rows:
            return b""
        paper = self._paper
        page = drawn(document, paper.profile.columns)
        return encoded(page, paper.profile, logo=paper.logo)

    def _document(self, booked: Booked, copy: Copy, claim: str, *, on_screen: bool = False) -> Document:
        paper = self._paper
        return document_of(
            booked,
            paper.shop,
            language=paper.settings.language,
            copy=copy,
            training=paper.training,
            claim=claim,
            consent_texts=paper.consent_texts,
            on_screen=on_screen,
            article=paper.article,
            coupon=paper.coupon,
            tiers=paper.tiers(),
            company=paper.company,
            measured=paper.measured,
        )

    @property
    def _within_ms(self) -> int:
        return self._paper.settings.print_within_s * 1000
