"""What 125 kHz readers send for an EM4100 tag: five bytes, of which the last four are its number.

Readers spell them in many ways, and some tell only the lower four or three bytes. All of them come to one
number here: ten hex digits, zeros for what is not told.

RDM6300 and its relatives: STX, ten hex digits, two more that are the XOR of the five bytes, ETX (some put
CR LF before ETX). The others: a line each, as makers of readers name them (10H, 8H10D, 6H8D, 4H4H, 2H4H).
Some hand over the bytes themselves, with a pause behind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import reduce
from operator import xor
from types import MappingProxyType
from typing import Final, Protocol

from terminal.core.values import Value

_STX, _ETX, _CR, _LF = 0x02, 0x03, 0x0D, 0x0A
_HEX = re.compile(r"[0-9A-Fa-f]{12}", re.ASCII)
_DIGIT_BITS = 4
ALL_BYTES: Final = 5

FRAME_BYTES_MAX: Final = 32
"""Longer than any frame; the rest of it is dropped."""
GAP_MS: Final = 30
"""A reader that hands over bytes pauses for longer between two tags."""


class Spelling(StrEnum):
    HEX = "hex"
    """STX, ten hex digits and two of their XOR, ETX."""
    HEX_10 = "10h"
    HEX_8 = "8h"
    HEX_6 = "6h"
    DECIMAL_13 = "13d"
    """All five bytes as one number (10H13D)."""
    DECIMAL_10 = "10d"
    """The lower four (8H10D)."""
    DECIMAL_8 = "8d"
    """The lower three (6H8D)."""
    HALVES = "5d5d"
    """The lower four in two halves: `00188,24910` (4H4H)."""
    WIEGAND = "wiegand"
    """The lower three as facility and number: `188,24910`, also without the comma (2H4H, 3.5C)."""
    PRINTED = "10d+wiegand"
    """Both, as it is printed on cards: `0012345678 188,24910`; they must agree."""
    RAW = "raw"
    """The five bytes, or those and their XOR, between pauses."""
    AUTO = "auto"
    """Whichever of the spelled ones can be meant by what came, where only one can."""


TELLS: Final[Mapping[Spelling, int | None]] = MappingProxyType(
    {
        Spelling.HEX: 5,
        Spelling.HEX_10: 5,
        Spelling.HEX_8: 4,
        Spelling.HEX_6: 3,
        Spelling.DECIMAL_13: 5,
        Spelling.DECIMAL_10: 4,
        Spelling.DECIMAL_8: 3,
        Spelling.HALVES: 4,
        Spelling.WIEGAND: 3,
        Spelling.PRINTED: 4,
        Spelling.RAW: 5,
        Spelling.AUTO: None,
    }
)
"""How many of the bytes it tells, the lowest ones."""


class Tag(Value, frozen=True, kw_only=True):
    number: str
    """Ten upper-case hex digits, zeros in front for what the reader did not tell."""

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

    @property
    def gap_ms(self) -> int | None:
        """A pause that ends a frame. None: none does, what has begun by then was cut off."""
        ...

    def feed(self, data: bytes) -> list[Tag | BadFrame]: ...

    def silence(self) -> list[Tag | BadFrame]:
        """Nothing came for a while: what has begun is over."""
        ...


class HexDecoder:
    """STX ... ETX, in any chunking. A new STX beats a frame that has begun; what lies between is noise."""

    gap_ms = None

    def __init__(self, kept: int | None = None) -> None:
        self._kept = kept
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
                text = bytes(self._frame).removesuffix(b"\r\n").decode("latin-1")
                found.append(tag_of(text, Spelling.HEX, self._kept))
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


class LineDecoder:
    """Lines, in any chunking. STX and ETX, where there are some, are ends of lines too."""

    gap_ms = None

    def __init__(self, spelling: Spelling, kept: int | None = None) -> None:
        self._spelling = spelling
        self._kept = kept
        self._line = bytearray()

    @property
    def waiting(self) -> bool:
        return bool(self._line)

    def feed(self, data: bytes) -> list[Tag | BadFrame]:
        found: list[Tag | BadFrame] = []
        for byte in data:
            if byte in {_CR, _LF, _STX, _ETX}:
                if self._line:
                    found.append(tag_of(self._line.decode("latin-1"), self._spelling, self._kept))
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


class RawDecoder:
    """Five or six bytes between pauses. Which of them belong together only the pauses tell."""

    gap_ms = GAP_MS

    def __init__(self, kept: int | None = None) -> None:
        self._kept = kept
        self._frame = bytearray()

    @property
    def waiting(self) -> bool:
        return bool(self._frame)

    def feed(self, data: bytes) -> list[Tag | BadFrame]:
        self._frame += data[: FRAME_BYTES_MAX - len(self._frame)]
        return []

    def silence(self) -> list[Tag | BadFrame]:
        if not self._frame:
            return []
        frame = bytes(self._frame)
        self._frame.clear()
        five = frame[:ALL_BYTES]
        if len(frame) not in {ALL_BYTES, ALL_BYTES + 1} or len(set(five)) == 1:
            return [BadFrame(why=f"{len(frame)} bytes that are no tag")]
        if len(frame) > ALL_BYTES and reduce(xor, frame) != 0:
            return [BadFrame(why="the checksum does not fit")]
        return [_tag(int.from_bytes(five, "big"), ALL_BYTES, self._kept)]


def decoder_of(spelling: Spelling, kept: int | None = None) -> TagDecoder:
    """`kept`: so many of the lowest bytes make the number; None: as many as the reader tells."""
    if spelling is Spelling.HEX:
        return HexDecoder(kept)
    return RawDecoder(kept) if spelling is Spelling.RAW else LineDecoder(spelling, kept)


def checked(spelling: Spelling, kept: int | None) -> None:
    """Raises ValueError: readers that spell so do not tell so many bytes."""
    tells = TELLS[spelling]
    if kept is not None and tells is not None and kept > tells:
        raise ValueError(f"a reader that spells {spelling} tells only {tells} bytes of a tag")


def frame(number: str) -> bytes:
    """A tag's ten hex digits as an RDM6300 sends them."""
    check = reduce(xor, bytes.fromhex(number))
    return b"\x02" + f"{number.upper()}{check:02X}".encode("ascii") + b"\x03"


