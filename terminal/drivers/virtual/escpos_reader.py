"""An ESC/POS interpreter of our own: bytes to what a person would see on the paper.

It knows the printers' manuals and nothing of the product's encoder, and it is stricter than a printer:
what it does not know it reports.
"""

from __future__ import annotations

import codecs
import struct
import zlib
from collections.abc import Mapping
from types import MappingProxyType

from terminal.core.values import Value

PENDING_BYTES_MAX = 1 << 20
"""A command longer than this is taken for garbage."""

_PARAMETERS: Mapping[bytes, int] = MappingProxyType(
    {
        b"\x10\x04": 1,  # DLE EOT n: status now
        b"\x10\x14": 3,  # DLE DC4 1 m t: drawer pulse now
        b"\n": 0,
        b"\x1b@": 0,
        b"\x1bR": 1,
        b"\x1bt": 1,
        b"\x1bE": 1,
        b"\x1ba": 1,
        b"\x1bd": 1,
        b"\x1bJ": 1,
        b"\x1bp": 3,
        b"\x1d!": 1,
        b"\x1dr": 1,
        b"\x1c&": 0,
        b"\x1c.": 0,
        b"\x1c!": 1,
    }
)
_CUT = b"\x1dV"
_RASTER = b"\x1dv0"
_COUNTED = {b"\x1d(k", b"\x1c(C"}
"""Their length follows in two bytes, the low one first."""
_NAMES = (*_PARAMETERS, _CUT, _RASTER, *_COUNTED)
_NAME_BYTES_MAX = 3
_PREFIXES = {0x10, 0x1B, 0x1C, 0x1D}
_PRINTABLE = 0x20
_REAL_TIME = {b"\x10\x04", b"\x10\x14"}
_CUTS_WITH_FEED = {65, 66, 97, 98}


class Text(Value, frozen=True, kw_only=True):
    """Printable bytes, not decoded yet."""

    data: bytes


class Command(Value, frozen=True, kw_only=True):
    name: bytes
    data: bytes = b""

    @property
    def real_time(self) -> bool:
        """Obeyed at once, before what is still waiting to be printed."""
        return self.name in _REAL_TIME


class Unknown(Value, frozen=True, kw_only=True):
    data: bytes


Token = Text | Command | Unknown


