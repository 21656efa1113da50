"""Pages to ESC/POS bytes (Epson's ESC/POS command reference; Chinese by FS & as GB and Big5 printers do)."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from terminal.core.receipts import Page, PageCode, PageLine, text_of
from terminal.core.values import Value

INIT = b"\x1b@"
ASCII_OF_USA = b"\x1bR\x00"
"""In the Chinese set (ESC R 15) `$` is drawn as a yen sign."""
FEED_AND_CUT = b"\x1dVB\x00"
KICK = b"\x1bp\x00\x19\xfa"
"""Pulse on pin 2: 50 ms on, 500 ms off."""
KICK_NOW = b"\x10\x14\x01\x00\x01"
"""DLE DC4, function 1: a pulse of 100 ms on pin 2, obeyed at once also by a printer that cannot print."""
KANJI_ON = b"\x1c&"
KANJI_OFF = b"\x1c."
UTF8_ON = b"\x1c(C\x02\x00\x30\x02"

_BOLD = (b"\x1bE\x00", b"\x1bE\x01")
_BIG = (b"\x1d!\x00", b"\x1d!\x11")
_BIG_KANJI = (b"\x1c!\x00", b"\x1c!\x0c")
_LEFT, _MIDDLE = b"\x1ba\x00", b"\x1ba\x01"
_LINES_TO_THE_TEAR_BAR = 5
"""GS V 66 feeds to its knife by itself; where a hand tears, the last line must be past the bar."""
_QR_MODULE_DOTS = 6
_RASTER_ROWS_MAX = 256
"""Rows sent in one GS v 0: small printers hold no more."""
_DLE = 0x10
_REAL_TIME = {0x04, 0x05, 0x14}
_SECOND_DOT = 0x02
"""White in all three of these, and no command with it black."""


class Charset(StrEnum):
    """How a printer wants what is not ASCII; its firmware decides."""

    GBK = "gbk"
    GB18030 = "gb18030"
    BIG5 = "big5"
    UTF8 = "utf-8"


class Profile(Value, frozen=True, kw_only=True):
    """What one printer can do."""

    columns: int = 32
    charset: Charset = Charset.GBK
    cutter: bool = True
    drawer: bool = False
    """A drawer hangs on the printer."""
    dots: int = 384
    """Across the paper: 384 at 58 mm, 576 at 80 mm."""
    raster: bool = False
    """Draw the page as a picture, for printers without a Chinese font."""


class Bitmap(Value, frozen=True, kw_only=True):
    """Black dots: rows of `bytes_wide` bytes, the highest bit leftmost."""

    bytes_wide: int
    rows: bytes


def encoded(
    page: Page,
    profile: Profile,
    *,
    draw: Callable[[Page, int], Bitmap] | None = None,
    logo: Bitmap | None = None,
) -> bytes:
    """The bytes of one receipt; none for a page without lines.

    Nothing that a page says opens the drawer. `draw` makes the picture (page, dots across) that
    `profile.raster` asks for. `logo` stands above everything.

    Raises:
        ValueError: the page or the logo is wider than the paper, or a picture is asked for and nothing
            draws it.
    """
    if not page.lines:
        return b""
    if page.columns > profile.columns:
        raise ValueError(f"page of {page.columns} columns on {profile.columns}")
    out = bytearray(INIT + ASCII_OF_USA)
    if logo is not None:
        out += headed(logo, profile)
    if profile.raster:
        if draw is None:
            raise ValueError("a picture is asked for and nothing draws it")
        out += raster(draw(page, profile.dots))
    else:
        if profile.charset is Charset.UTF8:
            out += UTF8_ON
        for line in page.lines:
            out += _line(line, page.columns, profile.charset) if isinstance(line, PageLine) else qr(line)
    return bytes(out) + ended(profile)


def ended(profile: Profile) -> bytes:
    """Past the knife or the tear bar."""
    return FEED_AND_CUT if profile.cutter else b"\n" * _LINES_TO_THE_TEAR_BAR


def headed(logo: Bitmap, profile: Profile) -> bytes:
    """A logo in the middle. Raises ValueError: it is wider than the paper."""
    if logo.bytes_wide * 8 > profile.dots:
        raise ValueError(f"logo of {logo.bytes_wide * 8} dots on {profile.dots}")
    return _MIDDLE + raster(logo) + b"\n" + _LEFT


def _line(line: PageLine, columns: int, charset: Charset) -> bytes:
    text = spelled(text_of(line, columns), charset, big=line.big)
    if line.bold:
        text = _BOLD[True] + text + _BOLD[False]
    if line.big:
        text = _BIG[True] + text + _BIG[False]
    return text + b"\n"


def spelled(text: str, charset: Charset, *, big: bool = False) -> bytes:
    """Runs of ASCII as they are, all else between FS & and FS . in the printer's character set."""
    out = bytearray()
    wide = False
    for char in text:
        letter = cell(char, charset)
        if wide is not (len(letter) > 1) and charset is not Charset.UTF8:
            wide = not wide
            out += (KANJI_ON + (_BIG_KANJI[True] if big else b"")) if wide else _off(big=big)
        out += letter
    if wide:
        out += _off(big=big)
    return bytes(out)


def _off(*, big: bool) -> bytes:
    return (_BIG_KANJI[False] if big else b"") + KANJI_OFF


def cell(char: str, charset: Charset) -> bytes:
    """The bytes of one character as wide as it was laid out; a replacement where there is no such one.

    Only 0x20-0x7E and multi-byte characters ever leave here, so no text is a command. Control bytes do
    not occur inside the characters of these sets.
    """
    if " " <= char <= "~":
        return char.encode("ascii")
    if char.isascii():
        return b"?"
    try:
        letter = char.encode("cp950" if charset is Charset.BIG5 else charset.value)
    except UnicodeEncodeError:
        letter = b""
    if len(letter) > 1 and letter[0] >= 0x81 and char.isprintable():  # noqa: PLR2004  first lead byte of GBK, Big5
        return letter
    return "？".encode("cp950" if charset is Charset.BIG5 else charset.value)


def qr(code: PageCode) -> bytes:
    """GS ( k, functions 165, 167, 169, 180, 181: model 2, module size, correction M, store, print."""
    data = "".join(char if " " <= char <= "~" else "?" for char in code.text).encode("ascii")
    store = (len(data) + 3).to_bytes(2, "little")
    return b"".join(
        (
            _MIDDLE,
            b"\x1d(k\x04\x001A2\x00",
            b"\x1d(k\x03\x001C" + bytes([_QR_MODULE_DOTS]),
            b"\x1d(k\x03\x001E1",
            b"\x1d(k" + store + b"1P0" + data,
            b"\x1d(k\x03\x001Q0",
            b"\n",
            _LEFT,
        )
    )


def raster(bitmap: Bitmap) -> bytes:
    """GS v 0 in bands. A printer obeys DLE commands even inside a picture, so there one dot is changed."""
    out = bytearray()
    band = bitmap.bytes_wide * _RASTER_ROWS_MAX
    for start in range(0, len(bitmap.rows), band):
        rows = bitmap.rows[start : start + band]
        high = len(rows) // bitmap.bytes_wide
        out += b"\x1dv0\x00" + bitmap.bytes_wide.to_bytes(2, "little") + high.to_bytes(2, "little")
        out += _without_real_time(rows)
    return bytes(out)


def _without_real_time(rows: bytes) -> bytes:
    out = bytearray(rows)
    for place in range(1, len(out)):
        if out[place - 1] == _DLE and out[place] in _REAL_TIME:
            out[place] |= _SECOND_DOT
    return bytes(out)
