"""A thread of its own for blocking work beside the writer: healing, data sets, what waits for others."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from terminal.core.errors import LedgerClosed, LedgerDamaged, TerminalFault
from terminal.runtime.threads import Threads
from terminal.store.unwritten import UNREACHED, primary_code

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class _Job:
    work: Callable[[], Any]
    answer: asyncio.Future[Any]


class Lane:
    """One job after the other."""

    def __init__(self, name: str, threads: Threads) -> None:
        self._loop = asyncio.get_running_loop()
        self._worker = threads.worker(name, self, batch_max=1)

    async def do(self, work: Callable[[], T]) -> T:
        """Raises LedgerClosed or LedgerDamaged where the disk or the file does not let it."""
        job = _Job(work, self._loop.create_future())
        self._worker.put(job)
        result: T = await job.answer
        return result

    async def end(self) -> None:
        await self._worker.end()

    # Its thread.

    def work(self, batch: Sequence[_Job]) -> None:
        for job in batch:
            try:
                result, fault = job.work(), None
            except Exception as raised:  # noqa: BLE001  told to whoever waits for it
                result, fault = None, _told(raised)
            self._loop.call_soon_threadsafe(_answer, job.answer, result, fault)

    def rest(self) -> None:
        """Nothing to tidy up."""

    def patience_s(self) -> float | None:
        return None

    def leave(self) -> None:
        """Whoever opened something closes it by a last job."""


def _answer(answer: asyncio.Future[Any], result: object, fault: Exception | None) -> None:
    if answer.done():
        return
    if fault is None:
        answer.set_result(result)
    else:
        answer.set_exception(fault)


def _told(raised: Exception) -> Exception:
    if isinstance(raised, TerminalFault):
        return raised
    if isinstance(raised, OSError):
        return LedgerClosed(f"the disk: {raised}")
    if isinstance(raised, sqlite3.Error):
        kind = LedgerClosed if primary_code(raised) in UNREACHED else LedgerDamaged
        return kind(f"the file: {raised}")
    return raised
