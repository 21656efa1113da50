"""A whole recording under a veil: lines of bytes, keys, bare bytes and chip cards."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from operator import xor
from typing import Final, Protocol

from msgspec.structs import replace

from terminal.drivers.codecs.em4100 import ALL_BYTES, GAP_MS
from terminal.drivers.codecs.hid_keys import (
    ENTER,
    KEYPAD,
    KEYPAD_ENTER,
    PRESSED,
    RELEASED,
    SHIFTS,
    TAB,
    KeyDecoder,
    key_bytes,
    key_of,
)
from terminal.drivers.codecs.layouts import LAYOUTS, LayoutName
from terminal.drivers.codecs.scan_line import BadLine
from terminal.drivers.codecs.stripe import BankCard, Swipe, Track
from terminal.drivers.codecs.stripe_bits import RawDecoder, bits_of, framed
from terminal.drivers.codecs.veil import Reading, Veil
from terminal.runtime.trace import Record, What

_LINE = re.compile(r"[^\r\n\x02\x03]+")
_A_BANKS: Final = ";4000000000000002=00000000000000000000?"
"""In the place of any bank's stripe whose bits were recorded: of it nothing is known any more."""


def lines(records: Iterable[Record], gap_ms: int, reading: Reading, veil: Veil) -> list[Record]:
    """Of bytes that are text, whatever pieces it came in. A pause of `gap_ms` ends a line too."""
    kept = list(records)

    def other(found: re.Match[str]) -> str:
        return next(veil.over(found.group(), reading), None) or veil.blank(found.group())

    bursts = ("".join(one.data.decode("latin-1") for one in burst) for burst in _bursts(kept, gap_ms))
    return _dealt(kept, "".join(_LINE.sub(other, burst) for burst in bursts).encode("latin-1"))


def _dealt(records: Sequence[Record], whole: bytes) -> list[Record]:
    """Bytes as long as those that came, in the same pieces."""
    found, at = [], 0
    for one in records:
        if one.what is What.IN:
            found.append(replace(one, data=whole[at : at + len(one.data)]))
            at += len(one.data)
        else:
            found.append(one)
    return found


def bare_tags(records: Iterable[Record], veil: Veil) -> list[Record]:
    """Five bytes of a tag between pauses, or those and their XOR."""
    kept = list(records)
    other = bytearray()
    for burst in _bursts(kept, GAP_MS):
        data = b"".join(one.data for one in burst)
        noise = veil.noise(data[:ALL_BYTES])
        if len(set(data[:ALL_BYTES])) == 1:
            noise = data[:1] * min(ALL_BYTES, len(data))
        tail = data[ALL_BYTES:]
        if len(data) == ALL_BYTES + 1 and reduce(xor, data) == 0:
            tail = bytes([reduce(xor, noise)])
        elif len(data) == ALL_BYTES + 1:
            tail = bytes([reduce(xor, noise) ^ 1])
        elif tail:
            tail = veil.noise(tail)
        other += noise + tail
    return _dealt(kept, bytes(other))


def _bursts(records: Iterable[Record], gap_ms: int) -> Iterator[list[Record]]:
    burst: list[Record] = []
    for one in records:
        if one.what is not What.IN:
            continue
        if burst and one.at_ms - burst[-1].at_ms >= gap_ms:
            yield burst
            burst = []
        burst.append(one)
    if burst:
        yield burst


def stripe_bits(records: Iterable[Record], gap_ms: int, reading: Reading, veil: Veil) -> list[Record]:
    """Swipes of bits are made anew, each in one piece: their checks go over every bit.

    Of tracks that could not be read nothing is left: their bits may be most of a bank's number.
    """
    found: list[Record] = []
    for burst in _bursts(records, gap_ms):
        decoder = RawDecoder()
        data = b"".join(one.data for one in burst)
        for swipe in decoder.feed(data) + decoder.silence():
            match swipe:
                case Swipe(tracks=tracks):
                    bits = {
                        track: bits_of(track, _track(track, text, reading, veil))
                        for track, text in tracks.items()
                    }
                case BankCard():
                    bits = {Track.TWO: bits_of(Track.TWO, _A_BANKS[1:-1])}
                case _:
                    bits = {}
            found.append(replace(burst[-1], data=framed(bits)))
    return found


