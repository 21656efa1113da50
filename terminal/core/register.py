"""Members as people keep them in tables: one row a member, columns named in any of our languages.

Cells are personal data: what is said of a refused one never quotes it, but for what a spreadsheet made of a
number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from terminal.core import codes, particulars
from terminal.core.cells import BadCell, BadHead, check_no_truth, check_whole, clean, quoted, shown
from terminal.core.commands import Consent, Private
from terminal.core.errors import Refused
from terminal.core.particulars import HEALTH, Calendar, Document, Particular
from terminal.core.ranks import BY_CUSTOM
from terminal.core.shape import did_you_mean
from terminal.core.trust import Credential
from terminal.core.values import Value

ROWS_MAX = 1_000_000
"""Below the head."""


class Column(StrEnum):
    """By its English head."""

    PHONE = "phone"
    NAME = "name"
    BIRTHDAY = "birthday"
    CARD = "card"
    TIER = "tier"
    PLATE = "plate"
    VEHICLE = "vehicle"
    DOCUMENT = "document"
    HAIR = "hair"
    TASTE = "taste"
    ROOM = "room"
    SKIN = "skin"
    ALLERGY = "allergy"
    TAGS = "tags"
    STYLIST = "stylist"
    MARKETING = "marketing"
    PARTNERS = "partners"
    HEALTH = "health"


_HEADS: Mapping[Column, tuple[str, ...]] = {
    Column.PHONE: (
        *("手机号", "手機號", "手机号码", "手機號碼", "手机", "手機", "电话", "電話", "电话号码", "電話號碼"),
        *("联系电话", "聯繫電話", "聯絡電話", "联系方式", "会员手机", "會員手機", "会员手机号", "會員手機號"),
        *("mobile", "mobile number", "mobile phone", "phone number", "telephone"),
    ),
    Column.NAME: ("姓名", "名字", "会员姓名", "會員姓名", "客户姓名", "full name"),
    Column.BIRTHDAY: ("生日", "出生日期", "birth date", "date of birth"),
    Column.CARD: ("卡号", "卡號", "会员卡号", "會員卡號", "card number"),
    Column.TIER: ("等级", "等級", "会员等级", "會員等級", "level"),
    Column.PLATE: ("车牌号", "車牌號", "车牌", "車牌", "number plate"),
    Column.VEHICLE: ("车型", "車型", "car"),
    Column.DOCUMENT: ("证件号", "證件號", "身份证号", "身份證號", "identity document"),
    Column.HAIR: ("发质", "髮質"),
    Column.TASTE: ("口味", "忌口"),
    Column.ROOM: ("房间偏好", "房間偏好"),
    Column.SKIN: ("肤质", "膚質"),
    Column.ALLERGY: ("过敏", "過敏", "过敏史", "過敏史", "allergies"),
    Column.TAGS: ("标签", "標籤", "会员标签", "會員標籤"),
    Column.STYLIST: ("专属员工", "專屬員工", "发型师", "髮型師", "美容师", "美容師"),
    Column.MARKETING: ("同意推广", "同意推廣", "agreed to offers"),
    Column.PARTNERS: ("同意合作方推广", "同意合作方推廣", "agreed to partners"),
    Column.HEALTH: ("同意健康信息", "同意健康資訊", "agreed to health"),
}
"""What else a head may say; the first is the Chinese one that is written."""

_KNOWN = {name: column for column, names in _HEADS.items() for name in (column.value, *map(str.lower, names))}
_CONSENTS = (Column.MARKETING, Column.PARTNERS, Column.HEALTH)
_ANSWERS = tuple(column for column in Column if column.value in set(Particular))
_YES = frozenset({"是", "yes", "y", "1", "true", "同意", "√", "✓"})
_NO = frozenset({"否", "no", "n", "0", "false", "不同意", "×", "✗"})
_OF_CHINA = re.compile(r"^(?:\(?\+ ?|00)?86\)?[ -]*(?=1)", re.ASCII)
_AGREED = re.compile(r"^(?:agreed|同意) ?[:：] ?", re.IGNORECASE)
_DAY = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))(?: 00:00:00)?", re.ASCII)
_CALENDARS = {
    "moon": Calendar.MOON,
    "leap": Calendar.LEAP,
    **dict.fromkeys(("农历闰", "農曆閏", "闰", "閏"), Calendar.LEAP),
    **dict.fromkeys(("农历", "農曆"), Calendar.MOON),
}
"""The longer of two that begin alike comes first."""
_BAD: Mapping[Column, tuple[str, str]] = {
    Column.PHONE: ("no mobile number of 11 digits", "write the number alone, as text"),
    Column.NAME: (
        f"no name of at most {particulars.NAME_CHARS_MAX} characters",
        "write it as the member does",
    ),
    Column.BIRTHDAY: (
        "no day of anybody's birth",
        "as 1990-08-30, a lunar one as moon:1990-08-30, in a leap month leap:1990-05-30",
    ),
    Column.PLATE: ("no number plate", "write all its 7 or 8 characters"),
    Column.DOCUMENT: (
        "no number of an identity card, or its last digit is wrong",
        "correct it; others as passport:NUMBER or permit:NUMBER",
    ),
    Column.TAGS: (
        f"no tags: at most {particulars.TAGS_MAX}, each of {particulars.TAG_CHARS_MAX} letters or digits",
        "write them with commas between",
    ),
    Column.STYLIST: ("no number of anybody who works here", "write it as the configuration does: E01"),
}
_BAD_WORDS = (f"empty, or more than {particulars.WORDS_CHARS_MAX} characters", "shorten it")


class Head(Struct, frozen=True):
    """Which cell says what."""

    columns: Mapping[Column, int]
    passed_over: tuple[str, ...]
    """Columns that say nothing we know, with what may have been meant."""
    purposes: Mapping[str, int] = {}
    """Of those that have no column of their own."""


class Entered(Value, frozen=True, kw_only=True, omit_defaults=True):
    """One row, as it is booked."""

    row: int
    """As the spreadsheet counts."""
    phone: str
    answers: dict[Particular, str] = {}
    card: Credential | None = None
    tier: str = ""
    consents: tuple[Consent, ...] = ()

    def __repr__(self) -> str:
        """Without anything a person could be known by."""
        return f"Entered(row={self.row}, ...)"

    __str__ = __repr__


class Reading(Struct, frozen=True, kw_only=True):
    """By what a table is read."""

    today: str
    """Business day."""
    consent_version: str
    cards: Callable[[str], Credential] | None = None
    """Reads a cell of the column `card`, raises BadCell; None: there is to be no such column."""
    tiers: Sequence[str] = BY_CUSTOM
    """The ids that there are."""
    tier_words: Mapping[str, str] = {}
    """By each word for one of them, its id."""
    purposes: Sequence[str] = ()
    """What members may agree to beyond what has a column of its own."""


def head_of(cells: Sequence[str], reading: Reading) -> Head:
    """Raises BadHead."""
    columns: dict[Column, int] = {}
    purposes: dict[str, int] = {}
    passed_over: list[str] = []
    for at, cell in enumerate(cells):
        if not (name := " ".join(cell.lower().split())):
            continue
        column = _KNOWN.get(name)
        purpose = _purpose(cell, reading.purposes) if column is None else None
        if column in columns or purpose in purposes:
            raise BadHead(f"two columns say {shown(cell)}; leave one of them")
        if column is not None:
            columns[column] = at
        elif purpose is not None:
            purposes[purpose] = at
        else:
            passed_over.append(shown(cell) + did_you_mean(name, _KNOWN))
    if Column.PHONE not in columns:
        raise BadHead("no column says 手机号 (phone); the first row must name the columns")
    if Column.CARD in columns and reading.cards is None:
        raise BadHead("a column of cards: say with --cards how they are read, such as --cards stripe")
    return Head(columns, tuple(passed_over), purposes)


def _purpose(cell: str, purposes: Sequence[str]) -> str | None:
    """By its name, or as an export writes it."""
    said = _AGREED.sub("", " ".join(cell.split()))
    return next((one for one in purposes if " ".join(one.split()).lower() == said.lower()), None)


def other_purposes(purposes: Iterable[str]) -> tuple[str, ...]:
    """Those that have no column of their own."""
    return tuple(one for one in purposes if one not in _CONSENTS)


def fits(cells: Sequence[str]) -> int:
    """How many of them a head may say."""
    return sum(" ".join(cell.lower().split()) in _KNOWN for cell in cells)


def entered(head: Head, row: int, cells: Sequence[str], reading: Reading) -> Entered:
    """Raises BadCell."""
    said = {column: clean(column, cells[at]) for column, at in head.columns.items() if at < len(cells)}
    for column, text in said.items():
        check_whole(column, text)
        if column not in _CONSENTS:
            check_no_truth(column, text)
    agreed = [(column.value, said.get(column, "")) for column in _CONSENTS]
    agreed += [(what, clean(what, cells[at])) for what, at in head.purposes.items() if at < len(cells)]
    consents = tuple(_consents(agreed, reading.consent_version))
    answers = {Particular(column): _answer(column, said[column], reading) for column in _answered(said)}
    if answers.keys() & HEALTH and not any(one.purpose == Column.HEALTH and one.given for one in consents):
        column = next(column for column in (Column.SKIN, Column.ALLERGY) if said.get(column))
        raise BadCell(
            column, "kept only of who agreed to that", "say yes under 同意健康信息 (health), or leave it out"
        )
    return Entered(
        row=row,
        phone=_checked(Column.PHONE, _mobile, said[Column.PHONE]),
        answers=answers,
        card=reading.cards(number) if reading.cards and (number := said.get(Column.CARD)) else None,
        tier=_tier(said.get(Column.TIER, ""), reading),
        consents=consents,
    )


def _mobile(text: str) -> str:
    """As another program may write it: with the country, in full-width digits. Raises BadPhone."""
    return codes.phone(_OF_CHINA.sub("", unicodedata.normalize("NFKC", text).strip())).number


CORRECTED = (Column.PHONE, *_ANSWERS)
"""What a member may say anew."""


def answered(column: Column, text: str, reading: Reading) -> str:
    """One of `CORRECTED`, as it is kept. Raises BadCell."""
    said = clean(column, text)
    if column is Column.PHONE:
        return _checked(column, _mobile, said)
    return _answer(column, said, reading)


def _answered(said: Mapping[Column, str]) -> Iterator[Column]:
    return (column for column in _ANSWERS if said.get(column))


def _answer(column: Column, text: str, reading: Reading) -> str:
    match column:
        case Column.BIRTHDAY:
            return _checked(column, lambda said: _birthday(said, reading.today), text)
        case Column.DOCUMENT:
            return _checked(column, lambda said: _document(said, reading.today), text)
        case _:
            return _checked(column, particulars.CHECKS.get(Particular(column), particulars.words), text)


def _checked(column: Column, check: Callable[[str], str], text: str) -> str:
    try:
        return check(text)
    except (Refused, ValueError):
        raise BadCell(column, *_BAD.get(column, _BAD_WORDS)) from None


def _birthday(text: str, today: str) -> str:
    kind, colon, day = (
        text.replace("：", ":").rpartition(":") if ":" in text[:8] or "：" in text else ("", "", text)
    )
    if not colon:
        kind = next((word for word in _CALENDARS if text.startswith(word)), "")
        day = text.removeprefix(kind)
    calendar = _CALENDARS.get(kind.strip().lower()) if kind else Calendar.SUN
    if calendar is None:
        raise ValueError("no calendar")
    if (found := _DAY.fullmatch(day.strip())) is None:
        raise ValueError("no day")
    year, month, date, month_too, date_too = found.groups()
    digits = f"{year}{int(month or month_too):02}{int(date or date_too):02}"
    return particulars.birthday(digits, calendar, today)


def _document(text: str, today: str) -> str:
    kind, _, number = text.replace("：", ":").rpartition(":")
    return particulars.document(number, Document(kind or Document.CITIZEN), today)


def _consents(said: Iterable[tuple[str, str]], version: str) -> Iterator[Consent]:
    """`said`: purpose and cell."""
    for purpose, text in said:
        if not (answer := text.lower()):
            continue
        if answer not in _YES | _NO:
            raise BadCell(purpose, "neither yes nor no", "write 是 (yes) or 否 (no), or leave it empty")
        yield Consent(purpose=purpose, version=version, given=answer in _YES)


def _tier(text: str, reading: Reading) -> str:
    """A tier that nobody knows would be nobody's for ever: no ladder leads to it, or from it."""
    tier = reading.tier_words.get(text, text)
    if tier and tier not in reading.tiers:
        there = ", ".join(_with_words(one, reading.tier_words) for one in reading.tiers)
        raise BadCell(Column.TIER, "no tier of this shop", f"write one of {there}")
    return tier


