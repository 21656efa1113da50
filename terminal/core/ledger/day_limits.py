"""What a company's cards have used of a day: counted with each use of its credit, on accounts of the site.

Own uses lie on `used`; what other sites used, as headquarters told it last, on `elsewhere`, by site on
`told`. The other side of all of them is `issued`, so that they move no money. A void gives back what it
undoes, as of every posting; a refund does not: what was poured on a day was poured on it.
"""

from __future__ import annotations

from terminal.core import accounts as chart
from terminal.core.accounts import Account
from terminal.core.directives import DayUsed
from terminal.core.errors import NotBookable, OverLimit
from terminal.core.fleet import (
    FLEET_ID_MAX,
    FLEET_SITE_MAX,
    DayLimit,
    DayLimits,
    Fill,
    FleetCard,
    allows,
    left_of,
)
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.rules import check_amount, check_id
from terminal.core.ledger.state import State
from terminal.core.values import SiteId, Value

_WHOLE = ""
"""Stands for all cards of a company."""


class UsedToday(Value, frozen=True, kw_only=True):
    """At all sites, as far as it is known here."""

    card: Fill
    company: Fill


class MayTake(Value, frozen=True, kw_only=True):
    """A company's card, of one day, as far as it is known here."""

    left: DayLimit
    credit: int
    """Fen of its company's that are held here."""


def may_take(state: State, *, company: str, card: str, day: str, limits: DayLimits) -> MayTake:
    used = used_on(state, company, card, day)
    return MayTake(
        left=left_of(limits, card=used.card, company=used.company),
        credit=state.balance(chart.company_credit(company)),
    )


def used_on(state: State | Draft, company: str, card: str, day: str) -> UsedToday:
    return UsedToday(card=_used(state, company, card, day), company=_used(state, company, _WHOLE, day))


def _used(state: State | Draft, company: str, card: str, day: str) -> Fill:
    fen, litres = (
        state.balance(chart.used(state.site, measure, day, company, card))
        + state.balance(chart.elsewhere(state.site, measure, day, company, card))
        for measure in chart.DAY_MEASURES
    )
    return Fill(fen=fen, litres=litres)


def take_of_day(draft: Draft, company: str, fleet: FleetCard, fen: int) -> None:
    """Raises `OverLimit` where it goes beyond what is left of the day."""
    _check(draft.site, company, fleet)
    day, wanted = draft.at.business_day, Fill(fen=fen, litres=fleet.litres)
    used = used_on(draft, company, fleet.card, day)
    if not allows(left_of(fleet.limits, card=used.card, company=used.company), wanted):
        raise OverLimit("more than is left of the day for a company's card")
    _count(draft, company, fleet.card, day, wanted)


def give_back_of_day(draft: Draft, company: str, card: str, day: str, unused: Fill) -> None:
    """Of that day, what was held and not used."""
    _count(draft, company, card, day, Fill(fen=-unused.fen, litres=-unused.litres))


def _check(site: SiteId, company: str, fleet: FleetCard) -> None:
    check_id(fleet.card, "a company's card")
    if max(len(company), len(fleet.card)) > FLEET_ID_MAX or len(site) > FLEET_SITE_MAX:
        raise NotBookable("an id too long for what is counted by day")
    check_amount(fleet.litres, "litres")
    limits: DayLimits = fleet.limits
    for most in (limits.card_fen, limits.card_litres, limits.company_fen, limits.company_litres):
        if most is not None:
            check_amount(most, "a limit")


def _count(draft: Draft, company: str, card: str, day: str, fill: Fill) -> None:
    for measure, amount in zip(chart.DAY_MEASURES, (fill.fen, fill.litres), strict=True):
        for counted in (card, _WHOLE):
            _move(draft, chart.used(draft.site, measure, day, company, counted), measure, amount)


def _move(draft: Draft, account: Account, measure: str, amount: int) -> None:
    draft.move(account, amount)
    draft.issue(f"{chart.USED}:{measure}", amount)


def hear_of_day(draft: Draft, said: DayUsed) -> None:
    """What that site has used by now takes the place of what was told of it before."""
    for one in said.uses:
        for measure, figure in zip(chart.DAY_MEASURES, (one.fen, one.litres), strict=True):
            of = (measure, said.day, said.company, one.card)
            told = chart.told(draft.site, *of, said.site)
            news = figure - draft.balance(told)
            _move(draft, told, measure, news)
            _move(draft, chart.elsewhere(draft.site, *of), measure, news)
