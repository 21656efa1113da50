"""What a terminal says to a chip and what it hears (ISO 7816-4, PC/SC part 3), as a conversation.

A conversation yields command APDUs, is sent the answers, and returns what it found. It knows no reader,
thread or clock: whoever plays it carries bytes. What goes wrong is one of the faults of
`terminal.core.errors`, whose text is for the technician and holds no number of a card:

    CardTorn        the card left, or does not answer: it may be tried again
    UnknownCard     the card says nothing that names anybody
    CardNotGenuine  the card was asked to prove itself and did not
    CardSwapped     two cards answered
"""

from __future__ import annotations

from collections.abc import Generator
from enum import StrEnum
from typing import Final, TypeVar

from terminal.core.errors import CardTorn, UnknownCard

T = TypeVar("T")

Conversation = Generator[bytes, bytes, T]

OK: Final = 0x9000
NOT_FOUND: Final = frozenset({0x6A82, 0x6A86, 0x6D00, 0x6E00, 0x6A81})
"""No such application, file or instruction: this is another kind of card."""
_STATUS_BYTES = 2
_SILENT = 0x6300
"""PC/SC part 3: what a reader says when the card did not answer it."""
NUMBER_CHARS_MAX: Final = 64
_HEAD_BYTES = 5
_MORE, _OTHER_LENGTH = 0x61, 0x6C
_GET_RESPONSE = bytes.fromhex("00C00000")
_PARTS_MAX = 8


def parts(answer: bytes) -> tuple[bytes, int]:
    """Data and status. Raises CardTorn: it broke off."""
    if len(answer) < _STATUS_BYTES:
        raise CardTorn("the answer broke off")
    return answer[:-_STATUS_BYTES], int.from_bytes(answer[-_STATUS_BYTES:], "big")


def heard(answer: bytes) -> tuple[bytes, int]:
    """Data and status of what the card itself answered. Raises CardTorn: it did not."""
    data, status = parts(answer)
    if status == _SILENT:
        raise CardTorn("the card did not answer the reader")
    return data, status


def asked(command: bytes, what: str) -> Conversation[bytes]:
    """What the card answered, all being well. Raises CardTorn, or UnknownCard with what was asked."""
    data, status = heard((yield command))
    if status != OK:
        raise UnknownCard(f"{what}: it answered {status:04x}")
    return data


def read(head: bytes, size: int, what: str) -> Conversation[bytes]:
    """Exactly so many bytes, by a command that ends with how many it wants."""
    data = yield from asked(head + bytes([size]), what)
    if len(data) != size:
        raise UnknownCard(f"{what}: {len(data)} bytes instead of {size}")
    return data


class Spelling(StrEnum):
    """How a shop wrote its number into a chip."""

    TEXT = "text"
    """ASCII, filled up with NUL, space or FF."""
    HEX = "hex"
    """Every half byte is a digit, BCD included; FF fills up."""


def over_t0(command: bytes) -> Conversation[bytes]:
    """One command by the protocol T=0, which cannot say both what it carries and what it wants back.

    ISO 7816-3 section 12.2: 61xx is fetched with GET RESPONSE, 6Cxx asked again with that length.
    """
    carries = len(command) > _HEAD_BYTES
    if carries and len(command) == _HEAD_BYTES + command[4] + 1:
        command = command[:-1]
    answer = yield command
    if not carries and len(answer) == _STATUS_BYTES and answer[0] == _OTHER_LENGTH:
        answer = yield command[:4] + answer[1:]
    whole = bytearray()
    for _ in range(_PARTS_MAX):
        if len(answer) < _STATUS_BYTES or answer[-2] != _MORE:
            break
        whole += answer[:-_STATUS_BYTES]
        answer = yield _GET_RESPONSE + answer[-1:]
    return bytes(whole) + answer


def by_t0(talk: Conversation[T]) -> Conversation[T]:
    """The same conversation where every command goes by T=0."""
    try:
        command = next(talk)
        while True:
            answer = yield from over_t0(command)
            command = talk.send(answer)
    except StopIteration as done:
        found: T = done.value
        return found
    finally:
        talk.close()


def number_in(data: bytes, spelling: Spelling, where: str) -> str:
    """The number as it is stored and compared. Raises UnknownCard: there is none."""
    filled = data.rstrip(b"\xff")
    if spelling is Spelling.HEX:
        if not filled.strip(b"\0"):
            raise UnknownCard(f"{where}: no number was written there")
        return filled.hex().upper()
    return text_number(filled.split(b"\0", 1)[0].strip(b" ").decode("ascii", "replace"), where)


def text_number(text: str, where: str) -> str:
    """A number that people can compare. Raises UnknownCard: there is none."""
    if not text:
        raise UnknownCard(f"{where}: no number was written there")
    if not (text.isascii() and text.isprintable()) or " " in text or len(text) > NUMBER_CHARS_MAX:
        raise UnknownCard(f"{where}: what was written there is no number")
    return text