def tag_of(text: str, spelling: Spelling, kept: int | None = None) -> Tag | BadFrame:
    """What a reader means that spells so; `kept` as in `decoder_of`."""
    if spelling is Spelling.AUTO:
        return _recognised(text, kept)
    told = _READ[spelling](text)
    tells = TELLS[spelling]
    if isinstance(told, BadFrame) or tells is None:
        return told if isinstance(told, BadFrame) else BadFrame(why="no spelling")
    return _tag(told, tells, kept)


def _tag(told: int, tells: int, kept: int | None) -> Tag | BadFrame:
    if told >> 8 * tells:
        return BadFrame(why="a number that is too large")
    if kept is not None and kept > tells:
        return BadFrame(why=f"it tells {tells} bytes of the tag, and {kept} make the number")
    return Tag(number=f"{told & ((1 << 8 * (kept or tells)) - 1):010X}")


def _checked_hex(text: str) -> int | BadFrame:
    if not _HEX.fullmatch(text):
        return BadFrame(why=f"{len(text)} bytes that are not twelve hex digits")
    *five, check = bytes.fromhex(text)
    if reduce(xor, five) != check:
        return BadFrame(why="the checksum does not fit")
    return int.from_bytes(bytes(five), "big")


def _digits(count: int, base: int) -> Callable[[str], int | BadFrame]:
    """Exactly so many: a line that lost its first digit is another tag's."""
    kind = "0-9" if base == 10 else "0-9A-Fa-f"  # noqa: PLR2004  ten fingers
    wanted = re.compile(f"[{kind}]{{{count}}}", re.ASCII)

    def read(text: str) -> int | BadFrame:
        if not wanted.fullmatch(text):
            return BadFrame(why=f"{len(text)} bytes that are not {count} digits to the base {base}")
        return int(text, base)

    return read


