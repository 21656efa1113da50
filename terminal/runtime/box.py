"""Boxes that only one side opens: personal data on its way, keys that a site is given.

X25519 (RFC 7748) with a fresh key for every box, HKDF-SHA-256 (RFC 5869), AES-256-GCM (NIST SP 800-38D):

    box  = fresh public key (32 bytes) || ciphertext || tag (16 bytes)
    key  = HKDF(X25519(fresh private, public), no salt, info)
    info = "card-terminal box 1", a line feed, the fresh public key, the public key

The nonce is twelve zero bytes: no key seals twice. `about` is authenticated and not sent.
"""

from __future__ import annotations

_KEY_BYTES = 32
_NONCE = bytes(12)
_INFO = b"card-terminal box 1\n"


class BoxSpoilt(Exception):
    """It was changed, belongs to something else, or is not sealed to this key."""


def box_public(private: bytes) -> bytes:
    """The public half (32 bytes) of a private X25519 key (32 random bytes)."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey  # noqa: PLC0415  slow to import

    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def sealed_to(public: bytes, clear: bytes, *, about: bytes, fresh: bytes) -> bytes:
    """`fresh`: 32 random bytes of the caller, never used again. Raises ValueError for a key that is none."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    sender = box_public(fresh)
    return sender + AESGCM(_key(fresh, public, sender, public)).encrypt(_NONCE, clear, about)


def opened(private: bytes, box: bytes, *, about: bytes) -> bytes:
    """Raises BoxSpoilt."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    sender, sealed = box[:_KEY_BYTES], box[_KEY_BYTES:]
    try:
        key = _key(private, sender, sender, box_public(private))
        return AESGCM(key).decrypt(_NONCE, sealed, about)
    except (InvalidTag, ValueError) as fault:
        raise BoxSpoilt("a box does not open") from fault


def _key(private: bytes, public: bytes, sender: bytes, receiver: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.x25519 import (  # noqa: PLC0415
        X25519PrivateKey,
        X25519PublicKey,
    )
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415

    shared = X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(public))
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=_INFO + sender + receiver).derive(shared)
