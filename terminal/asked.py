"""What a terminal that runs answers the technician through its socket."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from terminal.backups_seen import backup_facts
from terminal.core.called import NOT_IN_TRAINING
from terminal.core.errors import CatalogueUnread, LedgerDamaged
from terminal.core.events import DeviceHealth
from terminal.core.stock import COUNT_MAX, low, shown_stock
from terminal.core.values import TRAINING
from terminal.maintenance.facts import (
    Counted,
    DeviceFacts,
    Facts,
    InvoiceFacts,
    LedgerFacts,
    LedgerTrouble,
    Renewed,
    StockFacts,
    disk_of,
)
from terminal.maintenance.metrics import Figures, Written, exposed, written
from terminal.maintenance.socket import TECHNICIAN
from terminal.promoted import for_nothing
from terminal.runtime import log as logs
from terminal.runtime.supervisor import DEVICE, Supervisor
from terminal.spare import spare_facts

if TYPE_CHECKING:
    from terminal.calls import Due
    from terminal.checkup import Verdict
    from terminal.command_sheets import Attendants
    from terminal.config import Device, File
    from terminal.core.catalogue import Articles
    from terminal.desk.beside import Beside
    from terminal.desk.counter import Counter
    from terminal.desk.invoicing import Invoicing
    from terminal.desk.printing import Printing
    from terminal.desk.published import Published
    from terminal.first_pin import Given
    from terminal.maintenance.room import Bookable
    from terminal.maintenance.socket import Answers, Pages
    from terminal.members import Came, Page
    from terminal.outside import Outside
    from terminal.own_data import Answer
    from terminal.quarantine import Outcome as Decided
    from terminal.recordings import Traced
    from terminal.runtime.clock import SystemClock
    from terminal.store.chips import ChipFiles
    from terminal.store.ledger import Ledger
    from terminal.store.stock import StockKeeper
    from terminal.technician import Answer as Tended
    from terminal.technician import Technician
    from terminal.tier_tables import TiersHere
    from terminal.withdrawing import Ended

FOR_TECHNICIANS = ("doctor", "verify", TECHNICIAN)
"""What whoever is of the terminal's group may ask; the last asks for a PIN where it changes something."""
_SHORT_MAX = 100
_LOOKED_AT = 50
"""Articles in one go: whoever is at the counter waits no longer."""
_COUNT_BYTES_MAX = 16 << 20
_counts = msgspec.json.Decoder(dict[str, Annotated[int, Meta(ge=0, le=COUNT_MAX)]])


class Known(Struct, frozen=True, kw_only=True):
    """Whom it asks in its turn."""

    file: File
    shop_ledger: Path
    """What is backed up, and beside which handhelds are enrolled: in training another than `file.ledger`."""
    ledger: Ledger
    counter: Counter
    published: Published
    stock: StockKeeper
    printing: Printing
    bookable: Bookable
    supervisor: Supervisor
    outside: Outside
    invoicing: Invoicing | None
    chips: ChipFiles
    clock: SystemClock
    beside: Beside
    devices: Sequence[Device]
    change_over: Callable[[], None]
    restart: Callable[[], None]