def _parted(pattern: str, what: str) -> Callable[[str], int | BadFrame]:
    """A higher part, and 16 bits."""
    wanted = re.compile(pattern, re.ASCII)

    def read(text: str) -> int | BadFrame:
        found = wanted.fullmatch(text)
        if not found:
            return BadFrame(why=f"{len(text)} bytes that are not {what}")
        high, low = int(found[1]), int(found[2])
        return high << 16 | low if not low >> 16 else BadFrame(why="a part that is too large")

    return read


_printed = re.compile(r"(\d{10})[ ,]+(\d{3},\d{5})", re.ASCII)
_facility = _parted(r"(\d{1,3}),(\d{1,5})", "facility,number")
_WITHOUT_COMMA = re.compile(r"\d{8}", re.ASCII)
_FACILITY_DIGITS, _LOWER = 3, 0xFFFFFF


def _wiegand(text: str) -> int | BadFrame:
    if _WITHOUT_COMMA.fullmatch(text):
        text = f"{text[:_FACILITY_DIGITS]},{text[_FACILITY_DIGITS:]}"
    return _facility(text)


def _both(text: str) -> int | BadFrame:
    found = _printed.fullmatch(text)
    if not found:
        return BadFrame(why=f"{len(text)} bytes that are not ten digits and facility,number")
    number = int(found[1])
    if number & _LOWER != _wiegand(found[2]):
        return BadFrame(why="its two numbers are not of one tag")
    return number


_READ: Mapping[Spelling, Callable[[str], int | BadFrame]] = MappingProxyType(
    {
        Spelling.HEX: _checked_hex,
        Spelling.HEX_10: _digits(10, 16),
        Spelling.HEX_8: _digits(8, 16),
        Spelling.HEX_6: _digits(6, 16),
        Spelling.DECIMAL_13: _digits(13, 10),
        Spelling.DECIMAL_10: _digits(10, 10),
        Spelling.DECIMAL_8: _digits(8, 10),
        Spelling.HALVES: _parted(r"(\d{5})[,.](\d{5})", "two halves of five digits"),
        Spelling.WIEGAND: _wiegand,
        Spelling.PRINTED: _both,
    }
)

_AMBIGUOUS = re.compile(r"\d{10}|[0-9A-Fa-f]{8}|[0-9A-Fa-f]{6}", re.ASCII)
"""Hex or decimal, four bytes or three: a number that is read in the wrong way is another member's."""
_LOOKS: Mapping[Spelling, re.Pattern[str]] = MappingProxyType(
    {
        Spelling.HEX: _HEX,
        Spelling.HEX_10: re.compile(r"(?=.*[A-Fa-f])[0-9A-Fa-f]{10}", re.ASCII),
        Spelling.DECIMAL_13: re.compile(r"\d{13}", re.ASCII),
        Spelling.HALVES: re.compile(r"\d{5}[,.]\d{5}", re.ASCII),
        Spelling.WIEGAND: re.compile(r"\d{3},\d{5}", re.ASCII),
        Spelling.PRINTED: _printed,
    }
)


def _recognised(text: str, kept: int | None) -> Tag | BadFrame:
    if _AMBIGUOUS.fullmatch(text):
        return BadFrame(why=f"{len(text)} digits may mean two things: say which spelling the reader has")
    for spelling, looks in _LOOKS.items():
        if looks.fullmatch(text):
            return tag_of(text, spelling, kept)
    return BadFrame(why=f"{len(text)} bytes in no spelling that can be recognised")
