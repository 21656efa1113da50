"""The ciphers that chips prove themselves with: AES-128 and CMAC (NIST SP 800-38B), triple DES of two keys.

`cryptography` is imported when the first of them is needed: a start without such cards does not wait for it.
"""

from __future__ import annotations

from typing import Final

BLOCK_BYTES: Final = 16
_BIT = 1
_BYTE = 0xFF
_SV1, _SV2 = bytes.fromhex("A55A00010080"), bytes.fromhex("5AA500010080")


def load() -> None:
    """Import what the others need, now and not at the first card."""
    cmac(bytes(BLOCK_BYTES), b"")
    encrypted_3des(bytes(BLOCK_BYTES), bytes(8))


def cmac(key: bytes, message: bytes) -> bytes:
    """16 bytes."""
    from cryptography.hazmat.primitives.ciphers.algorithms import AES  # noqa: PLC0415
    from cryptography.hazmat.primitives.cmac import CMAC  # noqa: PLC0415

    mac = CMAC(AES(key))
    mac.update(message)
    return mac.finalize()


def truncated(mac: bytes) -> bytes:
    """The 8 bytes of a CMAC that NXP's cards send: every second one (AN12196, section 5.3)."""
    return mac[_BIT::2]


def encrypted(key: bytes, clear: bytes, iv: bytes = bytes(BLOCK_BYTES)) -> bytes:
    """AES-128-CBC of whole blocks."""
    from cryptography.hazmat.primitives.ciphers import Cipher  # noqa: PLC0415
    from cryptography.hazmat.primitives.ciphers.algorithms import AES  # noqa: PLC0415
    from cryptography.hazmat.primitives.ciphers.modes import CBC  # noqa: PLC0415

    work = Cipher(AES(key), CBC(iv)).encryptor()
    return work.update(clear) + work.finalize()


def decrypted(key: bytes, sealed: bytes, iv: bytes = bytes(BLOCK_BYTES)) -> bytes:
    """Of whole blocks, without judging what comes out."""
    from cryptography.hazmat.primitives.ciphers import Cipher  # noqa: PLC0415
    from cryptography.hazmat.primitives.ciphers.algorithms import AES  # noqa: PLC0415
    from cryptography.hazmat.primitives.ciphers.modes import CBC  # noqa: PLC0415

    work = Cipher(AES(key), CBC(iv)).decryptor()
    return work.update(sealed) + work.finalize()


def encrypted_3des(key: bytes, clear: bytes) -> bytes:
    """Triple DES with a key of 16 bytes, block by block (as ISO 7816-4 cards of the FMCOS kind do)."""
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES  # noqa: PLC0415
    from cryptography.hazmat.primitives.ciphers import Cipher  # noqa: PLC0415
    from cryptography.hazmat.primitives.ciphers.modes import ECB  # noqa: PLC0415

    work = Cipher(TripleDES(key + key[:8]), ECB()).encryptor()  # noqa: S305  one random block: nothing repeats
    return work.update(clear) + work.finalize()


def session_keys(key: bytes, rnd_a: bytes, rnd_b: bytes) -> tuple[bytes, bytes]:
    """Of EV2 secure messaging, for encryption and for MACs (NXP AN12196, section 6.6)."""
    enc, mac = session_vectors(rnd_a, rnd_b)
    return cmac(key, enc), cmac(key, mac)


def session_vectors(rnd_a: bytes, rnd_b: bytes) -> tuple[bytes, bytes]:
    """SV1 and SV2, of two blocks each: the session keys are their CMACs by the card's key."""
    about = rnd_a[:2] + _mixed(rnd_a[2:8], rnd_b[:6]) + rnd_b[6:] + rnd_a[8:]
    return _SV1 + about, _SV2 + about


def before_cmac(message: bytes, zeros: bytes) -> bytes:
    """What whoever has the key enciphers in CBC mode, so that the last block is the message's CMAC.

    Args:
        message: of whole blocks, at least one.
        zeros: what the key makes of a block of zeros.
    """
    last = _mixed(message[-BLOCK_BYTES:], _doubled(zeros))
    return message[:-BLOCK_BYTES] + last


def diversified(master: bytes, about: bytes) -> bytes:
    """A card's own AES-128 key (NXP AN10922 rev. 2.0, section 2.2).

    Args:
        master: 16 bytes, of the issuer; never on a terminal.
        about: 1 to 31 bytes that no two cards share: UID, application, a name of the system.
    """
    if not 1 <= len(about) <= 2 * BLOCK_BYTES - 1:
        raise ValueError(f"{len(about)} bytes to diversify by")
    # Two blocks always: CMAC's own padding would leave a short input one, and AN10922 does not.
    return _cmac_of_two(master, b"\x01" + about)


def diversified_3des(master: bytes, number: str) -> bytes | None:
    """A card's own triple DES key of 16 bytes, from the issuer's (JR/T 0025, as FMCOS bureaus do it).

    The left half encrypts the number as 8 bytes of BCD, the right half its complement. None: it has not 16
    decimal digits, and a shorter or longer one would share its key with another.
    """
    if not (number.isascii() and number.isdecimal() and len(number) == BLOCK_BYTES):
        return None
    left = bytes.fromhex(number)
    right = bytes(byte ^ _BYTE for byte in left)
    return encrypted_3des(master, left) + encrypted_3des(master, right)


def _cmac_of_two(key: bytes, message: bytes) -> bytes:
    """CMAC of a message that is padded to two blocks, with the second subkey where it was padded."""
    whole = len(message) == 2 * BLOCK_BYTES
    first = _doubled(encrypted(key, bytes(BLOCK_BYTES)))
    subkey = first if whole else _doubled(first)
    padded = message if whole else (message + b"\x80").ljust(2 * BLOCK_BYTES, b"\0")
    last = _mixed(padded[BLOCK_BYTES:], subkey)
    return encrypted(key, padded[:BLOCK_BYTES] + last)[-BLOCK_BYTES:]


def _mixed(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _doubled(block: bytes) -> bytes:
    """Times x in GF(2^128) (NIST SP 800-38B, section 6.1)."""
    number = int.from_bytes(block, "big") << 1
    if number >> 128:
        number ^= (1 << 128) | 0x87
    return number.to_bytes(BLOCK_BYTES, "big")
