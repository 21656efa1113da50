"""The threads around the ledger, so that a simulation can do their work inline; a second copy has its own."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Sequence
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


class _WorkerThread(Generic[Job]):
    def __init__(self, name: str, hands: Hands[Job], batch_max: int) -> None:
        self._hands = hands
        self._batch_max = batch_max
        # Without a bound of its own, which costs a lock in Python at every end; whoever puts keeps to one.
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._together = 1
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        self._jobs.put(job)

    def waiting(self) -> int:
        return self._jobs.qsize()

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
                if len(batch) < self._together:
                    job = self._jobs.get(timeout=wait_s)
                else:
                    job = self._jobs.get_nowait()
                if job is None:
                    last = True
                else:
                    batch.append(job)
        except queue.Empty:
            pass
        self._together = max(1, len(batch))
        return batch, last
