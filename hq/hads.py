"""What members have only so often they have at all sites together: what was had at one the others are told.

So is what somebody was given for whom they brought, by day and month: as points of one name.
As the uses of companies' cards (`day_uses`): whole figures, by the site's own accounts. What is had a visit
is that site's alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from hq.taken import Taken
from hq.work import Work
from terminal.core.accounts import REWARDED_AS
from terminal.core.directives import HadCount, HadThere
from terminal.core.fleet import FLEET_SITE_MAX
from terminal.core.values import SiteId, WalletId

_OLD_DAYS = 2
"""What was had in a period that ended before that bounds nothing any more."""
_TOLD_MAX = 100
"""Figures in one directive."""
_EVER = "ever"
_OF_BIRTHDAY = "b"
_HAD = re.compile(
    rf"site:([^:]{{1,{FLEET_SITE_MAX}}}):had:([A-Za-z0-9_.-]{{1,64}})"
    r":(ever|b\d{4}|\d{4}(?:-\d\d){0,2}):([^\x00-\x1f\x7f-\x9f:]{1,64})",
    re.ASCII,
)

_REWARDED = re.compile(
    rf"site:([^:]{{1,{FLEET_SITE_MAX}}}):rewarded:(\d{{4}}-\d\d(?:-\d\d)?):([A-Za-z0-9_.-]{{1,64}})", re.ASCII
)


async def hads_said(work: Work, entries: Sequence[Taken]) -> None:
    """To all others, of what those entries moved."""
    names = _recent(work, {name for one in entries for name in one.hads})
    if not names:
        return
    held = await work.turn.held_here(set(names))
    told = list(_told(names, held))
    for site, row in (await work.turn.sites()).items():
        if site != work.turn.name and not row.written_off_ms:
            _tell(work, site, told)


async def hads_so_far(work: Work) -> None:
    """To this site, of which nobody knew until now."""
    held = await work.turn.hads_counted()
    own = f"site:{work.turn.name}:"
    others = {name: one for name, one in _recent(work, held).items() if not name.startswith(own)}
    _tell(work, work.turn.name, _told(others, held))


def _tell(work: Work, site: SiteId, told: Collection[HadThere] | Iterator[HadThere]) -> None:
    if len(site) <= FLEET_SITE_MAX:
        for one in told:
            work.direct(site, one)


def _recent(work: Work, names: Collection[str]) -> dict[str, tuple[str, HadCount]]:
    """By account, whose site it is and what is counted; whatever else a site may have called an account."""
    since = (datetime.fromtimestamp(work.now_ms / 1000, UTC) - timedelta(days=_OLD_DAYS)).date().isoformat()
    found = {}
    for name in sorted(names):
        if (match := _HAD.fullmatch(name)) is not None:
            site, wallet, period, what = match.groups()
        elif (match := _REWARDED.fullmatch(name)) is not None:
            site, period, wallet = match.groups()
            what = REWARDED_AS
        else:
            continue
        if _stands(period, since):
            found[name] = (site, HadCount(wallet=WalletId(wallet), period=period, what=what, count=0))
    return found


def _stands(period: str, since: str) -> bool:
    """A birthday of last year may still be the nearest."""
    if period.startswith(_OF_BIRTHDAY):
        return int(period.removeprefix(_OF_BIRTHDAY)) >= int(since[: len("2026")]) - 1
    return period == _EVER or period >= since[: len(period)]


def _told(names: Mapping[str, tuple[str, HadCount]], held: Mapping[str, int]) -> Iterator[HadThere]:
    by_site: dict[str, list[HadCount]] = {}
    for name, (site, one) in names.items():
        by_site.setdefault(site, []).append(replace(one, count=held.get(name, 0)))
    for site, some in by_site.items():
        for start in range(0, len(some), _TOLD_MAX):
            yield HadThere(site=SiteId(site), hads=tuple(some[start : start + _TOLD_MAX]))
