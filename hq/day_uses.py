"""Daily limits of companies' cards hold at all sites: what one site used of a day is told to the others.

By its own accounts, as its chain says them: each figure is whole and takes the place of the one before it, so
that nothing is lost or doubled when headquarters or a site comes back from an older copy.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from hq.taken import Taken
from hq.work import Work
from terminal.core.accounts import DAY_MEASURES, used
from terminal.core.directives import CardUse, DayUsed
from terminal.core.fleet import FLEET_ID_MAX, FLEET_SITE_MAX
from terminal.core.values import SiteId

_OLD_DAYS = 2
"""What was used on a day before that bounds nothing any more."""
_TOLD_MAX = 100
"""Cards in one directive."""
_USED = re.compile(
    rf"site:([^:]{{1,{FLEET_SITE_MAX}}}):used:(?:{'|'.join(DAY_MEASURES)}):(\d{{4}}-\d\d-\d\d)"
    rf":([A-Za-z0-9_.-]{{1,{FLEET_ID_MAX}}}):([A-Za-z0-9_.-]{{0,{FLEET_ID_MAX}}})",
    re.ASCII,
)

_Use = tuple[str, str, str, str]
"""Site, business day, company, card."""


async def uses_said(work: Work, entries: Sequence[Taken]) -> None:
    """To all others, of what those entries moved."""
    uses = _recent(work, {name for one in entries for name in one.uses})
    if not uses:
        return
    held = dict(await work.turn.held_here({name for one in uses for name in _accounts(one)}))
    told = list(_told(uses, held))
    for site, row in (await work.turn.sites()).items():
        if site != work.turn.name and not row.written_off_ms:
            _tell(work, site, told)


async def uses_so_far(work: Work) -> None:
    """To this site, of which nobody knew until now."""
    held = await work.turn.uses_counted()
    uses = _recent(work, held)
    _tell(work, work.turn.name, _told([one for one in uses if one[0] != work.turn.name], held))


def _tell(work: Work, site: SiteId, told: Collection[DayUsed] | Iterator[DayUsed]) -> None:
    if len(site) <= FLEET_SITE_MAX:
        for one in told:
            work.direct(site, one)


def _recent(work: Work, names: Collection[str]) -> list[_Use]:
    """Whatever else a site may have called an account, it is none of these."""
    today = datetime.fromtimestamp(work.now_ms / 1000, UTC).date()
    since = (today - timedelta(days=_OLD_DAYS)).isoformat()
    found = {_use(match) for name in names if (match := _USED.fullmatch(name))}
    return sorted(one for one in found if one[1] >= since)


def _use(match: re.Match[str]) -> _Use:
    site, day, company, card = match.groups()
    return site, day, company, card


def _told(uses: Sequence[_Use], held: Mapping[str, int]) -> Iterator[DayUsed]:
    for site, day, company in dict.fromkeys(one[:3] for one in uses):
        some = [_card_use(one, held) for one in uses if one[:3] == (site, day, company)]
        for start in range(0, len(some), _TOLD_MAX):
            part = tuple(some[start : start + _TOLD_MAX])
            yield DayUsed(site=SiteId(site), company=company, day=day, uses=part)


def _card_use(use: _Use, held: Mapping[str, int]) -> CardUse:
    """What a broken site undid more of than it did is nothing."""
    fen, litres = (max(0, held.get(name, 0)) for name in _accounts(use))
    return CardUse(card=use[3], fen=fen, litres=litres)


def _accounts(use: _Use) -> Iterator[str]:
    """In the order of `DAY_MEASURES`."""
    site, *of = use
    for measure in DAY_MEASURES:
        yield used(SiteId(site), measure, *of).name
