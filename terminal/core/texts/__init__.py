"""Every sentence that people see, in every language. English is the key.

Flows, desk and errors pass keys and values; pages and receipts translate, each for its own reader.
"""

from __future__ import annotations

from collections.abc import Mapping
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

LANGUAGES = ("zh-Hans", "en")
"""BCP 47, the shop's usual one first."""

TABLES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "zh-Hans": MappingProxyType(
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
    }
)
"""By language: sentences by their English keys. English needs no table."""


def translated(key: str, language: str, values: Mapping[str, str] | None = None) -> str:
    """The sentence in that language with its places filled; a key that a table lacks stays English."""
    sentence = TABLES.get(language, {}).get(key, key)
    return sentence.format_map(values) if values else sentence
