"""How a terminal joins: a one-time code becomes a certificate of its own (product.md E6).

The code is `ID-SECRET-PRINT`: its public number, a secret that never travels, and the beginning of the
SHA-256 of headquarters' public key. The request carries an HMAC under the secret instead of the secret, and
the answer must be signed by the key that the code names: neither side can be played by somebody in between,
though no certificate is known yet.
"""

from __future__ import annotations

import hmac
from base64 import b32decode, b32encode
from hashlib import sha256
from typing import Annotated

from msgspec import Meta

from terminal.core.called import code_parts
from terminal.core.values import Value
from terminal.core.wire.forms import FromSite, HexHash, Name, Site, Terminal

ENROL_PATH = "/v1/enrol"
RENEW_PATH = "/v1/renew"

ID_BYTES, SECRET_BYTES, PRINT_BYTES = 5, 15, 10
"""Of a code; in base32 8, 24 and 16 characters, without padding."""

CodeId = Annotated[str, Meta(pattern=r"^[A-Z2-7]{8}\Z")]

_Pem = Annotated[str, Meta(min_length=1, max_length=8192, pattern=r"^[\x20-\x7e\n]+\Z")]
_Sealed = Annotated[str, Meta(max_length=400, pattern=r"^[A-Za-z0-9+/]*={0,2}\Z")]


class Enrol(FromSite, frozen=True, kw_only=True):
    """`POST /v1/enrol`, without a client certificate. Signed by the site key it names."""

    terminal: Terminal
    code: CodeId
    """The code's public number."""
    site_key: HexHash
    """Ed25519 public key, made on this machine; its private half never leaves it."""
    box_key: HexHash
    """X25519 public key: what is sealed to this site is sealed to it."""
    request: _Pem
    """Certificate signing request (PKCS #10, RFC 2986), P-256."""
    token_key: _Sealed = ""
    """The site's own token key, only from a site that has members already: AES-256-GCM under `token_cipher`,
    nonce of 12 bytes before it, about `code`; base64."""
    mac: HexHash
    """HMAC-SHA-256 under the code's secret of `enrol_proof`."""


class Enrolled(Value, frozen=True, kw_only=True, tag="enrolled"):
    merchant: Name
    site: Site
    terminal: Terminal
    certificate: _Pem
    """The terminal's own."""
    authority: _Pem
    """To check headquarters' TLS certificate with; one certificate or more."""
    hq_key: HexHash
    """Ed25519; pinned from here on."""
    hq_box_key: HexHash
    """X25519: personal data is sealed to it."""
    code_key: HexHash
    """Ed25519; signs member codes."""
    token_key: _Sealed
    """The merchant's token key (32 bytes) in a box to `box_key`, about `token_about`; base64."""


class Renew(FromSite, frozen=True, kw_only=True):
    """`POST /v1/renew`, under the certificate that is still valid. Signed by the site key."""

    request: _Pem


class Renewed(Value, frozen=True, kw_only=True, tag="renewed"):
    certificate: _Pem
    authority: _Pem


class OneTimeCode(Value, frozen=True, kw_only=True):
    """What a person carries from headquarters to the terminal."""

    id: CodeId
    secret: bytes
    key_print: bytes

    def names(self, hq_key: bytes) -> bool:
        """Whether that is the public key of the headquarters that made the code."""
        return hmac.compare_digest(self.key_print, sha256(hq_key).digest()[:PRINT_BYTES])

    def mac(self, message: bytes) -> str:
        return hmac.digest(self.secret, message, sha256).hex()

    def token_cipher(self) -> bytes:
        """The key under which a site sends its token key."""
        return hmac.digest(self.secret, b"card-terminal token key 1\n", sha256)


def one_time_code(number: bytes, secret: bytes, hq_key: bytes) -> str:
    """The text that is printed once, for people to copy."""
    parts = (number, secret, sha256(hq_key).digest()[:PRINT_BYTES])
    return "-".join(b32encode(part).decode() for part in parts)


def read_code(text: str) -> OneTimeCode:
    """As somebody typed it: case, spaces and hyphens do not matter.

    Raises:
        ValueError: that is no code.
    """
    number, secret, key_print = code_parts(text)
    return OneTimeCode(id=number, secret=b32decode(secret), key_print=b32decode(key_print))


def enrol_proof(enrol: Enrol) -> bytes:
    """What the HMAC covers: who wants to be known by which keys."""
    said = (enrol.code, enrol.merchant, enrol.site, enrol.terminal, enrol.instance)
    keys = (enrol.site_key, enrol.box_key, enrol.request)
    return "\n".join(("card-terminal enrol 1", *said, *keys)).encode()


def token_about(merchant: str, site: str) -> bytes:
    """What the box of `Enrolled.token_key` is about."""
    return f"card-terminal token key 1\n{merchant}\n{site}".encode()
