"""How a terminal joins: a one-time code becomes a certificate of its own (product.md E6).

The code is `ID-SECRET-PRINT`: its public number, a secret that never travels, and the beginning of the
SHA-256 of headquarters' public key. The request carries an HMAC under the secret instead of the secret, and
the answer must be signed by the key that the code names: neither side can be played by somebody in between,
though no certificate is known yet.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from terminal.core.values import Value
from terminal.core.wire.forms import HexHash, Name, Site, Terminal

ENROL_PATH = "/v1/enrol"
RENEW_PATH = "/v1/renew"

_Pem = Annotated[str, Meta(min_length=1, max_length=8192, pattern=r"^[\x20-\x7e\n]+\Z")]


class Enrol(Value, frozen=True, kw_only=True):
    """`POST /v1/enrol`, without a client certificate. Signed by the site key it names."""

    code: Annotated[str, Meta(pattern=r"^[A-Z2-7]{8}\Z")]
    """The code's public number."""
    instance: Name
    site_key: HexHash
    """Ed25519 public key, made on this machine; its private half never leaves it."""
    box_key: HexHash
    """X25519 public key: what is sealed to this site is sealed to it."""
    request: _Pem
    """Certificate signing request (PKCS #10, RFC 2986), P-256."""
    token_key: str = ""
    """The site's own token key, sealed to nobody yet known: sent only by a site that has members already,
    encrypted under the code's secret (base64)."""
    mac: HexHash
    """HMAC-SHA-256 under the code's secret of `enrol_proof`."""


class Enrolled(Value, frozen=True, kw_only=True, tag="enrolled"):
    merchant: Name
    site: Site
    terminal: Terminal
    certificate: _Pem
    """The terminal's own, then that of headquarters' authority."""
    authority: _Pem
    """To check headquarters' TLS certificate with."""
    hq_key: HexHash
    """Ed25519; pinned from here on."""
    hq_box_key: HexHash
    """X25519: personal data is sealed to it."""
    code_key: HexHash
    """Ed25519; signs member codes."""
    token_key: str
    """The merchant's token key (32 bytes), sealed to `box_key`, base64."""


class Renew(Value, frozen=True, kw_only=True):
    """`POST /v1/renew`, under the certificate that is still valid. Signed by the site key."""

    merchant: Name
    site: Site
    instance: Name
    request: _Pem


class Renewed(Value, frozen=True, kw_only=True, tag="renewed"):
    certificate: _Pem
    authority: _Pem


def enrol_proof(code: str, instance: str, site_key: str, box_key: str, request: str) -> bytes:
    """What the HMAC covers."""
    return f"card-terminal enrol 1\n{code}\n{instance}\n{site_key}\n{box_key}\n{request}".encode()
