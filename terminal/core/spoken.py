"""Amounts as a person says them, in words that were recorded one by one or that a machine reads out.

Chinese as tellers say it: 两 before 元, 千 and 万 where it leads, 十二 and not 一十二, 零 once for a gap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType

from terminal.core.values import Value

FEN_MAX = 9_999_999_999
"""Below 100,000,000 yuan: no 亿."""

_WAN, _MYRIAD = "wan", 10_000


class Outcome(StrEnum):
    """What is said before the amount."""

    PAID = "paid"
    RECHARGED = "recharged"


class Language(StrEnum):
    ZH_HANS = "zh-Hans"
    EN = "en"


class Word(Value, frozen=True):
    """One recording, or one word to be read out."""

    name: str
    """Of its file, without .wav."""
    text: str


_ZH: Mapping[str, str] = MappingProxyType(
    {
        "paid": "已付",
        "recharged": "已充值",
        **{str(digit): text for digit, text in enumerate("零一二三四五六七八九")},
        "liang": "两",
        "shi": "十",
        "bai": "百",
        "qian": "千",
        _WAN: "万",
        "yuan": "元",
        "jiao": "角",
        "fen": "分",
    }
)
_TEENS = (
    "ten", "eleven", "twelve", "thirteen", "fourteen",
    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_EN: Mapping[str, str] = MappingProxyType(
    {
        "paid": "paid",
        "recharged": "recharged",
        **{str(number): text for number, text in enumerate((*_ONES, *_TEENS))},
        **{str(number): text for number, text in zip(range(20, 100, 10), _TENS, strict=True)},
        "hundred": "hundred",
        "thousand": "thousand",
        "million": "million",
        "and": "and",
        "yuan": "yuan",
        "fen": "fen",
    }
)
_WORDS: Mapping[Language, Mapping[str, str]] = MappingProxyType({Language.ZH_HANS: _ZH, Language.EN: _EN})


def words(language: Language) -> tuple[Word, ...]:
    """All that can come: what is to be recorded."""
    return tuple(Word(name, text) for name, text in _WORDS[language].items())


def said(outcome: Outcome, fen: int, language: Language) -> tuple[Word, ...]:
    """Raises ValueError: below nothing, or above FEN_MAX."""
    if not 0 <= fen <= FEN_MAX:
        raise ValueError(f"an amount of {fen} fen is not said")
    amount = _chinese(fen) if language is Language.ZH_HANS else _english(fen)
    return tuple(Word(name, _WORDS[language][name]) for name in (outcome.value, *amount))


def spelled(digit: str, language: Language) -> tuple[Word, ...]:
    """A digit by itself, in words that amounts have too."""
    return (Word(digit, _WORDS[language][digit]),)


def text_of(sentence: Sequence[Word], language: Language) -> str:
    """For a machine that reads it out. A pause after what happened."""
    first, *rest = (word.text for word in sentence)
    if not rest:
        return first
    between = "" if language is Language.ZH_HANS else " "
    return f"{first}, {between.join(rest)}"


def _chinese(fen: int) -> list[str]:
    yuan, jiao, fen = fen // 100, fen // 10 % 10, fen % 10
    names = [*_chinese_number(yuan), "yuan"] if yuan or not (jiao or fen) else []
    if jiao:
        names += [_alone(jiao, first=not names), "jiao"]
    elif fen and yuan:
        names.append("0")
    if fen:
        names += [_alone(fen, first=not names), "fen"]
    return names


def _alone(digit: int, *, first: bool) -> str:
    return "liang" if digit == 2 and first else str(digit)  # noqa: PLR2004  两角, but 三元二角


def _chinese_number(number: int) -> list[str]:
    if number < _MYRIAD:
        return _below_wan(number, first=True)
    high, low = divmod(number, _MYRIAD)
    names = [*_below_wan(high, first=True), _WAN]
    if low:
        names += ["0"] * (low < _MYRIAD // 10) + _below_wan(low, first=False)
    return names


def _below_wan(number: int, *, first: bool) -> list[str]:
    """`first`: nothing was said before it."""
    if number == 0:
        return ["0"]
    if number == 2 and first:  # noqa: PLR2004  两元
        return ["liang"]
    names: list[str] = []
    gap = False
    for size, unit in ((1000, "qian"), (100, "bai"), (10, "shi"), (1, "")):
        digit = number // size % 10
        if not digit:
            gap = bool(names)
            continue
        names += ["0"] * gap
        gap = False
        ten_first = unit == "shi" and digit == 1 and first and not names
        if not ten_first:
            liang = digit == 2 and unit == "qian" and first and not names  # noqa: PLR2004  两千, but 一万二千
            names.append("liang" if liang else str(digit))
        names += [unit] * bool(unit)
    return names


def _english(fen: int) -> list[str]:
    yuan, fen = divmod(fen, 100)
    names = [*_english_number(yuan), "yuan"] if yuan or not fen else []
    if fen:
        names += ["and"] * bool(names) + [*_english_number(fen), "fen"]
    return names


def _english_number(number: int) -> list[str]:
    names: list[str] = []
    rest = number
    for size, unit in ((1_000_000, "million"), (1_000, "thousand")):
        many, rest = divmod(rest, size)
        names += [*_below_thousand(many), unit] if many else []
    if rest or not names:
        names += ["and"] * (bool(names) and rest < 100) + _below_thousand(rest)  # noqa: PLR2004
    return names


def _below_thousand(number: int) -> list[str]:
    hundreds, rest = divmod(number, 100)
    names = [str(hundreds), "hundred"] if hundreds else []
    if rest or not hundreds:
        names += ["and"] * bool(hundreds) + _below_hundred(rest)
    return names


def _below_hundred(number: int) -> list[str]:
    if number < 20:  # noqa: PLR2004  they have names of their own
        return [str(number)]
    return [str(number - number % 10)] + ([str(number % 10)] if number % 10 else [])
