"""The log: one line an event, for journald or a person, without what a person could be known by.

Texts of exceptions are kept only where our own rules or the operating system wrote them; any other
exception may carry whatever data it choked on, so of those the type and the places are logged.
"""

from __future__ import annotations

import logging
import sys
import time
from types import TracebackType
from typing import TextIO

from terminal.core.errors import TerminalFault

_FRAMES_MAX = 20
_LINE_MAX = 4000
_PRIORITY = {logging.CRITICAL: 2, logging.ERROR: 3, logging.WARNING: 4, logging.INFO: 6, logging.DEBUG: 7}
"""syslog's, as sd-daemon(3) reads them in front of a line."""


def told(fault: BaseException) -> str:
    """One exception in one line that holds no personal data."""
    if isinstance(fault, BaseExceptionGroup):
        return "; ".join(told(one) for one in fault.exceptions[:3])
    name = type(fault).__name__
    if isinstance(fault, TerminalFault):
        return f"{fault.code} {name}: {legible(str(fault))}"
    if isinstance(fault, OSError):
        return f"{name}: {legible(fault.strerror or 'no reason given')}"
    if isinstance(fault, ImportError):
        return f"{name}: {legible(str(fault))}"
    place = _places(fault.__traceback__)[-1:]
    return f"{name} at {place[0]}" if place else name


def legible(text: str) -> str:
    """On one line, with control characters as escapes: a scan must not write lines of our log."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _places(trace: TracebackType | None) -> list[str]:
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        parts = code.co_filename.split("/")
        places.append(f"{'/'.join(parts[-2:])}:{trace.tb_lineno}:{code.co_name}")
        trace = trace.tb_next
    return places[-_FRAMES_MAX:]


class OneLine(logging.Formatter):
    """`2026-11-24T10:00:00Z warning terminal.desk.counter message`; for journald `<4>terminal... message`."""

    def __init__(self, *, journal: bool) -> None:
        super().__init__()
        self._journal = journal

    def format(self, record: logging.LogRecord) -> str:
        text = legible(record.getMessage())
        if record.exc_info and (fault := record.exc_info[1]) is not None:
            text = f"{text} fault={told(fault)} trace={' < '.join(reversed(_places(fault.__traceback__)))}"
        text = f"{record.name} {text}"[:_LINE_MAX]
        if self._journal:
            return f"<{_PRIORITY.get(record.levelno, 6)}>{text}"
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created))
        return f"{at} {record.levelname.lower()} {text}"


def begin(level: str, *, stream: TextIO = sys.stderr, journal: bool = False) -> None:
    """All logging of this process goes to `stream` from now on."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(OneLine(journal=journal))
    # What libraries say below a warning is theirs to debug, and may hold whatever passes through them:
    # a database driver names every value.
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("terminal").setLevel(level.upper())
