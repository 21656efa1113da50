"""A ledger's threads, inline: each step runs on the loop, a drawn moment after it was asked for."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from lab.fleet.loop import SeededLoop
from terminal.runtime.threads import Hands

Job = TypeVar("Job")
_SUSPENDS = 0.25


class InlineThreads:
    """Of one process: when it is killed, nothing that was put before them is done any more."""

    def __init__(self, loop: SeededLoop) -> None:
        self.loop = loop
        self.killed = False
        self._connections: list[sqlite3.Connection] = []

    def worker(self, name: str, hands: Hands[Job], *, batch_max: int) -> InlineWorker[Job]:
        del name
        return InlineWorker(self, hands, batch_max)

    async def reading(self, uri: str) -> Any:  # noqa: ANN401  what aiosqlite's users call of it
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        self._connections.append(connection)
        return InlineReading(self.loop, connection)

    def kill(self) -> None:
        self.killed = True
        for connection in self._connections:
            connection.close()


class InlineWorker(Generic[Job]):
    def __init__(self, threads: InlineThreads, hands: Hands[Job], batch_max: int) -> None:
        self._threads = threads
        self._hands = hands
        self._batch_max = batch_max
        self._jobs: list[Job] = []
        self._due = False

    def put(self, job: Job) -> None:
        self._jobs.append(job)
        self._wake(self._threads.loop.thread_s())

    def waiting(self) -> int:
        return len(self._jobs)

    async def end(self) -> None:
        while self._jobs:
            self._step()
        self._hands.leave()

    def _wake(self, after_s: float) -> None:
        if not self._due:
            self._due = True
            self._threads.loop.call_later(after_s, self._step)

    def _step(self) -> None:
        """A drawn part of what waits: any batch that a real thread could have found."""
        self._due = False
        if self._threads.killed:
            return
        if not self._jobs:
            self._hands.rest()
            return
        count = self._threads.loop.dice.randint(1, min(len(self._jobs), self._batch_max))
        batch, self._jobs = self._jobs[:count], self._jobs[count:]
        self._hands.work(batch)
        patience_s = self._hands.patience_s()
        if self._jobs:
            self._wake(self._threads.loop.thread_s())
        elif patience_s is not None:
            self._wake(patience_s)


class InlineReading:
    """The part of aiosqlite's connection that readers use."""

    def __init__(self, loop: SeededLoop, connection: sqlite3.Connection) -> None:
        self._loop = loop
        self._connection = connection

    async def execute(self, sql: str, values: Sequence[Any] = ()) -> None:
        await self._taking_time()
        self._connection.execute(sql, values)

    async def execute_fetchall(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        await self._taking_time()
        return self._connection.execute(sql, values).fetchall()

    async def _taking_time(self) -> None:
        """Others run in between now and then: one drawn read in four is as good as all, and cheaper."""
        if self._loop.dice.random() < _SUSPENDS:
            await asyncio.sleep(self._loop.thread_s())

    async def close(self) -> None:
        self._connection.close()
