"""A TCP300 that is not there: it takes commands from a serial line and prints onto cards that are put in."""

from __future__ import annotations

import asyncio
from functools import reduce
from operator import xor
from types import TracebackType
from typing import Self

from terminal.drivers.codecs.rewriter import ACK, DLE, ETX, NAK, NORMAL, STX, Code
from terminal.drivers.virtual.serial_line import SerialLine

_COVER_OPEN = 0x40


class VirtualRewriter:
    """Opens its end of the line in the running event loop."""

    def __init__(self, line: SerialLine, charset: str = "gbk") -> None:
        self.line = line
        self.faces: list[str] = []
        """What stands on the cards that were printed."""
        self.cover_open = False
        self.mute = False
        self.spoils = 0
        """So many answers come with a wrong check character."""
        self.commands: list[int] = []
        self.heard = asyncio.Event()
        """Set at every command."""
        self._charset = charset
        self._pending = bytearray()
        self._text = b""
        self._last = b""
        self._waits = False

    def __enter__(self) -> Self:
        self._fd = self.line.fd
        assert self._fd is not None  # noqa: S101  plugged in
        asyncio.get_running_loop().add_reader(self._fd, self._read)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._fd is not None:
            asyncio.get_running_loop().remove_reader(self._fd)

    async def put_in(self) -> str:
        """As soon as it waits for a card. What stands on that now."""
        while not self.insert():
            self.heard.clear()
            await self.heard.wait()
        return self.faces[-1]

    def insert(self) -> bool:
        """Somebody puts a card in. False: nothing waits for one."""
        if not self._waits:
            return False
        self._waits = False
        self.faces.append(self._text.decode(self._charset))
        self._respond(Code.ERASE_AND_PRINT)
        return True

    def _read(self) -> None:
        for byte in self.line.answered():
            if not self._pending and byte != STX:
                if byte == NAK:
                    self.line.send(self._last)
                continue
            self._pending.append(byte)
            if len(self._pending) > 2 and self._pending[-2] == ETX:  # noqa: PLR2004  a code lies between
                self._command(bytes(self._pending))
                self._pending.clear()

    def _command(self, sent: bytes) -> None:
        if self.mute:
            return
        body, check = sent[1:-1], sent[-1]
        if reduce(xor, body) != check:
            self.line.send(bytes([NAK]))
            return
        code, data = body[0], body[1:-1]
        self.commands.append(code)
        self.heard.set()
        if code not in set(Code):
            self.line.send(bytes([DLE]))
            return
        self.line.send(bytes([ACK]))
        match Code(code):
            case Code.CLEAR | Code.CLEAR_ALL | Code.RESET:
                self._text = b""
            case Code.TEXT:
                self._text += data
            case Code.CANCEL_WAIT:
                self._waits = False
            case Code.ERASE_AND_PRINT if not self.cover_open:
                self._waits = True
                return
            case _:
                pass
        self._respond(Code(code))

    def _respond(self, code: Code) -> None:
        sensors = f"0000{int(self.cover_open)}0".encode() if code is Code.STATUS else b""
        refused = self.cover_open and code is Code.ERASE_AND_PRINT
        body = bytes([code, _COVER_OPEN if refused else NORMAL]) + sensors + bytes([ETX])
        check = reduce(xor, body)
        self._last = bytes([STX]) + body + bytes([check])
        if self.spoils:
            self.spoils -= 1
            check ^= 1
        self.line.send(bytes([STX]) + body + bytes([check]))
