"""One command becomes one entry, also when nobody knows at first whether it did."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial

from terminal.core.approval import Rules, check_approved, comes_to_a_sum
from terminal.core.commands import Booked, Command, Private
from terminal.core.errors import IdReused, OutcomeUndecided, OutcomeUnknown, Refused, TerminalFault
from terminal.core.ledger.worth import worth
from terminal.core.ports import Committer
from terminal.desk.alarms import Alarms

log = logging.getLogger(__name__)

Submission = tuple[Command, Private | None]

PAUSES_MS = (100, 200, 500, 1_000, 2_000, 5_000, 10_000, 10_000, 10_000)
"""Between the tries to find out what became of an entry: the ledger reopens meanwhile."""


class Booking:
    """Submits, and looks up what is in doubt. `doubtful` is called when it begins to."""

    def __init__(
        self,
        committer: Committer,
        alarms: Alarms,
        doubtful: Callable[[], None],
        rules: Callable[[], Rules] = Rules,
    ) -> None:
        """`rules`: what two people must stand behind, now."""
        self._committer = committer
        self._alarms = alarms
        self._doubtful = doubtful
        self._rules = rules

    async def book(self, command: Command, private: Private | None) -> Booked:
        """Returns after it is durable.

        Raises:
            Refused, IdReused, LedgerClosed: nothing was booked.
            OutcomeUndecided: after all tries it is still not known. The id is in the log.
        """
        await self._check(command, self._rules())
        try:
            return await self._committer.submit(command, private)
        except OutcomeUnknown as unknown:
            return await self._unknown(command, private, unknown)

    async def book_all(self, submissions: Sequence[Submission]) -> Sequence[Booked | BaseException]:
        """Each by itself, in as few commits as there may be; of each its answer, or what `book` raises."""
        rules = self._rules()
        objections = [await self._objection(command, rules) for command, _ in submissions]
        asked = zip(submissions, objections, strict=True)
        answers = iter(await self._committer.submit_all([one for one, why in asked if why is None]))
        ends: list[Booked | BaseException] = [next(answers) if why is None else why for why in objections]
        doubts = [at for at, end in enumerate(ends) if isinstance(end, OutcomeUnknown)]
        if doubts:
            looked = (self._unknown(*submissions[at], ends[at]) for at in doubts)
            found = await asyncio.gather(*looked, return_exceptions=True)
            for at, end in zip(doubts, found, strict=True):
                ends[at] = end
        return ends

    async def objection(self, command: Command) -> TerminalFault | None:
        """Why more people must stand behind it, or others; None: it may go to the ledger."""
        return await self._objection(command, self._rules())

    async def _objection(self, command: Command, rules: Rules) -> TerminalFault | None:
        try:
            await self._check(command, rules)
        except TerminalFault as fault:
            return fault
        return None

    async def _check(self, command: Command, rules: Rules) -> None:
        fen = await self._committer.ask(partial(worth, command)) if comes_to_a_sum(command) else 0
        check_approved(command, rules, fen)

    async def _unknown(self, command: Command, private: Private | None, why: object) -> Booked:
        log.warning("outcome unknown: id=%s why=%s", command.id, why)
        self._doubtful()
        return await self._found_out(command, private)

    async def _found_out(self, command: Command, private: Private | None) -> Booked:
        """There it is, or the very same command goes in again: the same id has one effect."""
        for pause_ms in PAUSES_MS:
            await self._alarms.pause(pause_ms)
            try:
                booked = await self._committer.look_up(command.id)
                if booked is None:
                    booked = await self._committer.submit(command, private)
            except (Refused, IdReused):
                raise  # It was not there, and now the rules say no.
            except TerminalFault as fault:  # Still in doubt, or the ledger is not open yet.
                log.warning("outcome still unknown: id=%s why=%s", command.id, fault)
            else:
                log.warning("outcome found: id=%s seq=%d again=%s", command.id, booked.seq, booked.again)
                return booked
        log.critical("outcome undecided: id=%s", command.id)
        raise OutcomeUndecided(f"id {command.id} after {len(PAUSES_MS)} tries")
