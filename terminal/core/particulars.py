"""What a shop asks of who joins, by its trade, and how each answer is checked (product.md B14, D10).

Answers are personal data: they stand in no entry, log or error text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from terminal.core.errors import (
    BadDay,
    BadDocument,
    BadInvoiceNumber,
    BadName,
    BadPlate,
    BadQuantity,
    BadStylist,
    BadTags,
    BadWords,
    UnderAge,
)
from terminal.core.lunar_years import leap_month
from terminal.core.screens import Message, says
from terminal.core.values import Value


class Particular(StrEnum):
    """One thing that is asked. Their names are what sealed profiles know them by: for ever."""

    NAME = "name"
    BIRTHDAY = "birthday"
    PLATE = "plate"
    VEHICLE = "vehicle"
    DOCUMENT = "document"
    HAIR = "hair"
    TASTE = "taste"
    ROOM = "room"
    SKIN = "skin"
    ALLERGY = "allergy"
    TAGS = "tags"
    """What the shop calls them by itself."""
    STYLIST = "stylist"
    """Who works here and serves them, by their wish; the id of that person."""


HEALTH_PURPOSE: Final = "health"
"""What a member agrees to, apart from everything else, before anything about health is kept."""
HEALTH: Final = frozenset({Particular.SKIN, Particular.ALLERGY})
"""Asked only of who agreed to that, apart from everything else."""


class Asked(Value, frozen=True, kw_only=True):
    of: Particular
    required: bool = False


class Trade(StrEnum):
    SHOP = "shop"
    SALON = "salon"
    RESTAURANT = "restaurant"
    HOTEL = "hotel"
    GARAGE = "garage"
    NETCAFE = "netcafe"
    BEAUTY = "beauty"
    COSMETICS = "cosmetics"
    FRUIT = "fruit"
    FUEL = "fuel"


SERVES: Final = frozenset({Trade.SALON, Trade.BEAUTY})
"""Trades that write down what was done on a visit."""


def _asks(*required: Particular, may: tuple[Particular, ...] = ()) -> tuple[Asked, ...]:
    return (*(Asked(of=one, required=True) for one in required), *(Asked(of=one) for one in may))


_P = Particular
ASKED_BY: Final[Mapping[Trade, tuple[Asked, ...]]] = MappingProxyType(
    {
        Trade.SHOP: _asks(may=(_P.NAME, _P.BIRTHDAY)),
        Trade.SALON: _asks(_P.NAME, may=(_P.BIRTHDAY, _P.HAIR, _P.SKIN, _P.ALLERGY)),
        Trade.RESTAURANT: _asks(may=(_P.NAME, _P.BIRTHDAY, _P.TASTE, _P.ALLERGY)),
        Trade.HOTEL: _asks(_P.NAME, _P.DOCUMENT, may=(_P.BIRTHDAY, _P.ROOM)),
        Trade.GARAGE: _asks(_P.PLATE, may=(_P.NAME, _P.VEHICLE)),
        Trade.NETCAFE: _asks(_P.NAME, _P.DOCUMENT),
        Trade.BEAUTY: _asks(_P.NAME, may=(_P.BIRTHDAY, _P.SKIN, _P.ALLERGY, _P.HAIR)),
        Trade.COSMETICS: _asks(may=(_P.NAME, _P.BIRTHDAY, _P.SKIN, _P.ALLERGY)),
        Trade.FRUIT: _asks(may=(_P.NAME, _P.BIRTHDAY, _P.TASTE)),
        Trade.FUEL: _asks(may=(_P.PLATE, _P.NAME, _P.VEHICLE, _P.BIRTHDAY)),
    }
)

QUESTIONS: Final[Mapping[Particular, Message]] = MappingProxyType(
    {
        _P.NAME: says("The member's name"),
        _P.BIRTHDAY: says("Birthday: year, month and day in eight digits"),
        _P.PLATE: says("Number plate"),
        _P.VEHICLE: says("Make and model of the car"),
        _P.DOCUMENT: says("Number of the document"),
        _P.HAIR: says("Hair: what the next stylist should know"),
        _P.TASTE: says("What they like, and what they never eat"),
        _P.ROOM: says("Which room they like"),
        _P.SKIN: says("Skin: what the next treatment must heed"),
        _P.ALLERGY: says("Allergies"),
        _P.TAGS: says("Tags, with commas between them"),
        _P.STYLIST: says("Who serves them: the number of that person"),
    }
)


class Document(StrEnum):
    """What proves who somebody is."""

    CITIZEN = "citizen"  # resident identity card (GB 11643)
    PASSPORT = "passport"
    PERMIT = "permit"  # of residents of Hong Kong, Macau and Taiwan, and of foreigners who stay


class Calendar(StrEnum):
    """By which a birthday is kept."""

    SUN = "sun"
    MOON = "moon"
    LEAP = "leap"  # by the moon, born in a leap month


NAME_CHARS_MAX = 40
WORDS_CHARS_MAX = 60
ADULT_YEARS = 18
TAGS_MAX = 8
TAG_CHARS_MAX = 12

_CITIZEN = re.compile(r"\d{17}[\dX]", re.ASCII)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_FOREIGN = re.compile(r"[A-Z0-9]{5,20}", re.ASCII)
_PLATE = re.compile(
    r"[\u4e00-\u9fff][A-HJ-Z](?:[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9\u4e00-\u9fff]|[A-HJ-NP-Z0-9]{6})"
)
_INVOICE = re.compile(r"[A-Z0-9]{8,30}", re.ASCII)
_BETWEEN_TAGS = re.compile("[,;、，；]")
_MANY_DIGITS = re.compile(r"\d[\d -]{3}")
"""As in a phone or a document: a tag stands on the screen for all to see."""
_STAFF = re.compile(r"[A-Za-z0-9._-]{1,32}", re.ASCII)
_POINTS = re.compile(r"\d{1,7}", re.ASCII)
_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})", re.ASCII)
_MOON_DAYS_MAX = 30
_MONTHS = 12
_FIRST_YEAR = 1900


def named(text: str) -> str:
    """A person's name, one space between its words. Raises BadName."""
    name = " ".join(text.split())
    if not 0 < len(name) <= NAME_CHARS_MAX or not name.isprintable() or not any(map(str.isalpha, name)):
        raise BadName(f"{len(text)} characters")
    return name


