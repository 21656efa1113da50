"""A customer display that is not there, at the far end of a serial line: what it would show."""

from __future__ import annotations

from collections.abc import Callable

from terminal.drivers.virtual.serial_line import SerialLine

_ESC, _US, _CLEAR, _CR = 0x1B, 0x1F, 0x0C, 0x0D
_LENGTHS = {b"\x1b@": 2, b"\x1f\x01": 2, b"\x1fC": 3, b"\x1f$": 4}
_PENDING_MAX = 256


class VirtualDisplay:
    """Understands CD5220 and ESC/POS. `hear` whatever came; `rows` is what stands on its glass."""

    def __init__(self, letters: str = "gbk", columns: int = 20) -> None:
        self._letters = letters
        self._columns = columns
        self._glass = [bytearray(b" " * columns) for _ in range(2)]
        self._row = self._column = 0
        self._pending = b""
        self.unknown: list[bytes] = []
        """Commands that no manual explains."""

    @property
    def rows(self) -> tuple[str, str]:
        upper, lower = (row.decode(self._letters, errors="replace").rstrip() for row in self._glass)
        return upper, lower

    def hear(self, data: bytes) -> None:
        self._pending = (self._pending + data)[-_PENDING_MAX:]
        while self._pending and (taken := self._taken(self._pending)):
            self._pending = self._pending[taken:]

    def _taken(self, data: bytes) -> int:
        """How many bytes were understood; 0: the rest has not come yet."""
        if data[0] not in {_ESC, _US}:
            if data[0] == _CLEAR:
                self._clear()
            else:
                self._write(data[:1])
            return 1
        if len(data) < 2:  # noqa: PLR2004  a command and its name
            return 0
        if data[:2] == b"\x1bQ":
            return self._line(data)
        length = _LENGTHS.get(data[:2], 0)
        if not length:
            self.unknown.append(data[:2])
            return 2
        if len(data) < length:
            return 0
        if data[:2] == b"\x1b@":
            self._clear()
        elif data[:2] == b"\x1f$":
            self._column, self._row = data[2] - 1, data[3] - 1
        return length

    def _line(self, data: bytes) -> int:
        """CD5220: a whole line, up to CR."""
        end = data.find(_CR)
        if end < 0:
            return 0
        self._row, self._column = data[2] - ord("A"), 0
        self._glass[self._row] = bytearray(b" " * self._columns)
        self._write(data[3:end])
        return end + 1

    def _write(self, letters: bytes) -> None:
        for letter in letters:
            if self._column >= self._columns:
                self._row, self._column = 1 - self._row, 0
            self._glass[self._row][self._column] = letter
            self._column += 1

    def _clear(self) -> None:
        self._glass = [bytearray(b" " * self._columns) for _ in range(2)]
        self._row = self._column = 0


def watched(line: SerialLine, display: VirtualDisplay) -> Callable[[], tuple[str, str]]:
    """What it shows now; reads what came since the last time."""

    def rows() -> tuple[str, str]:
        display.hear(line.answered())
        return display.rows

    return rows
