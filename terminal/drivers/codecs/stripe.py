"""What readers of magnetic stripes send as text: tracks between sentinels (ISO/IEC 7811-6, 7813, 4909).

Track 1 goes from % to ?, tracks 2 and 3 from ; to ?; some readers begin track 3 with + so that it cannot be
taken for track 2. What lies between is noise, unless it looks like a piece of a track.

Bank cards are told from others here, before anything of them goes anywhere: neither their numbers nor any
other track of theirs leaves this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Annotated, Final

from msgspec import Meta

from terminal.core.errors import UnknownCard
from terminal.core.issuers import of_a_bank
from terminal.core.trust import Credential, Medium
from terminal.core.values import Value
from terminal.drivers.codecs.apdu import text_number

_CR, _LF = 0x0D, 0x0A
END: Final = "?"
_ERROR: Final = "E"
"""All that some readers say of a track that they could not read."""
_FINANCIAL: Final = "B"
"""Format code of track 1 (ISO/IEC 7813, section 5.2.1)."""
_FORMAT_CODES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FORMAT_CODE_DIGITS = 2
"""In front of the number on track 3 (ISO/IEC 4909)."""

SWIPE_CHARS_MAX: Final = 512
"""More than three tracks with all that readers put around them."""


class Track(IntEnum):
    ONE = 1
    TWO = 2
    THREE = 3


class Layout(Value, frozen=True, kw_only=True):
    """How a track is written (ISO/IEC 7811-6, tables 3 to 5)."""

    start: str
    separator: str
    first: int
    """ASCII code of the character whose bits are all 0."""
    bits: int
    """Of a character, without its parity."""
    data_max: int
    """Characters without sentinels and LRC."""
    alphabet: frozenset[str]
    """Those that may carry information."""


_NUMERIC = frozenset("0123456789=")
LAYOUTS: Final[Mapping[Track, Layout]] = MappingProxyType(
    {
        Track.ONE: Layout(
            start="%",
            separator="^",
            first=0x20,
            bits=6,
            data_max=76,
            alphabet=frozenset(" #$()-./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^"),
        ),
        Track.TWO: Layout(start=";", separator="=", first=0x30, bits=4, data_max=37, alphabet=_NUMERIC),
        Track.THREE: Layout(start=";", separator="=", first=0x30, bits=4, data_max=104, alphabet=_NUMERIC),
    }
)
_STARTS_THREE: Final = "+"
_REMAINS: Final = _NUMERIC | {END}
"""What noise does not look like."""


class Swipe(Value, frozen=True, kw_only=True):
    """The tracks that were read whole, without sentinels. No bank's."""

    tracks: Mapping[Track, str]

    def __repr__(self) -> str:
        """Without what stands on them."""
        return f"Swipe(tracks {', '.join(map(str, sorted(self.tracks)))})"

    __str__ = __repr__


class BankCard(Value, frozen=True):
    """A bank's. Nothing of it was kept."""


class BadSwipe(Value, frozen=True, kw_only=True):
    """A swipe that came to nothing. `why` holds nothing of it."""

    why: str


Swiped = Swipe | BankCard | BadSwipe


class Where(Value, frozen=True, kw_only=True):
    """Where the shop's number stands on the stripe."""

    track: Annotated[int, Meta(ge=1, le=3)] = 2
    start: Annotated[int, Meta(ge=0, le=103)] = 0
    length: Annotated[int, Meta(ge=1, le=32)] | None = None
    """Empty: up to the first separator, or to the end."""


def credential_of(swipe: Swipe, where: Where) -> Credential:
    """Anybody can copy a stripe: it is `open`. Raises UnknownCard: there is no such number on it."""
    track = Track(where.track)
    data = swipe.tracks.get(track)
    if data is None:
        raise UnknownCard(f"track {track} was not read")
    if where.length is None:
        number = data[where.start :].partition(LAYOUTS[track].separator)[0]
    else:
        number = data[where.start : where.start + where.length]
        if len(number) != where.length:
            raise UnknownCard(f"track {track} is shorter than the number")
    number = text_number(number.strip(" "), f"track {track}")
    return Credential(medium=Medium.STRIPE, number=number)


