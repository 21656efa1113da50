"""GS1 codes: check digits, and element strings with application identifiers (GS1 General Specifications).

Section numbers are those of release 24. What a label's weight or price means for a sale is not decided here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from terminal.core.errors import BadScan
from terminal.core.values import Value

SEPARATOR: Final = "\x1d"
"""How a scanner hands over FNC1 between two elements (section 7.8.3)."""
ELEMENTS_MAX: Final = 24

_DIGITS = re.compile(r"\d+", re.ASCII)
_GTIN_DIGITS: Final = frozenset({8, 12, 13, 14})
_EAN_8, _EAN_13, _GTIN_14 = 8, 13, 14
_CENTURY, _HALF = 100, 50

_X = r"""[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]"""
"""Character set 82 (section 7.11, figure 7.11-1)."""
_DATE = r"\d\d(?:0[1-9]|1[0-2])(?:0\d|[12]\d|3[01])"


def _same(shape: str, *identifiers: str) -> dict[str, str]:
    return dict.fromkeys(identifiers, shape)


def _series(shape: str, first: str, last: str, *, decimals: bool = False) -> dict[str, str]:
    """Of consecutive identifiers; `decimals`: each with a digit more, the position of the decimal point."""
    names = [str(number) for number in range(int(first), int(last) + 1)]
    return _same(shape, *([f"{name}{point}" for name in names for point in range(6)] if decimals else names))


_SHAPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        **_same(r"\d{18}", "00", "8006", "8018", "8017"),
        **_same(r"\d{14}", "01", "02", "03"),
        **_same(f"{_X}{{1,20}}", "10", "21", "22", "243", "254", "420", "4330"),
        **_same(_DATE, "11", "12", "13", "15", "16", "17"),
        **_same(r"\d{2}", "20"),
        **_same(f"{_X}{{1,28}}", "235"),
        **_same(f"{_X}{{1,30}}", "240", "241", "250", "251", "400", "401", "403", "90"),
        **_same(r"\d{1,6}", "242"),
        **_same(rf"\d{{13}}{_X}{{0,17}}", "253"),
        **_same(r"\d{13,25}", "255"),
        **_same(r"\d{1,8}", "30", "37"),
        **_series(r"\d{6}", "310", "316", decimals=True),
        **_series(r"\d{6}", "320", "337", decimals=True),
        **_series(r"\d{6}", "340", "357", decimals=True),
        **_series(r"\d{6}", "360", "369", decimals=True),
        **_series(r"\d{1,15}", "390", "390", decimals=True),
        **_series(r"\d{4,18}", "391", "391", decimals=True),
        **_series(r"\d{1,15}", "392", "392", decimals=True),
        **_series(r"\d{4,18}", "393", "393", decimals=True),
        **_same(r"\d{4}", "3940", "3941", "3942", "3943"),
        **_series(r"\d{6}", "395", "395", decimals=True),
        **_same(r"\d{17}", "402"),
        **_series(r"\d{13}", "410", "417"),
        **_same(rf"\d{{3}}{_X}{{1,9}}", "421"),
        **_same(r"\d{3}", "422", "424", "425", "426"),
        **_same(r"\d{3,15}", "423"),
        **_same(r"\d{10}", "7003"),
        **_same(r"\d{6,12}", "7006", "7007"),
        **_same(r"\d{6}", "8005"),
        **_same(r"\d{8,12}", "8008"),
        **_same(f"{_X}{{1,25}}", "8020"),
        **_same(f"{_X}{{1,70}}", "8110"),
        **_series(f"{_X}{{1,90}}", "91", "99"),
    }
)
"""What the values of an identifier look like (section 3.2). Others are refused: their length is not known. A
start does not wait for all of them to be compiled."""

_PREDEFINED: Final[Mapping[str, int]] = MappingProxyType(
    {
        **dict.fromkeys(("00",), 20),
        **dict.fromkeys(("01", "02", "03", "41"), 16),
        **dict.fromkeys(map(str, range(11, 20)), 8),
        **dict.fromkeys(("20",), 4),
        **dict.fromkeys(map(str, range(31, 37)), 10),
    }
)
"""Length of elements that begin so, identifier included: no separator follows them (section 7.8.5)."""
_CHECKED: Final = frozenset({"00", "01", "02", "03"})


class Measure(Value, frozen=True, kw_only=True):
    """`digits` with the decimal point so many places from their end: a weight in kilograms, a price."""

    digits: int
    decimals: int

    def in_parts(self, of_one: int) -> int | None:
        """In units of which `of_one` make one, such as 1000 grams; None where that is no whole number."""
        whole, rest = divmod(self.digits * of_one, 10**self.decimals)
        return None if rest else whole


class Elements(Value, frozen=True, kw_only=True):
    """An element string, in its order: identifiers and what they say, each once."""

    said: tuple[tuple[str, str], ...]

    def of(self, identifier: str) -> str | None:
        return dict(self.said).get(identifier)

    @property
    def article(self) -> str | None:
        """The trade item's own number, as `article_number` has it (01)."""
        gtin = self.of("01")
        return None if gtin is None else article_number(gtin)

    @property
    def batch(self) -> str | None:
        return self.of("10")

    @property
    def serial(self) -> str | None:
        return self.of("21")

    def best_before(self, today: date) -> date | None:
        return self._on("15", today)

    def use_by(self, today: date) -> date | None:
        return self._on("17", today)

    @property
    def count(self) -> int | None:
        """Items in it: of a trade item of variable measure (30), or contained in a logistic unit (37)."""
        found = self.of("30") or self.of("37")
        return None if found is None else int(found)

    @property
    def net_weight(self) -> Measure | None:
        """Kilograms (310n)."""
        return self._measure("310")

    @property
    def price(self) -> Measure | None:
        """Of this very item, in the currency of the place (392n)."""
        return self._measure("392")

    def _measure(self, series: str) -> Measure | None:
        for identifier, value in self.said:
            if identifier.startswith(series):
                return Measure(digits=int(value), decimals=int(identifier[-1]))
        return None

    def _on(self, identifier: str, today: date) -> date | None:
        found = self.of(identifier)
        return None if found is None else day_of(found, today)


