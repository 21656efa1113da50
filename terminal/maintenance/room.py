"""Whether anything can be booked, from all who know: looked at before a sale finds out in its middle."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn

from terminal.core.errors import DiskFull, DiskReadOnly, LedgerClosed, LedgerDamaged, TerminalFault
from terminal.maintenance.facts import DiskFacts

log = logging.getLogger(__name__)

SELL_BYTES_MIN = 16 << 20
"""Below this no sale is begun: what was begun must fit, with the log of the ledger and a print job."""
LOOK_S = 0.5
"""A look asks the kernel for a number; nothing is written."""
TRY_S = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Before each try of a ledger that could not write. The last one for as long as it lasts."""

Sleep = Callable[[float], Awaitable[object]]


async def watch_room(
    look: Callable[[], DiskFacts], on_room: Callable[[LedgerClosed | None], None], sleep: Sleep
) -> NoReturn:
    """Tells `on_room` what is in the way whenever that changes; before the first look nothing was.

    `look` may wait for the disk, away from the event loop: one that hangs must not stop that.
    """
    before: type[LedgerClosed] | None = None
    while True:
        fault = no_room(await asyncio.to_thread(look))
        if type(fault) is not (before or type(None)):
            log.warning("room to book: %s", fault or "there is")
            on_room(fault)
            before = type(fault) if fault else None
        await sleep(LOOK_S)


def no_room(disk: DiskFacts) -> LedgerClosed | None:
    if disk.read_only:
        return DiskReadOnly(f"the file system of {disk.path} is read-only")
    if disk.free_bytes < SELL_BYTES_MIN:
        return DiskFull(f"{disk.free_bytes >> 20} of {SELL_BYTES_MIN >> 20} MiB free at {disk.path}")
    return None


class Bookable:
    """What is in the way, from whoever found it; `tell` hears the first of them, and None when nothing is."""

    def __init__(self, tell: Callable[[TerminalFault | None], None]) -> None:
        self._tell = tell
        self._room: TerminalFault | None = None
        self._ledger: TerminalFault | None = None
        self._second: TerminalFault | None = None
        self._told: TerminalFault | None = None
        self._failed = asyncio.Event()

    @property
    def fault(self) -> TerminalFault | None:
        """The disk first: it says why the ledger cannot."""
        return self.damage or self._room or self._ledger or self._second

    @property
    def damage(self) -> LedgerDamaged | None:
        return self._ledger if isinstance(self._ledger, LedgerDamaged) else None

    def room(self, fault: LedgerClosed | None) -> None:
        self._room = fault
        self._changed()

    def ledger(self, fault: TerminalFault | None) -> None:
        """What its writer met, or that it wrote. Damage is not over because something else was written."""
        if isinstance(self._ledger, LedgerDamaged):
            return
        self._ledger = fault
        if fault is None:
            self._failed.clear()
        else:
            self._failed.set()
        self._changed()

    def second(self, fault: TerminalFault | None) -> None:
        self._second = fault
        self._changed()

    async def mend(self, attempt: Callable[[], Awaitable[object]], sleep: Sleep) -> NoReturn:
        """After a failure tries to write, ever more seldom, and only where there is room."""
        while True:
            await self._failed.wait()
            tries = 0
            while self._failed.is_set() and not isinstance(self._ledger, LedgerDamaged):
                await sleep(TRY_S[min(tries, len(TRY_S) - 1)])
                if self._room is not None:
                    continue
                tries += 1
                try:
                    await attempt()
                except TerminalFault as fault:
                    log.info("the ledger still cannot write: %s", fault)
                else:
                    self.ledger(None)
            if isinstance(self._ledger, LedgerDamaged):
                await asyncio.Event().wait()

    def _changed(self) -> None:
        fault = self.fault
        if (type(fault), str(fault)) != (type(self._told), str(self._told)):
            self._told = fault
            self._tell(fault)