def _with_words(tier: str, words: Mapping[str, str]) -> str:
    found = [word for word, of in words.items() if of == tier]
    return f"{tier} ({', '.join(found)})" if found else tier


def heads(purposes: Sequence[str], *, chinese: bool) -> list[str]:
    """As an export writes them: cards are kept as what finds them, and no number is.

    `purposes`: those of `other_purposes`.
    """
    own = [_HEADS[column][0] if chinese else column.value for column in _WRITTEN]
    return [*own, *(f"同意：{one}" if chinese else f"agreed: {one}" for one in purposes)]


_WRITTEN = tuple(column for column in Column if column is not Column.CARD)


def cells_of(
    private: Private, tier: str, consents: Mapping[str, bool], purposes: Sequence[str], *, chinese: bool
) -> list[str]:
    """Which `entered` reads as the same member again."""
    told = dict(private.told)
    said = {
        Column.PHONE: private.phone,
        Column.NAME: private.name,
        Column.PLATE: private.plate,
        Column.TIER: tier,
    }
    words = ("是", "否") if chinese else ("yes", "no")
    answers = {purpose: words[not given] for purpose, given in consents.items()}
    found = [
        answers.get(column, "")
        if column in _CONSENTS
        else quoted(said[column] if column in said else told.get(column, ""))
        for column in _WRITTEN
    ]
    return [*found, *(answers.get(purpose, "") for purpose in purposes)]
