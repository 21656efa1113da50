"""An ESC/POS printer on the network (usually port 9100), through python-escpos as transport.

One receipt is one connection: ask the status, send, let the printer say that it has printed to the end,
and hang up. All of it blocks, so it runs in a thread of its own that can be cut off.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Final, TypeVar, cast

from msgspec import Meta

from terminal.core.errors import CoverOpen, PaperOut, PrinterFault, PrinterSilent
from terminal.core.ports import Clock
from terminal.core.receipts.page import COLUMNS_MIN
from terminal.core.values import Value
from terminal.drivers.codecs.escpos import Charset, Profile
from terminal.drivers.codecs.escpos_status import (
    ASK_AT_END,
    QUESTIONS,
    Answer,
    PrinterStatus,
    StatusDecoder,
    Trouble,
)

if TYPE_CHECKING:
    from escpos.printer import Network

log = logging.getLogger(__name__)

KIND: Final = "printer"

_T = TypeVar("_T")

_FAULTS: Mapping[Trouble, type[PrinterFault]] = MappingProxyType(
    {Trouble.PAPER_OUT: PaperOut, Trouble.COVER_OPEN: CoverOpen}
)
_IMPORT_MS = 5_000
_ANSWERS_MAX = 16
"""More unread answers than we ever ask for are noise."""

_DOTS_80_MM = 576
_DOTS_58_MM = 384
_COLUMNS_80_MM = 42
"""From this many columns on the paper is 80 mm wide."""
_COLUMNS_MAX = 64
"""The narrowest font of nine dots on 80 mm."""

_UNUSABLE = (ValueError, OverflowError)
"""What sockets raise of a host, port or time that cannot be: no OSError."""


class Settings(Value, frozen=True, kw_only=True):
    """Where the printer is and what it can do."""

    host: Annotated[str, Meta(min_length=1, max_length=253)]
    port: Annotated[int, Meta(ge=1, le=65_535)] = 9100
    columns: Annotated[int, Meta(ge=COLUMNS_MIN, le=_COLUMNS_MAX)] = 32
    """32 on 58 mm paper, 48 on 80 mm."""
    charset: Charset = Charset.GBK
    cutter: bool = True
    drawer: bool = False
    asks_status: bool = True
    """False for printers that never answer DLE EOT: then a return only means that the bytes were taken."""
    asks_at_end: bool = True
    """False for printers that do not answer GS r 1: then the end of the receipt is not confirmed."""
    connect_ms: Annotated[int, Meta(ge=50, le=30_000)] = 3_000
    answer_ms: Annotated[int, Meta(ge=50, le=30_000)] = 1_500
    """For one status answer."""
    print_ms: Annotated[int, Meta(ge=1_000, le=120_000)] = 20_000
    """For a whole receipt, from the first byte sent to the end confirmed."""

    @property
    def profile(self) -> Profile:
        dots = _DOTS_80_MM if self.columns >= _COLUMNS_80_MM else _DOTS_58_MM
        return Profile(
            columns=self.columns, charset=self.charset, cutter=self.cutter, drawer=self.drawer, dots=dots
        )


def build(name: str, settings: Settings, clock: Clock) -> TcpPrinter:
    return TcpPrinter(name, settings, clock)


class TcpPrinter:
    """`PosPrinter` over TCP. One receipt at a time; others wait their turn."""

    def __init__(self, name: str, settings: Settings, clock: Clock) -> None:
        self.name = name
        self.profile = settings.profile
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
        session = Session(self.name, self._settings, self._clock)
        await self._in_thread(session, lambda: session.print(data), allowed)

    async def status(self) -> str:
        """`ready`, or what is wrong with the bytes that say so. Raises PrinterFault: no answer."""
        if not self._settings.asks_status:
            return "ready (this printer is not asked for its status)"
        session = Session(self.name, self._settings, self._clock)
        return (await self._in_thread(session, session.status, self._asking_ms)).shown

    @property
    def stuck(self) -> bool:
        """A job that was cut off has not ended yet; until it has, nothing else is printed."""
        return self._stuck is not None and self._stuck.is_alive()

    @property
    def _asking_ms(self) -> int:
        """The longest that connecting and one round of questions may take, the import included."""
        return _IMPORT_MS + self._settings.connect_ms + len(QUESTIONS) * self._settings.answer_ms

    async def _in_thread(self, session: Session, work: Callable[[], _T], allowed_ms: int) -> _T:
        """Run blocking work in its own thread; past its time the connection is cut under it."""
        async with self._turn:
            if self.stuck:
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
                with contextlib.suppress(RuntimeError):  # The loop may be gone when the daemon stops.
                    loop.call_soon_threadsafe(settle, result, fault)

            thread = threading.Thread(target=run, name=f"printer {self.name}", daemon=True)
            thread.start()
            try:
                return await asyncio.wait_for(outcome, allowed_ms / 1000)
            except TimeoutError:
                self._stuck = thread
                session.cut_off()
                raise PrinterSilent(f"{self.name}: not done in {allowed_ms} ms", sent=session.sent) from None
            except asyncio.CancelledError:
                self._stuck = thread
                session.cut_off()
                raise


class Session:
    """One connection to the printer. Blocks; lives in the printer's thread."""

    def __init__(self, name: str, settings: Settings, clock: Clock) -> None:
        self._name = name
        self._settings = settings
        self._clock = clock
        self._decoder = StatusDecoder()
        self._answers: list[Answer] = []
        self._socket: socket.socket | None = None
        self._cut = False
        self.sent = False
        """True from the moment a byte of the receipt may have left."""

    def cut_off(self) -> None:
        """From any thread: whatever blocks on the connection ends now."""
        self._cut = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def status(self) -> PrinterStatus:
        with self._connected() as network:
            return self._ask(network)

    def print(self, data: bytes) -> None:
        with self._connected() as network:
            if self._settings.asks_status:
                self._require_well(self._ask(network))
            until = self._clock.mono_ms() + self._settings.print_ms
            self._allow(until - self._clock.mono_ms())
            self.sent = True
            network._raw(data)  # noqa: SLF001  the transport's own way to send bytes as they are
            if self._settings.asks_status and self._settings.asks_at_end:
                self._await_end(network, until)
            elif self._settings.asks_status:
                self._require_well(self._ask(network))

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Network]:
        # 150-200 ms of import, paid by the first receipt in this thread and never by the start.
        from escpos.printer import Network  # noqa: PLC0415

        where = f"{self._name} at {self._settings.host}:{self._settings.port}"
        address = (self._settings.host, self._settings.port)
        network = Network(*address)
        try:
            # Not network.open(): it knows no IPv6, and leaks its socket when nobody is there.
            network.device = self._socket = socket.create_connection(
                address, timeout=self._settings.connect_ms / 1000
            )
        except (OSError, *_UNUSABLE) as missing:
            why = f"{where}: cannot connect: {type(missing).__name__} {missing}"
            raise PrinterSilent(why, sent=False) from None
        try:
            self._allow(self._settings.answer_ms)  # It may have been cut off while it connected.
            yield network
        except TimeoutError:
            raise PrinterSilent(f"{where}: no answer", sent=self.sent) from None
        except (OSError, *_UNUSABLE) as lost:
            raise PrinterFault(f"{where}: {type(lost).__name__} {lost}", sent=self.sent) from None
        finally:
            network.close()

    def _ask(self, network: Network) -> PrinterStatus:
        """Raises TimeoutError when one of the four answers does not come."""
        answers: list[int] = []
        for question in QUESTIONS:
            network._raw(question)  # noqa: SLF001
            answers.append(
                self._next(network, self._clock.mono_ms() + self._settings.answer_ms, queued=False)
            )
        printer, offline, error, paper = answers
        return PrinterStatus(printer=printer, offline=offline, error=error, paper=paper)

    def _await_end(self, network: Network, until: int) -> None:
        """A printer that stops in the middle answers nothing in turn, but still says why when asked."""
        network._raw(ASK_AT_END)  # noqa: SLF001
        while True:
            slice_end = min(until, self._clock.mono_ms() + self._settings.answer_ms)
            try:
                self._next(network, slice_end, queued=True)
            except TimeoutError:
                self._require_well(self._ask(network))
                if self._clock.mono_ms() >= until:
                    raise
            else:
                return

    def _next(self, network: Network, until: int, *, queued: bool) -> int:
        """The next answer of that kind. Raises TimeoutError after `until`, OSError when the line is gone."""
        while True:
            for place, answer in enumerate(self._answers):
                if answer.queued is queued:
                    return self._answers.pop(place).byte
            self._allow(until - self._clock.mono_ms())
            data = network._read()  # noqa: SLF001
            if not data:
                raise ConnectionResetError("the printer hung up")
            self._answers = (self._answers + self._decoder.feed(data))[-_ANSWERS_MAX:]

    def _allow(self, left_ms: int) -> None:
        if self._cut or left_ms <= 0:
            raise TimeoutError
        if self._socket is not None:
            self._socket.settimeout(left_ms / 1000)

    def _require_well(self, status: PrinterStatus) -> None:
        if status.trouble is not None:
            raise _FAULTS.get(status.trouble, PrinterFault)(f"{self._name}: {status.shown}", sent=self.sent)
        if status.paper_near_end:
            log.warning("paper near its end printer=%s", self._name)
