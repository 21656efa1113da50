"""`PosPrinter` over any transport: one job at a time, each in a thread of its own that can be cut off."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar, cast

from terminal.core.errors import PrinterFault, PrinterSilent
from terminal.core.ports import Clock
from terminal.drivers.codecs.escpos_status import QUESTIONS
from terminal.drivers.paper.job import Job
from terminal.drivers.paper.line import Transport
from terminal.drivers.paper.settings import AnsweringSettings

_T = TypeVar("_T")

_MARGIN_MS = 1_000
"""For whatever the machine does beside: the job's own times end it before."""


class Printer:
    """One receipt at a time; others wait their turn."""

    def __init__(self, name: str, transport: Transport, settings: AnsweringSettings, clock: Clock) -> None:
        self.name = name
        self.profile = settings.profile
        self._transport = transport
        self._settings = settings
        self._clock = clock
        self._turn = asyncio.Lock()
        self._stuck: threading.Thread | None = None

    async def print(self, data: bytes) -> None:
        """Returns when the printer took everything and said it is well. See `PosPrinter.print`.

        Raises:
            PaperOut, CoverOpen, PrinterSilent, PrinterFault: `sent` says whether bytes had left.
        """
        if not data:
            return
        allowed = self._asking_ms + self._settings.print_ms + len(QUESTIONS) * self._settings.answer_ms
        job = self._job()
        await self._in_thread(job, lambda: job.print(data), allowed)

    async def open_drawer(self) -> None:
        """See `PosPrinter.open_drawer`."""
        job = self._job()
        await self._in_thread(job, job.open_drawer, self._asking_ms + self._settings.answer_ms)

    async def status(self) -> str:
        """`ready`, or what is wrong with the bytes that say so. Raises PrinterFault: no answer."""
        if not self._settings.asks_status:
            return "unknown (this printer is not asked for its status)"
        job = self._job()
        return (await self._in_thread(job, job.status, self._asking_ms)).shown

    @property
    def stuck(self) -> bool:
        """A job that was cut off has not ended yet; until it has, nothing else is printed."""
        return self._stuck is not None and self._stuck.is_alive()

    def _job(self) -> Job:
        return Job(self.name, self._transport, self._settings, self._clock)

    @property
    def _asking_ms(self) -> int:
        """The longest that opening and one round of questions may take."""
        return _MARGIN_MS + self._transport.open_ms + len(QUESTIONS) * self._settings.answer_ms

    async def _in_thread(self, job: Job, work: Callable[[], _T], allowed_ms: int) -> _T:
        """Run blocking work in its own thread; past its time the line is cut under it."""
        async with self._turn:
            if self.stuck:
                job.close()
                raise PrinterFault(f"{self.name}: the job before still hangs", sent=False)
            loop = asyncio.get_running_loop()
            outcome: asyncio.Future[_T] = loop.create_future()

            def settle(result: _T | None, fault: BaseException | None) -> None:
                if outcome.done():  # Cut off: nobody waits any more.
                    return
                if fault is not None:
                    outcome.set_exception(fault)
                else:
                    outcome.set_result(cast("_T", result))

            def run() -> None:
                result, fault = None, None
                try:
                    result = work()
                except Exception as caught:  # noqa: BLE001  handed over to the waiting task
                    fault = caught
                finally:
                    job.close()
                with contextlib.suppress(RuntimeError):  # The loop may be gone when the daemon stops.
                    loop.call_soon_threadsafe(settle, result, fault)

            thread = threading.Thread(target=run, name=f"printer {self.name}", daemon=True)
            thread.start()
            try:
                async with asyncio.timeout(allowed_ms / 1000):
                    return await outcome
            except TimeoutError:
                self._stuck = thread
                job.cut_off()
                raise PrinterSilent(f"{self.name}: not done in {allowed_ms} ms", sent=job.sent) from None
            except asyncio.CancelledError:
                self._stuck = thread
                job.cut_off()
                raise
