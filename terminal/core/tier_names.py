"""What a shop's own tiers are called, in each language (product.md B8, F7). By its id a tier is booked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Annotated, Final

from msgspec import Meta, convert, field

from terminal.core.errors import BadWords
from terminal.core.ranks import BY_CUSTOM, TIER_PATTERN, TierName
from terminal.core.screens import Message, says
from terminal.core.values import Value

SAID: Final = frozenset(BY_CUSTOM)
"""Ids of which there are words in each language; others are the shop's own."""
LANGUAGES: Final = ("zh-Hans", "zh-Hant", "en")
"""Those of `core.texts`, which is not loaded for it."""
TIER_NAMES_ROW = "tier-names"
"""Key of the row of the data set `settings` that says, as `TierNames`, what a chain's tiers are called.

Apart from their order: a site of a release before this one reads that row still.
"""

_Name = Annotated[str, Meta(pattern=r"^(?:[^\s\x00-\x1f](?:[^\x00-\x1f]{0,38}[^\s\x00-\x1f])?)?\Z")]


class TierShown(Value, frozen=True, kw_only=True, omit_defaults=True):
    """Of one tier; at most 40 characters each."""

    zh: _Name = ""
    """Simplified; empty: as in English."""
    en: _Name = ""
    """Empty: as in Chinese."""
    hant: _Name = field(name="zh-Hant", default="")
    """Empty: made of the Simplified."""

    def __post_init__(self) -> None:
        """Raises ValueError: neither language."""
        if not self.zh and not self.en:
            raise ValueError("a tier is called something, in zh or in en")

    def said(self, language: str) -> str:
        """`language`: one of `core.texts.LANGUAGES`."""
        if language == "en":
            return self.en or self.zh
        if language == "zh-Hant":
            return self.hant or _traditional(self.zh) or self.en
        return self.zh or self.en

    def every(self) -> dict[str, str]:
        """By language."""
        return {language: self.said(language) for language in LANGUAGES}


Shown = Mapping[str, TierShown]
"""By id."""
NO_NAMES: Shown = MappingProxyType({})


class TierNames(Value, frozen=True, kw_only=True):
    shown: Annotated[dict[TierName, TierShown], Meta(max_length=100)]

    def __post_init__(self) -> None:
        """Raises ValueError: see `check_names`."""
        check_names(self.shown)


@cache
def _traditional(simplified: str) -> str:
    from terminal.core.texts.hant import traditional  # noqa: PLC0415  loaded where a shop has names

    return traditional(simplified)


def check_names(shown: Shown, others: Iterable[str] = ()) -> None:
    """Raises ValueError: two tiers are called alike, or one as another is booked.

    `others`: ids of tiers that need no name.
    """
    owners = {tier: tier for tier in others}
    for tier, called in shown.items():
        for name in (tier, *called.every().values()):
            if owners.setdefault(name, tier) != tier:
                raise ValueError(f"two tiers are called {name}")


def word_of(tier: str, shown: Shown) -> Message | None:
    """As a page shows it, in its language. None: by its id, which is one in every language."""
    if called := shown.get(tier):
        own = called.every()
        return Message(text="{name}", values={"name": own["en"]}, own=own)
    return says(tier) if tier in SAID else None


def tier_said(tier: str, shown: Shown) -> Message:
    return word_of(tier, shown) or says("{name}", name=tier)


def spelt(tier: str, shown: Shown) -> str:
    """`diamond=钻石会员/Diamond`, in one line: the id, and what it is called in zh, en and zh-Hant."""
    if (called := shown.get(tier)) is None:
        return tier
    return f"{tier}={called.zh}/{called.en}/{called.hant}".rstrip("/")


def of_spelling(text: str) -> tuple[str, TierShown | None]:
    """What `spelt` says; a name that has a stroke cannot be spelt. Raises ValueError."""
    tier, named, said = text.partition("=")
    if not named:
        return tier, None
    if len(parts := [part.strip() for part in said.split("/")]) > len(LANGUAGES):
        raise ValueError("a tier is spelt ID=中文/English/繁體")
    names = dict(zip(("zh", "en", "zh-Hant"), parts, strict=False))
    return tier, convert(names, TierShown)


def keyed(text: str, shown: Shown) -> str:
    """A tier of the shop's by its id or what it is called, as its id. Raises BadWords."""
    name = text.strip()
    called = next((tier for tier, one in shown.items() if name in one.every().values()), name)
    if not re.match(TIER_PATTERN, called):
        raise BadWords(f"{len(text)} characters")
    return called


def words_of(tiers: Sequence[str], shown: Shown, ours: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """By each word that a table may say, the tier; an id is not among the words.

    `tiers`: those that there are; `ours`: tables of `core.texts`. What a shop calls a tier goes before ours.
    """
    found: dict[str, str] = {}
    for word, tier in (*_own(tiers, shown), *_ours(tiers, ours)):
        if word not in tiers:
            found.setdefault(word, tier)
    return found


def _own(tiers: Sequence[str], shown: Shown) -> Iterator[tuple[str, str]]:
    return ((word, tier) for tier in tiers if tier in shown for word in shown[tier].every().values())


def _ours(tiers: Sequence[str], ours: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    return ((table[tier], tier) for tier in tiers if tier in SAID for table in ours)
