"""Fills whose sale was voided: what was held goes back, and what flowed waits to be paid (product.md C7).

The controller keeps no record of them any more, so they wait by what their sale said of it. Each goes by the
id of its void: whoever pays it books under ids that follow from that one, and it is sold once, as every fill.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial

from terminal.core import accounts as chart
from terminal.core.accounts import Account
from terminal.core.cart import Fill
from terminal.core.commands import (
    AtNozzle,
    BookNote,
    BookRelease,
    BookSale,
    BookVoid,
    Command,
    Occasion,
    PumpRecord,
    TenderKind,
)
from terminal.core.errors import IdReused, Refused
from terminal.core.forecourt import SALES_MAX, Dispensed, last_of, release_of, sale_of
from terminal.core.ledger import State
from terminal.core.ledger.holds import Hold
from terminal.core.ledger.holds import hold_of as hold_in
from terminal.core.policy import Policy
from terminal.core.ports import Books, Committer
from terminal.core.values import EntryId, StaffId
from terminal.desk.booking import Booking
from terminal.runtime.log import told

log = logging.getLogger(__name__)

_DAYS = 31
"""A terminal that starts looks so far back: it may have been off since the void."""


class VoidedFills:
    def __init__(
        self,
        policy: Policy,
        *,
        booking: Booking,
        committer: Committer,
        books: Books,
        occasion: Callable[[StaffId | None], Occasion],
    ) -> None:
        self._policy = policy
        self._booking = booking
        self._committer = committer
        self._books = books
        self._occasion = occasion
        self._since = ""
        """Business day of the last look; empty: none in this run."""
        self._is_due = True
        """Something may have been voided since."""
        self._waiting: dict[EntryId, PumpRecord] = {}
        """By void."""
        self._held: dict[EntryId, None] = {}
        """Voids of which nobody has looked yet whether they hold something."""
        self._refused: set[EntryId] = set()
        """Voids of which the ledger refuses for good that what they hold goes back."""

    def undone(self) -> None:
        """Something was voided."""
        self._is_due = True

    async def waiting(self) -> Sequence[Fill]:
        """What flowed, was sold, is not by now, and nobody has paid since."""
        if self._is_due:
            await self._look()
        for void in list(self._waiting):
            if await self._committer.ask(partial(is_sold, fill=void)):
                del self._waiting[void]
        found = [(void, record, self._policy.grade(record.grade)) for void, record in self._waiting.items()]
        return [
            Fill(
                grade=grade.priced(record.price),
                centilitres=record.centilitres,
                fen=record.fen,
                nozzle=record.nozzle,
                of=void,
            )
            for void, record, grade in found
            if grade is not None
        ]

    @property
    def unclear(self) -> int:
        """Of how many what they hold stays held."""
        return len(self._refused)

    async def settle(self) -> None:
        """What they hold again goes back: nothing will flow for it.

        Raises TerminalFault: not now, and that of others waits with it. What is refused for good keeps no
        other waiting, and is not asked for again before the terminal starts anew.
        """
        await self._look()
        for void in list(self._held):
            hold = await self._committer.ask(partial(_held_again, void=void))
            if hold is not None and void not in self._refused:
                release = BookRelease(id=release_of(hold), at=self._occasion(None), hold=hold)
                try:
                    await self._booking.book(release, None)
                except (Refused, IdReused) as fault:
                    log.warning("what a voided fill held stays held: void=%s why=%s", void, told(fault))
                    self._refused.add(void)
            self._held.pop(void, None)

    async def _look(self) -> None:
        """Notes what was voided since the last look."""
        now = self._occasion(None)
        self._is_due = False
        since = self._since or _days_before(now.business_day, _DAYS)
        for void in await self._books.receipts_at(now.terminal, now.business_day, ("void",), since):
            self._held[void.entry] = None
            record = await self._committer.ask(partial(_record, void=void.entry))
            if record is not None:
                self._waiting[void.entry] = record
        self._since = now.business_day


def is_sold(state: State, fill: str) -> bool:
    return bool(_booked(state, fill))


def is_sold_as(state: State, one: Dispensed) -> bool:
    """Whether all that was booked of its id is of what this record says; where none says, it is.

    `one`: at the price of its release.
    """
    record = PumpRecord(
        nozzle=one.nozzle, grade=one.grade, price=one.price, centilitres=one.centilitres, fen=one.fen
    )
    poured = AtNozzle(nozzle=one.nozzle, grade=one.grade, centilitres=one.centilitres)
    for booked in _booked(state, one.id):
        if isinstance(booked, BookSale) and booked.record not in {None, record}:
            return False
        if isinstance(booked, BookNote) and booked.pumps is not None and booked.pumps.tested != (poured,):
            return False
    return True


def _booked(state: State, fill: str) -> Sequence[Command]:
    ids = (*(sale_of(fill, attempt) for attempt in range(SALES_MAX)), last_of(fill))
    return [entry.payload for one in ids if (entry := state.entry(one)) is not None]


def _voided(state: State, void: EntryId) -> BookSale | None:
    undoing = state.entry(void)
    sold = state.entry(undoing.payload.of) if undoing and isinstance(undoing.payload, BookVoid) else None
    return sold.payload if sold is not None and isinstance(sold.payload, BookSale) else None


def _record(state: State, void: EntryId) -> PumpRecord | None:
    """What flowed and is owed since that void; None: nothing is, or it is paid again."""
    sale = _voided(state, void)
    return sale.record if sale is not None and not is_sold(state, void) else None


def _held_again(state: State, void: EntryId) -> EntryId | None:
    """The hold that a voided sale of a fill had captured, while its value is still set aside."""
    sale = _voided(state, void)
    for tender in sale.tenders if sale is not None else ():
        if tender.kind is TenderKind.HELD:
            hold = hold_in(state, EntryId(tender.of))
            if state.balance(_set_aside(hold)):
                return hold.command.id
    return None


def _set_aside(hold: Hold) -> Account:
    """Raises ValueError: it is nobody's, which the ledger never books."""
    if hold.command.company:
        return chart.credit_held(hold.command.company, hold.command.id)
    if hold.wallet is None:
        raise ValueError("holds what is nobody's")
    return chart.held(hold.wallet, hold.command.id, hold.unit)


def _days_before(day: str, days: int) -> str:
    return (date.fromisoformat(day) - timedelta(days=days)).isoformat()
