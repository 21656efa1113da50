"""What a company's cards may take in a day: limits in money and litres, and the part of a wish that fits.

The limits are headquarters' own and come as rows of the data set `settings`. What was used is known here from
this site's own entries and from what the feed said last of the others (product.md C5).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated

from msgspec import Meta

from terminal.core.forecourt import most_for
from terminal.core.money import PriceOrNothing
from terminal.core.values import Value

_ROW = "company"

FLEET_ID_MAX = 36
"""Characters of a company's id, and of its card's: both stand in the name of one account."""
FLEET_SITE_MAX = 40
"""Characters of a site's id where days are counted: two sites may stand in the name of one account."""

_KEY = re.compile(
    rf"{_ROW}:([A-Za-z0-9_.-]{{1,{FLEET_ID_MAX}}})(?::([A-Za-z0-9_.-]{{1,{FLEET_ID_MAX}}}))?", re.ASCII
)

_Hundredths = Annotated[int, Meta(ge=0, le=10_000_000)]


class DayLimit(Value, frozen=True, kw_only=True):
    """On one business day, at all sites. None: no limit. Also what is left of it."""

    fen: PriceOrNothing | None = None
    litres: _Hundredths | None = None
    """In hundredths."""
    lost: bool = False
    """That card, or all of that company, takes nothing until it is found: whoever presents it is told so."""


class DayLimits(Value, frozen=True, kw_only=True, omit_defaults=True):
    """By which one use is judged; it stands in the entry, as `Floor` does. None: no limit."""

    card_fen: int | None = None
    card_litres: int | None = None
    """In hundredths, as all litres here."""
    company_fen: int | None = None
    """Of all the company's cards together."""
    company_litres: int | None = None


class FleetCard(Value, frozen=True, kw_only=True, omit_defaults=True):
    """Which card of a company takes its credit, and how far it may."""

    card: str
    litres: int = 0
    """Hundredths that are taken; of a hold as many as it may become. 0: no fuel."""
    limits: DayLimits = DayLimits()


class Fill(Value, frozen=True, kw_only=True):
    """So much money, for so many hundredths of a litre."""

    fen: int = 0
    litres: int = 0


def company_row(company: str) -> str:
    """Key of the row of `settings` that says, as a `DayLimit`, what all its cards may take together."""
    return f"{_ROW}:{company}"


def card_row(company: str, card: str) -> str:
    return f"{_ROW}:{company}:{card}"


def is_row(key: str) -> bool:
    """Whether a row of `settings` says a `DayLimit`."""
    return key.startswith(f"{_ROW}:")


def whose_row(key: str) -> tuple[str, str]:
    """Company, and its card, or nothing. Raises ValueError for what no counter would look for."""
    found = _KEY.fullmatch(key)
    if found is None:
        raise ValueError(f"`key` is not {_ROW}:COMPANY or {_ROW}:COMPANY:CARD")
    return found[1], found[2] or ""


class WorstDay(Value, frozen=True, kw_only=True):
    """What all companies' cards may take of a day at one site that knows of no other, by their limits."""

    fen: int = 0
    litres: int = 0
    """In hundredths."""
    without: int = 0
    """Companies whose cards have no limit in money: only their credit bounds them."""


def worst_day(rows: Mapping[str, DayLimit]) -> WorstDay:
    """By key, those rows of `settings` that say a `DayLimit`. Raises ValueError as `whose_row`."""
    wholes: dict[str, DayLimit] = {}
    cards: dict[str, list[DayLimit]] = {}
    for key, limit in rows.items():
        company, card = whose_row(key)
        cards.setdefault(company, [])
        if limit.lost:
            limit = DayLimit(fen=0, litres=0)  # noqa: PLW2901  whatever else it says
        if card:
            cards[company].append(limit)
        else:
            wholes[company] = limit
    fen = [_worst(wholes.get(one), cards[one], "fen") for one in cards]
    litres = [_worst(wholes.get(one), cards[one], "litres") for one in cards]
    return WorstDay(
        fen=sum(most for most in fen if most is not None),
        litres=sum(most for most in litres if most is not None),
        without=fen.count(None),
    )


def _worst(whole: DayLimit | None, cards: Sequence[DayLimit], measure: str) -> int | None:
    """None: no limit. Where the company itself has no row, cards without one take what they want."""
    each = [getattr(card, measure) for card in cards]
    bounds = [] if whole is None or None in each else [sum(each)]
    if whole is not None and getattr(whole, measure) is not None:
        bounds.append(getattr(whole, measure))
    return min(bounds, default=None)


def limits_of(company: DayLimit | None, card: DayLimit | None) -> DayLimits:
    """From the rows that there are. Of a company that has one, a card that has none takes nothing."""
    if card is None:
        card = DayLimit() if company is None else DayLimit(fen=0, litres=0)
    company = company or DayLimit()
    return DayLimits(
        card_fen=card.fen,
        card_litres=card.litres,
        company_fen=company.fen,
        company_litres=company.litres,
    )


def left_of(limits: DayLimits, *, card: Fill, company: Fill) -> DayLimit:
    """After what the card, and all cards of the company, have used of the day. Never below zero."""
    return DayLimit(
        fen=_left((limits.card_fen, card.fen), (limits.company_fen, company.fen)),
        litres=_left((limits.card_litres, card.litres), (limits.company_litres, company.litres)),
    )


def _left(*each: tuple[int | None, int]) -> int | None:
    return min((max(0, most - used) for most, used in each if most is not None), default=None)


def fits(left: DayLimit, *, fen: int, price: int) -> Fill:
    """The part of `fen` that may be held for a fill at `price` (fen a litre, above 0), as it is preset.

    However the dispenser rounds, a fill that stops there has no more litres, and no more than are left.
    """
    if left.fen is not None:
        fen = min(fen, left.fen)
    if left.litres is not None:
        fen = min(fen, left.litres * price // 100)
    return Fill(fen=fen, litres=-(-fen * 100 // price))


def held_for(part: Fill, left: DayLimit, *, most: int, price: int) -> int:
    """Fen held for it, of `most`: what the dispenser may show for those litres, as far as is left."""
    return min(most_for(part.litres, price), most, most if left.fen is None else left.fen)


def allows(left: DayLimit, wanted: Fill) -> bool:
    return (left.fen is None or wanted.fen <= left.fen) and (
        left.litres is None or wanted.litres <= left.litres
    )