class Asked:
    def __init__(self, known: Known) -> None:
        self._of = known
        self._technician: Technician | None = None
        """None: nobody opened the menu in this run."""
        self._written, self._entries = written(), known.ledger.outbox.entries

    @property
    def _trains(self) -> bool:
        """Nobody of the shop is known: an answer out of that ledger would be taken for the shop's."""
        return self._of.file.terminal.site == TRAINING

    def pages(self) -> Pages:
        return {"/metrics": self._metrics}

    async def _metrics(self) -> bytes:
        return exposed(await self._figures()).encode()

    async def _figures(self) -> Figures:
        here, outbox, outside = self._of.file.terminal, self._of.ledger.outbox, self._of.outside
        queue, now = await outside.queue(), written()
        return Figures(
            terminal=f"{here.site}/{here.id}",
            entries=outbox.entries,
            entries_new=outbox.entries - self._entries,
            waiting=queue.waiting,
            online=queue.online if queue.configured else None,
            devices=tuple(self._standings()),
            trust=self._of.clock.trust,
            drift_ms=outside.drift_ms,
            backups=await asyncio.to_thread(backup_facts, self._of.shop_ledger),
            disk=await asyncio.to_thread(disk_of, self._of.file.ledger.path),
            written=now,
            written_new=_more(now, self._written),
        )

    def answers(self) -> Answers:
        return {
            "doctor": self._facts,
            "verify": self._verdict,
            "enrol": self._of.outside.door.enrolled_by,
            "trace": self._traced,
            "webhook": self._decided,
            "catalogue": self._renewed,
            "count": self._counted,
            "members": self._members,
            "members-after": self._members_after,
            "members-tiers": self._members_tiers,
            "calls": self._calls,
            "member": self._member,
            "staff-pin": self._pin_given,
            "withdraw": self._withdrawn,
            "attendants": self._attendants,
            TECHNICIAN: self._tended,
        }

    async def _facts(self, _said: tuple[str, ...] = ()) -> Facts:
        """For the doctor, while the terminal runs."""
        from terminal import checkup  # noqa: PLC0415  seldom asked for
        from terminal.uplink.tier_order import tiers_apart  # noqa: PLC0415

        here, ledger, outside = self._of.file.terminal, self._of.file.ledger, self._of.outside
        offer = self._of.counter.offer
        second = await asyncio.to_thread(checkup.second_facts, ledger, here.site_id, self._of.ledger.second)
        seen = await asyncio.to_thread(
            checkup.ledger_facts, ledger.path, ledger.verified_at_start, here.site_id
        )
        disk = await asyncio.to_thread(disk_of, ledger.path)
        backups = await asyncio.to_thread(backup_facts, self._of.shop_ledger)
        return Facts(
            terminal=f"{here.site}/{here.id}",
            running=True,
            pid=os.getpid(),
            devices=tuple(self._standings()),
            ledger=replace(self._with_damage(seen), holder=f"process {os.getpid()}"),
            second=second,
            queue=await outside.queue(),
            enrolment=outside.door.facts(),
            handhelds=await asyncio.to_thread(checkup.handheld_facts, self._of.shop_ledger),
            webhook=outside.hook(),
            invoices=invoice_facts(self._of.invoicing),
            card_keys=await asyncio.to_thread(checkup.card_key_facts, self._of.chips),
            backups=backups,
            stock=await stock_facts(self._of.stock, offer.articles),
            strays=for_nothing(offer.tariff, offer.articles, self._of.file.policy.grades),
            tiers_apart=await tiers_apart(
                self._of.ledger.link, self._of.ledger.sets, self._of.file.policy.tiers
            ),
            clock=checkup.clock_facts(self._of.clock, outside.drift_ms),
            disk=disk,
            spare=await asyncio.to_thread(spare_facts, ledger.path, disk, backups),
        )

    def _with_damage(self, seen: LedgerFacts) -> LedgerFacts:
        """What is seen now closes the counter; what closed it earlier is still said."""
        if seen.fault and seen.trouble is LedgerTrouble.DAMAGED:
            self._of.bookable.ledger(LedgerDamaged(seen.fault))
        elif (known := self._of.bookable.damage) is not None:
            return replace(seen, fault=logs.told(known))
        return seen

    def _standings(self) -> Iterator[DeviceFacts]:
        """Devices as the counter shows them; services are well unless they lie down."""
        standings, printing = dict(self._of.supervisor.standings), self._of.printing
        for shown in self._of.counter.view().status.devices:
            supervised = standings.pop(DEVICE + shown.name, None)
            printer = shown.kind == "printer"
            yield DeviceFacts(
                name=shown.name,
                kind=shown.kind,
                health=shown.health,
                why=shown.why,
                crashes=supervised.crashes if supervised else 0,
                receipts=printing.waiting if printer else 0,
                left=printer and printing.left,
                opened=shown.kind == "signals" and self._of.counter.case_opened,
            )
        for name, standing in standings.items():
            down = standing.health is DeviceHealth.DOWN
            health = DeviceHealth.DOWN if down else DeviceHealth.READY
            yield DeviceFacts(
                name=name, kind="service", health=health, why=standing.why, crashes=standing.crashes
            )

    async def _verdict(self, _said: tuple[str, ...] = ()) -> Verdict:
        from terminal.checkup import verdict_on  # noqa: PLC0415  seldom asked for

        file = self._of.file
        verdict = await asyncio.to_thread(verdict_on, file.ledger, file.terminal.site_id)
        if verdict.damaged:
            self._of.bookable.ledger(LedgerDamaged(verdict.fault))
        return verdict

    async def _calls(self, said: tuple[str, ...] = ()) -> Due:
        """Whose articles are used up on the day that is said."""
        from terminal.calls import Due, due_on  # noqa: PLC0415  seldom asked for

        if self._trains:
            return Due(why=NOT_IN_TRAINING)
        day = said[0] or self._of.counter.occasion().business_day
        categories = self._of.file.policy.cycle_days
        return await due_on(self._of.ledger.outbox, self._of.counter.offer.articles, day, categories)

    async def _decided(self, said: tuple[str, ...] = ()) -> Decided:
        from terminal.quarantine import Outcome, decided  # noqa: PLC0415  seldom asked for

        return Outcome(why=NOT_IN_TRAINING) if self._trains else await decided(self._of.outside, said)

    async def _counted(self, said: tuple[str, ...] = ()) -> Counted:
        """What lies in the file of that name, by SKU: somebody counted it just now."""
        if self._trains:
            raise ValueError("nothing of the shop is counted in training")
        path = Path(said[0])
        with await asyncio.to_thread(path.open, "rb") as file:
            data = await asyncio.to_thread(file.read, _COUNT_BYTES_MAX)
        counts = _counts.decode(data)
        try:
            await self._of.stock.count(counts)
        except sqlite3.Error as fault:
            raise ValueError("the stock's file is damaged, or the disk full") from fault
        return Counted(articles=len(counts))

    async def _members(self, said: tuple[str, ...] = ()) -> Came:
        from terminal.members import Came, taken  # noqa: PLC0415  seldom asked for

        if self._trains:
            return Came(why=NOT_IN_TRAINING)
        return await taken(self._of.counter, self._of.ledger, self._of.file.policy, said)

    async def _members_after(self, said: tuple[str, ...] = ()) -> Page:
        from terminal.members import Page, handed_out  # noqa: PLC0415  seldom asked for

        if self._trains:
            return Page(why=NOT_IN_TRAINING)
        return await handed_out(self._of.counter, self._of.ledger, said)

    async def _members_tiers(self, _said: tuple[str, ...] = ()) -> TiersHere:
        from terminal.members import tiers_here  # noqa: PLC0415  seldom asked for

        return await tiers_here(self._of.counter, self._of.ledger, self._of.file.policy)

    async def _member(self, said: tuple[str, ...] = ()) -> Answer:
        from terminal.own_data import Answer, made  # noqa: PLC0415  seldom asked for

        if self._trains:
            return Answer(why=NOT_IN_TRAINING)
        return await made(self._of.counter, self._of.ledger, self._of.file.policy).answer(said)

    async def _renewed(self, _said: tuple[str, ...] = ()) -> Renewed:
        """Somebody imported another catalogue: it is sold by from the next customer on."""
        self._of.published.look_again()
        return Renewed(by_headquarters=self._of.published.articles_published)

    async def _pin_given(self, said: tuple[str, ...] = ()) -> Given:
        from terminal.first_pin import given  # noqa: PLC0415  seldom asked for

        ledger, staff = self._of.ledger, [one.id for one in self._of.counter.staff]
        return await given(self._of.counter, ledger.committer, ledger.pin_book, said, staff=staff)

    async def _withdrawn(self, said: tuple[str, ...] = ()) -> Ended:
        from terminal.withdrawing import Ended, Withdrawing  # noqa: PLC0415  seldom asked for

        if self._trains:
            return Ended(why=NOT_IN_TRAINING)
        ledger = self._of.ledger
        return await Withdrawing(self._of.counter, ledger.committer, ledger.books, ledger.pin_book).answer(
            said
        )

    async def _attendants(self, _said: tuple[str, ...] = ()) -> Attendants:
        """For the command sheet: those whom headquarters names, too."""
        from terminal.command_sheets import attendants  # noqa: PLC0415  seldom asked for

        return attendants(self._of.counter.staff)

    async def _tended(self, said: tuple[str, ...] = ()) -> Tended:
        if self._technician is None:
            self._technician = self._made_technician()
        return await self._technician.answer(said)

    def _made_technician(self) -> Technician:
        from terminal.quarantine import decided, lines  # noqa: PLC0415  seldom asked for
        from terminal.technician import Inside, Technician  # noqa: PLC0415

        of = self._of

        async def webhook(said: tuple[str, ...]) -> Sequence[str]:
            return lines(await decided(of.outside, said))

        return Technician(
            Inside(
                counter=of.counter,
                ledger=of.ledger,
                beside=of.beside,
                clock=of.clock,
                devices=of.devices,
                send_now=of.outside.send_now,
                webhook=webhook,
                figures=self._figures,
                change_over=of.change_over,
                restart=of.restart,
                training=self._trains,
            )
        )

    async def _traced(self, said: tuple[str, ...] = ()) -> Traced:
        from terminal.recordings import traced  # noqa: PLC0415  seldom asked for

        device, seconds = said
        return await traced(device, int(seconds), self._of.clock)


