"""What 125 kHz readers send for an EM4100 tag: five bytes, of which the last four are its number.

Two spellings are common. RDM6300 and its relatives: STX, ten hex digits, two more that are the XOR of the
five bytes, ETX (some put CR LF before ETX). Wiegand converters: `facility,number` in decimal, a line each;
those know only the lower 24 bits.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import reduce
from operator import xor
from typing import Protocol

from terminal.core.values import Value

_STX, _ETX, _CR, _LF = 0x02, 0x03, 0x0D, 0x0A
_HEX = re.compile(rb"[0-9A-Fa-f]{12}")
_DECIMAL = re.compile(rb"(\d{1,3}),(\d{1,5})")
_FACILITY_MAX, _NUMBER_MAX = 0xFF, 0xFFFF

FRAME_BYTES_MAX = 32
"""Longer than any frame; the rest of it is dropped."""


class Spelling(StrEnum):
    HEX = "hex"
    WIEGAND = "wiegand"


class Tag(Value, frozen=True, kw_only=True):
    number: str
    """Ten upper-case hex digits. Of a Wiegand spelling the first four are zeros: they are not known."""

    def __repr__(self) -> str:
        """Without the number."""
        return "Tag(...)"

    __str__ = __repr__


class BadFrame(Value, frozen=True, kw_only=True):
    """Bytes that were meant to be a tag. `why` holds none of them."""

    why: str


class TagDecoder(Protocol):
    @property
    def waiting(self) -> bool:
        """A frame has begun and not ended."""
        ...

    def feed(self, data: bytes) -> list[Tag | BadFrame]: ...

    def silence(self) -> list[Tag | BadFrame]:
        """Nothing came for a while: what has begun will not end."""
        ...


class HexDecoder:
    """STX ... ETX, in any chunking. A new STX beats a frame that has begun; what lies between is noise."""

    def __init__(self) -> None:
        self._frame: bytearray | None = None

    @property
    def waiting(self) -> bool:
        return self._frame is not None

    def feed(self, data: bytes) -> list[Tag | BadFrame]:
        found: list[Tag | BadFrame] = []
        for byte in data:
            if byte == _STX:
                found += self.silence()
                self._frame = bytearray()
            elif self._frame is None:
                continue
            elif byte == _ETX:
                found.append(_tag_of_hex(bytes(self._frame)))
                self._frame = None
            elif len(self._frame) < FRAME_BYTES_MAX:
                self._frame.append(byte)
            else:
                found.append(BadFrame(why=f"no ETX within {FRAME_BYTES_MAX} bytes"))
                self._frame = None
        return found

    def silence(self) -> list[Tag | BadFrame]:
        if self._frame is None:
            return []
        size, self._frame = len(self._frame), None
        return [BadFrame(why=f"cut off after {size} bytes")]


class WiegandDecoder:
    """Lines of `facility,number`, in any chunking."""

    def __init__(self) -> None:
        self._line = bytearray()

    @property
    def waiting(self) -> bool:
        return bool(self._line)

    def feed(self, data: bytes) -> list[Tag | BadFrame]:
        found: list[Tag | BadFrame] = []
        for byte in data:
            if byte in (_CR, _LF):
                if self._line:
                    found.append(_tag_of_decimal(bytes(self._line)))
                    self._line.clear()
            elif len(self._line) <= FRAME_BYTES_MAX:  # One more than allowed: enough to be refused.
                self._line.append(byte)
        return found

    def silence(self) -> list[Tag | BadFrame]:
        if not self._line:
            return []
        size = len(self._line)
        self._line.clear()
        return [BadFrame(why=f"cut off after {size} bytes")]


def decoder_of(spelling: Spelling) -> TagDecoder:
    return HexDecoder() if spelling is Spelling.HEX else WiegandDecoder()


def frame(number: str) -> bytes:
    """A tag's ten hex digits as an RDM6300 sends them."""
    check = reduce(xor, bytes.fromhex(number))
    return b"\x02" + f"{number.upper()}{check:02X}".encode("ascii") + b"\x03"


def _tag_of_hex(body: bytes) -> Tag | BadFrame:
    digits = body.removesuffix(b"\r\n")
    if not _HEX.fullmatch(digits):
        return BadFrame(why=f"{len(digits)} bytes that are not twelve hex digits")
    *five, check = bytes.fromhex(digits.decode("ascii"))
    if reduce(xor, five) != check:
        return BadFrame(why="the checksum does not fit")
    return Tag(number=bytes(five).hex().upper())


def _tag_of_decimal(line: bytes) -> Tag | BadFrame:
    found = _DECIMAL.fullmatch(line)
    if not found:
        return BadFrame(why=f"{len(line)} bytes that are not facility,number")
    facility, number = int(found[1]), int(found[2])
    if facility > _FACILITY_MAX or number > _NUMBER_MAX:
        return BadFrame(why="facility or number too large")
    return Tag(number=f"{facility << 16 | number:010X}")
