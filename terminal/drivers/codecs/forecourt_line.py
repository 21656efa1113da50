"""What terminal and forecourt controller say to each other, a line at a time (docs/forecourt-controller.md).

A line is a JSON object, an asterisk, the CRC-32 of the object's bytes (ISO 3309, as zlib has it) in eight
hex digits, and a line feed. What does not check, or is longer than a line may be, was never said: whoever
waits for its answer asks again, and every command may be repeated.
"""

from __future__ import annotations

from binascii import crc32
from typing import Annotated, Final, NamedTuple, TypeVar

import msgspec
from msgspec import Meta

from terminal.core.forecourt import (
    NOZZLES_MAX,
    Centilitres,
    Dispensed,
    Fen,
    FillId,
    NotReleased,
    Nozzle,
    Number,
)
from terminal.core.values import Value

LINE_BYTES_MAX: Final = 32_768

M = TypeVar("M")
Turn = Annotated[int, Meta(ge=1, le=2**31 - 1)]
"""Which command an answer is of."""


class AskNozzles(Value, frozen=True, kw_only=True, tag="nozzles", tag_field="do"):
    n: Turn


class AskRelease(Value, frozen=True, kw_only=True, omit_defaults=True, tag="release", tag_field="do"):
    n: Turn
    id: FillId
    nozzle: Number
    price: Fen
    fen: Fen = 0
    centilitres: Centilitres = 0


class AskFill(Value, frozen=True, kw_only=True, tag="fill", tag_field="do"):
    n: Turn
    id: FillId


class AskStop(Value, frozen=True, kw_only=True, tag="stop", tag_field="do"):
    n: Turn
    id: FillId


class AskSettle(Value, frozen=True, kw_only=True, tag="settle", tag_field="do"):
    n: Turn
    id: FillId


class AskUnsettled(Value, frozen=True, kw_only=True, tag="unsettled", tag_field="do"):
    n: Turn


Ask = AskNozzles | AskRelease | AskFill | AskStop | AskSettle | AskUnsettled


class SaidNozzles(Value, frozen=True, kw_only=True, tag="nozzles", tag_field="is"):
    n: Turn
    nozzles: Annotated[tuple[Nozzle, ...], Meta(max_length=NOZZLES_MAX)]


class SaidFill(Value, frozen=True, kw_only=True, tag="fill", tag_field="is"):
    n: Turn
    fill: Dispensed


class SaidFills(Value, frozen=True, kw_only=True, tag="fills", tag_field="is"):
    n: Turn
    fills: tuple[Dispensed, ...]
    """As many as a line has room for."""


class SaidRefused(Value, frozen=True, kw_only=True, tag="refused", tag_field="is"):
    n: Turn
    why: NotReleased


class SaidSettled(Value, frozen=True, kw_only=True, tag="settled", tag_field="is"):
    n: Turn


class SaidUnclear(NamedTuple):
    """An answer with records that no fill can have: of these nothing is known, of the others all."""

    n: int
    fills: tuple[Dispensed, ...]
    """Those that are clear."""
    left_out: int


class SaidChanged(Value, frozen=True, kw_only=True, tag="changed", tag_field="is"):
    """By itself: a fill began, goes on, or ended."""

    fill: Dispensed


Said = SaidNozzles | SaidFill | SaidFills | SaidRefused | SaidSettled | SaidChanged

_ASKED = msgspec.json.Decoder(Ask)
_SAID = msgspec.json.Decoder(Said)


class _OneRaw(Value, frozen=True, kw_only=True, tag="fill", tag_field="is"):
    n: Turn
    fill: msgspec.Raw


class _EachRaw(Value, frozen=True, kw_only=True, tag="fills", tag_field="is"):
    n: Turn
    fills: tuple[msgspec.Raw, ...]


_UNCLEAR = msgspec.json.Decoder(_OneRaw | _EachRaw)
_RECORD = msgspec.json.Decoder(Dispensed)


def line(message: Ask | Said) -> bytes:
    """As it goes over the line, the line feed with it."""
    text = msgspec.json.encode(message)
    return text + b"*%08x\n" % crc32(text)


def asked(text: bytes) -> Ask | None:
    """Of a line without its end; None: it is no command."""
    return _decoded(text, _ASKED)


def said(text: bytes) -> Said | SaidUnclear | None:
    """Of a line without its end; None: it is no answer.

    One record that cannot be takes no other with it, nor the line: whoever said it is there.
    """
    clear: Said | None = _decoded(text, _SAID)
    if clear is not None:
        return clear
    match _decoded(text, _UNCLEAR):
        case _OneRaw(n=n):
            return SaidUnclear(n, (), 1)
        case _EachRaw(n=n, fills=raw):
            found = [_record(one) for one in raw]
            fills = tuple(one for one in found if one is not None)
            return SaidUnclear(n, fills, len(raw) - len(fills))
    return None


def _record(raw: msgspec.Raw) -> Dispensed | None:
    return _read(bytes(raw), _RECORD)


def _decoded(text: bytes, decoder: msgspec.json.Decoder[M]) -> M | None:
    body, star, crc = text.rpartition(b"*")
    if not star or crc != b"%08x" % crc32(body):
        return None
    return _read(body, decoder)


def _read(body: bytes, decoder: msgspec.json.Decoder[M]) -> M | None:
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


class Lines:
    """Cuts what comes into lines. What is longer than one may be is dropped up to its end."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._over = False

    def feed(self, data: bytes) -> list[bytes]:
        found: list[bytes] = []
        for piece in _cut(data):
            whole = piece.endswith(b"\n")
            self._held += piece
            if len(self._held) > LINE_BYTES_MAX:
                self._held.clear()
                self._over = True
            if whole:
                if not self._over:
                    found.append(bytes(self._held[:-1]))
                self._held.clear()
                self._over = False
        return found


def _cut(data: bytes) -> list[bytes]:
    parts = data.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