def _track(track: Track, text: str, reading: Reading, veil: Veil) -> str:
    start = {Track.ONE: "%", Track.TWO: ";", Track.THREE: "+"}[track]
    whole = f"{start}{text}?"
    return (next(veil.over(whole, reading), None) or veil.blank(whole))[1:-1]


class Typist(Protocol):
    """How a device that types was set up."""

    @property
    def layout(self) -> LayoutName: ...

    @property
    def prefix(self) -> str: ...

    @property
    def suffix(self) -> str: ...

    @property
    def silence_ms(self) -> int: ...

    @property
    def decoder(self) -> KeyDecoder: ...


def keys(records: Iterable[Record], typist: Typist, reading: Reading, veil: Veil) -> list[Record]:
    """Key events, a reading after the other."""
    found: list[Record] = []
    part: list[Record] = []
    for one in records:
        if part and one.at_ms - part[-1].at_ms > typist.silence_ms:
            found += _typed(part, typist, reading, veil)
            part = []
        part.append(one)
        code, value = key_of(one.data)
        if one.what is What.KEY and value == RELEASED and code in {ENTER, KEYPAD_ENTER, TAB}:
            found += _typed(part, typist, reading, veil)
            part = []
    return found + _typed(part, typist, reading, veil)


def _typed(part: Sequence[Record], typist: Typist, reading: Reading, veil: Veil) -> list[Record]:
    """The same keys pressed and released, only others."""
    board = _Board(typist.layout)
    typed = board.typed(part)
    begin = len(typist.prefix) if typed.startswith(typist.prefix) else 0
    end = len(typed.removesuffix("\t").removesuffix(typist.suffix))
    wanted = _read(part, typist, reading)
    for middle in veil.over(typed[begin:end], reading):
        events = board.retyped(part, typed[:begin] + middle + typed[end:])
        if events is not None and _read(events, typist, reading) == wanted:
            return events
    return board.retyped(part, veil.blank(typed)) or []


def _read(events: Iterable[Record], typist: Typist, reading: Reading) -> list[str]:
    """What these keys come to."""
    decoder = typist.decoder
    said: list[str | BadLine] = []
    for event in events:
        if event.what is What.LOST:
            decoder.lost()
        else:
            said += decoder.feed(*key_of(event.data))
    said += decoder.silence()
    return [reading.comes_to(one) if isinstance(one, str) else one.why for one in said]


class _Board:
    """Which key types what, with Shift and without, on the pad and beside it."""

    def __init__(self, layout: LayoutName) -> None:
        rows = LAYOUTS[layout]
        self._chars: Mapping[tuple[bool, int], str] = {
            **{(False, code): char for code, char in rows.plain.items()},
            **{(True, code): char for code, char in rows.shifted.items()},
            **{(held, code): char for code, char in KEYPAD.items() for held in (False, True)},
        }
        self._codes = {
            (held, code in KEYPAD, char): code
            for (held, code), char in sorted(self._chars.items(), reverse=True)
        }

    def typed(self, events: Iterable[Record]) -> str:
        """A character for each key that was pressed; NUL for one that stands for none."""
        return "".join(char for _, _, char in self._presses(events))

    def retyped(self, events: Sequence[Record], text: str) -> list[Record] | None:
        """None: on this keyboard that cannot be typed with the same Shift."""
        new: dict[int, int] = {}
        for (at, held, char), other in zip(self._presses(events), text, strict=True):
            code, _ = key_of(events[at].data)
            found = code if other == char else self._codes.get((held, code in KEYPAD, other))
            if found is None:
                return None
            new[at] = found
        found_events: list[Record] = []
        down: dict[int, int] = {}
        for at, event in enumerate(events):
            if event.what is not What.KEY:
                found_events.append(event)
                continue
            code, value = key_of(event.data)
            if at in new:
                down[code] = new[at]
            found_events.append(replace(event, data=key_bytes(down.get(code, code), value)))
            if value == RELEASED:
                down.pop(code, None)
        return found_events

    def _presses(self, events: Iterable[Record]) -> Iterator[tuple[int, bool, str]]:
        held = 0
        for at, event in enumerate(events):
            code, value = key_of(event.data)
            if event.what is not What.KEY:
                continue
            if code in SHIFTS:
                held += {PRESSED: 1, RELEASED: -1}.get(value, 0)
            elif value == PRESSED and code not in {ENTER, KEYPAD_ENTER}:
                yield at, held > 0, self._chars.get((held > 0, code), "\0")
