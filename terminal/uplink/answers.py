"""One HTTP/1.1 answer out of bytes (RFC 9112). Pure; knows no socket and no headquarters.

As much of HTTP as a call of the protocol needs: a status, headers, and a body whose end is said, by its
length or in chunks. What ends with the connection alone is refused: nobody could tell it from one that was
cut off.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from terminal.core.values import Value

HEAD_BYTES_MAX = 16 * 1024
_CHUNK_LINE_MAX = 256
_LENGTH_DIGITS_MAX = 12
_END = b"\r\n"
_STATUS = re.compile(r"[1-5][0-9]{2}")
_HEX = frozenset(b"0123456789abcdefABCDEF")
_BODILESS = frozenset({204, 304})
_FINAL = 200
"""Statuses below it are interim (RFC 9110 section 15.2): the answer is still to come."""


class NotAnAnswer(Exception):
    """These bytes are not one HTTP/1.1 answer, or are more than it may be long."""


class Answered(Value, frozen=True, kw_only=True):
    status: int
    headers: Mapping[str, str]
    """By lower-case name; of several alike the last."""
    body: bytes

    @property
    def keeps(self) -> bool:
        """Whether the connection may carry another question."""
        return self.headers.get("connection", "").lower() != "close"


class AnswerDecoder:
    """Fed with bytes in any portions until it gives the answer; for one answer."""

    def __init__(self, bytes_max: int) -> None:
        """`bytes_max`: of the body."""
        self._bytes_max = bytes_max
        self._pending = bytearray()
        self._status = 0
        self._headers: dict[str, str] = {}
        self._length = 0
        self._chunked = False
        self._body = bytearray()

    def feed(self, data: bytes) -> Answered | None:
        """None: there is more to come. Raises NotAnAnswer."""
        self._pending += data
        while self._status < _FINAL:
            if not self._read_head():
                return None
        if not (self._read_chunks() if self._chunked else self._read_length()):
            return None
        if self._pending:
            raise NotAnAnswer("more came than one answer")
        return Answered(status=self._status, headers=self._headers, body=bytes(self._body))

    def _read_head(self) -> bool:
        end = self._pending.find(_END + _END)
        if max(end, len(self._pending) if end < 0 else 0) > HEAD_BYTES_MAX:
            raise NotAnAnswer(f"a head of more than {HEAD_BYTES_MAX} bytes")
        if end < 0:
            return False
        first, *lines = self._pending[:end].decode("latin-1").split("\r\n")
        del self._pending[: end + 2 * len(_END)]
        version, _, rest = first.partition(" ")
        status = rest[:3]
        if (
            version != "HTTP/1.1"
            or not (status.isascii() and status.isdecimal())
            or rest[3:4] not in {"", " "}
        ):
            raise NotAnAnswer("no HTTP/1.1")
        self._status = int(status)
        self._headers = {}
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon or not name or name != name.strip():
                raise NotAnAnswer("a header without a name")
            self._headers[name.lower()] = value.strip()
        if self._status >= _FINAL:
            self._framed()
        return True

    def _framed(self) -> None:
        """How the body ends (RFC 9112 section 6.3)."""
        if self._headers.get("content-encoding", "identity") != "identity":
            raise NotAnAnswer("a body in an encoding that nobody asked for")
        coding, length = self._headers.get("transfer-encoding"), self._headers.get("content-length", "")
        if self._status in _BODILESS:
            return
        if coding is not None:
            if coding.lower() != "chunked" or length:
                raise NotAnAnswer("a transfer coding that is not known")
            self._chunked = True
            return
        if not (length.isascii() and length.isdecimal()) or len(length) > _LENGTH_DIGITS_MAX:
            raise NotAnAnswer("a body whose length is not said")
        self._length = int(length)
        self._bounded(self._length)

    def _read_length(self) -> bool:
        if len(self._pending) < self._length:
            return False
        self._body += self._pending[: self._length]
        del self._pending[: self._length]
        return True

    def _read_chunks(self) -> bool:
        """Whether the last one is there. Trailers are passed over."""
        while True:
            end = self._pending.find(_END)
            if end < 0:
                if len(self._pending) > _CHUNK_LINE_MAX:
                    raise NotAnAnswer("a chunk without a size")
                return False
            digits = bytes(self._pending[:end]).partition(b";")[0].strip()
            if not digits or len(digits) > _LENGTH_DIGITS_MAX or not _HEX.issuperset(digits):
                raise NotAnAnswer("a chunk without a size")
            size = int(digits, 16)
            if size == 0:
                return self._read_trailers(end + len(_END))
            self._bounded(len(self._body) + size)
            start = end + len(_END)
            if len(self._pending) < start + size + len(_END):
                return False
            if self._pending[start + size : start + size + len(_END)] != _END:
                raise NotAnAnswer("a chunk that is longer than it says")
            self._body += self._pending[start : start + size]
            del self._pending[: start + size + len(_END)]

    def _read_trailers(self, start: int) -> bool:
        if self._pending.startswith(_END, start):
            del self._pending[: start + len(_END)]
            return True
        end = self._pending.find(_END + _END, start)
        if end < 0:
            if len(self._pending) > HEAD_BYTES_MAX:
                raise NotAnAnswer("trailers without an end")
            return False
        del self._pending[: end + 2 * len(_END)]
        return True

    def _bounded(self, size: int) -> None:
        if size > self._bytes_max:
            raise NotAnAnswer(f"the answer is longer than {self._bytes_max} bytes")
