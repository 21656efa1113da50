"""Three printers, each by another way under a desk that prints, and the hands that pull them out."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from lab.receipts.specimens import SPECIMENS
from terminal.core.events import DeviceHealth
from terminal.core.values import EntryId, SiteId
from terminal.desk.alarms import LoopAlarms
from terminal.desk.printer_state import PrinterState
from terminal.desk.printing import Paper, Printing
from terminal.desk.settings import Settings
from terminal.drivers import serial_printer, tcp_printer, usb_printer
from terminal.drivers.paper.printer import Printer
from terminal.drivers.virtual.paper import VirtualPrinter
from terminal.drivers.virtual.paper_line import PaperLine
from terminal.runtime.clock import SystemClock
from terminal.store.memory import MemoryLedger

BY_TCP, BY_SERIAL, BY_USB = "printer by TCP", "printer by serial line", "printer by USB"
PRINTERS = (BY_TCP, BY_SERIAL, BY_USB)
_RECEIPT = SPECIMENS["sale-cash"]
_BREAKS_MAX = 700
"""So many bytes after it was asked the line goes, at most: before, in or behind a receipt."""
_ANSWER_MS, _PRINT_MS = 200, 2_000

Changed = Callable[[str, DeviceHealth, str], None]


class Desk:
    """Prints as the counter does; as its `PrintJobs` it holds what is called printed against the paper."""

    def __init__(self, printer: Printer, paper: VirtualPrinter, changed: Changed) -> None:
        self._printer = printer
        self._paper = paper
        self._changed = changed
        self._printed: set[EntryId] = set()
        self._untrue: list[EntryId] = []
        self._news = asyncio.Event()
        empty = MemoryLedger(SiteId("S1"))
        self._printing = Printing(
            Paper(printer=printer, profile=printer.profile, shop=_RECEIPT.shop, settings=Settings()),
            jobs=self,
            books=empty.books,
            clock=SystemClock(),
            alarms=LoopAlarms(),
        )
        self._printing.on_state = self._told
        self._task = asyncio.create_task(self._printing.run())

    @property
    def why(self) -> str:
        return self._printing.state.why

    async def close(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    def hand_in(self, number: str) -> EntryId:
        """A receipt with a number of its own, which is then waiting or at the printer."""
        entry = EntryId(number)
        command = replace(_RECEIPT.booked.command, id=entry)
        self._printing.original(replace(_RECEIPT.booked, command=command, receipt_no=number))
        return entry

    async def begun(self) -> None:
        """Until the first try came to something."""
        printing = self._printing
        while printing.waiting and printing.state.health is DeviceHealth.READY:
            await self._next()

    async def came_out(self, entry: EntryId) -> bool:
        """False: the desk left it to Reprint."""
        while self._printing.waiting:
            await self._next()
        if self._untrue:
            raise AssertionError(f"{self._printer.name}: said to be printed, and is not on the paper")
        return entry in self._printed

    async def printed(self, entry: EntryId) -> None:
        self._printed.add(entry)
        if not any(receipt.cut and str(entry) in receipt.text for receipt in self._paper.receipts):
            self._untrue.append(entry)

    async def doubtful(self, entry: EntryId, why: str) -> None:
        """It comes out once more, or is left to Reprint."""

    async def _next(self) -> None:
        self._news.clear()
        await self._news.wait()

    def _told(self, state: PrinterState) -> None:
        self._news.set()
        self._changed(self._printer.name, state.health, state.why)


class Printers:
    """Made on the event loop, on which the virtual ones live."""

    def __init__(self, folder: Path, chance: random.Random, changed: Changed) -> None:
        self._chance = chance
        self._changed = changed
        self._papers = {name: VirtualPrinter() for name in PRINTERS}
        self._lines = {
            BY_SERIAL: PaperLine(self._papers[BY_SERIAL], folder / "dev/serial-printer"),
            # A pseudo-terminal in the place of usblp's node; what pulls a real one is the virtual machine.
            BY_USB: PaperLine(self._papers[BY_USB], folder / "dev/usb-printer"),
        }
        self._desks: dict[str, Desk] = {}

    def any(self) -> str:
        return self._chance.choice(PRINTERS)

    async def open(self) -> None:
        for line in self._lines.values():
            line.plug()
        port = await self._papers[BY_TCP].start()
        clock = SystemClock()
        tcp = tcp_printer.Settings(
            host="127.0.0.1", port=port, answer_ms=_ANSWER_MS, print_ms=_PRINT_MS, connect_ms=_ANSWER_MS
        )
        serial = serial_printer.Settings(
            path=self._lines[BY_SERIAL].path, answer_ms=_ANSWER_MS, print_ms=_PRINT_MS
        )
        usb = usb_printer.Settings(path=self._lines[BY_USB].path, answer_ms=_ANSWER_MS, print_ms=_PRINT_MS)
        drivers = (
            tcp_printer.build(BY_TCP, tcp, clock),
            serial_printer.build(BY_SERIAL, serial, clock),
            usb_printer.build(BY_USB, usb, clock),
        )
        self._desks = {one.name: Desk(one, self._papers[one.name], self._changed) for one in drivers}

    async def close(self) -> None:
        for desk in self._desks.values():
            await desk.close()
        for line in self._lines.values():
            line.pull()
        await self._papers[BY_TCP].close()

    async def use(self, name: str) -> bool:
        """One receipt; whether the desk got it printed, itself and what waited before it."""
        desk = self._desks[name]
        return await desk.came_out(desk.hand_in(self._number()))

    async def pull(self, name: str) -> None:
        """While it rests, or a little into a receipt, which then waits for it."""
        paper = self._papers[name]
        if self._chance.random() < 1 / 2:
            paper.condition.reset_after = self._chance.randrange(1, _BREAKS_MAX)
            self._desks[name].hand_in(self._number())
            await self._desks[name].begun()
            paper.condition.reset_after = None
        if name == BY_TCP:
            await paper.close()
        else:
            self._lines[name].pull()

    async def plug(self, name: str) -> None:
        if name == BY_TCP:
            await self._papers[name].start(port=self._papers[name].port)
        else:
            self._lines[name].plug()

    def why(self, name: str) -> str:
        """How its printing stands, for who looks for the cause."""
        return self._desks[name].why if name in self._desks else ""

    def _number(self) -> str:
        return f"{self._chance.getrandbits(40):010X}"
