"""Black and white pictures as PBM (netpbm's P4): what a printer prints, dot by dot, and nothing else."""

from __future__ import annotations

import re

from terminal.drivers.codecs.escpos import Bitmap

_HEAD = re.compile(rb"P4(?:\s+|\s*#[^\n]*\n)+(\d{1,5})(?:\s+|\s*#[^\n]*\n)+(\d{1,5})\s")
_ROWS_MAX = 4_096


class BadPicture(ValueError):
    """Not such a picture; `str()` says why."""


def bitmap_of(data: bytes) -> Bitmap:
    """Its rows begin at whole bytes; a set bit is black, as a printer has it. Raises BadPicture."""
    head = _HEAD.match(data)
    if head is None:
        raise BadPicture("no PBM in its binary form (P4)")
    wide, high = int(head[1]), int(head[2])
    if not wide or not 0 < high <= _ROWS_MAX:
        raise BadPicture(f"{wide} by {high} dots cannot be printed")
    bytes_wide = (wide + 7) // 8
    rows = data[head.end() : head.end() + bytes_wide * high]
    if len(rows) != bytes_wide * high:
        raise BadPicture(f"cut short: {len(rows)} of {bytes_wide * high} bytes")
    spare = 8 * bytes_wide - wide
    if spare:  # What pads a row says nothing, and would be printed.
        mask = 0xFF << spare & 0xFF
        rows = bytes(
            byte & mask if at % bytes_wide == bytes_wide - 1 else byte for at, byte in enumerate(rows)
        )
    return Bitmap(bytes_wide=bytes_wide, rows=rows)
