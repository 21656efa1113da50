"""What a scanned text means: a closed grammar. Scanned text is never a path, a URL or a command.

A scanner may put a symbology identifier in front (ISO/IEC 15424). GS1's own say that elements follow, and so
does FNC1, which scanners hand over as GS.
"""

from __future__ import annotations

import re

from terminal.core.errors import BadPhone, BadPlate, BadScan
from terminal.core.gs1 import SEPARATOR, Elements, article_number, checks, elements_in
from terminal.core.labels import long_label
from terminal.core.member_codes import MEMBER, PREFIX, SignedCode, parsed
from terminal.core.trust import Credential, Medium
from terminal.core.values import StaffId, TerminalId, Value

SCAN_CHARS_MAX = 256

_SYMBOLOGY = re.compile(r"\][A-Za-z][0-9A-Za-z]", re.ASCII)
_GS1_SYMBOLOGIES = frozenset({"]C1", "]e0", "]d2", "]Q3", "]J1"})
"""GS1-128, DataBar, GS1 DataMatrix, GS1 QR Code, GS1 DotCode (General Specifications, section 5.1.2)."""
_TRADE_ITEM = re.compile(r"01(\d{14})", re.ASCII)
"""How nearly all element strings begin: told without identifier or GS, because its check digit fits too."""
_BADGE = re.compile(r"ST-\d{4,8}", re.ASCII)
_JOIN = re.compile(
    r"1\d{10}|JOIN:(?P<phone>1\d{10})(?::(?P<plate>(?:[0-9A-Z]|\.[0-9A-F]{4}){0,8})(?::(?P<badge>ST-\d{4,8}))?)?",
    re.ASCII,
)
_FAR = re.compile(r"\.([0-9A-F]{4})", re.ASCII)
"""A character of a plate that no keyboard of a scanner has, by its number in Unicode."""
_COUPON = re.compile(r"CP-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.ASCII | re.IGNORECASE)
_CAMPAIGN = re.compile(r"CK-([0-9A-Z]{4,20})", re.ASCII)
_PHONE = re.compile(r"1\d{10}", re.ASCII)
_NUMBERED = r"([A-Za-z0-9_.-]{1,64})-(\d{1,9})-(\d{1,12})"
_RECEIPT = re.compile(_NUMBERED + r"-([0-9A-Fa-f]{8})", re.ASCII)
_WITHOUT_MARK = re.compile(_NUMBERED, re.ASCII)


class ArticleCode(Value, frozen=True, kw_only=True):
    """EAN-8, UPC-A, EAN-13 or GTIN-14, bare or in an element string."""

    code: str
    """As `gs1.article_number` spells it, or the 18 digits of a scale's label."""
    elements: Elements | None = None
    """What the label says beside it."""


class BadgeCode(Value, frozen=True, kw_only=True):
    staff: StaffId


class MemberCode(Value, frozen=True, kw_only=True):
    """Printed without a signature: anybody can copy or invent one."""

    credential: Credential


class ReceiptNumber(Value, frozen=True, kw_only=True):
    """As it stands on a receipt, in print and as QR code: `T1-1-17-9F3A01BC`."""

    terminal: TerminalId
    epoch: int
    number: int
    mark: str = ""
    """Eight hex digits of its entry's hash; empty: nobody keyed them."""


class CouponCode(Value, frozen=True, kw_only=True):
    """One coupon, as its member's phone or slip shows it: whoever has the code has the coupon."""

    coupon: str


class CampaignCode(Value, frozen=True, kw_only=True):
    """What a poster or a slip shows: of everybody the same."""

    code: str


class JoinCode(Value, frozen=True, kw_only=True):
    """A driver's phone number as their phone shows it, and what else they keyed there."""

    phone: str
    plate: str = ""
    won_by: StaffId | None = None
    """The badge by whose code they came, as they say."""

    def __repr__(self) -> str:
        """Without what is personal."""
        return "JoinCode(...)"

    __str__ = __repr__


Scanned = (
    ArticleCode | BadgeCode | MemberCode | SignedCode | CouponCode | CampaignCode | JoinCode | ReceiptNumber
)


def scanned(text: str) -> Scanned:
    """Raises `BadScan` for everything outside the grammar, control characters above all."""
    if len(text) > SCAN_CHARS_MAX:
        raise BadScan(f"{len(text)} characters")
    if not text.replace(SEPARATOR, "").isprintable() or not text:
        raise BadScan("empty or with control characters")
    symbology = _symbology(text)
    text = text.removeprefix(symbology)
    if symbology in _GS1_SYMBOLOGIES or text.startswith(SEPARATOR) or _trade_item(text):
        return _labelled(text)
    if _BADGE.fullmatch(text):
        return BadgeCode(staff=StaffId(text))
    if text.startswith(PREFIX):
        return parsed(text)
    if MEMBER.fullmatch(text):
        return MemberCode(credential=Credential(medium=Medium.CODE, number=text))
    if found := _JOIN.fullmatch(text):
        return _joins(text, found)
    return _printed(text)


def _joins(text: str, found: re.Match[str]) -> JoinCode:
    """Raises BadScan: no plate of any car."""
    from terminal.core.particulars import plate as number_plate  # noqa: PLC0415  where one was keyed at all

    spelled = _FAR.sub(lambda far: chr(int(far[1], 16)), found["plate"] or "")
    try:
        plate = number_plate(spelled) if spelled else ""
    except BadPlate as bad:
        raise BadScan(f"a plate of {bad}") from bad
    badge = found["badge"]
    return JoinCode(phone=found["phone"] or text, plate=plate, won_by=StaffId(badge) if badge else None)


def bare(text: str) -> str:
    """Without a symbology identifier."""
    return text.removeprefix(_symbology(text))


def _symbology(text: str) -> str:
    return found.group() if (found := _SYMBOLOGY.match(text)) else ""


def _printed(text: str) -> ArticleCode | CouponCode | CampaignCode | ReceiptNumber:
    if found := _COUPON.fullmatch(text):
        return CouponCode(coupon=found.group(1).lower())
    if found := _CAMPAIGN.fullmatch(text):
        return CampaignCode(code=found.group(1))
    if number := article_number(text) or long_label(text):
        return ArticleCode(code=number)
    receipt = receipt_number(text)
    if receipt is None or not receipt.mark:
        raise BadScan(f"no known code: {len(text)} characters")
    return receipt


def _trade_item(text: str) -> bool:
    found = _TRADE_ITEM.match(text)
    return bool(found and checks(found.group(1)))


def _labelled(text: str) -> ArticleCode:
    elements = elements_in(text)
    if elements.article is None:
        raise BadScan("a label without a trade item")
    return ArticleCode(code=elements.article, elements=elements)


def spoken(receipt_no: str) -> str:
    """`T1-1-17` of `T1-1-17-9F3A01BC`: what people name and key; empty where it is no number."""
    number = receipt_number(receipt_no)
    return f"{number.terminal}-{number.epoch}-{number.number}" if number else ""


def receipt_number(text: str) -> ReceiptNumber | None:
    """As it was keyed, with or without its last eight digits; None: it is none."""
    keyed = text.strip()  # The digits of a mark may look like those of a number: it is the mark first.
    found = _RECEIPT.fullmatch(keyed) or _WITHOUT_MARK.fullmatch(keyed)
    if found is None:
        return None
    terminal, epoch, number, *mark = found.groups()
    return ReceiptNumber(
        terminal=TerminalId(terminal), epoch=int(epoch), number=int(number), mark="".join(mark).upper()
    )


def phone(text: str) -> Credential:
    """A mobile number as it was keyed; spaces and hyphens between its digits do not matter.

    It identifies a member and never pays. Raises `BadPhone`.
    """
    digits = text.strip().replace(" ", "").replace("-", "")
    if not _PHONE.fullmatch(digits):
        raise BadPhone(f"not a phone number: {len(text)} characters")
    return Credential(medium=Medium.PHONE, number=digits)
