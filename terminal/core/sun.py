"""What an NTAG 424 DNA proves with its URL: UID and counter, encrypted, and a MAC (NXP AN12196, 3.3, 3.4)."""

from __future__ import annotations

import hmac
from typing import Final

from terminal.core.aes import cmac, decrypted, truncated
from terminal.core.errors import CardNotGenuine
from terminal.core.values import Value

MAC_BYTES: Final = 8
_UID_AND_COUNTER, _UID_BYTES, _COUNTER_BYTES = 0xC7, 7, 3
"""PICCDataTag: both are mirrored, and the UID has 7 bytes (AN12196, table 2)."""
_SV2 = bytes.fromhex("3CC300010080")
"""What the key of the MAC is diversified by, for the channel to the back end (AN12196, section 3.3)."""


class Proof(Value, frozen=True, kw_only=True):
    """What a URL says, before it is believed."""

    picc: bytes
    """16 bytes."""
    mac: bytes
    over: bytes
    """What the MAC is over beside UID and counter."""


def opened(proof: Proof, meta_key: bytes) -> tuple[bytes, int]:
    """UID and counter, as they stand there. Raises CardNotGenuine: this key does not open them."""
    return told(decrypted(meta_key, proof.picc))


def told(clear: bytes) -> tuple[bytes, int]:
    """The same, where somebody else has deciphered them."""
    if clear[0] != _UID_AND_COUNTER:
        raise CardNotGenuine("the key of the shop does not open its UID and counter")
    return clear[1 : 1 + _UID_BYTES], int.from_bytes(clear[8 : 8 + _COUNTER_BYTES], "little")


def check(proof: Proof, key: bytes, uid: bytes, counter: int) -> None:
    """Raises CardNotGenuine: the card that made this URL has not that key."""
    check_session(proof, cmac(key, session_vector(uid, counter)))


def session_vector(uid: bytes, counter: int) -> bytes:
    """One block, whose CMAC by the card's key is the key of this URL's MAC."""
    return _SV2 + uid + counter.to_bytes(_COUNTER_BYTES, "little")


def check_session(proof: Proof, session: bytes) -> None:
    """The same as `check`, where somebody else has made the key of this URL's MAC."""
    if not hmac.compare_digest(truncated(cmac(session, proof.over)), proof.mac):
        raise CardNotGenuine("the MAC of its URL is wrong")
