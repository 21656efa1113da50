"""Which handhelds may be a till: certificates of this terminal's own authority, each a file while it counts.

authority.key, authority.pem    P-256; vouches for handhelds and for this terminal to them
NAME.FINGERPRINT                the certificate of a handheld; who takes the file away refuses it
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from terminal.core.values import SiteId, TerminalId, Value
from terminal.runtime.authority import AUTHORITY_FILE, Authority, Identity, kept_authority
from terminal.runtime.durable import give_to_owner, put, sync_folder

LIFE: Final = timedelta(days=2 * 365)
HANDHELDS_MAX: Final = 32
_MS_PER_S: Final = 1_000
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)
_KEPT: Final = re.compile(rf"({_NAME.pattern})\.([0-9a-f]{{64}})", re.ASCII)


class NotEnrolled(Exception):
    """`str()` says why."""


class Made(Value, frozen=True, kw_only=True):
    """What goes to the handheld."""

    p12: bytes
    """PKCS 12 (RFC 7292): its key, its certificate, and that of the authority, under the passphrase."""
    fingerprint: str
    """SHA-256 of its certificate, hex."""
    authority: str
    """SHA-256 of the authority's certificate, by which the handheld knows this terminal; hex."""
    until_ms: int


class Handhelds:
    """All of it waits for the disk: to be called away from the event loop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def has_authority(self) -> bool:
        return (self._folder / AUTHORITY_FILE).is_file()

    def authority(self, *, serial: int, now_ms: int) -> Authority:
        """Made at the first call. Raises ValueError or OSError."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        give_to_owner(self._folder)  # And so all that is put in it.
        return kept_authority(self._folder, serial=serial, now_ms=now_ms, called="card-terminal handhelds")

    def enrol(self, name: str, site: SiteId, passphrase: str, *, serial: int, now_ms: int) -> Made:
        """Makes a key and lets it in. The key stands in the answer alone.

        Raises:
            NotEnrolled: that is no name, or it is taken, or there are too many.
            ValueError, OSError: the folder cannot be used.
        """
        if not _NAME.fullmatch(name):
            raise NotEnrolled("a name has 1 to 32 of A-Z, a-z, 0-9, _ and -")
        lasting = {known for known, until_ms in self.until().items() if until_ms > now_ms}
        if name in lasting:
            raise NotEnrolled(f"there is a handheld {name}: revoke it first")
        if len(lasting) >= HANDHELDS_MAX:
            raise NotEnrolled(f"there are {HANDHELDS_MAX} already: revoke one first")
        self.revoke(name)  # One that has ended, which nobody lets in any more.
        authority = self.authority(serial=serial, now_ms=now_ms)
        key = ec.generate_private_key(ec.SECP256R1())
        request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, SHA256())
        issued = authority.client(
            request.public_bytes(Encoding.PEM).decode(),
            Identity(merchant="handheld", site=site, terminal=TerminalId(name)),
            serial=serial + 1,
            now_ms=now_ms,
            life=LIFE,
        )
        certificate = x509.load_pem_x509_certificate(issued.pem.encode())
        above = x509.load_pem_x509_certificate(authority.pem.encode())
        fingerprint = certificate.fingerprint(SHA256()).hex()
        path = self._folder / f"{name}.{fingerprint}"
        put(path, issued.pem.encode())
        sealing = BestAvailableEncryption(passphrase.encode())
        return Made(
            p12=serialize_key_and_certificates(name.encode(), key, certificate, [above], sealing),
            fingerprint=fingerprint,
            authority=above.fingerprint(SHA256()).hex(),
            until_ms=issued.until_ms,
        )

    def enrolled(self) -> dict[str, str]:
        """Names by fingerprint. Raises OSError."""
        try:
            found = sorted(path.name for path in self._folder.iterdir())
        except FileNotFoundError:
            return {}
        return {kept[2]: kept[1] for one in found if (kept := _KEPT.fullmatch(one))}

    def until(self) -> dict[str, int]:
        """When each certificate ends, in ms of the machine's clock, by name. Raises OSError."""
        ends = dict[str, int]()
        for fingerprint, name in self.enrolled().items():
            ends[name] = 0  # Of what is no certificate, which lets nobody in.
            with suppress(ValueError, FileNotFoundError):
                pem = (self._folder / f"{name}.{fingerprint}").read_bytes()
                after = x509.load_pem_x509_certificate(pem).not_valid_after_utc
                ends[name] = int(after.timestamp()) * _MS_PER_S
        return ends

    def revoke(self, name: str) -> bool:
        """Durable when it returns. False: there is none of that name. Raises OSError."""
        gone = [fingerprint for fingerprint, known in self.enrolled().items() if known == name]
        for fingerprint in gone:
            (self._folder / f"{name}.{fingerprint}").unlink()
        if gone:
            sync_folder(self._folder)
        return bool(gone)


def beside(ledger: Path) -> Handhelds:
    """Of the terminal that keeps this ledger."""
    return Handhelds(ledger.with_suffix(".handhelds"))


def fingerprint_of(certificate: bytes) -> str:
    """`certificate`: DER."""
    return sha256(certificate).hexdigest()
