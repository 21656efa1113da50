"""Companies whose vehicles fuel on one account, and their cards: each for its plate and grades.

What a card may take of a day is said here for the site (product.md C5); where headquarters says it too, the
less of both holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated

from msgspec import Meta

from terminal.core.fleet import FLEET_ID_MAX, DayLimit, DayLimits, Fill, limits_of
from terminal.core.money import PriceOrNothing
from terminal.core.values import Value

_MARK = "company card\0"
_Id = Annotated[str, Meta(pattern=rf"^[A-Za-z0-9_.-]{{1,{FLEET_ID_MAX}}}\Z")]
_Hundredths = Annotated[int, Meta(ge=0, le=10_000_000)]
_Shown = Annotated[str, Meta(max_length=40)]


class CompanyCard(Value, frozen=True, kw_only=True):
    """One vehicle's."""

    card: _Id
    """As entries and statements call it."""
    number: Annotated[str, Meta(max_length=64)] = ""
    """What a reader or scanner says of it; empty: `mark` knows it."""
    mark: Annotated[str, Meta(pattern=r"^([0-9a-f]{32})?\Z")] = ""
    """In its place, as `terminal company-card` makes it: it tells nobody the number."""
    lost: bool = False
    """It takes nothing until it is found."""
    plate: _Shown = ""
    grades: tuple[str, ...] = ()
    """That it may take; empty: all."""
    day_fen: PriceOrNothing | None = None
    day_litres: _Hundredths | None = None
    """On one business day; in hundredths. None: no limit."""

    def __post_init__(self) -> None:
        """Raises ValueError: nothing tells it, or two things do."""
        if bool(self.number) == bool(self.mark):
            raise ValueError(f"{self.card}: either `number` or `mark`")


class Company(Value, frozen=True, kw_only=True):
    company: _Id
    name: _Shown
    tier: str = "regular"
    """By whose prices it fuels."""
    cards: tuple[CompanyCard, ...] = ()
    day_fen: PriceOrNothing | None = None
    day_litres: _Hundredths | None = None
    """All its cards together."""

    def limits(self, card: CompanyCard) -> DayLimits:
        """Of that card of its."""
        return limits_of(
            DayLimit(fen=self.day_fen, litres=self.day_litres),
            DayLimit(fen=card.day_fen, litres=card.day_litres),
        )


class Fleet(Value, frozen=True, kw_only=True):
    """A company's card, as it was presented."""

    company: Company
    card: CompanyCard


def check_companies(companies: Iterable[Company]) -> None:
    """Raises ValueError: a company, a card of one, or a number is there twice."""
    companies = tuple(companies)
    cards = [(one.company, card.card) for one in companies for card in one.cards]
    numbers = [card.number or card.mark for one in companies for card in one.cards]
    for what in ([one.company for one in companies], cards, numbers):
        if len(set(what)) < len(what):
            raise ValueError("companies: one company, card or number is there twice")


def company_called(companies: Iterable[Company], company: str) -> str:
    """By its id; one that the policy names no more by that."""
    return next((one.name for one in companies if one.company == company), "") or company


def marked(number: str, mark: Callable[[str], str]) -> str:
    """By which a company's card is known without its number. `mark`: the site's, of any text."""
    return mark(f"{_MARK}{number}")


def fleet_of(companies: Iterable[Company], number: str, mark: Callable[[str], str]) -> Fleet | None:
    """Whose card has that number. `mark`: the site's, of any text."""
    theirs = marked(number, mark)
    every = (Fleet(company=one, card=card) for one in companies for card in one.cards)
    return next((one for one in every if number == one.card.number or one.card.mark == theirs != ""), None)


def tighter(one: DayLimits, other: DayLimits) -> DayLimits:
    """Of each limit the less."""
    return DayLimits(
        card_fen=_less(one.card_fen, other.card_fen),
        card_litres=_less(one.card_litres, other.card_litres),
        company_fen=_less(one.company_fen, other.company_fen),
        company_litres=_less(one.company_litres, other.company_litres),
    )


def _less(*limits: int | None) -> int | None:
    return min((limit for limit in limits if limit is not None), default=None)


def part_of(left: DayLimit, credit: int, filled: Fill) -> Fill:
    """Of what was filled before anybody asked, the part that fits: the rest is paid otherwise.

    Its litres are in proportion to what it pays (fen above 0), rounded up: never more than are left.
    """
    fen = min(filled.fen, credit) if left.fen is None else min(filled.fen, credit, left.fen)
    if left.litres is not None:
        fen = min(fen, filled.fen * left.litres // filled.litres)
    return Fill(fen=fen, litres=-(-filled.litres * fen // filled.fen))
