"""The receipt printer of a shop, and all that ever came out of it."""

from __future__ import annotations

import asyncio
import random
import re
from dataclasses import dataclass, field

from terminal.core.errors import PrinterFault
from terminal.core.ports import Books, Clock, PrintJobs
from terminal.core.receipts import ShopHead
from terminal.desk.alarms import LoopAlarms
from terminal.desk.printing import Paper, Printing
from terminal.desk.settings import Settings
from terminal.drivers.codecs.escpos import Profile

_COVER_OPEN, _CUT_OFF, _SILENT = 0.04, 0.07, 0.10
"""Sums: nothing was taken; it may have been taken, and was not; it is on paper, and nobody says so."""
_NUMBER = re.compile(rb"s\d+-1-\d+-\d+-[0-9a-f]{8}", re.IGNORECASE)
"""terminal-epoch-counter-HASH8"""
_SETTINGS = Settings(language="en", print_within_s=300, printer_check_ms=20_000)
"""Asked as seldom as that: this printer never goes while it rests, and simulated weeks have many seconds."""


@dataclass
class Roll:
    """It outlives the machine, its disk, and whoever tears off the receipts."""

    prints: list[tuple[str, bool]] = field(default_factory=list)
    """(number, whether it says that it is the original)"""

    def takes(self, data: bytes) -> None:
        number = _NUMBER.search(data)
        self.prints.append((number[0].decode() if number else "", b"DUPLICATE" not in data))


class SimulatedPrinter:
    """The `PosPrinter` port."""

    def __init__(self, roll: Roll, dice: random.Random) -> None:
        self._roll = roll
        self._dice = dice

    async def print(self, data: bytes) -> None:
        drawn = self._dice.random()
        await asyncio.sleep(self._dice.expovariate(1 / 0.3))
        if drawn < _COVER_OPEN:
            raise PrinterFault("the cover is open", sent=False)
        if drawn < _CUT_OFF:
            raise PrinterFault("cut off")
        self._roll.takes(data)
        if drawn < _SILENT:
            raise PrinterFault("no answer")
        await asyncio.sleep(self._dice.expovariate(1 / 0.3))

    async def open_drawer(self) -> None:
        """None hangs on it."""

    async def status(self) -> str:
        return "ready"


def printing_on(roll: Roll, dice: random.Random, jobs: PrintJobs, books: Books, clock: Clock) -> Printing:
    paper = Paper(
        printer=SimulatedPrinter(roll, dice),
        profile=Profile(),
        shop=ShopHead(name="Fleet"),
        settings=_SETTINGS,
    )
    return Printing(paper, jobs=jobs, books=books, clock=clock, alarms=LoopAlarms())
