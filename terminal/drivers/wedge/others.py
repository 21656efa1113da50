"""A recording of keys under a veil."""

from __future__ import annotations

from collections.abc import Iterable

from terminal.drivers.codecs.veil import Reading, Veil
from terminal.drivers.codecs.veiled import keys
from terminal.drivers.wedge.nodes import Keyboards
from terminal.runtime.trace import Record


def retyped(records: Iterable[Record], settings: Keyboards, reading: Reading, veil: Veil) -> list[Record]:
    """By a device that is set up so."""
    return keys(records, settings, reading, veil)