def _more(now: Written | None, before: Written | None) -> Written | None:
    """What was written between the two."""
    if now is None or before is None:
        return None
    return Written(disk=now.disk - before.disk, handed=now.handed - before.handed)


def invoice_facts(invoicing: Invoicing | None) -> InvoiceFacts | None:
    """None: they are written by hand alone."""
    if invoicing is None:
        return None
    waiting = invoicing.all()
    return InvoiceFacts(
        waiting=len(waiting),
        people=sum(one.waits_for_people for one in waiting),
        since_ms=min((one.at.wall_ms for one in waiting), default=None),
        why=invoicing.why,
    )


class Shelves(Protocol):
    """What people counted of it; see `store.stock.StockKeeper`."""

    def all(self) -> Awaitable[list[tuple[str, int]]]: ...


async def stock_facts(stock: Shelves, articles: Articles) -> StockFacts | None:
    """None: nothing was ever counted. A damaged file is a finding like others, and no end of the answer."""
    counted: list[tuple[str, int]] = []
    short: list[str] = []
    try:
        counted = await stock.all()
        for place, (sku, left) in enumerate(counted, start=1):
            if len(short) == _SHORT_MAX:
                break
            article = articles.named(sku)
            if article is not None and left < low(article):
                short.append(f"{article.name} ({shown_stock(article, left)})")
            if place % _LOOKED_AT == 0:
                await asyncio.sleep(0)
    except (sqlite3.Error, CatalogueUnread) as fault:
        return StockFacts(counted=len(counted), short=tuple(short), fault=logs.told(fault))
    return StockFacts(counted=len(counted), short=tuple(short)) if counted else None
