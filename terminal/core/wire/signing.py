"""What exactly is signed (Ed25519, RFC 8032). Pure: who signs and who checks bring the keys.

Signatures travel beside the body, in the header `CT-Signature`, so that what is signed are the bytes that
were sent, and no spelling of JSON has to be agreed on. Bodies are signed by their SHA-256: Ed25519 reads what
it signs twice, which for a full PUSH would cost the terminal more than everything else. An answer's signature
covers the question it answers: an answer that was true an hour ago cannot be played again.
"""

from __future__ import annotations

from hashlib import sha256

UNSIGNED = frozenset({"/v1/ask", "/v1/blob"})
"""Calls that go without, both ways. An ASK moves nothing that a signed answer to FEED does not direct, and
must be quick; the bytes of a BLOB are named by their hash in what was signed."""

SIGNATURE_HEADER = "CT-Signature"
"""Base64 (RFC 4648 section 4) of the 64 bytes."""


def request_signed(path: str, body: bytes) -> bytes:
    """What the site key signs of a request: its path, and the SHA-256 of its body."""
    return b"card-terminal request 1\n" + path.encode() + b"\n" + sha256(body).digest()


def answer_signed(path: str, question: bytes, answer: bytes) -> bytes:
    """What the hq key signs of an answer: path, SHA-256 of the question's body, SHA-256 of its own."""
    digests = sha256(question).digest() + sha256(answer).digest()
    return b"card-terminal answer 1\n" + path.encode() + b"\n" + digests
