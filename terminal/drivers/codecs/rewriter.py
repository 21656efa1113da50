"""What a Star TCP300 hears and says: a rewriter of visual cards (Programmer's Manual TCP300, TCP300II).

A command is STX, its code, data, ETX and the XOR of all from the code to ETX. It is answered by ACK, NAK
(send it again) or DLE (refused), and when it has been done by a response of the same form, with a status
behind the code, which we acknowledge likewise (sections 3-1, 3-4, 3-5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from functools import reduce
from operator import xor
from types import MappingProxyType
from typing import Final

from terminal.core.values import Value

STX, ETX, ACK, NAK, DLE = 0x02, 0x03, 0x06, 0x15, 0x10
DATA_BYTES_MAX: Final = 1024
NORMAL: Final = 0x20
DISCHARGED: Final = b"1"
"""What a printing command ends with: the card comes out and waits to be taken."""
_LF = b"\n"


class Code(IntEnum):
    """Section 3-9."""

    CLEAR = 0x40
    """The buffer that characters are drawn in."""
    TEXT = 0x41
    ERASE_AND_PRINT = 0x46
    """Waits for a card where none is there."""
    CLEAR_ALL = 0x49
    CANCEL_WAIT = 0x54
    STATUS = 0x59
    RESET = 0x5F


WORDS: Final[Mapping[int, str]] = MappingProxyType(
    {
        0x22: "no card",
        0x23: "inserted the wrong way round, or another error",
        0x38: "card jam",
        0x40: "cover open",
        0x41: "invalid command",
        0x42: "cam motor",
        0x43: "erase head temperature",
        0x45: "EEPROM",
        0x51: "more than fits onto a card",
    }
)
"""Of the status list (section 3-9), what these commands can end with."""


class Answer(Value, frozen=True, kw_only=True):
    code: int
    status: int
    data: bytes = b""

    @property
    def trouble(self) -> str:
        """Empty: it was done."""
        if self.status == NORMAL:
            return ""
        return WORDS.get(self.status, "an error") + f" ({self.status:02x})"


class Sign(IntEnum):
    ACK = ACK
    NAK = NAK
    DLE = DLE


class BadBlock(Value, frozen=True, kw_only=True):
    why: str


Said = Answer | Sign | BadBlock
_SIGNS = frozenset(Sign)
_ANSWER_BYTES_MIN = 2


def block(code: int, data: bytes = b"") -> bytes:
    """Raises ValueError: more than it takes at once, or an end of text in it."""
    if len(data) > DATA_BYTES_MAX or ETX in data:
        raise ValueError(f"{len(data)} bytes that cannot be sent in one command")
    body = bytes([code]) + data + bytes([ETX])
    return bytes([STX]) + body + bytes([reduce(xor, body)])


class BlockDecoder:
    """Bytes of the device in, what it says out, in any chunking."""

    def __init__(self) -> None:
        self._body: bytearray | None = None
        self._ended = False

    @property
    def waiting(self) -> bool:
        """A response has begun and not ended."""
        return self._body is not None

    def feed(self, data: bytes) -> list[Said]:
        found: list[Said] = []
        for byte in data:
            if self._body is None:
                if byte == STX:
                    self._body, self._ended = bytearray(), False
                elif byte in _SIGNS:
                    found.append(Sign(byte))
            elif self._ended:
                found.append(_answer(bytes(self._body), byte))
                self._body = None
            else:
                self._body.append(byte)
                self._ended = byte == ETX
                if len(self._body) > DATA_BYTES_MAX:
                    found.append(BadBlock(why=f"no end within {DATA_BYTES_MAX} bytes"))
                    self._body = None
        return found

    def silence(self) -> list[Said]:
        """Nothing came for a while: what has begun will not end."""
        if self._body is None:
            return []
        size, self._body = len(self._body), None
        return [BadBlock(why=f"cut off after {size} bytes")]


def _answer(body: bytes, check: int) -> Answer | BadBlock:
    if reduce(xor, body) != check:
        return BadBlock(why="the check character does not fit")
    clear = body[:-1]
    if len(clear) < _ANSWER_BYTES_MIN:
        return BadBlock(why=f"a response of {len(clear)} bytes")
    return Answer(code=clear[0], status=clear[1], data=clear[2:])


def text_data(lines: Sequence[str], charset: str) -> bytes:
    """Data of `Code.TEXT`: the lines of a face, legible already. What does not fit into it is left out.

    A space goes first: digits and a comma at the beginning would say where on the card it stands. No control
    character is in it whatever the lines hold, so that none of them is a command.
    """
    data = b""
    for line in lines:
        shown = "".join(char if char.isprintable() else "?" for char in line)
        part = b" " + shown.encode(charset, "replace") + _LF
        if len(data) + len(part) > DATA_BYTES_MAX:
            break
        data += part
    return data


def at_rest(answer: Answer) -> str:
    """What the sensors say (command 59h): `ready`, or in words what is wrong."""
    if answer.trouble:
        return answer.trouble
    inlet, *_ = answer.data[:1] or b"0"
    if answer.data[4:5] == b"1":
        return "cover open"
    return "a card waits to be taken" if inlet == ord("2") else "ready"
