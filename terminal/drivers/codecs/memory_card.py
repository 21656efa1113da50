"""A number in an SLE4442 or SLE4428 with contacts, through the pseudo-APDUs of common readers.

SELECT CARD TYPE and READ MEMORY CARD as in the reference manuals of ACS (ACR38, ACR39, "Memory card"), which
others have taken over. Its memory can be read and copied by anybody: the number is `open`.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from terminal.core.trust import Credential, Medium
from terminal.core.values import Value
from terminal.drivers.codecs.apdu import Conversation, Spelling, asked, number_in, read
from terminal.drivers.codecs.atr import Chip

_SELECT = bytes.fromhex("FFA4000001")
_TYPES = {Chip.SLE4442: 0x06, Chip.SLE4428: 0x05}
_READ = bytes.fromhex("FFB0")


class Settings(Value, frozen=True, kw_only=True):
    """`memory`: where the number lies."""

    address: Annotated[int, Meta(ge=0, le=1023)]
    length: Annotated[int, Meta(ge=1, le=32)]
    spelling: Spelling = Spelling.TEXT


def presented(chip: Chip, settings: Settings) -> Conversation[Credential]:
    """By its number. Raises CardTorn, UnknownCard."""
    yield from asked(_SELECT + bytes([_TYPES[chip]]), "selected as a memory card")
    head = _READ + settings.address.to_bytes(2, "big")
    data = yield from read(head, settings.length, f"address {settings.address}")
    number = number_in(data, settings.spelling, f"address {settings.address}")
    return Credential(medium=Medium.MEMORY, number=number)
