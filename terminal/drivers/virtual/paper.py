"""A receipt printer that is not there: ESC/POS over TCP, paper that can be looked at, faults at will."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from terminal.drivers.virtual.escpos_reader import (
    Command,
    Paper,
    PaperItem,
    PaperReceipt,
    PaperText,
    Token,
    Tokens,
)

log = logging.getLogger(__name__)

RECEIPTS_MAX = 200
"""Older paper is thrown away."""
_TURNS = 12
"""Of the event loop, from a connection that is accepted to whoever serves it."""
_HELD_MAX = 10_000
"""Tokens that wait while it cannot print; a real buffer is far smaller."""
_CHUNK_BYTES = 4096

Answer = Callable[[bytes], object]
"""Sends bytes back on the line."""


@dataclass(slots=True, kw_only=True)
class Condition:
    """What is wrong with the printer; set at any moment."""

    paper_near_end: bool = False
    paper_out: bool = False
    cover_open: bool = False
    offline: bool = False
    silent: bool = False
    """Takes everything, prints and answers nothing: hanging firmware."""
    reset_after: int | None = None
    """The connection is reset once so many bytes came; happens once."""
    out_after_lines: int | None = None
    """Paper runs out after so many more lines; happens once."""
    silent_after_lines: int | None = None
    """The firmware hangs after so many more lines; happens once."""

    @property
    def blocked(self) -> bool:
        return self.paper_out or self.cover_open or self.offline or self.silent


async def _turned() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)


class VirtualPrinter:
    """Listens on a port, prints on `receipts`, newest last."""

    def __init__(self, *, charset: str = "gbk", on_change: Callable[[], None] | None = None) -> None:
        self.condition = Condition()
        self.receipts: deque[PaperReceipt] = deque(maxlen=RECEIPTS_MAX)
        self.port = 0
        self._paper = Paper(charset)
        self._held: deque[tuple[Token, Answer]] = deque(maxlen=_HELD_MAX)
        self._changed = on_change or (lambda: None)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def kicks(self) -> int:
        """How often the drawer was opened."""
        return self._paper.kicks

    @property
    def callers(self) -> int:
        """Open connections."""
        return len(self._writers)

    @property
    def printing(self) -> tuple[PaperItem, ...]:
        """What is on the paper since the last cut."""
        return tuple(self._paper.items)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen; returns the port."""
        self._server = await asyncio.start_server(self._serve, host, port)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self.port

    async def close(self) -> None:
        """Whoever is just being let in is served before it is switched off, and so hears of it."""
        if self._server is None:
            return
        loop = asyncio.get_running_loop()
        for listening in self._server.sockets:
            loop.remove_reader(listening)
        await _turned()
        self._server.close()
        for writer in tuple(self._writers):
            writer.transport.abort()
        await self._server.wait_closed()
        await _turned()

    def mend(self) -> None:
        """New roll, cover closed, switched on: what waited is printed, as printers do."""
        self.condition = Condition()
        while self._held and not self.condition.blocked:
            self._print(*self._held.popleft())
        self._changed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        tokens = Tokens()
        try:
            while chunk := await reader.read(_CHUNK_BYTES):
                if not self.hear(tokens, chunk, writer.write):
                    writer.transport.abort()
                    break
                await writer.drain()
        except ConnectionError as gone:
            log.debug("virtual printer lost its caller: %s", type(gone).__name__)
        finally:
            self._writers.discard(writer)
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()
            self.left_alone()

    def hear(self, tokens: Tokens, chunk: bytes, answer: Answer) -> bool:
        """What came on a line. False: the line broke in the middle of it."""
        kept, reset = self._until_reset(chunk)
        for token in tokens.feed(kept):
            self._receive(token, answer)
        return not reset

    def left_alone(self) -> None:
        """The line has gone: what was begun is torn off."""
        if not self._paper.blank and not self._held:
            self.receipts.append(self._paper.torn(cut=False))
        self._changed()

    def _until_reset(self, chunk: bytes) -> tuple[bytes, bool]:
        left = self.condition.reset_after
        if left is None:
            return chunk, False
        if len(chunk) < left:
            self.condition.reset_after = left - len(chunk)
            return chunk, False
        self.condition.reset_after = None
        return chunk[:left], True

    def _receive(self, token: Token, answer: Answer) -> None:
        if isinstance(token, Command) and token.real_time:
            if token.name == b"\x10\x04" and not self.condition.silent:
                answer(bytes((self._status(token.data[0]),)))
            elif token.name == b"\x10\x14":
                self._paper.take(token)
        elif self.condition.blocked or self._held:
            self._held.append((token, answer))
        else:
            self._print(token, answer)

    def _print(self, token: Token, answer: Answer) -> None:
        if isinstance(token, Command) and token.name == b"\x1dr":
            answer(bytes((0x03 if self.condition.paper_near_end else 0x00,)))
            return
        before = len(self._paper.items)
        receipt = self._paper.take(token)
        if receipt is not None:
            self.receipts.append(receipt)
            self._changed()
        elif len(self._paper.items) > before and isinstance(self._paper.items[-1], PaperText):
            self._use_line()

    def _use_line(self) -> None:
        now = self.condition
        if now.out_after_lines is not None:
            now.out_after_lines -= 1
            if now.out_after_lines <= 0:
                now.out_after_lines, now.paper_out = None, True
                self._changed()
        if now.silent_after_lines is not None:
            now.silent_after_lines -= 1
            if now.silent_after_lines <= 0:
                now.silent_after_lines, now.silent = None, True

    def _status(self, question: int) -> int:
        """DLE EOT n (Epson ESC/POS command reference): bits 1 and 4 are fixed."""
        now = self.condition
        down = now.paper_out or now.cover_open or now.offline
        match question:
            case 1:
                return 0x12 | (0x08 if down else 0)
            case 2:
                return 0x12 | (0x04 if now.cover_open else 0) | (0x20 if now.paper_out else 0)
            case 4:
                return (
                    0x12
                    | (0x0C if now.paper_near_end or now.paper_out else 0)
                    | (0x60 if now.paper_out else 0)
                )
            case _:
                return 0x12
