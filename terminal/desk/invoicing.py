"""Has invoices written outside: sends what was asked for, again and again, and books each number."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from msgspec.structs import replace

from terminal.core.buyer import Buyer
from terminal.core.commands import BookIntent, BookInvoice, Occasion
from terminal.core.errors import Refused, TerminalFault, TooManyRequests
from terminal.core.invoiceable import invoiceable
from terminal.core.invoicing import REQUESTS_MAX, Outcome, Request, Requests, Said, Standing, Writer, invoices
from terminal.core.ports import Books, Clock, Committer
from terminal.core.values import EntryId, StaffId
from terminal.desk.alarms import Alarms
from terminal.runtime.log import told

log = logging.getLogger(__name__)

_FIRST_MS = 1_000
UNHEARD_MAX = 3
"""One after the other, without an answer: then it is not they any more."""


class _At(Protocol):
    def __call__(self, operator: StaffId | None = None, second: StaffId | None = None) -> Occasion: ...


class Invoicing:
    """Give it to a supervisor: `run` never returns."""

    def __init__(  # noqa: PLR0913  what it needs of the counter, each by its name
        self,
        writer: Writer,
        requests: Requests,
        *,
        committer: Committer,
        books: Books,
        occasion: _At,
        clock: Clock,
        alarms: Alarms,
        at_use: bool,
        again_ms: int,
        retry_ms_max: int,
    ) -> None:
        """`again_ms`: between two questions about what was taken; `retry_ms_max`: where nobody answers."""
        self._writer = writer
        self._requests = requests
        self._committer = committer
        self._books = books
        self._occasion = occasion
        self._clock = clock
        self._alarms = alarms
        self._at_use = at_use
        self._again_ms = again_ms
        self._retry_ms_max = retry_ms_max
        self._beginning: set[EntryId] = set()
        """Intents that are being booked: not to be sent yet, nor to be taken for gone."""
        self._again: dict[EntryId, int] = {}
        """When those that were taken are asked about again, monotonic."""
        self._turn = asyncio.Lock()
        self._turn_at = ""
        """The one that was asked about last."""
        self._stir = asyncio.Event()
        self.sending = asyncio.Lock()
        """Held while one is out and no answer is booked yet: nothing is withdrawn meanwhile."""
        self.why = ""
        """Why the last one could not be sent; empty: somebody answered."""
        self.on_people: Callable[[bool], None] = lambda _waits: None
        """Told whether any waits for people."""

    def all(self) -> Sequence[Request]:
        """Oldest first."""
        return self._requests.all()

    def waits_for(self, of: EntryId) -> Request | None:
        """The request for an invoice of that sale or recharge."""
        return next((one for one in self.all() if one.of == of), None)

    async def begin(self, request: Request) -> None:
        """Before its intent is booked. Raises TooManyRequests, LedgerClosed."""
        if len(self.all()) >= REQUESTS_MAX:
            raise TooManyRequests(f"{REQUESTS_MAX} wait")
        self._beginning.add(request.intent)
        try:
            await self._changed(lambda all_: (*all_, request))
        except BaseException:
            self._beginning.discard(request.intent)
            raise

    def begun(self, intent: EntryId) -> None:
        """It is booked, and goes out; or the journal does not know it, and nothing was asked for."""
        self._beginning.discard(intent)
        self._stir.set()

    async def anew(self, id_: EntryId, buyer: Buyer) -> None:
        """It goes out once more, for whom it is by now. Raises LedgerClosed."""
        await self._put(id_, buyer=buyer, standing=Standing.ASKED, why="", number="")
        self._again.pop(id_, None)
        self._stir.set()

    def look(self) -> None:
        """Something was booked that one of them may have waited for."""
        self._stir.set()

    async def run(self) -> None:
        failures = 0
        try:
            while True:
                self._stir.clear()
                try:
                    answered = await self.swept()
                except TerminalFault as fault:
                    log.warning("requests for invoices wait for the ledger: why=%s", told(fault))
                    answered = False
                failures = 0 if answered else failures + 1
                self.on_people(any(one.waits_for_people for one in self.all()))
                await self._rested(failures)
        finally:
            await self._writer.close()

    async def _rested(self, failures: int) -> None:
        """Until one is asked for, or it is time to ask about those that wait."""
        waits = any(not one.waits_for_people for one in self.all())
        pause_ms = self._again_ms
        if failures:
            pause_ms = min(_FIRST_MS << min(failures, 20), self._retry_ms_max)
        stop = self._alarms.after(pause_ms, self._stir.set) if waits or failures else None
        try:
            await self._stir.wait()
        finally:
            if stop:
                stop()

    async def swept(self) -> bool:
        """Each once. False: somebody was asked, and nobody answered. Raises TerminalFault.

        Where several in a row get no answer the others wait for the next time, which begins with them.
        """
        await self._compared()
        asked, heard, unheard, why = False, False, 0, ""
        for request in self._in_turn():
            async with self.sending:
                if not await self._stands(request):
                    continue
                asked, self._turn_at = True, request.id
                said = await self._writer.ask(request)
                await self._heard(request, said)
            if said.outcome is Outcome.UNKNOWN:
                unheard, why = unheard + 1, said.why
            else:
                heard, unheard = True, 0
            if unheard == UNHEARD_MAX:
                break
        self.why = why if asked else self.why
        return heard or not asked

    async def _stands(self, request: Request) -> bool:
        """Not if it was withdrawn, noted or changed while another was out: the next round knows of that."""
        known = await self._committer.ask(lambda state: state.intent(request.intent))
        return request in self.all() and known is not None and not known.end

    def _in_turn(self) -> list[Request]:
        """What may go out now, beginning behind the one that was asked about last."""
        now_ms = self._clock.mono_ms()
        due = [
            one
            for one in self.all()
            if not one.waits_for_people
            and one.intent not in self._beginning
            and self._again.get(one.id, 0) <= now_ms
        ]
        at = next((at + 1 for at, one in enumerate(due) if one.id == self._turn_at), 0)
        return due[at:] + due[:at]

    async def _compared(self) -> None:
        """With the journal, which says what is asked for: after a power cut, a restore, a note by hand."""
        before, beginning = self.all(), set(self._beginning)
        begun = {one.id: one for one in await self._books.open_intents() if invoices(one) is not None}
        gone = {one.id for one in before if one.intent not in begun and one.intent not in beginning}
        known = {one.intent for one in (*before, *self.all())}
        lost = [_lost(intent) for id_, intent in begun.items() if id_ not in known]
        for id_ in gone:  # First: what was sent names people, and is known of only here.
            self._again.pop(id_, None)
            await self._writer.over(id_)
        if gone or lost:
            log.info("requests for invoices: over=%d lost=%d", len(gone), len(lost))
            await self._changed(lambda all_: (*(one for one in all_ if one.id not in gone), *lost))

    async def _heard(self, request: Request, said: Said) -> None:
        match said.outcome:
            case Outcome.WRITTEN:
                await self._note(request, said.number)
            case Outcome.TAKEN if request in self.all():  # Else it goes out anew.
                self._again[request.id] = self._clock.mono_ms() + self._again_ms
                if request.standing is not Standing.TAKEN:
                    await self._put(request.id, request, standing=Standing.TAKEN)
            case Outcome.REFUSED:
                log.warning("an invoice is refused: id=%s", request.id)
                await self._put(request.id, request, standing=Standing.REFUSED, why=said.why)
            case _:
                log.info("no answer about an invoice: id=%s", request.id)

    async def _note(self, request: Request, number: str) -> None:
        """As by hand, once: under the id that the request had from the beginning. Raises TerminalFault."""
        if await self._committer.look_up(request.id) is None:
            one = await self._committer.ask(partial(invoiceable, of=request.of, at_use=self._at_use))
            written = BookInvoice(
                id=request.id,
                at=self._occasion(request.at.operator, request.at.second),
                wallet=one.wallet if one else request.wallet,
                lot=request.of,
                number=number,
                amount=request.amount,
                lots=request.lots or (one.lots if one else ()),  # Of one that was lost nobody kept them.
            )
            try:
                await self._committer.submit(written)
            except Refused as refusal:
                log.warning("an invoice came that cannot be noted: id=%s why=%s", request.id, told(refusal))
                return await self._put(request.id, standing=Standing.ODD, number=number)
        await self._writer.over(request.id)
        self._again.pop(request.id, None)
        return await self._changed(lambda all_: tuple(one for one in all_ if one.id != request.id))

    async def _put(self, id_: EntryId, was: Request | None = None, **changes: object) -> None:
        """`was`: nothing is changed where it is another by now."""

        def changed(all_: Sequence[Request]) -> tuple[Request, ...]:
            return tuple(
                replace(one, **changes) if one.id == id_ and was in (None, one) else one for one in all_
            )

        await self._changed(changed)

    async def _changed(self, change: Callable[[Sequence[Request]], tuple[Request, ...]]) -> None:
        async with self._turn:
            await self._requests.put(change(self._requests.all()))


def _lost(begun: BookIntent) -> Request:
    """As much as the journal says."""
    return Request(
        id=begun.consumed_by,
        intent=begun.id,
        of=invoices(begun) or begun.id,
        at=begun.at,
        amount=begun.amount,
        wallet=begun.wallet,
        standing=Standing.LOST,
    )
