"""Every name of a tier that a shop knows: whoever comes with a table has one of these."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from terminal.core.cart import Article
from terminal.core.policy import Policy
from terminal.core.pricing import Tariff
from terminal.core.pricing.rules.litre_cut import LitreCut
from terminal.core.pricing.rules.tier_price import TierPrice
from terminal.core.ranks import BEGINS, TIER_PATTERN


def known_tiers(policy: Policy, tariff: Tariff, articles: Iterable[Article] = ()) -> tuple[str, ...]:
    """Of the ladder, or else by custom, rising; then what the shop has names for, or a rule."""
    found = [*policy.tiers.names, BEGINS, *policy.tiers.shown, *policy.cashback.tiers]
    found += _in_promotions(tariff)
    found += (tier for article in articles for tier in article.tier_prices)
    return tuple(tier for tier in dict.fromkeys(found) if re.match(TIER_PATTERN, tier))


def _in_promotions(tariff: Tariff) -> Iterator[str]:
    for one in tariff.promotions:
        yield from one.tiers
        if isinstance(one, TierPrice):
            yield from one.pay
        if isinstance(one, LitreCut):
            yield from one.cut
