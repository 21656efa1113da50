"""The threads around the ledger, so that a simulation can do their work inline; a second copy has its own."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    import aiosqlite

TOGETHER_S = 0.001
"""So long a batch waits for each caller that was there a moment ago; one caller alone never waits."""

Job = TypeVar("Job")
_In_contra = TypeVar("_In_contra", contravariant=True)


class Hands(Protocol[_In_contra]):
    """What a worker does, always in its own thread."""

    def work(self, batch: Sequence[_In_contra]) -> None:
        """All that waited; never empty, in the order in which it came."""
        ...

    def rest(self) -> None:
        """Nobody came within `patience_s`."""
        ...

    def patience_s(self) -> float | None:
        """How long to wait for somebody before a rest; None: for ever."""
        ...

    def leave(self) -> None:
        """The last thing it does."""
        ...


class Worker(Protocol[_In_contra]):
    """One after the other, in the order of `put`."""

    def put(self, job: _In_contra) -> None: ...

    def waiting(self) -> int: ...

    async def end(self) -> None:
        """After all that was put is done."""
        ...


class Threads(Protocol):
    def worker(self, name: str, hands: Hands[Job], *, batch_max: int) -> Worker[Job]: ...

    async def reading(self, uri: str) -> aiosqlite.Connection:
        """A connection whose statements never hold the loop up. Raises sqlite3.Error."""
        ...


class RealThreads:
    """As in a shop."""

    def worker(self, name: str, hands: Hands[Job], *, batch_max: int) -> Worker[Job]:
        return _WorkerThread(name, hands, batch_max)

    async def reading(self, uri: str) -> aiosqlite.Connection:
        import aiosqlite  # noqa: PLC0415  the first reader waits for it, the start does not

        return await aiosqlite.connect(uri, uri=True, isolation_level=None)


class Empty(Exception):
    """Nobody came in time."""


class Inbox(Generic[Job]):
    """What one thread takes and any thread puts. A wait ends when it should.

    The queues of the standard library do not serve: `SimpleQueue.get(timeout)` of CPython 3.11 waits for ever
    when its time is up before it first sleeps (a negative rest is taken for none), and the caller whose job
    lay in the batch already was never answered. `Queue` takes a lock in Python at either end.
    """

    def __init__(self) -> None:
        self._jobs: deque[Job] = deque()
        self._bell = threading.Lock()
        """Free: somebody came since it was last looked at."""
        self._bell.acquire()

    def put(self, job: Job) -> None:
        self._jobs.append(job)
        if self._bell.locked():
            with suppress(RuntimeError):  # Somebody else rang it at this very moment.
                self._bell.release()

    def get(self, timeout_s: float | None) -> Job:
        """Raises Empty; with None it waits for ever."""
        while not self._jobs:
            if not self._bell.acquire(timeout=-1 if timeout_s is None else timeout_s) and not self._jobs:
                raise Empty
        return self._jobs.popleft()

    def get_nowait(self) -> Job:
        """Raises Empty."""
        if not self._jobs:
            raise Empty
        return self._jobs.popleft()

    def waiting(self) -> int:
        return len(self._jobs)


class _WorkerThread(Generic[Job]):
    def __init__(self, name: str, hands: Hands[Job], batch_max: int) -> None:
        self._hands = hands
        self._batch_max = batch_max
        self._jobs: Inbox[Job | None] = Inbox()
        """Without a bound of its own: whoever puts keeps to one."""
        self._together = 1
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        self._jobs.put(job)

    def waiting(self) -> int:
        return self._jobs.waiting()

    async def end(self) -> None:
        await asyncio.to_thread(self._end)

    def _end(self) -> None:
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        last = False
        while not last:
            batch, last = self._next()
            if batch:
                self._hands.work(batch)
            elif not last:
                self._hands.rest()
        self._hands.leave()

    def _next(self) -> tuple[list[Job], bool]:
        """All that wait now, up to a limit; when nobody does, the next one that comes."""
        batch: list[Job] = []
        patience_s = self._hands.patience_s()
        last = False
        try:
            while not last and len(batch) < self._batch_max:
                wait_s = TOGETHER_S if batch else patience_s
                job = self._jobs.get(wait_s) if len(batch) < self._together else self._jobs.get_nowait()
                if job is None:
                    last = True
                else:
                    batch.append(job)
        except Empty:
            pass
        self._together = max(1, len(batch))
        return batch, last
