"""A certificate authority of our own (X.509, RFC 5280): P-256, signed as RFC 6979 says.

Headquarters has one, and a terminal for its handhelds. It vouches for two things only: machines of ours, as
TLS clients, and itself, as a TLS server. What a certificate may be used for stands in it, so that no client
can pose as the server with its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from terminal.core.values import SiteId, TerminalId, Value
from terminal.runtime.durable import put

HEADQUARTERS = "card-terminal headquarters"
"""What its authority is called, in certificates."""

AUTHORITY_FILE = "authority.pem"
AUTHORITY_LIFE = timedelta(days=30 * 365)
SERVER_LIFE = timedelta(days=90)
EARLIER = timedelta(days=1)
"""Certificates begin so much before they are made: clocks differ."""
_SUBJECT_BYTES_MAX = 64
"""Of a common name (RFC 5280 appendix A.1)."""


class BadRequest(Exception):
    """That is no certificate signing request of a terminal."""


class Identity(Value, frozen=True, kw_only=True):
    """Whom a client's certificate names."""

    merchant: str
    site: SiteId
    terminal: TerminalId


class Issued(Value, frozen=True, kw_only=True):
    serial: str
    """Lower-case hex without leading zeros."""
    pem: str
    since_ms: int
    until_ms: int


class Authority:
    def __init__(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        self._key = key
        self._certificate = certificate
        self.pem = certificate.public_bytes(Encoding.PEM).decode()

    def client(self, request: str, named: Identity, *, serial: int, now_ms: int, life: timedelta) -> Issued:
        """A certificate for the key of `request`; whatever else the request wishes for is passed over.

        Raises:
            BadRequest: it cannot be read, is not signed by its key, or its key is not P-256.
        """
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, named.merchant),
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, named.site),
                x509.NameAttribute(NameOID.COMMON_NAME, named.terminal),
            ]
        )
        now = _moment(now_ms)
        made = (
            self._for(_key_of(request), subject, serial, now, now + life)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=True)
            .sign(self._key, SHA256(), ecdsa_deterministic=True)
        )
        return Issued(
            serial=f"{serial:x}",
            pem=made.public_bytes(Encoding.PEM).decode(),
            since_ms=_ms(made.not_valid_before_utc),
            until_ms=_ms(made.not_valid_after_utc),
        )

    def server(
        self, names: Sequence[str], *, serial: int, now_ms: int, called: str = "headquarters"
    ) -> tuple[bytes, datetime]:
        """A new key and its certificate for those names and addresses, as PEM; and when it ends."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, called)])
        now = _moment(now_ms)
        made = (
            self._for(key.public_key(), subject, serial, now, now + SERVER_LIFE)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=True)
            .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
            .sign(self._key, SHA256(), ecdsa_deterministic=True)
        )
        return key_pem(key) + made.public_bytes(Encoding.PEM), made.not_valid_after_utc

    def _for(
        self, key: ec.EllipticCurvePublicKey, subject: x509.Name, serial: int, now: datetime, until: datetime
    ) -> x509.CertificateBuilder:
        issuer = self._certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        usage = _usage(digital_signature=True)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._certificate.subject)
            .public_key(key)
            .serial_number(serial)
            .not_valid_before(now - EARLIER)
            .not_valid_after(min(until, self._certificate.not_valid_after_utc))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer), critical=False
            )
        )


def kept_authority(folder: Path, *, serial: int, now_ms: int, called: str = HEADQUARTERS) -> Authority:
    """`authority.key` and `authority.pem` of the folder; what is missing is made, with that serial number.

    Raises:
        ValueError: something there is no such key, or not its certificate.
        OSError: the folder cannot be read or written.
    """
    key_path, path = folder / "authority.key", folder / AUTHORITY_FILE
    if not key_path.exists():
        put(key_path, key_pem(ec.generate_private_key(ec.SECP256R1())))
    key = load_pem_private_key(key_path.read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{key_path}: not a P-256 key")  # noqa: TRY004  a file's fault, not the program's
    if not path.exists():
        put(path, made_authority(key, serial=serial, now_ms=now_ms, called=called))
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    if certificate.public_key() != key.public_key():
        raise ValueError(f"{path}: not the certificate of {key_path.name}")
    return Authority(key, certificate)


def made_authority(
    key: ec.EllipticCurvePrivateKey, *, serial: int, now_ms: int, called: str = HEADQUARTERS
) -> bytes:
    """The authority's own certificate, as PEM."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, called)])
    now = _moment(now_ms)
    usage = _usage(key_cert_sign=True)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(now - EARLIER)
        .not_valid_after(now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256(), ecdsa_deterministic=True)
    )
    return made.public_bytes(Encoding.PEM)


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def request_key(request: str) -> bytes:
    """The public key of a request, DER: two requests of one machine have the same. Raises BadRequest."""
    from cryptography.hazmat.primitives.serialization import PublicFormat  # noqa: PLC0415

    return _key_of(request).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def fits_subject(name: str) -> bool:
    return 0 < len(name.encode()) <= _SUBJECT_BYTES_MAX


def _key_of(request: str) -> ec.EllipticCurvePublicKey:
    try:
        read = x509.load_pem_x509_csr(request.encode())
        key = read.public_key()
        signed = read.is_signature_valid
    except (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature) as fault:
        raise BadRequest("the certificate signing request cannot be read") from fault
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise BadRequest("the key of the certificate signing request is not P-256")
    if not signed:
        raise BadRequest("the certificate signing request is not signed by its own key")
    return key


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*, digital_signature: bool = False, key_cert_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _moment(ms: int) -> datetime:
    """Certificates know whole seconds."""
    return datetime.fromtimestamp(ms // 1000, UTC)


def _ms(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000
