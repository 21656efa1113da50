"""A secure access module (SAM): a chip that keeps an issuer's master keys and works with a card's own one.

It diversifies inside itself and enciphers what it is given; no key comes out. What is said to it, published:

    AES-128       MANAGE SECURITY ENVIRONMENT: SET, confidentiality (ISO 7816-4, section 11.5.11), with the
                  key's reference (83) and, for one that is diversified, what it is diversified by (94); the
                  SAM diversifies by AN10922. Then PERFORM SECURITY OPERATION: ENCIPHER and DECIPHER (ISO
                  7816-8), in CBC mode with an initial vector of zeros and padding indicator 02, as cards of
                  the OpenPGP specification 3 do.
    triple DES    INIT_FOR_DESCRYPT and DES CRYPT of a PSAM (JR/T 0025): the key's usage and version, the
                  card's number that it is diversified by, then 8 bytes to encipher.

Session keys are CMACs by the card's key of whole blocks: they are made of what the SAM enciphers.
"""

from __future__ import annotations

import hmac
import re
from typing import Annotated, Final

from msgspec import Meta

from terminal.core.aes import BLOCK_BYTES, before_cmac, session_vectors
from terminal.core.chips import Judged, KeyUse, SunJudged, diversified_by
from terminal.core.errors import CardNotGenuine, UnknownCard
from terminal.core.sun import Proof, check_session, session_vector, told
from terminal.core.values import Value
from terminal.drivers.codecs.apdu import Conversation, asked

CHALLENGE_BYTES: Final = 8
"""Of a CPU card."""
_SELECT, _SET_KEY = bytes.fromhex("00A40400"), bytes.fromhex("0022C1B8")
_ENCIPHER, _DECIPHER = bytes.fromhex("002A8680"), bytes.fromhex("002A8086")
_REFERENCE, _BY = 0x83, 0x94
_UNPADDED = b"\x02"
_DES_FOR, _DES_OF = b"\x80\x1a", bytes.fromhex("80FA0000")
_TI_BYTES = 4
_DIGITS = 16
_APPLICATION: Final = {
    KeyUse.DESFIRE: re.compile(r"[0-9A-F]{6}"),
    KeyUse.SUN: re.compile(""),
    KeyUse.SUN_META: re.compile(""),
    KeyUse.CPU: re.compile(r"([0-9A-F]{2}){1,16}"),
}
_BY_SYSTEM: Final = frozenset({KeyUse.DESFIRE, KeyUse.SUN})


class Key(Value, frozen=True, kw_only=True):
    """`[[key]]`: one that lies in the SAM, and what for. Raises ValueError for one that cannot be."""

    use: KeyUse
    reference: Annotated[int, Meta(ge=0, le=255)]
    """Its number there; of a PSAM the version."""
    usage: Annotated[int, Meta(ge=0, le=255)] = 0x27
    """Of a PSAM, for `cpu`: what the key is for, 27 for encryption."""
    application: str = ""
    """AID of the DESFire application, or name of the CPU card's folder, in upper-case hex; else empty."""
    system: Annotated[str, Meta(pattern=r"^[ -~]{0,16}\Z")] = ""
    """The issuer's name for it, which the cards' keys are diversified by."""

    def __post_init__(self) -> None:
        form = _APPLICATION.get(self.use)
        if form is None:
            raise ValueError(f"a SAM is not asked for {self.use}; it is one of {', '.join(_APPLICATION)}")
        if not form.fullmatch(self.application):
            raise ValueError(f"no application of {self.use} is called so")
        if bool(self.system) != (self.use in _BY_SYSTEM):
            raise ValueError("a system is what keys for desfire and sun are diversified by, and no others")

    def by(self, uid: bytes) -> bytes:
        """What the key of the card with that UID is diversified by."""
        return diversified_by(uid, self.application, self.system)


class Proven(Value, frozen=True, kw_only=True):
    """What is said to a DESFire's challenge."""

    say: bytes
    rnd_b: bytes


def begins(application: str) -> Conversation[None]:
    """Selects the folder with the keys, where they are not in the first one. Raises CardTorn, UnknownCard."""
    if name := bytes.fromhex(application):
        yield from asked(_SELECT + _counted(name), "the application of its keys")


