"""Fills at the dispensers: released once, and sold by the dispenser's own record (product.md C2, C7).

Value is held before a nozzle is released. Once it hangs again what flowed is sold by itself, under ids that
follow from the fill's, so that whoever comes back to it after a power cut books the same entry or none. What
is paid afterwards waits at the controller until the counter sells it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol

from terminal.core.cart import Fill
from terminal.core.commands import (
    Booked,
    BookHold,
    BookIntent,
    BookIntentEnd,
    BookRelease,
    BookSale,
    IntentEnd,
    Occasion,
)
from terminal.core.errors import (
    FillSoldTooOften,
    ForecourtAway,
    NozzleBusy,
    NozzleInDoubt,
    NozzlePrice,
    NozzleRefused,
    TerminalFault,
)
from terminal.core.forecourt import (
    PUMP_PRESET,
    SALES_MAX,
    Dispensed,
    Forecourt,
    NotReleased,
    Nozzle,
    Preset,
    Stage,
    end_of,
    hold_of,
    last_of,
    release_of,
    sale_of,
)
from terminal.core.ledger import State
from terminal.core.ledger.holds import Hold
from terminal.core.ledger.holds import hold_of as hold_in
from terminal.core.policy import Policy
from terminal.core.ports import Books, Committer
from terminal.core.released import as_released
from terminal.core.values import EntryId, StaffId
from terminal.desk.alarms import Alarms
from terminal.desk.booking import Booking
from terminal.desk.records import GOING, Records, is_nothing
from terminal.desk.voided_fills import VoidedFills, is_sold, is_sold_as
from terminal.runtime.log import told

log = logging.getLogger(__name__)

ASK_MS = 1_000
"""Between two questions about fills that are not over."""
QUIET_MS = 30_000
"""The same while there is none: a controller that comes back may have kept what nobody knows of here."""
_VOIDS_SWEEPS = QUIET_MS // ASK_MS
"""While a fill is not over, voids are looked for once in so many sweeps: each look reads the journal."""
_REFUSALS: dict[NotReleased, type[TerminalFault]] = {
    NotReleased.BUSY: NozzleBusy,
    NotReleased.PRICE: NozzlePrice,
    NotReleased.UNKNOWN: NozzleRefused,
    NotReleased.CANCELLED: NozzleRefused,
}


class Sells(Protocol):
    """Whoever makes a sale of a fill whose value was held."""

    async def __call__(self, hold: Hold, fill: Fill, sale: EntryId) -> BookSale | None:
        """None: what is held does not pay it, and somebody at the counter must."""
        ...


class Filling:
    """Call `run` under supervision."""

    def __init__(  # noqa: PLR0913  what it needs of the counter, each by its name
        self,
        forecourt: Forecourt,
        *,
        policy: Policy,
        booking: Booking,
        committer: Committer,
        books: Books,
        occasion: Callable[[StaffId | None], Occasion],
        alarms: Alarms,
        sells: Sells,
        sold: Callable[[BookSale], Awaitable[Booked]],
    ) -> None:
        self.forecourt = forecourt
        self._records = Records(policy)
        self._booking = booking
        self._committer = committer
        self._books = books
        self._occasion = occasion
        self._alarms = alarms
        self._sells = sells
        self._sold = sold
        self._last: set[EntryId] = set()
        """Ids behind which a fill has none left."""
        self._releasing: set[str] = set()
        """Written down, and perhaps not yet said to the controller: of an id that it never heard it releases
        nothing once it was asked for it."""
        self._voided = VoidedFills(
            policy, booking=booking, committer=committer, books=books, occasion=occasion
        )
        self._waits: dict[str, str] = {}
        """Of what was released and is not settled: why, as the log says it."""
        self._sweeps = 0
        """Since the last look at voids."""
        self._stir = asyncio.Event()
        self.on_unpaid: Callable[[int], object] = lambda _count: None
        """Told how many fills nobody has paid, each time that they are looked at."""
        self.on_unclear: Callable[[int], object] = lambda _count: None
        """Told how many of them stay so, each time that they are looked at."""

    # What is paid afterwards

    async def waiting(self) -> Sequence[Fill]:
        """What flowed, is not sold, and nothing is held for; what was voided, too."""
        return await self._waiting(await self.forecourt.unsettled() or ())

    async def _waiting(self, told: Sequence[Dispensed]) -> Sequence[Fill]:
        found = []
        for one in told:
            if one.stage is not Stage.ENDED or await self._is_sold(one.id):
                continue
            hold = await self._hold_of(one.id)
            known = as_released(one, hold)
            if is_nothing(known) or self._records.doubt(known, hold):
                continue
            fill = self._records.fill_of(known)
            if fill is not None and not await self._is_held(one.id):
                found.append(fill)
        return [*found, *await self._voided.waiting()]

    async def sale_id(self, fill: Fill) -> EntryId:
        """Under which it may be sold. Raises FillSoldTooOften: it is, under the last one there is."""
        for attempt in range(SALES_MAX):
            id_ = sale_of(fill.of, attempt)
            if await self._committer.ask(partial(_is_free, id_=id_)):
                return id_
        last = last_of(fill.of)
        if not await self._committer.ask(partial(_is_free, id_=last)):
            raise FillSoldTooOften("no id is left")
        self._last.add(last)
        return last

    def check_outside(self, sale: EntryId) -> None:
        """Raises FillSoldTooOften: a payment outside that came to nothing would use up the last id."""
        if sale in self._last:
            raise FillSoldTooOften("the last id is for what asks nobody outside")

    def look(self) -> None:
        """Something was booked, or released: look soon."""
        self._stir.set()

    def undone(self) -> None:
        """Something was voided."""
        self._voided.undone()
        self._sweeps = _VOIDS_SWEEPS
        self.look()

    async def _is_sold(self, fill: str) -> bool:
        return await self._committer.ask(partial(is_sold, fill=fill))

    async def _is_held(self, fill: str) -> bool:
        return any(one.id == fill for one in await self._open())

    async def _hold_of(self, fill: str) -> BookHold | None:
        """What was held for it, also where that has gone back; None: nothing."""
        hold = await self._committer.ask(partial(_hold, fill=EntryId(fill)))
        return hold.command if hold is not None else None

    # Releasing

    async def release(self, fill: EntryId, nozzle: Nozzle, preset: Preset, hold: BookHold | None) -> None:
        """Returns once the nozzle is free to flow; what is held for it is booked before.

        Raises:
            NozzleBusy, NozzlePrice, NozzleRefused, Refused: it is not, and nothing is held.
            NozzleInDoubt: nobody knows. What is held is settled or goes back by itself.
        """
        self._releasing.add(fill)
        try:
            await self._released(fill, nozzle, preset, hold)
        finally:
            self._releasing.discard(fill)
            self.look()

    async def _released(self, fill: EntryId, nozzle: Nozzle, preset: Preset, hold: BookHold | None) -> None:
        if hold is not None:
            await self._held(fill, hold)
        said = await self.forecourt.release(fill, nozzle.number, nozzle.price, preset)
        if isinstance(said, Dispensed):
            return
        why = f"nozzle {nozzle.number}: {said}"
        if said is NotReleased.AWAY:
            raise NozzleInDoubt(why)
        if hold is not None and not await self._ended(fill, why):
            raise NozzleInDoubt(f"{why}, and what is held is not back yet")
        raise _REFUSALS[said](why)

    async def _held(self, fill: EntryId, hold: BookHold) -> None:
        """First that a nozzle will be released, then the value. Refused, it is said that none was."""
        intent = BookIntent(
            id=fill,
            at=hold.at,
            what=PUMP_PRESET,
            amount=0 if hold.unit else hold.amount,  # In fen.
            consumed_by=sale_of(fill),
            wallet=hold.wallet,
        )
        await self._booking.book(intent, None)
        try:
            await self._booking.book(hold, None)
        except TerminalFault:
            await self._ended(fill, "nothing was held")
            raise

    # Stopping

    async def flowing(self) -> Sequence[Dispensed]:
        """Raises ForecourtAway."""
        told = await self.forecourt.unsettled()
        if told is None:
            raise ForecourtAway("it does not answer")
        return [one for one in told if one.stage in GOING]

    async def stop(self, fill: str) -> Dispensed:
        """What flowed is settled as every fill is. Raises ForecourtAway."""
        stopped = await self.forecourt.stop(fill)
        if stopped is None:
            raise ForecourtAway("nobody knows whether it is stopped")
        self.look()
        return stopped

    async def is_held_for(self, fill: str) -> bool:
        """Also once that has paid it, or has gone back."""
        return await self._hold_of(fill) is not None

    # Beside the sales

    async def run(self) -> None:
        """Settles what was filled, and gives back what was held in vain: of this run and of those before."""
        before = ""
        while True:
            self._stir.clear()
            why, left = "", 1
            try:
                left = await self._swept()
            except TerminalFault as fault:
                why = told(fault)
            if why and why != before:
                log.warning("fills wait for the ledger: why=%s", why)
            before = why
            stop = self._alarms.after(ASK_MS if left else QUIET_MS, self._stir.set)
            try:
                await self._stir.wait()
            finally:
                stop()

    async def _swept(self) -> int:
        """How many of them are not over."""
        left, records = 0, self._records
        records.begin()
        for begun in await self._open():
            if begun.id not in self._releasing:
                left += not await self._settled(begun)
        unsettled = await self.forecourt.unsettled()
        for told_now in unsettled or ():
            hold = await self._hold_of(told_now.id)
            one = as_released(told_now, hold)
            is_sold_now = await self._is_sold(one.id)
            is_another = is_sold_now and not await self._committer.ask(partial(is_sold_as, one=one))
            if not records.is_noted(one.id) and (is_another or not is_sold_now):
                records.doubts(one, hold, is_another=is_another)
            if one.stage is Stage.ENDED and (is_nothing(one) or (is_sold_now and not is_another)):
                await self.forecourt.settle(one.id)
        if unsettled is not None:
            self.on_unpaid(len(await self._waiting(unsettled)))
            records.end()
        self._sweeps += 1
        try:
            if not left or self._sweeps >= _VOIDS_SWEEPS:
                await self._voided.settle()
                self._sweeps = 0
        finally:
            self.on_unclear(self.unclear())
        return left + records.asks_again

    def unclear(self) -> int:
        """How many records stayed so, and of how many that were voided what was held does not go back."""
        return self._voided.unclear + self._records.unclear

    async def _open(self) -> Sequence[BookIntent]:
        return [one for one in await self._books.open_intents() if one.what == PUMP_PRESET]

    async def _settled(self, begun: BookIntent) -> bool:
        """Whether it is over, and booked so."""
        told_now = await self.forecourt.fill(begun.id)
        if told_now is None or told_now.stage in GOING:
            return False
        hold = await self._hold_of(begun.id)
        one = as_released(told_now, hold)
        if self._records.doubts(one, hold):
            return False
        if is_nothing(one):
            return await self._ended(begun.id, f"nozzle {one.nozzle}: {one.stage}")
        return await self._sell(begun, one)

    async def _sell(self, begun: BookIntent, one: Dispensed) -> bool:
        fill, hold = self._records.fill_of(one), await self._committer.ask(partial(_hold, fill=begun.id))
        if fill is None or hold is None:
            return False
        try:
            sale = await self._sells(hold, fill, sale_of(begun.id))
            if sale is None:  # The counter sells it, as what is paid afterwards.
                return await self._ended(begun.id, f"nozzle {one.nozzle}: more flowed than is held")
            await self._sold(sale)
        except TerminalFault as fault:
            self._wait(begun.id, f"a fill is not settled yet: nozzle={one.nozzle}", fault)
            return False
        self._waits.pop(begun.id, None)
        await self.forecourt.settle(one.id)
        return True

    async def _ended(self, fill: EntryId, why: str) -> bool:
        """Whether it is booked that nothing comes of it, and what was held has gone back."""
        try:
            hold = await self._committer.ask(partial(_hold, fill=fill))
            if hold is not None and await self._committer.look_up(release_of(fill)) is None:
                at = self._occasion(None)
                await self._booking.book(BookRelease(id=release_of(fill), at=at, hold=hold_of(fill)), None)
            end = BookIntentEnd(
                id=end_of(fill),
                at=self._occasion(None),
                intent=fill,
                end=IntentEnd.UNDONE,
                evidence=why,
            )
            await self._booking.book(end, None)
        except TerminalFault as fault:
            self._wait(fill, f"what was held for a fill is not back yet: id={fill}", fault)
            return False
        self._waits.pop(fill, None)
        return True

    def _wait(self, fill: EntryId, what: str, fault: TerminalFault) -> None:
        """It is tried again each second: the log has it once for each reason."""
        why = told(fault)
        if self._waits.get(fill) != why:
            log.warning("%s why=%s", what, why)
        self._waits[fill] = why


def _is_free(state: State, id_: EntryId) -> bool:
    return state.entry(id_) is None and state.intent_for(id_) is None


def _hold(state: State, fill: EntryId) -> Hold | None:
    """None: nothing was held for it."""
    return hold_in(state, hold_of(fill)) if state.entry(hold_of(fill)) is not None else None
