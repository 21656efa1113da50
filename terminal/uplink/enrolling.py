"""Enrolling by a one-time code, and renewing the certificate that it brought.

What is made for it (a TLS key, a box key) is written down before it is sent: where the answer is lost, the
same code with the same keys gets it again.
"""

from __future__ import annotations

import asyncio
import hmac
import os
from base64 import b64decode, b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from terminal.core.values import SiteId, TerminalId, Value
from terminal.core.wire.enrol import (
    ENROL_PATH,
    Enrol,
    Enrolled,
    OneTimeCode,
    enrol_proof,
    read_code,
    token_about,
)
from terminal.core.wire.forms import ANSWER_BYTES_MAX, UNREADABLE
from terminal.core.wire.problem import Problem, ProblemCode
from terminal.core.wire.signing import SIGNATURE_HEADER, answer_signed, request_signed
from terminal.runtime.box import BoxSpoilt, box_public, opened
from terminal.runtime.durable import put
from terminal.uplink.credentials import Credentials, Enrolment, signed_by

if TYPE_CHECKING:
    import ssl

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

DEADLINE_S = 30.0
_OK = 200
_NONCE_BYTES = 12


class NotEnrolled(Exception):
    """It did not work; `str()` says why and what to do. `again`: the same code may do it later."""

    def __init__(self, why: str, *, again: bool = False) -> None:
        super().__init__(why)
        self.again = again


class TokenKeys(Protocol):
    """The key by which a site finds its members. All sites of a merchant have the same."""

    async def own(self) -> bytes | None:
        """Where members are found by it already."""
        ...

    async def adopt(self, key: bytes) -> None:
        """Durable when it returns; what was stored under another key is found as before."""
        ...


class Applicant(Value, frozen=True, kw_only=True):
    """Who wants to be enrolled."""

    merchant: str
    site: SiteId
    terminal: TerminalId
    instance: str


class _Made(Value, frozen=True, kw_only=True):
    """Kept until the answer is here."""

    code: str
    tls_key: str
    request: str
    box_key: bytes


class Enrolling:
    def __init__(
        self, applicant: Applicant, credentials: Credentials, token_keys: TokenKeys, made: Path
    ) -> None:
        """`made`: where keys are kept that were sent and not yet confirmed."""
        self._applicant = applicant
        self._credentials = credentials
        self._token_keys = token_keys
        self._made = made

    async def by(self, typed: str, url: str) -> Enrolment:
        """By that code, at that headquarters.

        Raises:
            NotEnrolled: why, in words for a technician.
        """
        try:
            code = read_code(typed)
        except ValueError as fault:
            raise NotEnrolled(str(fault)) from fault
        keys = await asyncio.to_thread(_made_for, code, self._made)
        body = msgspec.json.encode(self._question(code, keys, await self._token_keys.own()))
        signature = self._credentials.signature(request_signed(ENROL_PATH, body))
        answer, answer_signature = await _asked(url, body, signature)
        enrolled = _believed(code, body, answer, answer_signature)
        enrolment = _kept(url, keys, enrolled)
        here = (self._applicant.merchant, self._applicant.site, self._applicant.terminal)
        if (enrolment.merchant, enrolment.site, enrolment.terminal) != here:
            raise NotEnrolled("headquarters answered for another terminal")
        if self._credentials.ended(enrolment.hq_key):
            raise NotEnrolled("headquarters itself has told this terminal to believe that key no more")
        await self._token_keys.adopt(_token_key(keys, enrolled))
        await asyncio.to_thread(self._credentials.keep, enrolment)
        await asyncio.to_thread(self._made.unlink, missing_ok=True)
        return enrolment

    def _question(self, code: OneTimeCode, keys: _Made, token_key: bytes | None) -> Enrol:
        here = self._applicant
        question = Enrol(
            merchant=here.merchant,
            site=here.site,
            terminal=here.terminal,
            instance=here.instance,
            code=code.id,
            site_key=self._credentials.site_key().hex(),
            box_key=box_public(keys.box_key).hex(),
            request=keys.request,
            token_key="" if token_key is None else _sealed(token_key, code),
            mac="0" * 64,
        )
        return msgspec.structs.replace(question, mac=code.mac(enrol_proof(question)))


def _token_key(keys: _Made, enrolled: Enrolled) -> bytes:
    try:
        about = token_about(enrolled.merchant, enrolled.site)
        return opened(keys.box_key, b64decode(enrolled.token_key), about=about)
    except (BoxSpoilt, ValueError) as fault:
        raise NotEnrolled("the merchant's key in the answer does not open") from fault


def _sealed(token_key: bytes, code: OneTimeCode) -> str:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  after the readers live

    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(code.token_cipher()).encrypt(nonce, token_key, code.id.encode())
    return b64encode(nonce + sealed).decode()


