"""What this machine and headquarters know each other by, in one file beside the ledger.

One file, so that a renewal or a power cut leaves all of it or what was there before: our TLS key, its
certificate, the authority that headquarters' certificate comes from, and the keys that headquarters signs
with. The site key stays where it was made; here is only a way to sign with it.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from terminal.core.directives import KeyUse
from terminal.core.site import Announced, believed
from terminal.core.values import SiteId, TerminalId, Value
from terminal.runtime.durable import put
from terminal.runtime.openssl import NO_CHECK_TIME

if TYPE_CHECKING:
    import ssl

Signer = Callable[[bytes], tuple[bytes, bytes]]
"""The site key's signature over a message (64 bytes), and the public half that checks it (32)."""


class Enrolment(Value, frozen=True, kw_only=True):
    """What enrolling brought, and what renewing replaces."""

    url: str
    merchant: str
    site: SiteId
    terminal: TerminalId
    certificate: str
    """PEM."""
    tls_key: str
    """PEM, of the key in `certificate`."""
    authority: str
    """PEM, one certificate or more."""
    since_ms: int
    until_ms: int
    """Of the certificate, by headquarters' clock."""
    box_key: bytes
    """X25519, private: what headquarters seals to this site opens with it."""
    hq_key: bytes
    """Ed25519: what headquarters signed with when we enrolled."""
    hq_box_key: bytes
    code_key: bytes
    """Ed25519: what headquarters signed member codes with then."""


class Unusable(Exception):
    """The file is there and cannot be used."""


class Credentials:
    """The file and what follows from it. When `changes` has grown, connections made before are old."""

    def __init__(
        self, path: Path, sign: Signer, announced: Callable[[], Sequence[Announced]] = lambda: ()
    ) -> None:
        """`announced`: what headquarters' directives say of its keys, as of now."""
        self._path = path
        self._sign = sign
        self._announced = announced
        self.changes = 0
        self.fault = ""
        """Why the file that is there cannot be used: then we are as one that was never enrolled."""
        self.kept: Enrolment | None = None
        try:
            self.kept = read(path)
        except Unusable as fault:
            self.fault = str(fault)

    @property
    def hq_keys(self) -> frozenset[bytes]:
        """Keys whose signature is headquarters'; directives add to them and take away."""
        return believed(self._announced(), KeyUse.HQ, {self.kept.hq_key} if self.kept else ())

    @property
    def code_keys(self) -> frozenset[bytes]:
        """Keys whose signature makes a member's code: headquarters', and our own."""
        theirs = believed(self._announced(), KeyUse.CODE, {self.kept.code_key} if self.kept else ())
        return theirs | {self.site_key()}

    def ended(self, hq_key: bytes) -> bool:
        """Whether headquarters said of that key of its own that it is no more."""
        return not believed(self._announced(), KeyUse.HQ, {hq_key}) & {hq_key}

    def keep(self, enrolment: Enrolment) -> None:
        """Durable when it returns."""
        put(self._path, msgspec.json.encode(enrolment))
        self.kept, self.fault = enrolment, ""
        self.changes += 1

    def signature(self, message: bytes) -> str:
        """As it stands in the header."""
        return b64encode(self._sign(message)[0]).decode()

    def site_key(self) -> bytes:
        return self._sign(b"")[1]

    def is_hqs(self, message: bytes, signature: str) -> bool:
        return any(signed_by(key, message, signature) for key in self.hq_keys)


def read(path: Path) -> Enrolment | None:
    """None: not enrolled. Raises Unusable."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Enrolment)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, UnicodeError) as fault:
        raise Unusable(f"{path}: {fault}") from fault


def signed_by(key: bytes, message: bytes, signature: str) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  after the readers live
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    try:
        Ed25519PublicKey.from_public_bytes(key).verify(b64decode(signature, validate=True), message)
    except (InvalidSignature, NotBase64, ValueError):
        return False
    return True


def tls_with(enrolment: Enrolment) -> ssl.SSLContext:
    """TLS 1.3 to headquarters and nobody else, with our certificate. Raises ssl.SSLError, OSError."""
    import os  # noqa: PLC0415
    import ssl  # noqa: PLC0415  after the readers live

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(cadata=enrolment.authority)
    # A clock that was never set must not keep us from the one place that would tell the time; the authority
    # is our own headquarters', and what it answers is signed and fresh.
    context.verify_flags |= ssl.VerifyFlags(NO_CHECK_TIME)
    # OpenSSL reads files only; key and certificate stay in the one file that is ours.
    descriptor = os.memfd_create("certificate")
    try:
        os.write(descriptor, (enrolment.tls_key + enrolment.certificate).encode())
        context.load_cert_chain(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)
    return context
