"""A counter to which a recording is played: the shop's own settings and flows, an empty ledger in memory."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

from terminal.config import Settings
from terminal.core.catalogue import Listed
from terminal.core.events import DeviceEvent
from terminal.core.receipts.sections import ShopHead
from terminal.core.screens import Screen
from terminal.core.values import ShiftId, StaffId
from terminal.desk.alarms import LoopAlarms
from terminal.desk.codes import CodeClock, MemberCodes
from terminal.desk.counter import Counter
from terminal.desk.means import Means, Shop
from terminal.desk.prices import Offer
from terminal.desk.printing import Paper, Printing
from terminal.desk.session import Duty, Session
from terminal.drivers.codecs.escpos import Profile
from terminal.runtime.ids import Uuid7
from terminal.sheet_key import command_sheet
from terminal.store.catalogue import CatalogueFiles
from terminal.store.ledger import THREADS
from terminal.store.memory import MemoryLedger
from terminal.store.parked import ParkedFile
from terminal.store.used_codes import UsedCodes

_TURNS = 200
"""Of the event loop: more than any screen needs that waits for nobody."""


async def screens_of(
    events: Iterable[DeviceEvent], device: str, kind: str, settings: Settings, clock: CodeClock
) -> list[tuple[DeviceEvent, str]]:
    """What the attendant sees after each of them, where it changes."""
    found: list[tuple[DeviceEvent, str]] = []
    async with _counter(settings, device, kind, clock) as counter:
        before = _said(counter.view().screen)
        for event in events:
            counter.post(event)
            for _ in range(_TURNS):
                await asyncio.sleep(0)
            now = _said(counter.view().screen)
            found.append((event, now if now != before else ""))
            before = now
    return found


def _said(screen: Screen) -> str:
    advice = f" ({screen.advice.text})" if screen.advice else ""
    amount = f" {screen.amount}" if screen.amount else ""
    return f"{screen.state}: {screen.title.text}{amount}{advice}"


@asynccontextmanager
async def _counter(
    settings: Settings, device: str, kind: str, clock: CodeClock
) -> AsyncGenerator[Counter, None]:
    with tempfile.TemporaryDirectory(prefix="card-terminal-replay-") as folder:
        counter, printing = _made(settings, device, kind, clock, Path(folder))
        tasks = [asyncio.create_task(one.run()) for one in (counter, printing)]
        try:
            async with aclosing(counter.changes()) as changes:
                await anext(changes)
                yield counter
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _made(
    settings: Settings, device: str, kind: str, clock: CodeClock, folder: Path
) -> tuple[Counter, Printing]:
    file, alarms = settings.file, LoopAlarms()
    ledger = MemoryLedger(file.terminal.site_id)
    paper = Paper(printer=None, profile=Profile(), shop=file.shop, settings=file.counter)
    printing = Printing(paper, jobs=ledger.print_jobs, books=ledger.books, clock=clock, alarms=alarms)
    means = Means(
        committer=ledger.committer,
        books=ledger.books,
        printing=printing,
        session=Session(_duty(settings, file.shop), clock, "replay"),
        ids=Uuid7(clock, os.urandom),
        secret=os.urandom,
        alarms=alarms,
        codes=MemberCodes(file.terminal.merchant, clock, UsedCodes(folder / "ledger.db")),
        pins=ledger.pin_book,
        sheet=command_sheet(settings),
        parked=ParkedFile(folder / "parked"),
    )
    articles = CatalogueFiles(file.ledger.path, Listed(settings.articles), THREADS).own()
    sold = Offer(articles=articles, tariff=settings.tariff)
    shop = Shop(policy=file.policy, offer=sold, settings=file.counter)
    return Counter(shop, means, {device: kind}, first_step=clock.wall_ms()), printing


def _duty(settings: Settings, shop: ShopHead) -> Duty:
    here = settings.file.terminal
    return Duty(
        terminal=here.terminal_id,
        shift=ShiftId(f"{here.id}-replay"),
        operator=StaffId("ST-0000"),
        attendant="",
        shop=shop,
        utc_offset_min=here.utc_offset_min,
        day_cut_min=here.day_cut_min,
    )
