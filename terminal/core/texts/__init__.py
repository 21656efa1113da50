"""Every sentence that people see, in every language. English is the key.

Flows, desk and errors pass keys and values; pages and receipts translate, each for its own reader.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from terminal.core.texts import (
    back_zh,
    care_zh,
    coupons_zh,
    deposit_zh,
    flows_zh,
    join_zh,
    kiosk_zh,
    own_zh,
    pay_zh,
    points_zh,
    prices_zh,
    receipts_zh,
    shift_zh,
    staff_zh,
)

LANGUAGES = ("zh-Hans", "zh-Hant", "en")
"""BCP 47, the shop's usual one first."""


class _Tables(Mapping[str, Mapping[str, str]]):
    """Traditional Chinese is made of the Simplified once somebody asks for it: most shops never do."""

    def __init__(self, simplified: Mapping[str, str]) -> None:
        self._made: dict[str, Mapping[str, str]] = {"zh-Hans": MappingProxyType(simplified)}

    def __getitem__(self, language: str) -> Mapping[str, str]:
        if language == "zh-Hant" and language not in self._made:
            from terminal.core.texts.hant import traditional_of  # noqa: PLC0415

            self._made[language] = MappingProxyType(traditional_of(self._made["zh-Hans"]))
        return self._made[language]

    def __iter__(self) -> Iterator[str]:
        return (language for language in LANGUAGES if language != "en")

    def __len__(self) -> int:
        return len(LANGUAGES) - 1


TABLES: Mapping[str, Mapping[str, str]] = _Tables(
    {
        **receipts_zh.ZH_HANS,
        **kiosk_zh.ZH_HANS,
        **care_zh.ZH_HANS,
        **deposit_zh.ZH_HANS,
        **flows_zh.ZH_HANS,
        **join_zh.ZH_HANS,
        **own_zh.ZH_HANS,
        **back_zh.ZH_HANS,
        **coupons_zh.ZH_HANS,
        **prices_zh.ZH_HANS,
        **shift_zh.ZH_HANS,
        **staff_zh.ZH_HANS,
        **pay_zh.ZH_HANS,
        **points_zh.ZH_HANS,
    }
)
"""By language: sentences by their English keys. English needs no table."""


def translated(key: str, language: str, values: Mapping[str, str] | None = None) -> str:
    """The sentence in that language with its places filled; a key that a table lacks stays English."""
    sentence = TABLES.get(language, {}).get(key, key)
    return sentence.format_map(values) if values else sentence
