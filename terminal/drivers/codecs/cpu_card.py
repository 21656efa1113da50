"""A card with a processor and a file system (ISO 7816-4), as Chinese shops have from FMCOS makers.

Its number stands in a file. The key with which it authenticates itself is diversified by that number, so the
proof is the number's own. Triple DES of 16 bytes over a challenge of 8, as the FMCOS manuals have it.
"""

from __future__ import annotations

import hmac
from typing import Annotated

from msgspec import Meta

from terminal.core.aes import encrypted_3des
from terminal.core.chips import CardKeys, CardProver, KeyUse
from terminal.core.errors import CardNotGenuine, UnknownCard
from terminal.core.trust import Credential, Medium, Trust
from terminal.core.values import Value
from terminal.drivers.codecs.apdu import (
    NOT_FOUND,
    OK,
    Conversation,
    Spelling,
    asked,
    heard,
    number_in,
    read,
)

CHALLENGE_BYTES = 8
_SHORT_FILE = 0x80
"""P1 of READ BINARY: the file is named by its short identifier (ISO 7816-4, section 11.2.3)."""


class Settings(Value, frozen=True, kw_only=True):
    """`cpu`: where the number lies, and which keys there are."""

    application: Annotated[str, Meta(pattern="^([0-9A-Fa-f]{2}){1,16}$")]
    """Name of the application's folder (DF) in hex."""
    file: Annotated[int, Meta(ge=1, le=30)]
    """Short identifier of the file with the number."""
    start: Annotated[int, Meta(ge=0, le=255)] = 0
    length: Annotated[int, Meta(ge=1, le=32)]
    spelling: Spelling = Spelling.TEXT
    internal_key: Annotated[int, Meta(ge=0, le=255)] = 0
    """Identifier of the key by which the card proves itself."""
    external_key: Annotated[int, Meta(ge=0, le=255)] | None = None
    """Identifier of the key by which we prove ourselves, where the number may not be read without."""


def presented(
    keys: CardKeys, prover: CardProver, challenge: bytes, settings: Settings
) -> Conversation[Credential | None]:
    """By its number, `secure`; `open` where neither this site nor headquarters can ask it for a proof now.

    None: it is no such card.

    `challenge`: 8 random bytes, never used again.

    Raises CardTorn, UnknownCard; CardNotGenuine: somebody has its key, and it has not got it.
    """
    name = bytes.fromhex(settings.application)
    _, status = heard((yield b"\x00\xa4\x04\x00" + bytes([len(name)]) + name))
    if status in NOT_FOUND:
        return None
    if status != OK:
        raise UnknownCard(f"its application: it answered {status:04x}")
    if settings.external_key is not None:
        yield from _let_in(keys, settings.external_key)
    head = bytes([0x00, 0xB0, _SHORT_FILE | settings.file, settings.start])
    where = f"file {settings.file}"
    number = number_in((yield from read(head, settings.length, where)), settings.spelling, where)
    key = keys.key(KeyUse.CPU, number)
    if key is None:
        trust = yield from _relayed(prover, number, settings)
        return Credential(medium=Medium.CPU, number=number, trust=trust)
    answer = yield from _proof(settings.internal_key, challenge)
    if not hmac.compare_digest(answer, encrypted_3des(key, challenge)):
        raise CardNotGenuine("it did not prove that it has the key of this site")
    return Credential(medium=Medium.CPU, number=number, trust=Trust.SECURE)


def _relayed(prover: CardProver, number: str, settings: Settings) -> Conversation[Trust]:
    """The challenge is headquarters', and so is the judgement."""
    begun = prover.begin_cpu(settings.application.upper(), number)
    if begun is None:
        return Trust.OPEN
    judged = prover.finish(begun.state, (yield from _proof(settings.internal_key, begun.say)))
    if judged is None:
        return Trust.OPEN
    if not judged.genuine:
        raise CardNotGenuine("it did not prove that it has its key")
    return Trust.SECURE


def _proof(identifier: int, challenge: bytes) -> Conversation[bytes]:
    """INTERNAL AUTHENTICATE. 8 bytes."""
    command = bytes([0x00, 0x88, 0x00, identifier, CHALLENGE_BYTES]) + challenge + bytes([CHALLENGE_BYTES])
    answer, status = heard((yield command))
    if status != OK:
        raise CardNotGenuine(f"asked to prove itself it answered {status:04x}")
    if len(answer) != CHALLENGE_BYTES:
        raise CardNotGenuine(f"asked to prove itself it answered {len(answer)} bytes")
    return answer


def _let_in(keys: CardKeys, identifier: int) -> Conversation[None]:
    """GET CHALLENGE, EXTERNAL AUTHENTICATE: once. A card counts wrong keys and locks itself."""
    key = keys.key(KeyUse.CPU_READ, "")
    if key is None:
        raise UnknownCard("its number may not be read, and this site has not the key for it")
    challenge = yield from read(b"\x00\x84\x00\x00", CHALLENGE_BYTES, "its challenge")
    proof = encrypted_3des(key, challenge)
    yield from asked(bytes([0x00, 0x82, 0x00, identifier, CHALLENGE_BYTES]) + proof, "shown the shop's key")