def words(text: str) -> str:
    """Free words. Raises BadWords."""
    said = " ".join(text.split())
    if not 0 < len(said) <= WORDS_CHARS_MAX or not said.isprintable():
        raise BadWords(f"{len(text)} characters")
    return said


def tags(text: str) -> str:
    """`常客、怕吵`: each once, letters and digits, perhaps with a space or hyphen within. Raises BadTags."""
    said = (" ".join(one.split()) for one in _BETWEEN_TAGS.split(unicodedata.normalize("NFKC", text)))
    found = list(dict.fromkeys(one for one in said if one))
    if not 0 < len(found) <= TAGS_MAX or not all(map(_is_tag, found)):
        raise BadTags(f"{len(text)} characters")
    return TAGS_JOINED.join(found)


TAGS_JOINED = "、"


def _is_tag(text: str) -> bool:
    letters = text.replace(" ", "").replace("-", "")
    return len(text) <= TAG_CHARS_MAX and letters.isalnum() and not _MANY_DIGITS.search(text)


def tags_of(told: Mapping[str, str]) -> tuple[str, ...]:
    """What is kept of them; nothing of what nobody here could have written."""
    try:
        return tuple(tags(told.get(Particular.TAGS, "")).split(TAGS_JOINED))
    except BadTags:
        return ()


def stylist(text: str) -> str:
    """The id of somebody who works here. Raises BadStylist."""
    if not _STAFF.fullmatch(found := text.strip()):
        raise BadStylist(f"{len(text)} characters")
    return found


