"""A contactless card's UID, as a PC/SC reader gives it (PC/SC part 3, section 3.2.2.1.3)."""

from __future__ import annotations

from typing import Final

GET_UID: Final = bytes.fromhex("FFCA000000")
"""GET DATA, all of the UID."""
OK: Final = b"\x90\x00"
_FAILED = b"\x63\x00"
_SIZES = {4, 7, 8, 10}
"""Single, double and triple size of ISO 14443-3; 8 of ISO 15693."""
_SINGLE = 4
_RANDOM, _CASCADE = 0x08, 0x88
"""First byte of a UID of single size (ISO 14443-3, section 6.5.4): random; more follows and was cut."""


def broken(answer: bytes) -> str:
    """Why this is no answer of the card; empty when it is one. A torn card answers less than a status."""
    if len(answer) < len(OK):
        return "the answer broke off"
    return "the card did not answer the reader" if answer == _FAILED else ""


def unusable(answer: bytes) -> str:
    """Why this answer says nothing about who that is; empty when its UID does."""
    uid, status = answer[: -len(OK)], answer[-len(OK) :]
    if status != OK:
        return f"asked for its UID it answered {status.hex()}"
    if len(uid) not in _SIZES:
        return f"a UID of {len(uid)} bytes"
    if len(uid) == _SINGLE and uid[0] == _RANDOM:
        return "a random UID, as telephones and passports show: it is another one next time"
    if len(uid) == _SINGLE and uid[0] == _CASCADE:
        return "a UID that the reader cut short"
    return ""


def uid_of(answer: bytes) -> str:
    """Upper-case hex, of an answer that is neither broken nor unusable."""
    return answer[: -len(OK)].hex().upper()