async def _asked(url: str, body: bytes, signature: str) -> tuple[bytes, str]:
    """The answer and its signature. Nothing is known of whoever answers until that was checked."""
    import aiohttp  # noqa: PLC0415  after the readers live

    headers = {"Content-Type": "application/json", SIGNATURE_HEADER: signature}
    try:
        async with (
            asyncio.timeout(DEADLINE_S),
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), headers=headers) as session,
            session.post(
                url.rstrip("/") + ENROL_PATH, data=body, ssl=_anybody(), allow_redirects=False
            ) as answer,
        ):
            told = await answer.content.read(ANSWER_BYTES_MAX)
            if answer.status != _OK:
                raise _refused(answer.status, told)
            return told, answer.headers.get(SIGNATURE_HEADER, "")
    except TimeoutError as fault:
        raise NotEnrolled(f"{url}: no answer within {DEADLINE_S:g} s", again=True) from fault
    except (aiohttp.ClientError, OSError, ValueError) as fault:
        raise NotEnrolled(f"{url}: {type(fault).__name__}: {fault}"[:300], again=True) from fault


def _anybody() -> ssl.SSLContext:
    """No certificate can be checked before the authority is known; the code's print does it instead."""
    import ssl  # noqa: PLC0415

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


_REFUSALS = {
    ProblemCode.CODE: "the code is wrong, used, too old, or was made for another merchant, site or terminal: "
    "compare [terminal] with what headquarters has, or ask for a new code",
    ProblemCode.TOO_MANY: "too many attempts from here: wait a minute",
    ProblemCode.VERSION: "headquarters speaks another version: bring it up to date first",
}


def _refused(status: int, told: bytes) -> NotEnrolled:
    try:
        problem = msgspec.json.decode(told, type=Problem)
        code = ProblemCode(problem.code)
    except (*UNREADABLE, ValueError):
        return NotEnrolled(f"what answered is not headquarters (status {status})")
    why = _REFUSALS.get(code, f"headquarters answered {status} {code}")
    return NotEnrolled(why, again=code in {ProblemCode.TOO_MANY, ProblemCode.AWAY, ProblemCode.SLOW})


def _believed(code: OneTimeCode, question: bytes, answer: bytes, signature: str) -> Enrolled:
    try:
        enrolled = msgspec.json.decode(answer, type=Enrolled)
    except UNREADABLE as fault:
        raise NotEnrolled("what answered is not headquarters, or speaks another version") from fault
    key = bytes.fromhex(enrolled.hq_key)
    if not code.names(key) or not signed_by(key, answer_signed(ENROL_PATH, question, answer), signature):
        raise NotEnrolled("what answered is not the headquarters that made this code: do not use it there")
    return enrolled


def _kept(url: str, keys: _Made, enrolled: Enrolled) -> Enrolment:
    since_ms, until_ms = life_of(enrolled.certificate, keys.tls_key)
    return Enrolment(
        url=url,
        merchant=enrolled.merchant,
        site=enrolled.site,
        terminal=enrolled.terminal,
        certificate=enrolled.certificate,
        tls_key=keys.tls_key,
        authority=enrolled.authority,
        since_ms=since_ms,
        until_ms=until_ms,
        box_key=keys.box_key,
        hq_key=bytes.fromhex(enrolled.hq_key),
        hq_box_key=bytes.fromhex(enrolled.hq_box_key),
        code_key=bytes.fromhex(enrolled.code_key),
    )


def life_of(certificate: str, key: str) -> tuple[int, int]:
    """From and until when, in ms. Raises NotEnrolled where it is not the certificate of that key."""
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    try:
        read = x509.load_pem_x509_certificate(certificate.encode())
    except ValueError as fault:
        raise NotEnrolled("the certificate in the answer cannot be read") from fault
    if read.public_key() != load_pem_private_key(key.encode(), None).public_key():
        raise NotEnrolled("the certificate in the answer is not for our key")
    moments = (read.not_valid_before_utc, read.not_valid_after_utc)
    return int(moments[0].timestamp()) * 1000, int(moments[1].timestamp()) * 1000


def _made_for(code: OneTimeCode, path: Path) -> _Made:
    """The keys that were sent with this code before, or new ones, durable."""
    try:
        before = msgspec.json.decode(path.read_bytes(), type=_Made)
        if hmac.compare_digest(before.code, code.id):
            return before
    except (FileNotFoundError, *UNREADABLE):
        pass
    tls_key, request = new_request()
    fresh = _Made(code=code.id, tls_key=tls_key, request=request, box_key=os.urandom(32))
    put(path, msgspec.json.encode(fresh))
    return fresh


def new_request() -> tuple[str, str]:
    """A new P-256 key and a certificate signing request for it, both PEM."""
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, SHA256())
    return _pem(key), request.public_bytes(Encoding.PEM).decode()


def _pem(key: EllipticCurvePrivateKey) -> str:
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
