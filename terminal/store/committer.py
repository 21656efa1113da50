"""The one writer: a thread that commits in groups. Each submission gets its own answer, after COMMIT."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from terminal.core.commands import Booked, BookErasure, Command, Private
from terminal.core.errors import (
    ErasureWaits,
    LedgerClosed,
    LedgerDamaged,
    NotBookable,
    OutcomeUnknown,
    Refused,
    SecondMissing,
    TerminalFault,
)
from terminal.core.ledger import State
from terminal.core.site import Standing
from terminal.core.values import EntryId
from terminal.runtime.steps import reached
from terminal.runtime.threads import Threads, Worker
from terminal.store.answers import stored_answer
from terminal.store.shelf import Shelf
from terminal.store.unwritten import closed_by, primary_code

if TYPE_CHECKING:
    from terminal.store.second import SecondCopy

log = logging.getLogger(__name__)

_COMMIT_KIB, _SUBMISSION_KIB = 6, 5
"""About what a commit, and each submission in it, adds to the log."""
_LOG_IDLE_KIB, _IDLE_S = 1_400, 0.5
"""A log from which an idle moment is used, about 128 sales: fewer would wear the card for nothing."""
_LOG_DUE_KIB, _PAUSE_S = 8 * 1024, 0.02
"""From here on the next pause will do: a moment in which nobody comes, never one in which somebody waits."""
_LOG_FULL_KIB = 64 * 1024
"""Done though somebody waits, or the disk would fill on a day without a pause."""
BUSY_S = 60.0
"""Longer than any commit or checkpoint takes on a card that still answers."""
WALK_S = 3600.0
"""A walk of the whole journal: millions of entries, a slow machine."""

T = TypeVar("T")
Work = Callable[[Shelf], Any]


@dataclass(slots=True, eq=False)
class _Job:
    work: Work
    answer: asyncio.Future[Any]
    entry: EntryId | None
    """Set where the outcome of a doubtful COMMIT can be looked up."""
    alone: bool = False
    """Outside of any transaction; afterwards the file is opened again."""
    bookings: int = 1
    """About so many it makes."""

    @property
    def is_long(self) -> bool:
        """Whether it is no matter of moments."""
        return self.alone or self.bookings > 1


@dataclass(slots=True, eq=False)
class _Beat:
    """Only shows that the writer takes up what it is given."""

    heard: bool = False


class _HalfDone(Exception):
    """A submission failed after it had written: all of its batch again, each in a savepoint."""


def _nobody(_: TerminalFault | None) -> None:
    """Hears of no trouble."""


def _ours() -> bool:
    """Nobody else could open it."""
    return True


class Writer:
    """Owns the connection, in a worker's thread. `reopen` makes a new shelf after a COMMIT in doubt.

    `on_commit(head)` is called on the loop when the journal has grown, after the answers; `on_trouble` when
    it could not be written, and with None when it was again.
    """

    def __init__(  # noqa: PLR0913  all that it is made of
        self,
        shelf: Shelf,
        reopen: Callable[[], Shelf],
        *,
        batch_max: int,
        queue_max: int,
        on_commit: Callable[[int], None],
        threads: Threads,
        second: SecondCopy | None = None,
        on_trouble: Callable[[TerminalFault | None], None] = _nobody,
        is_ours: Callable[[], bool] = _ours,
    ) -> None:
        """`is_ours`: whether the lock is still held; where it is not, the file is opened again first."""
        self._shelf = shelf
        self._reopen = reopen
        self._on_commit = on_commit
        self._second = second
        self._on_trouble = on_trouble
        self._is_ours = is_ours
        self._troubled = False
        self._queue_max = queue_max
        self._loop = asyncio.get_running_loop()
        self._closed = False
        self._sound = True
        self._log_kib = 0
        self._in_the_way = False
        """A reader kept what was erased in the log, at the last try."""
        self._beat = _Beat(heard=True)
        self._walks = False
        """It does something that may take long."""
        self._worker: Worker[_Job | _Beat] = threads.worker("ledger", self, batch_max=batch_max)

    @property
    def standing(self) -> Standing:
        """Towards headquarters. Read from any thread: it is one value, replaced as a whole."""
        return self._shelf.standing

    async def submit(self, command: Command, private: Private | None = None) -> Booked:
        """See `core.ports.Committer`."""
        self._check_second()
        try:
            return await self.do(partial(_booked, command=command, private=private), command.id)
        except ErasureWaits:
            if isinstance(command, BookErasure):
                await self.do(lambda shelf: shelf.erasure_waits(command))
            raise

    async def submit_all(
        self, submissions: Sequence[tuple[Command, Private | None]]
    ) -> Sequence[Booked | BaseException]:
        """See `core.ports.Committer`. Where not all of them may wait, none is booked."""
        try:
            self._check_second()
            self._check_room(len(submissions))
        except LedgerClosed as closed:
            return [closed for _ in submissions]
        jobs = [
            _Job(partial(_booked, command=command, private=private), self._loop.create_future(), command.id)
            for command, private in submissions
        ]
        for job in jobs:
            self._worker.put(job)
        ends: list[Booked | BaseException] = await asyncio.gather(
            *(job.answer for job in jobs), return_exceptions=True
        )
        return ends

    async def book_many(self, work: Callable[[Shelf], T], bookings: int) -> T:
        """Run `work`, which books about so many: all of them in one commit, or none.

        Raises what `submit` says of one.
        """
        self._check_second()
        return await self._asked(work, None, bookings=bookings)

    def _check_second(self) -> None:
        if self._second is not None and (why := self._second.refuses()):
            raise SecondMissing(f"nothing was booked, the second copy {why}")

    async def look_up(self, entry: EntryId) -> Booked | None:
        return await self.do(lambda shelf: stored_answer(shelf.connection, entry))

    async def ask(self, question: Callable[[State], T]) -> T:
        """See `core.ports.Committer`."""
        return await self.do(lambda shelf: shelf.asked(question))

    async def do(self, work: Callable[[Shelf], T], entry: EntryId | None = None) -> T:
        """Run `work` in a savepoint of the next commit; its result comes after that COMMIT."""
        return await self._asked(work, entry)

    async def exchange(self, work: Callable[[Shelf], T]) -> T:
        """Run `work`, which may put another file in the ledger's place, and open what is there then."""
        return await self._asked(work, None, alone=True)

    async def _asked(
        self,
        work: Callable[[Shelf], T],
        entry: EntryId | None,
        *,
        alone: bool = False,
        bookings: int = 1,
    ) -> T:
        self._check_room(1)
        job = _Job(work, self._loop.create_future(), entry, alone, bookings)
        self._worker.put(job)
        # What was submitted is decided, whether somebody still waits for the answer or not.
        result: T = await job.answer
        return result

    def _check_room(self, jobs: int) -> None:
        if self._closed:
            raise LedgerClosed("the ledger is closed")
        if self._worker.waiting() + jobs > self._queue_max:
            raise LedgerClosed("too many submissions are waiting")

    def turned(self) -> bool:
        """See `runtime.notify.Turning`. A disk that refuses lets it turn, one that hangs does not."""
        if not self._beat.heard:
            return False
        if not self._closed:
            self._beat = _Beat()
            self._worker.put(self._beat)
        return True

    @property
    def may_take_s(self) -> float:
        """See `runtime.notify.Turning`."""
        return WALK_S if self._walks else BUSY_S

    async def close(self) -> None:
        """Books what was submitted, then ends."""
        if self._closed:
            return
        self._closed = True
        await self._worker.end()

    # From here on: the worker's thread (`Hands`).

    def work(self, batch: Sequence[_Job | _Beat]) -> None:
        jobs: list[_Job] = []
        for one in batch:
            if isinstance(one, _Beat):
                one.heard = True
            else:
                jobs.append(one)
        self._walks = any(job.is_long for job in jobs)
        if booked := [job for job in jobs if not job.alone]:
            self._commit(booked)
        for job in jobs:
            if job.alone:
                self._exchange(job)
        self._walks = False
        if self._log_kib >= _LOG_FULL_KIB:
            self.rest()

    def rest(self) -> None:
        if self._sound and self._is_ours():
            self._tidy()

    def leave(self) -> None:
        self.rest()
        if self._second is not None:
            self._second.close()  # Its reader first: the last one to close empties the log.
        self._shelf.connection.close()

    def patience_s(self) -> float | None:
        """After so long without anybody the log is tidied up; None: it need not be."""
        if self._shelf.unpurged and self._sound:
            return _IDLE_S if self._in_the_way else _PAUSE_S
        if self._log_kib >= _LOG_DUE_KIB and self._sound:
            return _PAUSE_S
        return _IDLE_S if self._log_kib >= _LOG_IDLE_KIB else None

    def _commit(self, batch: Sequence[_Job]) -> None:
        """Nothing gets out of here: a writer that died would leave its callers waiting for ever."""
        try:
            if (self._sound and self._is_ours()) or self._settled(batch):
                self._book(batch)
        except Exception as defect:
            log.exception("the ledger's writer failed")
            self._sound = False
            self._trouble(_why_closed(defect))
            self._tell([(job, None, OutcomeUnknown(type(defect).__name__)) for job in batch], None)

    def _book(self, batch: Sequence[_Job], *, apart: bool = False) -> None:
        """One commit. `apart`: each submission in a savepoint of its own."""
        run = self._shelf.connection.execute
        before = self._shelf.seq
        try:
            run("BEGIN IMMEDIATE")
            self._shelf.vouch_before()
            answers = [(job, *(self._apart(job) if apart else self._together_with(job))) for job in batch]
            if self._shelf.seq != before:  # A label of bookings, not of what is noted beside them.
                reached("ledger.before_commit")
        except sqlite3.Error as fault:
            self._gave_up(batch, fault)
            return
        except _HalfDone:
            run("ROLLBACK")
            self._shelf.forget()
            self._book(batch, apart=True)
            return
        try:
            run("COMMIT")
        except sqlite3.Error as fault:
            if _certainly_not(fault):
                self._gave_up(batch, fault)
            else:
                self._in_doubt(batch, fault)
            return
        if self._shelf.seq != before:
            reached("ledger.committed")
        self._trouble(None)
        self._log_kib += _COMMIT_KIB + _SUBMISSION_KIB * sum(job.bookings for job in batch)
        head = self._shelf.seq
        self._tell(answers, head if head != before else None)
        self._shelf.destroy_keys()

    def _together_with(self, job: _Job) -> tuple[Any, Exception | None]:
        """One bad submission fails alone: nearly always before it has written anything."""
        written = self._shelf.connection.total_changes
        try:
            return job.work(self._shelf), None
        except (sqlite3.OperationalError, sqlite3.InternalError):
            raise  # The disk, not the submission: nothing of this batch stands.
        except Exception as refusal:
            if self._shelf.connection.total_changes != written:
                raise _HalfDone from refusal
            return None, self._heard(refusal)

    def _apart(self, job: _Job) -> tuple[Any, Exception | None]:
        run = self._shelf.connection.execute
        run("SAVEPOINT one")
        try:
            result = job.work(self._shelf)
        except (sqlite3.OperationalError, sqlite3.InternalError):
            raise
        except Exception as refusal:  # noqa: BLE001  told to whoever submitted it
            run("ROLLBACK TO one")
            run("RELEASE one")
            self._shelf.forget()
            return None, self._heard(refusal)
        run("RELEASE one")
        return result, None

    def _heard(self, refusal: Exception) -> Exception:
        told = _told(refusal)
        if isinstance(told, LedgerDamaged):
            self._trouble(told)
        return told

    def _gave_up(self, batch: Sequence[_Job], fault: sqlite3.Error) -> None:
        """Certainly nothing was booked."""
        log.error("ledger cannot write: %s", fault)
        try:
            if self._shelf.connection.in_transaction:
                self._shelf.connection.execute("ROLLBACK")
            self._shelf.forget()
        except sqlite3.Error:
            log.exception("ledger could not roll back")
            self._sound = False
        if primary_code(fault) == sqlite3.SQLITE_READONLY:
            self._sound = False  # A file that was opened read-only stays so until it is opened again.
        closed = closed_by(fault, "nothing was booked")
        self._trouble(closed)
        self._tell([(job, None, closed) for job in batch], None)

    def _in_doubt(self, batch: Sequence[_Job], fault: sqlite3.Error) -> None:
        """COMMIT raised: what is in the file after opening it again is the truth."""
        log.error("COMMIT raised, looking up what stands: %s", fault)
        self._sound = False
        head = None  # What the batch counted up to is no part of the journal yet.
        try:
            self._settle()
            answers = [(job, *self._stands(job, fault)) for job in batch]
            head = self._shelf.seq
            self._met(fault)
        except (sqlite3.Error, TerminalFault, OSError) as again:
            self._sound = False
            self._trouble(_why_closed(again))
            unknown = OutcomeUnknown(f"{fault}; then {again}")
            answers = [(job, None, unknown) for job in batch]
        self._tell(answers, head)

    def _settled(self, batch: Sequence[_Job]) -> bool:
        """Opens the file again before anything new is booked; until that works, the ledger is closed."""
        try:
            self._settle()
        except (sqlite3.Error, TerminalFault, OSError) as fault:
            closed = LedgerClosed(f"nothing was booked, the file does not open again: {fault}")
            self._trouble(_why_closed(fault))
            self._tell([(job, None, closed) for job in batch], None)
            return False
        self._tell([], self._shelf.seq)
        return True

    def _settle(self) -> None:
        self._walks = True
        try:
            self._shelf.connection.close()
        except sqlite3.Error as fault:
            log.warning("closing what is in doubt: %s", fault)
        self._shelf = self._reopen()
        run = self._shelf.connection.execute
        run("BEGIN IMMEDIATE")
        self._shelf.settle()
        run("COMMIT")
        # Out of the log, whose pages a disk may have lost while it still shows them.
        run("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        self._sound = True
        self._shelf.destroy_keys(at_start=True)
        log.warning("the ledger was opened again, head %d", self._shelf.seq)

    def _exchange(self, job: _Job) -> None:
        answer: tuple[_Job, Any, Exception | None]
        try:
            answer = (job, job.work(self._shelf), None)
        except (sqlite3.Error, OSError) as fault:
            answer = (job, None, LedgerClosed(f"nothing was exchanged: {fault}"))
        except Exception as refusal:  # noqa: BLE001  told to whoever submitted it
            answer = (job, None, _told(refusal))
        try:
            self._shelf.connection.close()
            self._shelf = self._reopen()
            self._shelf.destroy_keys(at_start=True)
        except (sqlite3.Error, TerminalFault, OSError):
            log.exception("the ledger does not open after an exchange")
            self._sound = False
        self._log_kib = 0
        self._tell([answer], None)

    def _stands(self, job: _Job, fault: sqlite3.Error) -> tuple[Any, Exception | None]:
        if job.entry is None:
            return None, closed_by(fault, "in doubt, ask again")
        try:
            found = stored_answer(self._shelf.connection, job.entry)
        except NotBookable as refusal:  # What is no id is in no file.
            return None, refusal
        return found, None if found else closed_by(fault, "nothing was booked")

    def _trouble(self, fault: TerminalFault | None) -> None:
        if fault is None and not self._troubled:
            return
        self._troubled = fault is not None
        with suppress(RuntimeError):  # The loop has ended.
            self._loop.call_soon_threadsafe(self._on_trouble, fault)

    def _met(self, fault: Exception) -> None:
        """Where nobody waits for an answer: a disk in the way is tried again, damage closes the ledger."""
        if isinstance(why := _why_closed(fault), LedgerDamaged):
            self._trouble(why)

    def _tell(self, answers: Sequence[tuple[_Job, Any, Exception | None]], head: int | None) -> None:
        if self._second is not None and head is not None:
            self._second.reach(head)

        def on_loop() -> None:
            for job, result, fault in answers:
                if job.answer.done():
                    continue
                if fault is None:
                    job.answer.set_result(result)
                else:
                    job.answer.set_exception(fault)
                    if not isinstance(fault, Refused):
                        job.answer.exception()  # Heard by the log when nobody waits any more.
            if head is not None:
                self._on_commit(head)

        try:
            self._loop.call_soon_threadsafe(on_loop)
        except RuntimeError:
            log.warning("ledger answered after the loop had ended")

    def _tidy(self) -> None:
        """Signs what has come, and writes the log back into the file: off the callers' path.

        What cannot be signed now is walked again at the next start; nothing is lost by it.
        """
        try:
            self._shelf.vouch()
        except Exception as fault:
            log.exception("no checkpoint was signed: %s", type(fault).__name__)
            self._met(fault)
        if self._shelf.unpurged:
            self._purge()
        if self._log_kib < _LOG_IDLE_KIB:
            return
        self._log_kib = 0
        try:
            _, pages, done = self._shelf.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        except sqlite3.Error as fault:
            log.error("checkpoint: %s", fault)  # noqa: TRY400  the words say it all
            self._met(fault)
        else:
            if done < pages:
                log.info("checkpoint: a reader is in the way, %d of %d pages", done, pages)

    def _purge(self) -> None:
        """What was erased goes out of the log, too, before anything else is waited for."""
        try:
            purged = self._shelf.purge()
        except sqlite3.Error as fault:
            log.error("what was erased is still in the log: %s", fault)  # noqa: TRY400  the words say it all
            purged = False
            self._met(fault)
        self._in_the_way = not purged
        if purged:
            self._log_kib = 0


def _booked(shelf: Shelf, command: Command, private: Private | None) -> Booked:
    return shelf.book(command, private)


def _why_closed(fault: Exception) -> TerminalFault:
    """Without what an exception of a library might quote."""
    if isinstance(fault, sqlite3.Error):
        return closed_by(fault, "the writer stopped")
    if isinstance(fault, (TerminalFault, OSError)):
        return fault if isinstance(fault, TerminalFault) else LedgerClosed(str(fault))
    return LedgerClosed(f"a defect: {type(fault).__name__}")


def _certainly_not(fault: sqlite3.Error) -> bool:
    """A full disk: the page that says "committed" is written last, and it was not written."""
    return getattr(fault, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL


def _told(refusal: Exception) -> Exception:
    """As a fault that the caller knows, without what an exception of a library might quote."""
    if isinstance(refusal, TerminalFault):
        return refusal
    if isinstance(refusal, sqlite3.IntegrityError):
        return NotBookable(f"the file refuses it: {refusal}")
    if isinstance(refusal, sqlite3.DatabaseError):
        return LedgerDamaged(f"the file itself: {refusal}")
    where = traceback.extract_tb(refusal.__traceback__)[-1]
    log.error("a submission failed: %s at %s:%s", type(refusal).__name__, where.name, where.lineno)
    return NotBookable(f"a defect: {type(refusal).__name__}")
