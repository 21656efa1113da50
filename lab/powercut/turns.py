"""A loop that takes turns with the ledger's thread, so that a day is recorded the same way every time.

Whatever the thread tells the loop, it goes on only when the loop has nothing left to do. So nobody submits
anything while it writes, and what somebody was told stands in the recording at the moment of telling. Time
does not pass: where nobody has come, nobody comes.
"""

from __future__ import annotations

import asyncio
import queue
import selectors
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextvars import Context
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from terminal.runtime.threads import Hands, RealThreads, Worker

if TYPE_CHECKING:
    import aiosqlite

Job = TypeVar("Job")


class _Selector(selectors.DefaultSelector):
    def __init__(self, resting: Callable[[], None]) -> None:
        super().__init__()
        self._resting = resting

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout > 0:
            self._resting()
        return super().select(timeout)


class TakingTurns(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._ledger: threading.Thread | None = None
        self._waiting: list[threading.Event] = []
        self._at_rest = asyncio.Event()
        super().__init__(_Selector(self._go_on))

    def call_soon_threadsafe(  # type: ignore[override]  # typeshed's own is generic
        self,
        callback: Callable[..., Any],
        *args: Any,  # noqa: ANN401
        context: Context | None = None,
    ) -> asyncio.Handle:
        if threading.current_thread() is not self._ledger:
            return super().call_soon_threadsafe(callback, *args, context=context)
        turn = threading.Event()

        def told() -> None:
            self._waiting.append(turn)
            self._at_rest.clear()
            callback(*args)

        handle = super().call_soon_threadsafe(told, context=context)
        turn.wait()
        return handle

    def run_forever(self) -> None:
        try:
            super().run_forever()
        finally:
            self._go_on()

    def _go_on(self) -> None:
        while self._waiting:
            self._waiting.pop().set()

    async def rest(self) -> None:
        """Until the ledger's thread has done all that it does while nobody comes."""
        await self._at_rest.wait()

    def rests(self) -> None:
        """The ledger's thread says: nothing is left to do."""
        self._ledger = threading.current_thread()
        self.call_soon_threadsafe(self._at_rest.set)

    def has_come(self) -> None:
        """It says: somebody came; those who come with him may do so too."""
        self.call_soon_threadsafe(int)


class Turns(RealThreads):
    """The ledger's thread, on such a loop."""

    def worker(self, name: str, hands: Hands[Job], *, batch_max: int) -> Worker[Job]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, TakingTurns)  # noqa: S101  ours
        return _TurnWorker(name, loop, hands, batch_max)


class _TurnWorker(Generic[Job]):
    """Takes all that has come when it is its turn; where nobody has, nobody comes before it has rested."""

    def __init__(self, name: str, loop: TakingTurns, hands: Hands[Job], batch_max: int) -> None:
        self._loop = loop
        self._hands = hands
        self._batch_max = batch_max
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
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
        while (first := self._first()) is not None:
            batch = [first]
            while len(batch) < self._batch_max and not self._jobs.empty():
                one = self._jobs.get_nowait()
                if one is not None:
                    batch.append(one)
            self._hands.work(batch)
        self._hands.leave()

    def _first(self) -> Job | None:
        if self._jobs.empty():
            if self._hands.patience_s() is not None:
                self._hands.rest()
            self._loop.rests()
        first = self._jobs.get()
        if first is not None:
            self._loop.has_come()
        return first


class AtOnce:
    """No thread at all: the ledger works when the loop has nothing else to do, and readers read at once."""

    def worker(self, name: str, hands: Hands[Job], *, batch_max: int) -> Worker[Job]:
        del name
        return _WorkerAtOnce(hands, batch_max)

    async def reading(self, uri: str) -> aiosqlite.Connection:
        read: Any = _ReadingAtOnce(sqlite3.connect(uri, uri=True, isolation_level=None))
        return read  # type: ignore[no-any-return]


class _WorkerAtOnce(Generic[Job]):
    def __init__(self, hands: Hands[Job], batch_max: int) -> None:
        self._hands = hands
        self._batch_max = batch_max
        self._jobs: list[Job] = []

    def put(self, job: Job) -> None:
        self._jobs.append(job)
        if len(self._jobs) == 1:
            asyncio.get_running_loop().call_soon(self._work)

    def waiting(self) -> int:
        return len(self._jobs)

    async def end(self) -> None:
        self._work()
        self._hands.leave()

    def _work(self) -> None:
        while self._jobs:
            batch, self._jobs = self._jobs[: self._batch_max], self._jobs[self._batch_max :]
            self._hands.work(batch)


class _ReadingAtOnce:
    """What readers use of aiosqlite's connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def execute(self, sql: str, values: Sequence[Any] = ()) -> None:
        self._connection.execute(sql, values)

    async def execute_fetchall(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        return self._connection.execute(sql, values).fetchall()

    async def close(self) -> None:
        self._connection.close()
