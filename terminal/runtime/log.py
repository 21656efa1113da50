"""The log: one line an event, for journald or a person, without what a person could be known by.

For journald a line is one JSON object; a call says its fields by `name=%s` in the sentence, as it always did.
What may be in a line is decided by type: words, numbers and the like. Of anything else, which may hold a
member, a card or a message, the line has the type's name. Texts of exceptions are kept only where our own
rules or the operating system wrote them; any other exception may carry whatever data it choked on, so of
those the type and the places are logged. Long numbers inside of words are taken out, whatever they are.

What a library says is not ours to trust: of its lines the words stay that it wrote down as such, without one
value; where the values are in the words already, only the place that said them.
"""

from __future__ import annotations

import logging
import re
import sqlite3
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from enum import Enum
from pathlib import PurePath
from types import TracebackType
from typing import TextIO

import msgspec

from terminal.core.errors import TerminalFault
from terminal.runtime import uncaught

_OURS = ("terminal", "hq")
"""Loggers of these and below them say what we wrote; all others are of libraries and of Python."""
_FRAMES_MAX = 20
_LINE_MAX = 4000
_FIELD_MAX = 1000
_NUMBER = re.compile(
    r"""(?<![0-9A-Za-z-])(?:
        \d{8,}                                       # a phone, a card, a tag in decimals
        |\d(?:[ -]?\d){10,18}                        # in groups; a day and its time have fewer
        |\d{3,4}(?:\.\d{4}){2,}                      # with dots, as no address of a machine has them
        |(?=[0-9A-F]*\d)[0-9A-F]{8}                  # what a chip card calls itself, of 4 bytes,
        |(?=[0-9A-Fa-f]*\d)(?:[0-9A-Fa-f]{14}|[0-9A-Fa-f]{20})    # of 7 or 10
    )(?![0-9A-Za-z_-])""",
    re.VERBOSE,
)
"""What could be of a member. Ids and receipts have other letters, or dashes, in or next to their digits."""
_PLACE = re.compile(r"(?:\b(\w{1,40})=)?%(?:%|[-+ 0#]*\d*(?:\.\d+)?[a-zA-Z])")
"""Of %-formatting, with the name that stands before it."""
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


def allowed(value: object) -> object:
    """What of an argument may be in the log: itself where its type says that it is harmless."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Enum):
        return value.value if isinstance(value, str) else value.name
    if isinstance(value, (str, PurePath)):
        return _NUMBER.sub("...", legible(str(value)))
    if isinstance(value, BaseException):
        return _NUMBER.sub("...", _said(value))
    return f"<{type(value).__name__}>"


def _said(fault: BaseException) -> str:
    """One that our own words carry, or SQLite's, which quote no values."""
    ours = type(fault).__module__.startswith("terminal.") and not isinstance(fault, TerminalFault)
    return legible(str(fault)) if ours or isinstance(fault, sqlite3.Error) else told(fault)


def parts_of(record: logging.LogRecord) -> tuple[str, dict[str, object]]:
    """The sentence without its fields, and the fields by name; fault and trace among them."""
    if record.name.partition(".")[0] not in _OURS:
        return _foreign(record), _fault_of(record)
    values, fields = _arguments(record), dict[str, object]()

    def put(place: re.Match[str]) -> str:
        if place[0].endswith("%%"):
            return place[0][:-1]
        name, value = place[1], next(values, "")
        if name is None:
            return place[0] % value
        fields[name] = value
        return ""

    try:
        event = _PLACE.sub(put, str(record.msg))
    except (TypeError, ValueError):  # A call that does not fit its own sentence still leaves a line.
        event, fields = str(record.msg), {}
    return legible(" ".join(event.split()).rstrip(" :,")), fields | _fault_of(record)


def _foreign(record: logging.LogRecord) -> str:
    """A library's template with types for its values; without values it may be the finished sentence."""
    if not record.args:
        return f"said at {'/'.join(record.pathname.split('/')[-2:])}:{record.lineno}"
    values = [record.args] if isinstance(record.args, Mapping) else record.args
    types = iter([f"<{type(one).__name__}>" for one in values])

    def put(place: re.Match[str]) -> str:
        name = f"{place[1]}=" if place[1] else ""
        return "%" if place[0].endswith("%%") else name + next(types, "")

    return _NUMBER.sub("...", legible(" ".join(_PLACE.sub(put, str(record.msg)).split())))


def _arguments(record: logging.LogRecord) -> Iterator[object]:
    args = record.args or ()
    return iter([allowed(one) for one in (args.values() if isinstance(args, Mapping) else args)])


def _fault_of(record: logging.LogRecord) -> dict[str, object]:
    if not record.exc_info or (fault := record.exc_info[1]) is None:
        return {}
    trace = " < ".join(reversed(_places(fault.__traceback__)))
    return {"fault": _NUMBER.sub("...", told(fault)), "trace": trace}


class OneLine(logging.Formatter):
    """`2026-11-24T10:00:00Z warning terminal.desk.counter paper low: printer=front`, for a person."""

    def format(self, record: logging.LogRecord) -> str:
        event, fields = parts_of(record)
        named = " ".join(f"{name}={value}" for name, value in fields.items())
        text = f"{record.name} {event}{': ' if named else ''}{named}"[:_LINE_MAX]
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created))
        return f"{at} {record.levelname.lower()} {text}"


class JsonLine(logging.Formatter):
    """`<4>{"event":"paper low","printer":"front","logger":"terminal.desk.counter"}`, for journald.

    In front syslog's priority, as sd-daemon(3) reads it; journald keeps the time.
    """

    def format(self, record: logging.LogRecord) -> str:
        event, fields = parts_of(record)
        said = {"event": event[:_FIELD_MAX]} | fields | {"logger": record.name}
        cut = {name: one[:_FIELD_MAX] if isinstance(one, str) else one for name, one in said.items()}
        line = msgspec.json.encode(cut).decode()
        return f"<{_PRIORITY.get(record.levelno, 6)}>{line}"


class _Stream(logging.StreamHandler[TextIO]):
    """Where lines go."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  logging's name
        """`logging` itself would print the sentence and its values."""
        with suppress(OSError, ValueError):  # A stream that is gone, or closed.
            self.stream.write(f"a line could not be written: {record.name}:{record.lineno}\n")


def begin(level: str, *, stream: TextIO = sys.stderr, journal: bool = False) -> None:
    """All logging of this process goes to `stream` from now on, also of what nobody caught."""
    handler = _Stream(stream)
    handler.setFormatter(JsonLine() if journal else OneLine())
    # What libraries say below a warning is theirs to debug, and may hold whatever passes through them:
    # a database driver names every value.
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for ours in _OURS:
        logging.getLogger(ours).setLevel(level.upper())
    uncaught.logged()
