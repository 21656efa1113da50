"""The words of receipts in the language of the shop. English is the key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from terminal.core.texts import back_zh, receipts_zh
from terminal.core.texts.receipts_hant import ZH_HANT

ZH_HANS: Mapping[str, str] = MappingProxyType({**receipts_zh.ZH_HANS, **back_zh.ZH_HANS})
TABLES: Mapping[str, Mapping[str, str]] = MappingProxyType({"zh-Hans": ZH_HANS, "zh-Hant": ZH_HANT})
"""By BCP 47 language; English needs no table."""
_TRADITIONAL = {"hant", "tw", "hk", "mo"}
"""Subtags that say so."""


class Words:
    """`words("Total")`, `words("{off} off from {reach}", off="3.00", reach="20.00")`."""

    def __init__(self, language: str, article: Callable[[str], str] = str) -> None:
        """All of `zh` without a table of its own reads Simplified Chinese; what has none, English.

        `article`: what the shop calls it today, by its SKU.
        """
        self.article = article
        self._table = TABLES.get(language)
        if self._table is None and language.lower().partition("-")[0] == "zh":
            self._table = ZH_HANT if _TRADITIONAL & set(language.lower().split("-")) else ZH_HANS

    def __call__(self, key: str, **values: str) -> str:
        """Raises KeyError for a key that a language lacks: a defect, found by the golden transcripts."""
        sentence = key if self._table is None else self._table[key]
        return sentence.format(**values)