def swiped(text: str, *, lrc: bool = False) -> Swiped:
    """One swipe. `lrc`: behind each track comes its check character, which must fit.

    A track that was cut, or has something in it that it cannot have, spoils the swipe: a shorter number is
    somebody else's.
    """
    tracks: dict[Track, str] = {}
    whys: list[str] = []
    at = 0
    while at < len(text):
        track = _begun_by(text[at], tracks)
        if track is None:
            if text[at] in _REMAINS:
                return BadSwipe(why="a piece of a track without its beginning")
            at += 1
            continue
        data, at = _track(track, text, at + 1)
        if isinstance(data, BadSwipe):
            return data
        if lrc and text[at : at + 1] != check_character(track, data):
            return BadSwipe(why=f"the check character of track {track} does not fit")
        at += lrc
        if data in {"", _ERROR}:
            whys.append(f"track {track} could not be read")
        else:
            tracks[track] = data
    return judged(tracks, whys or [f"no track in {len(text)} characters"])


def judged(tracks: Mapping[Track, str], whys: list[str]) -> Swiped:
    """What those tracks are; where there are none, why."""
    if any(_of_a_bank(track, data) for track, data in tracks.items()):
        return BankCard()
    return Swipe(tracks=tracks) if tracks else BadSwipe(why="; ".join(whys))


def check_character(track: Track, data: str) -> str:
    """The LRC of a track: even parity over each bit, sentinels included (ISO/IEC 7811-6, section 10.3)."""
    layout, bits = LAYOUTS[track], 0
    for char in f"{layout.start}{data}{END}":
        bits ^= ord(char) - layout.first
    return chr(layout.first + bits)


def _begun_by(char: str, before: Mapping[Track, str]) -> Track | None:
    if char == LAYOUTS[Track.ONE].start:
        return Track.ONE
    if char == LAYOUTS[Track.TWO].start:
        return Track.THREE if Track.TWO in before else Track.TWO
    return Track.THREE if char == _STARTS_THREE else None


def _track(track: Track, text: str, at: int) -> tuple[str | BadSwipe, int]:
    """What stands between the sentinels, and where to go on."""
    layout, begin = LAYOUTS[track], at
    if text[at : at + 2] == _ERROR + END:
        return _ERROR, at + 2
    while at < len(text) and text[at] in layout.alphabet:
        at += 1
    data = text[begin:at]
    if at == len(text):
        return BadSwipe(why=f"track {track} was cut off after {len(data)} characters"), at
    if text[at] != END:
        return BadSwipe(why=f"track {track} has a character that it cannot have"), at
    if len(data) > layout.data_max:
        return BadSwipe(why=f"track {track} has {len(data)} characters"), at
    return data, at + 1


def _of_a_bank(track: Track, data: str) -> bool:
    """By its number. A track 1 that says it is financial is believed, whatever its check digit."""
    number = data.partition(LAYOUTS[track].separator)[0]
    match track:
        case Track.ONE:
            financial = number.startswith(_FINANCIAL)
            return of_a_bank(
                number.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ").replace(" ", ""), checked=not financial
            )
        case Track.TWO:
            return of_a_bank(number)
        case Track.THREE:
            return of_a_bank(number) or of_a_bank(number[_FORMAT_CODE_DIGITS:])


class StripeDecoder:
    """Bytes of a reader in, swipes out, in any chunking.

    Args:
        lines: CR or LF ends a swipe. Else silence alone does, as where each track is a line of its own.
        lrc: behind each track comes its check character.
    """

    def __init__(self, *, lines: bool = True, lrc: bool = False) -> None:
        self._ends = frozenset({_CR, _LF}) if lines else frozenset()
        self._lines = lines
        self._lrc = lrc
        self._pending = bytearray()

    @property
    def waiting(self) -> bool:
        """A swipe has begun and not ended."""
        return bool(self._pending)

    def feed(self, data: bytes) -> list[Swiped]:
        found: list[Swiped] = []
        for byte in data:
            if byte in self._ends:
                if self._pending:
                    found.append(self._swipe())
            elif len(self._pending) <= SWIPE_CHARS_MAX:  # One more than allowed: enough to be refused.
                self._pending.append(byte)
        return found

    def silence(self) -> list[Swiped]:
        """Nothing came for a while: what has begun is over."""
        if not self._pending:
            return []
        if self._lines:
            size = len(self._pending)
            self._pending.clear()
            return [BadSwipe(why=f"the swipe was cut off after {size} characters")]
        return [self._swipe()]

    def _swipe(self) -> Swiped:
        text = self._pending.decode("latin-1")
        self._pending.clear()
        if len(text) > SWIPE_CHARS_MAX:
            return BadSwipe(why=f"a swipe longer than {SWIPE_CHARS_MAX} characters")
        return swiped(text, lrc=self._lrc)
