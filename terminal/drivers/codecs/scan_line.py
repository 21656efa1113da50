"""What a serial barcode scanner sends: one line a scan, ended by CR, LF or both."""

from __future__ import annotations

from terminal.core.gs1 import SEPARATOR
from terminal.core.values import Value

_CR, _LF = 0x0D, 0x0A

LINE_BYTES_MAX = 1024
"""More than any code that is used here; a line that never ends is noise."""


class BadLine(Value, frozen=True, kw_only=True):
    """A scan that came to nothing."""

    why: str
    """Without the scanned text: that may be somebody's phone number."""


class ScanLineDecoder:
    """Bytes in, scanned texts out, in any chunking.

    Args:
        prefix: what the scanner is set to send in front of each scan; taken off, and a line without it is
            noise.
        suffix: the same, behind it (before CR or LF).
    """

    def __init__(self, *, prefix: str = "", suffix: str = "") -> None:
        self._prefix = prefix
        self._suffix = suffix
        self._pending = bytearray()
        self._overlong = False

    @property
    def waiting(self) -> bool:
        """A line has begun and not ended."""
        return bool(self._pending)

    def feed(self, data: bytes) -> list[str | BadLine]:
        found: list[str | BadLine] = []
        for byte in data:
            if byte in (_CR, _LF):
                if self._pending:
                    found.append(self._line())
            elif len(self._pending) < LINE_BYTES_MAX:
                self._pending.append(byte)
            else:
                self._overlong = True
        return found

    def silence(self) -> list[str | BadLine]:
        """Nothing came for a while: what has begun will not end, and must not begin the next scan."""
        if not self._pending:
            return []
        size = len(self._pending)
        self._pending.clear()
        self._overlong = False
        return [BadLine(why=f"the line was cut off after {size} bytes")]

    def _line(self) -> str | BadLine:
        line, overlong = bytes(self._pending), self._overlong
        self._pending.clear()
        self._overlong = False
        if overlong:
            return BadLine(why=f"a line longer than {LINE_BYTES_MAX} bytes")
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            return BadLine(why=f"{len(line)} bytes that are not UTF-8")
        return unwrapped(text, self._prefix, self._suffix)


def unwrapped(text: str, prefix: str, suffix: str) -> str | BadLine:
    """A scan without what the scanner puts around it, if there is one without other controls than GS1's."""
    if len(text) < len(prefix) + len(suffix) or not (text.startswith(prefix) and text.endswith(suffix)):
        return BadLine(why="without the prefix or suffix that this scanner is set to")
    text = text.removeprefix(prefix).removesuffix(suffix)
    if not text:
        return BadLine(why="an empty scan")
    if not text.replace(SEPARATOR, "").isprintable():
        return BadLine(why=f"control characters among {len(text)} characters")
    return text
