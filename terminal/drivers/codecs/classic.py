"""A number in a sector of a MIFARE Classic (PC/SC part 3, sections 3.2.2.1.4 to 3.2.2.1.8).

Its cipher was broken long ago: the number is `open`, whatever key was needed to read it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from terminal.core.chips import CardKeys, KeyUse
from terminal.core.errors import CardNotGenuine, CardTorn, UnknownCard
from terminal.core.trust import Credential, Medium
from terminal.core.values import Value
from terminal.drivers.codecs.apdu import NOT_FOUND, OK, Conversation, Spelling, heard, number_in, parts, read
from terminal.drivers.codecs.uid import known_by, still

_LOAD_KEY = bytes.fromhex("FF82000006")
"""Into the reader's volatile key number 0."""
_AUTHENTICATE = bytes.fromhex("FF860000050100")
_READ = bytes.fromhex("FFB000")
_KEY_A, _KEY_B = 0x60, 0x61
_BLOCK_BYTES = 16
_BLOCKS_SMALL, _SMALL_SECTORS = 4, 128
_BLOCKS_LARGE = 16


class Settings(Value, frozen=True, kw_only=True):
    """`classic`: where the number lies in a MIFARE Classic."""

    block: Annotated[int, Meta(ge=1, le=254)]
    """Counted from 0 over the whole card. Never the last block of a sector, which holds its keys."""
    start: Annotated[int, Meta(ge=0, le=15)] = 0
    length: Annotated[int, Meta(ge=1, le=16)] = 16
    spelling: Spelling = Spelling.TEXT
    key_type: Literal["a", "b"] = "a"

    def __post_init__(self) -> None:
        blocks = _BLOCKS_SMALL if self.block < _SMALL_SECTORS else _BLOCKS_LARGE
        if self.block % blocks == blocks - 1:
            raise ValueError(f"block {self.block} holds the keys of its sector")
        if self.start + self.length > _BLOCK_BYTES:
            raise ValueError(f"a block has {_BLOCK_BYTES} bytes")


def presented(uid: bytes, keys: CardKeys, settings: Settings) -> Conversation[Credential]:
    """By the number in its sector; by its UID where no key opens it.

    Raises CardTorn, UnknownCard, CardSwapped; CardNotGenuine: its own key does not open it.
    """
    own = keys.key(KeyUse.SECTOR, uid.hex().upper())
    key = own or keys.key(KeyUse.SECTOR, "")
    if key is None or not (yield from _opened(key, settings)):
        if own:
            yield from still(uid)  # One that was taken away fails too, and may come back.
            raise CardNotGenuine("its own key does not open its sector")
        return known_by(uid)
    head = _READ + bytes([settings.block])
    block = yield from read(head, _BLOCK_BYTES, f"block {settings.block}")
    yield from still(uid)
    data = block[settings.start : settings.start + settings.length]
    number = number_in(data, settings.spelling, f"block {settings.block}")
    return Credential(medium=Medium.SECTOR, number=number)


def _opened(key: bytes, settings: Settings) -> Conversation[bool]:
    """False: the key does not fit, or this card has no sectors."""
    _, status = heard((yield _LOAD_KEY + key))
    if status in NOT_FOUND:
        return False
    if status != OK:
        raise UnknownCard(f"the reader takes no key: it answered {status:04x}")
    kind = _KEY_A if settings.key_type == "a" else _KEY_B
    data, status = parts((yield _AUTHENTICATE + bytes([settings.block, kind, 0])))
    if data:
        raise CardTorn("the reader mixed up its answers")
    return status == OK
