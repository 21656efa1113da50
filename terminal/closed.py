"""A terminal whose ledger does not open: it says so on the page, answers the doctor, and opens when it can.

Ending instead would leave the shop in front of a page that does not load, and systemd gives up after a few
tries. Nothing here writes to the disk: the ledger is tried again when its files have changed, or, where the
disk was in the way and not what is on it, from time to time.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import msgspec

from terminal import checkup
from terminal.asked import FOR_TECHNICIANS
from terminal.config import Settings
from terminal.core.errors import LedgerClosed, LedgerHeld, TerminalFault
from terminal.core.events import DeviceHealth
from terminal.core.screens import View
from terminal.core.texts import TABLES
from terminal.desk.closed import ClosedFront
from terminal.desk.session import Duty
from terminal.kiosk.server import Kiosk
from terminal.kiosk.sessions import beside
from terminal.maintenance.facts import Facts, LedgerTrouble, disk_of
from terminal.maintenance.room import no_room
from terminal.maintenance.socket import TECHNICIAN, Answering
from terminal.runtime.clock import SystemClock
from terminal.runtime.log import told
from terminal.runtime.notify import Notifier, keep_alive
from terminal.runtime.supervisor import Service, Supervisor
from terminal.store.ledger import Ledger
from terminal.technician import CLOSED, Answer

log = logging.getLogger(__name__)

LOOK_S = 1.0
"""Between two looks at the names, sizes and times of the ledger's files."""
TRY_S = (2.0, 5.0, 10.0, 30.0, 60.0)
"""Between two tries where nothing has changed and the disk was in the way."""
_SUFFIXES = (".db", ".secret", ".keys", ".site", ".made")


class Closed:
    """From a start that failed until the ledger opens or the terminal is told to stop."""

    def __init__(self, settings: Settings, notifier: Notifier, duty: Duty, fault: TerminalFault) -> None:
        self._settings = settings
        self._notifier = notifier
        self._clock = SystemClock()
        self._fault = fault = self._by_room(fault)
        self._front = ClosedFront(duty, fault, first_step=self._clock.wall_ms())

    def view(self) -> View:
        """What pages show meanwhile."""
        return self._front.view()

    async def until(self, opened: Callable[[], Awaitable[Ledger]], stop: asyncio.Event) -> Ledger | None:
        """The ledger once it opens; None when the terminal is told to stop first."""
        log.error("the ledger does not open: %s", _told_with_advice(self._fault))
        gc.enable()
        file = self._settings.file
        sessions = beside(self._settings.shop_ledger or file.ledger.path, file.kiosk.link_file)
        async with asyncio.TaskGroup() as group:
            supervisor = Supervisor(
                group, clock=self._clock, sleep=asyncio.sleep, chance=lambda: 0.5, on_health=_unheard
            )
            supervisor.start(Service(name="watchdog", run=partial(keep_alive, self._notifier)))
            kiosk = Kiosk(self._front, file.kiosk, texts=TABLES, sessions=sessions)
            supervisor.start(Service(name="kiosk", run=kiosk.run))
            answers = {"doctor": self._facts, TECHNICIAN: self._refused}
            answering = Answering(file.terminal.socket, answers, for_group=FOR_TECHNICIANS)
            supervisor.start(Service(name="maintenance", run=answering.run))
            telling = group.create_task(self._tell(kiosk))
            ledger = await self._tried(opened, stop)
            telling.cancel()
            supervisor.stop()
        return ledger

    async def _tell(self, kiosk: Kiosk) -> None:
        url = await kiosk.url()
        self._notifier.ready()
        self._notifier.status(f"cannot sell: {told(self._fault)}")
        said = {
            "event": "closed",
            "kiosk": url,
            "link": str(kiosk.link),
            "pid": os.getpid(),
            "code": self._fault.code,
        }
        sys.stdout.write(msgspec.json.encode(said).decode() + "\n")
        sys.stdout.flush()

    async def _tried(self, opened: Callable[[], Awaitable[Ledger]], stop: asyncio.Event) -> Ledger | None:
        seen, tries, waited_s, touched = self._seen(), 0, 0.0, False
        while not stop.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await stop.wait()
            waited_s += LOOK_S
            changed = self._seen() != seen
            if not changed and not self._is_due(tries, waited_s, touched=touched):
                continue
            before = self._seen()
            try:
                return await opened()
            except TerminalFault as fault:
                self._still(fault)
            seen, tries, waited_s = self._seen(), 0 if changed else tries + 1, 0.0
            touched = seen != before
        return None

    def _is_due(self, tries: int, waited_s: float, *, touched: bool) -> bool:
        """Damage does not mend itself; a disk may have room again, or a tool may be done.

        Args:
            tries: how many there were since the files last changed.
            waited_s: since the last of them.
            touched: the files changed during it, by the trying itself or by somebody who put one back.
        """
        if waited_s < TRY_S[min(tries, len(TRY_S) - 1)]:
            return False
        if touched:
            return True
        room = no_room(disk_of(self._settings.file.ledger.path)) is None
        return isinstance(self._fault, LedgerClosed) and room

    def _by_room(self, fault: TerminalFault) -> TerminalFault:
        """A disk without room fails in many ways, as SQLite tells them; what helps is room."""
        if not isinstance(fault, LedgerClosed) or isinstance(fault, LedgerHeld):
            return fault
        room = no_room(disk_of(self._settings.file.ledger.path))
        return type(room)(f"{room}: {fault}") if room is not None else fault

    def _still(self, fault: TerminalFault) -> None:
        if isinstance(fault, LedgerHeld):  # A tool is at work on it, a restore perhaps.
            return
        fault = self._by_room(fault)
        if str(fault) != str(self._fault):
            log.error("the ledger still does not open: %s", _told_with_advice(fault))
            self._front.say(fault)
            self._notifier.status(f"cannot sell: {told(fault)}")
        self._fault = fault

    def _seen(self) -> tuple[tuple[int, int, int] | None, ...]:
        """What changes when somebody mends it."""
        return tuple(map(_stamp, _files(self._settings)))

    async def _refused(self, _words: tuple[str, ...]) -> Answer:
        """Whatever the menu asks: people's PINs and the entries of what they do are in the ledger."""
        return Answer(why=CLOSED.format(told(self._fault)), closed=True)

    async def _facts(self, _words: tuple[str, ...]) -> Facts:
        """What the files show, and what they do not: why the start was refused."""
        seen = await checkup.from_outside(self._settings)
        ledger = seen.ledger
        if not ledger.fault:
            trouble = LedgerTrouble.UNREAD if isinstance(self._fault, LedgerClosed) else LedgerTrouble.REFUSED
            ledger = msgspec.structs.replace(ledger, fault=told(self._fault), trouble=trouble)
        return msgspec.structs.replace(seen, ledger=ledger, running=True, pid=os.getpid())


def _told_with_advice(fault: TerminalFault) -> str:
    return f"{told(fault)}. {fault.for_technician}".rstrip(". ")


def _files(settings: Settings) -> Iterator[Path]:
    ledger = settings.file.ledger
    yield from (ledger.path.with_suffix(suffix) for suffix in _SUFFIXES)
    yield ledger.path.with_name(f"{ledger.path.name}-wal")
    if ledger.second is not None:
        yield ledger.second


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        seen = path.stat()
    except OSError:
        return None
    return seen.st_ino, seen.st_size, seen.st_mtime_ns


def _unheard(name: str, health: DeviceHealth, why: str) -> None:
    """The page shows nothing of its own services."""
