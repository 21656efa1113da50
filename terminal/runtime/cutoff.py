"""A thread that blocks in a device and reports to the event loop, and that can be left behind.

Some calls into devices have no time-out and cannot be interrupted. Neither the loop nor the end of the
terminal waits for them: the thread is a daemon, and what it says after it was cut off is not heard.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

_UNHEARD_MAX = 32
"""So many reports may wait for the loop; then the thread waits for it."""

T = TypeVar("T")


class CutOff(Exception):
    """Raised inside the thread: nobody listens any more."""


class Blocking(Generic[T]):
    """One such thread. Made, started, heard and cut off on the event loop.

    Args:
        name: of the thread, for whoever looks at a hanging process.
        work: what it does; is given `say`, which raises CutOff when it is to end.
        interrupt: makes a blocking call in `work` return where it can; must not block itself.
    """

    def __init__(
        self, name: str, work: Callable[[Callable[[T], None]], None], interrupt: Callable[[], None]
    ) -> None:
        self._work = work
        self._interrupt = interrupt
        self._loop = asyncio.get_running_loop()
        self._said: deque[T] = deque()
        self._fault: BaseException | None = None
        self._news = asyncio.Event()
        self._room = threading.Semaphore(_UNHEARD_MAX)
        self._cut = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    @property
    def was_cut(self) -> bool:
        """Seen from inside the thread: end soon."""
        return self._cut.is_set()

    def start(self) -> None:
        self._thread.start()

    async def heard(self, within_ms: int | None = None) -> T:
        """The next report.

        Raises:
            TimeoutError: none came in that time.
            EOFError: the thread ended; or, in its place, whatever it raised.
        """
        try:
            async with asyncio.timeout(None if within_ms is None else within_ms / 1000):
                while not self._said and self._fault is None:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            if not self._said and self._fault is None:  # Not where the loop itself stood still meanwhile.
                raise
        if not self._said and self._fault is not None:
            raise self._fault
        self._room.release()
        return self._said.popleft()

    def cut_off(self) -> None:
        """It may hang for ever now; nothing waits for it."""
        self._cut.set()
        self._room.release()
        self._interrupt()

    def _say(self, report: T) -> None:
        self._room.acquire()
        self._tell(lambda: self._said.append(report))

    def _run(self) -> None:
        fault: BaseException = EOFError("the thread ended")
        try:
            self._work(self._say)
        except CutOff:
            return
        except Exception as caught:  # noqa: BLE001  raised again by `heard`
            fault = caught

        def ended() -> None:
            self._fault = fault

        try:
            self._tell(ended)
        except CutOff:
            return

    def _tell(self, change: Callable[[], None]) -> None:
        if self._cut.is_set():
            raise CutOff

        def on_loop() -> None:
            change()
            self._news.set()

        try:
            self._loop.call_soon_threadsafe(on_loop)
        except RuntimeError:  # The loop is closed: the terminal has ended.
            raise CutOff from None
