"""Codes that say by a signature whose they are: shown on a phone for a minute, or printed once and for all.

`MS-` and base32 (RFC 4648 section 6, without padding: a QR code holds it as alphanumeric, and a scanner that
plays a keyboard types it in any layout) of body and signature. The body is

    01 number                          a static code
    02 issued (5) nonce (8) number     a dynamic one; seconds since 1970, big endian
    03 issued (5) nonce (8) token (32) the same of a phone page

where `number` is the member's code without its `MC-`, and `token` that of the member's phone
(`wire.people.token_of`): whoever serves the page knows no number, and every site that knows the phone knows
its token. What is signed (Ed25519, RFC 8032) names the merchant, so that a code of another merchant of the
same headquarters is none here.
"""

from __future__ import annotations

import re
from base64 import b32decode, b32encode
from collections.abc import Iterable
from typing import Final

from terminal.core.errors import BadScan, CodeExpired, CodeNotGenuine
from terminal.core.trust import Credential, Medium, Trust
from terminal.core.values import Value

LIFE_S: Final = 60
UNSURE_MS_MAX: Final = 5_000
"""A clock that may be off by more makes no code hold longer."""
NONCE_BYTES: Final = 8
TOKEN_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
PREFIX: Final = "MS-"
MEMBER: Final = re.compile(r"MC-([0-9A-Z]{6,32})", re.ASCII)

_MEMBER_PREFIX: Final = "MC-"
_SPELT = re.compile(r"MS-[A-Z2-7]{8,200}", re.ASCII)
_STATIC, _DYNAMIC, _OF_PHONE = b"\x01", b"\x02", b"\x03"
_ISSUED_BYTES = 5
_GROUP = 8
_MS = 1_000


class Once(Value, frozen=True, kw_only=True):
    """A dynamic code counts a single time."""

    nonce: bytes
    issued_s: int


class Claim(Value, frozen=True, kw_only=True):
    """What a code says, before it is believed."""

    number: str = ""
    """`MC-...`; empty: it names a phone."""
    once: Once | None = None
    """None: it is static."""
    phone: bytes = b""
    """Token of the phone by which the member is known; never of a static one."""

    def __repr__(self) -> str:
        """Without the number."""
        return f"Claim({'dynamic' if self.once else 'static'})"

    __str__ = __repr__


class SignedCode(Value, frozen=True, kw_only=True):
    claim: Claim
    body: bytes
    signature: bytes

    def __repr__(self) -> str:
        """Without anything that could be shown again."""
        return f"SignedCode({self.claim})"

    __str__ = __repr__


def body_of(claim: Claim) -> bytes:
    """Raises ValueError: no member's code has that number, or no phone that token."""
    if claim.phone:
        return _of_phone(claim)
    found = MEMBER.fullmatch(claim.number)
    if not found:
        raise ValueError("a member's code is MC- and 6 to 32 of 0-9 and A-Z")
    number = found[1].encode("ascii")
    if claim.once is None:
        return _STATIC + number
    return _DYNAMIC + _fresh(claim.once) + number


def _of_phone(claim: Claim) -> bytes:
    if claim.once is None or claim.number or len(claim.phone) != TOKEN_BYTES:
        raise ValueError(f"a phone's code is dynamic, and names a token of {TOKEN_BYTES} bytes alone")
    return _OF_PHONE + _fresh(claim.once) + claim.phone


def _fresh(once: Once) -> bytes:
    if len(once.nonce) != NONCE_BYTES:
        raise ValueError(f"a nonce has {NONCE_BYTES} bytes")
    return once.issued_s.to_bytes(_ISSUED_BYTES, "big") + once.nonce


def signed_message(merchant: str, body: bytes) -> bytes:
    """What exactly is signed."""
    return b"card-terminal member code 1\n" + merchant.encode() + b"\n" + body


def text_of(body: bytes, signature: bytes) -> str:
    return PREFIX + b32encode(body + signature).decode("ascii").rstrip("=")


def parsed(text: str) -> SignedCode:
    """Raises BadScan: it is no such code, in its only spelling."""
    if not _SPELT.fullmatch(text):
        raise BadScan(f"no signed code: {len(text)} characters")
    spelt = text.removeprefix(PREFIX)
    try:
        whole = b32decode(spelt + "=" * (-len(spelt) % _GROUP))
    except ValueError:
        raise BadScan("a signed code that is no base32") from None
    body, signature = whole[:-SIGNATURE_BYTES], whole[-SIGNATURE_BYTES:]
    claim = _claim(body)
    if claim is None or text_of(body, signature) != text:
        raise BadScan("a signed code with a body that is none")
    return SignedCode(claim=claim, body=body, signature=signature)


def _claim(body: bytes) -> Claim | None:
    once, rest = None, body[1:]
    if body[:1] in {_DYNAMIC, _OF_PHONE}:
        issued, nonce = rest[:_ISSUED_BYTES], rest[_ISSUED_BYTES : _ISSUED_BYTES + NONCE_BYTES]
        once = Once(nonce=nonce, issued_s=int.from_bytes(issued, "big"))
        rest = rest[_ISSUED_BYTES + NONCE_BYTES :]
    elif body[:1] != _STATIC:
        return None
    if body[:1] == _OF_PHONE:
        return Claim(once=once, phone=rest) if len(rest) == TOKEN_BYTES else None
    number = _MEMBER_PREFIX + rest.decode("latin-1")
    return Claim(number=number, once=once) if MEMBER.fullmatch(number) else None


def credential_of(
    code: SignedCode, merchant: str, keys: Iterable[bytes], *, now_ms: int, unsure_ms: int | None
) -> Credential:
    """Whose it is, and how far that is believed; a nonce is still to be looked up.

    `signed` for a static code. `secure` for a dynamic one by a clock that is believed; by another nobody can
    say how old it is, and it is `open`.

    Args:
        code: as it was scanned.
        merchant: for whom it must be signed.
        keys: Ed25519, 32 bytes each.
        now_ms: since 1970, by our clock.
        unsure_ms: so far that clock says that it may be off: so much longer, and earlier, a code holds. None:
            nobody vouches for it.

    Raises:
        CodeNotGenuine: none of these keys (Ed25519, 32 bytes) signed it for this merchant.
        CodeExpired: it was made more than `LIFE_S` ago, or is of a time to come.
    """
    message = signed_message(merchant, code.body)
    if not any(_signed_by(key, message, code.signature) for key in keys):
        raise CodeNotGenuine("no key that is believed here signed it")
    once, trust = code.claim.once, Trust.SIGNED
    if once is not None:
        trust = Trust.OPEN if unsure_ms is None else Trust.SECURE
        age_ms = now_ms - once.issued_s * _MS
        if unsure_ms is not None and not _lives(age_ms, min(unsure_ms, UNSURE_MS_MAX)):
            raise CodeExpired(f"made {age_ms / _MS:.3f} s ago, by a clock that may be off by {unsure_ms} ms")
    if code.claim.phone:
        return Credential(medium=Medium.SHOWN, number=code.claim.phone.hex(), trust=trust)
    return Credential(medium=Medium.CODE, number=code.claim.number, trust=trust)


def _lives(age_ms: int, unsure_ms: int) -> bool:
    return -unsure_ms <= age_ms <= LIFE_S * _MS + unsure_ms


def _signed_by(key: bytes, message: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  a start does not wait for it
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
