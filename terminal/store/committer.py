"""The one writer: a thread that commits in groups. Each submission gets its own answer, after COMMIT."""

from __future__ import annotations

import asyncio
import logging
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from terminal.core.commands import Booked, Command, Private
from terminal.core.errors import LedgerClosed, NotBookable, OutcomeUnknown, Refused
from terminal.core.values import EntryId
from terminal.runtime.steps import reached
from terminal.store.answers import stored_answer
from terminal.store.shelf import Shelf

log = logging.getLogger(__name__)

_WAL_PAGES_MAX = 8192
"""8 MiB of 1 KiB pages: beyond it a checkpoint does not wait for an idle moment."""
_IDLE_S = 0.5

T = TypeVar("T")
Work = Callable[[Shelf], Any]


@dataclass(slots=True, eq=False)
class _Job:
    work: Work
    answer: asyncio.Future[Any]
    entry: EntryId | None
    """Set where the outcome of a doubtful COMMIT can be looked up."""


class Writer:
    """Owns the thread and the connection. `reopen` makes a new shelf after a COMMIT in doubt."""

    def __init__(
        self,
        shelf: Shelf,
        reopen: Callable[[], Shelf],
        *,
        batch_max: int,
        queue_max: int,
        on_commit: Callable[[int], None],
    ) -> None:
        self._shelf = shelf
        self._reopen = reopen
        self._batch_max = batch_max
        self._on_commit = on_commit
        self._jobs: queue.Queue[_Job | None] = queue.Queue(queue_max)
        self._loop = asyncio.get_running_loop()
        self._closed = False
        self._uncheckpointed = False
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
        self._thread.start()

    async def submit(self, command: Command, private: Private | None = None) -> Booked:
        """See `core.ports.Committer`."""
        return await self.do(lambda shelf: shelf.book(command, private), command.id)

    async def look_up(self, entry: EntryId) -> Booked | None:
        return await self.do(lambda shelf: stored_answer(shelf.connection, entry))

    async def do(self, work: Callable[[Shelf], T], entry: EntryId | None = None) -> T:
        """Run `work` in a savepoint of the next commit; its result comes after that COMMIT."""
        if self._closed:
            raise LedgerClosed("the ledger is closed")
        job = _Job(work, self._loop.create_future(), entry)
        try:
            self._jobs.put_nowait(job)
        except queue.Full:
            raise LedgerClosed("too many submissions are waiting") from None
        # What was submitted is decided, whether somebody still waits for the answer or not.
        result: T = await asyncio.shield(job.answer)
        return result

    async def close(self) -> None:
        """Books what was submitted, then ends."""
        if self._closed:
            return
        self._closed = True
        await asyncio.to_thread(self._end)

    def _end(self) -> None:
        self._jobs.put(None)
        self._thread.join()

    # From here on: the thread.

    def _run(self) -> None:
        last = False
        while not last:
            batch, last = self._next()
            if batch:
                self._commit(batch)
            self._checkpoint(idle=not batch)
        self._shelf.connection.close()

    def _next(self) -> tuple[list[_Job], bool]:
        """All that waits now, up to a limit; when nothing does, the next one that comes."""
        batch: list[_Job] = []
        try:
            job = self._jobs.get(timeout=_IDLE_S if self._uncheckpointed else None)
            while job is not None:
                batch.append(job)
                if len(batch) >= self._batch_max:
                    return batch, False
                job = self._jobs.get_nowait()
        except queue.Empty:
            return batch, False
        return batch, True

    def _commit(self, batch: Sequence[_Job]) -> None:
        run = self._shelf.connection.execute
        before = self._shelf.seq
        answers: list[tuple[_Job, Any, Exception | None]] = []
        try:
            run("BEGIN IMMEDIATE")
            answers = [(job, *self._one(job)) for job in batch]
            reached("ledger.before_commit")
        except sqlite3.Error as fault:
            self._gave_up(batch, fault)
            return
        try:
            run("COMMIT")
        except sqlite3.Error as fault:
            self._in_doubt(batch, fault)
            return
        reached("ledger.committed")
        self._uncheckpointed = True
        head = self._shelf.seq
        self._tell(answers, head if head != before else None)

    def _one(self, job: _Job) -> tuple[Any, Exception | None]:
        """One bad submission fails alone."""
        run, before = self._shelf.connection.execute, (self._shelf.seq, self._shelf.hash)
        run("SAVEPOINT one")
        try:
            result = job.work(self._shelf)
        except (sqlite3.OperationalError, sqlite3.InternalError):
            raise  # The disk, not the submission: nothing of this batch stands.
        except Exception as refusal:  # noqa: BLE001  told to whoever submitted it
            run("ROLLBACK TO one")
            run("RELEASE one")
            self._shelf.seq, self._shelf.hash = before
            if isinstance(refusal, sqlite3.IntegrityError):
                return None, NotBookable(f"the file refuses it: {refusal}")
            return None, refusal
        run("RELEASE one")
        return result, None

    def _gave_up(self, batch: Sequence[_Job], fault: sqlite3.Error) -> None:
        """Before COMMIT: certainly nothing was booked."""
        log.error("ledger cannot write: %s", fault)
        try:
            if self._shelf.connection.in_transaction:
                self._shelf.connection.execute("ROLLBACK")
            self._shelf.forget()
        except sqlite3.Error:
            log.exception("ledger could not roll back")
        closed = LedgerClosed(f"nothing was booked: {fault}")
        self._tell([(job, None, closed) for job in batch], None)

    def _in_doubt(self, batch: Sequence[_Job], fault: sqlite3.Error) -> None:
        """COMMIT raised: what is in the file after opening it again is the truth."""
        log.error("COMMIT raised, looking up what stands: %s", fault)
        try:
            self._shelf.connection.close()
            self._shelf = self._reopen()
            answers = [(job, *self._stands(job, fault)) for job in batch]
        except (sqlite3.Error, LedgerClosed, OSError) as again:
            unknown = OutcomeUnknown(f"{fault}; then {again}")
            answers = [(job, None, unknown) for job in batch]
        self._tell(answers, self._shelf.seq)

    def _stands(self, job: _Job, fault: sqlite3.Error) -> tuple[Any, Exception | None]:
        if job.entry is None:
            return None, LedgerClosed(f"in doubt, ask again: {fault}")
        found = stored_answer(self._shelf.connection, job.entry)
        return found, None if found else LedgerClosed(f"nothing was booked: {fault}")

    def _tell(self, answers: Sequence[tuple[_Job, Any, Exception | None]], head: int | None) -> None:
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

    def _checkpoint(self, *, idle: bool) -> None:
        """Off the callers' path: when nobody waits, or when the log has grown long."""
        if not self._uncheckpointed:
            return
        try:
            if idle:
                self._shelf.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
                self._uncheckpointed = False
        except sqlite3.Error as fault:
            self._uncheckpointed = False
            log.error("checkpoint: %s", fault)  # noqa: TRY400  the words say it all