def proves(key: Key, uid: bytes, said: bytes, rnd_a: bytes) -> Conversation[Proven]:
    """`said`: what the card wants to have deciphered; `rnd_a`: 16 random bytes, never used again.

    Raises CardTorn, UnknownCard: the SAM does not do it.
    """
    yield from _set(key, key.by(uid))
    rnd_b = yield from _deciphered(said)
    return Proven(say=(yield from _enciphered(rnd_a + rnd_b[1:] + rnd_b[:1])), rnd_b=rnd_b)


def judges(key: Key, uid: bytes, said: bytes, rnd_a: bytes, rnd_b: bytes) -> Conversation[Judged]:
    """What the card answered to that, and the session keys. Raises CardTorn, UnknownCard: of the SAM."""
    yield from _set(key, key.by(uid))
    clear = yield from _deciphered(said)
    if not hmac.compare_digest(clear[_TI_BYTES : _TI_BYTES + BLOCK_BYTES], rnd_a[1:] + rnd_a[:1]):
        return Judged(genuine=False)
    zeros = yield from _enciphered(bytes(BLOCK_BYTES))
    enc, mac = session_vectors(rnd_a, rnd_b)
    enc = (yield from _enciphered(before_cmac(enc, zeros)))[-BLOCK_BYTES:]
    mac = (yield from _enciphered(before_cmac(mac, zeros)))[-BLOCK_BYTES:]
    return Judged(genuine=True, ti=clear[:_TI_BYTES], enc=enc, mac=mac)


def has_number(number: str) -> bool:
    """A PSAM diversifies by 16 decimal digits."""
    return number.isascii() and number.isdecimal() and len(number) == _DIGITS


def judges_cpu(key: Key, number: str, challenge: bytes, said: bytes) -> Conversation[Judged]:
    """What the CPU card of that number answered to a challenge. Raises CardTorn, UnknownCard: of the SAM."""
    head = _DES_FOR + bytes([key.usage, key.reference])
    yield from asked(head + _counted(bytes.fromhex(number)), f"key {key.reference}")
    right = yield from asked(_DES_OF + _counted(challenge) + bytes([CHALLENGE_BYTES]), "triple DES")
    if len(right) != CHALLENGE_BYTES:
        raise UnknownCard(f"triple DES: {len(right)} bytes")
    return Judged(genuine=hmac.compare_digest(right, said))


def judges_sun(meta: Key, own: Key, proof: Proof) -> Conversation[SunJudged | None]:
    """The URL of an NTAG 424 DNA. None: it is not of this issuer.

    Args:
        meta: opens UID and counter.
        own: makes the MAC.
        proof: what the URL says.

    Raises CardTorn, UnknownCard: the SAM does not do it.
    """
    yield from _set(meta, b"")
    clear = yield from _deciphered(proof.picc)
    try:
        uid, counter = told(clear)
    except CardNotGenuine:
        return None
    yield from _set(own, own.by(uid))
    zeros = yield from _enciphered(bytes(BLOCK_BYTES))
    session = yield from _enciphered(before_cmac(session_vector(uid, counter), zeros))
    try:
        check_session(proof, session)
    except CardNotGenuine:
        return SunJudged(genuine=False)
    return SunJudged(genuine=True, uid=uid, counter=counter)


def _set(key: Key, by: bytes) -> Conversation[None]:
    """From here on that key works, diversified where `by` is not empty."""
    told = bytes([_REFERENCE, 1, key.reference])
    if by:
        told += bytes([_BY]) + _counted(by)
    yield from asked(_SET_KEY + _counted(told), f"key {key.reference}")


def _enciphered(clear: bytes) -> Conversation[bytes]:
    answer = yield from asked(_ENCIPHER + _counted(clear) + b"\0", "enciphering")
    if len(answer) != 1 + len(clear) or answer[:1] != _UNPADDED:
        raise UnknownCard(f"enciphering: {len(answer)} bytes")
    return answer[1:]


def _deciphered(sealed: bytes) -> Conversation[bytes]:
    clear = yield from asked(_DECIPHER + _counted(_UNPADDED + sealed) + b"\0", "deciphering")
    if len(clear) != len(sealed):
        raise UnknownCard(f"deciphering: {len(clear)} bytes")
    return clear


def _counted(data: bytes) -> bytes:
    return bytes([len(data)]) + data
