"""What a scanned text means: a closed grammar. Scanned text is never a path, a URL or a command."""

from __future__ import annotations

import re

from terminal.core.errors import BadPhone, BadScan
from terminal.core.trust import Credential, Medium
from terminal.core.values import StaffId, Value

SCAN_CHARS_MAX = 256

_ARTICLE = re.compile(r"\d{8}|\d{12,14}", re.ASCII)
_BADGE = re.compile(r"ST-\d{4,8}", re.ASCII)
_MEMBER = re.compile(r"MC-[0-9A-Z]{6,32}", re.ASCII)
_JOIN = re.compile(r"(?:JOIN:)?(1\d{10})", re.ASCII)
_PHONE = re.compile(r"1\d{10}", re.ASCII)


class ArticleCode(Value, frozen=True, kw_only=True):
    """EAN-8, UPC-A, EAN-13 or GTIN-14 (GS1 General Specifications, section 5.2)."""

    code: str


class BadgeCode(Value, frozen=True, kw_only=True):
    staff: StaffId


class MemberCode(Value, frozen=True, kw_only=True):
    credential: Credential


class JoinCode(Value, frozen=True, kw_only=True):
    """A driver's phone number as their phone shows it."""

    phone: str

    def __repr__(self) -> str:
        """Without the number."""
        return "JoinCode(...)"

    __str__ = __repr__


Scanned = ArticleCode | BadgeCode | MemberCode | JoinCode


def scanned(text: str) -> Scanned:
    """Raises `BadScan` for everything outside the grammar, control characters above all."""
    if len(text) > SCAN_CHARS_MAX:
        raise BadScan(f"{len(text)} characters")
    if not text.isprintable() or not text:
        raise BadScan("empty or with control characters")
    if _BADGE.fullmatch(text):
        return BadgeCode(staff=StaffId(text))
    if _MEMBER.fullmatch(text):
        return MemberCode(credential=Credential(medium=Medium.CODE, number=text))
    if found := _JOIN.fullmatch(text):
        return JoinCode(phone=found.group(1))
    if _ARTICLE.fullmatch(text):
        return ArticleCode(code=text)
    raise BadScan(f"no known code: {len(text)} characters")


def phone(text: str) -> Credential:
    """A mobile number as it was keyed; spaces and hyphens between its digits do not matter.

    It identifies a member and never pays. Raises `BadPhone`.
    """
    digits = text.strip().replace(" ", "").replace("-", "")
    if not _PHONE.fullmatch(digits):
        raise BadPhone(f"not a phone number: {len(text)} characters")
    return Credential(medium=Medium.PHONE, number=digits)
