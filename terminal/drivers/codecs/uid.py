"""A contactless card's UID, as a PC/SC reader gives it (PC/SC part 3, section 3.2.2.1.3)."""

from __future__ import annotations

from typing import Final

from terminal.core.errors import CardSwapped, UnknownCard
from terminal.core.trust import Credential, Medium, Trust
from terminal.drivers.codecs.apdu import Conversation, asked

GET_UID: Final = bytes.fromhex("FFCA000000")
"""GET DATA, all of the UID."""
_SIZES = {4, 7, 8, 10}
"""Single, double and triple size of ISO 14443-3; 8 of ISO 15693."""
_SINGLE = 4
_RANDOM, _CASCADE = 0x08, 0x88
"""First byte of a UID of single size (ISO 14443-3, section 6.5.4): random; more follows and was cut."""


def uid() -> Conversation[bytes]:
    """Whole, or random. Raises CardTorn, UnknownCard."""
    return whole((yield from asked(GET_UID, "asked for its UID")))


def whole(found: bytes) -> bytes:
    """The same. Raises UnknownCard: no UID is so long, or it was cut."""
    if len(found) not in _SIZES:
        raise UnknownCard(f"a UID of {len(found)} bytes")
    if len(found) == _SINGLE and found[0] == _CASCADE:
        raise UnknownCard("a UID that the reader cut short")
    return found


def is_random(found: bytes) -> bool:
    """It is another one next time, and names nobody."""
    return len(found) == _SINGLE and found[0] == _RANDOM


def known_by(found: bytes, trust: Trust = Trust.OPEN) -> Credential:
    """Raises UnknownCard: by this UID nobody can be known."""
    if is_random(found):
        raise UnknownCard("a random UID, as telephones and passports show: it is another one next time")
    return Credential(medium=Medium.UID, number=found.hex().upper(), trust=trust)


def still(before: bytes) -> Conversation[None]:
    """After several commands: one card has answered all of them. Raises CardSwapped."""
    now = yield from asked(GET_UID, "asked for its UID again")
    if now != before:
        raise CardSwapped("two cards answered: one lies on the other")