def points(text: str) -> str:
    """A whole number of them, at most seven digits. Raises BadQuantity."""
    if not _POINTS.fullmatch(text.strip()) or not int(text):
        raise BadQuantity(f"{len(text)} characters")
    return str(int(text))


def invoice_number(text: str) -> str:
    """Of an invoice: letters and digits, 8 to 30 of them. Raises BadInvoiceNumber."""
    number = text.upper().replace(" ", "").replace("-", "")
    if not _INVOICE.fullmatch(number):
        raise BadInvoiceNumber(f"{len(text)} characters")
    return number


def plate(text: str) -> str:
    """A number plate of the mainland, 7 characters, or 8 of a new-energy car (GA 36). Raises BadPlate."""
    found = text.upper().replace(" ", "").replace("\u00b7", "").replace("-", "")
    if not _PLATE.fullmatch(found):
        raise BadPlate(f"{len(text)} characters")
    return found


def day(text: str) -> str:
    """`20271231` or `2027-12-31`, as ISO date. Raises BadDay."""
    if found := _DAY.fullmatch(text.strip()):
        with suppress(ValueError):
            return date(*map(int, found.groups())).isoformat()
    raise BadDay(f"{len(text)} characters")


def birthday(text: str, calendar: Calendar, today: str) -> str:
    """`1990-08-30`, `moon:1990-08-30`, `leap:1990-06-01`. Raises BadDay.

    `today`: ISO date. Of a lunar day its form is checked, and that its year had the leap month.
    """
    found = _DAY.fullmatch(text.strip())
    if found is None:
        raise BadDay(f"{len(text)} characters")
    year, month, day = map(int, found.groups())
    said = f"{year:04}-{month:02}-{day:02}"
    if not year >= _FIRST_YEAR or said > today or not 1 <= month <= _MONTHS:
        raise BadDay("in no year of anybody's")
    if calendar is Calendar.SUN:
        try:
            date(year, month, day)
        except ValueError:
            raise BadDay("in no calendar") from None
        return said
    if not 1 <= day <= _MOON_DAYS_MAX:
        raise BadDay("in no month of the moon")
    if calendar is Calendar.LEAP and month != leap_month(year):
        raise BadDay("in a month that did not come twice")
    return f"{calendar}:{said}"


def document(text: str, kind: Document, today: str, *, adults: bool = False) -> str:
    """`citizen:11010519491231002X`. Raises BadDocument; UnderAge where only `adults` may join."""
    number = text.upper().replace(" ", "")
    if kind is not Document.CITIZEN:
        if not _FOREIGN.fullmatch(number):
            raise BadDocument(f"{len(text)} characters")
        return f"{kind}:{number}"
    if not _CITIZEN.fullmatch(number) or number[-1] != _check_of(number):
        raise BadDocument(f"{len(text)} characters, or its check digit")
    try:
        born = birthday(number[6:14], Calendar.SUN, today)
    except BadDay:
        raise BadDocument("nobody's birthday") from None
    if adults:
        check_adult(born, today)
    return f"{kind}:{number}"


def check_adult(born: str, today: str) -> None:
    """Of ISO dates; who was born on 29 February comes of age on 1 March. Raises UnderAge."""
    if int(today[:4]) - int(born[:4]) - (today[5:] < born[5:]) < ADULT_YEARS:
        raise UnderAge("by their document")


def _check_of(number: str) -> str:
    """GB 11643-1999, which takes ISO 7064's MOD 11-2."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True)) % 11]


CHECKS: Final[Mapping[Particular, Callable[[str], str]]] = MappingProxyType(
    {
        Particular.NAME: named,
        Particular.PLATE: plate,
        Particular.TAGS: tags,
        Particular.STYLIST: stylist,
    }
)
"""How an answer is checked that needs nothing beside it; one that is not here is free words."""
