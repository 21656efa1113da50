"""A chip card that is not there, presented to a virtual reader (vsmartcard's vpcd) over TCP.

vpcd's wire: two bytes big-endian length, then the payload, both ways. A payload of one byte from the
reader is a control (0 power off, 1 power on, 2 reset, 4 give the ATR), of which only 4 is answered; any
other is an APDU. Connecting is inserting, closing is pulling the card away.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from functools import reduce
from operator import xor
from typing import Protocol

from terminal.core.values import Value

_OK = b"\x90\x00"
_UNKNOWN_INSTRUCTION = b"\x6d\x00"
_NOT_SUPPORTED = b"\x6a\x81"
_GET_ATR = b"\x04"
_POWER = {b"\x01", b"\x02"}
_GET_DATA = b"\xff\xca"
_HISTORICAL = bytes.fromhex("804F0CA00000030603000100000000")
"""MIFARE Classic 1K as readers report it (PC/SC part 3, section 3.1.3.2.3)."""
_END_S = 2.0
_CHUNK_BYTES = 4096


class Card(Protocol):
    """A card with its reader: vpcd hands on the pseudo-APDUs that a reader would answer itself."""

    @property
    def atr(self) -> bytes: ...

    @property
    def tear_at(self) -> int | None:
        """Taken away in the middle of the n-th APDU, counted from 1."""
        ...

    @property
    def mute(self) -> bool:
        """Answers its ATR and then no APDU at all, until it is taken away."""
        ...

    def powered(self) -> None:
        """Switched on or reset: it forgets what was proven."""
        ...

    def answer(self, apdu: bytes) -> bytes: ...


class VirtualCard(Value, frozen=True, kw_only=True):
    """A card with a UID and nothing else, and how it misbehaves."""

    uid: bytes
    tear_at: int | None = None
    mute: bool = False

    @property
    def atr(self) -> bytes:
        return contactless_atr(_HISTORICAL)

    def powered(self) -> None:
        """It has nothing to forget."""

    def answer(self, apdu: bytes) -> bytes:
        """GET DATA of the UID (PC/SC part 3, section 3.2.2.1.3); nothing else is on this card."""
        if apdu[:2] != _GET_DATA:
            return _UNKNOWN_INSTRUCTION
        return self.uid + _OK if apdu[2:4] == b"\x00\x00" else _NOT_SUPPORTED


def contactless_atr(historical: bytes) -> bytes:
    """As readers make it up: 3B 8n 80 01, historical bytes, TCK (PC/SC part 3, section 3.1.3.2)."""
    body = bytes([0x80 | len(historical), 0x80, 0x01]) + historical
    return b"\x3b" + body + bytes([reduce(xor, body)])


class VirtualSlot:
    """The hand that holds cards to one virtual reader.

    The card talks in a thread of its own: a driver of the same process may block in its reader meanwhile.
    vpcd looks every 400 ms: a shorter tap may go unseen there, as it would not on a real reader.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self.asked = threading.Event()
        """An APDU has come since the last `insert`."""
        self.answered = threading.Event()
        """An answer to one has gone out."""

    @property
    def occupied(self) -> bool:
        return self._socket is not None

    def insert(self, card: Card) -> None:
        """Raises OSError: nobody plays the reader. ValueError: a card is there."""
        if self._socket is not None:
            raise ValueError("a card lies on this reader")
        self.asked.clear()
        self.answered.clear()
        line = socket.create_connection(("127.0.0.1", self._port), timeout=_END_S)
        line.settimeout(None)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = line
        self._thread = threading.Thread(target=self._talk, args=(line, card), daemon=True, name="card")
        self._thread.start()

    def remove(self) -> None:
        """Returns when the reader has seen that it is gone: up to 400 ms."""
        if self._socket is None or self._thread is None:
            return
        with contextlib.suppress(OSError):  # The reader has gone: it is closed already.
            # Our half only: vpcd closes the other one when it looks, and the thread waits for that.
            self._socket.shutdown(socket.SHUT_WR)
        self._thread.join(_END_S)
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._socket = self._thread = None

    def _talk(self, line: socket.socket, card: Card) -> None:
        with contextlib.suppress(OSError, EOFError):
            self._answer(line, card)
        with contextlib.suppress(OSError):
            while line.recv(_CHUNK_BYTES):
                continue

    def _answer(self, line: socket.socket, card: Card) -> None:
        """Until one of both hangs up: raises OSError or EOFError."""
        count = 0
        while True:
            said = _received(line)
            if len(said) == 1:
                if said == _GET_ATR:
                    _sent(line, card.atr)
                elif said in _POWER:
                    card.powered()
                continue
            count += 1
            self.asked.set()
            if count == card.tear_at:
                line.shutdown(socket.SHUT_WR)
            elif not card.mute:
                _sent(line, card.answer(said))
                self.answered.set()


def _received(line: socket.socket) -> bytes:
    (size,) = struct.unpack(">H", _exactly(line, 2))
    return _exactly(line, size)


def _exactly(line: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        chunk = line.recv(size - len(data))
        if not chunk:
            raise EOFError
        # vpcd sends length and payload apart: with Nagle on its side, a delayed ACK costs 40 ms each.
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        data += chunk
    return bytes(data)


def _sent(line: socket.socket, data: bytes) -> None:
    line.sendall(struct.pack(">H", len(data)) + data)