def checks(digits: str) -> bool:
    """Whether the last of them is the check digit of the others (section 7.9)."""
    weighted = sum(int(digit) * (1 + 2 * (at % 2)) for at, digit in enumerate(reversed(digits)))
    return weighted % 10 == 0


def article_number(text: str) -> str | None:
    """EAN-8, UPC-A, EAN-13 or GTIN-14 in the one spelling by which articles are found: 8, 13 or 14 digits.

    The same article is scanned with zeros in front and without them (section 2.1.1). None: it is no such
    number, or its check digit does not fit.
    """
    if len(text) not in _GTIN_DIGITS or not _DIGITS.fullmatch(text) or not checks(text):
        return None
    if len(text) == _EAN_8:
        return text
    padded = text.zfill(_GTIN_14)
    if not padded.startswith("0"):
        return padded
    if padded.startswith("0" * (_GTIN_14 - _EAN_8)):
        return padded[-_EAN_8:]
    return padded[-_EAN_13:]


def elements_in(text: str) -> Elements:
    """Without symbology identifier; separators as `SEPARATOR`. Raises BadScan."""
    said: list[tuple[str, str]] = []
    for identifier, value in _walked(text.removeprefix(SEPARATOR)):
        if any(identifier == before for before, _ in said) or len(said) == ELEMENTS_MAX:
            raise BadScan("an element twice, or too many of them")
        said.append((identifier, value))
    if not said:
        raise BadScan("no element")
    return Elements(said=tuple(said))


def _walked(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        predefined = _PREDEFINED.get(text[at : at + 2])
        cut = text.find(SEPARATOR, at)
        end = len(text) if cut < 0 else cut
        if predefined is not None:
            end = min(end, at + predefined)
        element = text[at:end]
        at = end + (text[end : end + 1] == SEPARATOR)  # Behind one of predefined length some send it too.
        yield _parted(element)


def _parted(element: str) -> tuple[str, str]:
    """Identifier and value. No identifier is the beginning of another one."""
    for size in (2, 3, 4):
        identifier, value = element[:size], element[size:]
        shape = _SHAPES.get(identifier)
        if shape is None:
            continue
        if not re.fullmatch(shape, value, re.ASCII) or (identifier in _CHECKED and not checks(value)):
            raise BadScan(f"element {identifier}: {len(value)} characters that it cannot have")
        return identifier, value
    raise BadScan("an element with an identifier that is not known here")


def day_of(six: str, today: date) -> date:
    """Of YYMMDD, in the century that is meant (section 7.12); day 00 is the last of its month (3.4.2).

    Raises BadScan: there is no such day.
    """
    year, month, day = int(six[:2]), int(six[2:4]), int(six[4:])
    year += today.year - today.year % _CENTURY
    if year - today.year > _HALF:
        year -= _CENTURY
    elif today.year - year >= _HALF:
        year += _CENTURY
    try:
        if day:
            return date(year, month, day)
        return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    except ValueError:
        raise BadScan("a day that does not exist") from None
