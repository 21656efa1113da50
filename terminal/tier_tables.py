"""By what words a table that a shop brings, or takes along, says a tier."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.config import Settings
from terminal.core.known_tiers import known_tiers
from terminal.core.texts import TABLES, translated
from terminal.core.tier_names import TierShown, words_of
from terminal.core.values import Value
from terminal.maintenance.socket import Unanswered, asked

_TIERS_S = 10.0


class TiersHere(Value, frozen=True, kw_only=True):
    """Tiers that the running terminal knows, by their ids: headquarters may have published some."""

    names: tuple[str, ...] = ()
    shown: dict[str, TierShown] = {}
    """What they are called there."""


def tiers_known(settings: Settings) -> TiersHere:
    """Also those of headquarters, where the terminal runs."""
    here = settings.file
    own = known_tiers(here.policy, settings.tariff, settings.articles)
    try:
        told = asked(here.terminal.socket, "members-tiers", TiersHere, within_s=_TIERS_S)
    except Unanswered:
        told = TiersHere()
    names = tuple(dict.fromkeys((*own, *told.names)))
    return TiersHere(names=names, shown={**told.shown, **here.policy.tiers.shown})


def words_for(there: TiersHere) -> dict[str, str]:
    """By each word that a table may say for one of them, its id."""
    return words_of(there.names, there.shown, list(TABLES.values()))


def written(tier: str, there: TiersHere, words: Mapping[str, str], language: str) -> str:
    """In that language, where an import finds the same tier by it."""
    called = there.shown[tier].said(language) if tier in there.shown else translated(tier, language)
    return called if words.get(called) == tier else tier
