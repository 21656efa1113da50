"""The file of a recording: one line of JSON for the device, then one for each thing that it said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Final

import msgspec

from terminal.core.hexes import hex_bytes
from terminal.core.values import Value
from terminal.runtime.trace import BYTES_MAX, RECORDS_MAX, Record, What

FILE_BYTES_MAX: Final = 4 * (BYTES_MAX + 64 * RECORDS_MAX)
_VERSION: Final = 1


class Head(Value, frozen=True, kw_only=True):
    """Whose recording it is."""

    recording: int = _VERSION
    device: str
    driver: str
    settings: Mapping[str, Any]
    """As configured, so that the file needs no configuration."""
    masked: bool
    """Numbers stand in it that nobody has."""
    otherwise: str = ""
    """Why the masked one does not play as the original did; empty: it does."""
    cut: bool = False
    """It reached its limit; more was said."""


class BadRecording(Exception):
    """This file cannot be played. `str()` says why."""


class _Line(Value, frozen=True, kw_only=True, omit_defaults=True):
    at_ms: Annotated[int, msgspec.Meta(ge=0)]
    what: What
    hex: str = ""
    place: str = ""


def written(head: Head, records: Iterable[Record]) -> bytes:
    lines = [msgspec.json.encode(head)]
    for one in records:
        line = _Line(at_ms=one.at_ms, what=one.what, hex=one.data.hex(), place=one.place)
        lines.append(msgspec.json.encode(line))
    return b"\n".join(lines) + b"\n"


def read(data: bytes) -> tuple[Head, Sequence[Record]]:
    """Raises BadRecording."""
    if len(data) > FILE_BYTES_MAX:
        raise BadRecording(f"longer than {FILE_BYTES_MAX} bytes")
    first, *rest = data.splitlines() or [b""]
    number = 1
    try:
        head = msgspec.json.decode(first, type=Head)
        records = []
        for text in rest:
            number += 1
            line = msgspec.json.decode(text, type=_Line)
            records.append(
                Record(at_ms=line.at_ms, what=line.what, data=hex_bytes(line.hex), place=line.place)
            )
    except (msgspec.DecodeError, ValueError, RecursionError) as fault:
        raise BadRecording(f"line {number}: {fault}") from None
    if head.recording != _VERSION:
        raise BadRecording(f"a recording of version {head.recording}")
    return head, records
