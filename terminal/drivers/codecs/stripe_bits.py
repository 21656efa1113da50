"""Magnetic stripes as bits, for readers that decode nothing (ISO/IEC 7811-6, section 10).

A character goes with its lowest bit first and ends with its odd parity; zeros lead in and out. Behind the end
sentinel comes the LRC. A card that is drawn the other way is read backwards.

The frame is that of MSR206, MSR605 and their relatives: ESC s, then for each track ESC, its number, how many
bytes, the bytes with the first bit highest; then ? FS ESC and a status.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from terminal.drivers.codecs.stripe import END, LAYOUTS, BadSwipe, Swiped, Track, check_character, judged

ARM: Final = b"\x1bm"
"""Read the next card raw. The reader forgets it with each card."""

_ESC = 0x1B
_BEGIN, _END = b"\x1bs", b"?\x1c\x1b"
_READ: Final = ord("0")
"""Status: it was read."""
_BITS_OF_A_BYTE = 8


def data_of(track: Track, bits: Sequence[int]) -> str | BadSwipe:
    """What stands on it between its sentinels, whichever way it was drawn."""
    forth = _forwards(track, bits)
    if not isinstance(forth, BadSwipe):
        return forth
    back = _forwards(track, bits[::-1])
    return forth if isinstance(back, BadSwipe) else back


def bits_of(track: Track, data: str, *, lead: int = 10) -> list[int]:
    """The bits of a track, as a card has them."""
    layout = LAYOUTS[track]
    bits = [0] * lead
    for char in f"{layout.start}{data}{END}{check_character(track, data)}":
        value = ord(char) - layout.first
        own = [value >> at & 1 for at in range(layout.bits)]
        bits += [*own, 1 - sum(own) % 2]
    return bits + [0] * lead


def _forwards(track: Track, bits: Sequence[int]) -> str | BadSwipe:
    layout = LAYOUTS[track]
    if 1 not in bits:
        return BadSwipe(why=f"track {track} is blank")
    at = bits.index(1)
    text = ""
    while len(text) <= layout.data_max + 1:
        char = _character(track, bits, at)
        if char is None:
            return BadSwipe(why=f"track {track}: parity does not fit at character {len(text) + 1}")
        at += layout.bits + 1
        text += char
        if text[0] != layout.start:
            return BadSwipe(why=f"track {track} does not begin with its sentinel")
        if char == END:
            break
    data = text[1:-1]
    if not text.endswith(END) or not data or not layout.alphabet.issuperset(data):
        return BadSwipe(why=f"track {track} holds what it cannot hold")
    if _character(track, bits, at) != check_character(track, data):
        return BadSwipe(why=f"the check character of track {track} does not fit")
    return data


def _character(track: Track, bits: Sequence[int], at: int) -> str | None:
    """None: its parity is not odd, or the track ends before it does."""
    layout = LAYOUTS[track]
    own = bits[at : at + layout.bits + 1]
    if len(own) != layout.bits + 1 or sum(own) % 2 != 1:
        return None
    return chr(layout.first + sum(bit << place for place, bit in enumerate(own[: layout.bits])))


class RawDecoder:
    """Bytes of such a reader in, swipes out, in any chunking."""

    def __init__(self) -> None:
        self._pending = bytearray()

    @property
    def waiting(self) -> bool:
        return bool(self._pending)

    def feed(self, data: bytes) -> list[Swiped]:
        found: list[Swiped] = []
        for byte in data:
            self._pending.append(byte)
            if len(self._pending) <= len(_BEGIN):
                if not _BEGIN.startswith(self._pending):
                    self._pending[:] = b"\x1b" if byte == _ESC else b""
                continue
            swipe = self._swipe()
            if swipe is not None:
                self._pending.clear()
                found.append(swipe)
        return found

    def silence(self) -> list[Swiped]:
        """Nothing came for a while: what has begun will not end."""
        if not self._pending:
            return []
        size = len(self._pending)
        self._pending.clear()
        return [BadSwipe(why=f"the swipe was cut off after {size} bytes")]

    def _swipe(self) -> Swiped | None:
        """None: it goes on."""
        packed: dict[Track, bytes] = {}
        frame, at = bytes(self._pending), len(_BEGIN)
        for track in Track:
            head = bytes([_ESC, track])
            if not frame[at:].startswith(head[: len(frame) - at]):
                return BadSwipe(why=f"no track {track} where it should be")
            at += len(head)
            if len(frame) <= at or len(frame) <= at + frame[at]:
                return None
            packed[track] = frame[at + 1 : at + 1 + frame[at]]
            at += 1 + frame[at]
        tail = frame[at:]
        if not _END.startswith(tail[: len(_END)]):
            return BadSwipe(why="the frame does not end where it should")
        if len(tail) <= len(_END):
            return None
        if tail[-1] != _READ:
            return BadSwipe(why=f"the reader says {tail[-1]:02x}")
        return _decoded(packed)


def _decoded(packed: Mapping[Track, bytes]) -> Swiped:
    read = {track: data_of(track, _unpacked(data)) for track, data in packed.items()}
    tracks = {track: data for track, data in read.items() if isinstance(data, str)}
    return judged(tracks, [bad.why for bad in read.values() if isinstance(bad, BadSwipe)])


def framed(tracks: Mapping[Track, list[int]]) -> bytes:
    """A swipe as such a reader sends it."""
    parts = [_BEGIN]
    for track in Track:
        packed = _packed(tracks.get(track, []))
        parts += [bytes([_ESC, track, len(packed)]), packed]
    return b"".join(parts) + _END + bytes([_READ])


def _unpacked(packed: bytes) -> list[int]:
    return [byte >> (_BITS_OF_A_BYTE - 1 - at) & 1 for byte in packed for at in range(_BITS_OF_A_BYTE)]


def _packed(bits: Sequence[int]) -> bytes:
    filled = "".join(map(str, bits)) + "0" * (-len(bits) % _BITS_OF_A_BYTE)
    size = len(filled) // _BITS_OF_A_BYTE
    return int(filled or "0", 2).to_bytes(size, "big")