class Tokens:
    """Bytes in any chunks to commands and text."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[Token]:
        self._pending += data
        found: list[Token] = []
        while self._pending:
            token, length = self._first()
            if token is None:
                if len(self._pending) > PENDING_BYTES_MAX:
                    found.append(Unknown(data=bytes(self._pending[:16])))
                    self._pending.clear()
                break
            found.append(token)
            del self._pending[:length]
        return found

    def _first(self) -> tuple[Token | None, int]:
        """The first token and its length in bytes; (None, 0) while it is not there whole."""
        pending = self._pending
        if pending[0] >= _PRINTABLE:
            length = next((n for n, byte in enumerate(pending) if byte < _PRINTABLE), len(pending))
            return Text(data=bytes(pending[:length])), length
        if pending[0] not in _PREFIXES and bytes(pending[:1]) not in _PARAMETERS:
            return Unknown(data=bytes(pending[:1])), 1
        name = next((name for name in _NAMES if pending.startswith(name)), None)
        if name is None:
            return (None, 0) if len(pending) < _NAME_BYTES_MAX else (Unknown(data=bytes(pending[:2])), 2)
        length = _length(name, pending)
        if len(pending) < max(length, 1):
            return None, 0
        return Command(name=name, data=bytes(pending[len(name) : length])), length


def _length(name: bytes, pending: bytearray) -> int:
    """Bytes of the whole command; more than there are while its own length is not there yet."""
    missing = len(pending) + 1
    if name == _CUT:
        return 3 if len(pending) > 2 and pending[2] not in _CUTS_WITH_FEED else 4  # noqa: PLR2004
    if name in _COUNTED:
        return 5 + struct.unpack_from("<H", pending, 3)[0] if len(pending) >= 5 else missing  # noqa: PLR2004
    if name == _RASTER:
        if len(pending) < 8:  # noqa: PLR2004
            return missing
        wide, high = struct.unpack_from("<HH", pending, 4)
        return 8 + int(wide) * int(high)
    return len(name) + _PARAMETERS[name]


class PaperText(Value, frozen=True, kw_only=True, tag="text"):
    """One printed line."""

    text: str
    big: bool = False
    bold: bool = False
    centred: bool = False


class PaperCode(Value, frozen=True, kw_only=True, tag="code"):
    """A QR code, by what it says."""

    text: str


class PaperPicture(Value, frozen=True, kw_only=True, tag="picture"):
    """Dots, as a 1-bit PNG."""

    width: int
    height: int
    png: bytes


PaperItem = PaperText | PaperCode | PaperPicture


class PaperReceipt(Value, frozen=True, kw_only=True):
    """What hangs out of the printer."""

    items: tuple[PaperItem, ...]
    cut: bool
    """False: torn off in the middle, because the connection or the power went."""
    unknown: tuple[str, ...] = ()
    """Hex of what no manual explains."""

    @property
    def text(self) -> str:
        """The lines as text, a code as `[QR text]`, a picture as its size."""
        return "".join(f"{_shown(item)}\n" for item in self.items)


def _shown(item: PaperItem) -> str:
    match item:
        case PaperText(text=text):
            return text
        case PaperCode(text=text):
            return f"[QR {text}]"
        case PaperPicture(width=width, height=height):
            return f"[picture {width}x{height}]"


class Paper:
    """The printing part: takes commands in order, holds what is on the paper since the last cut."""

    def __init__(self, charset: str) -> None:
        self._charset = charset
        self.items: list[PaperItem] = []
        self.unknown: list[str] = []
        self.kicks = 0
        self._initialise()

    def _initialise(self) -> None:
        self._line = ""
        self._line_big = self._line_bold = False
        self._big = self._bold = self._centred = False
        self._code = b""
        self._decode_as("ascii")

    def _decode_as(self, charset: str) -> None:
        # A character may arrive in two pieces, so the decoder remembers the first.
        self._decoder = codecs.getincrementaldecoder(charset)(errors="replace")

    @property
    def blank(self) -> bool:
        return not self.items and not self._line

    def take(self, token: Token) -> PaperReceipt | None:
        """Print one token. Returns the receipt when it was cut off."""
        match token:
            case Unknown(data=data):
                self.unknown.append(data.hex())
            case Text(data=data):
                self._line += self._decoded(data)
            case Command(name=b"\x1dV"):
                return self.torn(cut=True)
            case Command():
                self._obey(token)
        return None

    def torn(self, *, cut: bool) -> PaperReceipt:
        """What was printed since the last cut; the paper is blank after it."""
        if self._line:
            self._end_line()
        receipt = PaperReceipt(items=tuple(self.items), cut=cut, unknown=tuple(self.unknown))
        self.items, self.unknown = [], []
        return receipt

    def _obey(self, command: Command) -> None:
        name, data = command.name, command.data
        match name:
            case b"\n":
                self._end_line()
            case b"\x1b@":
                self._initialise()
            case b"\x1bp" | b"\x10\x14":
                self.kicks += 1
            case b"\x1bd":
                self._end_line()
                self.items += [PaperText(text="")] * (data[0] - 1)
            case b"\x1d(k":
                self._two_dimensional(data[2:])
            case b"\x1dv0":
                self._picture(data)
            case _:
                self._set(name, data)

    def _set(self, name: bytes, data: bytes) -> None:
        """Settings that hold until the next; ESC R, ESC t, ESC J and FS ! change nothing that is text."""
        match name:
            case b"\x1bE":
                self._bold = bool(data[0] & 1)
            case b"\x1ba":
                self._centred = data[0] in {1, 49}
            case b"\x1d!":
                self._big = data[0] == 0x11  # noqa: PLR2004  twice as wide, twice as high
            case b"\x1c&":
                self._decode_as(self._charset)
            case b"\x1c.":
                self._decode_as("ascii")
            case b"\x1c(C" if data[2:] in {b"\x30\x02", b"\x30\x32"}:
                self._decode_as("utf-8")

    def _end_line(self) -> None:
        line = PaperText(text=self._line, big=self._line_big, bold=self._line_bold, centred=self._centred)
        self.items.append(line)
        self._line = ""

    def _decoded(self, data: bytes) -> str:
        self._line_big, self._line_bold = self._big, self._bold
        return self._decoder.decode(data)

    def _two_dimensional(self, arguments: bytes) -> None:
        """GS ( k with cn 49: QR. Store is function 80, print is 81."""
        if arguments[:1] != b"1":
            self.unknown.append((b"\x1d(k" + arguments[:8]).hex())
        elif arguments[1:2] == b"P":
            self._code = arguments[3:]
        elif arguments[1:2] == b"Q" and self._code:
            self.items.append(PaperCode(text=self._code.decode("utf-8", errors="replace")))

    def _picture(self, data: bytes) -> None:
        wide, high = struct.unpack_from("<HH", data, 1)
        rows = data[5:]
        self.items.append(PaperPicture(width=wide * 8, height=high, png=_png(rows, wide, high)))


def _png(rows: bytes, bytes_wide: int, high: int) -> bytes:
    """A greyscale image of one bit a dot (PNG specification, sections 5 and 11); a set bit is black."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)

    white = bytes(byte ^ 0xFF for byte in rows)
    lines = b"".join(b"\x00" + white[n * bytes_wide : (n + 1) * bytes_wide] for n in range(high))
    head = struct.pack(">IIBBBBB", bytes_wide * 8, high, 1, 0, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", head),
            chunk(b"IDAT", zlib.compress(lines)),
            chunk(b"IEND", b""),
        )
    )
