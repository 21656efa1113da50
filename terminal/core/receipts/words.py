"""The words of receipts in the language of the shop. English is the key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

from terminal.core.texts import back_zh, receipts_zh

ZH_HANS: Mapping[str, str] = MappingProxyType({**receipts_zh.ZH_HANS, **back_zh.ZH_HANS})


@cache
def _traditional() -> Mapping[str, str]:
    """Made once a shop prints in it."""
    from terminal.core.texts.hant import traditional_of  # noqa: PLC0415

    return MappingProxyType(traditional_of(ZH_HANS))


_TRADITIONAL = {"hant", "tw", "hk", "mo"}
"""Subtags that say so."""


class Words:
    """`words("Total")`, `words("{off} off from {reach}", off="3.00", reach="20.00")`."""

    def __init__(
        self, language: str, article: Callable[[str], str] = str, coupon: Callable[[str], str] = str
    ) -> None:
        """All of `zh` without a table of its own reads Simplified Chinese; what has none, English.

        `article`: what the shop calls it today, by its SKU; `coupon`: by its kind, empty: nothing by now.
        """
        self.article = article
        self.coupon = coupon
        chinese, *others = language.lower().split("-")
        self._table: Mapping[str, str] | None = None
        if chinese == "zh":
            self._table = _traditional() if _TRADITIONAL & set(others) else ZH_HANS

    def __call__(self, key: str, **values: str) -> str:
        """Raises KeyError for a key that a language lacks: a defect, found by the golden transcripts."""
        sentence = key if self._table is None else self._table[key]
        return sentence.format(**values)
