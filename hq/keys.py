"""What headquarters is known by: made at the first start, in files that only it may read.

They lie beside the database and not in it: a copy of the database opens nothing and signs nothing, and a
restored one brings no old key back.

    hq.key          Ed25519; signs answers, pinned by every terminal
    code.key        Ed25519; signs member codes
    box.key         X25519; what is sealed to headquarters is sealed to it
    enrol.key       32 random bytes; one-time codes are made from it and stored nowhere
    authority.key   P-256; signs certificates
    authority.pem   the authority's own certificate
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from hq.authority import Authority, key_pem, made_authority
from terminal.core.wire.enrol import SECRET_BYTES
from terminal.runtime.box import box_public, opened
from terminal.runtime.durable import put, read_or_make

_KEY_BYTES = 32


class KeysUnusable(Exception):
    """A key's file is not what it should be; `str()` says which."""


class Keys:
    """All of them, in memory."""

    def __init__(self, *, hq: bytes, code: bytes, box: bytes, enrol: bytes, authority: Authority) -> None:
        """32 bytes each."""
        self._hq = Ed25519PrivateKey.from_private_bytes(hq)
        self._box = box
        self._enrol = enrol
        self.authority = authority
        self.hq_key = self._hq.public_key().public_bytes_raw()
        self.code_key = Ed25519PrivateKey.from_private_bytes(code).public_key().public_bytes_raw()
        self.box_key = box_public(box)

    def sign(self, message: bytes) -> bytes:
        return self._hq.sign(message)

    def opened(self, box: bytes, about: bytes) -> bytes:
        """Raises BoxSpoilt."""
        return opened(self._box, box, about=about)

    def secret_of(self, *about: str) -> bytes:
        """Of a one-time code. Whoever has the database alone cannot tell it."""
        message = "\n".join(("card-terminal one-time code 1", *about)).encode()
        return hmac.digest(self._enrol, message, sha256)[:SECRET_BYTES]


def keys_in(folder: Path, *, serial: int, now_ms: int) -> Keys:
    """Those of the folder; what is missing is made, its authority with that serial number.

    Raises:
        KeysUnusable: something there is no such key.
        OSError: the folder cannot be read or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return Keys(
            hq=read_or_make(folder / "hq.key", _KEY_BYTES),
            code=read_or_make(folder / "code.key", _KEY_BYTES),
            box=read_or_make(folder / "box.key", _KEY_BYTES),
            enrol=read_or_make(folder / "enrol.key", _KEY_BYTES),
            authority=_authority(folder, serial, now_ms),
        )
    except ValueError as fault:
        raise KeysUnusable(str(fault)) from fault


def _authority(folder: Path, serial: int, now_ms: int) -> Authority:
    key_path, path = folder / "authority.key", folder / "authority.pem"
    if not key_path.exists():
        put(key_path, key_pem(ec.generate_private_key(ec.SECP256R1())))
    key = load_pem_private_key(key_path.read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise KeysUnusable(f"{key_path}: not a P-256 key")
    if not path.exists():
        put(path, made_authority(key, serial=serial, now_ms=now_ms))
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    if certificate.public_key() != key.public_key():
        raise KeysUnusable(f"{path}: not the certificate of {key_path.name}")
    return Authority(key, certificate)
