"""The words of receipts in the language of the shop. English is the key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

from terminal.core.commands import Measured
from terminal.core.money import plain
from terminal.core.texts import back_zh, receipts_zh
from terminal.core.tier_names import NO_NAMES, SAID, Shown
from terminal.core.units import SIGNS, in_litres

ZH_HANS: Mapping[str, str] = MappingProxyType({**receipts_zh.ZH_HANS, **back_zh.ZH_HANS})


@cache
def _traditional() -> Mapping[str, str]:
    """Made once a shop prints in it."""
    from terminal.core.texts.hant import traditional_of  # noqa: PLC0415

    return MappingProxyType(traditional_of(ZH_HANS))


_TRADITIONAL = {"hant", "tw", "hk", "mo"}
"""Subtags that say so."""


def spoken(language: str) -> str:
    """Of `core.texts.LANGUAGES` the one for a BCP 47 tag; what has no table reads English."""
    chinese, *others = language.lower().split("-")
    if chinese != "zh":
        return "en"
    return "zh-Hant" if _TRADITIONAL & set(others) else "zh-Hans"


class Words:
    """`words("Total")`, `words("{off} off from {reach}", off="3.00", reach="20.00")`."""

    def __init__(  # noqa: PLR0913, PLR0917  by whom each thing is called
        self,
        language: str,
        article: Callable[[str], str] = str,
        coupon: Callable[[str], str] = str,
        tiers: Shown = NO_NAMES,
        company: Callable[[str], str] = str,
        measured: Callable[[str], Measured | None] = in_litres,
    ) -> None:
        """All of `zh` without a table of its own reads Simplified Chinese; what has none, English.

        `article`: what the shop calls it today, by its SKU; `coupon`: by its kind, empty: nothing by now;
        `tiers`: those that the shop calls otherwise; `company`: its name, by its id; `measured`: in what a
        grade is; None: nobody here knows.
        """
        self.article = article
        self.coupon = coupon
        self.company = company
        self._measured = measured
        self._tiers = tiers
        self._language = spoken(language)
        self._table: Mapping[str, str] | None = None
        if self._language != "en":
            self._table = ZH_HANS if self._language == "zh-Hans" else _traditional()

    def tier(self, tier: str) -> str:
        """By its id. A name that is the shop's own in no language is printed as it is."""
        if called := self._tiers.get(tier):
            return called.said(self._language)
        return self(tier) if tier in SAID else tier

    def unit(self, grade: str) -> str:
        """What the price of that grade is of; empty: nobody knows."""
        measured = self._measured(grade)
        return self(SIGNS[measured]) if measured in SIGNS else ""

    def poured(self, hundredths: int, *, grade: str = "", measured: Measured | None = None) -> str:
        """So much with its unit, where it is known. `measured`: as a line says it; None: as the grade is."""
        match measured or self._measured(grade):
            case Measured.DECAGRAM:
                return self("{weight} kg", weight=plain(hundredths))
            case Measured.CENTICUBIC:
                return self("{volume} m3", volume=plain(hundredths))
            case Measured.CENTILITRE:
                return self("{litres} L", litres=plain(hundredths))
            case _:
                return plain(hundredths)

    def __call__(self, key: str, **values: str) -> str:
        """Raises KeyError for a key that a language lacks: a defect, found by the golden transcripts."""
        sentence = key if self._table is None else self._table[key]
        return sentence.format(**values)
