"""A recording of chip cards under a veil: UIDs, and what was read of the cards."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from terminal.drivers.codecs.apdu import Spelling
from terminal.drivers.codecs.cards import Kinds, proves
from terminal.drivers.codecs.uid import GET_UID
from terminal.drivers.codecs.veil import Veil
from terminal.runtime.trace import Record, What

_STATUS_BYTES: Final = 2
_FILLERS: Final = b"\x00\xff"
_RUN = re.compile(rb"[0-9A-Za-z]{4,}")
"""Shorter ones are types, languages and lengths that happen to look like text."""
_DECIMAL: Final = 10


def chips(records: Iterable[Record], kinds: Kinds, veil: Veil) -> list[Record]:
    """A card that proves itself answers something else each time: of its answers nothing stays."""
    found: list[Record] = []
    card: list[int] = []
    asked = b""
    for one in records:
        if one.what is What.OPENED:
            _cover(found, card, kinds, veil)
            card = []
        if one.what is What.ASKED:
            asked = one.data
        if one.what is What.IN and len(one.data) > _STATUS_BYTES:
            if GET_UID.startswith(asked):
                body, status = one.data[:-_STATUS_BYTES], one.data[-_STATUS_BYTES:]
                # The first byte says of which kind the number is: a maker's, a random one, a part.
                found.append(replace(one, data=body[:1] + veil.noise(body)[1:] + status))
                continue
            card.append(len(found))
        found.append(one)
    _cover(found, card, kinds, veil)
    return found


def _cover(records: list[Record], places: Sequence[int], kinds: Kinds, veil: Veil) -> None:
    """What was read of one card, as if it had been read at once: a number may lie across two answers."""
    whole = b"".join(records[at].data[:-_STATUS_BYTES] for at in places)
    other, begin = _other(whole, kinds, veil), 0
    for at in places:
        data = records[at].data
        size = len(data) - _STATUS_BYTES
        records[at] = replace(records[at], data=other[begin : begin + size] + data[-_STATUS_BYTES:])
        begin += size


def _other(whole: bytes, kinds: Kinds, veil: Veil) -> bytes:
    if proves(kinds):
        return veil.noise(whole)
    if any(one and one.spelling is Spelling.HEX for one in (kinds.classic, kinds.memory)):
        return bytes(
            byte if byte in _FILLERS else _digit(byte >> 4, noise >> 4) << 4 | _digit(byte & 15, noise & 15)
            for byte, noise in zip(whole, veil.noise(whole), strict=True)
        )
    stays = (kinds.ndef.uri.partition("://")[2].removeprefix("www.") if kinds.ndef else "").encode()
    parts = whole.split(stays) if stays else [whole]
    return stays.join(_RUN.sub(lambda run: _text(run.group(), veil), part) for part in parts)


def _digit(half: int, noise: int) -> int:
    return noise % _DECIMAL if half < _DECIMAL else _DECIMAL + noise % (16 - _DECIMAL)


def _text(run: bytes, veil: Veil) -> bytes:
    kinds = ((48, 10), (65, 26), (97, 26))
    return bytes(
        next(first + noise % many for first, many in kinds if first <= byte < first + many)
        for byte, noise in zip(run, veil.noise(run), strict=True)
    )
