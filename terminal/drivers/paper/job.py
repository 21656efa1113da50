"""One job at the printer: ask how it is, send, let it say that it has printed to the end, hang up.

It blocks, so it runs in the printer's own thread, where it can be cut off.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from terminal.core.errors import CoverOpen, PaperOut, PrinterFault, PrinterSilent
from terminal.core.ports import Clock
from terminal.drivers.codecs.escpos import KICK, KICK_NOW
from terminal.drivers.codecs.escpos_status import (
    ASK_AT_END,
    QUESTIONS,
    Answer,
    PrinterStatus,
    StatusDecoder,
    Trouble,
)
from terminal.drivers.paper.line import Cut, Line, Transport
from terminal.drivers.paper.settings import AnsweringSettings

log = logging.getLogger(__name__)

_FAULTS: Mapping[Trouble, type[PrinterFault]] = MappingProxyType(
    {Trouble.PAPER_OUT: PaperOut, Trouble.COVER_OPEN: CoverOpen}
)
_ANSWERS_MAX = 16
"""More unread answers than we ever ask for are noise."""

UNUSABLE = (ValueError, OverflowError)
"""What the kernel's calls raise of a host, port, path or time that cannot be: no OSError."""


class Job:
    """One opening of the line."""

    def __init__(self, name: str, transport: Transport, settings: AnsweringSettings, clock: Clock) -> None:
        self._name = name
        self._transport = transport
        self._settings = settings
        self._clock = clock
        self._decoder = StatusDecoder()
        self._answers: list[Answer] = []
        self._cut = Cut()
        self.sent = False
        """True from the moment a byte of the receipt may have left."""

    def cut_off(self) -> None:
        """From any thread: whatever blocks on the line ends now."""
        self._cut.cut()

    def close(self) -> None:
        """The last thing that is done with it, whether it worked or not."""
        self._cut.close()

    def status(self) -> PrinterStatus:
        with self._connected() as line:
            line.settle()
            return self._ask(line)

    def open_drawer(self) -> None:
        """One that cannot print keeps what it is to do in turn for later, so it is told to do it now."""
        with self._connected() as line:
            pulse = KICK
            if self._settings.asks_status:
                line.settle()
                pulse = KICK if self._ask(line).trouble is None else KICK_NOW
            until = self._clock.mono_ms() + self._settings.answer_ms
            line.send(pulse, until, on_first=self._leaves)
            line.drain(until)

    def print(self, data: bytes) -> None:
        with self._connected() as line:
            if self._settings.asks_status:
                line.settle()
                self._require_well(self._ask(line))
            until = self._clock.mono_ms() + self._settings.print_ms
            in_turn = self._settings.asks_status and self._settings.asks_at_end
            if in_turn:
                self._let_answer_the_job_before(line, until)
            line.send(data, until, on_first=self._leaves)
            if in_turn:
                self._await_turn(line, until)
            else:
                line.drain(until)
            if self._settings.asks_status:
                # Whatever an answer in turn was: a printer that cannot print now may not have printed then.
                self._require_well(self._ask(line))

    def _leaves(self) -> None:
        self.sent = True

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Line]:
        where = self._transport.where
        with contextlib.ExitStack() as stack:
            try:
                opened = stack.enter_context(self._transport.opened())
            except (OSError, *UNUSABLE) as missing:
                why = f"{where}: cannot connect: {type(missing).__name__} {missing}"
                raise PrinterSilent(why, sent=False) from None
            try:
                yield Line(opened, self._cut, self._clock, self._name)
            except TimeoutError:
                raise PrinterSilent(f"{where}: no answer", sent=self.sent) from None
            except (OSError, *UNUSABLE) as lost:
                raise PrinterFault(f"{where}: {type(lost).__name__} {lost}", sent=self.sent) from None

    def _ask(self, line: Line) -> PrinterStatus:
        """Raises TimeoutError when one of the four answers does not come."""
        answers: list[int] = []
        for question in QUESTIONS:
            until = self._clock.mono_ms() + self._settings.answer_ms
            line.send(question, until)
            answers.append(self._next(line, until, queued=False))
        printer, offline, error, paper = answers
        return PrinterStatus(printer=printer, offline=offline, error=error, paper=paper)

    def _let_answer_the_job_before(self, line: Line, until: int) -> None:
        """A job that nobody confirmed may still be in the printer, and its GS r 1 behind it.

        Answers in turn do not say what they answer, but keep their order: what was owed comes before the
        answer to one more question, or in its place and that one a moment later.
        """
        self._await_turn(line, until)
        line.settle()
        self._answers.clear()

    def _await_turn(self, line: Line, until: int) -> None:
        """Until the printer has obeyed all that was sent.

        One that stops in the middle answers nothing in turn, but still says why when asked.
        """
        line.send(ASK_AT_END, until)
        while True:
            slice_end = min(until, self._clock.mono_ms() + self._settings.answer_ms)
            try:
                self._next(line, slice_end, queued=True)
            except TimeoutError:
                self._require_well(self._ask(line))
                if self._clock.mono_ms() >= until:
                    raise
            else:
                return

    def _next(self, line: Line, until: int, *, queued: bool) -> int:
        """The next answer of that kind. Raises TimeoutError after `until`, OSError when the line is gone."""
        while True:
            for place, answer in enumerate(self._answers):
                if answer.queued is queued:
                    return self._answers.pop(place).byte
            self._answers = (self._answers + self._decoder.feed(line.receive(until)))[-_ANSWERS_MAX:]

    def _require_well(self, status: PrinterStatus) -> None:
        if status.trouble is not None:
            raise _FAULTS.get(status.trouble, PrinterFault)(f"{self._name}: {status.shown}", sent=self.sent)
        if status.paper_near_end:
            log.warning("paper near its end printer=%s", self._name)
