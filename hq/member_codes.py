"""Signed codes of members: printed ones, and those that a phone shows for a minute (`core.member_codes`).

Nothing is looked up: whether such a member exists, the terminal that reads the code knows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from terminal.core.member_codes import NONCE_BYTES, Claim, Once, body_of, signed_message, text_of

_MS = 1000


class CodeKey(Protocol):
    def sign_code(self, message: bytes) -> bytes: ...


def printed(key: CodeKey, merchant: str, number: str) -> str:
    """A static code. Raises ValueError: no member's code has that number."""
    return _signed(key, merchant, Claim(number=number))


def shown(key: CodeKey, merchant: str, number: str, *, now_ms: int, random: Callable[[int], bytes]) -> str:
    """A dynamic code, from now on for a minute and a single time. Raises ValueError."""
    once = Once(nonce=random(NONCE_BYTES), issued_s=now_ms // _MS)
    return _signed(key, merchant, Claim(number=number, once=once))


def shown_by_phone(
    key: CodeKey, merchant: str, phone: bytes, *, now_ms: int, random: Callable[[int], bytes]
) -> str:
    """The same of whoever is known by a phone with that token. Raises ValueError."""
    once = Once(nonce=random(NONCE_BYTES), issued_s=now_ms // _MS)
    return _signed(key, merchant, Claim(phone=phone, once=once))


def _signed(key: CodeKey, merchant: str, claim: Claim) -> str:
    body = body_of(claim)
    return text_of(body, key.sign_code(signed_message(merchant, body)))
