"""What an ESC/POS printer answers about itself: DLE EOT n, GS r 1, and unasked Automatic Status Back.

Layouts: Epson ESC/POS command reference, DLE EOT, GS r and GS a. The three kinds of byte are told apart
by their fixed bits, so that an answer that comes late or unasked is not taken for another.
"""

from __future__ import annotations

from enum import StrEnum

from terminal.core.values import Value

ASK_PRINTER, ASK_OFFLINE, ASK_ERROR, ASK_PAPER = (bytes((0x10, 0x04, n)) for n in (1, 2, 3, 4))
QUESTIONS = (ASK_PRINTER, ASK_OFFLINE, ASK_ERROR, ASK_PAPER)
"""Asked one after the other: each is answered by one byte that does not say which it answers."""

ASK_AT_END = b"\x1dr\x01"
"""GS r 1 waits its turn behind the receipt: its answer says that everything before it was printed."""

_FIXED = 0x93
_REAL_TIME = 0x12
_UNASKED = 0x10
_UNASKED_BYTES = 4
_QUEUED_FIXED = 0x90


class Answer(Value, frozen=True, kw_only=True):
    """One status byte; `queued` when it answers `ASK_AT_END`, else it answers one of `QUESTIONS`."""

    byte: int
    queued: bool


class StatusDecoder:
    """Bytes from the printer in any chunks to answers; noise and unasked status are passed over."""

    def __init__(self) -> None:
        self._unasked_left = 0

    def feed(self, data: bytes) -> list[Answer]:
        found: list[Answer] = []
        for byte in data:
            if self._unasked_left:
                self._unasked_left -= 1
            elif byte & _FIXED == _REAL_TIME:
                found.append(Answer(byte=byte, queued=False))
            elif byte & _FIXED == _UNASKED:
                self._unasked_left = _UNASKED_BYTES - 1
            elif byte & _QUEUED_FIXED == 0:
                found.append(Answer(byte=byte, queued=True))
        return found


class Trouble(StrEnum):
    """Why a printer does not print."""

    PAPER_OUT = "paper out"
    COVER_OPEN = "cover open"
    CUTTER = "cutter blocked"
    UNRECOVERABLE = "unrecoverable error"
    OVERHEATED = "automatically recoverable error (head too hot)"
    ERROR = "error"
    OFFLINE = "offline"


class PrinterStatus(Value, frozen=True, kw_only=True):
    """The four answers to `QUESTIONS`."""

    printer: int
    offline: int
    error: int
    paper: int

    @property
    def trouble(self) -> Trouble | None:
        """The first cause in the order in which a person would mend them; None when it prints."""
        causes = (
            (self.paper & 0x60 or self.offline & 0x20, Trouble.PAPER_OUT),
            (self.offline & 0x04, Trouble.COVER_OPEN),
            (self.error & 0x08, Trouble.CUTTER),
            (self.error & 0x20, Trouble.UNRECOVERABLE),
            (self.error & 0x40, Trouble.OVERHEATED),
            (self.offline & 0x40 or self.error & 0x04, Trouble.ERROR),
            (self.printer & 0x08, Trouble.OFFLINE),
        )
        return next((trouble for bits, trouble in causes if bits), None)

    @property
    def paper_near_end(self) -> bool:
        return bool(self.paper & 0x0C)

    @property
    def shown(self) -> str:
        """For the technician: what is wrong in words, and the four bytes."""
        words = self.trouble or ("ready, paper near its end" if self.paper_near_end else "ready")
        answers = " ".join(f"{byte:02x}" for byte in (self.printer, self.offline, self.error, self.paper))
        return "ready" if words == "ready" else f"{words} (DLE EOT 1-4: {answers})"
